// Turns wrk's output on standard input into one line of JSON: node parse.mjs <contestant> <case> <connections>
import { readFileSync } from 'node:fs';

const [contestant, test, connections] = process.argv.slice(2);
const text = readFileSync(0, 'utf8');
const rate = text.match(/Requests\/sec:\s+([\d.]+)/);
if (!rate) throw new Error(`wrk measured nothing: ${text}`);
const requests = text.match(/(\d+) requests in/);
const milliseconds = { us: 0.001, ms: 1, s: 1000, m: 60000 };
const percentile = (name) => {
  const match = text.match(new RegExp(`\\s${name}%\\s+([\\d.]+)(us|ms|s|m)\\b`));
  return Number(match[1]) * milliseconds[match[2]];
};
const errors = text.match(/Non-2xx or 3xx responses: (\d+)/);
const sockets = text.match(/Socket errors: (.*)/);
console.log(JSON.stringify({
  contestant,
  case: test,
  connections: Number(connections),
  requests: Number(requests[1]),
  requests_per_second: Number(rate[1]),
  p50_ms: percentile(50),
  p99_ms: percentile(99),
  errors: errors ? Number(errors[1]) : 0,
  socket_errors: sockets ? sockets[1] : '',
}));
