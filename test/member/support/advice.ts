import { rename } from 'node:fs/promises';
import type { EtcdSet } from './set.ts';

/** Returns the kubectl commands that a log line names, in their order. Throws when it names none. */
export function commandsIn(line: string): string[] {
  // A command ends with the sentence, the next command, or the link to the page.
  const found = line.match(/kubectl -n here .*?(?=$| && | \(see |; |, or |, and )/g);
  if (found === null) throw new Error(`no command in: ${line}`);
  return found;
}

/**
 * Does what the commands of a log line come to, as an administrator who pastes them: the objects change, and the
 * StatefulSet controller and the kubelet act. Throws for a command that it does not know.
 */
export async function follow(set: EtcdSet, line: string): Promise<void> {
  for (const command of commandsIn(line)) await followCommand(set, command);
}

/** Does what one command comes to. Throws for a command that it does not know. */
export async function followCommand(set: EtcdSet, command: string): Promise<void> {
  const inside = command.match(/ exec (\S+) -c etcd -- (.*)$/);
  if (inside !== null) {
    await runInside(set, Number(inside[1]?.split('-').at(-1)), inside[2] ?? '');
    return;
  }
  const [, , , verb = '', ...rest] = command.split(' ');
  const words = rest.filter(word => !word.startsWith('--'));
  const flags = rest.filter(word => word.startsWith('--'));
  const [kind = '', ...names] = words;
  const ordinals = names.map(name => Number(name.slice(name.lastIndexOf('-') + 1)));
  const action = `${verb} ${kind}`;
  if (action === 'scale statefulset') {
    await set.scale(Number(flags.find(flag => flag.startsWith('--replicas='))?.slice('--replicas='.length)));
  } else if (action === 'delete pvc') {
    for (const ordinal of ordinals) set.deleteClaim(ordinal);
  } else if (action === 'delete pod') {
    await set.replace(ordinals, { force: flags.includes('--force') });
  } else if (action === 'delete configmap') {
    set.withdraw();
  } else if (action === 'create configmap') {
    const literals = Object.fromEntries(
      flags
        .filter(flag => flag.startsWith('--from-literal='))
        .map(flag => flag.slice('--from-literal='.length).split('=') as [string, string]),
    );
    const { id = '', member, archive, force } = literals;
    set.request({
      id,
      member: Number(member),
      ...(archive === undefined ? {} : { archive }),
      force: force === 'true',
    });
  } else if (action !== 'describe pods') {
    throw new Error(`unknown command in a log line: ${command}`);
  }
}

async function runInside(set: EtcdSet, ordinal: number, command: string): Promise<void> {
  const [program = '', ...args] = command.split(' ');
  if (program.endsWith('/mv')) {
    const [from = '', to = ''] = args;
    await rename(from, to);
  } else if (command === 'etcdctl alarm disarm') {
    await set.member(ordinal).disarm();
  } else if (!program.endsWith('/ls')) {
    throw new Error(`unknown command in a log line: ${command}`);
  }
}
