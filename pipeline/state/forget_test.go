package state

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
)

// Somebody whose address is a part of those of others is erased without them, and
// the proof tells hers from theirs.
func TestForgetLeavesLongerAddressesAlone(t *testing.T) {
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "state.db")
	s := open(t, path)
	var changes []pipeline.Change
	others := []string{"jan@x.de", "tag+an@x.de", "an@x.dev", "an@x.de.example"}
	for i, email := range append(slices.Clone(others), "an@x.de") {
		ch := person(fmt.Sprintf("c%d", i), fmt.Sprint(i), email, "Person of "+email)
		ch.Label = "Somebody <" + email + ">" // as it is written: \u003can@x.de\u003e
		changes = append(changes, ch)
		must(t, s.SaveEntries(ctx, shop, []pipeline.LedgerEntry{{Record: fmt.Sprint(i), Field: "email", Sent: str(email), Shown: str(email), At: noon}}))
		must(t, s.SaveLinks(ctx, shop, []pipeline.RowLink{{Pipeline: "p", Source: "fair", ID: email, Target: fmt.Sprint(i)}}))
		must(t, s.SaveCreated(ctx, shop, "p", []string{fmt.Sprint(i)}))
	}
	// Enough of them that their addresses lie across pages.
	for i := range 200 {
		changes = append(changes, person(fmt.Sprintf("d%d", i), fmt.Sprint(100+i), fmt.Sprintf("p%d.jan@x.de", i), "Person of jan@x.de"))
	}
	must(t, s.StartRun(ctx, pipeline.RunRecord{ID: "r", Pipeline: "p", Target: shop, Digest: "d", Start: noon}))
	must(t, s.Intend(ctx, pipeline.Call{Run: "r", Seq: 1, Target: shop, Digest: "d", At: noon, Changes: changes}))
	must(t, s.Close())

	f, err := Forget(ctx, path, "an@x.de", noon, ForgetOptions{})
	must(t, err)
	if f.Entries != 1 || f.Changes != 1 || f.Mentions != 0 || len(f.Elsewhere) != 0 || f.Proof.Address != 0 {
		t.Errorf("erased %+v", *f)
	}
	if !f.Unsettled["d"] || len(f.Unsettled) != 1 {
		t.Errorf("plans of which a call got no answer: %v", f.Unsettled)
	}
	raw, err := os.ReadFile(path)
	must(t, err)
	for _, email := range others {
		if !bytes.Contains(raw, []byte(email)) {
			t.Errorf("%s was erased, too", email)
		}
	}
	s = open(t, path)
	made, err := s.Created(ctx, shop)
	if must(t, err); len(made) != len(others) {
		t.Errorf("created is %v", made)
	}
	must(t, s.Close())

	// The proof is about bytes: it sees an address that no table shows.
	must(t, os.WriteFile(path+"-journal", []byte("left behind: an@x.de"), 0o600))
	s = open(t, path)
	p, err := s.prove(f.Person, map[string]bool{"jan@x.de": true}, nil)
	must(t, errors.Join(err, s.Close()))
	if p.Address == 0 {
		t.Error("an address in a file beside the state is not found")
	}
}

// What lies elsewhere comes first, while no apply can begin; where it fails, the
// memory stays as it was.
func TestForgetTakesCareOfTheRestFirst(t *testing.T) {
	path := lived(t)
	failed := errors.New("the disk is full")
	_, err := Forget(t.Context(), path, "anna@example.com", noon.Add(2*1e9*3600), ForgetOptions{First: func(f *Forgotten) error {
		if len(f.Person.Records) == 0 {
			t.Error("whose data it is, is not known yet")
		}
		return failed
	}})
	if !errors.Is(err, failed) {
		t.Errorf("error %v", err)
	}
	raw, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Contains(raw, []byte("anna@example.com")) {
		t.Error("the memory was erased all the same")
	}
	s := open(t, path)
	must(t, s.Acquire(t.Context(), shop, "bert", noon, 1e9*3600))
	must(t, s.Close())
	_, err = Forget(t.Context(), path, "anna@example.com", noon, ForgetOptions{First: func(*Forgotten) error {
		t.Error("plans are touched while an apply is at work")
		return nil
	}})
	if !errors.As(err, new(*pipeline.LeaseHeldError)) {
		t.Errorf("while an apply is at work: %v", err)
	}
}

