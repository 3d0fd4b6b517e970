// `npm run down`: deletes the local cluster. What was built for it stays in the cache.
import { cacheDir } from './cache.ts';
import { deleteCluster } from './cluster/cluster.ts';

const [argument] = process.argv.slice(2);
if (argument === '--help' || argument === '-h') {
  console.log('npm run down: deletes the local cluster that npm start made. It takes no options.');
} else if (argument !== undefined) {
  console.error(`${argument}: npm run down takes no options`);
  process.exitCode = 1;
} else {
  try {
    await deleteCluster(console.log);
    console.log(
      `What was downloaded and built stays in ${cacheDir()}, so that the next npm start is quick. To remove that too:\n  rm -rf ${cacheDir()}`,
    );
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
