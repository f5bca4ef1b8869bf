// node report.mjs <measurements.jsonl>; "contestant" is the variant's number, "case" its settings, "connections" the round
import { lines, median, round } from '../results.mjs';
import { partOf, ratesOf } from './rounds.mjs';

const rows = lines(process.argv[2]);
const variants = [...new Set(rows.map((row) => row.contestant))].toSorted();
const first = variants[0];
console.table(variants.map((variant) => {
  const own = rows.filter((row) => row.contestant === variant);
  return {
    variant: own[0].case || '(as it is)',
    requests_per_second: Math.round(median(ratesOf(rows, variant))),
    of_the_first: round(partOf(rows, variant, first), 3),
    cpu_us_per_request: round(median(own.map((row) => row.cpu_us_per_request)), 2),
    p50_ms: round(median(own.map((row) => row.p50_ms)), 3),
    p99_ms: round(median(own.map((row) => row.p99_ms)), 3),
    errors: own.reduce((sum, row) => sum + row.errors, 0),
  };
}));
