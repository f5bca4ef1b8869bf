// Takes the median of each measurement over the rounds, prints the table and writes the results:
// node report.mjs <measurements.jsonl> <results.json> <command>
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem, release } from 'node:os';

const [source, target, command] = process.argv.slice(2);
const rows = readFileSync(source, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const groups = Map.groupBy ? Map.groupBy(rows, keyOf) : group(rows);
const results = [...groups.values()].map((same) => ({
  contestant: same[0].contestant,
  case: same[0].case,
  connections: same[0].connections,
  requests_per_second: Math.round(median(same.map((row) => row.requests_per_second))),
  p50_ms: median(same.map((row) => row.p50_ms)),
  p99_ms: median(same.map((row) => row.p99_ms)),
  errors: same.reduce((sum, row) => sum + row.errors, 0),
}));

const find = (contestant, test, connections) =>
  results.find((row) => row.contestant === contestant && row.case === test && row.connections === connections);
const round = (value) => Math.round(value * 100) / 100;
const ratio = (a, b, field = 'requests_per_second') => {
  const all = {};
  for (const test of ['noop', 'echo'])
    for (const connections of [1, 32, 256])
      all[`${test}_c${connections}`] = round(find(a, test, connections)[field] / find(b, test, connections)[field]);
  return all;
};
const ratios = {
  embedded_vs_kestrel: ratio('embedded', 'kestrel'),
  proxied_vs_forwarder: ratio('proxied', 'forwarder'),
  proxied_vs_nginx: ratio('proxied', 'nginx'),
  proxied_vs_kestrel: ratio('proxied', 'kestrel'),
  proxied_vs_forwarder_p50: ratio('proxied', 'forwarder', 'p50_ms'),
};

for (const row of results)
  console.log(`${row.case.padEnd(5)} c=${String(row.connections).padEnd(4)} ${row.contestant.padEnd(10)} ${String(row.requests_per_second).padStart(7)} req/s  p50 ${row.p50_ms.toFixed(3)} ms  p99 ${row.p99_ms.toFixed(3)} ms${row.errors ? `  ${row.errors} errors` : ''}`);
console.log(JSON.stringify(ratios, null, 2));
writeFileSync(target, JSON.stringify({
  date: new Date().toISOString().slice(0, 10),
  command,
  machine: { cpu: cpus()[0].model, cores: cpus().length, memory_gib: Math.round(totalmem() / 2 ** 30), kernel: release() },
  ratios,
  results,
}, null, 2) + '\n');

function keyOf(row) {
  return `${row.contestant} ${row.case} ${row.connections}`;
}

function group(all) {
  const map = new Map();
  for (const row of all) map.set(keyOf(row), [...(map.get(keyOf(row)) ?? []), row]);
  return map;
}
