#!/usr/bin/env bash
# Where the time goes under load: tables of modules and methods, one set for the server (proxy) and one for each replica.
#   loadtests/profile.sh [contestant, default proxied] [noop|echo] [connections, default 32] [seconds, default 10]
# Contestants: proxied (Serve's proxy and a replica), embedded, kestrel, forwarder (the bare YARP forwarder and its backend).
# Uses perf (apt-get install linux-perf) where it works: it sees the kernel and native code too, and counts only threads that run. Without it, or with
# SAMPLER=eventpipe, the runtime's own sampler: managed code only, at the places where it can stop.
cd "$(dirname "$0")"
source ./common.sh
contestant=${1:-proxied}
case=${2:-noop}
connections=${3:-32}
seconds=${4:-10}
need wrk dotnet
if [ -z "${SAMPLER:-}" ]; then
  if perf record -q -o "$work/probe" -e cpu-clock -- true 2>/dev/null; then SAMPLER=perf; else SAMPLER=eventpipe; fi
fi
# perf finds the names of compiled methods in /tmp/perf-<pid>.map, and only where their code is mapped once.
[ "$SAMPLER" = perf ] && export DOTNET_PerfMapEnabled=3 DOTNET_EnableWriteXorExecute=0

build profile overhead/baselines overhead/program ../src/Serve.Cli
publish overhead/program
baselines=overhead/baselines/bin/Release/net10.0/baselines.dll
case $contestant in
  proxied) serve_run "$work/program/program.dll" "$port" ;;
  embedded) launch dotnet "$work/program/program.dll" --urls "http://127.0.0.1:$port" ;;
  kestrel) launch dotnet "$baselines" kestrel "$port" ;;
  forwarder)
    launch dotnet "$baselines" backend "$work/backend.sock"
    launch dotnet "$baselines" forwarder "$port" "$work/backend.sock"
    ;;
  *) echo "profile.sh knows proxied, embedded, kestrel and forwarder, not '$contestant'" >&2; exit 2 ;;
esac
await "http://127.0.0.1:$port/noop"
watched=("${pids[@]}")
[ "$contestant" = proxied ] && watched+=($(workers_of "$launched"))

load=(wrk -t1 "-c$connections" --latency)
[ "$case" = echo ] && load+=(-s overhead/echo.lua)
"${load[@]}" -d8s "http://127.0.0.1:$port/$case" >/dev/null # warm-up: let the JIT finish its tiers
"${load[@]}" "-d$((seconds + 4))s" "http://127.0.0.1:$port/$case" >"$work/wrk.txt" &
wrk=$!
echo "$contestant $case c=$connections; processes: $(for pid in "${watched[@]}"; do echo "$pid = $(tr '\0' ' ' <"/proc/$pid/cmdline" | cut -c-150)"; done)"
sleep 2
profile=profile/bin/Release/net10.0/profile.dll
if [ "$SAMPLER" = perf ]; then
  perf record -q -o "$work/perf.data" -e cpu-clock -F 997 --call-graph fp -p "$(IFS=,; echo "${watched[*]}")" -- sleep "$seconds" 2>/dev/null
  perf script -i "$work/perf.data" -F comm,pid,ip,sym,dso 2>/dev/null | dotnet $profile perf
  for pid in "${watched[@]}"; do rm -f "/tmp/perf-$pid.map"; done
else
  dotnet $profile attach "$seconds" "${watched[@]}"
fi
wait "$wrk"
grep -E 'Requests/sec|50%|99%' "$work/wrk.txt"
