package pipeline_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// shown writes the changes of a plan: action, key, fields and labels.
func shown(p *pipeline.Plan) []string {
	var lines []string
	for _, c := range p.Changes {
		parts := []string{string(c.Action), c.Key.Value}
		for _, f := range c.Fields {
			after := f.After.String()
			if f.After.IsErase() {
				after = "(erase)"
			}
			parts = append(parts, fmt.Sprintf("%s:%s>%s", f.Field, f.Before, after))
		}
		if len(c.Labels) > 0 {
			parts = append(parts, "["+strings.Join(c.Labels, " ")+"]")
		}
		lines = append(lines, strings.Join(parts, " "))
	}
	return lines
}

func TestFieldPolicies(t *testing.T) {
	sent := func(sent, showed string) []pipeline.LedgerEntry {
		return []pipeline.LedgerEntry{{Record: "t001", Field: "note", Sent: text(sent), Shown: text(showed)}}
	}
	const changed, same = "update N01 note:old>new", ""
	for name, c := range map[string]struct {
		policy     pipeline.FieldPolicy
		have, want pipeline.Value
		ledger     []pipeline.LedgerEntry
		out        string
		edits      bool
	}{
		"no policy is overwrite":               {"", text("old"), text("new"), nil, changed, false},
		"overwrite":                            {pipeline.Overwrite, text("old"), text("new"), nil, changed, false},
		"overwrite an edit":                    {pipeline.Overwrite, text("old"), text("new"), sent("a", "a"), changed + " [overrides-edit]", false},
		"no opinion":                           {pipeline.Overwrite, text("old"), pipeline.Null(), nil, same, false},
		"the same":                             {pipeline.Overwrite, text("old"), text("old"), nil, same, false},
		"empty text and null are the same":     {pipeline.Overwrite, pipeline.Null(), text(""), nil, same, false},
		"empty text is no opinion":             {pipeline.Overwrite, text("old"), text(""), nil, same, false},
		"erase":                                {pipeline.Overwrite, text("old"), pipeline.Erase(), nil, "update N01 note:old>(erase) [blank]", false},
		"erase what is empty":                  {pipeline.Overwrite, pipeline.Null(), pipeline.Erase(), nil, same, false},
		"shown in a form of its own":           {pipeline.Overwrite, text("old"), text("new"), sent("new", "old"), same, false},
		"fill_empty fills":                     {pipeline.FillEmpty, pipeline.Null(), text("new"), nil, "update N01 note:>new", false},
		"fill_empty fills empty text":          {pipeline.FillEmpty, text(""), text("new"), nil, "update N01 note:>new", false},
		"fill_empty leaves":                    {pipeline.FillEmpty, text("old"), text("new"), nil, same, false},
		"fill_empty does not erase":            {pipeline.FillEmpty, text("old"), pipeline.Erase(), nil, same, false},
		"create_only leaves":                   {pipeline.CreateOnly, text("old"), text("new"), nil, same, false},
		"create_only leaves empty":             {pipeline.CreateOnly, pipeline.Null(), text("new"), nil, same, false},
		"protect_edits without memory":         {pipeline.ProtectEdits, text("old"), text("new"), nil, same, true},
		"protect_edits fills":                  {pipeline.ProtectEdits, pipeline.Null(), text("new"), nil, "update N01 note:>new", false},
		"protect_edits, the source changed":    {pipeline.ProtectEdits, text("old"), text("new"), sent("old", "old"), changed, false},
		"protect_edits, shown otherwise":       {pipeline.ProtectEdits, text("old"), text("new"), sent("OLD.", "old"), changed, false},
		"protect_edits, the target was edited": {pipeline.ProtectEdits, text("old"), text("new"), sent("new", "new"), same, true},
		"protect_edits, emptied by hand":       {pipeline.ProtectEdits, pipeline.Null(), text("new"), sent("new", "new"), same, true},
		"protect_edits, both say the same":     {pipeline.ProtectEdits, text("new"), text("new"), sent("a", "a"), same, false},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, []row{person(1).with("note", c.have)}, []row{person(1).with("note", c.want)})
			j.policy.Fields = map[string]pipeline.FieldPolicy{"note": c.policy}
			must(t, j.state.SaveEntries(t.Context(), "fake shop", c.ledger))
			p := j.plan(t)
			if got := strings.Join(shown(p), "\n"); got != c.out {
				t.Errorf("got %q, want %q", got, c.out)
			}
			found := slices.ContainsFunc(p.Findings, func(f diag.Finding) bool {
				return f.Code == "edit-protected" && strings.Contains(f.Message, "1 record (#t001)") && strings.HasSuffix(f.Message, "(protect_edits)")
			})
			if found != c.edits {
				t.Errorf("says that an edit is protected: %v", found)
			}
			if n := p.Total(); n.Update+n.Unchanged != 1 {
				t.Errorf("counts %+v", n)
			}
		})
	}
}

