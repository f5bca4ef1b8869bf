#!/usr/bin/env bash
# What Serve costs: bare Kestrel, a bare YARP forwarder to a second process (HTTP/2 over a unix socket), nginx as a reverse proxy to bare Kestrel, Serve embedded
# and Serve proxied, in one run on one machine, closed loop with wrk, rounds interleaved. Writes results/overhead.json.
#   loadtests/overhead.sh [seconds for each measurement, default 5] [rounds, default 3]
# The load generator shares the machine's cores: compare ratios, never absolutes.
cd "$(dirname "$0")"
source ./common.sh
seconds=${1:-5}
rounds=${2:-3}
need wrk nginx node dotnet curl
build overhead/baselines ../src/Serve.Cli
publish overhead/program
baselines=overhead/baselines/bin/Release/net10.0/baselines.dll

names=(kestrel forwarder nginx embedded proxied)
launch dotnet "$baselines" kestrel "$port"
launch dotnet "$baselines" backend "$work/backend.sock"
launch dotnet "$baselines" forwarder "$((port + 1))" "$work/backend.sock"
mkdir -p "$work/nginx"
sed -e "s/@PORT@/$((port + 2))/" -e "s/@BACKEND@/$port/" overhead/nginx.conf >"$work/nginx/nginx.conf"
launch nginx -p "$work/nginx" -c nginx.conf
launch dotnet "$work/program/program.dll" --urls "http://127.0.0.1:$((port + 3))"
serve_run "$work/program/program.dll" "$((port + 4))"
for i in "${!names[@]}"; do await "http://127.0.0.1:$((port + i))/noop"; done

measure() { # contestant's number, case, connections
  local script=()
  [ "$2" = echo ] && script=(-s overhead/echo.lua)
  wrk -t1 -c"$3" -d"${seconds}s" --latency "${script[@]}" "http://127.0.0.1:$((port + $1))/$2" | node overhead/parse.mjs "${names[$1]}" "$2" "$3" >>"$work/results.jsonl"
}

for i in "${!names[@]}"; do # warm-up: let the JIT finish its tiers
  wrk -t1 -c32 -d3s "http://127.0.0.1:$((port + i))/noop" >/dev/null
  wrk -t1 -c32 -d3s -s overhead/echo.lua "http://127.0.0.1:$((port + i))/echo" >/dev/null
done
for round in $(seq "$rounds"); do
  for case in noop echo; do
    for connections in 1 32 256; do
      for i in "${!names[@]}"; do measure "$i" "$case" "$connections"; done
    done
  done
done
mkdir -p results
node overhead/report.mjs "$work/results.jsonl" results/overhead.json "loadtests/overhead.sh $seconds $rounds"
