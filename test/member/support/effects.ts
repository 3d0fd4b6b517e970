import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EtcdMinor, onceFor, programs, scripts } from './programs.ts';

const effectScript = fileURLToPath(new URL('./effect.sh', import.meta.url));

/** Applets that change nothing of their own; what some of them run has a name of its own. */
const looking = new Set(
  `ash awk basename cmp cut date dirname echo env expr false flock grep head hostname id kill ls nc nice nslookup od
  printf ps readlink realpath sed seq sh sha1sum sha256sum sleep sort stat sync tail test time timeout tr true
  uniq usleep watch wc wget which xargs`.split(/\s+/),
);
/** Applets that change something only where a file takes their output. */
const filters = new Set(['cat']);

/** Returns the words of the chart's scripts that are applets with an effect: a step of a new kind is among them. */
async function changingApplets(applets: readonly string[]): Promise<string[]> {
  const files = (await readdir(scripts)).filter(file => file.endsWith('.sh'));
  const texts = await Promise.all(files.map(file => readFile(join(scripts, file), 'utf8')));
  const words = new Set(texts.join('\n').match(/[a-z][a-z0-9]*/g));
  return applets.filter(name => words.has(name) && !looking.has(name));
}

async function link(directory: string, minor: EtcdMinor): Promise<void> {
  const real = await programs(minor);
  const names = await readdir(real);
  const targets = new Map(
    await Promise.all(names.map(async name => [name, await readlink(join(real, name))] as const)),
  );
  const busybox = targets.get('busybox') ?? '';
  const applets = names.filter(name => targets.get(name) === busybox);
  for (const [name, target] of targets) {
    const path = join(directory, name);
    if (target === busybox || name === 'flock') await symlink(target, path);
    else await writeFile(path, `#!${busybox} sh\n. ${effectScript}\n`, { mode: 0o755 });
  }
  const functions = (await changingApplets(applets)).map(
    name => `${name}() { ${filters.has(name) ? 'effect_if_kept' : 'effect'} ${name} "$@"; }`,
  );
  const lines = [
    `export EFFECT_SCRIPT="\${0##*/}" EFFECTS_PROGRAMS=${real}`,
    `. ${effectScript}`,
    ...functions,
  ];
  await writeFile(join(directory, preamble), `${lines.join('\n')}\n`);
}

const preamble = 'effects-preamble';

/** One change that a script makes: `POD SCRIPT CHANGE`, without what differs from run to run. */
export interface Step {
  /** `*` for any pod. */
  pod: string;
  script: string;
  change: string;
}

/** Returns the step as one line. */
export function lineOf({ pod, script, change }: Step): string {
  return `${pod} ${script} ${change}`;
}

/**
 * What the scripts of one set change, step by step; and the means to have a container killed right after one
 * of the steps.
 */
export class Effects {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Returns the PATH of containers whose steps are traced. */
  programs(minor: EtcdMinor): Promise<string> {
    return onceFor(`effects-${minor}`, directory => link(directory, minor));
  }

  /** Returns what a container's environment needs besides. */
  get env(): Record<string, string> {
    return { EFFECTS: this.directory };
  }

  /** Returns the shell's arguments that run a script so that its steps are traced. */
  static command(programs: string, script: string): string[] {
    return ['-c', `. ${join(programs, preamble)}; . "$0"`, script];
  }

  async prepare(): Promise<void> {
    await mkdir(this.directory, { recursive: true });
  }

  /** Forgets the steps so far. With `target` the container that takes this step next is killed right after it. */
  arm(target?: Step): void {
    rmSync(join(this.directory, 'struck'), { recursive: true, force: true });
    rmSync(join(this.directory, 'target'), { force: true });
    writeFileSync(join(this.directory, 'trace'), '');
    if (target !== undefined) writeFileSync(join(this.directory, 'target'), `${lineOf(target)}\n`);
  }

  /** Forgets the steps so far. The container in which a pod takes its next `count`th step is killed right after it. */
  armNth(pod: string, count: number): void {
    this.arm();
    writeFileSync(join(this.directory, 'target'), `${pod} #${count}\n`);
  }

  /** Whether the container was killed. */
  get struck(): boolean {
    return existsSync(join(this.directory, 'struck'));
  }

  /** Returns the steps since `arm`, oldest first. */
  get steps(): Step[] {
    return readFileSync(join(this.directory, 'trace'), 'utf8')
      .split('\n')
      .filter(line => line !== '')
      .map(line => {
        const [pod = '', script = '', ...change] = line.split(' ');
        return { pod, script, change: change.join(' ') };
      });
  }
}

/** Returns each step once, where `name` says what makes two steps one. */
export function distinct(steps: readonly Step[], name: (step: Step) => string = lineOf): Step[] {
  return [...new Map(steps.toReversed().map(step => [name(step), step])).values()].reverse();
}

/** Returns the name of a step whichever pods are concerned. */
export function kindOf({ script, change }: Step): string {
  return `${basename(script, '.sh')}: ${change.replace(/\betcd-\d+( etcd-\d+)*\b/g, 'PODS')}`;
}
