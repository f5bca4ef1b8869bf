import { median } from '../results.mjs';

/** The throughput of a contestant, round by round. */
export const ratesOf = (rows, contestant) =>
  rows.filter((row) => row.contestant === contestant).toSorted((a, b) => a.connections - b.connections).map((row) => row.requests_per_second);

/** The median over the rounds of one contestant's part of another's: neighbours in time share the machine's moods. */
export const partOf = (rows, contestant, other) => {
  const others = ratesOf(rows, other);
  return median(ratesOf(rows, contestant).map((rate, index) => rate / others[index]));
};
