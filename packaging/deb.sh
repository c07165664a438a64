#!/bin/sh
# deb.sh BUILD: writes the Debian packages of a build into BUILD/packages. Needs dpkg-dev, file and binutils.
set -eu
build=$(cd "$1" && pwd)
for tool in cpack dpkg-shlibdeps file strip; do
  command -v "$tool" >/dev/null || { echo "packaging/deb.sh: $tool is not installed (Debian: cmake dpkg-dev file binutils)" >&2; exit 1; }
done
rm -f "$build"/packages/*.deb
cd "$build"
umask 022
cpack -G DEB --config "$build/CPackConfig.cmake" >"$build/packages.log" 2>&1 || { cat "$build/packages.log" >&2; exit 1; }
rm -rf "$build/packages/_CPack_Packages"
ls -l "$build"/packages/*.deb | awk '{ print $NF ": " $5 " bytes" }'
