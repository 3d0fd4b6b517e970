// The render tests, run again and again on copies of the chart without starting vitest each time.
import { BaseSequencer, createVitest, type Reporter, type TestSpecification, type Vitest } from 'vitest/node';

/** Those that most likely fail are given first. */
class AsGiven extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files;
  }
}

/** A warm vitest. Hold it with `await using`. */
export class Suite implements AsyncDisposable {
  readonly #vitest: Vitest;
  readonly #failures: string[];

  private constructor(vitest: Vitest, failures: string[]) {
    this.#vitest = vitest;
    this.#failures = failures;
  }

  /** Starts vitest for the render tier; the tests stop at the first that fails. */
  static async start(): Promise<Suite> {
    // One Helm: the chart's own mistakes show with either.
    process.env.RENDER_QUICK = '1';
    const failures: string[] = [];
    const onTestCaseResult: Reporter['onTestCaseResult'] = test => {
      if (test.result().state === 'failed')
        failures.push(`${test.module.relativeModuleId}: ${test.fullName}`);
    };
    const vitest = await createVitest('test', {
      project: ['render'],
      watch: false,
      bail: 1,
      sequence: { sequencer: AsGiven },
      maxWorkers: 1,
      reporters: [{ onTestCaseResult }],
      update: 'none',
      silent: true,
    });
    await vitest.standalone();
    return new Suite(vitest, failures);
  }

  /** Returns the first test of `files` that fails for the chart in `directory`, or undefined when none does. */
  async failure(directory: string, files: readonly string[]): Promise<string | undefined> {
    process.env.CHART_DIRECTORY = directory;
    const specifications = (
      await Promise.all(files.map(file => this.#vitest.globTestSpecifications([file])))
    ).flat();
    if (specifications.length !== files.length)
      throw new Error(`not all of these are test files: ${files.join(', ')}`);
    this.#failures.length = 0;
    const { testModules, unhandledErrors } = await this.#vitest.runTestSpecifications(specifications);
    // The result holds what ran before as well, and what failed then.
    const [first] = this.#failures;
    if (first !== undefined) return first;
    const broken = testModules.find(module => !module.ok() && files.includes(module.relativeModuleId));
    if (broken !== undefined) return `${broken.relativeModuleId} does not run`;
    return unhandledErrors.length > 0 ? String(unhandledErrors[0]) : undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#vitest.close();
  }
}