// When both sides changed a field since we wrote it, a person decides, and is told
// both histories.
func TestBothSidesChanged(t *testing.T) {
	at := time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct{ have, want pipeline.Value }{
		"another value": {text("theirs"), text("ours")}, "emptied in the target": {pipeline.Null(), text("ours")}, "erased by the source": {text("theirs"), pipeline.Erase()},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, []row{person(1).with("note", c.have), person(2)}, []row{person(1).with("note", c.want).with("phone", text("1")), person(2).with("phone", text("2"))})
			j.policy.Fields = map[string]pipeline.FieldPolicy{"note": pipeline.ProtectEdits}
			must(t, j.state.SaveEntries(t.Context(), "fake shop", []pipeline.LedgerEntry{{Record: "t001", Field: "note", Sent: text("before"), Shown: text("Before"), At: at}}))
			p := j.plan(t)
			if len(p.Blocked) != 1 || p.Blocked[0].Code != pipeline.CodeEditConflict || len(p.Changes) != 1 || p.Changes[0].Target != "t002" {
				t.Fatalf("changes %q, blocked %+v", shown(p), p.Blocked)
			}
			for _, word := range []string{"we wrote before on 2026-02-03", "the source says", "somebody made it"} {
				if !strings.Contains(p.Blocked[0].Reason, word) {
					t.Errorf("the reason lacks %q: %s", word, p.Blocked[0].Reason)
				}
			}
		})
	}
}

// A list whose order means nothing tells what it gains and loses.
func TestListsAreSets(t *testing.T) {
	j := newJob(t, []row{person(1).with("tags", texts("b", "a"))}, []row{person(1).with("tags", texts("c", "a", "c"))})
	f := j.plan(t).Changes[0].Fields[0]
	if !slices.Equal(f.Gains, []string{"c"}) || !slices.Equal(f.Loses, []string{"b"}) {
		t.Errorf("gains %v, loses %v", f.Gains, f.Loses)
	}
	j.policy.Fields = map[string]pipeline.FieldPolicy{"tags": pipeline.AddToList}
	if f = j.plan(t).Changes[0].Fields[0]; !slices.Equal(f.Gains, []string{"c"}) || f.Loses != nil {
		t.Errorf("with add: gains %v, loses %v", f.Gains, f.Loses)
	}
}