// Rows of two pipelines may have one id and be of two people: only the one who is
// named is forgotten.
func TestForgetKeepsRowsOfOtherPipelinesApart(t *testing.T) {
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "state.db")
	s := open(t, path)
	for i, email := range []string{"anna@example.com", "bert@example.com"} {
		by, record := []string{"members", "guests"}[i], fmt.Sprint(11+i)
		ch := person("c"+record, record, email, "Person of "+email)
		ch.Rows = []pipeline.Origin{{Source: "fair", ID: "7"}}
		must(t, s.SaveEntries(ctx, shop, []pipeline.LedgerEntry{{Record: record, Field: "email", Sent: str(email), Shown: str(email), At: noon, Pipeline: by}}))
		must(t, s.SaveLinks(ctx, shop, []pipeline.RowLink{{Pipeline: by, Source: "fair", ID: "7", Target: record}}))
		must(t, s.SaveCreated(ctx, shop, by, []string{record}))
		must(t, s.StartRun(ctx, pipeline.RunRecord{ID: by, Pipeline: by, Target: shop, Digest: by, Start: noon, Binding: &pipeline.PlanBinding{}}))
		must(t, s.Intend(ctx, pipeline.Call{Run: by, Seq: 1, Target: shop, Digest: by, At: noon, Changes: []pipeline.Change{ch}}))
		outcomes := []pipeline.Outcome{{Change: ch.ID, Status: pipeline.Sent, Target: record}}
		must(t, s.Settle(ctx, pipeline.Verdict{Run: by, Seq: 1, At: noon, Outcomes: outcomes}))
		must(t, s.KeepOutcomes(ctx, by, outcomes))
	}
	must(t, s.Close())
	f, err := Forget(ctx, path, "anna@example.com", noon, ForgetOptions{})
	must(t, err)
	if f.Entries != 1 || f.Changes != 1 || f.Links != 1 || len(f.Person.Records) != 1 {
		t.Errorf("erased %+v of %v", *f, f.Person.Records)
	}
	s = open(t, path)
	made, err := s.Created(ctx, shop)
	must(t, err)
	var links []pipeline.RowLink
	must(t, s.EachLink(ctx, shop, func(l pipeline.RowLink) error { links = append(links, l); return nil }))
	if must(t, s.Close()); len(made) != 1 || made["12"] != "guests" || len(links) != 1 || links[0].Target != "12" {
		t.Errorf("of the other one is left %v, %v", made, links)
	}
}

// A forget that ended before the file was written anew leaves bytes behind that no
// table shows; the next one finds them, and takes them away.
func TestForgetFindsWhatAnEarlierOneLeft(t *testing.T) {
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "state.db")
	s := open(t, path)
	must(t, s.SaveEntries(ctx, shop, []pipeline.LedgerEntry{{Record: "11", Field: "email", Sent: str("anna@example.com"), Shown: str("anna@example.com"), At: noon}}))
	_, err := s.db.ExecContext(ctx, "DELETE FROM ledger")
	must(t, errors.Join(err, s.Close()))
	f, err := Forget(ctx, path, "anna@example.com", noon, ForgetOptions{Dry: true})
	must(t, err)
	if f.Any() || f.Proof.Address == 0 {
		t.Errorf("found %+v", *f)
	}
	f, err = Forget(ctx, path, "anna@example.com", noon, ForgetOptions{})
	if must(t, err); f.Proof.Address != 0 {
		t.Errorf("still there: %+v", f.Proof)
	}
}

