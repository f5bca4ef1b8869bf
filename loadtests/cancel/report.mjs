// node report.mjs <measurements.json> <results.json> <command>
import { readFileSync } from 'node:fs';
import { atMost, finish } from '../results.mjs';

const [source, target, command] = process.argv.slice(2);
const run = JSON.parse(readFileSync(source, 'utf8'));
console.table({ front: run.front, relay: run.relay, back: run.back, all_three: run.all_three });
finish(target, command, [
  atMost('ms until all three methods saw their token, at most', run.all_three.max_ms, 50),
  atMost('runs in which one of them never did', run.missed, 0),
], run);
