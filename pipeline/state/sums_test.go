package state

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// told is what a store says, of what decides about writes.
type told struct {
	links    map[pipeline.RowKey]string
	entries  map[pipeline.RecordField]pipeline.LedgerEntry
	created  map[string]string
	declined map[string]time.Time
	calls    []pipeline.CallRecord
	runs     map[string]pipeline.RunSummary // without those that are said to be damaged
	damage   pipeline.Damage
}

// ask reads a store as plan and apply do.
func ask(t *testing.T, path string) (told, error) {
	ctx := t.Context()
	out := told{runs: map[string]pipeline.RunSummary{}, entries: map[pipeline.RecordField]pipeline.LedgerEntry{}}
	s, err := Open(ctx, path)
	if err != nil {
		return out, err
	}
	defer s.Close()
	if out.links, err = s.Links(ctx, shop); err != nil {
		return out, err
	}
	entries, err := s.Entries(ctx, shop)
	if err != nil {
		return out, err
	}
	for _, list := range entries {
		for _, e := range list {
			out.entries[pipeline.RecordField{Record: e.Record, Field: e.Field}] = e
		}
	}
	if out.created, err = s.Created(ctx, shop); err != nil {
		return out, err
	}
	if out.declined, err = s.Declined(ctx, shop); err != nil {
		return out, err
	}
	if out.calls, err = s.Calls(ctx, shop, "digestr1"); err != nil {
		return out, err
	}
	runs, err := s.Runs(ctx)
	for _, r := range runs {
		if r.Binding, r.Approval, r.Calls, r.Kept = nil, nil, 0, false; !r.Damaged {
			out.runs[r.ID] = r
		}
	}
	out.damage = s.Damage(shop)
	return out, err
}

// within reports whether a map holds nothing but what another one holds.
func within[K comparable, V any](t *testing.T, what string, got, want map[K]V) {
	t.Helper()
	for k, v := range got {
		if w, known := want[k]; !known || !cmp.Equal(v, w) {
			t.Errorf("%s: %v is told as %v, and was written as %v", what, k, v, w)
		}
	}
}

// summedStore is a store with rows of each kind that carries sums.
func summedStore(t *testing.T) string {
	t.Helper()
	path := lived(t)
	s := open(t, path)
	must(t, s.SaveCreated(t.Context(), shop, "fair", []string{"11", "12"}))
	must(t, s.Decline(t.Context(), shop, noon, []string{"c7", "c8"}, nil))
	must(t, s.SaveWatermarks(t.Context(), "fair", shop, map[string]pipeline.Watermark{"crm": {Mark: "m1", Fingerprint: "f", At: noon}}))
	must(t, s.Acquire(t.Context(), "shop", "bert", noon, time.Minute))
	must(t, s.SaveWeights(t.Context(), "fair", pipeline.PinnedWeights{Text: []byte(`{"w":1}`), Learned: noon}))
	must(t, s.Close())
	foreign(t, path, "PRAGMA journal_mode = DELETE", "VACUUM") // everything is in one file
	return path
}

