package state

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
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

const shop = "plandocket https://shop.example contacts"

func str(s string) pipeline.Value { return pipeline.StringValue(s) }

// person is a change of a person's record, as apply writes it down.
func person(id, record, email, name string) pipeline.Change {
	return pipeline.Change{ID: id, Action: pipeline.Update, Target: record, Key: pipeline.Key{Field: "email", Value: email}, Label: name + " <" + email + ">",
		Fields: []pipeline.FieldChange{{Field: "last_name", Before: str("Old " + name), After: str(name)}},
		Rows:   []pipeline.Origin{{Source: "fair", ID: "row-" + id}}}
}

// lived is a store after two runs, the second of which was cut off, with somebody
// called Anna in it among others.
func lived(t *testing.T) string {
	t.Helper()
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "state.db")
	s := open(t, path)
	others := person("c2", "12", "bert@example.com", "Bert Braun")
	others.Match = &pipeline.Reason{Rule: "similar", RunnerUp: "Anna Weber <Anna@Example.com>"}
	others.Fields[0].Lost = []pipeline.RowValue{{Value: str("ANNA@example.com")}}
	for i, run := range []string{"r1", "r2"} {
		must(t, s.StartRun(ctx, pipeline.RunRecord{ID: run, Pipeline: "fair", Target: shop, Digest: "digest" + run, Start: noon.Add(time.Duration(i) * time.Hour)}))
		must(t, s.Intend(ctx, pipeline.Call{Run: run, Seq: 1, Target: shop, Digest: "digest" + run, Route: "patch", At: noon,
			Changes: []pipeline.Change{person("c1", "11", "Anna@Example.com", "Anna O'Hara & Söhne"), others}}))
	}
	outcomes := []pipeline.Outcome{{Change: "c1", Status: pipeline.Sent, Target: "11", Message: "anna@example.com was updated"}, {Change: "c2", Status: pipeline.Sent, Target: "12"}}
	must(t, s.Settle(ctx, pipeline.Verdict{Run: "r1", Seq: 1, At: noon, Outcomes: outcomes}))
	must(t, s.KeepOutcomes(ctx, "r1", outcomes))
	must(t, s.EndRun(ctx, "r1", noon.Add(time.Minute), "done", map[pipeline.Status]int{pipeline.Verified: 2}))
	must(t, s.SaveLinks(ctx, shop, []pipeline.RowLink{{Source: "fair", ID: "row-c1", Target: "11"}, {Source: "crm", ID: "p9", Target: "11"}, {Source: "fair", ID: "row-c2", Target: "12"}}))
	must(t, s.SaveEntries(ctx, shop, []pipeline.LedgerEntry{
		{Record: "11", Field: "email", Sent: str("anna@example.com"), Shown: str("ANNA@example.com"), At: noon},
		{Record: "11", Field: "phone", Sent: str("+49 341 5550101"), Shown: str("+493415550101"), At: noon},
		{Record: "11", Field: "city", Sent: str("Leipzig"), Shown: str("Leipzig"), At: noon},
		{Record: "12", Field: "city", Sent: str("Leipzig"), Shown: str("Leipzig"), At: noon}}))
	must(t, s.SaveClusterIDs(ctx, "files", &pipeline.ClusterIDs{Run: 1, Rows: []pipeline.ClusterRow{{Key: "id:anna@example.com", Cluster: "k1"}, {Key: "id:7", Cluster: "k1"}}, IDs: []pipeline.ClusterID{{ID: "k1", Since: 1}}}))
	must(t, s.Close())
	return path
}

func codes(h *Health) (list []string) {
	for _, f := range h.Found {
		list = append(list, f.Severity.String()+" "+f.Code)
	}
	return list
}

func TestCheckOfASoundStore(t *testing.T) {
	path := lived(t)
	before, err := os.ReadFile(path)
	must(t, err)
	h, err := Check(t.Context(), path, noon.Add(time.Hour))
	must(t, err)
	if want := []string{"warning open-calls"}; !h.Sound() || !slices.Equal(codes(h), want) {
		t.Errorf("found %v, want %v: %v", codes(h), want, h.Found)
	}
	if !strings.Contains(h.Found[0].Message, "2 changes of plan digestr2") {
		t.Errorf("the open call is told as %q", h.Found[0].Message)
	}
	after, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Equal(before, after) {
		t.Error("the check changed the file")
	}
	if _, err := Check(t.Context(), path+"x", noon); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing store: %v", err)
	}
}

// leaseOf writes a lease.
func leaseOf(since, until int64) string {
	return fmt.Sprintf("INSERT INTO leases VALUES ('shop', 'bert', %d, %d, %d)", since, until, new(summer).lease("shop", "bert", since, until))
}

