// A learner that has to wait for its promotion: it holds back for 10 s while a wanted member is not even listed.
import { type Member, membersSeenBy } from '../../../scripts/release/members.ts';
import type { FaultScene } from './scenario.ts';

const claim = 'data-etcd-4';

/** The fourth member as it is listed now, or undefined while it is not. */
export async function fourth(at: FaultScene): Promise<Member | undefined> {
  const listed = await membersSeenBy(at.set(), 'etcd-0').catch(() => []);
  return listed.find(({ name }) => name === 'etcd-3');
}

/** Scales from three to five members, of which the fifth gets no volume; returns the fourth when it is a learner. */
export async function holdLearner(at: FaultScene): Promise<Member> {
  await at.api.text('POST', at.core('persistentvolumeclaims'), {
    body: {
      metadata: { name: claim },
      spec: {
        storageClassName: 'no-such-class',
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
      },
    },
  });
  await at.scale(5);
  await at.until('etcd-3 is a learner', async () => (await fourth(at)) !== undefined);
  const learner = await fourth(at);
  if (learner === undefined) throw new Error('etcd-3 was a learner and is not listed any more');
  return learner;
}

/** Gives the fifth member the volume that it is waiting for. */
export async function releaseLearner(at: FaultScene): Promise<void> {
  await at.kubectl('delete', 'persistentvolumeclaim', claim, '--wait=false');
  await at.deletePods('etcd-4');
}
