# Targets of payreconcile. Tools are pinned here and installed by the targets
# that need them; nothing but Go has to be there.

GO            ?= go
BIN           := $(CURDIR)/bin
VERSION       ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS       := -s -w -X main.version=$(VERSION)
GOLANGCI      := v2.15.0
GOLANGCI_BIN  := $(BIN)/golangci-lint-$(GOLANGCI)
FUZZTIME      ?= 30s

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-13s %s\n", $$1, $$2}'

.PHONY: build
build: ## Build bin/payreconcile, stripped
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN)/payreconcile ./cmd/payreconcile

.PHONY: demo
demo: build ## Plan, apply and plan again, against the sandbox
	@./examples/demo.sh $(BIN)/payreconcile

.PHONY: test
test: ## Run the tests, with the race detector
	$(GO) test -race -timeout 20m ./...

.PHONY: bench
bench: build ## Measure speed as ratios to a bare client, and memory
	$(GO) run ./internal/bench $(BENCH)

.PHONY: kill
kill: build ## Kill the program after every journal write and around every request, resume, and look at the ledger
	PAYRECONCILE_KILLS=20 $(GO) test -count=1 -timeout 30m -run 'TestKill|TestTwin' -v ./cmd/payreconcile

.PHONY: vendor-client
vendor-client: ## Install the vendor's Node.js SDK, for the tests (needs npm)
	cd internal/conformance && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error

.PHONY: conformance
conformance: vendor-client ## Compare the SDK with the vendor's Node.js SDK
	PAYRECONCILE_CONFORMANCE=require $(GO) test -count=1 ./internal/conformance

.PHONY: browser
browser: ## Look at the pages of the sandbox and of a plan with a browser (needs chromium and chromedriver)
	PAYRECONCILE_BROWSER=require $(GO) test -count=1 ./internal/browser

SEEDS ?= 5000
FROM  ?= 1
CORES ?= $(shell nproc 2>/dev/null || sysctl -n hw.ncpu)

.PHONY: sim
sim: ## Tell SEEDS simulated stories from seed FROM on, one process a core
	@rm -rf $(BIN)/sim && mkdir -p $(BIN)/sim
	$(GO) test -c -trimpath -o $(BIN)/sim/sim.test ./internal/sim
	@each=$$(( ($(SEEDS) + $(CORES) - 1) / $(CORES) )); pids=; began=$$(date +%s); \
	for n in $$(seq 0 $$(( $(CORES) - 1 ))); do \
	  GOMAXPROCS=1 PAYRECONCILE_SIM_FROM=$$(( $(FROM) + n * each )) PAYRECONCILE_SIM_SEEDS=$$each \
	    $(BIN)/sim/sim.test -test.run '^TestSimulation$$' -test.v -test.timeout 0 >$(BIN)/sim/$$n.log & pids="$$pids $$!"; \
	done; \
	bad=0; for p in $$pids; do wait $$p || bad=1; done; \
	cat $(BIN)/sim/*.log | awk -v took=$$(( $$(date +%s) - began )) '/: seed [0-9]+:$$/ { show = 1 } / stories, seeds / { show = 0; n += $$2 } \
	  show { print } /^ *[0-9]+  [a-z]/ { c = $$1; $$1 = ""; sum[$$0] += c } \
	  END { for (k in sum) printf "%10d %s\n", sum[k], k | "sort -k2"; close("sort -k2"); printf "%d stories in %d s\n", n, took }'; \
	exit $$bad

.PHONY: fuzz
fuzz: ## Fuzz every parser for FUZZTIME each
	@for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
	    echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
	  done; \
	done

.PHONY: lint
lint: $(GOLANGCI_BIN) ## Check style and import directions
	$(GOLANGCI_BIN) run ./...

$(GOLANGCI_BIN):
	@mkdir -p $(BIN)
	GOBIN=$(BIN)/install $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI)
	@mv $(BIN)/install/golangci-lint $@ && rmdir $(BIN)/install

.PHONY: generate
generate: ## Regenerate generated files
	$(GO) generate ./...

.PHONY: verify
verify: generate ## Fail when generated files, go.mod or go.sum are not current
	$(GO) mod tidy -diff
	$(GO) mod verify
	@git diff --exit-code -- '*_gen.go' docs/schema go.mod go.sum || { echo 'generated files are not current: run make generate and commit'; exit 1; }
