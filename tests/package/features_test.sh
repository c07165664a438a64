#!/bin/sh
# features_test.sh CMAKE SOURCE COMPILER TORCH: configures a build as on a machine without libtorch,
# GoogleTest and libheif, which must succeed, name what is missing and what adds it, and have no tests; then
# configures it again as after installing them. TORCH: whether this machine has libtorch, on or off.
set -eu
cmake=$1 source=$2 compiler=$3 torch=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  cat "$work/log"
  echo "features_test: $*" >&2
  exit 1
}
configure() {
  "$cmake" -S "$source" -B "$work/build" -DCMAKE_CXX_COMPILER="$compiler" "$@" >"$work/log" 2>&1 || fail "cmake failed"
}
expect() {
  grep -q -- "$1" "$work/log" || fail "expected the line: $1"
}

configure -DSIGHTLINE_WITH_TORCH=OFF -DSIGHTLINE_WITH_HEIF=OFF -DCMAKE_DISABLE_FIND_PACKAGE_GTest=ON
expect "^-- Features: torch OFF, .*heif OFF, .*tests OFF$"
expect "^-- Without training and --backend torch (tools/install_deps.sh tests)$"
expect "^-- Without images in heif (apt-get install libheif-dev)$"
expect "^-- Without the tests (tools/install_deps.sh tests)$"
[ -e "$work/build/CTestTestfile.cmake" ] && fail "a build without GoogleTest has tests"

configure -DSIGHTLINE_WITH_TORCH=AUTO -DCMAKE_DISABLE_FIND_PACKAGE_GTest=OFF
expect "^-- Features: torch $(echo "$torch" | tr a-z A-Z), .*tests ON$"
grep -q "^-- Without the tests" "$work/log" && fail "the tests are reported as missing although GoogleTest was found"
echo "what a build lacks is reported, and found again after it was installed"
