#!/usr/bin/env bash
# Measures what Serve costs: bare Kestrel, a bare YARP forwarder to a second process, nginx as a reverse proxy, Serve embedded and
# Serve proxied, in one run on one machine, closed loop with wrk. Prints a table and writes results/overhead.json.
#   loadtests/overhead.sh [seconds for each measurement, default 5] [rounds, default 3]
# Needs wrk and nginx (apt-get install wrk nginx-light). The load generator shares the machine's cores: compare ratios, never absolutes.
set -euo pipefail
cd "$(dirname "$0")"
seconds=${1:-5}
rounds=${2:-3}
for tool in wrk nginx node dotnet; do
  command -v "$tool" >/dev/null || { echo "overhead.sh needs $tool" >&2; exit 1; }
done

work=$(mktemp -d)
pids=()
cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

for project in overhead/baselines overhead/program ../src/Serve.Cli; do
  dotnet build "$project" -c Release --nologo -v q >/dev/null
done
dotnet publish overhead/program -c Release --nologo -v q -o "$work/program" >/dev/null
baselines=overhead/baselines/bin/Release/net10.0/baselines.dll
export DOTNET_TieredPGO=1

launch() { "$@" >"$work/log.$RANDOM" 2>&1 & pids+=($!); }
await() { for _ in $(seq 300); do curl -sf "$1" >/dev/null 2>&1 && return; sleep 0.1; done; echo "nothing answers at $1" >&2; cat "$work"/log.* >&2; exit 1; }

launch dotnet "$baselines" kestrel 18001
launch dotnet "$baselines" backend "$work/backend.sock"
launch dotnet "$baselines" forwarder 18002 "$work/backend.sock"
mkdir -p "$work/nginx"
sed -e 's/@PORT@/18003/' -e 's/@BACKEND@/18001/' overhead/nginx.conf >"$work/nginx/nginx.conf"
launch nginx -p "$work/nginx" -c nginx.conf
launch dotnet "$work/program/program.dll" --urls http://127.0.0.1:18004
launch dotnet ../src/Serve.Cli/bin/Release/net10.0/Serve.Cli.dll run "$work/program/program.dll" --http-port 18005 --grpc-port 0 --admin-port 0 --quiet
names=(kestrel forwarder nginx embedded proxied)
for i in 1 2 3 4 5; do await "http://127.0.0.1:1800$i/noop"; done

measure() { # name port case connections
  local script=()
  [ "$3" = echo ] && script=(-s overhead/echo.lua)
  wrk -t1 -c"$4" -d"${seconds}s" --latency "${script[@]}" "http://127.0.0.1:$2/$3" | node overhead/parse.mjs "$1" "$3" "$4" >>"$work/results.jsonl"
}

for i in 1 2 3 4 5; do # warm-up: let the JIT finish its tiers
  wrk -t1 -c32 -d3s "http://127.0.0.1:1800$i/noop" >/dev/null
  wrk -t1 -c32 -d3s -s overhead/echo.lua "http://127.0.0.1:1800$i/echo" >/dev/null
done
for round in $(seq "$rounds"); do
  for case in noop echo; do
    for connections in 1 32 256; do
      for i in 1 2 3 4 5; do measure "${names[$((i - 1))]}" "1800$i" "$case" "$connections"; done
    done
  done
done
mkdir -p results
node overhead/report.mjs "$work/results.jsonl" results/overhead.json "loadtests/overhead.sh $seconds $rounds"
