#!/usr/bin/env bash
# Runs make $TARGET (test), or the tests of some Go packages, several times in a row, so that one shows that fails
# for no reason of the code's: tools/stress.sh RUNS BUSY [PACKAGE...]. The first BUSY runs go beside a
# loop on every core that does nothing but work. Nothing comes from the cache of test results. Logs
# are in build/stress.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=$1 busy=$2
shift 2
longest=7200 # seconds that a loop burns, whatever becomes of this script
logs=build/stress
rm -rf "$logs" && mkdir -p "$logs"
export GOFLAGS="${GOFLAGS:-} -count=1"

burners=()
job=
cool() {
  for pid in "${burners[@]}"; do kill "$pid" 2>/dev/null || true; done
  burners=()
}
trap 'cool; [ -z "$job" ] || kill -- -"$job" 2>/dev/null || true' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

heat() {
  for _ in $(seq "$(getconf _NPROCESSORS_ONLN)"); do
    (SECONDS=0 && while [ "$SECONDS" -lt "$longest" ]; do :; done) &
    burners+=($!)
  done
}

if [ $# = 0 ]; then
  tests=("${MAKE:-make}" --no-print-directory "${TARGET:-test}")
else
  tests=(go test -race -timeout 30m "$@")
fi

# What failed, by the names that go test and vitest print; or else the end of the log.
failures() {
  grep -oE -- '--- FAIL: [^ ]+|^ FAIL +[^ ].*|^panic: .*|^FAIL\s\S+ \[.*' "$1" |
    sed -E 's/^(--- FAIL:| FAIL) +//' | sort -u | grep . || tail -n 3 "$1"
}

red=0
for run in $(seq "$runs"); do
  log=$logs/$(printf %02d "$run").log
  how=
  if [ "$run" -le "$busy" ]; then
    how=", beside a busy loop"
    heat
  fi
  began=$(date +%s)
  set -m # a process group of its own, with which ends what make has started
  "${tests[@]}" >"$log" 2>&1 </dev/null &
  job=$!
  set +m
  if wait "$job"; then result=green; else result=red; fi
  job=
  cool
  took=$(($(date +%s) - began))
  echo "run $run of $runs: $result, $((took / 60)) min $((took % 60)) s$how"
  if [ "$result" = red ]; then
    red=$((red + 1))
    failures "$log" | tee -a "$logs/failures" | sed 's/^/  /'
  fi
done
if [ "$red" -gt 0 ]; then
  echo "$red of $runs runs were red; logs are in $logs. What failed, and in how many runs:"
  sort "$logs/failures" | uniq -c | sort -rn
  exit 1
fi
