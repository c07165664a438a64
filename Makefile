# The main targets are `make demo` and `make test`. Both install missing packages and build what has
# changed. `make demo` then takes seconds if it has run before; `make test` always runs every test, which
# takes minutes. All output is in build/, build-dev/, build-tsan/ and demo/.
BUILD := build
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)

.PHONY: build demo test dev tsan aarch64 bench install deb tarball format format-check clean deps deps-demo deps-tests deps-format configure help

build: configure          ## the program: build/sightline
	@cmake --build --preset release -j $(JOBS) --target program

demo: deps-demo build     ## sample data, and the experiment with the shipped systems: demo/report/
	@tools/demo.sh $(BUILD)/sightline $(BUILD) demo

test: deps-tests          ## install what tests and training need, build everything, run all tests
	@tools/configure.sh release $(BUILD)
	@cmake --build --preset release -j $(JOBS)
	@tools/run_tests.sh release $(BUILD)

dev: deps-tests           ## all tests with the address and undefined-behaviour sanitizers, -Werror (build-dev/)
	@tools/configure.sh dev build-dev
	@cmake --build --preset dev -j $(JOBS)
	@tools/run_tests.sh dev build-dev

tsan: deps-tests          ## all tests with the thread sanitizer, -Werror (build-tsan/)
	@tools/configure.sh tsan build-tsan
	@cmake --build --preset tsan -j $(JOBS)
	@tools/run_tests.sh tsan build-tsan

aarch64:                  ## unit tests cross-compiled for aarch64, in qemu-user (build-aarch64/)
	@JOBS=$(JOBS) tools/aarch64_tests.sh

install:                  ## install what `make build` built into PREFIX (/usr/local) under DESTDIR
	@test -x "$(BUILD)/sightline" || { echo "make install: run 'make build' first" >&2; exit 1; }
	@cmake --install "$(BUILD)" --prefix "$(PREFIX)"

deb: build                ## Debian packages of what `make build` built: build/packages/*.deb
	@packaging/deb.sh $(BUILD)

tarball: build            ## an archive that runs from any folder: build/packages/sightline-VERSION-linux-ARCH.tar.xz
	@packaging/tarball.sh $(BUILD)

bench: configure          ## the benchmarks of a shipped model (or MODEL=), and of installed peers
	@cmake --build --preset release -j $(JOBS) --target program benchmarks
	@BUILD=$(BUILD) tools/bench.sh

format: deps-format       ## reformat the C++ sources
	@tools/format.sh

format-check: deps-format ## fail if a C++ source is not formatted
	@tools/format.sh --check

clean:                    ## remove all output except Arrow's download (build/deps)
	@find $(BUILD) -mindepth 1 -maxdepth 1 ! -name deps -exec rm -rf {} + 2>/dev/null || true
	@rm -rf build-dev build-tsan build-aarch64 demo

deps:
	@tools/install_deps.sh program

deps-demo: deps
	@tools/install_deps.sh demo

deps-tests: deps-demo
	@tools/install_deps.sh tests

deps-format:
	@tools/install_deps.sh format

configure: deps
	@tools/configure.sh release $(BUILD)

help:
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 22