// TestAFlippedBitTellsNothing flips single bits of a store. What is told afterwards was
// written, what is missing was noticed, and a call is never missing unnoticed.
func TestAFlippedBitTellsNothing(t *testing.T) {
	path := summedStore(t)
	whole, err := os.ReadFile(path)
	must(t, err)
	want, err := ask(t, path)
	must(t, err)
	flips, seed := 600, uint64(20260301)
	if testing.Short() {
		flips = 150
	}
	random := rand.New(rand.NewPCG(seed, 1))
	copied := filepath.Join(t.TempDir(), "state.db")
	lost, told := 0, 0
	for range flips {
		broken := slices.Clone(whole)
		at, bit := random.IntN(len(broken)), random.IntN(8)
		if broken[at] == 0 {
			continue // most of the file is empty
		}
		broken[at] ^= 1 << bit
		must(t, os.WriteFile(copied, broken, 0o600))
		for _, beside := range []string{"-wal", "-shm"} {
			must(t, os.RemoveAll(copied+beside))
		}
		health, err := Check(t.Context(), copied, noon.Add(time.Hour))
		got, asked := ask(t, copied)
		where := fmt.Sprintf("seed %d, bit %d of byte %d", seed, bit, at)
		mendFlipped(t, where, copied, err == nil && !slices.ContainsFunc(codes(health), ofTheFile))
		if err != nil || asked != nil {
			continue // plan and apply stop
		}
		within(t, where+", links", got.links, want.links)
		within(t, where+", ledger", got.entries, want.entries)
		within(t, where+", created", got.created, want.created)
		within(t, where+", runs", got.runs, want.runs)
		missing := len(got.links) < len(want.links) || len(got.entries) < len(want.entries) || len(got.created) < len(want.created) || !maps.Equal(got.declined, want.declined)
		if missing && !got.damage.Any() && health.Sound() {
			t.Errorf("%s: something is missing, and nobody says so", where)
		}
		if len(got.links) < len(want.links) && !got.damage.Any() && !slices.Contains(codes(health), "error damaged") {
			t.Errorf("%s: a link is missing, and a plan would not know", where)
		}
		switch {
		case len(got.calls) == 1 && got.calls[0].Doubtful:
			got.calls[0].Doubtful, got.calls[0].Verdict = false, want.calls[0].Verdict
			fallthrough
		case len(got.calls) == 1:
			if diff := cmp.Diff(got.calls, want.calls); diff != "" {
				t.Errorf("%s: a call is told otherwise (-got +want):\n%s", where, diff)
			}
		case !slices.Contains(codes(health), "error damaged"):
			t.Errorf("%s: a call is missing, and nobody says so", where)
		}
		if missing {
			lost++
		}
		if slices.Contains(codes(health), "error row-damaged") {
			told++
		}
	}
	if lost == 0 || told == 0 {
		t.Errorf("no bit did any harm: %d rows missing, %d named", lost, told)
	}
}

// ofTheFile reports whether a finding is of the file or its tables, of which no row tells.
func ofTheFile(code string) bool {
	return slices.Contains([]string{"error damaged", "error table-changed", "error table-missing", "error newer"}, code)
}

// mendFlipped takes out what one flipped bit damaged. Where SQLite itself finds the file
// whole, it can be read afterwards, and holds nothing that is damaged.
func mendFlipped(t *testing.T, where, path string, whole bool) {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		return // no bit of a row does that
	}
	_, err = s.Mend(t.Context(), noon.Add(time.Hour), false)
	must(t, s.Close())
	if !whole {
		return
	}
	if err != nil {
		t.Errorf("%s: mending: %v", where, err)
		return
	}
	after, err := ask(t, path)
	if err != nil || after.damage.Any() {
		t.Errorf("%s: after mending: %+v, %v", where, after.damage, err)
	}
	health, err := Check(t.Context(), path, noon.Add(time.Hour))
	if err != nil || slices.Contains(codes(health), "error row-damaged") {
		t.Errorf("%s: after mending, the check says %+v, %v", where, health.Found, err)
	}
}

