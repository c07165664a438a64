# The two commands: `make demo` and `make test`. Both install what is missing, and are cheap when
# nothing is.
.PHONY: demo test build deps bench clean
BUILD := build
JOBS ?= $(shell nproc)

deps:
	@tools/install_deps.sh

build: deps
	@cmake --preset release >$(BUILD)-configure.log 2>&1 || { cat $(BUILD)-configure.log; exit 1; }
	@cmake --build --preset release -j $(JOBS)

clean:
	rm -rf build build-dev build-tsan demo
