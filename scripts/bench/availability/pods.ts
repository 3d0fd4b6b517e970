import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { targetOf } from '../../cluster/kubectl.ts';
import type { SetReference } from '../../release/members.ts';
import { isReady, type Pod, podTrouble } from '../../release/objects.ts';
import { tool } from '../../tools/tool.ts';
import type { Mark } from './timeline.ts';

interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: Pod;
}

export type Condition = (pods: readonly Pod[]) => boolean;

/**
 * The pods of a set as Kubernetes tells of them, without a poll that would load the cluster under measurement.
 * Remembers when each was deleted, gone, created, scheduled, ready and not ready any more.
 */
export class PodWatch {
  /** Times are epoch milliseconds. */
  readonly marks: Mark[] = [];
  private readonly reference: SetReference;
  private readonly pods = new Map<string, Pod>();
  private readonly waiting = new Set<() => void>();
  private readonly kubectl: ReturnType<typeof stream>;
  private ended: string | undefined;

  private constructor(reference: SetReference, program: string) {
    this.reference = reference;
    const path = `/api/v1/namespaces/${reference.namespace}/pods?watch=1`;
    this.kubectl = stream(program, [...targetOf(reference.cluster), 'get', '--raw', path]);
    if (this.kubectl.stdout) {
      createInterface({ input: this.kubectl.stdout }).on('line', line =>
        this.see(JSON.parse(line) as WatchEvent),
      );
    }
    void this.kubectl.then(({ shortMessage }) => {
      this.ended = shortMessage ?? 'kubectl ended';
      this.wake();
    });
  }

  /** Starts to watch. */
  static async start(reference: SetReference): Promise<PodWatch> {
    return new PodWatch(reference, await tool('kubectl'));
  }

  /** Resolves when the condition holds for the set's pods; throws after `timeout` milliseconds with their state. */
  async until(what: string, condition: Condition, timeout: number): Promise<void> {
    const end = performance.now() + timeout;
    while (!condition([...this.pods.values()])) {
      const left = end - performance.now();
      if (left <= 0 || this.ended !== undefined) {
        const state = [...this.pods.values()].map(pod =>
          isReady(pod) ? `${pod.metadata.name} is Ready` : podTrouble(pod),
        );
        const { namespace, set } = this.reference;
        throw new Error(
          `${namespace}/${set}: ${this.ended ?? `waited ${timeout / 1000} s in vain`} until ${what}: ${state.join('; ') || 'no pods'}`,
        );
      }
      await new Promise<void>(resume => {
        const timer = setTimeout(resume, left);
        this.waiting.add(() => {
          clearTimeout(timer);
          resume();
        });
      });
    }
  }

  /** Ends the watch. */
  stop(): void {
    this.kubectl.kill();
  }

  private see({ type, object: pod }: WatchEvent): void {
    if (type === 'BOOKMARK' || type === 'ERROR') return;
    const { name } = pod.metadata;
    const before = this.pods.get(name);
    if (
      !pod.metadata.ownerReferences?.some(
        ({ kind, name }) => kind === 'StatefulSet' && name === this.reference.set,
      )
    ) {
      return;
    }
    const ordinal = Number(name.slice(name.lastIndexOf('-') + 1));
    const mark = (kind: Mark['kind']) => this.marks.push({ at: Date.now(), ordinal, kind });
    if (type === 'DELETED') {
      this.pods.delete(name);
      mark('gone');
    } else {
      this.pods.set(name, pod);
      if (!before) mark('created');
      if (pod.metadata.deletionTimestamp && !before?.metadata.deletionTimestamp) mark('deleted');
      if (says(pod, 'PodScheduled') && !(before && says(before, 'PodScheduled'))) mark('scheduled');
      if (says(pod, 'Ready') && !(before && says(before, 'Ready'))) mark('ready');
      if (before && says(before, 'Ready') && !says(pod, 'Ready')) mark('unready');
    }
    this.wake();
  }

  private wake(): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const resume of waiting) resume();
  }
}

const says = (pod: Pod, condition: string): boolean =>
  pod.status.conditions?.some(({ type, status }) => type === condition && status === 'True') === true;

const stream = (program: string, args: readonly string[]) =>
  execa(program, args, { stdin: 'ignore', reject: false, buffer: false });
