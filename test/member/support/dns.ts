import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { setTimeout as delay } from 'node:timers/promises';

/** How the DNS of a test's cluster answers. The default is what CoreDNS does for a headless Service with IPv4. */
export interface DnsAnswers {
  /** For the IPv6 address of a name that has an IPv4 address; `empty` (NOERROR without a record) by default. */
  aaaa?: 'empty' | 'nxdomain' | 'servfail' | 'silence';
  /** Ordinals whose names do not exist: NXDOMAIN for every type. */
  unknown?: readonly number[];
  /** Milliseconds before each answer; 0 by default. */
  delay?: number;
}

const typeA = 1;
const typeAaaa = 28;
const codes = { empty: 0, servfail: 2, nxdomain: 3 } as const;

/** Seconds; short, because a test changes its answers. */
const timeToLive = 1;

interface Question {
  name: string;
  type: number;
  /** The bytes of the question, which an answer repeats. */
  bytes: Buffer;
}

/** Returns the one question of a query, its name in lower case; undefined when the packet is something else. */
function questionOf(query: Buffer): Question | undefined {
  if (query.length < 17 || query.readUInt16BE(4) !== 1) return undefined;
  const labels: string[] = [];
  let at = 12;
  for (;;) {
    const length = query[at];
    // Two high bits mark a pointer, which a question has no use for.
    if (length === undefined || length > 63) return undefined;
    at += 1;
    if (length === 0) break;
    labels.push(query.toString('latin1', at, at + length));
    at += length;
  }
  if (at + 4 > query.length) return undefined;
  return {
    name: labels.join('.').toLowerCase(),
    type: query.readUInt16BE(at),
    bytes: query.subarray(12, at + 4),
  };
}

function answerTo(query: Buffer, { bytes }: Question, code: number, address?: string): Buffer {
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  // A response (0x8000) of an authority (0x400) that resolves recursively (0x80), to a query that may ask for it (0x100).
  header.writeUInt16BE(0x8480 | (query.readUInt16BE(2) & 0x100) | code, 2);
  header.writeUInt16BE(1, 4);
  if (address === undefined) return Buffer.concat([header, bytes]);
  header.writeUInt16BE(1, 6);
  const record = Buffer.alloc(12);
  // The name is a pointer to the question's; then type, class IN, time to live, and the length of the address.
  record.writeUInt16BE(0xc00c, 0);
  record.writeUInt16BE(typeA, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(timeToLive, 6);
  record.writeUInt16BE(4, 10);
  return Buffer.concat([header, bytes, record, Buffer.from(address.split('.').map(Number))]);
}

function bind(socket: Socket, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address, port: 53 }, () => {
      socket.off('error', reject);
      resolve();
    });
  });
}

/** A DNS server over UDP for the names of one set's members. */
export class DnsServer {
  readonly address: string;
  /** Can be replaced at any time. */
  answers: DnsAnswers;
  readonly #socket = createSocket('udp4');
  readonly #find: (name: string) => { ordinal: number; address: string } | undefined;

  private constructor(
    address: string,
    answers: DnsAnswers,
    find: (name: string) => { ordinal: number; address: string } | undefined,
  ) {
    this.address = address;
    this.answers = answers;
    this.#find = find;
  }

  /**
   * Returns a server on port 53 of `address`; `find` returns the member of a name, which is in lower case and without
   * the last dot. Throws an error with the remedy if this user cannot listen on that port.
   */
  static async start(
    address: string,
    answers: DnsAnswers,
    find: (name: string) => { ordinal: number; address: string } | undefined,
  ): Promise<DnsServer> {
    const server = new DnsServer(address, answers, find);
    try {
      await bind(server.#socket, address);
    } catch (error) {
      const denied = error instanceof Error && 'code' in error && error.code === 'EACCES';
      const remedy = denied
        ? '; run the tests as root, or allow every user this port: sudo sysctl -w net.ipv4.ip_unprivileged_port_start=53'
        : '';
      throw new Error(`the test's DNS server cannot listen on ${address}:53: ${String(error)}${remedy}`);
    }
    server.#socket.on('message', (query, from) => void server.#handle(query, from));
    // A client that was killed leaves an answer that cannot be delivered.
    server.#socket.on('error', () => {});
    return server;
  }

  async #handle(query: Buffer, from: RemoteInfo): Promise<void> {
    const question = questionOf(query);
    if (question === undefined) return;
    const answer = this.#answer(query, question);
    if (answer === undefined) return;
    await delay(this.answers.delay ?? 0);
    try {
      this.#socket.send(answer, from.port, from.address);
    } catch {
      // The test is over and the socket is closed.
    }
  }

  #answer(query: Buffer, question: Question): Buffer | undefined {
    const { aaaa = 'empty', unknown = [] } = this.answers;
    const found = this.#find(question.name);
    if (found === undefined || unknown.includes(found.ordinal)) {
      return answerTo(query, question, codes.nxdomain);
    }
    if (question.type === typeA) return answerTo(query, question, codes.empty, found.address);
    if (question.type !== typeAaaa) return answerTo(query, question, codes.empty);
    return aaaa === 'silence' ? undefined : answerTo(query, question, codes[aaaa]);
  }

  /** Stops answering. */
  close(): Promise<void> {
    return new Promise(resolve => this.#socket.close(() => resolve()));
  }
}
