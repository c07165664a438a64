#!/bin/sh
# format.sh [--check]: formats every tracked C and C++ source with the pinned clang-format. With --check,
# lists the files that differ and exits with 1. CLANG_FORMAT names another binary; its major version
# must be 14, because versions interpret the same .clang-format differently.
set -u
cd "$(dirname "$0")/.." || exit 1
tool=${CLANG_FORMAT:-clang-format-14}
if ! command -v "$tool" >/dev/null 2>&1; then
  echo "tools/format.sh: '$tool' not found; on Debian 12: apt-get install clang-format-14" >&2
  exit 1
fi
case $("$tool" --version) in
  *"version 14."*) ;;
  *)
    echo "tools/format.sh: expected clang-format 14, found: $("$tool" --version)" >&2
    exit 1
    ;;
esac
if [ "${1:-}" != --check ]; then
  git ls-files -z '*.c' '*.cpp' '*.h' '*.inc' | xargs -0 "$tool" -i
  exit
fi
unformatted=$(git ls-files '*.c' '*.cpp' '*.h' '*.inc' | while read -r file; do
  "$tool" "$file" | cmp -s - "$file" || echo "$file"
done)
[ -z "$unformatted" ] && exit 0
echo "$unformatted"
echo "tools/format.sh: $(echo "$unformatted" | wc -l) files are not formatted; run 'make format'" >&2
exit 1
