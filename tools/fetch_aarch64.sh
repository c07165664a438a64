#!/bin/sh
# Unpacks the headers and libraries of Debian 12 for arm64 that the tests need into build/deps/aarch64/sysroot (95 MB to
# download, 350 MB on the disk). Nothing is installed: apt-get resolves and downloads the packages with settings of its
# own. Does nothing, and needs no network, if they are already there. Exit code 1 with the reason if they cannot be
# downloaded.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
target=$root/build/deps/aarch64
give_up() {
  echo "tools/fetch_aarch64.sh: $1" >&2
  exit 1
}
# The libraries that a build needs, without those of optional image formats.
packages="libc6-dev libgtest-dev $("$root/tools/install_deps.sh" --list program | tr ' ' '\n' |
  grep -E '^(lib.*|zlib1g|nlohmann-json3)-dev$' |
  grep -vE '^lib(heif|avif|jxl|openjp2-7|lcms2|raw|rsvg2|exiv2)-dev$' | sort | tr '\n' ' ')"
[ "$(cat "$target/complete" 2>/dev/null)" = "$packages" ] && exit 0
for tool in apt-get dpkg-deb; do
  command -v $tool >/dev/null 2>&1 || give_up "$tool not found; the libraries are Debian 12's"
done

rm -rf "$target/sysroot" "$target/apt" "$target/complete"
mkdir -p "$target/sysroot" "$target/apt/lists/partial" "$target/apt/archives/partial" || give_up "cannot create $target"
: >"$target/apt/status"
signed="[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
cat >"$target/apt/sources.list" <<END
deb $signed http://deb.debian.org/debian bookworm main
deb $signed http://deb.debian.org/debian bookworm-updates main
deb $signed http://deb.debian.org/debian-security bookworm-security main
END
apt_get() {
  apt-get -q -y -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User="$(id -un)" \
    -o Dir::State="$target/apt" -o Dir::State::status="$target/apt/status" -o Dir::Cache="$target/apt" \
    -o Dir::Etc::sourcelist="$target/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
    "$@" >>"$target/apt/log" 2>&1
}
echo "tools/fetch_aarch64.sh: downloading Debian's libraries for arm64 (once)" >&2
apt_get update || give_up "apt-get update failed; see $target/apt/log"
apt_get install --download-only --no-install-recommends -o APT::Keep-Downloaded-Packages=true $packages ||
  give_up "apt-get could not download the packages; see $target/apt/log"
for package in "$target/apt/archives"/*.deb; do
  dpkg-deb -x "$package" "$target/sysroot" || give_up "$package could not be unpacked"
done
rm -rf "$target/apt/archives"
# Links to absolute paths would lead out of the folder.
find "$target/sysroot" -type l -lname '/*' | while read -r link; do
  ln -sfn "$target/sysroot$(readlink "$link")" "$link"
done
echo "$packages" >"$target/complete"