// A damaged row may lead to somebody else, whose data must not go, and whose damage must
// not be hidden.
func TestForgetFollowsNothingDamaged(t *testing.T) {
	tests := []struct{ name, damage, message string }{
		{"a link", "UPDATE links SET record = '12' WHERE id = 'p9'", "the link of target "},
		{"a value", `UPDATE ledger SET shown = '"anna@example.com"' WHERE record = '12'`, "record 12, field city"},
		{"a call", `UPDATE calls SET changes = replace(changes, 'Old', 'Olf') WHERE run = 'r1'`, "the journal of run r1, call 1"},
		{"an answer", `UPDATE calls SET outcomes = replace(outcomes, '11', '12') WHERE run = 'r1'`, "the answer in the journal of run r1 to call 1"},
		{"what became of a run", `UPDATE run_outcomes SET outcomes = replace(outcomes, '11', '12')`, "what became of run r1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path, later := summedStore(t), noon.Add(time.Hour)
			foreign(t, path, tt.damage)
			export := func() string {
				var b bytes.Buffer
				s := open(t, path)
				must(t, errors.Join(s.Export(t.Context(), &b), s.Close()))
				return b.String()
			}
			before := export()
			_, err := Forget(t.Context(), path, "anna@example.com", later, ForgetOptions{First: func(*Forgotten) error {
				t.Error("plans are touched")
				return nil
			}})
			if err == nil || !strings.Contains(err.Error(), tt.message) || !strings.Contains(err.Error(), "reconkit state mend") {
				t.Fatalf("error %v, want one of %q", err, tt.message)
			}
			if diff := cmp.Diff(export(), before); diff != "" {
				t.Errorf("the memory is another one (-got +want):\n%s", diff)
			}
			s := open(t, path)
			_, err = s.Mend(t.Context(), later, false)
			must(t, errors.Join(err, s.Close()))
			f, err := Forget(t.Context(), path, "anna@example.com", later, ForgetOptions{})
			must(t, err)
			if f.Proof.Address != 0 || f.Person.Records[pipeline.RecordKey{Target: shop, Record: "12"}] {
				t.Errorf("mended, erased %+v of %v", *f, f.Person.Records)
			}
		})
	}
}

// What people wrote to decisions about somebody goes, too; what they wrote about others
// stays.
func TestForgetTakesNotesAlong(t *testing.T) {
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "state.db")
	s := open(t, path)
	notes := []pipeline.ApprovalNote{
		{On: pipeline.NoteOnAll, Note: "looked at on Monday"},
		{On: pipeline.NoteOnChange, Name: "c1", Record: "1", Said: "accepted", Note: "her cousin asked for it"},
		{On: pipeline.NoteOnChange, Name: "c2", Record: "2", Said: "declined", Note: "Bert stays"},
		{On: pipeline.NoteOnConflict, Name: "k", Field: "phone", Record: "1", Said: "ours", Note: "the cousin's number"},
		{On: pipeline.NoteOnClass, Name: "update phone", Note: "but for Anna@Example.com"},
	}
	for i, email := range []string{"anna@example.com", "bert@example.com"} {
		must(t, s.SaveEntries(ctx, shop, []pipeline.LedgerEntry{{Record: fmt.Sprint(i + 1), Field: "email", Sent: str(email), Shown: str(email), At: noon}}))
	}
	must(t, s.StartRun(ctx, pipeline.RunRecord{ID: "r", Pipeline: "p", Target: shop, Digest: "d", Start: noon, Binding: &pipeline.PlanBinding{Model: "people"}, Approval: &pipeline.Approval{By: "Petra", Notes: notes}}))
	must(t, s.Close())
	f, err := Forget(ctx, path, "anna@example.com", noon, ForgetOptions{})
	must(t, err)
	if len(f.Elsewhere) != 0 || f.Proof.Address != 0 {
		t.Errorf("the address is left: %+v", *f)
	}
	raw, err := os.ReadFile(path)
	must(t, err)
	if bytes.Contains(raw, []byte("cousin")) {
		t.Error("what was written about her is left")
	}
	s = open(t, path)
	runs, err := s.Runs(ctx)
	must(t, err)
	if runs[0].Approval == nil || runs[0].Approval.By != "Petra" || runs[0].Binding.Model != "people" {
		t.Fatalf("the run is %+v", runs[0])
	}
	var left []string
	for _, n := range runs[0].Approval.Notes {
		left = append(left, n.Note)
	}
	if want := []string{"looked at on Monday", "erased", "Bert stays", "erased", "erased"}; !slices.Equal(left, want) {
		t.Errorf("the notes are %q, want %q", left, want)
	}
	must(t, s.Close())
}

