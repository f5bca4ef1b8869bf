#!/usr/bin/env bash
# What metrics and traces cost: the same proxied no-op with metrics off, with them (the default), and with traces at 1 % pushed to a collector as well;
# many short rounds, interleaved. Writes results/telemetry.json.
#   loadtests/telemetry.sh [seconds for each measurement, default 2] [rounds, default 9]
cd "$(dirname "$0")"
source ./common.sh
seconds=${1:-2}
rounds=${2:-9}
need wrk node dotnet curl
build ../src/Serve.Cli
publish overhead/program
names=(off metrics traces)
collector=$((port + 3))
launch node -e "require('http').createServer((q, s) => { q.resume(); q.on('end', () => s.end()) }).listen($collector, '127.0.0.1')"
SERVE_METRICS=off serve_run "$work/program/program.dll" "$port"
serve_run "$work/program/program.dll" "$((port + 1))"
OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:$collector" OTEL_TRACES_SAMPLER=parentbased_traceidratio OTEL_TRACES_SAMPLER_ARG=0.01 \
  serve_run "$work/program/program.dll" "$((port + 2))"
for i in 0 1 2; do await "http://127.0.0.1:$((port + i))/noop"; done
for i in 0 1 2; do wrk -t1 -c32 -d8s "http://127.0.0.1:$((port + i))/noop" >/dev/null; done # warm-up: let the JIT finish its tiers
for round in $(seq "$rounds"); do
  for step in 0 1 2; do
    i=$(((round + step) % 3)) # each comes first as often
    wrk -t1 -c32 -d"${seconds}s" --latency "http://127.0.0.1:$((port + i))/noop" | node overhead/parse.mjs "${names[$i]}" noop "$round" >>"$work/results.jsonl"
  done
done
mkdir -p results
node telemetry/report.mjs "$work/results.jsonl" results/telemetry.json "loadtests/telemetry.sh $seconds $rounds"