// TestCheckFindsDamage damages a store in each way that a disk, a person or a
// half-finished program may, and wants it told.
func TestCheckFindsDamage(t *testing.T) {
	tests := []struct {
		name, damage, want string
	}{
		{"a table is gone", "DROP TABLE ledger", "error table-missing"},
		{"a column is other", "ALTER TABLE links RENAME COLUMN record TO rec", "error table-changed"},
		{"a link leads nowhere", "UPDATE links SET record = '' WHERE id = 'p9'", "error link"},
		{"a value is no JSON", "UPDATE ledger SET shown = '{' WHERE record = '12'", "error ledger"},
		{"a value is of no form", `UPDATE ledger SET sent = '{"x":1}' WHERE record = '12'`, "error ledger"},
		{"changes are cut off", "UPDATE calls SET changes = substr(changes, 1, 100) WHERE run = 'r1'", "error journal"},
		{"an outcome is missing", `UPDATE calls SET outcomes = '[{"change":"c1"}]' WHERE run = 'r1'`, "error row-damaged"},
		{"half a verdict", "UPDATE calls SET outcomes = NULL WHERE run = 'r1'", "error row-damaged"},
		{"a run is gone", "DELETE FROM runs WHERE id = 'r1'", "error journal"},
		{"a call is gone", "UPDATE calls SET seq = 3 WHERE run = 'r1'", "error journal"},
		{"counts are cut off", "UPDATE runs SET counts = '{' WHERE id = 'r1'", "error run"},
		{"outcomes of a run are cut off", "UPDATE run_outcomes SET outcomes = '['", "error run"},
		{"a cluster is gone", "DELETE FROM cluster_ids", "error clusters"},
		{"a run ended before it began", "UPDATE runs SET finish = start - 1 WHERE id = 'r1'", "warning clock"},
		{"a request of the future", "INSERT INTO requests VALUES ('shop', 9999999999999999)", "warning clock"},
		{"a lease of the future", leaseOf(9999999999999990, 9999999999999999), "warning clock"},
		{"a lease that is held", leaseOf(noon.UnixMicro(), noon.Add(2*time.Hour).UnixMicro()), "note lease-held"},
		{"a lease that was left", leaseOf(noon.UnixMicro(), noon.UnixMicro()), "note lease-left"},
		{"a newer store", "PRAGMA user_version = 99", "error newer"},
		{"no version", "PRAGMA user_version = 0", "error damaged"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := lived(t)
			foreign(t, path, tt.damage)
			h, err := Check(t.Context(), path, noon.Add(time.Hour))
			must(t, err)
			if !slices.Contains(codes(h), tt.want) {
				t.Errorf("found %v, want %s", h.Found, tt.want)
			}
			for _, f := range h.Found {
				if f.Hint == "" || f.Message == "" {
					t.Errorf("%s does not say what is wrong and what now: %q, %q", f.Code, f.Message, f.Hint)
				}
				if f.Severity == diag.Error && h.Sound() {
					t.Errorf("a store with %v is called sound", f)
				}
			}
		})
	}
}

func TestCheckOfDamagedPages(t *testing.T) {
	path := lived(t)
	foreign(t, path, "VACUUM") // without pages that hold nothing
	whole, err := os.ReadFile(path)
	must(t, err)
	for at := 4096; at+4096 <= len(whole); at += 4096 {
		broken := slices.Clone(whole)
		copy(broken[at:], bytes.Repeat([]byte{0xa5}, 4096))
		must(t, os.WriteFile(path, broken, 0o600))
		if h, err := Check(t.Context(), path, noon); err != nil || h.Sound() {
			t.Errorf("page at %d is garbage, and the check says %v, %v", at, h, err)
		}
	}
	for _, n := range []int{0, 1, 100, 4096, len(whole) - 4096} {
		must(t, os.WriteFile(path, whole[:n], 0o600))
		if h, err := Check(t.Context(), path, noon); err != nil || h.Sound() {
			t.Errorf("a file cut off after %d bytes: %v, %v", n, h, err)
		}
	}
}

