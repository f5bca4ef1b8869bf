// Requests of the Open Inference Protocol, written by hand: the load generators send them as they are.
import { cases, elementsOf } from './cases.mjs';

/** The bytes of a case's only input; for 'count' the number to count to. */
export function tensorOf(name, count = 1n) {
  const { shape, datatype = 'FP32' } = cases[name];
  if (datatype === 'INT64') return Buffer.from(new BigInt64Array([count]).buffer);
  return Buffer.from(new Float32Array(elementsOf(shape)).map((_, i) => (i % 251) / 251).buffer);
}

/** REST with the binary extension, outputs binary as well. */
export function restOf(name, count) {
  const { input, shape, datatype = 'FP32' } = cases[name];
  const tensor = tensorOf(name, count);
  const header = Buffer.from(JSON.stringify({
    parameters: { binary_data_output: true },
    inputs: [{ name: input, datatype, shape, parameters: { binary_data_size: tensor.length } }],
  }));
  return { headerLength: header.length, body: Buffer.concat([header, tensor]) };
}

/** A gRPC message with raw contents: its prefix of five bytes, and the ModelInferRequest. */
export function grpcOf(name, count) {
  const { input, shape, datatype = 'FP32' } = cases[name];
  const dims = Buffer.concat(shape.map((dimension) => varint(dimension)));
  const described = Buffer.concat([field(1, input), field(2, datatype), ...(dims.length ? [field(3, dims)] : [])]);
  return frame(Buffer.concat([field(1, name), field(5, described), field(7, tensorOf(name, count))]));
}

export function frame(message) {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

function field(number, content) {
  const bytes = Buffer.from(content);
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value & 127) | 128);
  return Buffer.from([...bytes, value]);
}
