// node report.mjs <measurements.jsonl> <results.json> <page of metrics> <what promtool says> <what was pushed> <command>
import { readFileSync } from 'node:fs';
import { lines, median, round, atLeast, atMost, finish } from '../results.mjs';
import { partOf, ratesOf } from '../compare/rounds.mjs';

const [source, target, page, promtool, pushed, command] = process.argv.slice(2);
const rows = lines(source);
const [off, metrics, traces] = ['variant 0', 'variant 1', 'variant 2'];
const metrics_page = { families: readFileSync(page, 'utf8').split('\n').filter((line) => line.startsWith('# TYPE')).length, faults: readFileSync(promtool, 'utf8').split('\n').filter(Boolean) };
console.log(metrics_page);
const results = { off, metrics, traces };
for (const [name, variant] of Object.entries(results))
  results[name] = { requests_per_second: Math.round(median(ratesOf(rows, variant))), rounds: ratesOf(rows, variant).map(Math.round) };
finish(target, command, [
  atLeast('throughput with metrics, of that without', round(partOf(rows, metrics, off), 3), 0.97),
  atLeast('throughput with metrics and traces at 1 %, of that with metrics', round(partOf(rows, traces, metrics), 3), 0.97),
  atMost('errors', rows.reduce((sum, row) => sum + row.errors, 0), 0),
  atLeast('batches of spans that came to the collector', readFileSync(pushed, 'utf8').split('\n').filter((line) => line.endsWith('/traces')).length, 1),
  atLeast('families of metrics on the page', metrics_page.families, 1),
  atMost('faults that promtool finds with them', metrics_page.faults.length, 0),
], { results, metrics_page });
