import { describe, expect, test } from 'vitest';
import { helms, notes } from '../support/helm.ts';
import { everything, permutations } from '../support/permutations.ts';

describe.each(helms)('the notes (%s)', helm => {
  test('tell how to connect, look, scale and clean up, by commands that work as they stand', async () => {
    const text = await notes({}, { helm, release: 'orders', namespace: 'shop' });
    for (const line of [
      'http://orders-etcd.shop.svc.cluster.local:2379',
      'http://orders-etcd-0.orders-etcd-peer.shop.svc.cluster.local:2379',
      'kubectl -n shop exec orders-etcd-0 -c etcd -- etcdctl member list -w table',
      'kubectl -n shop scale statefulset orders-etcd --replicas=5',
      "kubectl -n shop get statefulset orders-etcd -o jsonpath='{.spec.replicas}'",
    ])
      expect(text.split('\n').map(each => each.trim())).toContain(line);
    expect(text).toMatch(/kubectl -n shop logs -l \S*instance=orders\S* -c etcd/);
    expect(text).toMatch(/kubectl -n shop delete persistentvolumeclaims -l \S*instance=orders/);
    // The record has the labels of the members, but not this one.
    expect(text).toMatch(/kubectl -n shop delete configmaps -l \S*instance=orders,\S*managed-by=Helm$/m);
  });

  test('leave no template, no blank space and no line too long to copy', async () => {
    for (const values of [{}, everything, { persistence: { enabled: false } }]) {
      const text = await notes(values, { helm });
      expect(text).not.toMatch(/\{\{|<no value>|<nil>|%!|\n{3,}|\t|[ ]+$/m);
    }
  });
});

test.each(['the defaults', 'everything', 'everything that the operator can do'])(
  'the notes for %s are those in test/render/golden-notes',
  async name => {
    const { values } = permutations.find(permutation => permutation.name === name) ?? {};
    if (values === undefined) throw new Error(`no permutation is called ${name}`);
    await expect(await notes(values)).toMatchFileSnapshot(`golden-notes/${name.replaceAll(' ', '-')}.txt`);
  },
);

test('show how to follow a restore that the values request', async () => {
  const restore = { id: 'way-back', from: { member: 2 } };
  expect(await notes({ restore })).toMatch(/Restore way-back from etcd-2 .*\n.* get configmap etcd-cluster /);
  expect(await notes({ restore: { ...restore, from: { member: 2, archive: '1-5f0c' } } })).toContain(
    'Restore way-back from etcd-2 (archive 1-5f0c) is requested.',
  );
  expect(await notes()).not.toContain('Restore');
});

test('warn that the client port is open', async () => {
  expect(await notes()).toMatch(/WARNING: .*(open|no password)/);
});

test('say what to do after kubectl scale, before the next upgrade', async () => {
  const text = await notes();
  expect(text).toContain('replicaCount');
  expect(text).toMatch(/Helm 4 refuses/);
  expect(text).toMatch(/Helm 3\s+silently scales back/);
});

test('lead from lines that wait to the document that explains them', async () => {
  expect(await notes()).toContain('docs/failures.md');
});

test.each([2, 4, 6, 8])('warn that %i members tolerate no more than one less', async replicaCount => {
  const text = await notes({ replicaCount });
  expect(text).toContain(`WARNING: ${replicaCount} members tolerate the loss of ${replicaCount / 2 - 1}`);
});

test.each([0, 1, 3, 5, 7, 9])('do not warn about %i members', async replicaCount => {
  expect(await notes({ replicaCount })).not.toContain('tolerate');
});

test('say what scaling to 0 does to data without persistence', async () => {
  const text = await notes({ persistence: { enabled: false } });
  expect(text).toMatch(/WARNING: .*persistence.*lost.*scaling to 0/s);
  expect(text).not.toContain('persistentvolumeclaims');
  expect(await notes()).not.toContain('lost');
});

test('say what uninstalling does to the data', async () => {
  expect(await notes()).toMatch(/uninstall keeps the volume claims/);
  expect(await notes({ persistence: { whenDeleted: 'Delete' } })).toMatch(
    /uninstall deletes the volume claims/,
  );
  const shared = { shared: true, accessModes: ['ReadWriteMany'], whenDeleted: 'Delete' };
  expect(await notes({ persistence: { ...shared, existingClaim: 'theirs' } })).toMatch(
    /uninstall keeps the volume claim theirs and all data/,
  );
});

test('warn of one volume for all members', async () => {
  const text = await notes({ persistence: { shared: true, accessModes: ['ReadWriteMany'] } });
  expect(text).toMatch(/WARNING: all members keep their data on one volume/);
  expect(await notes()).not.toContain('on one volume');
});

test('count members in plain words', async () => {
  expect(await notes({ replicaCount: 1 })).toMatch(/\b1 member\b/);
  expect(await notes({ replicaCount: 3 })).toMatch(/\b3 members\b/);
});