// TestDamagedRowsAreNamedAndTakenOut changes one value of each kind of row.
func TestDamagedRowsAreNamedAndTakenOut(t *testing.T) {
	tests := []struct{ name, damage, message string }{
		{"a link", "UPDATE links SET record = '12' WHERE id = 'p9'", "source crm, row p9 is not as it was written"},
		{"whose link it is", "UPDATE links SET id = 'p8' WHERE id = 'p9'", "row p8 is not as it was written, and does not count; not even whose it is is certain"},
		{"a value", `UPDATE ledger SET shown = '"Leipzih"' WHERE record = '12'`, "record 12, field city is not"},
		{"a time", "UPDATE ledger SET at = at + 1 WHERE record = '12'", "record 12, field city is not"},
		{"who created it", "UPDATE made SET pipeline = 'fain' WHERE record = '12'", "record 12 is not"},
		{"a before-image", `UPDATE calls SET changes = replace(changes, 'Old', 'Olf') WHERE run = 'r1'`, "the journal of run r1, call 1"},
		{"which plan", `UPDATE calls SET digest = 'digestr3' WHERE run = 'r1'`, "by plan digestr3 is not as it was written, and does not count; not even"},
		{"an answer", `UPDATE calls SET outcomes = replace(outcomes, '11', '13') WHERE run = 'r1'`, "the answer in the journal of run r1 to call 1"},
		{"what became of a run", `UPDATE run_outcomes SET outcomes = replace(outcomes, '11', '13')`, "what became of run r1"},
		{"a declined change", "UPDATE declines SET change = 'c9' WHERE change = 'c8'", "change c9, is not"},
		{"a mark", "UPDATE marks SET mark = 'm2'", "source crm is not"},
		{"which plan a run applied", "UPDATE runs SET digest = 'digestr9' WHERE id = 'r1'", "the row of run r1 is not"},
		{"when a run began", "UPDATE runs SET start = start - 1 WHERE id = 'r2'", "the row of run r2 is not"},
		{"whose run it is", "UPDATE runs SET id = 'r8' WHERE id = 'r2'", "the row of run r8 is not as it was written, and does not count; not even"},
		{"how a run ended", "UPDATE runs SET status = 'dome' WHERE id = 'r1'", "how run r1 ended is not"},
		{"what a run counts", "UPDATE runs SET counts = replace(counts, '2', '3') WHERE id = 'r1'", "how run r1 ended is not"},
		{"a lease", "UPDATE leases SET until = until - 1", "the lease of shop is not"},
		{"whose lease it is", "UPDATE leases SET target = 'shoq'", "the lease of shoq is not"},
		{"a link to bytes", "UPDATE links SET record = CAST(record AS BLOB) WHERE id = 'p9'", "row p9 is not"},
		{"a link of a target of bytes", "UPDATE links SET target = CAST(target AS BLOB) WHERE id = 'p9'", "row p9 is not as it was written, and does not count; not even"},
		{"a number of a run of bytes", "UPDATE runs SET id = CAST(id AS BLOB) WHERE id = 'r1'", "and does not count; not even"},
		{"a run of none", "UPDATE runs SET id = NULL WHERE id = 'r1'", "and does not count; not even"},
		{"when a run began, as a text", "UPDATE runs SET start = 'abc' WHERE id = 'r1'", "the row of run r1 is not"},
		{"when a run ended, as a fraction", "UPDATE runs SET finish = 1.5 WHERE id = 'r1'", "how run r1 ended is not"},
		{"a sum of a run, as a text", "UPDATE runs SET sum = 'x' WHERE id = 'r1'", "the row of run r1 is not"},
		{"a lease of bytes", "UPDATE leases SET target = CAST(target AS BLOB)", "and does not count; not even"},
		{"until when a lease is, as a fraction", "UPDATE leases SET until = 1.5", "the lease of shop is not"},
		{"a call of bytes", "UPDATE calls SET target = CAST(target AS BLOB) WHERE run = 'r1'", "and does not count; not even"},
		{"a call at a text", "UPDATE calls SET at = 'abc' WHERE run = 'r1'", "the journal of run r1, call 1"},
		{"a number of a call, as a fraction", "UPDATE calls SET seq = 1.5 WHERE run = 'r1'", "and does not count; not even"},
		{"a sum of a call, as a text", "UPDATE calls SET sum = 'x' WHERE run = 'r1'", "the journal of run r1, call 1"},
		{"an answer at a text", "UPDATE calls SET settled = 'x' WHERE run = 'r1'", "the answer in the journal of run r1 to call 1"},
		{"a time, as a text", "UPDATE ledger SET at = 'x' WHERE record = '12'", "record 12, field city is not"},
		{"a value of bytes", "UPDATE ledger SET shown = CAST(shown AS BLOB) WHERE record = '12'", "record 12, field city is not"},
		{"a declined change at a text", "UPDATE declines SET at = 'x' WHERE change = 'c8'", "change c8, is not"},
		{"a mark at a text", "UPDATE marks SET at = 'x'", "source crm is not"},
		{"what became of a run, as bytes", "UPDATE run_outcomes SET outcomes = CAST(outcomes AS BLOB)", "what became of run r1"},
		{"weights at a text", "UPDATE weights SET learned = 'x'", "the weights of fair is not"},
		{"weights", `UPDATE weights SET weights = '{"w":2}'`, "the weights of fair is not"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path, later := summedStore(t), noon.Add(time.Hour)
			foreign(t, path, tt.damage)
			h, err := Check(t.Context(), path, later)
			must(t, err)
			if !slices.ContainsFunc(h.Found, func(f diag.Finding) bool { return f.Code == "row-damaged" && strings.Contains(f.Message, tt.message) }) || h.Sound() {
				t.Errorf("found %v, want %q", h.Found, tt.message)
			}
			s := open(t, path)
			dry, err := s.Mend(t.Context(), later, true)
			must(t, err)
			m, err := s.Mend(t.Context(), later, false)
			must(t, err)
			if m != dry || m.Rows+m.Calls+m.Answers != 1 {
				t.Errorf("taken out %+v, announced %+v, want one", m, dry)
			}
			if again, err := s.Mend(t.Context(), later, false); err != nil || again.Any() {
				t.Errorf("the second time: %+v, %v", again, err)
			}
			must(t, s.Close())
			if h, err = Check(t.Context(), path, later); err != nil || !h.Sound() {
				t.Errorf("afterwards: %v, %v", h.Found, err)
			}
			calls, err := ask(t, path)
			must(t, err)
			if calls.damage.Any() {
				t.Errorf("afterwards is damaged: %+v", calls.damage)
			}
		})
	}
}

