// A foreign client of the test program's gRPC service. Prints what each scenario saw as one JSON object:
//
//   node client.mjs <host:port> <repository> <journal folder>
import fs from 'node:fs';
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';

const [target, repository, journal] = process.argv.slice(2);
const load = (proto) => grpc.loadPackageDefinition(loader.loadSync(`${repository}/${proto}`, { keepCase: true, longs: Number, enums: String, defaults: true }));
const { test } = load('tests/Serve.TestProgram/Grpc/Protos/parts.proto');
const credentials = grpc.credentials.createInsecure();
const client = new test.parts.v1.Parts(target, credentials, { 'grpc.max_send_message_length': -1 });

const call = (start) => new Promise((resolve, reject) => start((error, value) => error ? reject(error) : resolve(value)));
const failure = (promise, more = () => '') => promise.then(() => 'OK', (error) => `${grpc.status[error.code]}${more(error)}`);
const all = async (stream, of) => {
  const values = [];
  for await (const value of stream) values.push(of(value));
  return values.join(' ');
};
const seen = async (key, what) => { while (!fs.existsSync(`${journal}/${key}.${what}`)) await new Promise((resolve) => setTimeout(resolve, 20)); };

const scenarios = {
  unary: async () => (await call((done) => client.Echo({ text: 'hello' }, done))).text,

  large: async () => (await call((done) => client.Echo({ data: Buffer.alloc(3_000_000, 7) }, done))).data.length.toString(),

  clientStream: async () => (await call((done) => {
    const stream = client.Sum(done);
    for (let i = 1; i <= 1000; i++) stream.write({ value: i });
    stream.end();
  })).value.toString(),

  serverStream: () => all(client.Count({ value: 5 }), (number) => number.value),

  chat: async () => {
    const stream = client.Chat();
    stream.write({ text: 'one' });
    const answers = [];
    for await (const part of stream) {
      answers.push(part.text);
      if (answers.length === 1) stream.write({ text: 'two' });
      else stream.end();
    }
    return answers.join(' ');
  },

  metadata: () => new Promise((resolve, reject) => {
    const metadata = new grpc.Metadata();
    metadata.add('x-back', 'green');
    metadata.add('x-back-bin', Buffer.from([0, 255]));
    let headers;
    const echo = client.Echo({ text: 'a' }, metadata, (error) => error && reject(error));
    echo.on('metadata', (received) => { headers = received; });
    echo.on('status', ({ metadata: trailers }) => resolve([headers, trailers].map((one) => `${one.get('x-back')[0]} ${one.get('x-back-bin')[0].toString('hex')}`).join(' ')));
  }),

  requestId: () => new Promise((resolve, reject) => {
    const metadata = new grpc.Metadata();
    metadata.add('request_id', 'mine');
    client.Echo({ text: 'a' }, metadata, (error) => error && reject(error)).on('status', ({ metadata: trailers }) => resolve(trailers.get('request_id')[0]));
  }),

  deadline: () => failure(call((done) => client.Hold({ text: 'deadline-node' }, { deadline: Date.now() + 1000 }, done))),

  cancel: () => failure(call((done) => {
    const hold = client.Hold({ text: 'cancel-node' }, done);
    seen('cancel-node', 'parts-started').then(() => hold.cancel());
  })),

  gzip: async () => {
    const compressing = new test.parts.v1.Parts(target, credentials, { 'grpc.default_compression_algorithm': grpc.compressionAlgorithms.gzip });
    const { text } = await call((done) => compressing.Echo({ text: 'a'.repeat(1000) }, done));
    compressing.close();
    return text.length.toString();
  },

  limit: () => failure(call((done) => client.Echo({ data: Buffer.alloc(5_000_000) }, done))),

  details: () => failure(
    call((done) => client.Fail({ value: 9 }, done)),
    (error) => ` ${error.details} ${error.metadata.get('grpc-status-details-bin')[0].includes('test.parts.v1.Number')}`),

  exception: () => failure(call((done) => client.Fail({ value: -1 }, done)), (error) => ` ${error.details.includes('secret')}`),

  serveException: () => failure(call((done) => client.Fail({ value: -2 }, done)), (error) => ` ${error.details}`),

  missing: () => failure(call((done) => client.Missing({}, done))),

  health: async () => {
    const { grpc: { health: { v1 } } } = load('src/Serve.Protocols/Grpc/Health/health.proto');
    const health = new v1.Health(target, credentials);
    const { status } = await call((done) => health.Check({ service: 'test.parts.v1.Parts' }, done));
    const unknown = await failure(call((done) => health.Check({ service: 'no.Such' }, done)));
    const watch = health.Watch({ service: 'no.Such' });
    const first = await new Promise((resolve) => watch.once('data', resolve));
    watch.on('error', () => { });
    watch.cancel();
    health.close();
    return `${status} ${unknown} ${first.status}`;
  },

  reflection: async () => {
    const { grpc: { reflection: { v1 } } } = load('src/Serve.Protocols/Grpc/Reflection/reflection_v1.proto');
    const reflection = new v1.ServerReflection(target, credentials);
    const stream = reflection.ServerReflectionInfo();
    stream.write({ list_services: '' });
    stream.write({ file_containing_symbol: 'test.parts.v1.Part' });
    stream.end();
    const answers = [];
    for await (const answer of stream) answers.push(answer);
    reflection.close();
    const definition = loader.loadFileDescriptorSetFromBuffer(descriptorSet(answers[1].file_descriptor_response.file_descriptor_proto));
    return `${answers[0].list_services_response.service.some(({ name }) => name === 'test.parts.v1.Parts')} ${Object.keys(definition['test.parts.v1.Parts']).length}`;
  },
};

/** A FileDescriptorSet has its files in field 1. */
function descriptorSet(files) {
  return Buffer.concat(files.flatMap((file) => {
    const prefix = [0x0a];
    let length = file.length;
    for (; length >= 0x80; length >>= 7) prefix.push((length & 0x7f) | 0x80);
    return [Buffer.from([...prefix, length]), file];
  }));
}

const results = {};
for (const [name, run] of Object.entries(scenarios)) results[name] = await run().catch((error) => `failed: ${error.stack}`);
console.log(JSON.stringify(results));
client.close();
