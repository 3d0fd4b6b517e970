// etcd over its JSON gateway, with nothing but fetch: it runs inside a bare Node pod.

/** Base64 of UTF-8 text, the form in which the gateway carries keys and values. */
export const encode = (text: string): string => Buffer.from(text).toString('base64');
/** The text of a base64 key or value; the gateway leaves out empty ones. */
export const decode = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString();
/** The end of the range that covers every key with this prefix, as base64. */
export function prefixEnd(prefix: string): string {
  const bytes = Buffer.from(prefix);
  const last = bytes.at(-1);
  if (last === undefined || last === 0xff) throw new Error(`"${prefix}" has no simple range end`);
  bytes[bytes.length - 1] = last + 1;
  return bytes.toString('base64');
}

/** What every answer of etcd begins with; 64-bit numbers are decimal strings. */
export interface Header {
  cluster_id: string;
  member_id: string;
  revision?: string;
  raft_term?: string;
}
export interface KeyValue {
  key: string;
  value?: string;
  create_revision: string;
  mod_revision: string;
  lease?: string;
}
export interface RangeAnswer {
  header: Header;
  kvs?: KeyValue[];
  count?: string;
}
export interface TxnAnswer {
  header: Header;
  succeeded?: boolean;
  responses?: { response_range?: { kvs?: KeyValue[] } }[];
}

/** etcd refused a call, or could not be reached: then the call may have been carried out all the same. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly endpoint: string;
  /** The gRPC status code, or undefined when no answer came. */
  readonly code: number | undefined;
  /** Whether the call was certainly not carried out: it never reached etcd, or etcd refused it as it is. */
  readonly certain: boolean;
  constructor(endpoint: string, path: string, problem: string, code?: number, unreached = false) {
    super(`${endpoint}${path}: ${problem}`);
    this.endpoint = endpoint;
    this.code = code;
    this.certain = unreached || (code !== undefined && refusals.has(code));
  }
}

const INVALID_ARGUMENT = 3;
const DEADLINE_EXCEEDED = 4;
const NOT_FOUND = 5;
const FAILED_PRECONDITION = 9;
const UNAVAILABLE = 14;
/**
 * Refusals that come before a write; whatever else etcd says may come after it: it carries out the write that
 * meets the quota, and then answers that there is no space.
 */
const refusals: ReadonlySet<number> = new Set([INVALID_ARGUMENT, NOT_FOUND, FAILED_PRECONDITION]);
/** Errors of Node that say that there was no connection to send anything through. */
const noConnection: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether another member may do better: no answer, or one that says "not me, not now". */
const worthAnother = (error: unknown): boolean =>
  error instanceof GatewayError &&
  (error.code === undefined || error.code === DEADLINE_EXCEEDED || error.code === UNAVAILABLE);

export interface CallOptions {
  /** Milliseconds for one attempt; 2,000 by default, more than an election takes. */
  timeout?: number;
  signal?: AbortSignal;
}

function within({ timeout = 2000, signal }: CallOptions): AbortSignal {
  const limit = AbortSignal.timeout(Math.max(1, Math.ceil(timeout)));
  return signal ? AbortSignal.any([signal, limit]) : limit;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}

function unreached(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && noConnection.has(String(cause.code));
}

/** Opens one call; the answer's body may be a stream. Throws GatewayError for every answer that is not 200. */
async function open(endpoint: string, path: string, body: unknown, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(endpoint + path, { method: 'POST', body: JSON.stringify(body), signal });
  } catch (error) {
    throw new GatewayError(endpoint, path, reason(error), undefined, unreached(error));
  }
  if (response.ok) return response;
  const text = await response.text().catch(reason);
  let code: number | undefined;
  let problem = text;
  try {
    const parsed = JSON.parse(text) as { code?: number; message?: string; error?: string };
    code = parsed.code;
    problem = parsed.message ?? parsed.error ?? text;
  } catch {
    // Not etcd's own words (a proxy between us and it): the text says what it is.
  }
  throw new GatewayError(endpoint, path, `${response.status} ${problem}`, code);
}

/** One call to one member. Throws GatewayError. */
export async function callMember<T>(
  endpoint: string,
  path: string,
  body: unknown,
  options: CallOptions = {},
): Promise<T> {
  const response = await open(endpoint, path, body, within(options));
  try {
    return (await response.json()) as T;
  } catch (error) {
    throw new GatewayError(endpoint, path, `the answer broke off: ${reason(error)}`);
  }
}

/** One call of a gateway as it went; times are milliseconds of the monotonic clock. */
export interface Attempt {
  endpoint: string;
  path: string;
  start: number;
  end: number;
  header?: Header | undefined;
  error?: GatewayError;
}

/** Several members as one etcd: a call that finds its member gone goes to the next one. */
export class Gateway {
  readonly endpoints: readonly string[];
  private current = 0;
  private readonly observe: ((attempt: Attempt) => void) | undefined;

  /** Begins with the endpoint at `first`; `observe` is told of every attempt, but not of streams. */
  constructor(endpoints: readonly string[], first = 0, observe?: (attempt: Attempt) => void) {
    if (endpoints.length === 0) throw new Error('an etcd client needs at least one endpoint');
    this.endpoints = endpoints;
    this.current = first;
    this.observe = observe;
  }

  private async attempt<T>(path: string, body: unknown, options: CallOptions): Promise<T> {
    const { endpoint } = this;
    const start = performance.now();
    try {
      const answer = await callMember<T & { header?: Header }>(endpoint, path, body, options);
      this.observe?.({ endpoint, path, start, end: performance.now(), header: answer.header });
      return answer;
    } catch (error) {
      if (error instanceof GatewayError) {
        this.observe?.({ endpoint, path, start, end: performance.now(), error });
      }
      throw error;
    }
  }

  /** The member in use. */
  get endpoint(): string {
    return this.endpoints[this.current % this.endpoints.length] ?? '';
  }

  /** Leaves the member in use for the next one. */
  advance(): void {
    this.current += 1;
  }

  /**
   * Calls the member in use, then the others in turn; throws the last GatewayError when all have failed.
   * A call that failed may have been carried out, so the body must be safe to send twice.
   */
  async call<T>(path: string, body: unknown, options: CallOptions = {}): Promise<T> {
    let last: unknown;
    for (const _ of this.endpoints) {
      try {
        return await this.attempt<T>(path, body, options);
      } catch (error) {
        last = error;
        if (!worthAnother(error) || options.signal?.aborted) throw error;
        this.advance();
      }
    }
    throw last;
  }

  /** One attempt at the member in use; a failure moves on to the next one for the next call. */
  async callOnce<T>(path: string, body: unknown, options: CallOptions = {}): Promise<T> {
    try {
      return await this.attempt<T>(path, body, options);
    } catch (error) {
      this.advance();
      throw error;
    }
  }

  /** Yields the messages of a streaming call until the member, the timeout or the signal ends it. */
  async *stream(path: string, body: unknown, options: CallOptions): AsyncGenerator<unknown> {
    const response = await open(this.endpoint, path, body, within(options));
    if (!response.body) return;
    const text = new TextDecoder();
    let rest = '';
    for await (const chunk of response.body) {
      rest += text.decode(chunk as Uint8Array, { stream: true });
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim()) yield JSON.parse(line);
    }
    if (rest.trim()) yield JSON.parse(rest);
  }
}
