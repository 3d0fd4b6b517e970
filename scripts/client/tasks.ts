import type { Declaration, History, MemberState } from '../judge/history.ts';
import type { ContestOptions, GuardedWrite, Hold } from './contest.ts';
import type { MemberHistory } from './history.ts';
import type { ProberOptions, ProberReport } from './prober.ts';
import type { WorkloadOptions, WorkloadReport } from './workload.ts';
import type { MemberCheck, WriterOptions, WriterReport } from './writer.ts';

/** What the client pod can be asked for: the name of each task, its question and its answer. */
export interface Tasks {
  /** One call through the gateway of the first endpoint that answers; `answer` is etcd's JSON, unless unwanted. */
  call: {
    question: {
      endpoints: readonly string[];
      path: string;
      body: unknown;
      timeout?: number;
      unwanted?: true;
    };
    answer: unknown;
  };
  'writer/start': { question: WriterOptions & { id: string }; answer: WriterReport };
  'writer/report': { question: { id: string; restartGap?: boolean }; answer: WriterReport };
  'writer/check': {
    question: { id: string; members: readonly string[]; deadline: number };
    answer: MemberCheck[];
  };
  'writer/stop': { question: { id: string }; answer: WriterReport };
  histories: { question: { members: readonly string[]; deadline: number }; answer: MemberHistory[] };
  'contest/start': { question: ContestOptions & { id: string }; answer: readonly Hold[] };
  'contest/holds': { question: { id: string }; answer: readonly Hold[] };
  'contest/stop': { question: { id: string }; answer: readonly Hold[] };
  'contest/writes': { question: { endpoints: readonly string[]; key: string }; answer: GuardedWrite[] };
  fill: {
    question: { endpoints: readonly string[]; bytes: number; size?: number };
    answer: { keys: number };
  };
  'prober/start': { question: ProberOptions & { id: string }; answer: { started: true } };
  'prober/stop': { question: { id: string }; answer: ProberReport };
  'workload/start': { question: WorkloadOptions & { id: string }; answer: WorkloadReport };
  'workload/report': { question: { id: string }; answer: WorkloadReport };
  'workload/mark': { question: { id: string }; answer: WorkloadReport };
  'workload/pause': { question: { id: string }; answer: WorkloadReport };
  'workload/resume': { question: { id: string }; answer: WorkloadReport };
  'workload/declare': { question: Omit<Declaration, 'at'> & { id: string }; answer: WorkloadReport };
  /** Ends a workload; the deadline is the watchers' to catch up, in milliseconds. */
  'workload/finish': {
    question: { id: string; deadline: number };
    answer: { history: History; report: WorkloadReport };
  };
  states: { question: { members: readonly string[]; deadline: number }; answer: MemberState[] };
}
export type TaskName = keyof Tasks;
export type Question<Name extends TaskName> = Tasks[Name]['question'];
export type Answer<Name extends TaskName> = Tasks[Name]['answer'];
