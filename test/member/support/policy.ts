import { rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { onceFor, theBusybox } from './programs.ts';

// A pod reaches itself under every policy. The usual network plugins drop refused packets, so a blocked wget hangs until
// `timeout` ends it; the trap ends the sleep as well.
const wget = `
own=\${MEMBER_HOST%%%s*}\${POD_NAME##*-}\${MEMBER_HOST#*%s}
for argument; do
  case $argument in
    http://*:2381 | http://*:2381/*) ;;
    *) continue ;;
  esac
  host=\${argument#http://}
  case \${host%%:2381*} in
    "$POD_IPS" | "$own" | 127.0.0.1 | localhost) continue ;;
  esac
  [ -e "$METRICS_BLOCKED" ] || continue
  sleep 60 &
  trap 'kill $!; exit 143' TERM
  wait
  exit 1
done
`;

async function fill(directory: string): Promise<void> {
  const { path: busybox } = await theBusybox();
  const file = join(directory, 'wget');
  const lines = [`#!${busybox} sh`, '[ "$1" != --policy ] || exit 0', wget, `exec ${busybox} wget "$@"`, ''];
  await writeFile(file, lines.join('\n'), { mode: 0o755 });
  // Debian's busybox looks among its own applets first.
  const question = ['timeout', '5', 'wget', '--policy'];
  const { exitCode } = await execa(busybox, question, { env: { PATH: directory }, reject: false });
  if (exitCode === 0) return;
  throw new Error(
    `${busybox} does not look for wget on PATH, so this test cannot stand in front of it; run the tests where the busybox of the official image can be built (root on Debian)`,
  );
}

/**
 * A NetworkPolicy of the set that allows only ports 2379 and 2380 between its pods, and blocks the metrics port 2381.
 * Only wget enforces it, because no other program of the chart connects to this port. A packet filter could not: on
 * loopback every pod connects from the same address.
 */
export class MetricsPolicy {
  readonly #file: string;
  /** What the pods have on PATH before other programs. */
  readonly programs: string;

  private constructor(file: string, programs: string) {
    this.#file = file;
    this.programs = programs;
  }

  /** Returns a policy that is not in force. `directory` is one of the set. Throws where it cannot be enforced. */
  static async create(directory: string): Promise<MetricsPolicy> {
    return new MetricsPolicy(join(directory, 'metrics-blocked'), await onceFor('policy', fill));
  }

  /** What the environment of the pods needs besides. */
  get env(): Record<string, string> {
    return { METRICS_BLOCKED: this.#file };
  }

  /** Puts the policy in force, or takes it out of force: running pods notice. */
  set inForce(inForce: boolean) {
    if (inForce) writeFileSync(this.#file, '');
    else rmSync(this.#file, { force: true });
  }
}
