#!/usr/bin/env bash
# Calls through a handle between two processes, against HttpClient over HTTP/2 on a unix socket between two processes; the same closed loop around both,
# rounds interleaved. Then streams of 1,000 small items. Writes results/calls.json.
#   loadtests/calls.sh [seconds for each measurement, default 2] [rounds, default 3]
cd "$(dirname "$0")"
source ./common.sh
seconds=${1:-2}
rounds=${2:-3}
need dotnet node curl
build ../src/Serve.Cli calls/baseline
publish program
baseline=calls/baseline/bin/Release/net10.0/http2-calls.dll
launch dotnet "$baseline" server "$work/http2.sock"
launch dotnet "$baseline" client "$port" "$work/http2.sock"
serve_run "$work/program/load-program.dll" "$((port + 1))"
contestants=(http2 handle)

measure() { # contestant's number, kind, size, callers, seconds
  curl -sfS -m 120 "http://127.0.0.1:$((port + $1))/measure?kind=$2&size=$3&callers=$4&seconds=$5" || { tail -n 20 "$work"/log.* >&2; exit 1; }
}
note() { # round's rows: adds what was measured to the reply
  measure "$@" | node -e "console.log(JSON.stringify({contestant:'${contestants[$1]}',kind:'$2',size:$3,callers:$4,...JSON.parse(require('fs').readFileSync(0))}))" >>"$work/results.jsonl"
}

await "http://127.0.0.1:$port/measure?kind=bytes&size=1&callers=1&seconds=0.1"
await "http://127.0.0.1:$((port + 1))/noop"
for i in 0 1; do # warm-up: let the JIT finish its tiers
  for kind in bytes record; do for size in 256 65536; do measure $i $kind $size 32 2 >/dev/null; done; done
done
for kind in stream relayed; do measure 1 $kind 1000 8 3 >/dev/null; done
for round in $(seq "$rounds"); do
  for kind in bytes record; do
    for size in 256 65536; do
      for callers in 1 32 256; do
        for i in 0 1; do note $i $kind $size $callers "$seconds"; done
      done
    done
  done
  for kind in stream relayed; do
    for callers in 1 8 32; do note 1 $kind 1000 $callers "$seconds"; done
  done
done
mkdir -p results
node calls/report.mjs "$work/results.jsonl" results/calls.json "loadtests/calls.sh $seconds $rounds"
