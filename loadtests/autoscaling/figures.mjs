// What is counted of a run.

/** How long a request takes, in seconds, and how many of them there shall be for each replica; autoscaling.sh says so to the server. */
export const serviceTime = 0.1;
export const perReplica = 2;

const flapSeconds = 10;

/** The area below the stairs of the samples, up to an end. */
export const integralOf = (samples, pick, end) =>
  samples.reduce((sum, sample, i) => sum + pick(sample) * ((samples[i + 1]?.at ?? end) - sample.at), 0);

/** How often the target turned within ten seconds after it went the other way. */
export function flapsOf(samples) {
  let flaps = 0;
  let last = null;
  for (let i = 1; i < samples.length; i++) {
    const step = Math.sign(samples[i].target - samples[i - 1].target);
    if (step === 0) continue;
    if (last && last.step !== step && samples[i].at - last.at < flapSeconds) flaps++;
    last = { step, at: samples[i].at };
  }
  return flaps;
}
