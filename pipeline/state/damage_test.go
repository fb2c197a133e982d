package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// TestADamagedRunIsNotBelieved changes what is remembered of a run: the history says that
// it is damaged, an undo does not take the journal for compacted, and compacting keeps
// the calls of a run of which nobody knows when it began, or whether it read back what it wrote.
func TestADamagedRunIsNotBelieved(t *testing.T) {
	for _, tt := range []struct {
		name, damage string
		start, ended bool // what is still told
	}{
		{"when it began", "UPDATE runs SET start = start - 4000000000000 WHERE id = 'r1'", false, false},
		{"its plan", "UPDATE runs SET digest = 'x' WHERE id = 'r1'", false, false},
		{"how it ended", "UPDATE runs SET status = 'dome' WHERE id = 'r1'", true, false},
		{"its counts", "UPDATE runs SET counts = NULL WHERE id = 'r1'", true, false},
		{"when it began, as a text", "UPDATE runs SET start = 'abc' WHERE id = 'r1'", false, false},
		{"when it ended, as a fraction", "UPDATE runs SET finish = 1.5 WHERE id = 'r1'", true, false},
		{"its pipeline, as bytes", "UPDATE runs SET pipeline = CAST(pipeline AS BLOB) WHERE id = 'r1'", false, false},
		{"the run of its call", "UPDATE calls SET run = 'q1' WHERE run = 'r1'", true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := lived(t)
			foreign(t, path, tt.damage)
			s := open(t, path)
			runs, err := s.Runs(t.Context())
			must(t, err)
			if len(runs) != 2 {
				t.Fatalf("%d runs", len(runs))
			}
			for _, r := range runs {
				if r.ID == "r2" {
					if r.Damaged {
						t.Error("r2 is called damaged")
					}
					continue
				}
				if !r.Damaged || (r.Digest != "") != tt.start || (r.Status != "") != tt.ended || (len(r.Counts) > 0) != tt.ended {
					t.Errorf("told is %+v", r)
				}
				if r.JournalGone() {
					t.Error("its journal is called compacted")
				}
			}
			before := callCount(t, s)
			c, err := s.Compact(t.Context(), noon.Add(KeepMin+48*time.Hour), KeepMin)
			if damaged := tt.name == "the run of its call"; (err != nil) != damaged {
				t.Errorf("compacting: %v", err)
			}
			if callCount(t, s) != before {
				t.Errorf("compacting removed %d calls of %d", c.Calls, before)
			}
		})
	}
}

func callCount(t *testing.T, s *Store) (n int) {
	t.Helper()
	must(t, s.db.QueryRowContext(t.Context(), "SELECT count(*) FROM calls").Scan(&n))
	return n
}

// TestADamagedLeaseLetsNobodyIn changes the lease of an apply that is at work: nobody
// else gets in, and it stops by itself when it looks.
func TestADamagedLeaseLetsNobodyIn(t *testing.T) {
	for name, damage := range map[string]string{
		"until when":  "UPDATE leases SET until = until - 3600000000",
		"whose it is": "UPDATE leases SET holder = 'carl'",
		"of what":     "UPDATE leases SET target = 'sink'",

		"until when, as a fraction": "UPDATE leases SET until = 1.5",
		"since when, as a text":     "UPDATE leases SET since = 'x'",
		"its sum":                   "UPDATE leases SET sum = 'x'",
		"of what, as bytes":         "UPDATE leases SET target = CAST(target AS BLOB)",
		"of nothing":                "UPDATE leases SET target = NULL",
	} {
		t.Run(name, func(t *testing.T) {
			path := lived(t)
			s, soon := open(t, path), noon.Add(time.Minute)
			must(t, s.Acquire(t.Context(), shop, "bert", noon, time.Hour))
			foreign(t, path, damage)
			for _, who := range []string{"carl", "bert"} {
				if err := s.Acquire(t.Context(), shop, who, soon, time.Hour); err == nil {
					t.Errorf("%s got the lease", who)
				}
			}
			if err := s.Renew(t.Context(), shop, "bert", soon, time.Hour); err == nil {
				t.Error("the lease was renewed")
			}
			if _, err := s.Compact(t.Context(), noon.Add(KeepMin+48*time.Hour), KeepMin); !errors.Is(err, errDamagedLease) {
				t.Errorf("compacting while nobody knows who is at work: %v", err)
			}
			m, err := s.Mend(t.Context(), noon.Add(time.Hour), false)
			if err != nil || m.Rows != 1 {
				t.Fatalf("mending: %+v, %v", m, err)
			}
			must(t, s.Acquire(t.Context(), shop, "carl", noon.Add(time.Hour), time.Hour))
		})
	}
}

