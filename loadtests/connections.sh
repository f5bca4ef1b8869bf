#!/usr/bin/env bash
# 10,000 idle keep-alive connections with a trickle of requests, 2,000 WebSockets that echo at once, and the latency at half of the peak load (open loop),
# all through the proxy. Writes results/connections.json.
#   loadtests/connections.sh [connections, default 10000] [WebSockets, default 2000] [seconds for each, default 10]
cd "$(dirname "$0")"
source ./common.sh
connections=${1:-10000}
sockets=${2:-2000}
seconds=${3:-10}
need dotnet node curl wrk
files=$((connections + 2000)) # the client has as many, and the server
[ "$(ulimit -n)" -ge "$files" ] || ulimit -n "$files" || { echo "connections.sh needs $files open files: raise the hard limit (ulimit -Hn)" >&2; exit 1; }
build ../src/Serve.Cli driver
publish program
serve_run "$work/program/load-program.dll" "$port"
server=$launched
await "http://127.0.0.1:$port/noop"
warm_up "http://127.0.0.1:$port/noop" 8
{
  printf '{"steady":'; driver steady "http://127.0.0.1:$port/noop" --seconds "$seconds"
  printf ',"idle":'; driver idle "http://127.0.0.1:$port/noop" --connections "$connections" --seconds "$seconds" --pids "$(pids_of "$server")"
  printf ',"sockets":'; driver sockets "http://127.0.0.1:$port/socket" --connections "$sockets" --seconds "$seconds" --pids "$(pids_of "$server")"
  printf '}'
} >"$work/results.json"
mkdir -p results
node connections/report.mjs "$work/results.json" results/connections.json "loadtests/connections.sh $connections $sockets $seconds"
