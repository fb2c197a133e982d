package plandocket_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// stormCount is what the schedules did.
type stormCount struct {
	mu                                                   sync.Mutex
	schedules, changes, runs, deaths, edits, lost, twice int
	requests                                             int
	cells                                                map[[2]string]int
	status                                               map[pipeline.Status]int
}

func (c *stormCount) add(o *stormCount) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cells == nil {
		c.cells, c.status = map[[2]string]int{}, map[pipeline.Status]int{}
	}
	c.schedules += o.schedules
	c.changes += o.changes
	c.runs += o.runs
	c.deaths += o.deaths
	c.edits += o.edits
	c.requests += o.requests
	c.lost += o.lost
	c.twice += o.twice
	for k, v := range o.cells {
		c.cells[k] += v
	}
	for k, v := range o.status {
		c.status[k] += v
	}
}

// hit counts the faults of a schedule by route.
func (c *stormCount) hit(hits []faults.Hit) {
	if c.cells == nil {
		c.cells, c.status = map[[2]string]int{}, map[pipeline.Status]int{}
	}
	for _, h := range hits {
		method, path, _ := strings.Cut(h.Route, " ")
		switch {
		case path == "/api/v1/audit-log":
			method = getLog
		case method == http.MethodGet && path != "/api/v1/contacts":
			method = getOne
		}
		c.cells[[2]string{string(h.Kind), method}]++
	}
}

// log tells what the schedules did, also to the file that STORMS_LOG names.
func (c *stormCount) log(t *testing.T) {
	t.Helper()
	line := fmt.Sprintf("%s: %d schedules, %d changes, %d processes, %d deaths, %d edits by hand, %d requests, %d lost, %d doubled; outcomes %v",
		t.Name(), c.schedules, c.changes, c.runs, c.deaths, c.edits, c.requests, c.lost, c.twice, c.status)
	t.Log(line)
	path := os.Getenv(stormsLog)
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintln(f, line); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func (c *stormCount) tell(t *testing.T, n int) {
	t.Helper()
	c.log(t)
	methods := []string{http.MethodGet, getOne, getLog, http.MethodPost, http.MethodPatch, http.MethodDelete}
	t.Logf("%-24s %s", "fault", strings.Join(methods, "  "))
	kinds := stormKinds()
	for _, k := range kinds {
		line := fmt.Sprintf("%-24s", k)
		for _, m := range methods {
			hits := c.cells[[2]string{string(k), m}]
			line += fmt.Sprintf(" %6d", hits)
			least := stormsOfContacts.short
			if m == getOne || m == getLog { // asked for in doubt alone
				least = stormsOfContacts.full / 2
			}
			if hits == 0 && n >= least && canMeet(k, m) {
				t.Errorf("fault %s never met %s", k, m)
			}
		}
		t.Log(line)
	}
}

// The kinds of reading beside that of the list.
const (
	getOne = "GET one"
	getLog = "GET log"
)

// canMeet reports whether a fault has a meaning for a kind of request.
func canMeet(k faults.Kind, method string) bool {
	spoils := []faults.Kind{faults.Drip, faults.Truncated, faults.Trailing, faults.WrongLength, faults.EmptyBody, faults.Gzip, faults.BOM, faults.InvalidUTF8, faults.DuplicateKeys}
	switch {
	case method == http.MethodDelete && slices.Contains(spoils, k): // its answer has no body
		return false
	case strings.HasPrefix(string(k), "bulk-"):
		return method == http.MethodPost
	case k == plandockettest.LateCommit || k == plandockettest.LateBlindCommit || k == plandockettest.StaleReads:
		return !strings.HasPrefix(method, http.MethodGet)
	}
	return true
}

// stormKinds are the faults that storms are made of.
func stormKinds() []faults.Kind {
	kinds := faults.Kinds()
	return append(kinds, plandockettest.BulkRecordsFail, plandockettest.BulkMiscount, plandockettest.BulkErrorsHidden, plandockettest.BulkDetailsShuffled,
		plandockettest.BulkPartialCommit, plandockettest.BulkPartialRefusal, plandockettest.LateCommit, plandockettest.LateBlindCommit, plandockettest.StaleReads)
}
