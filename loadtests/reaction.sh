#!/usr/bin/env bash
# How soon replicas are there: a step from 1 to 20 requests at the same time, 100 ms each, for replicas that take one each, with delays of 0; the digits sample from
# no replica at all, cold and with a standby, alone and with 1,000 requests at once. Writes results/reaction.json and results/reaction.svg.
#   loadtests/reaction.sh [runs of the cold start]
cd "$(dirname "$0")"
source ./common.sh
runs=${1:-5}
need dotnet node curl
build ../src/Serve.Cli driver
publish autoscaling/program
publish ../samples/digits
echo '{"pixels":[0,0,5,13,9,1,0,0,0,0,13,15,10,15,5,0,0,3,15,2,0,11,8,0,0,4,12,0,0,8,8,0,0,5,8,0,0,9,8,0,0,4,11,0,1,12,7,0,0,2,14,5,10,12,0,0,0,0,6,13,10,0,0,0]}' >"$work/digit.json"

serve_document() { # name, a deployment's lines; the server is at $port and $admin_port
  { printf 'applications:\n  - name: %s\n    route_prefix: /\n' "$1"; cat; } >"$work/$1.yaml"
  port=$((port + 2))
  admin_port=$((port + 1))
  serve_run "$work/$1.yaml" "$port"
  server=$launched
}

# There may be no replica that could answer, so that only the server can be asked whether the deployment is there.
await_deployment() {
  await "http://127.0.0.1:$admin_port/api/v1/load"
  for _ in $(seq 600); do
    [[ $(curl -s "http://127.0.0.1:$admin_port/api/v1/load") == *'"deployment":'* ]] && return
    sleep 0.1
  done
  echo "the deployment did not come" >&2
  exit 1
}

stop_server() {
  kill "$server"
  wait "$server" || true
}

digits() { # standby replicas
  serve_document digits <<YAML
    import_path: $work/digits/digits.dll
    deployments:
      - name: Classifier
        max_queued_requests: 2000
        standby_replicas: $1
        autoscaling_config:
          min_replicas: 0
          max_replicas: 4
          target_ongoing_requests: 50
          look_back_period_s: 1
          downscale_delay_s: 0.2
YAML
  await_deployment
  driver coldstart "http://127.0.0.1:$port/digits" --runs "$runs" --standby "$1" --body "$work/digit.json" --admin "http://127.0.0.1:$admin_port" --application digits >"$work/standby$1.json"
  stop_server
}

serve_document step <<YAML
    import_path: $work/program/autoscaling-program.dll
    deployments:
      - name: Worker
        max_ongoing_requests: 1
        autoscaling_config:
          min_replicas: 1
          max_replicas: 20
          target_ongoing_requests: 1
          look_back_period_s: 2
          upscale_delay_s: 0
          downscale_delay_s: 0
YAML
await "http://127.0.0.1:$port/work?ms=1"
driver step "http://127.0.0.1:$port/work?ms=100" --admin "http://127.0.0.1:$admin_port" --application step >"$work/step.json"
stop_server
digits 0
digits 1
mkdir -p results
node autoscaling/reaction.mjs "$work" results "loadtests/reaction.sh $runs"
