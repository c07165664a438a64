#!/bin/sh
# run_tests.sh PRESET FOLDER: runs the tests one after the other (most use all cores), lists skipped
# cases with their reasons, and ends with CTest's summary line.
set -u
cd "$(dirname "$0")/.." || exit 1
log=$2/tests.log
rm -f "$log"
ctest --preset "$1" --no-tests=error -j 1 --output-log "$log"
result=$?
# GoogleTest prints "FILE:LINE: Skipped", the reason, and then the name of the case.
awk '/: Skipped$/ { getline reason }
     /^\[  SKIPPED \] .*\([0-9]+ ms\)$/ { sub(/ \([0-9]+ ms\)$/, ""); print $4 ": " reason; reason = "" }' \
  "$2/Testing/Temporary/LastTest.log" >"$2/skipped.txt"
if [ -s "$2/skipped.txt" ]; then
  echo
  echo "$(wc -l <"$2/skipped.txt") cases inside these tests were skipped:"
  sed 's/^/  /' "$2/skipped.txt"
fi
echo
grep -E '^[0-9]+% tests passed' "$log" | tail -n 1
exit $result
