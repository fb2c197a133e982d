#!/bin/sh
# Checks the models of an apply exhaustively, law by law; and that the laws about drift
# fail where the model does not keep to what they rest on.
set -eu
cd "$(dirname "$0")"
if ! command -v spin >/dev/null 2>&1 || ! command -v cc >/dev/null 2>&1; then
  echo "model: NOT CHECKED, none of its laws: spin or a C compiler is not installed (Debian: apt-get install spin gcc)" >&2
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp apply.pml drift.pml "$work"
cd "$work"

# make MODEL OPTIONS... makes the checker of a model.
make() {
  model=$1
  shift
  spin "$@" -a "$model.pml" >spin.log 2>&1 || { cat spin.log; exit 1; }
  cc -O2 -DMEMLIM=2048 -DCOLLAPSE -o pan pan.c
}

# try COMMAND... runs a checker, and fails unless it came to an end.
try() {
  "$@" >pan.log 2>&1 || { cat pan.log; exit 1; }
  if grep -q 'max search depth too small' pan.log || ! grep -q 'errors: ' pan.log; then
    cat pan.log
    exit 1
  fi
}

# holds NAME COMMAND... wants a law to hold in every run.
holds() {
  name=$1
  shift
  try "$@"
  if ! grep -q 'errors: 0' pan.log; then
    cat pan.log
    echo "model: $name does not hold" >&2
    exit 1
  fi
  echo "model: $name holds in $(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' pan.log | head -n 1) states"
}

# fails NAME COMMAND... wants a law not to hold.
fails() {
  name=$1
  shift
  try "$@"
  if grep -q 'errors: 0' pan.log; then
    echo "model: $name holds, and would not notice" >&2
    exit 1
  fi
  echo "model: $name fails, as it must"
}

make apply
cc -O2 -DMEMLIM=2048 -DCOLLAPSE -DSAFETY -DNOCLAIM -o asserts pan.c
holds "I6 (assertions)" ./asserts -E -m1000000
for law in I1 verified_is_there; do
  holds "$law" ./pan -a -m1000000 -N "$law"
done
make drift
for law in I3 I3_window; do
  holds "$law" ./pan -a -m1000000 -N "$law"
done
make drift -DUNCHECKED
fails "I3 without the drift check" ./pan -a -m1000000 -N I3
make drift -DPATIENT
fails "I3_window with calls that wait" ./pan -a -m1000000 -N I3_window
