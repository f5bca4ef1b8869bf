// Prints the targets of all results: node summary.mjs. Ends with 1 where one was missed.
import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('results/', import.meta.url);
let missed = 0;
for (const file of readdirSync(folder).filter((name) => name.endsWith('.json')).toSorted()) {
  const { targets = [], date } = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
  for (const target of targets) {
    missed += target.met ? 0 : 1;
    console.log(`${target.met ? 'met   ' : 'MISSED'} ${file.replace('.json', '').padEnd(12)} ${date} ${String(target.value).padStart(10)} ${target.target.padEnd(10)} ${target.what}`);
  }
}
process.exit(missed > 0 ? 1 : 0);
