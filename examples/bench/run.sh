#!/bin/sh
# 100,000 CSV rows against 100,000 contacts of a sandbox: fill the sandbox, plan
# the list of the next day, apply it, plan again. Prints a table of wall time,
# CPU time and peak memory. The emulator runs inside the same process, so that
# its share is part of every number. Then it says how many requests each apply
# took, and how many it may take: of B writing calls, and P requests for one list
# of all contacts with the evidence that it is whole, B + P (B/20 rounded up + 6). P is
# that of the last plan; a list of a few contacts may take more than one of many.
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
grep -m1 'writing call' log | tr -d , >requests.1
./rows -n "$rows" -edition 2 -o rows.csv
run "plan: 5 % new, 7 % changed, 88 % as they are" 2 ./reconkit plan pipeline.yaml -o 2.rkplan --detailed-exitcode
grep -m1 '^create' log >verdict
run "apply: those" 0 ./reconkit apply 2.rkplan --yes
grep -m1 'writing call' log | tr -d , >requests.2
run "plan again: empty" 0 ./reconkit plan pipeline.yaml -o 3.rkplan --detailed-exitcode
echo
cat verdict
grep -m1 '^create' log

list="$(./reconkit show 3.rkplan --format json | sed -n '/"requests"/,/}/s/.*"read": *\([0-9]*\).*/\1/p' | head -n 1)"
for n in 1 2; do
  # "  102 writing calls 41 reading requests; ..."
  read -r calls _ _ reads _ <requests.$n
  most=$((calls + list * ((calls + 19) / 20 + 6)))
  echo "apply $n: $calls writing calls and $reads reading requests, $((calls + reads)) in all; B + P (B/20 + 6) is $most, with $list requests for a list"
done
