#!/bin/sh
# Takes away each safeguard in turn and runs the tests of invariants, which must
# fail; with all of them in place they must pass.
set -eu
cd "$(dirname "$0")/../../.."
GO=${GO:-go}
room=github.com/reconkit/reconkit/pipeline/internal/safeguard
laws='^Test(Law|Storms|AnySingleFault|DeathAtAnyPoint|Unanswered|Settling|Lease|ListThat|Canary|Drift|IntentIs|ChangedEmail|Delete|LostAnswers|Budget|EveryLimit)'
log=$(mktemp)
trap 'rm -f "$log"' EXIT

run() {
  "$GO" test -tags safeguards -short -failfast -ldflags "-X $room.without=$1" -run "$laws" ./pipeline ./pipeline/retry ./sinks/plandocket >"$log" 2>&1
}

if ! run none; then
  cat "$log"
  echo "the tests fail with every safeguard in place" >&2
  exit 1
fi
echo "every safeguard in place: the tests pass"
for name in intent settle drift completeness canary lease link budget; do
  if run "$name"; then
    echo "without $name the tests pass: they would not notice" >&2
    exit 1
  fi
  if ! grep -q -e '--- FAIL' "$log"; then
    cat "$log"
    echo "without $name no test failed, but the run did" >&2
    exit 1
  fi
  echo "without $name: $(grep -m 1 -e '--- FAIL' "$log" | sed 's/^ *--- FAIL: //; s/ (.*//') fails"
done
