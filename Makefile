# `make demo` and `make test` are the two commands; both install what is missing, build, and cost
# seconds when nothing has changed. Everything made lies in build/ (and build-dev/, demo/).
BUILD := build
JOBS ?= $(shell nproc)

.PHONY: build demo test dev tsan bench format format-check clean deps configure help

build: configure          ## the program: build/sightline
	@cmake --build --preset release -j $(JOBS) --target program

demo: build               ## sample data, the experiment with every model in models/, demo/report/
	@tools/demo.sh $(BUILD)/sightline $(BUILD)/emoji demo

test: configure           ## build everything and run every test
	@cmake --build --preset release -j $(JOBS)
	@tools/run_tests.sh release $(BUILD)

dev: deps                 ## the same with address and undefined-behaviour sanitizers, -Werror
	@tools/configure.sh dev build-dev
	@cmake --build --preset dev -j $(JOBS)
	@tools/run_tests.sh dev build-dev

tsan: deps                ## the tests with the thread sanitizer (build-tsan/)
	@tools/configure.sh tsan build-tsan
	@cmake --build --preset tsan -j $(JOBS)
	@tools/run_tests.sh tsan build-tsan

bench: configure          ## the benchmarks: programs, a shipped model (or MODEL=), peers that are installed
	@cmake --build --preset release -j $(JOBS) --target program benchmarks
	@BUILD=$(BUILD) tools/bench.sh

format:                   ## reformat the C++ sources
	@tools/format.sh

format-check: deps        ## fail where a C++ source is not formatted
	@tools/format.sh --check

clean:                    ## remove everything made, but for Arrow's download (build/deps)
	@find $(BUILD) -mindepth 1 -maxdepth 1 ! -name deps -exec rm -rf {} + 2>/dev/null || true
	@rm -rf build-dev build-tsan demo

deps:
	@tools/install_deps.sh

configure: deps
	@tools/configure.sh release $(BUILD)

help:
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20
