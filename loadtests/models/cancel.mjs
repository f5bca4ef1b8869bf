// How soon an endless run ends whose client goes: node cancel.mjs <REST url> <gRPC url> <contestant> <runs>
// The model 'count' has one instance; a short request waits behind the endless one, and its answer says that the engine is free again.
import { request } from 'node:http';
import { round } from '../results.mjs';
import { GrpcClient } from './grpc.mjs';
import { grpcOf, restOf } from './requests.mjs';

const [rest, grpc, contestant, runs] = process.argv.slice(2);
const Endless = 2n ** 62n;
const client = new GrpcClient(grpc);
const callers = { rest: askByRest, grpc: (count) => client.infer(grpcOf('count', count)) };
for (const [protocol, ask] of Object.entries(callers)) {
  const times = [];
  for (let i = 0; i < Number(runs); i++) {
    const before = await begun();
    const endless = ask(Endless);
    while (await begun() === before);
    const next = askByRest(1n);
    await new Promise((resolve) => setTimeout(resolve, 10));
    const start = performance.now();
    endless.cancel();
    const status = await next.done;
    times.push(performance.now() - start);
    if (status.code !== 0) throw new Error(`the next request: ${status.code} ${status.message}`);
    await endless.done.catch(() => {});
  }
  times.sort((a, b) => a - b);
  console.log(JSON.stringify({ contestant, protocol, runs: times.length, p50_ms: round(times[times.length >> 1]), max_ms: round(times.at(-1)) }));
}
client.close();

/** How many runs have begun. */
async function begun() {
  const { model_stats: [model] } = await (await fetch(`${rest}/v2/models/count/stats`)).json();
  return Number(model.inference_stats.queue.count);
}

function askByRest(count) {
  const { headerLength, body } = restOf('count', count);
  const call = request(`${rest}/v2/models/count/infer`, {
    method: 'POST', agent: false, headers: { 'inference-header-content-length': headerLength, 'content-type': 'application/octet-stream', 'content-length': body.length },
  });
  const done = new Promise((resolve, reject) => call.on('error', reject).on('response', (response) => {
    let text = '';
    response.on('data', (part) => { text += part; }).on('error', reject).on('end', () => resolve({ code: response.statusCode === 200 ? 0 : response.statusCode, message: text }));
  }));
  done.catch(() => {});
  call.end(body);
  return { done, cancel: () => call.destroy() };
}
