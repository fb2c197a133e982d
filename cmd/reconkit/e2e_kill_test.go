package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// The numbers of processes that are killed.
const (
	killsFull  = 200
	killsShort = 24 // with -short and under the race detector
	killsEach  = 6  // of one apply

	killMost = 2 * time.Minute // that one process may take
)

const killPipeline = `version: 1
sources:
  people: { type: csv, path: people.csv, id: nr }
models:
  contacts:
    from:
      - source: people
        map: { email: mail, last_name: name, phone: tel }
    dedupe: { same: [email] }
targets:
  pd: { type: plandocket, base_url: "%s", api_key: "${PLANDOCKET_API_KEY}" }
sinks:
  - { model: contacts, target: pd, resource: contacts, allow: [create, update] }
`

// killed is one apply whose processes are killed.
type killed struct {
	t       *testing.T
	dir     string
	program string
	server  *plandockettest.Server

	mu      sync.Mutex
	process *os.Process // to be killed; nil: nobody
	at      int         // the request at which it is
	how     int         // before, after, or a little after the answer
	seen    int
	most    time.Duration // that a process may take; 0: killMost
	after   time.Duration // from its beginning until a process is killed; 0: never
	// fromWrite counts after from the first write instead. Guarded by mu.
	fromWrite bool
}

// ownProgram is the path of the program under its name: this test itself.
func ownProgram(t *testing.T) (program string) {
	t.Helper()
	program = filepath.Join(t.TempDir(), "reconkit")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, program); err != nil {
		t.Skipf("the program cannot be started under its name: %v", err)
	}
	return program
}

// TestKilledProcesses kills the program itself, by a signal that it cannot
// catch, before and after requests and in between: resuming ends as planned.
func TestKilledProcesses(t *testing.T) {
	kills := killsFull
	if testing.Short() || raced {
		kills = killsShort
	}
	program := ownProgram(t)
	survived := 0
	for seed := uint64(1); survived < kills && !t.Failed(); seed++ {
		survived += killSome(t, program, seed)
	}
	t.Logf("%d processes were killed; no contact was lost or doubled", survived)
}

func killSome(t *testing.T, program string, seed uint64) int {
	t.Helper()
	server, err := plandockettest.New(plandockettest.Options{Now: time.Now, Keys: map[string][]string{tenantKey: {"contacts"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	k := &killed{t: t, dir: t.TempDir(), program: program, server: server}
	web := httptest.NewServer(k.deadly(server.Handler()))
	defer web.Close()
	rows := "nr,mail,name,tel\n"
	for i := range 16 {
		if i%3 == 0 {
			if _, err := server.Add(plandockettest.Contact{Email: fmt.Sprintf("p%d@example.com", i), LastName: "Old", Notes: "kept",
				CreatedAt: time.Now().Add(time.Duration(i-100) * time.Hour)}); err != nil {
				t.Fatal(err)
			}
		}
		rows += fmt.Sprintf("%d,p%d@example.com,Person %d,+49 30 1%02d\n", i, i, i, i)
	}
	k.write("people.csv", rows)
	k.write("p.yaml", fmt.Sprintf(killPipeline, web.URL))
	if out, err := k.run("plan", "p.yaml", "-o", "1.rkplan"); err != nil {
		t.Fatalf("plan: %v\n%s", err, out)
	}
	random, dead := rand.New(rand.NewPCG(seed, 3)), 0
	for range killsEach {
		k.mu.Lock()
		k.at, k.how, k.seen = 1+random.IntN(14), random.IntN(3), 0
		k.mu.Unlock()
		_, err := k.run("apply", "1.rkplan", "--yes", "--resume", "--settle", "1ms")
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.Exited() {
			break // it came to its end before
		}
		dead++
		k.leaseRunsOut()
	}
	k.mu.Lock()
	k.at = 0
	k.mu.Unlock()
	if out, err := k.run("apply", "1.rkplan", "--yes", "--resume", "--settle", "1ms"); err != nil {
		t.Errorf("seed %d: after %d kills: %v\n%s", seed, dead, err, out)
	}
	k.check(seed)
	return dead
}

func (k *killed) write(name, text string) {
	k.t.Helper()
	if err := os.WriteFile(filepath.Join(k.dir, name), []byte(text), 0o600); err != nil {
		k.t.Fatal(err)
	}
}

// run runs the program to its end.
func (k *killed) run(args ...string) (string, error) {
	k.t.Helper()
	ctx, cancel := context.WithTimeout(k.t.Context(), cmp.Or(k.most, killMost))
	defer cancel()
	c := exec.CommandContext(ctx, k.program, args...)
	c.Dir, c.Env = k.dir, append(os.Environ(), "PLANDOCKET_API_KEY="+tenantKey)
	var said saying
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		k.t.Fatal(err)
	}
	if k.after > 0 && !k.fromWrite {
		defer time.AfterFunc(k.after, func() { _ = c.Process.Kill() }).Stop()
	}
	k.mu.Lock()
	k.process = c.Process
	k.mu.Unlock()
	err := c.Wait()
	k.mu.Lock()
	k.process = nil
	k.mu.Unlock()
	return said.String(), err
}

// deadly serves requests and kills the process at one of them.
func (k *killed) deadly(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k.mu.Lock()
		k.seen++
		now, how, process := k.seen == k.at && k.process != nil, k.how, k.process
		k.mu.Unlock()
		if !now {
			h.ServeHTTP(w, r)
			return
		}
		switch how {
		case 0:
			_ = process.Kill()
			panic(http.ErrAbortHandler)
		case 1:
			answer := httptest.NewRecorder()
			h.ServeHTTP(answer, r)
			_ = process.Kill()
			panic(http.ErrAbortHandler)
		}
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, r)
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = io.Copy(w, answer.Body)
		_ = http.NewResponseController(w).Flush()
		_ = process.Kill() // while it reads the answer, or writes it down
	})
}

// leaseRunsOut lets the lease of a process that was killed end, as it does by
// itself after a quarter of an hour.
func (k *killed) leaseRunsOut() {
	k.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(k.dir, ".reconkit", "state.db"))
	if err != nil {
		k.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("DELETE FROM leases"); err != nil {
		k.t.Fatal(err)
	}
}

// check holds that each contact is there once, as planned.
func (k *killed) check(seed uint64) {
	k.t.Helper()
	all, err := k.server.Contacts()
	if err != nil {
		k.t.Fatal(err)
	}
	count := map[string]int{}
	for _, c := range all {
		count[c.Email]++
		var n int
		if _, err := fmt.Sscanf(c.Email, "p%d@example.com", &n); err != nil {
			k.t.Errorf("seed %d: contact %+v", seed, c)
			continue
		}
		notes := ""
		if n%3 == 0 {
			notes = "kept"
		}
		if c.LastName != fmt.Sprintf("Person %d", n) || c.Phone != fmt.Sprintf("+49 30 1%02d", n) || c.Notes != notes {
			k.t.Errorf("seed %d: contact %+v is not as planned", seed, c)
		}
	}
	for i := range 16 {
		if n := count[fmt.Sprintf("p%d@example.com", i)]; n != 1 {
			k.t.Errorf("seed %d: %d contacts p%d@example.com, want 1", seed, n, i)
		}
	}
}
