import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { type Access, targetOf } from '../cluster/kubectl.ts';
import { isRunning } from '../process.ts';
import { tool } from '../tools/tool.ts';

/** The API server refused a request. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  constructor(method: string, path: string, status: number, problem: string) {
    super(`${method} ${path}: ${status} ${problem}`);
    this.status = status;
  }
}

export interface RequestOptions {
  body?: unknown;
  contentType?: string;
  /** Milliseconds; 10,000 by default. */
  timeout?: number;
}

/**
 * The API server through one `kubectl proxy`, whatever way the kubeconfig authenticates. A poll costs a
 * request instead of a kubectl process. The proxy listens on a socket file that only this user may open, and
 * ends with this process.
 */
export class Api {
  private readonly socket: string;
  private readonly agent = new Agent({ keepAlive: true });

  private constructor(socket: string) {
    this.socket = socket;
  }

  /** Starts the proxy. Throws with kubectl's own words when it ends or does not listen within ten seconds. */
  static async open(target: Access, ended: () => void): Promise<Api> {
    const program = await tool('kubectl');
    removeAbandoned();
    const directory = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
    const socket = join(directory, 'socket');
    const args = [...targetOf(target), 'proxy', `--unix-socket=${socket}`];
    const proxy = execa(program, args, { stdin: 'ignore', stdout: 'ignore', stderr: 'pipe', reject: false });
    const remove = () => rmSync(directory, { recursive: true, force: true });
    process.once('exit', remove);
    let failure: string | undefined;
    void proxy.then(result => {
      failure = result.shortMessage ?? 'kubectl proxy ended';
      if (result.stderr) failure = `${failure}\n${result.stderr}`;
      process.off('exit', remove);
      remove();
      ended();
    });
    const deadline = performance.now() + 10_000;
    while (!existsSync(socket)) {
      if (failure !== undefined) throw new Error(failure);
      if (performance.now() > deadline) {
        proxy.kill();
        throw new Error(`${program} ${args.join(' ')}: no socket after 10 s`);
      }
      await sleep(20);
    }
    // The proxy must not keep a program alive that has nothing else to do.
    proxy.unref();
    if (proxy.stderr instanceof Socket) proxy.stderr.unref();
    return new Api(socket);
  }

  /** Sends one request and returns the answer's text. Throws ApiError, or an Error when no answer came. */
  async text(method: string, path: string, options: RequestOptions = {}): Promise<string> {
    const { body, contentType = 'application/json', timeout = 10_000 } = options;
    const call = request({
      socketPath: this.socket,
      agent: this.agent,
      method,
      path,
      headers: { 'content-type': contentType, accept: 'application/json, */*' },
      signal: AbortSignal.timeout(timeout),
    });
    call.end(body === undefined ? undefined : JSON.stringify(body));
    try {
      const [response] = (await once(call, 'response')) as [IncomingMessage];
      const answer = await text(response);
      const status = response.statusCode ?? 0;
      if (status < 200 || status > 299) throw new ApiError(method, path, status, problemIn(answer));
      return answer;
    } catch (error) {
      if (error instanceof ApiError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${method} ${path}: no answer within ${timeout} ms: ${reason}`);
    }
  }

  /** Sends one request and returns the answer as the caller's type. Throws as `text` does. */
  async json<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    return JSON.parse(await this.text(method, path, options)) as T;
  }

  /** The answer of a GET, or undefined when there is no such object. Throws as `text` does. */
  async find<T>(path: string): Promise<T | undefined> {
    return this.json<T>('GET', path).catch(ifMissing(undefined));
  }

  /** Deletes an object; that it is gone already is right too. Throws as `text` does. */
  async remove(path: string, options: RequestOptions = {}): Promise<void> {
    await this.text('DELETE', path, options).catch(ifMissing(''));
  }
}

const PREFIX = 'etcd-chart-api-';

/** Removes the sockets of processes that were killed and could not do it themselves. */
function removeAbandoned(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? Number(name.slice(PREFIX.length).split('-', 1)[0]) : 0;
    if (pid > 0 && !isRunning(pid)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

/** Turns the answer "no such object" into a value; to be used as a rejection handler. */
export function ifMissing<T>(value: T): (error: unknown) => T {
  return error => {
    if (error instanceof ApiError && error.status === 404) return value;
    throw error;
  };
}

function problemIn(answer: string): string {
  try {
    return (JSON.parse(answer) as { message?: string }).message ?? answer;
  } catch {
    return answer;
  }
}

const opened = new Map<string, Promise<Api>>();

/** The API of a cluster; one proxy per cluster, started at the first use. Throws as `Api.open` does. */
export function apiOf(target: Access): Promise<Api> {
  const key = `${target.kubeconfig} ${target.context}`;
  const forget = () => opened.delete(key);
  const known =
    opened.get(key) ?? Api.open({ kubeconfig: target.kubeconfig, context: target.context }, forget);
  opened.set(key, known);
  known.catch(forget);
  return known;
}
