# The front door. Each preset of CMakePresets.json builds in build/<preset>; cmake and ctest work as
# usual beside this file.

MAKEFLAGS += --no-print-directory

PRESETS ?= dev asan tsan newer-sqlite libfuzzer
FILTER ?=
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help dependencies run test bench docs packages format format-check lint install-check clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

dependencies: ## install the Debian packages that are missing
	@scripts/install_dependencies

run: dependencies ## build the release and show what tidemark does
	@scripts/build release cli/tidemark
	@build/release/cli/tidemark demo $(ARGS)

test: dependencies ## run all tests and the format check: make test PRESETS="dev asan" FILTER=regex
	@scripts/run_tests --filter '$(FILTER)' $(PRESETS)

bench: dependencies ## build the release and run the benchmarks: make bench ARGS=...
	@scripts/build release cli/tidemark
	@scripts/build release bench/all
	@scripts/run_benchmarks $(ARGS)

docs: dependencies ## build the documentation as a site in build/docs
	@scripts/build_docs

packages: dependencies ## make Debian packages in build/release
	@scripts/build release
	@cd build/release && cpack -G DEB

format: ## format all C++ files
	@scripts/format

format-check: ## say which C++ files are not formatted
	@scripts/format --check

lint: dependencies ## run clang-tidy over everything that is compiled: make lint ARGS=regex
	@scripts/lint '$(ARGS)'

install-check: dependencies ## build fresh projects against the installed tree
	@scripts/build dev
	@ctest --preset dev --label-regex '^install$$'

clean: ## remove everything that was built
	@rm -rf build
