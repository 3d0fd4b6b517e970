// The render tests, run again and again on copies of the chart without starting vitest each time.
import { createVitest, type Vitest } from 'vitest/node';

/** A warm vitest. Hold it with `await using`. */
export class Suite implements AsyncDisposable {
  readonly #vitest: Vitest;

  private constructor(vitest: Vitest) {
    this.#vitest = vitest;
  }

  /** Starts vitest for the render tier; the tests stop at the first that fails. */
  static async start(): Promise<Suite> {
    // One Helm: the chart's own mistakes show with either.
    process.env.RENDER_QUICK = '1';
    const vitest = await createVitest('test', {
      project: ['render'],
      watch: false,
      bail: 1,
      maxWorkers: 1,
      reporters: [{}],
      update: 'none',
      silent: true,
    });
    await vitest.standalone();
    return new Suite(vitest);
  }

  /**
   * Returns the first test of `files` (those with `named` in their names) that fails for the chart in `directory`,
   * or undefined when none does.
   */
  async failure(directory: string, files: readonly string[], named?: RegExp): Promise<string | undefined> {
    process.env.CHART_DIRECTORY = directory;
    if (named === undefined) this.#vitest.resetGlobalTestNamePattern();
    else this.#vitest.setGlobalTestNamePattern(named);
    for (const file of files) {
      const specifications = await this.#vitest.globTestSpecifications([file]);
      if (specifications.length === 0) throw new Error(`there is no test file ${file}`);
      const { testModules, unhandledErrors } = await this.#vitest.runTestSpecifications(specifications);
      // The result holds what ran before as well.
      const ours = specifications.map(({ moduleId }) => moduleId);
      for (const module of testModules) {
        if (module.ok() || !ours.includes(module.moduleId)) continue;
        const [failed] = [...module.children.allTests('failed')];
        return `${file}: ${failed?.fullName ?? 'does not run'}`;
      }
      if (unhandledErrors.length > 0) return `${file}: ${String(unhandledErrors[0])}`;
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#vitest.close();
  }
}
