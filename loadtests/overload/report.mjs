// node report.mjs <measurements.json> <results.json> <command>; the picture goes beside the results
import { readFileSync, writeFileSync } from 'node:fs';
import { atLeast, atMost, finish } from '../results.mjs';
import { chart } from './chart.mjs';

const [source, target, command] = process.argv.slice(2);
const runs = JSON.parse(readFileSync(source, 'utf8'));
const mean = (rows) => rows.reduce((sum, row) => sum + row.rss_mib, 0) / rows.length;
/** How much larger the processes are in the last quarter of the run than in the second: what is bounded stays. */
const growth = ({ timeline, seconds }) => {
  const sampled = timeline.filter((row) => row.rss_mib > 0 && row.second < seconds);
  const part = (from, to) => sampled.filter((row) => row.second >= seconds * from && row.second < seconds * to);
  return mean(part(0.75, 1)) / mean(part(0.25, 0.5));
};

const targets = [];
for (const [name, run] of Object.entries(runs)) {
  const { timeline, priorities, ...rest } = run;
  console.log(name, rest);
  console.table(priorities);
  run.rss_growth = growth(run);
  targets.push(
    atLeast(`${name}: goodput, of the peak`, run.goodput_of_peak, 0.9),
    atMost(`${name}: p99 of the refusals, ms`, run.total.shed_p99_ms, 10),
    atMost(`${name}: seconds until all is as usual again`, run.recovery_seconds < 0 ? Infinity : run.recovery_seconds, 1),
    atMost(`${name}: growth of the memory, as a factor`, run.rss_growth, 1.1),
    atMost(`${name}: answers other than 200 and 503`, run.total.errors, 0));
}
const [urgent] = runs.priorities.priorities;
targets.push(atLeast('priorities: urgent requests served, of all of them', urgent.good / (urgent.good + urgent.shed + urgent.errors), 0.99));
writeFileSync(target.replace(/json$/, 'svg'), chart(runs.plain));
finish(target, command, targets, runs);
