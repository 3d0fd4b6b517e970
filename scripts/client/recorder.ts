import type { Answered, Call, Outcome } from '../judge/history.ts';
import type { Attempt, GatewayError, Header } from './gateway.ts';

/** Who answered, in the form in which the judge reads it; nothing when no header came. */
export function answeredBy(header: Header | undefined): { answered?: Answered } {
  if (!header) return {};
  const { cluster_id: cluster, member_id: member, revision = '0' } = header;
  return { answered: { cluster, member, revision } };
}

/** How a call ended, by the error that it ended with. */
export function endedWith(error: GatewayError | undefined): { outcome: Outcome; problem?: string } {
  if (!error) return { outcome: 'ok' };
  return { outcome: error.certain ? 'failed' : 'unknown', problem: error.message };
}

/** Keeps every call of a workload, and counts. */
export class Recorder {
  readonly calls: Call[] = [];
  failed = 0;
  unknown = 0;
  lastProblem: string | undefined;
  /** The key of the last write that etcd acknowledged. */
  newest: string | undefined;

  add(call: Call): void {
    this.calls.push(call);
    if (call.problem !== undefined) this.lastProblem = call.problem;
    if (call.outcome === 'unknown') this.unknown += 1;
    // An answer that says "the comparison does not hold" is what a comparison is for.
    if (call.outcome === 'failed' && !call.answered) this.failed += 1;
    if (call.kind === 'put' && call.outcome === 'ok') this.newest = call.key;
  }

  /** Keeps a call whose effect is told by something else. */
  readonly addAttempt = ({ endpoint, path, start, end, header, error }: Attempt): void => {
    this.add({ kind: 'other', endpoint, path, start, end, ...endedWith(error), ...answeredBy(header) });
  };
}
