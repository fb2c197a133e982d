package main

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// How large the plan is whose processes are killed at random moments.
const (
	momentRows       = 20_000
	momentRowsShort  = 1_500 // with -short and under the race detector
	momentKills      = 10
	momentKillsShort = 3
	momentLeast      = 200 * time.Millisecond // from one kill to the next
	momentMost       = 5 * time.Second
	momentWrites     = 500 * time.Millisecond // the same, after a first write
)

// underWay counts the requests that a server is working on, and tells of the first
// write of each process.
type underWay struct {
	http.Handler
	sync.WaitGroup
	wrote func()
}

func (u *underWay) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.Add(1)
	defer u.Done()
	if r.Method != http.MethodGet {
		u.wrote()
	}
	u.Handler.ServeHTTP(w, r)
}

// TestKilledAtRandomMoments kills the program, by a signal that it cannot catch,
// again and again while it writes a large plan, a third of it updates: every other
// process soon after its first write, so that a slow machine gets there and a fast one
// is not done by then, and the others up to five seconds after they began, more often
// soon than late, since on a fast machine late is after the end. In the end
// everything is as planned.
func TestKilledAtRandomMoments(t *testing.T) {
	rows, kills, least, most, writes := momentRows, momentKills, momentLeast, momentMost, momentWrites
	if testing.Short() || raced {
		rows, kills, least, most, writes = momentRowsShort, momentKillsShort, momentLeast/10, momentMost/10, momentWrites/10
	}
	program := ownProgram(t)
	server, err := plandockettest.New(plandockettest.Options{Now: time.Now, Keys: map[string][]string{tenantKey: {"contacts"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	k := &killed{t: t, dir: t.TempDir(), program: program, server: server}
	busy := &underWay{Handler: server.Handler(), wrote: k.wrote}
	web := httptest.NewServer(busy)
	defer web.Close()
	var csv strings.Builder
	csv.WriteString("nr,mail,name,tel\n")
	for i := range rows {
		if i%3 == 0 {
			if _, err := server.Add(plandockettest.Contact{Email: fmt.Sprintf("p%d@example.com", i), LastName: fmt.Sprintf("Person %d", i), Phone: "+49 30 9", Notes: "kept",
				CreatedAt: time.Now().Add(time.Duration(i-rows) * time.Minute)}); err != nil {
				t.Fatal(err)
			}
		}
		fmt.Fprintf(&csv, "%d,p%d@example.com,Person %d,+49 30 1%05d\n", i, i, i, i)
	}
	k.write("people.csv", csv.String())
	k.write("p.yaml", strings.Replace(fmt.Sprintf(killPipeline, web.URL), `"${PLANDOCKET_API_KEY}"`, `"${PLANDOCKET_API_KEY}", requests_per_hour: 100000`, 1))
	k.most = 15 * time.Minute
	if out, err := k.run("plan", "p.yaml", "-o", "1.rkplan"); err != nil || !strings.Contains(strings.ReplaceAll(out, ",", ""), fmt.Sprintf("create %d update %d blocked 0", rows-(rows+2)/3, (rows+2)/3)) {
		t.Fatalf("plan: %v\n%s", err, out)
	}
	const seed = 20261122
	random, dead, written := rand.New(rand.NewPCG(seed, 5)), 0, []int{}
	apply := []string{"apply", "1.rkplan", "--yes", "--resume", "--settle", "1ms"}
	for n := range kills {
		within := most
		if k.fromWrite = n%2 == 0; k.fromWrite {
			within = writes
		}
		k.after = time.Duration(float64(least) * math.Pow(float64(within)/float64(least), random.Float64()))
		_, err := k.run(apply...)
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.Exited() {
			break // it came to its end before
		}
		dead++
		web.CloseClientConnections()
		busy.Wait() // what the server has begun it ends, as within the time that calls take to settle
		written = append(written, server.BulkCalls())
		if fileExists(filepath.Join(k.dir, ".reconkit", "state.db")) {
			k.leaseRunsOut()
		}
	}
	k.after, k.fromWrite = 0, false
	if out, err := k.run(apply...); err != nil {
		t.Errorf("after %d kills: %v\n%s", dead, err, out)
	}
	lost, doubled := k.against(rows)
	if lost != 0 || doubled != 0 || dead == 0 || written[0] == 0 {
		t.Errorf("%d kills after %v bulk calls, %d contacts lost, %d doubled", dead, written, lost, doubled)
	}
	t.Logf("seed %d: %d rows, %d processes killed at random moments, bulk calls by then %v, %d in the end; %d contacts lost, %d doubled",
		seed, rows, dead, written, server.BulkCalls(), lost, doubled)
}

// wrote begins the time of a process that is to be killed after its first write.
func (k *killed) wrote() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if process := k.process; k.fromWrite && process != nil {
		k.fromWrite = false
		time.AfterFunc(k.after, func() { _ = process.Kill() })
	}
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// against holds the contacts against the rows: each is there once, as planned.
func (k *killed) against(rows int) (lost, doubled int) {
	k.t.Helper()
	all, err := k.server.Contacts()
	if err != nil {
		k.t.Fatal(err)
	}
	count := make([]int, rows)
	for _, c := range all {
		var n int
		if _, err := fmt.Sscanf(c.Email, "p%d@example.com", &n); err != nil || n < 0 || n >= rows {
			k.t.Fatalf("contact %+v was not planned", c)
		}
		count[n]++
		notes := ""
		if n%3 == 0 {
			notes = "kept"
		}
		if c.LastName != fmt.Sprintf("Person %d", n) || c.Phone != fmt.Sprintf("+49 30 1%05d", n) || c.Notes != notes {
			k.t.Fatalf("contact %+v is not as planned", c)
		}
	}
	for _, n := range count {
		lost += max(0, 1-n)
		doubled += max(0, n-1)
	}
	return lost, doubled
}
