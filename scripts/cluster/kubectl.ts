import { execa } from 'execa';
import { tool } from '../tools/tool.ts';

/** How a cluster is reached. */
export interface Access {
  kubeconfig: string;
  context: string;
}

export interface KubectlOptions {
  /** Text for standard input. */
  input?: string;
  /** Milliseconds after which kubectl is stopped; 60 s unless given. */
  timeout?: number;
  /** False returns standard output of a kubectl that fails, too. */
  reject?: boolean;
}

/** The arguments that lead kubectl to a cluster. */
export const targetOf = ({ kubeconfig, context }: Access): string[] => [
  `--kubeconfig=${kubeconfig}`,
  `--context=${context}`,
];

/** Runs kubectl of the pinned version and returns its standard output. Throws execa's error, which has command and stderr. */
export async function kubectl(
  access: Access,
  args: readonly string[],
  options: KubectlOptions = {},
): Promise<string> {
  const { input, timeout = 60_000, reject = true } = options;
  const program = await tool('kubectl');
  const { stdout } = await execa(program, [...targetOf(access), ...args], {
    timeout,
    reject,
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
  });
  return stdout;
}