func TestFieldsThatCompareOtherwise(t *testing.T) {
	for name, c := range map[string]struct {
		field      string
		policy     pipeline.FieldPolicy
		have, want pipeline.Value
		out        string
	}{
		"case of a field that folds it": {"email", "", text("P01@Example.com"), text("p01@example.com"), ""},
		"case of a field that does not": {"note", "", text("ab"), text("AB"), "note:ab>AB [case-only]"},
		"form":                          {"phone", "", text("+49 89-1"), text("+49891"), "phone:+49 89-1>+49891 [format-only]"},
		"signs alone are no form":       {"note", "", text("?"), text("!"), "note:?>!"},
		"e-mail":                        {"email", "", text("x@example.com"), text("p01@example.com"), "email:x@example.com>p01@example.com [email]"},
		"order of a list without order": {"tags", "", texts("a", "b", "b"), texts("b", "a"), ""},
		"replace a list":                {"tags", "", texts("a", "b"), texts("c"), "tags:a, b>c"},
		"add to a list":                 {"tags", pipeline.AddToList, texts("b", "a"), texts("c", "a"), "tags:b, a>b, a, c"},
		"add what is there":             {"tags", pipeline.AddToList, texts("b", "a"), texts("a"), ""},
		"add to nothing":                {"tags", pipeline.AddToList, pipeline.Null(), texts("b", "a"), "tags:>b, a"},
		"erase a list":                  {"tags", pipeline.AddToList, texts("b"), pipeline.Erase(), "tags:b>(erase) [blank]"},
		"an empty list and none":        {"tags", "", pipeline.Null(), texts(), ""},
		"an empty list is no opinion":   {"tags", "", texts("a"), texts(), ""},
		"a blank e-mail is no opinion":  {"email", "", text("p01@example.com"), text(" "), ""},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, []row{person(1).with(c.field, c.have)}, []row{person(1).with(c.field, c.want)})
			j.policy.Fields = map[string]pipeline.FieldPolicy{c.field: c.policy}
			want := c.out
			if want != "" {
				want = "update N01 " + want
			}
			if got := strings.Join(shown(j.plan(t)), "\n"); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestIdentityLabel(t *testing.T) {
	j := newJob(t, []row{person(1)}, []row{person(1).with("number", text("N99"))})
	if got := shown(j.plan(t)); !slices.Equal(got, []string{"update N01 number:N01>N99 [identity]"}) {
		t.Errorf("got %q", got)
	}
}

// The order of a list counts where the target does not say otherwise.
func TestListWithOrder(t *testing.T) {
	s := pipeline.MustSchema(pipeline.Field{Name: "id", Type: pipeline.String}, pipeline.Field{Name: "l", Type: pipeline.StringList})
	for _, c := range []struct {
		policy pipeline.FieldPolicy
		want   int
	}{{pipeline.Overwrite, 1}, {pipeline.AddToList, 0}} {
		d := diffOf(t, s, row{"id": text("1"), "l": texts("b", "a")}, row{"id": text("1"), "l": texts("a", "b")}, pipeline.Policy{
			Allow: []pipeline.Action{pipeline.Update}, Fields: map[string]pipeline.FieldPolicy{"l": c.policy}})
		if len(d.Changes) != c.want {
			t.Errorf("%s: %+v", c.policy, d.Changes)
		}
	}
}

// diffOf compares one record with one of the target.
func diffOf(t *testing.T, s *pipeline.Schema, have, want row, policy pipeline.Policy) *pipeline.Difference {
	t.Helper()
	w := newWorld()
	records, present := pipeline.NewTable(s), pipeline.NewTable(s)
	records.Append(batchOf(t, s, "fair", []string{"r"}, want))
	present.Append(batchOf(t, s, "shop", []string{"t1"}, have))
	return pipeline.Diff(pipeline.DiffInput{Binding: &pipeline.Binding{Model: &pipeline.Model{Name: "m"}, Target: newTarget(w), Policy: policy}, Records: records,
		Match:   &pipeline.MatchResult{Clusters: []pipeline.Cluster{{Members: []int32{0}}}, Links: []pipeline.Link{{Target: 0}}, Golden: records},
		Present: &pipeline.Present{Records: present, Evidence: pipeline.Evidence{Grade: pipeline.Proven}}})
}

func TestFieldsOfTheTargetAreRespected(t *testing.T) {
	s := pipeline.MustSchema(pipeline.Field{Name: "made", Type: pipeline.String, ReadOnly: true}, pipeline.Field{Name: "name", Type: pipeline.String})
	policy := pipeline.Policy{Allow: []pipeline.Action{pipeline.Update}}
	if d := diffOf(t, s, row{"made": text("a")}, row{"made": text("b")}, policy); len(d.Changes) != 0 || d.Counts.Unchanged != 1 {
		t.Errorf("a field for reading only: %+v", d)
	}
	d := diffOf(t, s, row{"name": text("a")}, row{"name": pipeline.Erase()}, policy)
	if len(d.Changes) != 0 || len(d.Blocked) != 1 || d.Blocked[0].Code != "erase-refused" || d.Counts.Blocked != 1 {
		t.Errorf("an erase that is refused: %+v", d)
	}
}

func TestCreates(t *testing.T) {
	anna := row{"name": text("Anna")}
	for name, c := range map[string]struct {
		spoil   func(*job)
		rows    []row
		out     []string
		blocked []string
		alone   int // differences that the policy leaves
	}{
		"new":                 {nil, people(1, 1), []string{"create N01 number:>N01 email:>p01@example.com name:>Person 01"}, nil, 0},
		"erases are left out": {nil, []row{person(1).with("phone", pipeline.Erase())}, []string{"create N01 number:>N01 email:>p01@example.com name:>Person 01"}, nil, 0},
		"not allowed":         {func(j *job) { j.policy.Allow = []pipeline.Action{pipeline.Update} }, people(1, 2), nil, nil, 2},
		"list not whole":      {func(j *job) { j.target.grade = pipeline.Likely }, people(1, 1), nil, []string{"absence-not-proven"}, 0},
		"list likely whole":   {func(j *job) { j.target.grade, j.policy.Accept = pipeline.Likely, pipeline.Likely }, people(1, 1), []string{"create N01 number:>N01 email:>p01@example.com name:>Person 01"}, nil, 0},
		"accept says nothing": {func(j *job) { j.target.grade, j.policy.Accept = pipeline.Likely, "" }, people(1, 1), nil, []string{"absence-not-proven"}, 0},
		"accept is nonsense":  {func(j *job) { j.target.grade, j.policy.Accept = pipeline.Likely, "any" }, people(1, 1), nil, []string{"absence-not-proven"}, 0},
		"unproven":            {func(j *job) { j.target.grade, j.policy.Accept = pipeline.Unproven, pipeline.Likely }, people(1, 1), nil, []string{"absence-not-proven"}, 0},
		"no key":              {nil, []row{anna}, nil, []string{"keyless"}, 0},
		"empty":               {nil, []row{{"phone": pipeline.Erase()}}, nil, []string{"empty-record"}, 0},
		"one key twice":       {nil, []row{person(1).with("number", text("A")), person(1).with("number", text("B")), person(2)}, []string{"create N02 number:>N02 email:>p02@example.com name:>Person 02"}, []string{"key-shared", "key-shared"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, nil, c.rows)
			if c.spoil != nil {
				c.spoil(j)
			}
			p := j.plan(t)
			if diff := cmp.Diff(shown(p), c.out); diff != "" {
				t.Errorf("changes (-got +want):\n%s", diff)
			}
			var blocked []string
			for _, b := range p.Blocked {
				blocked = append(blocked, b.Code)
				if b.Code == "keyless" && b.Reason != "it has no number and no email, so that a lost answer could double it" {
					t.Errorf("keyless: %q", b.Reason)
				}
				if b.Reason == "" || b.Hint == "" || len(b.Rows) == 0 {
					t.Errorf("blocked without a word: %+v", b)
				}
			}
			if n := p.Total(); !slices.Equal(blocked, c.blocked) || n.Blocked != len(blocked) || n.Create != len(c.out) || n.NotAllowed != c.alone {
				t.Errorf("blocked %v; counts %+v", blocked, n)
			}
		})
	}
}

