package state

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/pipeline"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsWrittenIsThereAfterReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a folder", "50% #1?.db")
	ctx := t.Context()
	s, err := Open(ctx, path)
	must(t, err)
	must(t, s.SaveLinks(ctx, "t", []pipeline.RowLink{{Source: "s", ID: "1", Target: "r"}}))
	must(t, s.SaveEntries(ctx, "t", []pipeline.LedgerEntry{{Record: "r", Field: "f", Sent: pipeline.StringValue("a"), Shown: pipeline.StringValue("b"), At: noon}}))
	must(t, s.Intend(ctx, pipeline.Call{Run: "x", Seq: 1, Target: "t", Digest: "d", At: noon, Changes: []pipeline.Change{{ID: "c"}}}))
	must(t, s.Acquire(ctx, "t", "anna", noon, time.Hour))
	budget, err := s.Budget("b", 1)
	must(t, err)
	if wait, err := budget.Take(ctx, noon, 0); wait != 0 || err != nil {
		t.Fatal(wait, err)
	}
	must(t, s.Close())
	if _, err := os.Stat(path); err != nil {
		t.Errorf("the file is not where it was asked for: %v", err)
	}
	s = open(t, path)
	links, err := s.Links(ctx, "t")
	entries, err2 := s.Entries(ctx, "t")
	calls, err3 := s.Calls(ctx, "t", "d")
	must(t, errors.Join(err, err2, err3))
	if len(links) != 1 || len(entries) != 1 || len(calls) != 1 || calls[0].Verdict != nil {
		t.Errorf("%v, %v, %v", links, entries, calls)
	}
	if err := s.Acquire(ctx, "t", "bert", noon, time.Hour); !errors.As(err, new(*pipeline.LeaseHeldError)) {
		t.Errorf("the lease is gone: %v", err)
	}
	budget, err = s.Budget("b", 1)
	must(t, err)
	if wait, _ := budget.Take(ctx, noon.Add(time.Minute), 0); wait < 59*time.Minute {
		t.Errorf("the budget was forgotten: wait %s", wait)
	}
}

func TestFileIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "state.db")
	s := open(t, path)
	must(t, s.SaveLinks(t.Context(), "t", []pipeline.RowLink{{Source: "s", ID: "1", Target: "r"}}))
	files, err := filepath.Glob(path + "*")
	must(t, err)
	if len(files) < 2 {
		t.Fatalf("files: %v", files)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		must(t, err)
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o", filepath.Base(f), mode)
		}
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v, %v", info.Mode(), err)
	}
}

// foreign makes a SQLite file by the statements.
func foreign(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	must(t, err)
	for _, s := range statements {
		_, err := db.Exec(s)
		must(t, err)
	}
	must(t, db.Close())
}

