import { beforeAll, describe } from 'vitest';
import type { ApiRequest } from './support/api/server.ts';
import { type EtcdMinor, programs } from './support/programs.ts';
import { scenario } from './support/scenario.ts';
import type { EtcdSet } from './support/set.ts';
import { identity } from './support/volume.ts';

const minors: readonly EtcdMinor[] = ['3.7', '3.6', '3.5'];
beforeAll(() => Promise.all(minors.map(programs)));

/** Returns how many records were ever created. */
function recordsCreated(set: EtcdSet): number {
  return set.api.store.since('0').filter(({ type, plural }) => type === 'ADDED' && plural === 'configmaps')
    .length;
}

describe.concurrent('three members form from nothing', () => {
  for (const image of minors) {
    scenario(`etcd ${image}`, { replicas: 3, image }, async (set, expect) => {
      const members = await set.up();
      expect(members.map(({ name }) => name)).toEqual(['etcd-0', 'etcd-1', 'etcd-2']);
      await set.write(2, 5);
      await set.nothingLost(0, 1, 2);
      const owners = set.record?.metadata.ownerReferences?.map(({ name }) => name).sort();
      expect(owners).toEqual(['data-etcd-0', 'data-etcd-1', 'data-etcd-2']);
      expect([0, 1, 2].map(ordinal => set.annotation(ordinal))).toEqual(
        Array(3).fill(set.record?.data?.generation),
      );
      expect(set.pod(0).etcd.starts).toBe(1);
      await set.waitFor(() => set.record?.data?.etcdVersion === image, { what: `the record says ${image}` });
    });
  }

  scenario(
    'without persistence the pods themselves own the record',
    { replicas: 3, persistence: false },
    async (set, expect) => {
      await set.up();
      const owners = set.record?.metadata.ownerReferences?.map(({ kind, name }) => `${kind} ${name}`).sort();
      expect(owners).toEqual(['Pod etcd-0', 'Pod etcd-1', 'Pod etcd-2']);
      expect(set.api.store.list('persistentvolumeclaims')).toEqual([]);
    },
  );

  scenario('with a slow API server', { replicas: 3 }, async set => {
    set.api.fail({ kind: 'latency', milliseconds: 250 });
    await set.up();
  });

  scenario('when the API server fails at first', { replicas: 3 }, async (set, expect) => {
    const end = set.api.fail({ kind: 'status', code: 500 });
    await set.start(0, 1, 2);
    await Promise.all([0, 1, 2].map(ordinal => set.waits(ordinal, /API server does not answer/)));
    end();
    await set.voters([0, 1, 2]);
    expect(recordsCreated(set)).toBe(1);
  });
});

describe.concurrent('joins that race', () => {
  for (const [joiners, rounds] of [
    [2, 3],
    [4, 2],
  ] as const) {
    scenario(
      `${joiners} joiners at once with empty volumes, ${rounds} times`,
      { replicas: 1 },
      async (set, expect) => {
        await set.up();
        const others = Array.from({ length: joiners }, (_, index) => index + 1);
        for (let round = 0; round < rounds; round++) {
          await set.write(0, 3);
          await set.scale(joiners + 1);
          await set.voters([0, ...others]);
          await set.nothingLost(0, ...others);
          await set.scale(1);
          expect(await set.members(0)).toHaveLength(1);
          for (const ordinal of others) set.deleteClaim(ordinal);
        }
      },
    );
  }
});

// Two etcds in their first start ask each other for their version, and neither answers before it has the other's.
scenario(
  'joiners that are ready to start at the same moment do not wait for each other',
  { replicas: 5 },
  async (set, expect) => {
    const owns = ({ client, verb, plural }: ApiRequest): boolean =>
      /^etcd-[1-4]\.etcd$/.test(client) && verb === 'patch' && plural === 'configmaps';
    await set.start(0);
    await set.formed();
    const end = set.api.before(async request => {
      if (!owns(request)) return undefined;
      await set.waitFor(async () => (await set.members(0)).length === 5, { what: 'all are listed' });
      return undefined;
    });
    await set.start(1, 2, 3, 4);
    await set.voters([0, 1, 2, 3, 4]);
    end();
    const inVain = [1, 2, 3, 4].flatMap(ordinal =>
      set
        .pod(ordinal)
        .etcd.log.split('\n')
        .filter(line => /failed to reach the peer URL.*deadline/.test(line)),
    );
    expect(inVain).toEqual([]);
  },
);

