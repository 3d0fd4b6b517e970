// `npm run bench:install`: from `helm install` to three Ready voters, against a plain static StatefulSet.
import { ensureCluster, ensureImages } from '../cluster/cluster.ts';
import { kubectl } from '../cluster/kubectl.ts';
import { chartImages, etcdImage } from '../images/chart-images.ts';
import { installChart } from '../release/chart.ts';
import { versions } from '../tools/catalogue.ts';
import { installTime } from './install-time.ts';
import { PLAIN, plainSet } from './plain-set.ts';

const ROUNDS = 5;
const TARGET = 1.3;
const report = (line: string) => console.error(line);

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const cluster = await ensureCluster({ report });
await ensureImages(cluster, chartImages, report);
const image = etcdImage(versions.etcd['3.7']);
const chart: number[] = [];
const plain: number[] = [];
// One of each that does not count: the first pods of a fresh cluster wait for much that later ones find done.
for (let round = 0; round <= ROUNDS; round += 1) {
  const ours = await installTime(cluster, 'chart', 'etcd', namespace =>
    installChart({ cluster, release: 'etcd', namespace }),
  );
  const theirs = await installTime(cluster, 'plain', PLAIN, namespace =>
    kubectl(cluster, ['apply', '--filename', '-'], { input: JSON.stringify(plainSet(namespace, image)) }),
  );
  report(
    `${round === 0 ? 'warm-up' : `round ${round}`}: chart ${ours.toFixed(2)} s, plain ${theirs.toFixed(2)} s`,
  );
  if (round === 0) continue;
  chart.push(ours);
  plain.push(theirs);
}
const ratio = median(chart) / median(plain);
console.log(
  `medians of ${ROUNDS}: chart ${median(chart).toFixed(2)} s, plain ${median(plain).toFixed(2)} s, ratio ${ratio.toFixed(2)} (target: at most ${TARGET})`,
);
if (ratio > TARGET) process.exitCode = 1;
