// node reaction.mjs <folder of measurements> <folder of results> <command>
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atMost, finish, median, round } from '../results.mjs';
import { chart } from './chart.mjs';
import { lengthOf, panelsOf } from './panels.mjs';

const [source, folder, command] = process.argv.slice(2);
const read = (name) => JSON.parse(readFileSync(join(source, `${name}.json`), 'utf8'));
const { samples, requests, ...step } = read('step');
const [cold, standby] = [read('standby0'), read('standby1')];
console.log({ step, cold, standby });

/** A request takes 100 ms: the first answer of a new replica is so long after the request was routed there. */
const requestSeconds = 0.1;
const routed = (step.first_answers[0] ?? Infinity) - requestSeconds;
const crowd = (name, run) => [
  atMost(`${name}, ${run.crowd.requests} requests at once: errors`, run.crowd.errors, 0),
  atMost(`${name}, ${run.crowd.requests} requests at once: replicas that were started for them`, run.crowd.replicas - run.standby, 1),
];
const targets = [
  atMost('step: seconds until a new replica is routed', routed, 1),
  atMost('step: answers other than 200', step.total.errors, 0),
  atMost('step: seconds after the load until the fewest replicas again', step.back_seconds < 0 ? Infinity : step.back_seconds, 30),
  atMost('0 → 1 cold: seconds until the first answer, median', median(cold.first_answer_seconds), 1.5),
  atMost('0 → 1 with a standby: seconds until the first answer, median', median(standby.first_answer_seconds), 0.3),
  ...crowd('cold', cold),
  ...crowd('with a standby', standby),
];
const length = Math.ceil(lengthOf({ samples, requests }));
writeFileSync(join(folder, 'reaction.svg'), chart({
  title: `From 1 to ${step.callers} requests at the same time`,
  subtitle: `100 ms each, one at a time for each replica, delays 0; a new replica was routed ${round(routed)} s after the step, ${step.answering} replicas answered`,
  seconds: length,
  panels: panelsOf({ samples, requests, total: step.total }, {
    ideal: (second) => (second >= step.step_at && second < step.end_at ? step.callers : 1),
  }),
}));
const timeline = Array.from({ length }, (_, second) => {
  const { running, queued, target, ready } = samples.findLast(({ at }) => at <= second) ?? samples[0];
  const row = requests.find((one) => one.second === second);
  return { second, came: row?.requests ?? 0, p95_ms: row?.p95_ms ?? null, running, queued, target, ready };
});
finish(join(folder, 'reaction.json'), command, targets, { step: { routed_seconds: round(routed, 3), ...step, timeline }, cold, standby });
