package review

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// severalSinks is a plan that goes to two targets, with so many changes to each.
func severalSinks(n int) *pipeline.Plan {
	p := &pipeline.Plan{Header: pipeline.Header{Pipeline: "fair", Made: made, Expires: made, Bindings: []pipeline.PlanBinding{
		{Model: "people", Identity: "shop contacts"}, {Model: "badges", Identity: "shop fields"}}}, Digest: "ff"}
	for b, model := range []string{"people", "badges"} {
		for i := range n {
			p.Changes = append(p.Changes, pipeline.Change{Action: pipeline.Update, Model: model, Binding: b, Label: fmt.Sprintf("Person %d", i),
				Fields: []pipeline.FieldChange{{Field: "phone", Before: text("1"), After: text("2")}}})
		}
		p.Blocked = append(p.Blocked, pipeline.BlockedRow{Model: model, Label: "Nobody", Block: pipeline.Block{Code: "keyless", Reason: "it has no key"}})
	}
	return p
}

// Where a plan goes to several targets, what is planned stands below the one that it
// is for, whether it is told one by one or by class; with one target there is nothing
// to tell apart.
func TestChangesStandBelowTheirTarget(t *testing.T) {
	for name, p := range map[string]*pipeline.Plan{"one by one": severalSinks(2), "by class": severalSinks(40)} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := Text(&b, p, Options{}); err != nil {
				t.Fatal(err)
			}
			_, changes, _ := strings.Cut(b.String(), "\nchanges")
			first, second, found := strings.Cut(changes, "\n badges -> shop fields\n")
			if !found || strings.Count(first, "\n people -> shop contacts\n") != 1 || !strings.Contains(first, "Person") || !strings.Contains(second, "Person") {
				t.Errorf("changes are not told apart:\n%s", changes)
			}
			if strings.Count(b.String(), "\n people\n") != 1 || strings.Count(b.String(), "\n badges\n") != 1 {
				t.Errorf("blocked rows are not told apart:\n%s", b.String())
			}
		})
	}
	alone := severalSinks(2)
	alone.Header.Bindings, alone.Changes = alone.Header.Bindings[:1], alone.Changes[:2]
	var b bytes.Buffer
	if err := Text(&b, alone, Options{}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "\n people") {
		t.Errorf("one target has headings:\n%s", b.String())
	}
}

// What people outside may notice is told apart from the rest, and by target, too.
func TestNoticedChangesStandBelowTheirTarget(t *testing.T) {
	p := severalSinks(1)
	for i := range p.Changes {
		p.Changes[i].Labels = []string{pipeline.LabelOutward}
	}
	var b bytes.Buffer
	if err := Text(&b, p, Options{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "\n people -> shop contacts\n") || !strings.Contains(b.String(), "\n badges -> shop fields\n") {
		t.Errorf("not told apart:\n%s", b.String())
	}
}

// A run tells who agreed to it, whatever they call themselves.
func TestRunsTellWhoAgreed(t *testing.T) {
	for _, tt := range []struct {
		said *pipeline.Approval
		want string
	}{
		{nil, ""},
		{&pipeline.Approval{How: pipeline.AgreedYes, Accepted: 1200}, "agreed to by --yes: accepted 1,200"},
		{&pipeline.Approval{How: pipeline.AgreedTerminal, By: "ada", Accepted: 1}, "agreed to on a terminal (ada): accepted 1"},
		{&pipeline.Approval{How: pipeline.AgreedApprovals, By: "Petra", When: "2026-03-01", Accepted: 3, Declined: 2, Open: 1}, "agreed to in approvals (Petra) on 2026-03-01: accepted 3, declined 2, left open 1"},
		{&pipeline.Approval{How: "vote"}, "agreed to by vote: accepted 0"},
	} {
		if got := approval(tt.said); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	var b bytes.Buffer
	run := Run{RunSummary: pipeline.RunSummary{RunRecord: pipeline.RunRecord{ID: "r", Start: made, Approval: &pipeline.Approval{How: hostile, By: hostile, When: hostile}}}}
	if err := RunText(&b, []Run{run}, Options{}); err != nil {
		t.Fatal(err)
	}
	raw(t, b.String(), false)
	b.Reset()
	if err := HistoryJSON(&b, []Run{{RunSummary: pipeline.RunSummary{RunRecord: pipeline.RunRecord{Approval: &pipeline.Approval{How: pipeline.AgreedYes, By: "ada"}}}}}); err != nil || !strings.Contains(b.String(), `"by": "ada"`) {
		t.Errorf("%v\n%s", err, b.String())
	}
}

// Why somebody decided stands with the run, and with the change that it is about.
func TestRunsTellNotes(t *testing.T) {
	run := Run{RunSummary: pipeline.RunSummary{RunRecord: pipeline.RunRecord{ID: "r", Start: made, Approval: &pipeline.Approval{How: pipeline.AgreedApprovals, Notes: []pipeline.ApprovalNote{
		{On: pipeline.NoteOnAll, Note: "looked at on Monday"},
		{On: pipeline.NoteOnClass, Name: "contacts: update phone", Said: "accepted", Note: "new numbers"},
		{On: pipeline.NoteOnChange, Name: "c1", Said: "accepted", Note: "asked her"},
		{On: pipeline.NoteOnChange, Name: "c2", Record: "17", Said: "declined", Note: hostile},
		{On: pipeline.NoteOnConflict, Name: "k1", Field: "phone", Record: "18", Said: "theirs", Note: "hers is newer"},
	}}}},
		Written: []pipeline.WrittenChange{{Change: pipeline.Change{ID: "c1", Action: pipeline.Update, Label: "Anna", Fields: []pipeline.FieldChange{{Field: "phone", Before: text("1"), After: text("2")}}}}}}
	var b bytes.Buffer
	if err := RunText(&b, []Run{run}, Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\n  note: looked at on Monday\n", "\n  note on the class contacts: update phone: accepted: new numbers\n", "1 -> 2\n      note: accepted: asked her\n",
		"\n  note on the change c2 of #17: declined: ", "\n  note on the conflict k1, field phone of #18: theirs: hers is newer\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %q:\n%s", want, b.String())
		}
	}
	if strings.Count(b.String(), "asked her") != 1 {
		t.Errorf("a note is told twice:\n%s", b.String())
	}
	raw(t, b.String(), false)
}

