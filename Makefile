# Go, Node 20 or later with npm, make, and for the tests a C compiler are all that is needed; the rest these commands fetch, or say what is missing.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

FUNCTIONS := connect disconnect message
LINT      := go tool -modfile=tools/go.mod golangci-lint
# As many packages are tested at a time. They start real processes and wait for much of their time, so that two leave a core idle.
PARALLEL  := 3
# What functions of Node.js under test reach localdev with.
NODE_TESTS := localdev/emulator/testdata/node
# What takes longest starts first, so that no core is idle at the end.
LONGEST   := ./localdev/e2e ./infra ./localdev/emulator ./cmd/parley ./internal/simulation ./internal/store ./localdev/internal/managed ./localdev ./client/go/e2e

.PHONY: help
help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

.PHONY: dev
dev: engine ## Run everything on this machine, with the demo at http://127.0.0.1:3000/
	-@$(MAKE) --no-print-directory web/node_modules # for the gallery alone, which says so where it is missing
	go run ./localdev

# By default the race detector waits a whole second at the end of each package for what still runs.
.PHONY: test
test: export GORACE := atexit_sleep_ms=100
test: ## Run the tests: Go with the race detector, TypeScript, and a real call in a real browser; make long has the rest
	$(MAKE) --no-print-directory -j 6 compiled build/test/localdev engine client/node_modules web/node_modules $(NODE_TESTS)/node_modules browser
	$(MAKE) --no-print-directory -j 3 suite games types
	$(MAKE) --no-print-directory -j 2 storm pages

# The compiler takes a fifth less time where it may take more memory. What it makes is the same.
SWIFT := -toolexec 'env GOGC=400'
# What make test and make long play without the race detector goes as localdev builds the functions: what these have
# in common with it, which is most, is compiled once. So do tests that compile.
PLAIN := $(SWIFT) -trimpath -tags lambda.norpc,nethttpomithttp2
# The CDK is a third of all that is compiled with the race detector, and does nothing but ask a process of Node.js.
SUITE := $(SWIFT) -race '-gcflags=github.com/aws/aws-cdk-go/...=-N -l'

.PHONY: suite
suite:
	go test $(SUITE) -vet=off -timeout 30m -p $(PARALLEL) $(LONGEST) ./...

# These wait for nothing, and no clock but their own runs in them. So beside the suite, whose tests
# start processes and wait for much of their time, they get what it leaves, and all once it is through. Not as
# little as can be: beside other work that never ends they would not.
.PHONY: games
games:
	CGO_ENABLED=0 nice -n 5 go test $(PLAIN) -count=1 -vet=off -timeout 30m -skip Storm ./internal/simulation

# Real functions, which may not take long: not beside the suite. Pages wait for some of their time.
.PHONY: storm
storm:
	CGO_ENABLED=0 go test $(PLAIN) -count=1 -vet=off -timeout 30m -run Storm ./internal/simulation

.PHONY: types
types:
	cd client && npm run --silent typecheck

PAGES = cd client && LOCALDEV_BIN="$$PWD/../build/test/localdev" CHROMIUM_BIN="$$(../tools/browser.sh)" npm run --silent

.PHONY: pages
pages: build/test/localdev
	$(PAGES) test:all

.PHONY: long
long: engine client/node_modules web/node_modules browser build/test/localdev vet ## Run what takes too long for every time: go vet, many random interleavings, the console, React, lobbies, files and pictures of all kinds, fifty switches of cameras, networks that fail, the gallery, the quick starts, a bot
	cd client/go/examples/bot && export CGO_ENABLED=0 && go vet $(PLAIN) ./... && go test $(PLAIN) ./...
	CGO_ENABLED=0 go test $(PLAIN) -count=1 -vet=off ./localdev/internal/platforms
	CGO_ENABLED=0 go test $(PLAIN) -count=1 -vet=off -timeout 60m ./internal/simulation -runs 10000 -actions 10000
	$(PAGES) test:long

.PHONY: peers
peers: engine client/node_modules browser build/test/localdev ## Do the same with Parley and with the own server of another protocol, and compare; and see a mesh of six over a thin line
	$(PAGES) test:peers

