#!/usr/bin/env bash
# A request three processes deep whose client closes its socket: the milliseconds until each of the three user methods has seen its token. Writes results/cancel.json.
#   loadtests/cancel.sh [runs, default 100]
cd "$(dirname "$0")"
source ./common.sh
runs=${1:-100}
need dotnet node curl
build ../src/Serve.Cli driver
publish program
serve_run "$work/program/load-program.dll" "$port"
await "http://127.0.0.1:$port/noop"
driver cancel "http://127.0.0.1:$port/cancel" --runs "$runs" >"$work/results.json"
mkdir -p results
node cancel/report.mjs "$work/results.json" results/cancel.json "loadtests/cancel.sh $runs"
