import type { Readable } from 'node:stream';
import { Companion } from './companion.ts';

/** What a Helm said, and whether it refused. */
export interface HelmAnswer {
  readonly stdout: string;
  readonly stderr: string;
  readonly failed: boolean;
}

/** A zero byte, an exit code of three digits and the end of the line. */
const longestMark = 5;

interface Answer {
  readonly text: string;
  readonly code: string;
}

/** A Helm that stays and answers one request after the other (scripts/modules/helm/serve). */
export class HelmServer {
  readonly #companion: Companion;
  readonly #stdout: AsyncGenerator<Answer, string>;
  readonly #stderr: AsyncGenerator<Answer, string>;

  constructor(program: string, env: NodeJS.ProcessEnv) {
    this.#companion = new Companion(program, [], env);
    this.#stdout = answers(this.#companion.stdout);
    this.#stderr = answers(this.#companion.stderr);
  }

  /** Returns what Helm does with `args` and `input`. Throws when the program ends instead. */
  run(args: readonly string[], input: string): Promise<HelmAnswer> {
    return this.#companion.ask(async () => {
      this.#companion.stdin.write(JSON.stringify({ args, input }));
      const [stdout, stderr] = await Promise.all([this.#stdout.next(), this.#stderr.next()]);
      if (stdout.done === true || stderr.done === true)
        throw new Error(`${await this.#companion.ending()}\n${stderr.value}`);
      return {
        stdout: stdout.value.text,
        stderr: stderr.value.text,
        failed: stderr.value.code !== '0',
      };
    });
  }
}

/** Yields what comes before each mark, one at a time, and returns what comes after the last one. */
async function* answers(stream: Readable): AsyncGenerator<Answer, string> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) {
    text += chunk;
    // Only the end is looked at: a render may be long, and come in many chunks.
    const [mark, code] = /\0(\d+)\n$/.exec(text.slice(-longestMark)) ?? [];
    if (mark === undefined || code === undefined) continue;
    yield { text: text.slice(0, -mark.length), code };
    text = '';
  }
  return text;
}
