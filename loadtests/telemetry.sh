#!/usr/bin/env bash
# What metrics and traces cost: the same proxied no-op with metrics off, with them (the default), and with traces at 1 % pushed to a collector as well;
# many short rounds, interleaved. Writes results/telemetry.json.
#   loadtests/telemetry.sh [seconds for each measurement, default 2] [rounds, default 9]
cd "$(dirname "$0")"
source ./common.sh
seconds=${1:-2}
rounds=${2:-9}
need node
launch node -e "require('http').createServer((q, s) => { q.resume(); q.on('end', () => s.end()) }).listen(0, '127.0.0.1', function () { console.log(this.address().port) })"
until [ -s "$work/log.0" ]; do sleep 0.1; done
collector="http://127.0.0.1:$(head -1 "$work/log.0")"
OUTPUT="$work/results.jsonl" ./compare.sh "$seconds" "$rounds" 32 \
  "SERVE_METRICS=off" "" "OTEL_EXPORTER_OTLP_ENDPOINT=$collector OTEL_TRACES_SAMPLER=parentbased_traceidratio OTEL_TRACES_SAMPLER_ARG=0.01"
mkdir -p results
node telemetry/report.mjs "$work/results.jsonl" results/telemetry.json "loadtests/telemetry.sh $seconds $rounds"