describe.concurrent('the founder dies and comes back as a new pod', () => {
  const fromFounder = (verb: ApiRequest['verb'], plural: ApiRequest['plural']) => (request: ApiRequest) =>
    request.client.startsWith('etcd-0.') && request.verb === verb && request.plural === plural;

  const steps: readonly [string, 'before' | 'after', (request: ApiRequest) => boolean][] = [
    ['before it creates the record', 'before', fromFounder('create', 'configmaps')],
    ['when the record was created', 'after', fromFounder('create', 'configmaps')],
    ['before it annotates its claim', 'before', fromFounder('patch', 'persistentvolumeclaims')],
    ['when its claim was annotated', 'after', fromFounder('patch', 'persistentvolumeclaims')],
    ['before the record says formed', 'before', fromFounder('patch', 'configmaps')],
    ['when the record says formed', 'after', fromFounder('patch', 'configmaps')],
  ];

  for (const [title, moment, matches] of steps) {
    scenario(title, { replicas: 3 }, async (set, expect) => {
      let deaths = 0;
      set.api[moment](async request => {
        if (deaths > 0 || !matches(request)) return undefined;
        deaths += 1;
        await set.replace([0], { force: true });
        return 'drop';
      });
      await set.start(0, 1, 2);
      await set.voters([0, 1, 2]);
      expect(deaths).toBe(1);
      expect(recordsCreated(set)).toBe(1);
      expect(set.record?.data?.phase).toBe('formed');
      const clusters = await Promise.all([0, 1, 2].map(ordinal => set.member(ordinal).clusterId()));
      expect(clusters).toEqual(Array(3).fill(set.record?.data?.clusterId));
    });
  }

  scenario(
    'between looking at the other volumes and the record, twice',
    { replicas: 3 },
    async (set, expect) => {
      let deaths = 0;
      const lists = fromFounder('list', 'persistentvolumeclaims');
      set.api.after(async request => {
        if (deaths > 1 || !lists(request)) return undefined;
        deaths += 1;
        await set.replace([0], { force: true });
        return 'drop';
      });
      await set.start(0, 1, 2);
      await set.voters([0, 1, 2]);
      expect(deaths).toBe(2);
      expect(recordsCreated(set)).toBe(1);
    },
  );

  scenario('when etcd has just begun to run, in the same pod', { replicas: 3 }, async (set, expect) => {
    await set.start(0, 1, 2);
    await set.waitFor(() => set.pod(0).hasStartedEtcd, { what: 'etcd-0 runs etcd', every: 2 });
    set.pod(0).etcd.signal('SIGKILL');
    await set.voters([0, 1, 2]);
    expect(set.pod(0).etcd.starts).toBe(2);
    expect(recordsCreated(set)).toBe(1);
  });

  scenario(
    'with its volume, before anybody joined: the record goes too, and all begins anew',
    { replicas: 1 },
    async (set, expect) => {
      await set.up();
      const { generation } = set.record?.data ?? {};
      set.deleteClaim(0);
      await set.delete([0], { force: true });
      expect(set.record).toBeUndefined();
      await set.up();
      expect(set.record?.data?.generation).not.toBe(generation);
    },
  );
});

describe.concurrent('a joiner dies and comes back as a new pod', () => {
  const fromJoiner = (verb: ApiRequest['verb'], plural: ApiRequest['plural']) => (request: ApiRequest) =>
    request.client === 'etcd-1.etcd' && request.verb === verb && request.plural === plural;

  const steps: readonly [string, 'before' | 'after', (request: ApiRequest) => boolean][] = [
    ['before it owns the record', 'before', fromJoiner('patch', 'configmaps')],
    ['when it owns the record', 'after', fromJoiner('patch', 'configmaps')],
    ['before its claim is annotated', 'before', fromJoiner('patch', 'persistentvolumeclaims')],
    ['when its claim was annotated', 'after', fromJoiner('patch', 'persistentvolumeclaims')],
  ];

  for (const [title, moment, matches] of steps) {
    scenario(title, { replicas: 2 }, async (set, expect) => {
      let deaths = 0;
      set.api[moment](async request => {
        if (deaths > 0 || !matches(request)) return undefined;
        deaths += 1;
        await set.replace([1], { force: true });
        return 'drop';
      });
      await set.start(0, 1);
      await set.voters([0, 1]);
      expect(deaths).toBe(1);
    });
  }

  scenario(
    'when it is listed, three times, each time a little later',
    { replicas: 2 },
    async (set, expect) => {
      await set.start(0);
      await set.formed();
      await set.start(1);
      for (const deeper of [
        async () => (await set.listed(1, 0)) !== undefined,
        () => set.pod(1).hasStartedEtcd,
        async () => (await set.listed(1, 0))?.name === 'etcd-1',
      ]) {
        await set.waitFor(deeper, { what: 'the joiner has come that far', every: 2 });
        await set.replace([1], { force: true });
      }
      await set.voters([0, 1]);
      expect((await identity(set.volume(1))).memberId).toBe((await set.listed(1, 0))?.id);
    },
  );
});

