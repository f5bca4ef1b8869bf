#!/usr/bin/env bash
# Where the time goes under load: tables of modules and methods, one set for the server (proxy) and one for each replica.
#   loadtests/profile.sh [contestant, default proxied] [case] [connections or callers, default 32] [seconds, default 10]
# Contestants: proxied (Serve's proxy and a replica), embedded, kestrel, forwarder (the bare YARP forwarder and its backend), with the cases noop (default) and
# echo; calls (handle calls between two replicas) with the cases bytes (default), bytes-64k, record, stream and relayed; hop (the raw hop between two processes)
# with the cases bytes and bytes-64k.
# Uses perf (apt-get install linux-perf) where it works: it sees the kernel and native code too, and counts only threads that run. Without it, or with
# SAMPLER=eventpipe, the runtime's own sampler: managed code only, at the places where it can stop.
cd "$(dirname "$0")"
source ./common.sh
contestant=${1:-proxied}
case=${2:-$(case $contestant in calls | hop) echo bytes ;; *) echo noop ;; esac)}
connections=${3:-32}
seconds=${4:-10}
need wrk dotnet
if [ -z "${SAMPLER:-}" ]; then
  if perf record -q -o "$work/probe" -e cpu-clock -- true 2>/dev/null; then SAMPLER=perf; else SAMPLER=eventpipe; fi
fi

build profile overhead/baselines ../src/Serve.Cli
[ "$contestant" = hop ] && build ../tests/Serve.Benchmarks
publish "$([ "$contestant" = calls ] && echo program || echo overhead/program)"
# Not before the builds, whose servers would inherit it:
# perf finds the names of compiled methods in /tmp/perf-<pid>.map, and only where their code is mapped once.
[ "$SAMPLER" = perf ] && export DOTNET_PerfMapEnabled=3 DOTNET_EnableWriteXorExecute=0
baselines=overhead/baselines/bin/Release/net10.0/baselines.dll
case $contestant in
  proxied) serve_run "$work/program/program.dll" "$port" ;;
  calls) serve_run "$work/program/load-program.dll" "$port" ;;
  hop)
    launch dotnet ../tests/Serve.Benchmarks/bin/Release/net10.0/Serve.Benchmarks.dll hop $((seconds + 8)) 1 "$([ "$case" = bytes-64k ] && echo 65536 || echo 256)" "$connections"
    ;;
  embedded) launch dotnet "$work/program/program.dll" --urls "http://127.0.0.1:$port" ;;
  kestrel) launch dotnet "$baselines" kestrel "$port" ;;
  forwarder)
    launch dotnet "$baselines" backend "$work/backend.sock"
    launch dotnet "$baselines" forwarder "$port" "$work/backend.sock"
    ;;
  *) echo "profile.sh knows proxied, embedded, kestrel, forwarder, calls and hop, not '$contestant'" >&2; exit 2 ;;
esac
[ "$contestant" = hop ] && sleep 2 || await "http://127.0.0.1:$port/noop"
watched=("${pids[@]}")
case $contestant in proxied | calls | hop) watched+=($(workers_of "$launched")) ;; esac

load() { # seconds
  local script=() size=256
  case $case in
    bytes-64k) size=65536 ;;
    stream | relayed) size=1000 ;;
    echo) script=(-s overhead/echo.lua) ;;
  esac
  if [ "$contestant" = hop ]; then
    sleep "$1" # it is its own load: warm-up, then calls over the hop, then as many over HTTP/2
  elif [ "$contestant" = calls ]; then
    curl -sfS "http://127.0.0.1:$port/measure?kind=${case%-64k}&size=$size&callers=$connections&seconds=$1"
  else
    wrk -t1 "-c$connections" "-d${1}s" --latency "${script[@]}" "http://127.0.0.1:$port/$case" | grep -E 'Requests/sec|50%|99%|Non-2xx'
  fi
}
[ "$contestant" = hop ] && warm_up=2 || warm_up=10
load $warm_up >/dev/null # let the JIT finish its tiers
load $((seconds + 4)) >"$work/load.txt" &
loading=$!
echo "$contestant $case c=$connections; processes: $(for pid in "${watched[@]}"; do echo "$pid = $(tr '\0' ' ' <"/proc/$pid/cmdline" | cut -c-150)"; done)"
sleep 2
profile=profile/bin/Release/net10.0/profile.dll
if [ "$SAMPLER" = perf ]; then
  perf record -q -o "$work/perf.data" -e cpu-clock -F 997 --call-graph fp -p "$(IFS=,; echo "${watched[*]}")" -- sleep "$seconds" 2>/dev/null
  perf script -i "$work/perf.data" -F comm,pid,ip,sym,dso 2>/dev/null | DOTNET_PerfMapEnabled=0 dotnet $profile perf
  for pid in "${watched[@]}"; do rm -f "/tmp/perf-$pid.map"; done
else
  DOTNET_PerfMapEnabled=0 dotnet $profile attach "$seconds" "${watched[@]}"
fi
wait "$loading"
cat "$work/load.txt"
