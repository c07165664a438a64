#!/bin/sh
# Installs the missing Debian 12 packages that building, testing and the demo need, then fetches Arrow
# (tools/fetch_arrow.sh). Takes milliseconds if nothing is missing. On other systems, lists what is
# needed and continues if the compiler and CMake are installed.
set -u
here=$(cd "$(dirname "$0")" && pwd)

packages="
  g++ make cmake ninja-build ccache pkg-config git clang-format-14
  libdnnl-dev libtorch-dev libopenblas0-pthread
  libjpeg62-turbo-dev libpng-dev libwebp-dev libgif-dev libtiff-dev zlib1g-dev
  libheif-dev libavif-dev libjxl-dev libopenjp2-7-dev liblcms2-dev libraw-dev librsvg2-dev
  libicu-dev libssl-dev libcurl4-openssl-dev libarchive-dev libfreetype-dev libharfbuzz-dev libcairo2-dev libpango1.0-dev
  nlohmann-json3-dev libcli11-dev libgtest-dev
  gnuplot-nox fonts-dejavu-core fonts-wqy-microhei
  fonts-noto-color-emoji unicode-data unicode-cldr-core
  python3 python3-pip ca-certificates
"

say() { echo "tools/install_deps.sh: $*" >&2; }

on_other_systems() {
  lacking=""
  for tool in c++ cmake ninja pkg-config; do
    command -v "$tool" >/dev/null 2>&1 || lacking="$lacking $tool"
  done
  if [ -n "$lacking" ]; then
    say "not a Debian system (no apt-get), and these tools are missing:$lacking"
    say "install the equivalents of these Debian 12 packages:" $packages
    exit 1
  fi
  say "not a Debian system: packages are not checked. CMake reports what it does not find;" \
    "the packages in Debian 12 are:" $packages
}

install_missing() {
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $packages 2>/dev/null |
    sed -n 's/^installed //p' | tr '\n' ' ')
  missing=""
  for package in $packages; do
    case " $installed" in
      *" $package "*) ;;
      *) missing="$missing $package" ;;
    esac
  done
  [ -z "$missing" ] && return 0

  as_root=""
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
      say "packages are missing and sudo is not installed; run as root: apt-get install$missing"
      exit 1
    fi
    as_root=sudo
  fi
  say "installing:$missing"
  log=$(mktemp) || exit 1
  if ! { $as_root apt-get update -q &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
      $missing; } >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    rm -f "$log"
    say "apt-get failed (see above); the package names are those of Debian 12"
    exit 1
  fi
  rm -f "$log"
}

if command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1; then
  install_missing
else
  on_other_systems
fi
sh "$here/fetch_arrow.sh"
