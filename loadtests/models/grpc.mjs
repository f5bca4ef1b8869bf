// One gRPC call at a time, over Node's own HTTP/2.
import { connect, constants } from 'node:http2';

export class GrpcClient {
  constructor(url) {
    this.session = connect(url, { settings: { initialWindowSize: 32 << 20 } });
    this.session.on('connect', () => this.session.setLocalWindowSize(64 << 20));
  }

  /** Sends a message. 'done' is the status when the call has ended; 'cancel' ends it. */
  infer(message) {
    const stream = this.session.request({
      ':method': 'POST', ':path': '/inference.GRPCInferenceService/ModelInfer', 'content-type': 'application/grpc', te: 'trailers',
    });
    const done = new Promise((resolve, reject) => {
      let status;
      const note = (headers) => { status = headers['grpc-status'] === undefined ? status : { code: Number(headers['grpc-status']), message: headers['grpc-message'] ?? '' }; };
      let length = 0;
      stream.on('response', note).on('trailers', note).on('data', (part) => { length += part.length; }).on('error', reject)
        .on('close', () => resolve({ ...(status ?? { code: -1, message: 'no status' }), length }));
    });
    done.catch(() => {});
    stream.end(message);
    return { done, cancel: () => stream.close(constants.NGHTTP2_CANCEL) };
  }

  close() { this.session.close(); }
}
