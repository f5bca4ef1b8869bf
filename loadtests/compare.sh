#!/usr/bin/env bash
# Two or more settings of the same thing: a proxied no-op by servers that differ only in environment variables; many short rounds, interleaved, and for each
# variant the median of its part of the first one's throughput, and the CPU time that server and replica use for a request, which says something on a busy machine, too. For tuning: what a switch of Serve or of .NET is worth.
#   loadtests/compare.sh <seconds for each measurement, whole ones> <rounds> <connections> <variant>...
#   loadtests/compare.sh 2 9 32 "" "SERVE_METRICS=off" "DOTNET_ThreadPool_UnfairSemaphoreSpinLimit=0"
# A variant is a list of NAME=value; the empty one changes nothing. With OUTPUT=file the measurements are appended there.
cd "$(dirname "$0")"
source ./common.sh
[ $# -ge 5 ] || { sed -n '2,7p' "$0" >&2; exit 2; }
seconds=$1 rounds=$2 connections=$3
variants=("${@:4}")
need wrk node dotnet curl
build ../src/Serve.Cli
publish overhead/program
for i in "${!variants[@]}"; do
  # shellcheck disable=SC2086 # a variant is a list of words
  launch env ${variants[$i]} dotnet ../src/Serve.Cli/bin/Release/net10.0/Serve.Cli.dll run "$work/program/program.dll" \
    --http-port "$((port + i))" --grpc-port 0 --admin-port 0 --data-dir "$work/data.$i" --quiet
done
for i in "${!variants[@]}"; do await "http://127.0.0.1:$((port + i))/noop"; done
for i in "${!variants[@]}"; do warm_up "http://127.0.0.1:$((port + i))/noop" 8; done
for round in $(seq "$rounds"); do
  for step in "${!variants[@]}"; do
    i=$(((round + step) % ${#variants[@]})) # each comes first as often
    before=$(cpu_ms_of "${pids[$i]}")
    wrk -t1 "-c$connections" "-d${seconds}s" --latency "http://127.0.0.1:$((port + i))/noop" | node overhead/parse.mjs "variant $i" "${variants[$i]}" "$round" >"$work/measured.json"
    node compare/cpu.mjs "$work/measured.json" "$(($(cpu_ms_of "${pids[$i]}") - before))" >>"$work/results.jsonl"
  done
done
[ -z "${OUTPUT:-}" ] || cat "$work/results.jsonl" >>"$OUTPUT"
node compare/report.mjs "$work/results.jsonl"
