// What the golden files say, asked without vitest: most mutants die here, in one or two renders.
import { template } from '../../test/support/helm.ts';
import type { JsonObject } from '../../test/support/json.ts';
import { examples } from '../../test/support/values.ts';

interface Golden {
  readonly name: string;
  readonly values: JsonObject;
  readonly text: string;
}

/** The renders that golden files hold, of the chart as it is. */
export class Goldens {
  readonly #goldens: readonly Golden[];

  private constructor(goldens: readonly Golden[]) {
    this.#goldens = goldens;
  }

  /** Renders the defaults and each file of values/. */
  static async read(): Promise<Goldens> {
    const goldens: Golden[] = [];
    for (const { name, values } of [{ name: 'default', values: {} }, ...examples()])
      goldens.push({ name, values, text: await template(values) });
    return new Goldens(goldens);
  }

  /**
   * Returns what the chart in `directory` renders differently, or how Helm fails; undefined when all is as before.
   * `file` is what was changed in it: a template that renders an object matters only where that object is, and one
   * that renders none is only asked whether it is a template still.
   */
  async difference(directory: string, file: string): Promise<string | undefined> {
    const silent = /NOTES|validate/.test(file);
    const shown = /^templates\/[^_].*\.yaml$/.test(file);
    for (const { name, values, text } of this.#goldens) {
      if (name !== 'default' && (silent || (shown && !text.includes(`/${file}\n`)))) continue;
      const now = await template(values, { chart: directory }).catch((error: unknown) => error);
      if (now !== text)
        return typeof now === 'string' ? `golden ${name}` : `${name} does not render: ${String(now)}`;
    }
    return undefined;
  }
}
