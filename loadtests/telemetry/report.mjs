// node report.mjs <measurements.jsonl> <results.json> <command>; the column "connections" holds the round
import { lines, median, round, atLeast, atMost, finish } from '../results.mjs';

const [source, target, command] = process.argv.slice(2);
const rows = lines(source);
const rates = (contestant) => rows.filter((row) => row.contestant === contestant).toSorted((a, b) => a.connections - b.connections).map((row) => row.requests_per_second);
/** The median over the rounds of one contestant's part of another's: neighbours in time share the machine's moods. */
const part = (a, b) => { const other = rates(b); return median(rates(a).map((rate, index) => rate / other[index])); };
const results = ['off', 'metrics', 'traces'].map((contestant) => ({ contestant, requests_per_second: Math.round(median(rates(contestant))), rounds: rates(contestant).map(Math.round) }));
console.table(results.map(({ contestant, requests_per_second }) => ({ contestant, requests_per_second })));
finish(target, command, [
  atLeast('throughput with metrics, of that without', round(part('metrics', 'off'), 3), 0.97),
  atLeast('throughput with metrics and traces at 1 %, of that with metrics', round(part('traces', 'metrics'), 3), 0.97),
  atMost('errors', rows.reduce((sum, row) => sum + row.errors, 0), 0),
], { results });
