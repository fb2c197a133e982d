# The targets of everyday work. CI runs check and nothing more.
GO ?= go
STATICCHECK ?= $(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME ?= 30s

.PHONY: check fmt vet lint test test-race fuzz bench bench-plan bench-files bench-rows bench-match safeguards model build

check: fmt vet lint test-race

fmt:
	@out="$$(gofmt -l .)"; if [ -n "$$out" ]; then echo "gofmt wants:"; echo "$$out"; exit 1; fi

vet:
	$(GO) vet ./...

lint:
	$(STATICCHECK) ./...

test:
	$(GO) test ./...

test-race:
	$(GO) test -race ./...

# Each fuzz target for FUZZTIME.
fuzz:
	@set -e; for f in $$(grep -rl --include='*_test.go' '^func Fuzz' . | sort); do \
	  for t in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' $$f); do \
	    echo "== $$t ($$f)"; $(GO) test -run '^$$' -fuzz "^$$t$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x ./$$(dirname $$f); done; done

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...

# 100,000 rows against 100,000 contacts of a sandbox: plan, apply, plan again.
bench-plan:
	sh examples/bench/run.sh

# 1,000,000 rows against 1,000,000 contacts of a file: plan.
bench-files:
	sh examples/bench/files.sh

# 1,000,000 rows through 18 expressions, beside the same job written by hand.
bench-rows:
	sh examples/rows/run.sh

# Generated contacts of which it is known who is who, and the labelled sets of
# the folder LINKAGE_SETS: how good matching is, and what it takes.
bench-match:
	sh examples/match/run.sh

# The tests of invariants without each safeguard: they must fail.
safeguards:
	sh pipeline/internal/safeguard/run.sh

# The model of an apply, every run of it; needs spin and a C compiler.
model:
	sh pipeline/model/run.sh

build:
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w" -o bin/reconkit ./cmd/reconkit
