// Calls each method of the service:  node client.js [host:port]
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';

const target = process.argv[2] ?? '127.0.0.1:9000';
const proto = new URL('../Protos/reviews.proto', import.meta.url).pathname;
const { reviews } = grpc.loadPackageDefinition(loader.loadSync(proto, { keepCase: true }));
const client = new reviews.v1.ReviewReader(target, grpc.credentials.createInsecure());

const rate = (review) => new Promise((resolve, reject) =>
  client.Rate(review, { deadline: Date.now() + 5000 }, (error, rating) => error ? reject(error) : resolve(rating)));

console.log('Rate         ', (await rate({ id: '1', text: 'Great phone, fast and nice' })).mood);
await rate({ id: '2', text: '' }).catch((error) => console.log('Rate         ', grpc.status[error.code], error.details));

for await (const rating of client.RateSentences({ id: '3', text: 'The room was nice. The staff was rude!' })) {
  console.log('RateSentences', rating.mood, rating.text);
}

await new Promise((resolve, reject) => {
  const call = client.Summarize((error, summary) => error ? reject(error) : resolve(console.log('Summarize    ', summary)));
  for (const text of ['I love it', 'Not good', 'It is broken']) call.write({ id: text, text });
  call.end();
});

const follow = client.Follow();
follow.write({ id: '4', text: 'Terrible' });
for await (const rating of follow) {
  console.log('Follow       ', rating.mood, rating.text);
  if (rating.review_id === '4') follow.write({ id: '5', text: 'Excellent' });
  else follow.end();
}
client.close();