// TestATimeOfARequestThatIsNoneBlocksNobody damages what counts for the hour.
func TestATimeOfARequestThatIsNoneBlocksNobody(t *testing.T) {
	path := lived(t)
	s := open(t, path)
	b, err := s.Budget("shop", 2)
	must(t, err)
	_, err = b.Take(t.Context(), noon, 0)
	must(t, err)
	foreign(t, path, "UPDATE requests SET at = 'abc'")
	for i, free := range []bool{true, false} { // it counts as one of now
		wait, err := b.Take(t.Context(), noon, 0)
		must(t, err)
		if (wait == 0) != free {
			t.Errorf("request %d waits %s", i+1, wait)
		}
	}
	foreign(t, path, "UPDATE requests SET at = 'abc'", "UPDATE calls SET changes = '['")
	_, err = s.Mend(t.Context(), noon.Add(time.Hour), false)
	must(t, err)
	wait, err := b.Take(t.Context(), noon.Add(3*time.Hour), 0)
	must(t, err)
	if wait > 2*time.Hour {
		t.Errorf("a request waits %s", wait)
	}
}

// TestMendWaitsForAnApplyBesideADamagedLease damages one lease of two.
func TestMendWaitsForAnApplyBesideADamagedLease(t *testing.T) {
	path := lived(t)
	s := open(t, path)
	must(t, s.Acquire(t.Context(), "a", "bert", noon, time.Hour))
	must(t, s.Acquire(t.Context(), shop, "carl", noon, time.Hour))
	foreign(t, path, "UPDATE leases SET until = 'x' WHERE target = 'a'")
	var held *pipeline.LeaseHeldError
	if m, err := s.Mend(t.Context(), noon.Add(time.Minute), false); !errors.As(err, &held) || held.Holder != "carl" {
		t.Errorf("mending while an apply is at work: %+v, %v", m, err)
	}
}

// TestALeaseOfAnotherTargetIsNobodysBusiness damages it.
func TestALeaseOfAnotherTargetIsNobodysBusiness(t *testing.T) {
	path := lived(t)
	s := open(t, path)
	must(t, s.Acquire(t.Context(), "sink", "bert", noon, time.Hour))
	foreign(t, path, "UPDATE leases SET until = until - 1")
	must(t, s.Acquire(t.Context(), shop, "carl", noon, time.Hour))
}

// TestMendKeepsRunsOfCalls takes the row of a run out: its calls are still those of a run.
func TestMendKeepsRunsOfCalls(t *testing.T) {
	path := lived(t)
	foreign(t, path, "UPDATE runs SET pipeline = 'x', status = 'y' WHERE id = 'r1'")
	s := open(t, path)
	_, err := s.Mend(t.Context(), noon.Add(time.Hour), false)
	must(t, err)
	runs, err := s.Runs(t.Context())
	must(t, err)
	for _, r := range runs {
		if r.ID == "r1" && r.Digest == "digestr1" && r.Target == shop && r.Calls == 1 && !r.Damaged && r.Pipeline == "" && r.Status == pipeline.RunMended {
			return
		}
	}
	t.Errorf("left are %+v", runs)
}

// TestExportMarksDamagedRows changes a row of some tables: a reader of the export can tell.
func TestExportMarksDamagedRows(t *testing.T) {
	path := summedStore(t)
	s := open(t, path)
	marked := func() (tables []string) {
		var b bytes.Buffer
		must(t, s.Export(t.Context(), &b))
		for line := range strings.Lines(b.String()) {
			row := struct {
				Table   string
				Damaged bool
			}{}
			if must(t, json.Unmarshal([]byte(line), &row)); row.Damaged {
				tables = append(tables, row.Table)
			}
		}
		return tables
	}
	if got := marked(); len(got) > 0 {
		t.Errorf("of a whole store, rows of %q are marked", got)
	}
	foreign(t, path, "UPDATE links SET record = '12' WHERE id = 'p9'", "UPDATE calls SET outcomes = replace(outcomes, '11', '13') WHERE run = 'r1'",
		"UPDATE runs SET status = 'dome' WHERE id = 'r1'", "UPDATE leases SET until = until - 1")
	if got, want := marked(), []string{"links", "calls", "leases", "runs"}; !slices.Equal(got, want) {
		t.Errorf("marked are rows of %q, want %q", got, want)
	}
}
