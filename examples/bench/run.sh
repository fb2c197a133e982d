#!/bin/sh
# 100,000 CSV rows against 100,000 contacts of a sandbox: fill the sandbox, plan
# the list of the next day, apply it, plan again. Prints a table of wall time,
# CPU time and peak memory. The emulator runs inside the same process, so that
# its share is part of every number.
#
#   sh examples/bench/run.sh          100,000 rows
#   ROWS=10000 sh examples/bench/run.sh
set -eu
cd "$(dirname "$0")/../.."
rows="${ROWS:-100000}"
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT INT TERM
go build -o "$dir/reconkit" ./cmd/reconkit
go build -o "$dir/rows" ./examples/bench/rows
go build -o "$dir/measure" ./examples/bench/measure
cp examples/bench/pipeline.yaml "$dir/pipeline.yaml"
echo '[]' >"$dir/plandocket.seed.json" # the sandbox begins empty
cd "$dir"

run() { # LABEL EXIT-CODE COMMAND...
  if ! ./measure "$@" 2>log; then
    cat log >&2
    exit 1
  fi
}

printf '| %-46s | %8s | %8s | %9s |\n' "$rows rows" wall CPU "peak mem."
echo '|---|---|---|---|'
./rows -n "$rows" -edition 1 -o rows.csv
run "plan: all to be created" 2 ./reconkit plan pipeline.yaml -o 1.rkplan --detailed-exitcode
run "apply: create all" 0 ./reconkit apply 1.rkplan --yes
./rows -n "$rows" -edition 2 -o rows.csv
run "plan: 5 % new, 7 % changed, 88 % as they are" 2 ./reconkit plan pipeline.yaml -o 2.rkplan --detailed-exitcode
grep -m1 '^create' log >verdict
run "apply: those" 0 ./reconkit apply 2.rkplan --yes
run "plan again: empty" 0 ./reconkit plan pipeline.yaml --detailed-exitcode
echo
cat verdict
grep -m1 '^create' log
