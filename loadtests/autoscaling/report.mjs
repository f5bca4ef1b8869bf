// node report.mjs <measurements.json> <folder of results> <command> <fewest replicas>; the picture goes beside the results
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atMost, finish, round } from '../results.mjs';
import { chart } from './chart.mjs';
import { flapsOf, integralOf, serviceTime, perReplica } from './figures.mjs';
import { lengthOf, panelsOf } from './panels.mjs';

const [source, folder, command, min] = process.argv.slice(2);
const run = JSON.parse(readFileSync(source, 'utf8'));
const least = Number(min);
const { shape, total, rates, samples, requests } = run;
const end = run.seconds;
const rate = (second) => (second < end ? rates[Math.floor(second)] : 0);
const ideal = (second) => Math.max(least, Math.ceil((rate(second) * serviceTime) / perReplica));
const during = samples.filter(({ at }) => at >= 0 && at <= end);
const replicaSeconds = integralOf(during, (sample) => Math.max(sample.ready, sample.target), end);
const idealSeconds = Array.from({ length: end }, (_, second) => ideal(second)).reduce((sum, one) => sum + one, 0);
const flaps = flapsOf(during);
const summary = { shape, seconds: end, ...total, replica_seconds: round(replicaSeconds, 0), ideal_replica_seconds: idealSeconds, flaps, back_seconds: run.back_seconds };
console.log(summary);

const bounds = {
  step: { flaps: 0, late: 0.2 },
  ramp: { flaps: 1, late: 0.05 },
  spikes: { flaps: 4, late: 0.4 },
  sine: { flaps: 2, late: 0.05 },
  noise: { flaps: 3, late: 0.05 },
  rare: { flaps: 4, late: 0.7 },
}[shape];
const targets = [
  atMost(`${shape}: answers other than 200`, total.errors, 0),
  atMost(`${shape}: share of the requests that took longer than ${total.objective_ms} ms`, total.over_objective, bounds.late),
  atMost(`${shape}: turns of the target within ten seconds`, flaps, bounds.flaps),
  atMost(`${shape}: seconds until the fewest replicas again`, run.back_seconds < 0 ? Infinity : run.back_seconds, 30),
];
const picture = chart({
  title: `Autoscaling under load: ${shape}`,
  subtitle: `requests of 100 ms, ${perReplica} at a time for each replica; ${total.requests} requests, ${total.errors} errors, p95 ${Math.round(total.p95_ms)} ms, ${round(replicaSeconds / idealSeconds)} of the ideal replica-seconds`,
  seconds: Math.ceil(lengthOf(run)),
  panels: panelsOf(run, { offered: rate, ideal }),
});
writeFileSync(join(folder, `autoscaling-${shape}.svg`), picture);
const timeline = Array.from({ length: Math.ceil(lengthOf(run)) }, (_, second) => {
  const { running, queued, target, ready } = samples.findLast(({ at }) => at <= second) ?? samples[0];
  const row = requests.find((one) => one.second === second);
  return { second, offered: rate(second), came: row?.requests ?? 0, p95_ms: row?.p95_ms ?? null, running, queued, target, ready };
});
finish(join(folder, `autoscaling-${shape}.json`), command, targets, { ...summary, timeline });