describe.concurrent('a joiner that cannot take one of the steps that come before its data', () => {
  for (const [step, plural] of [
    ['own the record', 'configmaps'],
    ['annotate its claim', 'persistentvolumeclaims'],
  ] as const)
    scenario(`${step}, does not start until it can`, { replicas: 2 }, async (set, expect) => {
      const end = set.api.fail(
        { kind: 'status', code: 500 },
        request => request.client === 'etcd-1.etcd' && request.verb === 'patch' && request.plural === plural,
      );
      await set.start(0, 1);
      await set.waits(1, /join: not possible yet: Error from server/);
      expect(set.pod(1).hasStartedEtcd).toBe(false);
      end();
      await set.voters([0, 1]);
    });
});

describe.concurrent('a pod whose name was given to another', () => {
  scenario('stays out of its way', { replicas: 2 }, async (set, expect) => {
    await set.start(1);
    await set.waits(1, /etcd-0 bootstraps it/);
    set.usurp(1);
    await set.start(0);
    await set.formed();
    await set.waits(1, /is another one now/);
    expect(await set.members(0)).toHaveLength(1);
    expect(set.annotation(1)).toBeUndefined();
  });

  for (const [title, moment, asks, listed] of [
    [
      'once it has looked at everything, is not added',
      'after',
      ({ verb, plural }: ApiRequest) => verb === 'get' && plural === 'persistentvolumeclaims',
      1,
    ],
    [
      'before it owns the record and annotates its claim, does not start',
      'before',
      ({ verb }: ApiRequest) => verb === 'patch',
      2,
    ],
  ] as const)
    scenario(title, { replicas: 2 }, async (set, expect) => {
      await set.start(0);
      await set.formed();
      let usurped = false;
      set.api[moment](request => {
        if (!usurped && request.client === 'etcd-1.etcd' && asks(request)) {
          usurped = true;
          set.usurp(1, { claim: true });
          // What was seen half a second ago is asked again.
          set.pod(0).etcd.freeze();
          setTimeout(() => set.pod(0).etcd.thaw(), 800);
        }
        return undefined;
      });
      await set.start(1);
      await set.waits(1, /is another one now/);
      expect(usurped).toBe(true);
      expect(await set.members(0)).toHaveLength(listed);
      expect(set.annotation(1)).toBeUndefined();
    });

  scenario(
    'and whose claim, does not found: a record that it made goes with its claim',
    { replicas: 1 },
    async (set, expect) => {
      let usurped = false;
      set.api.after(({ client, verb, plural }) => {
        if (!usurped && client === 'etcd-0.etcd' && verb === 'list' && plural === 'persistentvolumeclaims') {
          usurped = true;
          set.usurp(0, { claim: true });
        }
        return undefined;
      });
      await set.start(0);
      await set.waits(0, /is another one now/);
      expect(usurped).toBe(true);
      expect(set.record).toBeUndefined();
      expect(set.annotation(0)).toBeUndefined();
      expect(set.pod(0).hasStartedEtcd).toBe(false);
    },
  );
});

describe.concurrent('the record says something else by the time it would say formed', () => {
  scenario('and the founder leaves it alone', { replicas: 1 }, async (set, expect) => {
    let changed = false;
    set.api.before(({ client, verb, plural }) => {
      if (!changed && client === 'etcd-0.keeper' && verb === 'patch' && plural === 'configmaps') {
        changed = true;
        set.setRecord({ phase: 'restoring', restoreId: 'one', restoreSource: '5', next: '2-x' });
      }
      return undefined;
    });
    await set.start(0);
    await set.waitFor(() => changed, { what: 'the keeper is about to write' });
    await set.line(0, /^stopping etcd: restore one/);
    await set.looks(0, 2);
    expect(set.record?.data?.phase).toBe('restoring');
  });
});
