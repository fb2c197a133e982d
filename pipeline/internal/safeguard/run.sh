#!/bin/sh
# Takes away each safeguard in turn and runs the tests of invariants, of which those
# that are named for it must fail; with all of them in place they must pass.
set -eu
cd "$(dirname "$0")/../../.."
GO=${GO:-go}
room=github.com/reconkit/reconkit/pipeline/internal/safeguard
fake='^Test(Law|AnySingleFault|DeathAtAnyPoint|Unanswered|Settling|Lease|ListThat|Canary|Drift|IntentIs|Delete)' # on a target in memory
sink='^Test(ContactLaw|SeatLaw|Law|Storms|Canary|LostAnswers)' # on the target for Plandocket
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# run NAME TESTS PACKAGES... runs tests without a safeguard.
run() {
  name=$1 tests=$2
  shift 2
  "$GO" test -tags safeguards -short -timeout 30m -ldflags "-X $room.without=$name" -run "$tests" "$@" >"$log" 2>&1
}

# notices NAME TESTS PACKAGES... wants one of some tests to fail without a safeguard.
notices() {
  if run "$@"; then
    echo "without $1 the tests $2 pass: they would not notice" >&2
    exit 1
  fi
  if ! grep -q -e '^--- FAIL' "$log"; then
    cat "$log"
    echo "without $1 no test of $2 failed, but the run did" >&2
    exit 1
  fi
  echo "without $1: $(grep -m 1 -e '^--- FAIL' "$log" | sed 's/^--- FAIL: //; s/ (.*//') fails"
}

# fail NAME TEST... wants each of these tests of the target for Plandocket to fail
# without a safeguard.
fail() {
  name=$1
  shift
  run "$name" "^($(echo "$*" | tr ' ' '|'))\$" ./sinks/plandocket || true
  for test in "$@"; do
    if ! grep -q -e "^--- FAIL: $test " "$log"; then
      cat "$log"
      echo "without $name $test did not fail: it would not notice" >&2
      exit 1
    fi
  done
  echo "without $name: $* fail"
}

if ! run none "$fake" ./pipeline ./pipeline/retry || ! run none "$sink" ./sinks/plandocket; then
  cat "$log"
  echo "the tests fail with every safeguard in place" >&2
  exit 1
fi
echo "every safeguard in place: the tests pass"
# A target in memory has no hour, and nothing that finds a row by its keys.
for name in intent settle drift completeness canary lease; do
  notices "$name" "$fake" ./pipeline ./pipeline/retry
done
# Of participants the canary has nothing to compare, since an update writes the one field
# that can be written; and they are found by contact and event, not by what a row became.
fail intent TestContactLawIntent TestStorms TestSeatLawIntent TestStormsOfSeats
fail settle TestContactLawSettle TestStorms TestSeatLawSettle TestStormsOfSeats
fail drift TestContactLawDrift TestStorms TestSeatLawDrift TestStormsOfSeats
fail completeness TestContactLawCompleteness TestStorms TestSeatLawCompleteness TestStormsOfSeats
fail canary TestContactLawCanary TestStorms
fail lease TestContactLawLease TestStorms TestSeatLawLease TestStormsOfSeats
fail link TestContactLawLink TestStorms
fail budget TestContactLawBudget TestStorms TestSeatLawBudget TestStormsOfSeats
