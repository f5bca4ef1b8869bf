#!/usr/bin/env bash
# Three times what a deployment can serve (two replicas, 10 requests each at a time, 20 ms each: about 950 a second), by an open loop; then the same with
# priorities. Writes results/overload.json, and results/overload.svg as a picture of it.
#   loadtests/overload.sh [seconds, default 60] [seconds with priorities, default the same]
cd "$(dirname "$0")"
source ./common.sh
seconds=${1:-60}
priority_seconds=${2:-$seconds}
need dotnet node curl wrk
build ../src/Serve.Cli driver
publish program
cat >"$work/overload.yaml" <<YAML
applications:
  - name: overload
    route_prefix: /
    import_path: $work/program/load-program.dll
    deployments:
      - name: Front
        num_replicas: 2
        max_ongoing_requests: 10
        max_queued_requests: 20
YAML
serve_run "$work/overload.yaml" "$port"
server=$launched
url="http://127.0.0.1:$port/delay?ms=20"
await "$url"
wrk -t1 -c25 -d3s "$url" >/dev/null # warm-up of the good path, and of the refusals
wrk -t1 -c256 -d3s "$url" >/dev/null
pids="$(pids_of "$server")"
{
  printf '{"plain":'; driver overload "$url" --slots 20 --seconds "$seconds" --pids "$pids"
  printf ',"priorities":'; driver overload "$url" --slots 20 --seconds "$priority_seconds" --priorities true --pids "$pids"
  printf '}'
} >"$work/results.json"
mkdir -p results
node overload/report.mjs "$work/results.json" results/overload.json "loadtests/overload.sh $seconds $priority_seconds"
