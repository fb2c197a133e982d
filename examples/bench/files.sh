#!/bin/sh
# A list of people against a file of contacts, both of a million records: plans
# what the list of the next day changes, checks the numbers of the plan, and prints
# what it took as a line of a table. Of a hundred people five have left and five
# have come, five have a new phone number, two have moved.
#
#   sh examples/bench/files.sh          1,000,000 rows
#   ROWS=100000 sh examples/bench/files.sh
#   RUNS=10 sh examples/bench/files.sh  plans so often, a line for each
set -eu
cd "$(dirname "$0")/../.."
rows="${ROWS:-1000000}"
runs="${RUNS:-1}"
if [ $((rows % 100)) -ne 0 ]; then
  echo "ROWS must be hundreds, so that the numbers of the plan are known" >&2
  exit 1
fi
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT INT TERM
CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o "$dir/reconkit" ./cmd/reconkit
go build -o "$dir/rows" ./examples/bench/rows
go build -o "$dir/measure" ./examples/bench/measure
cp examples/bench/files.yaml "$dir/pipeline.yaml"
cd "$dir"
./rows -n "$rows" -edition 1 -form target -o target.csv
./rows -n "$rows" -edition 2 -form numbered -o rows.csv

# Counts stand in the plan with commas.
commas() { echo "$1" | awk '{ s = $1; while (length(s) > 3) { t = "," substr(s, length(s) - 2) t; s = substr(s, 1, length(s) - 3) } print s t }'; }
want="create $(commas $((rows / 100 * 5))), update $(commas $((rows / 100 * 7))), blocked 0, rejected 0, unchanged $(commas $((rows / 100 * 88)));"

printf '| %-46s | %8s | %8s | %9s |\n' "$(commas "$rows") rows against $(commas "$rows") records" wall CPU "peak mem."
echo '|---|---|---|---|'
run=0
while [ "$run" -lt "$runs" ]; do
  if ! ./measure "plan: 5 % new, 7 % changed, 88 % as they are" 2 ./reconkit plan pipeline.yaml -o files.rkplan --detailed-exitcode 2>log; then
    cat log >&2
    exit 1
  fi
  verdict="$(grep -m1 '^create' log)"
  case "$verdict" in
  "$want"*) ;;
  *)
    echo "the plan is wrong: $verdict" >&2
    echo "it should be:      $want" >&2
    exit 1
    ;;
  esac
  run=$((run + 1))
done
echo
echo "$verdict"
echo "plan file: $(($(wc -c <files.rkplan) / 1024)) KiB"
