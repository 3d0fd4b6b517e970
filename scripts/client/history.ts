import { callMember, type Header } from './gateway.ts';

/** One member's view of the common history. */
export interface MemberHistory {
  endpoint: string;
  clusterId: string;
  memberId: string;
  /** The revision up to which `hash` was taken, the same for all. */
  revision: string;
  compacted: string;
  hash: string;
}

interface HashAnswer {
  header: Header;
  hash?: number;
  compact_revision?: string;
}

/**
 * Every member's HashKV at one revision that all of them have. Compaction runs on each member in its own
 * time and changes the hash, so it is asked again while their compacted revisions differ.
 * Throws GatewayError, or an Error when the compacted revisions still differ at the deadline (milliseconds).
 */
export async function readHistories(
  endpoints: readonly string[],
  deadline: number,
): Promise<MemberHistory[]> {
  const end = performance.now() + deadline;
  for (;;) {
    // A linearizable read leaves each member with everything acknowledged before it.
    const headers = await Promise.all(
      endpoints.map(endpoint =>
        callMember<{ header: Header }>(
          endpoint,
          '/v3/kv/range',
          { key: 'AA==', limit: '1' },
          { timeout: 5000 },
        ),
      ),
    );
    const revisions = headers.map(({ header }) => BigInt(header.revision ?? 0));
    const revision = String(revisions.reduce((least, next) => (next < least ? next : least)));
    const histories = await Promise.all(endpoints.map(endpoint => readHistory(endpoint, revision)));
    if (new Set(histories.map(({ compacted }) => compacted)).size === 1) return histories;
    if (performance.now() > end) {
      throw new Error(`the members' compacted revisions differ: ${JSON.stringify(histories)}`);
    }
    await new Promise(resume => setTimeout(resume, 200));
  }
}

async function readHistory(endpoint: string, revision: string): Promise<MemberHistory> {
  const answer = await callMember<HashAnswer>(endpoint, '/v3/maintenance/hashkv', { revision });
  return {
    endpoint,
    clusterId: answer.header.cluster_id,
    memberId: answer.header.member_id,
    revision,
    compacted: answer.compact_revision ?? '0',
    hash: String(answer.hash ?? 0),
  };
}
