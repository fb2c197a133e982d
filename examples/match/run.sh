#!/bin/sh
# How good and how fast matching is: contacts of which it is known who is who are
# made, matched without looking at that, and compared. Prints one line for each
# file as a Markdown table.
#
#   sh examples/match/run.sh                       20 k, 200 k and 1 M rows, three seeds
#   ROWS="5000" SEEDS="1" sh examples/match/run.sh
#   GROWTH=1 sh examples/match/run.sh              what 10 k to 10 M rows take, one seed
#   LINKAGE_SETS=folder sh examples/match/run.sh   and the labelled files of a folder
#
# A folder of LINKAGE_SETS holds a folder for each set: records.csv with a column
# cluster_id, or left.csv, right.csv and truth.csv with a pair of ids in a line.
# What the columns hold is guessed, unless the file LINKAGE_COLUMNS says it, with
# lines such as "people: imie=given_name,nazwisko=family_name". Nothing else is said
# about any set.
set -eu
cd "$(dirname "$0")/../.."
growth="${GROWTH:-}"
if [ -n "$growth" ]; then
  rows="${ROWS:-10000 100000 1000000 10000000}"
  seeds="${SEEDS:-1}"
else
  rows="${ROWS:-20000 200000 1000000}"
  seeds="${SEEDS:-1 2 3}"
fi
sets="${LINKAGE_SETS:-}"
columns="${LINKAGE_COLUMNS:-/dev/null}"
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT INT TERM
go build -o "$dir/" ./examples/match/gen ./examples/match/table
CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o "$dir/reconkit" ./cmd/reconkit

: >"$dir/reports"
eval_set() { # LABEL FLAGS...
  label="$1"
  shift
  report="$dir/$(wc -l <"$dir/reports" | tr -d ' ').json"
  echo "$label" >&2
  if ! "$dir/reconkit" match eval "$@" --json >"$report" 2>"$dir/log"; then
    cat "$dir/log" >&2
    exit 1
  fi
  echo "$label=$report" >>"$dir/reports"
}

for n in $rows; do
  for seed in $seeds; do
    "$dir/gen" -rows "$n" -seed "$seed" -o "$dir/contacts.csv"
    eval_set "$n contacts, seed $seed" "$dir/contacts.csv" --truth-column cluster_id
  done
done
if [ -n "$sets" ]; then
  for set in "$sets"/*/; do
    name="$(basename "$set")"
    if [ -f "$set/records.csv" ]; then
      set -- "$set/records.csv" --truth-column cluster_id
    elif [ -f "$set/left.csv" ]; then
      set -- "$set/left.csv" "$set/right.csv" --link --truth "$set/truth.csv"
    else
      continue
    fi
    kinds="$(awk -F': *' -v name="$name" '$1 == name { print $2 }' "$columns")"
    eval_set "$name" "$@" ${kinds:+--columns "$kinds"}
  done
fi

set --
while IFS= read -r report; do
  set -- "$@" "$report"
done <"$dir/reports"
"$dir/table" ${growth:+-growth} "$@"
