#!/bin/sh
# Takes away each safeguard in turn and runs the tests of invariants, which must
# fail; with all of them in place they must pass.
set -eu
cd "$(dirname "$0")/../../.."
GO=${GO:-go}
room=github.com/reconkit/reconkit/pipeline/internal/safeguard
seats='^TestSeatLaw' # of plans of participants alone
laws='^Test(Law|Storms|AnySingleFault|DeathAtAnyPoint|Unanswered|Settling|Lease|ListThat|Canary|Drift|IntentIs|ChangedEmail|Delete|LostAnswers|Budget|EveryLimit)'
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# run NAME TESTS PACKAGES... runs tests without a safeguard.
run() {
  name=$1 tests=$2
  shift 2
  "$GO" test -tags safeguards -short -failfast -ldflags "-X $room.without=$name" -run "$tests" "$@" >"$log" 2>&1
}

# notices NAME TESTS PACKAGES... wants a test to fail without a safeguard.
notices() {
  if run "$@"; then
    echo "without $1 the tests $2 pass: they would not notice" >&2
    exit 1
  fi
  if ! grep -q -e '--- FAIL' "$log"; then
    cat "$log"
    echo "without $1 no test of $2 failed, but the run did" >&2
    exit 1
  fi
  echo "without $1: $(grep -m 1 -e '--- FAIL' "$log" | sed 's/^ *--- FAIL: //; s/ (.*//') fails"
}

if ! run none "$laws" ./pipeline ./pipeline/retry ./sinks/plandocket || ! run none "$seats" ./sinks/plandocket; then
  cat "$log"
  echo "the tests fail with every safeguard in place" >&2
  exit 1
fi
echo "every safeguard in place: the tests pass"
for name in intent settle drift completeness canary lease link budget; do
  notices "$name" "$laws" ./pipeline ./pipeline/retry ./sinks/plandocket
done
# Of participants the canary has nothing to compare: an update writes the one field
# that can be written.
for name in intent settle drift completeness; do
  notices "$name" "$seats" ./sinks/plandocket
done
