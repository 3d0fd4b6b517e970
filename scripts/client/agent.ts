// The program of the client pod: carries out tasks that are posted to it as JSON, and keeps what it started
// (writers, contests) from one request to the next.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { Contest, guardedWrites } from './contest.ts';
import { fill } from './fill.ts';
import { Gateway } from './gateway.ts';
import { readHistories } from './history.ts';
import { Prober } from './prober.ts';
import type { Answer, Question, TaskName } from './tasks.ts';
import { readStates, Workload } from './workload.ts';
import { Writer } from './writer.ts';

const writers = new Map<string, Writer>();
const contests = new Map<string, Contest>();
const probers = new Map<string, Prober>();
const workloads = new Map<string, Workload>();

function named<T>(kind: string, all: ReadonlyMap<string, T>, id: string): T {
  const one = all.get(id);
  if (!one) throw new Error(`no ${kind} "${id}" was started in this pod`);
  return one;
}

function keep<T>(kind: string, all: Map<string, T>, id: string, make: () => T): T {
  if (all.has(id)) throw new Error(`the ${kind} "${id}" was started before`);
  const one = make();
  all.set(id, one);
  return one;
}

const tasks: { [Name in TaskName]: (question: Question<Name>) => Answer<Name> | Promise<Answer<Name>> } = {
  call: async ({ endpoints, path, body, timeout, unwanted }) => {
    const answer = await new Gateway(endpoints).call(path, body, timeout === undefined ? {} : { timeout });
    return unwanted ? null : answer;
  },
  'writer/start': ({ id, ...options }) => keep('writer', writers, id, () => new Writer(options)).report(),
  'writer/report': ({ id, restartGap }) => {
    const writer = named('writer', writers, id);
    const report = writer.report();
    if (restartGap) writer.restartGap();
    return report;
  },
  'writer/check': ({ id, members, deadline }) => named('writer', writers, id).check(members, deadline),
  'writer/stop': ({ id }) => named('writer', writers, id).stop(),
  histories: ({ members, deadline }) => readHistories(members, deadline),
  'contest/start': ({ id, ...options }) => keep('contest', contests, id, () => new Contest(options)).holds,
  'contest/holds': ({ id }) => named('contest', contests, id).holds,
  'contest/stop': ({ id }) => named('contest', contests, id).stop(),
  fill: ({ endpoints, bytes, size }) => fill(endpoints, bytes, size),
  'prober/start': async ({ id, ...options }) => {
    const prober = await Prober.start(options);
    keep('prober', probers, id, () => prober);
    return { started: true };
  },
  'prober/stop': ({ id }) => {
    const prober = named('prober', probers, id);
    probers.delete(id);
    return prober.stop();
  },
  'workload/start': ({ id, ...options }) =>
    keep('workload', workloads, id, () => new Workload(options)).report(),
  'workload/report': ({ id }) => named('workload', workloads, id).report(),
  'workload/mark': ({ id }) => {
    const workload = named('workload', workloads, id);
    workload.mark();
    return workload.report();
  },
  'workload/pause': async ({ id }) => {
    const workload = named('workload', workloads, id);
    await workload.pause();
    return workload.report();
  },
  'workload/resume': ({ id }) => {
    const workload = named('workload', workloads, id);
    workload.resume();
    return workload.report();
  },
  'workload/declare': ({ id, ...declaration }) => {
    const workload = named('workload', workloads, id);
    workload.declare(declaration);
    return workload.report();
  },
  'workload/finish': async ({ id, deadline }) => {
    const workload = named('workload', workloads, id);
    workloads.delete(id);
    const history = await workload.finish(deadline);
    return { history, report: workload.report() };
  },
  states: ({ members, deadline }) => readStates(members, deadline),
  'contest/writes': ({ endpoints, key }) => guardedWrites(endpoints, key),
};

const isTask = (name: string): name is TaskName => Object.hasOwn(tasks, name);

async function carryOut(name: string, body: string): Promise<unknown> {
  if (!isTask(name)) throw new Error(`no task is called "${name}"`);
  const task = tasks[name] as (question: unknown) => unknown;
  return await task(JSON.parse(body || '{}'));
}

const server = createServer(async (request, response) => {
  const name = (request.url ?? '/').slice(1);
  if (request.method === 'GET') {
    response.end('ready');
    return;
  }
  try {
    const answer = await carryOut(name, await text(request));
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    console.log(`${new Date().toISOString()} ${name}: ${message}`);
    response.statusCode = 500;
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ message }));
  }
});
const port = Number(process.env.PORT ?? 8080);
// Whoever asks ends an idle connection: the API server, which asks for the harness, would send its next question on one
// that ends here at that moment, and report the question as failed.
server.keepAliveTimeout = 0;
server.listen(port, () => console.log(`${new Date().toISOString()} listening on ${port}`));
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
