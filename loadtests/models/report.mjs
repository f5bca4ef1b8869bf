// Takes the medians over the rounds, prints the table and writes the results: node report.mjs <folder> <failed requests> <cancelled runs> <rounds> <results.json> <command>
import { lines, medians, round, atLeast, atMost, finish } from '../results.mjs';

const [folder, failures, cancels, count, target, command] = process.argv.slice(2);
const results = medians(lines(`${folder}/results.jsonl`), ['contestant', 'protocol', 'case', 'inflight'], ['errors', 'requests']);
const cancelled = lines(`${folder}/cancels.jsonl`);
const [rounds] = lines(`${folder}/rounds.json`);
const find = (contestant, protocol, test) => results.find((row) => row.contestant === contestant && row.protocol === protocol && row.case === test);
const rate = (contestant, protocol, test) => find(contestant, protocol, test).requests_per_second;
const direct = (test) => rate('direct', 'none', test);

const MiB = 2 ** 20;
const LargeBytes = 16 * MiB;
for (const row of results.filter((row) => row.contestant === 'embedded-large'))
  row.mb_per_cpu_second = round(row.requests_per_cpu_second * 2 * LargeBytes / 1e6, 1); // in and out
for (const row of results)
  console.log(`${row.case.padEnd(10)}${row.contestant.padEnd(15)}${row.protocol.padEnd(5)} ${String(row.inflight).padStart(4)} at once ${String(round(row.requests_per_second, 1)).padStart(9)} /s  p50 ${row.p50_ms.toFixed(3)} ms  p99 ${row.p99_ms.toFixed(3)} ms${row.mb_per_cpu_second ? `  ${row.mb_per_cpu_second} MB per CPU second, RSS ${row.rss_start_mib} -> ${row.rss_end_mib} MiB` : ''}${row.errors ? `  ${row.errors} errors` : ''}`);
for (const row of cancelled)
  console.log(`cancelled ${row.contestant} ${row.protocol}: free again after p50 ${row.p50_ms} ms, at most ${row.max_ms} ms`);
console.log(`${rounds.rounds} rounds of load and unload: ${rounds.rss_start_mib} -> ${rounds.rss_end_mib} MiB, ${rounds.rounds_per_second} /s`);

const ratios = {
  embedded_grpc_vs_bare_kestrel: round(rate('embedded', 'grpc', 'identity') / rate('bare', 'grpc', 'identity')),
  proxied_vs_embedded: Object.fromEntries(['grpc', 'rest'].flatMap((protocol) => ['identity', 'cnn', 'ocr', 'slow']
    .map((test) => [`${test}_${protocol}`, round(rate('proxied', protocol, test) / rate('embedded', protocol, test))]))),
  embedded_vs_direct: Object.fromEntries(['grpc', 'rest'].flatMap((protocol) => ['cnn', 'ocr', 'slow']
    .map((test) => [`${test}_${protocol}`, round(rate('embedded', protocol, test) / direct(test), 3)]))),
  batched_vs_unbatched: round(rate('embedded', 'grpc', 'batched') / rate('embedded', 'grpc', 'unbatched')),
};
console.log(JSON.stringify(ratios, null, 2));
const protocols = ['grpc', 'rest'];
// A request waits for the batch that runs and is part of the next: two runs, and as long again for all else.
const patience = 4 * find('direct', 'none', 'slow').p50_ms;
finish(target, command, [
  atLeast('embedded gRPC, identity, against a unary call on bare Kestrel', rate('embedded', 'grpc', 'identity') / rate('bare', 'grpc', 'identity'), 0.3),
  ...protocols.map((protocol) => atLeast(`proxied against embedded, identity, ${protocol}`, rate('proxied', protocol, 'identity') / rate('embedded', protocol, 'identity'), 0.6)),
  ...protocols.map((protocol) => atLeast(`a model of 5 ms against the direct loop, ${protocol}`, rate('embedded', protocol, 'slow') / direct('slow'), 0.95)),
  atLeast('batches against none where a call costs the same for any number of rows', rate('embedded', 'grpc', 'batched') / rate('embedded', 'grpc', 'unbatched'), 3),
  atMost('p99 in ms with batches; four runs', find('embedded', 'grpc', 'batched').p99_ms, round(patience, 1)),
  ...protocols.map((protocol) => atLeast(`MB per second and core, 16 MiB in and out, ${protocol}`, find('embedded-large', protocol, 'large').mb_per_cpu_second, 500)),
  ...protocols.map((protocol) => atMost(`growth of memory by that, ${protocol}`, find('embedded-large', protocol, 'large').rss_end_mib / find('embedded-large', protocol, 'large').rss_start_mib - 1, 0.05)),
  atMost(`growth of memory by ${rounds.rounds} rounds of load and unload`, rounds.growth, 0.05),
  ...cancelled.map((row) => atMost(`ms until the engine is free after a cancelled request, ${row.contestant} ${row.protocol}`, row.max_ms, 100)),
  atMost('errors', results.reduce((sum, row) => sum + row.errors, 0), 0),
  // The generator looks at no gRPC status, so the server's own count says whether all went well: but for what was cancelled, and what was under way when the generator stopped.
  atMost('requests that failed but were not cut off', Math.max(0, Number(failures) - 2 * Number(cancels) - 2 * Number(count) * results.reduce((sum, row) => sum + row.inflight, 0)), 0),
], { ratios, results, cancelled, rounds });
