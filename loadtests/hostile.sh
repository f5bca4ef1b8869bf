#!/usr/bin/env bash
# Broken and malicious HTTP from many connections (bad chunks, doubled lengths, huge headers, early closes, slow heads and bodies), beside good requests that
# must not notice, and a server that must keep its memory. Writes results/hostile.json.
#   loadtests/hostile.sh [seconds, default 20]
cd "$(dirname "$0")"
source ./common.sh
seconds=${1:-20}
need dotnet node curl wrk
build ../src/Serve.Cli driver
publish program
serve_run "$work/program/load-program.dll" "$port"
server=$launched
await "http://127.0.0.1:$port/noop"
warm_up "http://127.0.0.1:$port/noop" 3
driver hostile "http://127.0.0.1:$port/noop" --seconds "$seconds" --pids "$(pids_of "$server")" >"$work/results.json"
mkdir -p results
node hostile/report.mjs "$work/results.json" results/hostile.json "loadtests/hostile.sh $seconds"
