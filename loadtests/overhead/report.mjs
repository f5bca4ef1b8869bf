// Takes the median of each measurement over the rounds, prints the table and writes the results:
// node report.mjs <measurements.jsonl> <results.json> <command>
import { lines, medians, round, atLeast, atMost, finish } from '../results.mjs';

const [source, target, command] = process.argv.slice(2);
const results = medians(lines(source), ['contestant', 'case', 'connections']);
const find = (contestant, test, connections) =>
  results.find((row) => row.contestant === contestant && row.case === test && row.connections === connections);
const one = (a, b, test, connections, field = 'requests_per_second') => find(a, test, connections)[field] / find(b, test, connections)[field];
const ratio = (a, b, field) => {
  const all = {};
  for (const test of ['noop', 'echo'])
    for (const connections of [1, 32, 256])
      all[`${test}_c${connections}`] = round(one(a, b, test, connections, field));
  return all;
};
const ratios = {
  embedded_vs_kestrel: ratio('embedded', 'kestrel'),
  proxied_vs_forwarder: ratio('proxied', 'forwarder'),
  proxied_vs_nginx: ratio('proxied', 'nginx'),
  proxied_vs_kestrel: ratio('proxied', 'kestrel'),
  proxied_vs_forwarder_p50: ratio('proxied', 'forwarder', 'p50_ms'),
  proxied_vs_kestrel_p50: ratio('proxied', 'kestrel', 'p50_ms'),
};

for (const row of results)
  console.log(`${row.case.padEnd(5)} c=${String(row.connections).padEnd(4)} ${row.contestant.padEnd(10)} ${String(Math.round(row.requests_per_second)).padStart(7)} req/s  p50 ${row.p50_ms.toFixed(3)} ms  p99 ${row.p99_ms.toFixed(3)} ms${row.errors ? `  ${row.errors} errors` : ''}`);
console.table(ratios);
const both = [32, 256];
finish(target, command, [
  ...both.map((c) => atLeast(`embedded no-op against bare Kestrel, c=${c}`, one('embedded', 'kestrel', 'noop', c), 0.9)),
  ...both.map((c) => atLeast(`proxied no-op against the bare YARP forwarder, c=${c}`, one('proxied', 'forwarder', 'noop', c), 1.25)),
  ...both.map((c) => atLeast(`proxied no-op against bare Kestrel, c=${c}`, one('proxied', 'kestrel', 'noop', c), 0.65)),
  ...both.map((c) => atLeast(`proxied no-op against nginx, c=${c}`, one('proxied', 'nginx', 'noop', c), 1.3)),
  atMost('p50 of a proxied no-op against bare Kestrel, c=1', one('proxied', 'kestrel', 'noop', 1, 'p50_ms'), 3),
  atMost('errors', results.reduce((sum, row) => sum + row.errors, 0), 0),
], { ratios, results });