func TestCompactKeepsWhatIsNeeded(t *testing.T) {
	path, ctx := lived(t), t.Context()
	s := open(t, path)
	if _, err := s.Compact(ctx, noon, 24*time.Hour); err == nil {
		t.Error("a journal of a day is enough for nobody, and was taken")
	}
	must(t, s.Acquire(ctx, shop, "bert", noon, time.Hour))
	if _, err := s.Compact(ctx, noon.Add(time.Minute), KeepMin); !errors.As(err, new(*pipeline.LeaseHeldError)) {
		t.Errorf("while an apply is at work: %v", err)
	}
	c, err := s.Compact(ctx, noon.Add(KeepMin-time.Hour), KeepMin)
	must(t, err)
	if c.Calls != 0 || c.Leases != 1 {
		t.Errorf("everything is young, and removed was %+v", c)
	}
	c, err = s.Compact(ctx, noon.Add(KeepMin+2*time.Hour), KeepMin)
	must(t, err)
	if c.Calls != 1 {
		t.Errorf("removed %d calls, want that of r1: that of r2 got no answer", c.Calls)
	}
	calls, _, err := s.RunCalls(ctx, "r2")
	must(t, err)
	links, err := s.Links(ctx, shop)
	must(t, err)
	runs, err := s.Runs(ctx)
	must(t, err)
	if len(calls) != 1 || len(links) != 3 || len(runs) != 2 {
		t.Errorf("left are %d calls, %d links, %d runs", len(calls), len(links), len(runs))
	}
}

func TestExportIsStableAndWhole(t *testing.T) {
	s := open(t, lived(t))
	var a, b bytes.Buffer
	must(t, s.Export(t.Context(), &a))
	must(t, s.Export(t.Context(), &b))
	if a.String() != b.String() {
		t.Error("two exports of one memory differ")
	}
	rows := map[string]int{}
	for i, line := range strings.Split(strings.TrimSuffix(a.String(), "\n"), "\n") {
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		if table, ok := row["table"].(string); ok {
			rows[table]++
		}
		if row["table"] == "ledger" && row["field"] == "email" && row["sent"] != "anna@example.com" {
			t.Errorf("a value is exported as %v", row["sent"])
		}
	}
	want := map[string]int{"links": 3, "ledger": 4, "calls": 2, "runs": 2, "run_outcomes": 1, "cluster_runs": 1, "cluster_rows": 2, "cluster_ids": 1}
	if diff := cmp.Diff(rows, want); diff != "" {
		t.Errorf("rows by table (-got +want):\n%s", diff)
	}
}

func TestForgetErasesOnePersonAndProvesIt(t *testing.T) {
	path := lived(t)
	dry, err := Forget(t.Context(), path, " anna@EXAMPLE.com ", noon.Add(time.Hour), ForgetOptions{Dry: true})
	must(t, err)
	f, err := Forget(t.Context(), path, " anna@EXAMPLE.com ", noon.Add(time.Hour), ForgetOptions{})
	must(t, err)
	type counts struct{ Entries, Links, Changes, Mentions, ClusterRows int }
	of := func(f *Forgotten) counts { return counts{f.Entries, f.Links, f.Changes, f.Mentions, f.ClusterRows} }
	if want := (counts{3, 2, 2, 2, 1}); of(f) != want || of(dry) != want {
		t.Errorf("erased %+v, announced %+v, want %+v", of(f), of(dry), want)
	}
	if f.Proof.Address != 0 || len(f.Elsewhere) != 0 || f.Proof.Bytes == 0 {
		t.Errorf("the address is still there: %+v in %v", f.Proof, f.Elsewhere)
	}
	// Leipzig is Bert's city, too.
	if f.Proof.Values-f.Proof.Gone != 1 {
		t.Errorf("%d of %d texts are gone, want all but one", f.Proof.Gone, f.Proof.Values)
	}
	raw, err := os.ReadFile(path)
	must(t, err)
	for _, gone := range []string{"anna@example.com", "o'hara", "5550101", "p9", "row-c1"} {
		if bytes.Contains(bytes.ToLower(raw), []byte(gone)) {
			t.Errorf("%s is still in the file", gone)
		}
	}
	for _, stays := range []string{"bert@example.com", "Bert Braun", "row-c2", "Leipzig"} {
		if !bytes.Contains(raw, []byte(stays)) {
			t.Errorf("%s was taken away with somebody else", stays)
		}
	}
	h, err := Check(t.Context(), path, noon.Add(time.Hour))
	must(t, err)
	if !h.Sound() || !slices.Equal(codes(h), []string{"warning open-calls"}) {
		t.Errorf("afterwards the check finds %v", h.Found)
	}
	again, err := Forget(t.Context(), path, "anna@example.com", noon.Add(time.Hour), ForgetOptions{})
	must(t, err)
	if again.Any() {
		t.Errorf("the second time erased %+v", of(again))
	}
}

func TestForgetRefuses(t *testing.T) {
	path := lived(t)
	for _, email := range []string{"", "anna", " "} {
		if _, err := Forget(t.Context(), path, email, noon, ForgetOptions{}); err == nil {
			t.Errorf("%q was taken for an address", email)
		}
	}
	s := open(t, path)
	must(t, s.Acquire(t.Context(), shop, "bert", noon, time.Hour))
	must(t, s.Close())
	if _, err := Forget(t.Context(), path, "anna@example.com", noon.Add(time.Minute), ForgetOptions{}); !errors.As(err, new(*pipeline.LeaseHeldError)) {
		t.Errorf("while an apply is at work: %v", err)
	}
	foreign(t, path, "UPDATE calls SET changes = '[' WHERE run = 'r2'")
	if _, err := Forget(t.Context(), path, "anna@example.com", noon.Add(2*time.Hour), ForgetOptions{}); err == nil {
		t.Error("a call that cannot be read may be hers, and nothing was said")
	}
}

func TestProofFindsWhatIsAcrossBlocks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	content := bytes.Repeat([]byte("."), 2*proofBlock+100)
	for _, at := range []int{0, proofBlock - 3, 2*proofBlock - 16, 2*proofBlock + 84} {
		copy(content[at:], "Anna@example.com")
	}
	must(t, os.WriteFile(path, content, 0o600))
	w := &sweep{forms: spellings("anna@EXAMPLE.com"), texts: [][][]byte{spellings("NA@example.com")}, found: make([]int, 1)}
	n, err := w.file(path)
	if err != nil || n != int64(len(content)) || w.addresses != 4 || w.found[0] != 4 {
		t.Errorf("found %d and %d in %d bytes, %v; want 4 in %d", w.addresses, w.found[0], n, err, len(content))
	}
	// The longer address lies across blocks, too.
	w = &sweep{forms: spellings("na@example.com"), longer: spellings("anna@example.com")}
	if _, err := w.file(path); err != nil || w.addresses != 0 {
		t.Errorf("a part of another address is taken for the address %d times, %v", w.addresses, err)
	}
}

// sumOld gives the rows of a store of a version the sums that they had in it.
func sumOld(t *testing.T, path string, version int) {
	t.Helper()
	db, err := sql.Open("sqlite", address(path, nil))
	must(t, err)
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	must(t, err)
	for _, k := range summedRows() {
		if k.version() <= version {
			must(t, k.sumRows(t.Context(), tx))
		}
	}
	must(t, tx.Commit())
}

// TestOldStoresAreBroughtUpToDate makes stores of each earlier version and opens
// them with this program.
func TestOldStoresAreBroughtUpToDate(t *testing.T) {
	for version := 1; version < schemaVersion; version++ {
		path := filepath.Join(t.TempDir(), "state.db")
		link := "INSERT INTO links (target, source, id, record) VALUES ('t', 's', '1', 'r')"
		if version >= ownershipVersion {
			link = "INSERT INTO links (target, pipeline, source, id, record) VALUES ('t', 'p', 's', '1', 'r')"
		}
		call := `INSERT INTO calls (run, seq, target, digest, route, at, changes, settled, outcomes) VALUES ('r', 1, 't', 'd', 'w', 7, '[]', 8, '[]'), ('r', 2, 't', 'd', 'w', 9, '[]', NULL, NULL)`
		entry := `INSERT INTO ledger (target, record, field, sent, shown, at) VALUES ('t', 'r', 'f', '"a"', '"b"', 7)`
		run := "INSERT INTO runs (id, pipeline, target, digest, start) VALUES ('r', 'p', 't', 'd', 1)"
		foreign(t, path, append(slices.Clone(migrations[:version]), fmt.Sprintf("PRAGMA user_version = %d", version), link, call, entry, run)...)
		sumOld(t, path, version)
		h, err := Check(t.Context(), path, noon)
		must(t, err)
		if !h.Sound() || !slices.Contains(codes(h), "note older") && version < schemaVersion {
			t.Errorf("version %d: %v", version, h.Found)
		}
		s, err := Open(context.Background(), path)
		must(t, err)
		links, err := s.Links(t.Context(), "t")
		must(t, err)
		entries, err := s.Entries(t.Context(), "t")
		must(t, err)
		calls, err := s.Calls(t.Context(), "t", "d")
		must(t, err)
		must(t, s.Close())
		if len(links) != 1 || len(entries["r"]) != 1 {
			t.Errorf("version %d: %d links, ledger %v", version, len(links), entries)
		}
		if len(calls) != 2 || calls[0].Verdict == nil || calls[1].Verdict != nil || calls[1].Doubtful {
			t.Errorf("version %d: calls %+v", version, calls)
		}
		if h, err = Check(t.Context(), path, noon); err != nil || !h.Sound() || h.Version != schemaVersion {
			t.Errorf("version %d brought up to date: %v, %v", version, h, err)
		}
	}
}
