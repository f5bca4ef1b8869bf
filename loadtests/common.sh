# What the load tests share; sourced by each of them, in loadtests/. Shell functions only.
set -euo pipefail
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_TieredPGO=1

need() { # tool...: ends with a hint where one is missing
  for tool in "$@"; do
    command -v "$tool" >/dev/null || { echo "$(basename "$0") needs $tool: apt-get install curl wrk nghttp2-client nginx-light linux-perf prometheus, and the .NET SDK and Node" >&2; exit 1; }
  done
}

work=$(mktemp -d)
pids=()
port=$((20000 + RANDOM % 12000)) # the first of a few ports in a row, below those that the system gives out; at random, so that two tests can run beside each other

cleanup() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT

# Analysers are the gate's business: here they would only take time.
build() { # project...: in Release
  for project in "$@"; do dotnet build "$project" -c Release --nologo -v q -p:RunAnalyzers=false >"$work/build.log" || { cat "$work/build.log" >&2; exit 1; }; done
}

publish() { # project: into $work/<its folder's name>
  dotnet publish "$1" -c Release --nologo -v q -p:RunAnalyzers=false -o "$work/$(basename "$1")" >"$work/build.log" || { cat "$work/build.log" >&2; exit 1; }
}

launch() { # command...: in the background, ended with the script; its process id is in $launched
  "$@" >"$work/log.${#pids[@]}" 2>&1 &
  launched=$!
  pids+=("$launched")
}

await() { # url: until it answers
  for _ in $(seq 600); do
    curl -sf -m 5 -o /dev/null "$1" && return
    sleep 0.1
  done
  echo "nothing answers at $1" >&2
  tail -n 50 "$work"/log.* >&2
  exit 1
}

serve_run() { # program.dll or document, port, [options]: a server with it, its admin API at $admin_port if that is set; needs build ../src/Serve.Cli first
  launch dotnet ../src/Serve.Cli/bin/Release/net10.0/Serve.Cli.dll run "$1" --http-port "$2" --grpc-port 0 --admin-port "${admin_port:-0}" --data-dir "$work/data.$2" --quiet "${@:3}"
}

workers_of() { pgrep -P "$1" | paste -sd' '; } # server's process id: its replicas'

driver() { dotnet driver/bin/Release/net10.0/load-driver.dll "$@"; }

cpu_ms_of() { # server's process id: what it and its replicas have used of the CPU so far
  local sum=0 pid stat
  for pid in "$1" $(workers_of "$1"); do
    stat=$(<"/proc/$pid/stat") && stat=${stat##*) } && set -- $stat && sum=$((sum + ${12} + ${13}))
  done
  echo $((sum * 1000 / $(getconf CLK_TCK)))
}

pids_of() { echo "$1,$(workers_of "$1" | tr ' ' ',')"; } # server's process id: it and its replicas, with commas

warm_up() { # url, [seconds]: lets the JIT finish its tiers
  wrk -t1 -c32 "-d${2:-5}s" "$1" >/dev/null
}
