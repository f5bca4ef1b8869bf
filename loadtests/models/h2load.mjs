// Reads what h2load prints, and the times of single requests that it has logged, and prints a row of results: node h2load.mjs <log> <key=value>... <output
import { readFileSync } from 'node:fs';
import { round } from '../results.mjs';

const [log, ...pairs] = process.argv.slice(2);
const text = readFileSync(0, 'utf8');
const rate = /finished in [^,]+, ([\d.]+) req\/s/.exec(text);
const requests = /requests: (\d+) total, \d+ started, (\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout/.exec(text);
const statuses = /status codes: (\d+) 2xx/.exec(text);
if (!rate || !requests || !statuses) throw new Error(`h2load said:\n${text}`);
const times = readFileSync(log, 'utf8').trim().split('\n').map((line) => Number(line.split('\t')[2])).filter((time) => time >= 0).sort((a, b) => a - b);
const quantile = (share) => round((times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0) / 1000, 4);
const done = Number(requests[2]);
console.log(JSON.stringify({
  ...Object.fromEntries(pairs.map((pair) => pair.split('='))),
  requests_per_second: Number(rate[1]),
  p50_ms: quantile(0.5),
  p99_ms: quantile(0.99),
  requests: done,
  // One that has not got a single answer has failed.
  errors: done === 0 ? 1 : done - Number(requests[3]) + Number(requests[5]) + Number(requests[6]),
}));
