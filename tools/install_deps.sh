#!/bin/sh
# install_deps.sh [--list] [program|demo|tests|format]: installs missing Debian 12 packages. Takes milliseconds if
# nothing is missing. Each step is installed when a make target first needs it:
#   program  building and running (default); also fetches Arrow (tools/fetch_arrow.sh)
#   demo     in addition, the files that the sample data are made of
#   tests    in addition, tests and training; also fetches Playwright and axe-core (tools/fetch_page_tests.sh),
#            clients of the server (tools/fetch_client_tests.sh), and the environment of the Python package
#            (tools/fetch_python.sh)
#   format   `make format` and `make format-check`
# --list prints the names of a step's packages and installs nothing. On other systems, lists what is needed
# and continues if the compiler and CMake are installed.
set -u
here=$(cd "$(dirname "$0")" && pwd)
say() { echo "tools/install_deps.sh: $*" >&2; }

# libdnnl-dev to libcli11-dev are needed to build; libheif-dev to librsvg2-dev add image formats and
# libexiv2-dev metadata, and a build without them reports so. gnuplot-nox and the fonts draw reports.
program="
  g++ make cmake ninja-build ccache pkg-config python3 python3-pip ca-certificates
  libdnnl-dev libicu-dev libssl-dev libcurl4-openssl-dev libarchive-dev libxml2-dev libsqlite3-dev libmicrohttpd-dev zlib1g-dev nlohmann-json3-dev libcli11-dev
  libjpeg62-turbo-dev libpng-dev libwebp-dev libgif-dev libtiff-dev
  libheif-dev libavif-dev libjxl-dev libopenjp2-7-dev liblcms2-dev libraw-dev librsvg2-dev
  libexiv2-dev
  libfreetype-dev libharfbuzz-dev libcairo2-dev libpango1.0-dev gnuplot-nox fonts-dejavu-core fonts-wqy-microhei
"
demo="fonts-noto-color-emoji unicode-data unicode-cldr-core openclipart-svg wamerican"
# libtorch trains, and is the reference that operations are tested against; OpenBLAS makes it fast. The page of
# a report is tested in Chromium.
tests="git libgtest-dev libtorch-dev libopenblas0-pthread chromium chromium-driver python3-selenium python3-venv python3-dev"
format="git clang-format-14"

list=no
[ "${1:-}" = --list ] && { list=yes; shift; }
step=${1:-program}
case $step in
  program) packages=$program ;;
  demo) packages=$demo ;;
  tests) packages=$tests ;;
  format) packages=$format ;;
  *)
    say "unknown step '$step': expected program, demo, tests or format"
    exit 2
    ;;
esac
if [ $list = yes ]; then
  echo $packages
  exit 0
fi

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
  say "installing for the step '$step':$missing"
  # A bar at the bottom of a terminal; -q prints lines that are fit for a log.
  progress="-q"
  [ -t 1 ] && progress="-o Dpkg::Progress-Fancy=1"
  if ! { $as_root apt-get update -q &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y $progress --no-install-recommends $missing; }; then
    say "apt-get failed (see above); the package names are those of Debian 12"
    exit 1
  fi
}

if command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1; then
  install_missing
else
  on_other_systems
fi
[ "$step" = program ] && exec sh "$here/fetch_arrow.sh"
# The tests of the web page, of the server with its clients, and of the Python package are skipped without
# these, and say so.
if [ "$step" = tests ]; then
  sh "$here/fetch_page_tests.sh"
  sh "$here/fetch_client_tests.sh"
  sh "$here/fetch_python.sh"
fi
exit 0
