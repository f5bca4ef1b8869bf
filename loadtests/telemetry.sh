#!/usr/bin/env bash
# What metrics and traces cost: the same proxied no-op with metrics off, with them (the default), and with traces at 1 % pushed to a collector as well;
# many short rounds, interleaved. And whether promtool finds fault with the page of metrics. Writes results/telemetry.json.
#   loadtests/telemetry.sh [seconds for each measurement, default 2] [rounds, default 9]
cd "$(dirname "$0")"
source ./common.sh
seconds=${1:-2}
rounds=${2:-9}
need node wrk curl dotnet promtool
launch node -e "require('http').createServer((q, s) => { console.log(q.url); q.resume(); q.on('end', () => s.end()) }).listen(0, '127.0.0.1', function () { console.log(this.address().port) })"
until [ -s "$work/log.0" ]; do sleep 0.1; done
collector="http://127.0.0.1:$(head -1 "$work/log.0")"
OUTPUT="$work/results.jsonl" ./compare.sh "$seconds" "$rounds" 32 \
  "SERVE_METRICS=off" "" "OTEL_EXPORTER_OTLP_ENDPOINT=$collector OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf OTEL_TRACES_SAMPLER_ARG=0.01"

build ../src/Serve.Cli
publish overhead/program
admin_port=$((port + 1)) serve_run "$work/program/program.dll" "$port"
await "http://127.0.0.1:$port/noop"
warm_up "http://127.0.0.1:$port/noop" 1
curl -sfS "http://127.0.0.1:$((port + 1))/metrics" >"$work/metrics.txt"
promtool check metrics <"$work/metrics.txt" >"$work/promtool.txt" 2>&1 || true
mkdir -p results
node telemetry/report.mjs "$work/results.jsonl" results/telemetry.json "$work/metrics.txt" "$work/promtool.txt" "$work/log.0" "loadtests/telemetry.sh $seconds $rounds"