// What is to be known before the next command stands above it.
func TestNoteBeforeTheNextCommand(t *testing.T) {
	for _, tt := range []struct {
		opt  Options
		want string
	}{
		{Options{Note: "fill in a.json first", Next: "reconkit apply p"}, "\n\nfill in a.json first\nnext: reconkit apply p\n"},
		{Options{Note: "it expired"}, "\n\nit expired\n"},
	} {
		var b bytes.Buffer
		if err := Text(&b, severalSinks(0), tt.opt); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(b.String(), tt.want) {
			t.Errorf("got the end of %q, want %q", b.String(), tt.want)
		}
	}
}

// Every form calls a class by the name that approvals and --where take, in one piece: with
// the sink where the plan has several, with its labels, and however many fields it has.
func TestClassesAreCalledAsApprovalsCallThem(t *testing.T) {
	p := severalSinks(40)
	for i := range p.Changes {
		c := &p.Changes[i]
		c.ID = fmt.Sprint(i)
		switch i % 3 {
		case 1:
			c.Labels = []string{pipeline.LabelFormatOnly}
		case 2:
			c.Action, c.Fields = pipeline.Create, wideChange("").Fields[:30]
		}
	}
	forms := map[string]string{"text": written(t, Text, p, Options{}), "Markdown": written(t, Markdown, p, Options{}), "HTML": shownAs(written(t, HTML, p, Options{Values: true}))}
	classes := p.Undecided().Classes
	if len(classes) != 6 {
		t.Fatalf("%d classes", len(classes))
	}
	for _, c := range classes {
		for name, page := range forms {
			if !strings.Contains(page, c.Class) {
				t.Errorf("%s does not name the class %q", name, c.Class)
			}
		}
	}
	_, data := readIsland(t, written(t, HTML, p, Options{Values: true}))
	for _, c := range classes {
		if !slices.Contains(data.Classes, c.Class) {
			t.Errorf("the data does not name the class %q", c.Class)
		}
	}
}

// Where a plan has several sinks, each tells what is done to it; questions are among the
// totals; and what is shown of a part says that it is one.
func TestTotalsOfEachSink(t *testing.T) {
	p := severalSinks(3)
	p.Header.Bindings[0].Counts = pipeline.Counts{Create: 2, Update: 1200, Unchanged: 5}
	p.Header.Bindings[1].Counts = pipeline.Counts{Delete: 3, Blocked: 4}
	p.Questions = make([]pipeline.PlanQuestion, 6)
	opt := Options{Values: true, Where: `model == "people"`, Of: 41}
	for name, page := range map[string]string{"text": written(t, Text, p, opt), "Markdown": shownAs(written(t, Markdown, p, opt)), "HTML": shownAs(written(t, HTML, p, opt))} {
		for _, want := range []string{"create 2, update 1,200, blocked 0, unchanged 5", "create 0, update 0, delete 3, blocked 4, unchanged 0", "questions 6",
			`shown are 6 of 41 changes, those for which this is true: model == "people"`} {
			if !strings.Contains(page, want) {
				t.Errorf("%s lacks %q:\n%.1500s", name, want, page)
			}
		}
	}
	if whole := written(t, Text, p, Options{}); strings.Contains(whole, "shown are") {
		t.Errorf("the whole plan is called a part:\n%s", whole)
	}
}
