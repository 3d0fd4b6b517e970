import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from 'node:http2';

/** A gRPC call that was refused, or got no answer; then it may have been carried out all the same. */
export class CallError extends Error {
  override readonly name = 'CallError';
}

/**
 * A gRPC channel to one address: one HTTP/2 connection for all calls, made at the first call and made anew
 * after it ends, as etcd's own clients do. Calls that are in flight when the server says goodbye end in peace.
 */
export class Channel {
  readonly endpoint: string;
  private session: ClientHttp2Session | undefined;

  constructor(endpoint: string) {
    this.endpoint = endpoint;
  }

  /** One unary call; resolves with the answer's message. Throws CallError, also after `timeout` milliseconds. */
  call(path: string, message: Buffer, timeout: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const fail = (problem: string) => reject(new CallError(`${this.endpoint}: ${problem}`));
      const session = this.connection();
      const stream = session.request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
        'grpc-timeout': `${timeout}m`,
      });
      const timer = setTimeout(() => {
        fail(`no answer within ${timeout} ms${session.connecting ? ', not even a connection' : ''}`);
        stream.close(constants.NGHTTP2_CANCEL);
        this.forget(session);
      }, timeout);
      const chunks: Buffer[] = [];
      let end: IncomingHttpHeaders = {};
      const note = (headers: IncomingHttpHeaders) => {
        end = { ...end, ...headers };
      };
      stream.on('response', note);
      stream.on('trailers', note);
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', error => fail(error.message));
      stream.on('close', () => {
        clearTimeout(timer);
        if (end['grpc-status'] === '0') resolve(Buffer.concat(chunks).subarray(PREFIX));
        else fail(`status ${end['grpc-status'] ?? 'none'} ${end['grpc-message'] ?? ''}`.trimEnd());
      });
      stream.end(framed(message));
    });
  }

  /** Leaves the connection; the next call makes a new one. Calls in flight still get their answers. */
  leave(): void {
    if (this.session) this.forget(this.session);
  }

  private connection(): ClientHttp2Session {
    if (this.session && !this.session.closed && !this.session.destroyed) return this.session;
    const session = connect(this.endpoint);
    this.session = session;
    // Each call in flight hears of it by itself.
    session.on('error', () => {});
    session.on('goaway', () => this.forget(session));
    return session;
  }

  private forget(session: ClientHttp2Session): void {
    if (session.connecting) session.destroy();
    else session.close();
    if (this.session === session) this.session = undefined;
  }
}

/** gRPC's frame: not compressed, and four bytes of length. */
const PREFIX = 5;

function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(PREFIX);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
