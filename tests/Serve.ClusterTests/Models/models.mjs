// A foreign client of the model server's gRPC service. Prints what each scenario saw as one JSON object:
//
//   node models.mjs <host:port> <repository>
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';

const [target, repository] = process.argv.slice(2);
const load = (proto) => grpc.loadPackageDefinition(loader.loadSync(`${repository}/${proto}`, { keepCase: true, longs: Number, enums: String, defaults: true }));
const { inference } = load('src/Serve.Protocols/OpenInference/Grpc/open_inference.proto');
const client = new inference.GRPCInferenceService(target, grpc.credentials.createInsecure());

const call = (method, request) => new Promise((resolve, reject) => client[method](request, (error, value) => error ? reject(error) : resolve(value)));
const failure = (promise, word) => promise.then(() => 'OK', (error) => `${grpc.status[error.code]}${word ? error.details.includes(word) ? ` ${word}` : ` ${error.details}` : ''}`);
const pixels = Array.from({ length: 64 }, (_, i) => i % 16);
const bytes = (numbers) => Buffer.from(new Float32Array(numbers).buffer);
const input = (shape, contents) => ({ name: 'pixels', datatype: 'FP32', shape, ...contents });
const raw = (id = '') => ({ model_name: 'digits', id, inputs: [input([1, 64])], raw_input_contents: [bytes(pixels)] });
const summed = (scores) => `${scores.length} ${scores.reduce((sum, score) => sum + score, 0).toFixed(4)}`;

const scenarios = {
  ready: async () => {
    const { ready } = await call('ServerReady', {});
    const digits = await call('ModelReady', { name: 'digits' });
    const squares = await call('ModelReady', { name: 'squares' });
    return `${ready} ${digits.ready} ${squares.ready}`;
  },

  metadata: async () => {
    const { name, platform, inputs: [first], outputs: [score] } = await call('ModelMetadata', { name: 'digits' });
    return `${name} ${platform} ${first.name} ${first.datatype} ${first.shape} ${score.name}`;
  },

  typed: async () => summed((await call('ModelInfer', { model_name: 'digits', inputs: [input([1, 64], { contents: { fp32_contents: pixels } })] })).outputs[0].contents.fp32_contents),

  raw: async () => {
    const { raw_output_contents: [scores] } = await call('ModelInfer', raw());
    return summed(Array.from({ length: scores.length / 4 }, (_, i) => scores.readFloatLE(4 * i)));
  },

  wrongShape: () => failure(call('ModelInfer', { model_name: 'digits', inputs: [input([1, 3])], raw_input_contents: [bytes([1, 2, 3])] }), 'pixels'),

  unknownModel: () => failure(call('ModelInfer', { ...raw(), model_name: 'nobody' })),

  stream: async () => {
    const stream = client.ModelStreamInfer();
    for (const id of ['a', 'b', 'c']) stream.write(raw(id));
    stream.end();
    const ids = [];
    for await (const { infer_response } of stream) ids.push(infer_response.id);
    return ids.join(' ');
  },

  streamError: async () => {
    const stream = client.ModelStreamInfer();
    stream.write({ model_name: 'digits', inputs: [input([1, 3])], raw_input_contents: [bytes([1, 2, 3])] });
    stream.end();
    const messages = [];
    const status = new Promise((resolve) => stream.on('status', ({ code }) => resolve(grpc.status[code])));
    for await (const { error_message } of stream) messages.push(error_message);
    return `${await status} ${messages.every((message) => message.includes('pixels')) && messages.length === 1 ? 'pixels' : messages}`;
  },

  repository: async () => {
    await call('RepositoryModelLoad', { model_name: 'squares' });
    const loaded = (await call('RepositoryIndex', {})).models.find(({ name }) => name === 'squares').state;
    const { outputs: [squared] } = await call('ModelInfer', { model_name: 'squares', inputs: [{ name: 'a', datatype: 'FP32', shape: [1, 4], contents: { fp32_contents: [1, 2, 3, 4] } }] });
    await call('RepositoryModelUnload', { model_name: 'squares' });
    return `${loaded} ${squared.contents.fp32_contents} ${await failure(call('ModelInfer', { model_name: 'squares', inputs: [] }))}`;
  },

  config: async () => {
    const { config } = await call('ModelConfig', { name: 'digits' });
    return `${config.max_batch_size} ${config.input[0].data_type} ${config.input[0].dims}`;
  },

  statistics: async () => {
    const { model_stats: [digits] } = await call('ModelStatistics', { name: 'digits' });
    return `${digits.name} ${digits.version} ${digits.inference_stats.success.count > 0 && digits.inference_count >= digits.inference_stats.success.count}`;
  },

  reflection: async () => {
    const { grpc: { reflection: { v1 } } } = load('src/Serve.Protocols/Grpc/Reflection/reflection_v1.proto');
    const reflection = new v1.ServerReflection(target, grpc.credentials.createInsecure());
    const stream = reflection.ServerReflectionInfo();
    stream.write({ file_containing_symbol: 'inference.GRPCInferenceService' });
    stream.end();
    let definition;
    for await (const { file_descriptor_response: { file_descriptor_proto: [file] } } of stream) definition = loader.loadFileDescriptorSetFromBuffer(inDescriptorSet(file));
    reflection.close();
    return `${Object.keys(definition['inference.GRPCInferenceService']).length}`;
  },
};

/** A FileDescriptorSet has its files in field 1. */
function inDescriptorSet(file) {
  const prefix = [0x0a];
  let length = file.length;
  for (; length >= 0x80; length >>= 7) prefix.push((length & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([...prefix, length]), file]);
}

const results = {};
for (const [name, run] of Object.entries(scenarios)) results[name] = await run().catch((error) => `failed: ${error.stack}`);
console.log(JSON.stringify(results));
client.close();
