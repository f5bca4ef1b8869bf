// What a run looks like: load, requests, replicas and latency over time.
const grey = '#8a8f98';
const green = '#2a7d4f';
const orange = '#d9822b';
const blue = '#2c6fbb';
const dark = '#22313f';
const red = '#c0392b';

/** The panels of a run of the driver; offered and ideal are functions of the second, or null where the load is not a rate. */
export function panelsOf(run, { offered = null, ideal = null } = {}) {
  const { requests, samples, total } = run;
  const seconds = Array.from({ length: Math.ceil(lengthOf(run)) }, (_, second) => second);
  const came = new Map(requests.map((row) => [row.second, row.requests]));
  const points = (pick) => samples.map((sample) => [sample.at, pick(sample)]);
  return [
    {
      title: 'Load', unit: 'requests per second', series: [
        ...(offered ? [{ name: 'offered', colour: grey, kind: 'filled-stairs', points: seconds.map((second) => [second, offered(second)]) }] : []),
        { name: 'came', colour: dark, kind: 'line', points: seconds.filter((second) => second <= requests.at(-1).second).map((second) => [second + 0.5, came.get(second) ?? 0]) },
      ],
    },
    {
      title: 'Requests', unit: 'at the same time', series: [
        { name: 'running and waiting', colour: orange, kind: 'area', points: points((sample) => sample.running + sample.queued) },
        { name: 'running', colour: green, kind: 'area', points: points((sample) => sample.running) },
      ],
    },
    {
      title: 'Replicas', unit: 'how many', series: [
        { name: 'ready', colour: blue, kind: 'filled-stairs', points: points((sample) => sample.ready) },
        { name: 'target', colour: dark, kind: 'stairs', points: points((sample) => sample.target) },
        ...(ideal ? [{ name: 'as many as the load needs', colour: grey, kind: 'stairs', dash: '2 3', points: seconds.map((second) => [second, ideal(second)]) }] : []),
      ],
    },
    {
      title: 'p95', unit: 'ms, of the requests that came in that second', log: true,
      series: [{ name: 'latency', colour: red, kind: requests.length < seconds.length / 2 ? 'dots' : 'line', points: requests.map((row) => [row.second + 0.5, row.p95_ms]) }],
      marks: [{ value: total.objective_ms, name: 'objective' }],
    },
  ];
}

/** From the first request to the last thing that was seen. */
export const lengthOf = ({ samples, requests }) => Math.max(samples.at(-1)?.at ?? 0, (requests.at(-1)?.second ?? 0) + 1);
