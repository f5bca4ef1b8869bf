#!/usr/bin/env bash
# Shapes of load against an autoscaled deployment of real processes, by an open loop: a step, a ramp, spikes, a sine (two days of 40 s), noise around a mean,
# and rare requests for a deployment that goes to zero. Writes results/autoscaling-<shape>.json, and beside each a picture of load, requests, replicas and p95.
#   loadtests/autoscaling.sh [shape]...
cd "$(dirname "$0")"
source ./common.sh
shapes=("$@")
((${#shapes[@]})) || shapes=(step ramp spikes sine noise rare)
need dotnet node curl
build ../src/Serve.Cli driver
publish autoscaling/program

document() { # least replicas
  cat <<YAML
applications:
  - name: shapes
    route_prefix: /
    import_path: $work/program/autoscaling-program.dll
    deployments:
      - name: Worker
        max_ongoing_requests: 3
        max_queued_requests: 5000
        autoscaling_config:
          min_replicas: $1
          max_replicas: 12
          target_ongoing_requests: 2
          look_back_period_s: 4
          upscale_delay_s: 0.5
          downscale_delay_s: 6
          downscale_to_zero_delay_s: 4
YAML
}

mkdir -p results
for shape in "${shapes[@]}"; do
  echo
  echo "== $shape"
  least=1
  [[ $shape == rare ]] && least=0
  document "$least" >"$work/$shape.yaml"
  port=$((port + 2))
  admin_port=$((port + 1))
  serve_run "$work/$shape.yaml" "$port"
  server=$launched
  await "http://127.0.0.1:$port/work?ms=1"
  driver shape "http://127.0.0.1:$port/work?ms=100" --shape "$shape" --min "$least" --admin "http://127.0.0.1:$admin_port" --application shapes >"$work/$shape.json"
  node autoscaling/report.mjs "$work/$shape.json" results "loadtests/autoscaling.sh $shape" "$least"
  kill "$server"
  wait "$server" || true
done
