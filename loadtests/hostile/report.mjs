// node report.mjs <measurements.json> <results.json> <command>
import { readFileSync } from 'node:fs';
import { atMost, finish } from '../results.mjs';

const [source, target, command] = process.argv.slice(2);
const run = JSON.parse(readFileSync(source, 'utf8'));
const { inputs, ...rest } = run;
for (const input of inputs)
  console.log(`${input.name.padEnd(30)} ${String(input.times).padStart(8)} times  ${JSON.stringify(input.answers)}`);
console.log(rest);
const sum = (values) => values.reduce((total, one) => total + one, 0);
/** Input for which no good answer exists; the early and the slow ones may have one. */
const accepted = sum(inputs.filter((input) => !/^(early|slow)/.test(input.name)).map((input) => Object.entries(input.answers).filter(([status]) => /^2/.test(status)).reduce((total, [, count]) => total + count, 0)));
finish(target, command, [
  atMost('good requests that failed beside the hostile ones', run.errors, 0),
  atMost('hostile requests that were accepted', accepted, 0),
  atMost('memory afterwards, as a factor', sum(run.rss_mib_after) / sum(run.rss_mib_before), 1.25),
], run);
