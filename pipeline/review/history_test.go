package review

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// someRuns are two applies: one of a plan with something of everything, hostile
// text included, and one that was cut off.
func someRuns() (first, second []Run) {
	head := pipeline.RunRecord{ID: "20260301T093000Z-aa/people/shop/contacts", Pipeline: "fair", Target: "shop contacts", Digest: "0123456789abcdef", Start: made}
	var written []pipeline.WrittenChange
	for i, c := range smallPlan().Changes {
		written = append(written, pipeline.WrittenChange{Change: c, Became: pipeline.Outcome{Status: pipeline.Verified, Target: fmt.Sprint(20 + i), Message: hostile}})
	}
	first = []Run{{pipeline.RunSummary{RunRecord: head, Finish: made.Add(90 * time.Second), Status: "done", Counts: map[pipeline.Status]int{pipeline.Verified: 4, pipeline.Declined: 1}, Calls: 2}, written, []pipeline.UnwrittenChange{{Outcome: pipeline.Outcome{Change: "c9", Status: pipeline.Refused, Target: "9", Message: hostile}, Label: hostile}}}}
	head.ID, head.Start = "20260302T093000Z-bb"+hostile, made.Add(24*time.Hour)
	again := written[1]
	again.Fields = []pipeline.FieldChange{{Field: "email", After: text("dora@example.com")}, {Field: "phone", After: text("+49 89 2")}, {Field: hostile, After: text(hostile)}}
	second = []Run{{pipeline.RunSummary{RunRecord: head, Calls: 1}, []pipeline.WrittenChange{again, {Change: pipeline.Change{Action: pipeline.Create, Label: hostile, Key: pipeline.Key{Field: "email", Value: "new@example.com"}}}}, nil}}
	return first, second
}

func TestHistory(t *testing.T) {
	first, second := someRuns()
	summaries := []pipeline.RunSummary{first[0].RunSummary, second[0].RunSummary}
	diff := DiffRuns(first, second)
	for name, write := range map[string]func(io.Writer, Options) error{
		"history.txt": func(w io.Writer, o Options) error { return HistoryText(w, summaries, o) },
		"run.txt":     func(w io.Writer, o Options) error { return RunText(w, append(first[:1:1], second...), o) },
		"runs-diff.txt": func(w io.Writer, o Options) error {
			return RunsDiffText(w, "20260301T093000Z-aa", hostile, diff, o)
		},
	} {
		golden(t, name, func(w io.Writer) error { return write(w, Options{}) })
		var b bytes.Buffer
		if err := write(&b, Options{Colour: true, All: true}); err != nil {
			t.Fatal(err)
		}
		raw(t, b.String(), true)
		if b.Len() > 1<<16 {
			t.Errorf("%s: a value of a megabyte is shown whole", name)
		}
	}
	if len(diff.Both) != 1 || len(diff.OnlyA) != len(first[0].Written)-1 || len(diff.OnlyB) != 1 {
		t.Errorf("the difference is %d, %d, %d", len(diff.OnlyA), len(diff.OnlyB), len(diff.Both))
	}
	var b bytes.Buffer
	if err := HistoryJSON(&b, first); err != nil || !json.Valid(b.Bytes()) || !strings.Contains(b.String(), `"status": "verified"`) {
		t.Errorf("JSON of a run: %v\n%s", err, b.String()[:min(400, b.Len())])
	}
	b.Reset()
	if err := HistoryText(&b, nil, Options{}); err != nil || b.String() != "nothing was applied yet\n" {
		t.Errorf("no runs: %q", b.String())
	}
}

func TestManyRunsAndChangesAreCounted(t *testing.T) {
	var runs []pipeline.RunSummary
	var written []pipeline.WrittenChange
	for i := range 200 {
		runs = append(runs, pipeline.RunSummary{RunRecord: pipeline.RunRecord{ID: fmt.Sprint("run-", i), Start: made}})
		written = append(written, pipeline.WrittenChange{Change: pipeline.Change{Action: pipeline.Create, Label: fmt.Sprint("Contact ", i), Key: pipeline.Key{Value: fmt.Sprint(i)}}})
	}
	var b bytes.Buffer
	if err := HistoryText(&b, runs, Options{}); err != nil || strings.Count(b.String(), "run-") != listedMax || !strings.Contains(b.String(), "180 more") || !strings.HasPrefix(b.String(), "run-199") {
		t.Errorf("%d runs are listed: %v", strings.Count(b.String(), "run-"), err)
	}
	b.Reset()
	if err := RunText(&b, []Run{{Written: written}}, Options{}); err != nil || strings.Count(b.String(), "Contact ") != changesListedMax || !strings.Contains(b.String(), "150 more changes") {
		t.Errorf("%d changes are listed: %v", strings.Count(b.String(), "Contact "), err)
	}
}

func TestListsAreShownAsSets(t *testing.T) {
	p := smallPlan()
	p.Changes = []pipeline.Change{{Action: pipeline.Update, Label: "Anna", Fields: []pipeline.FieldChange{{Field: "tags", Before: pipeline.ListValue([]string{"old", "vip"}),
		After: pipeline.ListValue([]string{"vip", "press"}), Gains: []string{"press"}, Loses: []string{"old"}}}}}
	var b bytes.Buffer
	if err := Text(&b, p, Options{}); err != nil || !strings.Contains(b.String(), "tags  +press -old  beside vip") {
		t.Errorf("%v\n%s", err, b.String())
	}
}