func TestFilesThatAreNoState(t *testing.T) {
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	must(t, os.WriteFile(path("text"), []byte("orders;prices\n"), 0o600))
	must(t, os.WriteFile(path("long text"), bytes.Repeat([]byte("orders;prices\n"), 1000), 0o600))
	must(t, os.WriteFile(path("short"), []byte("SQLite format 3\x00"), 0o600))
	foreign(t, path("another program"), "CREATE TABLE photos (id TEXT)")
	foreign(t, path("another program with WAL"), "PRAGMA journal_mode=WAL", "CREATE TABLE photos (id TEXT)")
	foreign(t, path("a version below 0"), "PRAGMA user_version=-3", "CREATE TABLE photos (id TEXT)")
	foreign(t, path("another version 1"), "PRAGMA user_version=1", "CREATE TABLE photos (id TEXT)")
	open(t, path("newer")).Close()
	foreign(t, path("newer"), "PRAGMA user_version=99")
	s := open(t, path("damaged"))
	for i := range 200 {
		must(t, s.SaveLinks(t.Context(), "t", []pipeline.RowLink{{Source: "s", ID: fmt.Sprint(i), Target: strings.Repeat("r", 100)}}))
	}
	must(t, s.Close())
	content, err := os.ReadFile(path("damaged"))
	must(t, err)
	copy(content[100:], bytes.Repeat([]byte{0xa5}, 4000)) // the page that lists the tables
	must(t, os.WriteFile(path("damaged"), content, 0o600))

	for name, want := range map[string]string{
		"text": "no state of reconkit", "long text": "no state of reconkit", "short": "no state of reconkit", "another program": "no state of reconkit",
		"another program with WAL": "no state of reconkit", "a version below 0": "no state of reconkit", "another version 1": "no state of reconkit",
		"damaged": "damaged", "newer": "newer reconkit (version 99",
	} {
		before, err := os.ReadFile(path(name))
		must(t, err)
		_, err = Open(t.Context(), path(name))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path(name)) || !strings.Contains(err.Error(), "move") {
			t.Errorf("%s: %v", name, err)
		}
		if name == "newer" && strings.Contains(fmt.Sprint(err), "damaged") {
			t.Errorf("%s is called damaged: %v", name, err)
		}
		if after, _ := os.ReadFile(path(name)); !bytes.Equal(before, after) {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	folder := t.TempDir()
	must(t, os.WriteFile(filepath.Join(folder, "file"), nil, 0o600))
	if _, err := Open(t.Context(), filepath.Join(folder, "file", "state.db")); err == nil || !strings.Contains(err.Error(), "open state") {
		t.Errorf("below a file: %v", err)
	}
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	must(t, os.Chmod(folder, 0o500))
	if _, err := Open(t.Context(), filepath.Join(folder, "state.db")); !errors.Is(err, os.ErrPermission) {
		t.Errorf("a folder for reading only: %v", err)
	}
}

// Several stores on one file stand for several processes.
func TestProcessesShareOneLease(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	var stores []*Store
	for range 4 {
		stores = append(stores, open(t, path))
	}
	var wg sync.WaitGroup
	results := make([]error, 4*len(stores))
	for i := range results {
		wg.Go(func() {
			results[i] = stores[i%len(stores)].Acquire(t.Context(), "t", fmt.Sprint("holder ", i), noon, time.Minute)
		})
	}
	wg.Wait()
	taken := 0
	for i, err := range results {
		switch {
		case err == nil:
			taken++
		case !errors.As(err, new(*pipeline.LeaseHeldError)):
			t.Errorf("holder %d: %v", i, err)
		}
	}
	if taken != 1 {
		t.Errorf("%d holders took the lease", taken)
	}
}

func TestOpenedAtOnceByMany(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			s, err := Open(context.Background(), path)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if err := s.SaveLinks(context.Background(), "t", []pipeline.RowLink{{Source: "s", ID: "1", Target: "r"}}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestBudgetLeavesRequests(t *testing.T) {
	b, err := open(t, filepath.Join(t.TempDir(), "state.db")).Budget("b", 4)
	must(t, err)
	for i, c := range []struct {
		leave int
		waits bool
	}{{1, false}, {1, false}, {1, false}, {1, true}, {0, false}, {0, true}} {
		wait, err := b.Take(t.Context(), noon, c.leave)
		if err != nil || (wait > 0) != c.waits {
			t.Errorf("request %d that leaves %d: wait %s (%v)", i, c.leave, wait, err)
		}
	}
	if wait, err := b.Take(t.Context(), noon.Add(time.Hour+time.Minute), 3); wait != 0 || err != nil {
		t.Errorf("an hour later: wait %s (%v)", wait, err)
	}
}

// TestBudgetTellsWhatIsLeft holds that what is told is what can be taken, and that
// telling books nothing.
func TestBudgetTellsWhatIsLeft(t *testing.T) {
	b, err := open(t, filepath.Join(t.TempDir(), "state.db")).Budget("b", 5)
	must(t, err)
	for i := range 4 {
		_, err := b.Take(t.Context(), noon.Add(time.Duration(i)*10*time.Minute), 0)
		must(t, err)
	}
	now := noon.Add(40 * time.Minute)
	for _, c := range []struct {
		wanted int
		at     time.Time
	}{{1, now}, {2, noon.Add(window)}, {3, noon.Add(10*time.Minute + window)}, {5, noon.Add(30*time.Minute + window)}, {50, noon.Add(30*time.Minute + window)}} {
		if left, at, err := b.Left(t.Context(), now, c.wanted); left != 1 || !at.Equal(c.at) || err != nil {
			t.Errorf("%d wanted: %d left, all at %s, want 1 and %s (%v)", c.wanted, left, at, c.at, err)
		}
	}
	if left, at, err := b.Left(t.Context(), now.Add(2*time.Hour), 5); left != 5 || !at.Equal(now.Add(2*time.Hour)) || err != nil {
		t.Errorf("two hours later: %d left, all at %s (%v)", left, at, err)
	}
}

func TestBudgetNeverExceedsAnyHour(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	stores := []*Store{open(t, path), open(t, path)}
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		perHour := rapid.IntRange(1, 5).Draw(rt, "perHour")
		now := noon
		var left []time.Time
		for range rapid.IntRange(5, 20).Draw(rt, "takes") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20*60).Draw(rt, "seconds")) * time.Second)
			b, err := stores[rapid.IntRange(0, 1).Draw(rt, "process")].Budget(fmt.Sprint("b", n), perHour)
			if err != nil {
				rt.Fatal(err)
			}
			wait, err := b.Take(t.Context(), now, 0)
			if err != nil {
				rt.Fatal(err)
			}
			if wait == 0 {
				left = append(left, now)
				continue
			}
			// Waiting as long as one is told is enough.
			now = now.Add(wait)
			if again, err := b.Take(t.Context(), now, 0); err != nil || again != 0 {
				rt.Fatalf("after waiting %s: wait %s more (%v)", wait, again, err)
			}
			left = append(left, now)
		}
		for i := range left {
			in := slices.IndexFunc(left[i:], func(at time.Time) bool { return at.Sub(left[i]) > time.Hour })
			if in < 0 {
				in = len(left) - i
			}
			if in > perHour {
				rt.Fatalf("%d requests within an hour of %s, at most %d may leave", in, left[i], perHour)
			}
		}
	})
}

func TestBudgetOfNothingIsAnError(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	if _, err := s.Budget("b", 0); err == nil {
		t.Error("a budget of 0 was given")
	}
}

func TestContextEnds(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "state.db"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.SaveLinks(ctx, "t", []pipeline.RowLink{{Source: "s", ID: "1", Target: "r"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("save links: %v", err)
	}
}
