import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { ensureProgram } from '../../../scripts/debian-packages.ts';
import { type DnsAnswers, DnsServer } from './dns.ts';
import { theBusybox } from './programs.ts';

export interface NamesOptions {
  /** The name of a member, with `%s` for its ordinal. */
  pattern: string;
  namespace: string;
  answers: DnsAnswers;
  /** Where the DNS server listens. */
  server: string;
  /** A directory of the set. */
  directory: string;
  /** Returns the address of the pod of an ordinal, undefined when there is no such pod. */
  addressOf(ordinal: number): string | undefined;
}

/** The names of a set's members, which its pods resolve with a DNS server of the test. */
export class Names {
  /** The name of a member, with `%s` for its ordinal. */
  readonly pattern: string;
  readonly server: DnsServer;
  /**
   * Starts a command (appended) in a mount namespace where /etc/resolv.conf is the one of the set. The command replaces
   * this one, so its process ID and its process group are those of an unwrapped command.
   */
  readonly startedBy: readonly string[];

  private constructor(pattern: string, server: DnsServer, startedBy: readonly string[]) {
    this.pattern = pattern;
    this.server = server;
    this.startedBy = startedBy;
  }

  /** Returns the names of a set whose DNS server answers. Throws an error with the remedy where it cannot. */
  static async start({ pattern, namespace, answers, ...options }: NamesOptions): Promise<Names> {
    const [before = '', after = ''] = pattern.split('%s');
    const resolvConf = join(options.directory, 'resolv.conf');
    // As the kubelet writes it.
    const search = [`${namespace}.svc.cluster.local`, 'svc.cluster.local', 'cluster.local'].join(' ');
    const lines = [`search ${search}`, `nameserver ${options.server}`, 'options ndots:5'];
    await writeFile(resolvConf, `${lines.join('\n')}\n`);
    const startedBy = await commandWith(resolvConf);
    const server = await DnsServer.start(options.server, answers, name => {
      if (!name.startsWith(before) || !name.endsWith(after)) return undefined;
      const digits = name.slice(before.length, name.length - after.length);
      if (!/^\d+$/.test(digits)) return undefined;
      const ordinal = Number(digits);
      const address = options.addressOf(ordinal);
      return address === undefined ? undefined : { ordinal, address };
    });
    return new Names(pattern, server, startedBy);
  }

  /** Returns the name of a member. */
  of(ordinal: number): string {
    return this.pattern.replace('%s', String(ordinal));
  }
}

/** Returns the start of a command that runs with this file as /etc/resolv.conf. Throws where that is impossible. */
async function commandWith(resolvConf: string): Promise<string[]> {
  const purpose = 'to give the pods of a test their own /etc/resolv.conf';
  const [unshare, mount, { path: busybox }] = await Promise.all([
    ensureProgram('unshare', purpose),
    ensureProgram('mount', purpose),
    theBusybox(),
  ]);
  // A user who is not root may mount in a user namespace.
  const namespaces = process.getuid?.() === 0 ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
  const script = '"$1" --bind "$2" /etc/resolv.conf && shift 2 && exec "$@"';
  const command = [unshare, ...namespaces, busybox, 'sh', '-c', script, 'sh', mount, resolvConf];
  const [program = '', ...args] = [...command, busybox, 'true'];
  const tried = await execa(program, args, { reject: false, all: true });
  if (tried.exitCode === 0) return command;
  throw new Error(
    `the pods of this test need their own /etc/resolv.conf, and it cannot be mounted: ${tried.all ?? tried.shortMessage}; run the tests as root, or allow every user to mount in a user namespace: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`,
  );
}
