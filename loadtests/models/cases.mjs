// The models of the load test and what they are asked: the name in the repository, its file in files/ (the OCR sample's lie elsewhere), its configuration, and one request.
const one = (text) => `${text} instance_group { count: 1 kind: KIND_CPU } parameters { key: "intra_op_thread_count" value { string_value: "1" } }`;

export const cases = {
  identity: { file: 'identity', input: 'x', shape: [1, 16], config: one('max_batch_size: 0') },
  cnn: { file: 'cnn', input: 'image', shape: [1, 3, 64, 64], config: one('max_batch_size: 0') },
  ocr: { file: 'ocr', input: 'x', shape: [1, 3, 48, 320], config: one('max_batch_size: 0') },
  slow: { file: 'slow', input: 'x', shape: [1, 16], config: one('max_batch_size: 0') },
  unbatched: { file: 'slow', input: 'x', shape: [1, 16], config: one('max_batch_size: 32') },
  batched: { file: 'slow', input: 'x', shape: [1, 16], config: one('max_batch_size: 32 dynamic_batching { }') },
  large: { file: 'large', input: 'x', shape: [4 << 20], config: one('max_batch_size: 0') },
  count: { file: 'count', input: 'count', shape: [], datatype: 'INT64', config: one('max_batch_size: 0') },
  rounds: { file: 'cnn', input: 'image', shape: [1, 3, 64, 64], config: one('max_batch_size: 0') },
};

export const elementsOf = (shape) => shape.reduce((product, dimension) => product * dimension, 1);
