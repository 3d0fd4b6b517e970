// The render tests, run again and again on copies of the chart without starting vitest each time.
import { BaseSequencer, createVitest, type TestSpecification, type Vitest } from 'vitest/node';

/** Those that most likely fail are given first. */
class AsGiven extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files;
  }
}

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
      sequence: { sequencer: AsGiven },
      maxWorkers: 1,
      reporters: [{}],
      update: 'none',
      silent: true,
    });
    await vitest.standalone();
    return new Suite(vitest);
  }

  /** Returns the first test of `files` that fails for the chart in `directory`, or undefined when none does. */
  async failure(directory: string, files: readonly string[]): Promise<string | undefined> {
    process.env.CHART_DIRECTORY = directory;
    const specifications = (
      await Promise.all(files.map(file => this.#vitest.globTestSpecifications([file])))
    ).flat();
    if (specifications.length !== files.length)
      throw new Error(`not all of these are test files: ${files.join(', ')}`);
    const { testModules, unhandledErrors } = await this.#vitest.runTestSpecifications(specifications);
    for (const module of testModules) {
      // The result holds what ran before as well.
      if (module.ok() || !specifications.some(({ moduleId }) => moduleId === module.moduleId)) continue;
      const [failed] = [...module.children.allTests('failed')];
      return `${module.relativeModuleId}: ${failed?.fullName ?? 'does not run'}`;
    }
    return unhandledErrors.length > 0 ? String(unhandledErrors[0]) : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#vitest.close();
  }
}