// A server that refuses a whole call says of every change of it whose address was wrong.
func TestForgetErasesWhatAServerSaidOfOthers(t *testing.T) {
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "state.db")
	s := open(t, path)
	const words = "Validation failed: records.0.email: anna@example.com is taken"
	c := pipeline.Call{Run: "r", Seq: 1, Target: shop, Digest: "d", At: noon, Changes: []pipeline.Change{person("c1", "1", "anna@example.com", "Anna"), person("c2", "2", "bert@example.com", "Bert")}}
	outcomes := []pipeline.Outcome{{Change: "c1", Status: pipeline.Refused, Message: words}, {Change: "c2", Status: pipeline.Refused, Target: "2", Message: words}}
	must(t, s.StartRun(ctx, pipeline.RunRecord{ID: "r", Pipeline: "p", Target: shop, Digest: "d", Start: noon}))
	must(t, s.Intend(ctx, c))
	must(t, s.Settle(ctx, pipeline.Verdict{Run: "r", Seq: 1, At: noon, Outcomes: outcomes}))
	must(t, s.KeepOutcomes(ctx, "r", outcomes))
	must(t, s.Close())

	f, err := Forget(ctx, path, "anna@example.com", noon, ForgetOptions{})
	must(t, err)
	if f.Changes != 1 || f.Mentions != 1 || len(f.Elsewhere) != 0 || f.Proof.Address != 0 {
		t.Errorf("erased %+v", *f)
	}
	s = open(t, path)
	calls, err := s.Calls(ctx, shop, "d")
	must(t, errors.Join(err, s.Close()))
	if got := calls[0].Verdict.Outcomes[1]; got != (pipeline.Outcome{Change: "c2", Status: pipeline.Refused, Target: "2"}) {
		t.Errorf("of the other one is left %+v", got)
	}
	if diff := cmp.Diff(calls[0].Changes[1].Fields, c.Changes[1].Fields, cmp.AllowUnexported(pipeline.Value{})); diff != "" {
		t.Errorf("the other change (-got +want):\n%s", diff)
	}
}

// Where the address stays, the proof does not take it for a part of a longer one.
func TestProofSeesAnAddressThatStays(t *testing.T) {
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "state.db")
	s := open(t, path)
	must(t, s.SaveLinks(ctx, shop, []pipeline.RowLink{{Pipeline: "p", Source: "fair", ID: "anna@example.com", Target: "1"}}))
	must(t, s.SaveEntries(ctx, shop, []pipeline.LedgerEntry{{Record: "1", Field: "email", Sent: str("anna@example.com"), Shown: str("anna@example.com"), At: noon}}))
	must(t, s.StartRun(ctx, pipeline.RunRecord{ID: "r", Pipeline: "the list of anna@example.com", Target: shop, Digest: "d", Start: noon}))
	must(t, s.Close())
	for range 2 { // also when there is nothing more to erase
		f, err := Forget(ctx, path, "anna@example.com", noon, ForgetOptions{})
		must(t, err)
		if !slices.Equal(f.Elsewhere, []string{"runs"}) || f.Proof.Address != 1 {
			t.Errorf("%d places, in %v; want one in runs", f.Proof.Address, f.Elsewhere)
		}
	}
}
