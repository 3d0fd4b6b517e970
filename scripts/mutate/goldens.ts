// What the golden files say, asked without vitest: most mutants die here, in one or two renders.
import { type GoldenScenario, goldenScenarios } from '../../test/support/golden.ts';
import { template } from '../../test/support/helm.ts';

interface Golden extends GoldenScenario {
  readonly text: string;
}

/** The renders that golden files hold, of the chart as it is. */
export class Goldens {
  readonly #goldens: readonly Golden[];

  private constructor(goldens: readonly Golden[]) {
    this.#goldens = goldens;
  }

  /** Renders what golden.test.ts does. */
  static async read(): Promise<Goldens> {
    const goldens: Golden[] = [];
    for (const scenario of goldenScenarios()) {
      const { values, options } = scenario;
      goldens.push({ ...scenario, text: await template(values, options) });
    }
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
    for (const { name, values, options, text } of this.#goldens) {
      if (name !== 'default' && (silent || (shown && !text.includes(`/${file}\n`)))) continue;
      const now = await template(values, { ...options, chart: directory }).catch((error: unknown) => error);
      if (now !== text)
        return typeof now === 'string' ? `golden ${name}` : `${name} does not render: ${String(now)}`;
    }
    return undefined;
  }
}