# All of it, while the rest is fetched: the suite finds it in Go's cache.
.PHONY: compiled
compiled:
	go list $(SUITE) -test -export ./... >/dev/null
	CGO_ENABLED=0 go list $(PLAIN) -export ./functions/... >/dev/null

# With the flags of the tests, so that what it reads is in Go's cache.
.PHONY: vet
vet:
	go vet $(SUITE) ./...

build/test/localdev: FORCE
	CGO_ENABLED=0 go build $(PLAIN) -o $@ ./localdev

TARGET   := test
RUNS     := 10
BUSY     := 3
PACKAGES :=

.PHONY: stress
stress: ## Run the tests ten times, three of them beside a busy loop: make stress RUNS=20 BUSY=5 PACKAGES=./internal/signaling, or TARGET=long
	MAKE="$(MAKE)" TARGET="$(TARGET)" tools/stress.sh $(RUNS) $(BUSY) $(PACKAGES)

# Build tags of your own, or of an example, separated by commas: make build TAGS=whiteboard (docs/actions.md)
TAGS :=
comma := ,

.PHONY: build
build: $(FUNCTIONS:%=build/%/bootstrap) ## Build the functions for AWS into build/, the same bytes for the same source

# Recipes of Socket.IO of your own: recipes/NAME.yaml, .yml or .json (docs/deploy.md)
RECIPES = $(wildcard recipes/*.yaml recipes/*.yml recipes/*.json)

# Without HTTP/2, as whatever functions ask speaks HTTP/1.1 too, and with calls inlined where that is worth its space
# (docs/architecture.md, How a function starts).
HOT = $(shell grep -v '^\#' infra/hot.txt)

build/%/bootstrap: FORCE
	CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go build -trimpath -buildvcs=false -tags lambda.norpc,nethttpomithttp2$(if $(TAGS),$(comma)$(TAGS)) \
	  -ldflags='-s -w -buildid=' -gcflags=all=-l $(HOT:%=-gcflags=%=) -o $@ ./functions/$*
	rm -rf build/$*/recipes
	$(if $(filter-out connect,$*),$(if $(RECIPES),GOOS= GOARCH= go run -trimpath ./internal/socketio/recipe/recipefile/pack recipes build/$*/recipes))

FUZZTIME := 1m

# Settings are the CDK's context: make deploy CDK="-c auth=jwt -c authSecretParameter=/my-app/secret" (docs/deploy.md)
CDK :=
# The CDK's CLI reads an option from every variable CDK… of its environment, and from CDK one without a name.
unexport CDK
# Node 20 is enough here, though its time is over; what else the CDK warns of stays.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20

.PHONY: synth
synth: build tools/cdk/node_modules ## Write the CloudFormation template of the stack to cdk.out
	tools/cdk/node_modules/.bin/cdk synth --quiet $(CDK)

.PHONY: diff
diff: build tools/cdk/node_modules ## Show what deploying would change
	tools/cdk/node_modules/.bin/cdk diff $(CDK)

.PHONY: deploy
deploy: build tools/cdk/node_modules ## Deploy the stack to AWS
	tools/cdk/node_modules/.bin/cdk deploy $(CDK)

.PHONY: destroy
destroy: build tools/cdk/node_modules ## Take the stack away from AWS
	tools/cdk/node_modules/.bin/cdk destroy $(CDK)

.PHONY: localdev
localdev: ## Build localdev as one binary into build/localdev
	go build -trimpath -o build/localdev ./localdev

.PHONY: parley
parley: ## Build the parley command into build/parley
	go build -trimpath -o build/parley ./cmd/parley

PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

.PHONY: release
release: client/node_modules ## Build what would be published into build/release, with checksums: localdev and parley for Linux, macOS and Windows, the npm package
	rm -rf build/release && mkdir -p build/release
	version="$$(git describe --tags --always --dirty)"; \
	for platform in $(PLATFORMS); do for program in localdev cmd/parley; do \
	  os="$${platform%/*}" arch="$${platform#*/}" name="$${program##*/}"; \
	  out="build/release/$$name-$$os-$$arch"; [ "$$os" != windows ] || out="$$out.exe"; \
	  echo "$$out"; \
	  CGO_ENABLED=0 GOOS="$$os" GOARCH="$$arch" go build -trimpath -ldflags="-s -w -X main.version=$$version" -o "$$out" "./$$program"; \
	done; done
	cd client && npm pack --silent --pack-destination ../build/release
	cd build/release && $$(command -v sha256sum || echo shasum -a 256) * > SHA256SUMS

# Folder that the reference is written to; lint writes it aside, to compare.
API := docs/api

.PHONY: api
api: tools/api/node_modules client/node_modules ## Write docs/api, the reference of the SDK, from its types
	cd tools/api && node_modules/.bin/typedoc --logLevel Warn --out ../../$(API)

.PHONY: lint
lint: ## Check formatting, lint, and that docs/api is what the types say
	$(LINT) run ./...
	$(LINT) fmt --diff
	cd client/go/examples/bot && go tool -modfile=../../../../tools/go.mod golangci-lint run
	$(MAKE) --no-print-directory api API=build/api
	diff -r build/api docs/api || { echo 'docs/api is not what the types say: make api'; exit 1; }

.PHONY: fmt
fmt: ## Format the Go code
	$(LINT) fmt

# BEFORE is the folder of another clone, measured in turns with this one: make bench BEFORE=/path
export BEFORE

.PHONY: bench
bench: engine build ## Measure all that docs/benchmarks.md says, with ratios and goals, in turns with another clone: make bench BEFORE=/path
	go test -run '^$$' -bench 'CPU$$|Saturation' -benchtime 20x -timeout 30m ./localdev/e2e/
	go test -run '^$$' -bench Allocations -benchtime 1x ./localdev/e2e/
	go test -run '^$$' -bench 'Relay$$|Echo$$' -benchtime 3000x -timeout 30m ./localdev/e2e/
	go test -run '^$$' -bench 'Start$$|FirstEvent$$' -benchtime 40x -timeout 30m ./localdev/e2e/
	go test -run '^$$' -bench 'IdleConnections$$|Share$$' -benchtime 3x -timeout 30m ./localdev/e2e/
	go test -run '^$$' -bench 'RoomSize$$|BenchmarkConnections$$' -benchtime 5x -timeout 30m ./localdev/e2e/
	go test -run '^$$' -bench MockEcho ./localdev/emulator/
	@for f in $(FUNCTIONS); do printf 'build/%s/bootstrap: %d of at most 9000000 bytes\n' $$f $$(wc -c <build/$$f/bootstrap); done

.PHONY: soak
soak: engine ## Play 200,000 random interleavings, then relay a million messages and compare memory and processor time with those after ten thousand
	go test -count=1 -timeout 3h ./internal/simulation -runs 200000 -actions 50000
	go test -run '^$$' -bench Soak -benchtime 1000000x -timeout 2h ./localdev/e2e/

.PHONY: fuzz
fuzz: engine ## Fuzz every decoder for a minute each, or longer: make fuzz FUZZTIME=10m
	for folder in $$(grep -rl '^func Fuzz' --include=*_test.go internal localdev functions | xargs dirname | sort -u); do \
	  for target in $$(grep -hoE '^func Fuzz[A-Za-z]+' $$folder/*_test.go | cut -d' ' -f2); do \
	    go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) ./$$folder; done; done

.PHONY: engine
engine: localdev/engine/node_modules
localdev/engine/node_modules: localdev/engine/package-lock.json
	cd localdev/engine && npm ci --ignore-scripts --no-audit --no-fund
	touch $@

tools/cdk/node_modules tools/api/node_modules: %/node_modules: %/package-lock.json
	cd $* && npm ci --ignore-scripts --no-audit --no-fund
	touch $@

client/node_modules: client/package-lock.json
	cd client && npm ci --ignore-scripts --no-audit --no-fund
	touch $@

$(NODE_TESTS)/node_modules: $(NODE_TESTS)/package-lock.json
	cd $(NODE_TESTS) && npm ci --ignore-scripts --no-audit --no-fund
	touch $@

web/node_modules: web/package-lock.json
	cd web && npm ci --ignore-scripts --no-audit --no-fund
	touch $@

.PHONY: browser
browser:
	@tools/browser.sh >/dev/null

.PHONY: clean
clean: ## Remove what was built or fetched into this folder
	rm -rf build .localdev cdk.out client/node_modules client/dist web/node_modules localdev/engine/node_modules tools/cdk/node_modules tools/api/node_modules \
	  $(NODE_TESTS)/node_modules

FORCE:
