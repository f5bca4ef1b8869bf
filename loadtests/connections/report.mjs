// node report.mjs <measurements.json> <results.json> <command>
import { readFileSync } from 'node:fs';
import { atLeast, atMost, finish } from '../results.mjs';

const [source, target, command] = process.argv.slice(2);
const { steady, idle, sockets } = JSON.parse(readFileSync(source, 'utf8'));
console.log('latency at half load', steady);
console.log('idle connections', idle);
console.log('WebSockets', sockets);
finish(target, command, [
  atMost('p99 at half of the peak load, ms', steady.p99_ms, 2),
  atLeast('kept-alive connections', idle.connections, 10_000),
  atMost('errors on them', idle.errors, 0),
  atLeast('WebSockets open at once', sockets.open_at_once, 2_000),
  atMost('errors on them', sockets.errors, 0),
  atMost('errors at half load', steady.errors, 0),
], { steady, idle, sockets });
