#!/bin/sh
# A list of contacts through 18 expressions into JSON Lines, against the same job
# written by hand in Go. Both outputs are compared record by record. Prints a
# table of wall time, CPU time and peak memory, and the ratios of the CPU times
# of paired runs.
#
#   sh examples/rows/run.sh             1,000,000 rows, five pairs of runs
#   ROWS=100000 RUNS=3 sh examples/rows/run.sh
#   ROWS_CSV=contacts.csv sh examples/rows/run.sh    a file that is there
set -eu
cd "$(dirname "$0")/../.."
rows="${ROWS:-1000000}"
runs="${RUNS:-5}"
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT INT TERM
for tool in rows/gen rows/byhand rows/same bench/measure; do
  go build -o "$dir/" "./examples/$tool"
done
CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o "$dir/reconkit" ./cmd/reconkit
cp examples/rows/pipeline.yaml examples/rows/flagship.yaml "$dir/"
"$dir/gen" -n "$rows" -o "$dir/generated.csv" -organizations "$dir/organizations.csv"
ROWS_CSV="${ROWS_CSV:-$dir/generated.csv}"
ROWS_CSV="$(cd "$(dirname "$ROWS_CSV")" && pwd)/$(basename "$ROWS_CSV")"
export ROWS_CSV
cd "$dir"

run() { # LABEL COMMAND...
  label="$1"
  shift
  if ! ./measure "$label" 0 "$@" 2>log >>table; then
    cat log >&2
    exit 1
  fi
}
mapped="./reconkit export pipeline.yaml --model rows -o valid.jsonl --rejects rejects.csv"

i=0
while [ "$i" -lt "$runs" ]; do
  run "by hand" ./byhand "$ROWS_CSV" byhand.jsonl byhand-rejects.jsonl
  run "reconkit" $mapped
  run "reconkit, one core" env GOMAXPROCS=1 $mapped
  run "reconkit, two cores" env GOMAXPROCS=2 $mapped
  run "reconkit, flagship" ./reconkit export flagship.yaml -o flagship.jsonl --rejects flagship-rejects.csv
  i=$((i + 1))
done
./same valid.jsonl byhand.jsonl
echo
printf '| %-46s | %8s | %8s | %9s |\n' "$runs runs of $(($(wc -l <"$ROWS_CSV") - 1)) lines" wall CPU "peak mem."
echo '|---|---|---|---|'
sort table
echo
# The columns of the table: label, wall, CPU, memory. Each ratio is the median of
# those of the pairs.
awk -F'|' '
  function median(a, n,    i, j, t) {
    for (i = 2; i <= n; i++) for (j = i; j > 1 && a[j - 1] > a[j]; j--) { t = a[j]; a[j] = a[j - 1]; a[j - 1] = t }
    return n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2
  }
  { label = $2; gsub(/^ +| +$/, "", label); wall = $3 + 0; cpu = $4 + 0 }
  label == "by hand" { hand = cpu }
  label == "reconkit" { ratio[++n] = cpu / hand }
  label == "reconkit, one core" { one = wall }
  label == "reconkit, two cores" { speed[++m] = wall / one }
  END {
    printf "CPU of reconkit by that of the program written by hand: %.2f\n", median(ratio, n)
    printf "wall with two cores by wall with one: %.2f\n", median(speed, m)
  }' table
