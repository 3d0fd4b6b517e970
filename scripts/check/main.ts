// `npm run check -- my-values.yaml`: what the chart would create with these values, and every complaint about them.
import { resolve } from 'node:path';
import { checkArguments, checkHelp } from './arguments.ts';
import { checkValues } from './complaints.ts';
import { summary } from './summary.ts';
import { valuesOfFiles } from './values-files.ts';

// npm changes into the project; files are named from where the person stands.
const here = process.env.INIT_CWD ?? process.cwd();

try {
  const { help, sets, release, namespace } = checkArguments(process.argv.slice(2));
  if (help) console.log(checkHelp);
  for (const set of help ? [] : sets) {
    const title = set.join(', ');
    try {
      const values = valuesOfFiles(set.map(file => resolve(here, file)));
      const { rendered, complaints } = await checkValues(values, { release, namespace });
      const objects = summary(rendered?.manifests ?? []).map(line => `  ${line}`);
      const verdict =
        complaints.length === 0
          ? 'no complaints'
          : `${complaints.length} ${complaints.length === 1 ? 'complaint' : 'complaints'}`;
      console.log([`${title}: ${verdict}`, ...objects].join('\n'));
      for (const complaint of complaints) console.error(`  - ${complaint}`);
      if (complaints.length > 0) process.exitCode = 1;
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 2;
    }
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
