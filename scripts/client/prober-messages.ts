// The few messages of etcd's gRPC API that the prober needs, in protobuf's wire format.

/** A key and its value as etcd's PutRequest. */
export function putRequest(key: string, value: Uint8Array): Buffer {
  return Buffer.concat([bytesField(1, Buffer.from(key)), bytesField(2, value)]);
}

/** The member that answered, in etcd's hexadecimal form. Throws RangeError when the message breaks off. */
export function answeringMember(answer: Buffer): string {
  return hex(numberIn(headerOf(answer), 2));
}

/** What a member is by its own account. */
export type MemberRole = 'leads' | 'follows' | 'learns';

/** What the member that sent a StatusResponse is. Throws RangeError when the message breaks off. */
export function roleOf(answer: Buffer): MemberRole {
  const leader = numberIn(answer, 4);
  if (leader !== 0n && leader === numberIn(headerOf(answer), 2)) return 'leads';
  return numberIn(answer, 10) === 0n ? 'follows' : 'learns';
}

const hex = (id: bigint): string => id.toString(16);

function bytesField(number: number, value: Uint8Array): Buffer {
  return Buffer.concat([varint(number * 8 + 2), varint(value.length), value]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

function headerOf(answer: Buffer): Buffer {
  const header = [...fields(answer)].find(({ number }) => number === 1)?.value;
  return Buffer.isBuffer(header) ? header : Buffer.alloc(0);
}

function numberIn(message: Buffer, wanted: number): bigint {
  const value = [...fields(message)].find(({ number }) => number === wanted)?.value;
  return typeof value === 'bigint' ? value : 0n;
}

function* fields(message: Buffer): Generator<{ number: number; value: bigint | Buffer }> {
  let at = 0;
  const next = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(at);
      at += 1;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = Number(next());
    const number = Math.floor(tag / 8);
    const kind = tag % 8;
    if (kind === 0) {
      yield { number, value: next() };
    } else if (kind === 2) {
      const length = Number(next());
      if (at + length > message.length) throw new RangeError(`field ${number} breaks off`);
      yield { number, value: message.subarray(at, at + length) };
      at += length;
    } else {
      throw new RangeError(`field ${number} has wire type ${kind}, which etcd's answers do not use`);
    }
  }
}
