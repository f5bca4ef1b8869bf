// Loads and unloads a model over and over and looks at the server's memory: node rounds.mjs <REST url> <process id> <rounds>
import { readFileSync } from 'node:fs';
import { round } from '../results.mjs';

const [rest, pid, rounds] = process.argv.slice(2);
const WarmUp = 50;
const rssOf = () => round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024);
const post = async (what) => {
  const answer = await fetch(`${rest}/v2/repository/models/rounds/${what}`, { method: 'POST' });
  if (!answer.ok) throw new Error(`${what}: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
};
const turn = async (count) => {
  for (let i = 0; i < count; i++) {
    await post('load');
    await post('unload');
  }
};
// The least of a few looks: what the collector has not yet come to is no leak.
const settled = async () => {
  let least = Infinity;
  for (let i = 0; i < 10; i++) {
    least = Math.min(least, rssOf());
    await turn(1);
  }
  return least;
};
await turn(WarmUp);
const start = await settled();
const begin = performance.now();
await turn(Number(rounds));
const seconds = (performance.now() - begin) / 1000;
const end = await settled();
console.log(JSON.stringify({ rounds: Number(rounds), rounds_per_second: round(rounds / seconds), rss_start_mib: start, rss_end_mib: end, growth: round((end - start) / start, 4) }));
