// Loads models through the repository API and asks each once in both protocols: node setup.mjs <REST url> <gRPC url> <model>...
// A load generator looks at no gRPC status: what is wrong must come out here.
import { cases, elementsOf } from './cases.mjs';
import { GrpcClient } from './grpc.mjs';
import { grpcOf, restOf } from './requests.mjs';

const [rest, grpc, ...models] = process.argv.slice(2);
const client = new GrpcClient(grpc);
for (const model of models) {
  const loaded = await fetch(`${rest}/v2/repository/models/${model}/load`, { method: 'POST' });
  if (!loaded.ok) throw new Error(`load of '${model}': ${loaded.status} ${await loaded.text()}`);
  const { headerLength, body } = restOf(model);
  const answer = await fetch(`${rest}/v2/models/${model}/infer`, { method: 'POST', body, headers: { 'inference-header-content-length': String(headerLength), 'content-type': 'application/octet-stream' } });
  if (!answer.ok) throw new Error(`'${model}' by REST: ${answer.status} ${await answer.text()}`);
  const bytes = (await answer.arrayBuffer()).byteLength;
  const status = await client.infer(grpcOf(model)).done;
  if (status.code !== 0) throw new Error(`'${model}' by gRPC: ${status.code} ${status.message}`);
  console.error(`${model}: ${elementsOf(cases[model].shape)} elements in, ${bytes} bytes back by REST, ${status.length} by gRPC`);
}
client.close();