// TestMissingCallsAreFilled damages what tells a call from others.
func TestMissingCallsAreFilled(t *testing.T) {
	path := summedStore(t)
	s := open(t, path)
	for seq := 1; seq <= 3; seq++ {
		must(t, s.Intend(t.Context(), pipeline.Call{Run: "r3", Seq: seq, Target: shop, Digest: "d3", Route: "patch", At: noon, Changes: []pipeline.Change{person("c", "1", "a@example.com", "A")}}))
		must(t, s.Settle(t.Context(), pipeline.Verdict{Run: "r3", Seq: seq, At: noon, Outcomes: []pipeline.Outcome{{Change: "c", Status: pipeline.Sent}}}))
	}
	must(t, s.StartRun(t.Context(), pipeline.RunRecord{ID: "r3", Pipeline: "fair", Target: shop, Digest: "d3", Start: noon}))
	must(t, s.Close())
	foreign(t, path, "UPDATE calls SET digest = 'd4' WHERE run = 'r3' AND seq = 2")
	s = open(t, path)
	for _, digest := range []string{"d3", "d4", "of a plan that nobody has applied"} {
		if _, err := s.Calls(t.Context(), shop, digest); err == nil {
			t.Errorf("a call that may be of plan %s is damaged, and nothing is said", digest)
		}
	}
	b, err := s.Budget("shop", 10)
	must(t, err)
	_, err = b.Take(t.Context(), noon, 0)
	must(t, err)
	if _, err := s.Mend(t.Context(), noon.Add(time.Minute), false); err == nil {
		t.Error("a call was taken out while it may still be carried out")
	}
	m, err := s.Mend(t.Context(), noon.Add(time.Hour), false)
	must(t, err)
	if m.Calls != 1 {
		t.Errorf("taken out %+v", m)
	}
	calls, _, err := s.RunCalls(t.Context(), "r3")
	must(t, err)
	var got []string
	for _, c := range calls {
		got = append(got, fmt.Sprintf("%d%s%d", c.Seq, c.Route, len(c.Changes)))
	}
	if want := []string{"1patch1", "2forgotten0", "3patch1"}; !slices.Equal(got, want) {
		t.Errorf("the run has calls %q, want %q", got, want)
	}
	must(t, s.Close())
	if h, err := Check(t.Context(), path, noon.Add(time.Hour)); err != nil || !h.Sound() {
		t.Errorf("afterwards: %v, %v", h.Found, err)
	}
}

