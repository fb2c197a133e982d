package pipeline

import (
	"context"
	"errors"
	"testing"
	"time"
)

// sentRuns is a journal of runs of one plan, each with its calls and what became of them.
type sentRuns struct {
	runs     []RunSummary
	calls    map[string][]CallRecord
	outcomes map[string]map[string]Outcome
}

func (s *sentRuns) Runs(context.Context) ([]RunSummary, error) { return s.runs, nil }

func (s *sentRuns) EachRunCall(_ context.Context, run string, do func(CallRecord) error) (err error) {
	for _, c := range s.calls[run] {
		err = errors.Join(err, do(c))
	}
	return err
}

func (s *sentRuns) RunOutcomes(_ context.Context, run string) (map[string]Outcome, error) {
	return s.outcomes[run], nil
}

// TestUnreadCreates tells of which creates nobody knows what record they made, by what
// their calls and their runs say.
func TestUnreadCreates(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ch := Change{ID: "c", Action: Create, Rows: []Origin{{Source: "s", ID: "1"}}}
	update := ch
	update.Action = Update
	gone := ch
	gone.Action = Delete
	type run struct {
		answer   *Outcome // nil: none
		end      Status   // "": the run did not come to its end
		pipeline string
	}
	for name, tt := range map[string]struct {
		change Change
		runs   []run
		want   bool
	}{
		"confirmed, and stopped":              {ch, []run{{&Outcome{Status: Sent}, Sent, ""}}, true},
		"confirmed, and never shown":          {ch, []run{{&Outcome{Status: Sent}, Unseen, ""}}, true},
		"confirmed, and the process died":     {ch, []run{{&Outcome{Status: Sent}, "", ""}}, true},
		"no answer, as the process died":      {ch, []run{{nil, "", ""}}, true},
		"no answer":                           {ch, []run{{&Outcome{Status: Unknown}, Unknown, ""}}, true},
		"no answer, and the record differed":  {ch, []run{{&Outcome{Status: Unknown}, Drifted, ""}}, true},
		"stopped twice":                       {ch, []run{{&Outcome{Status: Sent}, Sent, ""}, {nil, Pending, ""}}, true},
		"read back":                           {ch, []run{{&Outcome{Status: Sent}, Verified, ""}}, false},
		"read back, with something else open": {ch, []run{{&Outcome{Status: Sent}, Verified, ""}, {nil, "", "none"}}, false},
		"read back by the resume":             {ch, []run{{&Outcome{Status: Unknown}, Unknown, ""}, {nil, Already, "none"}}, false},
		"it was there":                        {ch, []run{{&Outcome{Status: Unknown, Existed: true}, Unknown, ""}}, false},
		"refused":                             {ch, []run{{&Outcome{Status: Refused}, Refused, ""}}, false},
		"not sent":                            {ch, []run{{&Outcome{Status: Pending}, Pending, ""}}, false},
		"of another pipeline":                 {ch, []run{{&Outcome{Status: Sent}, Sent, "other"}}, false},
		"an update":                           {update, []run{{&Outcome{Status: Sent}, Sent, ""}}, true},
		"an update that was read back":        {update, []run{{&Outcome{Status: Sent}, Verified, ""}}, false},
		"a deletion":                          {gone, []run{{&Outcome{Status: Sent}, Sent, ""}}, false},
		"refused as a whole":                  {ch, []run{{&Outcome{Status: Refused, Partly: true}, "", ""}}, true},
		"refused as a whole, and not proven":  {ch, []run{{&Outcome{Status: Refused, Partly: true}, Refused, ""}}, true},
	} {
		j := &sentRuns{calls: map[string][]CallRecord{}, outcomes: map[string]map[string]Outcome{}}
		for n, r := range tt.runs {
			id := string(rune('a' + n))
			one := RunSummary{RunRecord: RunRecord{ID: id, Target: "t", Pipeline: "p", Digest: "d"}}
			call := CallRecord{Call: Call{Run: id, Changes: []Change{tt.change}}}
			if r.answer != nil {
				call.Verdict = &Verdict{At: noon, Outcomes: []Outcome{*r.answer}}
			}
			switch r.pipeline {
			case "none", "":
			default:
				one.Pipeline = r.pipeline
			}
			if r.pipeline != "none" && (r.answer != nil || r.end == "") {
				j.calls[id] = []CallRecord{call}
			}
			if r.end != "" {
				one.Finish, one.Counts = noon, map[Status]int{r.end: 1}
				j.outcomes[id] = map[string]Outcome{"c": {Change: "c", Status: r.end}}
			}
			j.runs = append(j.runs, one)
		}
		found, err := unreadChanges(t.Context(), j, unreadQuery{target: "t", pipeline: "p", wanted: func(*Change) bool { return true }})
		if err != nil {
			t.Fatal(err)
		}
		if got := len(found) == 1; got != tt.want {
			t.Errorf("%s: unread is %t, want %t", name, got, tt.want)
		}
	}
}

// TestUnreadSeatOfSomebodyElse has another contact get the key by which somebody was
// enrolled: what has the key by now is not the record that the create made.
func TestUnreadSeatOfSomebodyElse(t *testing.T) {
	schema := MustSchema(Field{Name: "by", Type: String}, Field{Name: "contact", Type: String})
	b := NewBuilder(schema, 1)
	b.Column(0).AppendString("expo anna@x.example")
	b.Column(1).AppendString("2")
	ids := NewColumnBuilder(String, 1)
	ids.AppendString("7")
	batch, err := b.Finish(BatchData{Source: "target", IDs: ids.Finish()})
	if err != nil {
		t.Fatal(err)
	}
	records := NewTable(schema)
	records.Append(batch)
	present := indexPresent(&Present{Records: records}, []string{"by"})
	for contact, want := range map[string]bool{"1": false, "2": true} {
		u := unreadChange{Change: Change{Key: Key{"by", "expo anna@x.example"}, Fields: []FieldChange{{Field: "contact", After: StringValue(contact)}}}}
		if ids, sure := u.shown(present, "contact", nil); sure != want || len(ids) == 1 != want {
			t.Errorf("a seat of contact %s: %v, %t", contact, ids, sure)
		}
	}
}
