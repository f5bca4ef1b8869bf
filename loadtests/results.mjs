// What the reports of the load tests share.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem, release } from 'node:os';

/** The lines of a file of JSON lines. */
export const lines = (file) => readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

export const round = (value, digits = 2) => Math.round(value * 10 ** digits) / 10 ** digits;

/** The rows of all rounds, one for each key: medians of their numbers, except the sums named. */
export function medians(rows, keys, sums = ['errors']) {
  const groups = new Map();
  for (const row of rows) {
    const key = keys.map((name) => row[name]).join(' ');
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()].map((same) => Object.fromEntries(Object.entries(same[0]).map(([name, value]) => {
    const values = same.map((row) => row[name]);
    if (sums.includes(name)) return [name, values.reduce((sum, one) => sum + one, 0)];
    return [name, typeof value === 'number' && !keys.includes(name) ? round(median(values), 4) : value];
  })));
}

export const atLeast = (what, value, bound) => ({ what, value: round(value, 3), target: `≥ ${bound}`, met: value >= bound });

export const atMost = (what, value, bound) => ({ what, value: round(value, 3), target: `≤ ${bound}`, met: value <= bound });

/** Prints the targets, and writes the file with what machine it was. */
export function finish(file, command, targets, content) {
  console.log();
  for (const target of targets)
    console.log(`${target.met ? 'met   ' : 'MISSED'}  ${String(target.value).padStart(10)} ${target.target.padEnd(10)} ${target.what}`);
  writeFileSync(file, JSON.stringify({
    date: new Date().toISOString().slice(0, 10),
    command,
    machine: { cpu: cpus()[0].model, cores: cpus().length, memory_gib: Math.round(totalmem() / 2 ** 30), kernel: release() },
    targets,
    ...content,
  }, null, 2) + '\n');
}