// TestCompactKeepsWhatIsInDoubt damages an answer, and then the call itself: the plan may
// have to go on, and must find what it may have sent.
func TestCompactKeepsWhatIsInDoubt(t *testing.T) {
	path, later := lived(t), noon.Add(KeepMin+2*time.Hour)
	foreign(t, path, "UPDATE calls SET outcomes = replace(outcomes, '11', '13') WHERE run = 'r1'")
	s := open(t, path)
	_, err := s.Compact(t.Context(), later, KeepMin)
	must(t, err)
	calls, err := s.Calls(t.Context(), shop, "digestr1")
	must(t, err)
	if len(calls) != 1 || !calls[0].Doubtful {
		t.Errorf("left are the calls %+v, want the one in doubt", calls)
	}
	must(t, s.Close())
	foreign(t, path, "UPDATE calls SET digest = 'digestr3' WHERE run = 'r1'")
	s = open(t, path)
	if c, err := s.Compact(t.Context(), later, KeepMin); err == nil || !strings.Contains(err.Error(), "call 1 of run r1") {
		t.Errorf("with a damaged call: %+v, %v", c, err)
	}
}

// TestDamageThatIsWrittenAnewIsOver writes every damaged row of a store again while it
// stays open.
func TestDamageThatIsWrittenAnewIsOver(t *testing.T) {
	path := summedStore(t)
	foreign(t, path, "UPDATE links SET record = '12' WHERE id = 'p9'", `UPDATE ledger SET shown = '"Leipzih"' WHERE record = '12' AND field = 'city'`,
		"UPDATE made SET pipeline = 'fain' WHERE record = '12'", "UPDATE declines SET target = 'x' WHERE change = 'c8'")
	s := open(t, path)
	read := func() pipeline.Damage {
		var links []pipeline.RowLink
		must(t, s.EachLink(t.Context(), shop, func(l pipeline.RowLink) error { links = append(links, l); return nil }))
		_, err := s.Entries(t.Context(), shop)
		must(t, err)
		_, err = s.Created(t.Context(), shop)
		must(t, err)
		_, err = s.Declined(t.Context(), shop)
		must(t, err)
		return s.Damage(shop)
	}
	first := read()
	if len(first.Links) != 1 || first.Entries != 1 || first.Created != 1 || first.Declines != 1 {
		t.Fatalf("damaged is %+v, want one of each", first)
	}
	if diff := cmp.Diff(read(), first); diff != "" {
		t.Errorf("the second reading (-got +want):\n%s", diff)
	}
	row := first.Links[0]
	must(t, s.SaveLinks(t.Context(), shop, []pipeline.RowLink{{Pipeline: row.Pipeline, Source: row.Source, ID: row.ID, Target: "11"}}))
	must(t, s.SaveEntries(t.Context(), shop, []pipeline.LedgerEntry{{Record: "12", Field: "city", Sent: str("Leipzig"), Shown: str("Leipzig"), At: noon}}))
	must(t, s.SaveCreated(t.Context(), shop, "fair", []string{"12"}))
	_, err := s.db.ExecContext(t.Context(), "DELETE FROM declines WHERE target = 'x'")
	must(t, err)
	if d := read(); d.Any() {
		t.Errorf("all is written anew, and damaged is %+v", d)
	}
}

// TestMendDoesNotAnswerForTheTarget takes out calls, one of them without an answer: what
// it sent may still be carried out, so that nobody may say when it was over.
func TestMendDoesNotAnswerForTheTarget(t *testing.T) {
	path, later := summedStore(t), noon.Add(time.Hour)
	foreign(t, path, "UPDATE calls SET changes = replace(changes, 'Old', 'Olf'), at = at + 400000000000000")
	s := open(t, path)
	_, err := s.Mend(t.Context(), later, false)
	must(t, err)
	for run, answered := range map[string]bool{"r1": true, "r2": false} {
		calls, err := s.Calls(t.Context(), shop, "digest"+run)
		must(t, err)
		if len(calls) != 1 || calls[0].Route != pipeline.RouteForgotten || calls[0].At.After(later) {
			t.Fatalf("the calls of %s are %+v", run, calls)
		}
		if v := calls[0].Verdict; (v != nil) != answered || v != nil && !v.At.Equal(noon) {
			t.Errorf("the answer of %s is %+v", run, v)
		}
	}
	must(t, s.Close())
	if h, err := Check(t.Context(), path, later); err != nil || !h.Sound() {
		t.Errorf("afterwards: %v, %v", h.Found, err)
	}
}
