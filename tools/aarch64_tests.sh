#!/bin/sh
# aarch64_tests.sh [TEST...]: compiles unit tests for aarch64 with Debian's cross compiler, into build-aarch64, and runs
# them in qemu-user on three processors, so that each variant of the kernels is the best one once:
#   cortex-a72    NEON
#   neoverse-n1   NEON, DotProd
#   max           NEON, DotProd, I8MM and BF16
# The default tests are those of kernels, resizing, searching, tokenizers and of the modules below them. Prints a line
# for each test and processor, and exits with 1 if a case failed. Logs are in build-aarch64/tests. test_ops and test_index
# take many minutes for each processor. Needs the packages
# g++-12-aarch64-linux-gnu and qemu-user; the libraries are downloaded once (tools/fetch_aarch64.sh). Environment:
#   CPUS     processors, of `qemu-aarch64 -cpu help` (cortex-a72 neoverse-n1 max)
#   JOBS     compilers at a time (all processors)
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 1
build=build-aarch64
[ $# -gt 0 ] || set -- test_base test_tensor test_ops test_index test_image test_text
say() { echo "tools/aarch64_tests.sh: $*" >&2; }
for tool in aarch64-linux-gnu-g++-12 qemu-aarch64 cmake ninja; do
  command -v $tool >/dev/null 2>&1 && continue
  say "'$tool' not found; on Debian 12: apt-get install g++-12-aarch64-linux-gnu qemu-user cmake ninja-build"
  exit 1
done
tools/fetch_aarch64.sh || exit 1

tools/configure.sh aarch64 $build || exit 1
cmake --build $build -j "${JOBS:-$(nproc)}" --target "$@" >$build/build.log 2>&1 || {
  cat $build/build.log >&2
  exit 1
}

# Cases that are left out: qemu-user ignores the advice of madvise, so there are no huge pages to find; and oneDNN's
# products of the sizes of models, which take minutes (those of small sizes run).
left_out=HugePages.AreWantedForTheseBytesOnlyWhichStayAsTheyAre
for size in b16_up 'b32_*' 'l14_*' siglip_up text_up gate eva02_gate; do
  left_out="$left_out:Sizes/LinearOp.*/$size"
done

# run TEST CPU: runs a test, prints its line, and returns 1 unless all cases passed.
run() {
  log=$build/tests/$1.$2.log
  begin=$(date +%s)
  qemu-aarch64 -cpu "$2" -L build/deps/aarch64/sysroot $build/tests/$1 --gtest_filter="-$left_out" >"$log" 2>&1
  status=$?
  count() { sed -n "s/^\[  $1 *\] \([0-9]*\) tests\{0,1\}[.,].*/\1/p" "$log" | tail -n 1; }
  passed=$(count PASSED) failed=$(count FAILED) skipped=$(count SKIPPED)
  printf '%-14s %-12s %6s %6s %7s %7s\n' "$1" "$2" "${passed:-0}" "${failed:-0}" "${skipped:-0}" \
    $(($(date +%s) - begin))
  [ $status -eq 0 ] && return 0
  [ -n "$passed" ] || echo "  ended with status $status in $(sed -n 's/^\[ RUN      \] //p' "$log" | tail -n 1)"
  sed -n 's/^\[  FAILED  \] \([^ ]*\.[^ ]*\) (.*/  failed: \1/p' "$log"
  return 1
}

printf '%-14s %-12s %6s %6s %7s %7s\n' test processor passed failed skipped seconds
result=0
for test in "$@"; do
  for cpu in ${CPUS:-cortex-a72 neoverse-n1 max}; do
    run "$test" "$cpu" || result=1
  done
done
exit $result