func TestReservedNumberIsTheSameInEveryPlan(t *testing.T) {
	number := func(ids []string, rows ...row) map[string]string {
		j := newJob(t, nil, nil)
		j.policy.Keyless = pipeline.Keyless{Reserve: true, Prefix: "RK-"}
		j.source.batches = []*pipeline.Batch{batchOf(t, schema, "fair", ids, rows...)}
		p := j.plan(t)
		numbers := map[string]string{}
		for _, c := range p.Changes {
			if c.Fields[0].Field != "number" || c.Fields[0].After.Str() != c.Key.Value || !slices.Contains(c.Labels, pipeline.LabelReserved) || !strings.HasPrefix(c.Key.Value, "RK-") {
				t.Errorf("change %+v", c)
			}
			numbers[c.Label[:1]] = c.Key.Value
		}
		return numbers
	}
	anna, bert := row{"name": text("Anna")}, row{"name": text("Bert")}
	both := number([]string{"1", "2"}, anna, bert)
	if both["A"] == both["B"] || len(both) != 2 {
		t.Errorf("numbers %v", both)
	}
	if again := number([]string{"2", "1"}, bert, anna.with("phone", text("1"))); !cmp.Equal(again, both) {
		t.Errorf("numbers %v became %v", both, again)
	}
	unnamed := number([]string{"", ""}, anna, bert)
	if again := number([]string{"", ""}, bert, anna); !cmp.Equal(again, unnamed) || unnamed["A"] == unnamed["B"] {
		t.Errorf("without ids: numbers %v became %v", unnamed, again)
	}
}

// A record that carries a reserved number is not written for two contacts.
func TestReservedNumberOfAnotherContact(t *testing.T) {
	j := newJob(t, nil, nil)
	j.policy.Keyless = pipeline.Keyless{Reserve: true, Prefix: "RK-"}
	anna := row{"name": text("Anna")}
	j.source.batches = []*pipeline.Batch{batchOf(t, schema, "fair", []string{"1"}, anna)}
	j.apply(t, j.plan(t))
	j.target.edit("t001", "email", text("bert@example.com")) // by hand: it is Bert now
	j.state = newMemory(j.w)                                 // and nobody remembers
	j.source.batches = []*pipeline.Batch{batchOf(t, schema, "fair", []string{"1", "2"}, anna.with("phone", text("1")),
		row{"name": text("Bert"), "email": text("bert@example.com")})}
	p := j.plan(t)
	if got := shown(p); len(got) != 1 || !strings.Contains(got[0], "name:Anna>Bert") {
		t.Errorf("changes %q", got)
	}
	if len(p.Blocked) != 1 || p.Blocked[0].Code != "target-claimed" || p.Blocked[0].Label != "Anna" {
		t.Errorf("blocked %+v", p.Blocked)
	}
}

func TestMissingRecords(t *testing.T) {
	for name, c := range map[string]struct {
		policy  pipeline.OnMissing
		spoil   func(*job)
		deletes []string
		missing int
		finding bool
	}{
		"ignore":          {pipeline.IgnoreMissing, nil, nil, 0, false},
		"report":          {pipeline.ReportMissing, nil, nil, 2, false},
		"delete":          {pipeline.DeleteMissing, nil, []string{"t002", "t003"}, 2, false},
		"not allowed":     {pipeline.DeleteMissing, func(j *job) { j.policy.Allow = []pipeline.Action{pipeline.Update} }, nil, 2, false},
		"target unproven": {pipeline.DeleteMissing, func(j *job) { j.target.grade = pipeline.Likely }, nil, 2, true},
		"source unproven": {pipeline.DeleteMissing, func(j *job) { j.source.evidence.Grade = pipeline.Likely }, nil, 2, true},
		"source read twice, once unproven": {pipeline.DeleteMissing, func(j *job) {
			j.more = &source{evidence: pipeline.Evidence{Grade: pipeline.Likely}}
		}, nil, 2, true},
		"row is rejected": {pipeline.DeleteMissing, func(j *job) {
			j.source.batches = append(j.source.batches, batchOf(t, schema, "fair", []string{"N02"}, row{"name": text("bad")}))
		}, []string{"t003"}, 1, false},
		"row is rejected, nobody knows which": {pipeline.DeleteMissing, func(j *job) {
			j.source.batches = append(j.source.batches, batchOf(t, schema, "fair", nil, row{"name": text("bad")}))
		}, nil, 2, true},
		"found there":                 {pipeline.DeleteMissing, func(j *job) { delete(j.state.created["fake shop"], "t002") }, []string{"t003"}, 2, false},
		"a field that we never wrote": {pipeline.DeleteMissing, func(j *job) { delete(j.state.ledger["fake shop"], [2]string{"t002", "name"}) }, []string{"t003"}, 2, false},
		"created by another pipeline": {pipeline.DeleteMissing, func(j *job) { j.state.created["fake shop"]["t002"] = "q" }, []string{"t003"}, 2, false},
		"somebody worked on it":       {pipeline.DeleteMissing, func(j *job) { j.target.edit("t003", "name", text("By Hand")) }, []string{"t002"}, 2, false},
		"the source is empty":         {pipeline.DeleteMissing, func(j *job) { j.source.batches = nil }, nil, 3, true},
		"row became another record": {pipeline.DeleteMissing, func(j *job) {
			j.source.batches = append(j.source.batches, batchOf(t, schema, "fair", []string{"N02", "N02"}, person(1), person(1)))
		}, []string{"t003"}, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, people(1, 4), people(1, 1)) // 4 is somebody else's
			j.policy.OnMissing = c.policy
			must(t, j.state.SaveLinks(t.Context(), "fake shop", []pipeline.RowLink{{Source: "fair", ID: "N01", Target: "t001"},
				{Source: "fair", ID: "N02", Target: "t002"}, {Source: "fair", ID: "N03", Target: "t003"}, {Source: "fair", ID: "N05", Target: "t099"}}))
			j.created(t, "t002", "t003") // ours, and as we left them
			if c.spoil != nil {
				c.spoil(j)
			}
			p := j.plan(t)
			var deletes []string
			for _, ch := range p.Changes {
				if ch.Action == pipeline.Delete {
					deletes = append(deletes, ch.Target)
					if len(ch.Fields) != 3 || ch.Key.Value == "" {
						t.Errorf("a delete without its before-image: %+v", ch)
					}
				}
			}
			found := slices.ContainsFunc(p.Findings, func(f diag.Finding) bool { return f.Code == "delete-not-proven" })
			if n := p.Total(); !slices.Equal(deletes, c.deletes) || n.Missing != c.missing || n.Delete != len(deletes) || found != c.finding {
				t.Errorf("deletes %v, %d missing, finding %v", deletes, n.Missing, found)
			}
		})
	}
}

func TestLimitsOfAPlan(t *testing.T) {
	for name, c := range map[string]struct{ limit, text, code string }{
		"creates": {"create", "1", "limit-create"}, "enough": {"create", "2", ""}, "share": {"update", "50%", "limit-update"},
		"blanks": {"blank", "0", "limit-blank"}, "none at all": {"delete", "0", ""},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJob(t, []row{person(1).with("note", text("x"))}, []row{person(1).with("note", pipeline.Erase()), person(2), person(3)})
			limit, err := pipeline.ParseLimit(c.text)
			must(t, err)
			j.policy.Limits = map[string]pipeline.Limit{c.limit: limit}
			p, err := j.pipeline().Plan(t.Context(), pipeline.Options{Now: j.w.Now()})
			if (err != nil) != (c.code != "") || err != nil && !strings.Contains(err.Error(), "limits."+c.limit) {
				t.Fatalf("plan: %v", err)
			}
			if p == nil || len(p.Changes) != 3 {
				t.Errorf("a person cannot see what was stopped: %+v", p)
			}
		})
	}
}

// A link is followed before any key, so that a changed e-mail is an update,
// and links of unchanged records travel in the plan.
func TestLinks(t *testing.T) {
	j := newJob(t, people(1, 2), []row{person(1).with("email", text("moved@example.com")), person(2)})
	p := j.plan(t)
	if got := shown(p); !slices.Equal(got, []string{"update N01 email:p01@example.com>moved@example.com [email]"}) {
		t.Errorf("changes %q", got)
	}
	if diff := cmp.Diff(p.Header.Bindings[0].Links, []pipeline.RowLink{{Source: "fair", ID: "N02", Target: "t002"}}); diff != "" {
		t.Errorf("links (-got +want):\n%s", diff)
	}
	j.apply(t, p)
	links, _ := j.state.Links(t.Context(), "fake shop")
	if len(links) != 2 {
		t.Errorf("links after apply: %v", links)
	}
	if again := j.plan(t); len(again.Header.Bindings[0].Links) != 0 || !again.Header.Bindings[0].Ledger {
		t.Errorf("links that are known are planned again: %+v", again.Header.Bindings[0].Links)
	}
}

// A cluster of several rows shows where each value came from and what lost.
func TestMergedRows(t *testing.T) {
	records, golden := pipeline.NewTable(schema), pipeline.NewTable(schema)
	records.Append(batchOf(t, schema, "fair", []string{"a", "b"}, person(1).with("phone", text("1")), person(1).with("name", text("P. One"))))
	golden.Append(batchOf(t, schema, "", nil, person(1).with("phone", text("1"))))
	present := pipeline.NewTable(schema)
	from := pipeline.NewContributors(schema.Len())
	for f := range 4 {
		from.Set(f, []int32{0})
	}
	d := pipeline.Diff(pipeline.DiffInput{Binding: &pipeline.Binding{Model: &pipeline.Model{Name: "m"}, Target: newTarget(newWorld()), Policy: pipeline.Policy{Allow: []pipeline.Action{pipeline.Create}}},
		Records: records, Present: &pipeline.Present{Records: present, Evidence: pipeline.Evidence{Grade: pipeline.Proven}},
		Match: &pipeline.MatchResult{Golden: golden, Links: []pipeline.Link{{Target: -1}}, How: slices.Repeat([]string{"priority"}, schema.Len()),
			Clusters: []pipeline.Cluster{{Members: []int32{0, 1}, From: from, Ties: []pipeline.Tie{{A: 0, B: 1, Reason: pipeline.Reason{Rule: "same"}}}}}}})
	if len(d.Changes) != 1 {
		t.Fatalf("%+v", d)
	}
	c := d.Changes[0]
	if !slices.Contains(c.Labels, pipeline.LabelMerge) || len(c.Rows) != 2 || c.Rows[0].ID != "a" || c.Match == nil || c.Match.Rule != "same" {
		t.Errorf("change %+v", c)
	}
	for _, f := range c.Fields {
		lost := 0
		if f.Field == "name" {
			lost = 1
		}
		if len(f.From) != 1 || f.From[0].ID != "a" || !f.From[0].Value.IsNull() || len(f.Lost) != lost || f.How != "priority" {
			t.Errorf("field %+v", f)
		}
	}
}
