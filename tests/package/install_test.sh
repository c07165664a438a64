#!/bin/sh
# install_test.sh CMAKE SOURCE BUILD COMPILER TORCH PARQUET FLAGS
# Installs the build into a temporary folder, builds and runs examples/consumer_project and examples/c with it, found
# by CMake and by pkg-config, and runs the installed program, which must find its plugins there. TORCH, PARQUET: on or off.
set -eu
cmake=$1 source=$2 build=$3 compiler=$4 torch=$5 parquet=$6 flags=$7
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "install_test: $*" >&2
  exit 1
}

"$cmake" --install "$build" --prefix "$work/prefix" >"$work/install.log" 2>&1 ||
  { cat "$work/install.log"; fail "cmake --install failed"; }

"$cmake" -S "$source/examples/consumer_project" -B "$work/out" -DCMAKE_PREFIX_PATH="$work/prefix" \
  -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_CXX_FLAGS="$flags" >"$work/configure.log" 2>&1 ||
  { cat "$work/configure.log"; fail "the external project cannot be configured"; }
"$cmake" --build "$work/out" >"$work/build.log" 2>&1 ||
  { cat "$work/build.log"; fail "the external project cannot be built"; }

said=$("$work/out/consumer") || fail "the external project's program failed: $said"
echo "$said"
case $said in
  *"2 x 1 pixels of 200, parquet $parquet"*invalid_data*nothing*) ;;
  *) fail "expected half an image of 200, parquet $parquet, and a caught error" ;;
esac

# The same with pkg-config, and the C API with pkg-config and with CMake. The files move with the folder.
mv "$work/prefix" "$work/moved"
pc=$(dirname "$(find "$work/moved" -name sightline_c.pc)")
libraries=$(dirname "$pc")
with_pkg_config() {
  PKG_CONFIG_PATH="$pc" pkg-config --cflags --libs "$1"
}
"$compiler" -std=c++20 $flags "$source/examples/consumer_project/main.cpp" $(with_pkg_config sightline) -o "$work/consumer_pc" ||
  fail "the C++ program cannot be built with pkg-config"
LD_LIBRARY_PATH="$libraries" "$work/consumer_pc" | grep -q "2 x 1 pixels of 200" || fail "the C++ program of pkg-config failed"
${CC:-cc} -std=c99 -Wall -Wextra -pedantic -Werror $flags "$source/examples/c/search_folder.c" $(with_pkg_config sightline_c) \
  -o "$work/search_folder" || fail "the C program cannot be built with pkg-config"
mkdir "$work/consumer_c"
cp "$source/examples/c/search_folder.c" "$work/consumer_c"
cat >"$work/consumer_c/CMakeLists.txt" <<END
cmake_minimum_required(VERSION 3.25)
project(consumer_c LANGUAGES C)
find_package(sightline 0.1 REQUIRED)
add_executable(search_folder search_folder.c)
target_link_libraries(search_folder PRIVATE sightline::sightline_c)
END
"$cmake" -S "$work/consumer_c" -B "$work/out_c" -DCMAKE_PREFIX_PATH="$work/moved" -DCMAKE_C_FLAGS="$flags" >"$work/configure.log" 2>&1 ||
  { cat "$work/configure.log"; fail "the external C project cannot be configured"; }
"$cmake" --build "$work/out_c" >"$work/build.log" 2>&1 ||
  { cat "$work/build.log"; fail "the external C project cannot be built"; }
model=$source/models/emoji-vit-16
for program in "$work/search_folder" "$work/out_c/search_folder"; do
  said=$(LD_LIBRARY_PATH="$libraries" "$program" "$model" "$model/verify" "a red heart" 2>&1) || fail "the C program failed: $said"
  case $said in
    *verify/*) ;;
    *) fail "expected hits, found: $said" ;;
  esac
done
mv "$work/moved" "$work/prefix"

# `make install` respects PREFIX and DESTDIR, and refuses before anything is built.
make -s -C "$source" install BUILD="$build" PREFIX=/usr DESTDIR="$work/root" >"$work/make.log" 2>&1 ||
  { cat "$work/make.log"; fail "make install failed"; }
test -x "$work/root/usr/bin/sightline" || fail "make install did not install usr/bin/sightline"
test -f "$work/root/usr/include/sightline/model.h" || fail "make install did not install the headers"
if make -s -C "$source" install BUILD="$work/none" PREFIX="$work/nothing" >"$work/make.log" 2>&1; then
  fail "make install without a build succeeded"
fi
grep -q "make build" "$work/make.log" || fail "make install does not say what to do: $(cat "$work/make.log")"

# From another folder, and without the libraries of the build folder.
cd "$work"
program=$work/prefix/bin/sightline
"$program" --version || fail "the installed program does not start"
if ldd "$program" | grep -F "$build/"; then fail "the installed program uses the build folder"; fi
said=$("$program" train no-such-recipe.json --out trained 2>&1) && fail "training without a recipe succeeded"
echo "$said"
case $torch,$said in
  on,*no-such-recipe.json*) ;;
  off,*libtorch*) ;;
  *) fail "expected the training plugin to be $torch, found another message (above)" ;;
esac
