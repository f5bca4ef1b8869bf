#!/usr/bin/env bash
# All load tests, one after the other: every figure in little more than half an hour on two cores. Writes results/*.json and prints at the end which targets were met.
#   loadtests/all.sh
# The machine must be quiet: nothing else may run, no build, no editor.
cd "$(dirname "$0")"
set -uo pipefail
started=$(date +%s)
for project in ../src/Serve.Cli program autoscaling/program driver calls/baseline overhead/baselines overhead/program models/program ../src/Serve.ModelServer; do
  dotnet build "$project" -c Release --nologo -v q -p:RunAnalyzers=false || exit 1
done
run() { # command...
  echo
  echo "==== $*  ($(($(date +%s) - started)) s)"
  "$@" || echo "FAILED: $*"
}
run ./overhead.sh 2 3
run ./calls.sh 1 3
run ./connections.sh 10000 2000 8
run ./overload.sh 60 20
run ./cancel.sh 100
run ./telemetry.sh 2 7
run ./hostile.sh 15
run ./reaction.sh 5
run ./autoscaling.sh
run ./models.sh
echo
echo "==== all targets  ($(($(date +%s) - started)) s)"
node summary.mjs
