// node report.mjs <measurements.jsonl> <results.json> <command>
import { lines, medians, atLeast, atMost, finish, round } from '../results.mjs';

const [source, target, command] = process.argv.slice(2);
const results = medians(lines(source), ['contestant', 'kind', 'size', 'callers']);
for (const row of results)
  console.log(`${row.kind.padEnd(8)}${String(row.size).padStart(6)} c=${String(row.callers).padEnd(4)} ${row.contestant.padEnd(7)} ${String(row.rate).padStart(8)} /s  p50 ${row.p50Ms.toFixed(3)} ms  p99 ${row.p99Ms.toFixed(3)} ms${row.errors ? `  ${row.errors} errors: ${row.firstError}` : ''}`);

const find = (contestant, kind, size, callers) =>
  results.find((row) => row.contestant === contestant && row.kind === kind && row.size === size && row.callers === callers);
const ratio = (kind, size, callers, field = 'rate') => find('handle', kind, size, callers)[field] / find('http2', kind, size, callers)[field];
const ratios = {};
for (const kind of ['bytes', 'record'])
  for (const size of [256, 65536])
    for (const callers of [1, 32, 256])
      ratios[`${kind}_${size}_c${callers}`] = { rate: round(ratio(kind, size, callers)), p50: round(ratio(kind, size, callers, 'p50Ms')) };
console.log(JSON.stringify(ratios));

const best = (kind) => Math.max(...results.filter((row) => row.kind === kind).map((row) => row.rate));
finish(target, command, [
  atLeast('handle calls of 256 B, c=32, against HTTP/2', ratio('bytes', 256, 32), 3),
  atLeast('handle calls of 64 KB, c=32, against HTTP/2', ratio('bytes', 65536, 32), 2),
  atMost('p50 of a handle call of 256 B, c=1, against HTTP/2', ratio('bytes', 256, 1, 'p50Ms'), 0.8),
  atLeast('items/s of streams of 1,000 items between two deployments', best('stream'), 150_000),
  atLeast('items/s of the same through a third deployment', best('relayed'), 150_000),
  atMost('errors', results.reduce((sum, row) => sum + row.errors, 0), 0),
], { ratios, results });
