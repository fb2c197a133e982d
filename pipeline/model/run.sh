#!/bin/sh
# Checks the model of an apply exhaustively, law by law.
set -eu
cd "$(dirname "$0")"
if ! command -v spin >/dev/null 2>&1 || ! command -v cc >/dev/null 2>&1; then
  echo "model: NOT CHECKED, none of its laws: spin or a C compiler is not installed (Debian: apt-get install spin gcc)" >&2
  exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp apply.pml "$work"
cd "$work"
spin -a apply.pml >spin.log 2>&1 || { cat spin.log; exit 1; }
cc -O2 -DMEMLIM=2048 -DCOLLAPSE -o pan pan.c
cc -O2 -DMEMLIM=2048 -DCOLLAPSE -DSAFETY -DNOCLAIM -o asserts pan.c
check() {
  name=$1
  shift
  "$@" >pan.log 2>&1 || { cat pan.log; exit 1; }
  if ! grep -q 'errors: 0' pan.log || grep -q 'max search depth too small' pan.log; then
    cat pan.log
    echo "model: $name does not hold" >&2
    exit 1
  fi
  echo "model: $name holds in $(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' pan.log | head -n 1) states"
}
check "I6 (assertions)" ./asserts -E -m1000000
for law in I1 verified_is_there; do
  check "$law" ./pan -a -m1000000 -N "$law"
done
