package review

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

var update = flag.Bool("update", false, "write the golden files; read them before they are committed")

// hostile is text that a terminal would act on.
const hostile = "\x1b[2J\x1b]0;owned\x07 \u202egpj.exe\nsecond\tline\x00\xff\u009b31m"

var made = time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)

func text(s string) pipeline.Value { return pipeline.StringValue(s) }

func origin(row int) pipeline.Origin {
	return pipeline.Origin{Source: "exhibitors", Place: "exhibitors.csv", Row: row}
}

// of is the provenance of a value that a row says.
func of(row pipeline.Origin) pipeline.Provenance {
	return pipeline.Provenance{From: []pipeline.RowValue{{Origin: row}}}
}

// smallPlan has something in each section.
func smallPlan() *pipeline.Plan {
	from := origin(4)
	crm := pipeline.Origin{Source: "crm", Page: 2, Row: 3, ID: "77"}
	return &pipeline.Plan{
		Digest: "0123456789abcdef0123456789abcdef",
		Header: pipeline.Header{Format: 1, Pipeline: "fair", Made: made, Expires: made.Add(7 * 24 * time.Hour), Bindings: []pipeline.PlanBinding{{
			Model: "people", Resource: "contacts", Identity: "plandocket https://demo.example.com contacts",
			Connection: pipeline.Connection{Config: map[string]string{"requests_per_hour": "60"}},
			Evidence:   pipeline.Evidence{Grade: pipeline.Likely, Records: 1234567, Reasons: []string{"read in two orders", "page 2 changed nothing", "no ids are missing", "a fourth reason"}},
			ReadAt:     made, Requests: pipeline.Cost{Read: 3, Write: 120, Readings: 36},
			Counts: pipeline.Counts{Read: map[string]int{"exhibitors": 1000}, Create: 1, Update: 3, Delete: 1, Blank: 1, Blocked: 1, Rejected: 2, Unchanged: 803, Merged: 1, NotAllowed: 4, Missing: 5},
		}}},
		Blocked: []pipeline.BlockedRow{{Model: "people", Label: "Bert Braun", Rows: []pipeline.Origin{origin(9)},
			Block: pipeline.Block{Code: "ambiguous-target", Reason: "two records share the e-mail", Hint: "join them in the target", Candidates: []string{"11", "12"},
				Records: []pipeline.Candidate{{ID: "11", Label: "Bert Braun <info@example.com>", Keys: []pipeline.Key{{Field: "email", Value: "info@example.com"}, {Field: "number", Value: "K-7"}}}, {ID: "12", Label: "Berta Braun <info@example.com>"}}}}},
		Questions: []pipeline.PlanQuestion{{Model: "people", A: pipeline.Reference{Origin: origin(5), Label: "Eva Ernst"}, B: pipeline.Reference{Target: "31", Label: "Eva Ernst-May"},
			Reason: pipeline.Reason{Rule: "similar", Score: 0.62, Parts: []pipeline.EvidencePart{{Field: "last_name", Weight: 3.4}, {Field: "city", Weight: -1.25, Note: "different town"}}, RunnerUp: "#32"}}},
		Rejected: []pipeline.RejectedRow{{Model: "people", Origin: origin(17), Finding: diag.Finding{Code: "bad-email", Message: "the e-mail has no @", Where: "exhibitors.csv:17", Rule: "fair.yaml:40:12", Hint: "correct the cell"}}},
		Reasons: []pipeline.RejectedGroup{
			{Model: "people", GroupSummary: diag.GroupSummary{Code: "bad-email", Rule: "fair.yaml:40:12", Hint: "correct the cell", Findings: 2, Rows: 2,
				Messages: []diag.GroupMessage{{Message: "the e-mail has no @", Count: 2, Places: []string{"exhibitors.csv:17"}}}}},
			{Model: "guests", GroupSummary: diag.GroupSummary{Code: "bad-date", Rule: "fair.yaml:60:8", Findings: 3, Rows: 3, About: "field born [bad-date]",
				Messages: []diag.GroupMessage{{Message: `field born: "x" is no date`, Count: 2, Places: []string{"guests.csv:2", "guests.csv:4"}}, {Message: `field born: "y" is no date`, Count: 1, Places: []string{"guests.csv:3"}}}}}},
		Stopped: []pipeline.StoppedModel{{Model: "guests", Read: map[string]int{"guests": 3}, Rejected: 3}},
		Changes: []pipeline.Change{
			{Action: pipeline.Create, Label: "Carla Conti <carla@example.com>", Rows: []pipeline.Origin{origin(4), crm}, Labels: []string{pipeline.LabelMerge},
				Match: &pipeline.Reason{Rule: "same", Score: 0.98, Parts: []pipeline.EvidencePart{{Field: "email", Weight: 12}}},
				Fields: []pipeline.FieldChange{{Field: "email", After: text("carla@example.com"), Provenance: of(from)},
					{Field: "city", After: text("Roma"), Provenance: pipeline.Provenance{From: []pipeline.RowValue{{Origin: crm}}, How: "newest", Lost: []pipeline.RowValue{{Value: text("Rom"), Origin: origin(4)}}}}}},
			{Action: pipeline.Update, Target: "21", Label: "Dora Dorn", Rows: []pipeline.Origin{from}, Labels: []string{pipeline.LabelBlank, pipeline.LabelEmail},
				Match: &pipeline.Reason{Rule: "link"},
				Fields: []pipeline.FieldChange{{Field: "email", Before: text("dora@exmaple.com"), After: text("dora@example.com"), Provenance: of(from)},
					{Field: "phone", Before: text("+49 89 1"), After: pipeline.Erase(), Provenance: of(from)}, {Field: "tags", After: pipeline.ListValue([]string{"vip", "press"})},
					{Field: "first_name", Before: text("Dora"), After: text("Xenia"), Provenance: of(from)}}},
			{Action: pipeline.Update, Target: "22", Label: hostile, Rows: []pipeline.Origin{{Source: hostile, Place: hostile, Row: 1}}, Labels: []string{hostile},
				Fields: []pipeline.FieldChange{{Field: hostile, Before: text(hostile), After: text(strings.Repeat("x", 1<<20)), Provenance: pipeline.Provenance{How: hostile, Lost: []pipeline.RowValue{{Value: text(hostile)}}}}}},
			{Action: pipeline.Update, Target: "23", Label: "Spaces", Rows: []pipeline.Origin{origin(6)}, Fields: []pipeline.FieldChange{{Field: "city", Before: text("Bad\u00a0Ems"), After: text("Bad Ems")}}},
			{Action: pipeline.Delete, Target: "24", Label: "Gone", Rows: []pipeline.Origin{}, Fields: []pipeline.FieldChange{{Field: "email", Before: text("gone@example.com")}}},
		},
		Duplicates: []pipeline.PlanDuplicate{{Model: "people", TargetDuplicate: pipeline.TargetDuplicate{Field: "email", Value: "info@example.com", IDs: []string{"41", "42"}}}},
		Findings:   []diag.Finding{{Severity: diag.Warning, Code: "repeated-id", Message: "2 ids name more than one row", Count: 2, Hint: "choose another id"}},
	}
}

// golden compares what was written with a file.
func golden(t *testing.T, name string, write func(io.Writer) error) {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.String(), string(want)); diff != "" {
		t.Errorf("%s (-got +want):\n%s", name, diff)
	}
}

func TestTextOfAPlan(t *testing.T) {
	p := smallPlan()
	golden(t, "plan.txt", func(w io.Writer) error { return Text(w, p, Options{Next: "reconkit apply fair.plan"}) })
}

// raw finds what a terminal would act on; colour says whether our own colours
// are allowed.
func raw(t *testing.T, text string, colour bool) {
	t.Helper()
	if colour {
		for _, c := range []string{green, yellow, red, faint, bold, "0"} {
			text = strings.ReplaceAll(text, "\x1b["+c+"m", "")
		}
	}
	for _, r := range text {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) || r == '\u00a0' || r == '\ufffd' {
			t.Fatalf("%U reaches the terminal", r)
		}
	}
	if n := len(text); n > 100_000 {
		t.Errorf("%d bytes", n)
	}
}

// poison puts hostile text into every text of a plan.
func poison(p *pipeline.Plan) {
	b := &p.Header.Bindings[0]
	p.Header.Pipeline, p.Digest, b.Model, b.Identity, b.Evidence.Grade = hostile, hostile, hostile, hostile, hostile
	b.Evidence.Reasons = []string{hostile}
	p.Blocked[0] = pipeline.BlockedRow{Label: hostile, Rows: []pipeline.Origin{{Source: hostile, Page: 1, ID: hostile}}, Block: pipeline.Block{Code: hostile, Reason: hostile, Hint: hostile, Candidates: []string{hostile, hostile + hostile},
		Records: []pipeline.Candidate{{ID: hostile, Label: hostile, Keys: []pipeline.Key{{Field: hostile, Value: "k" + hostile}}}}}}
	reason := pipeline.Reason{Rule: hostile, RunnerUp: hostile, Parts: []pipeline.EvidencePart{{Field: hostile}}}
	p.Questions[0] = pipeline.PlanQuestion{A: pipeline.Reference{Origin: pipeline.Origin{Source: hostile}, Label: hostile}, B: pipeline.Reference{Target: hostile, Label: hostile}, Reason: reason, Why: hostile}
	finding := diag.Finding{Code: hostile, Message: hostile, Where: hostile, Rule: hostile, Hint: hostile}
	p.Rejected[0].Finding, p.Findings[0] = finding, finding
	p.Stopped[0].Model, p.Reasons[0].Model = hostile, hostile
	p.Reasons[0].GroupSummary = diag.GroupSummary{Code: hostile, Rule: hostile, Hint: hostile, About: hostile, Findings: 2, Messages: []diag.GroupMessage{{Message: hostile, Places: []string{hostile}}, {Message: hostile}}}
	p.Reasons[1].Messages[0], p.Reasons[1].About = diag.GroupMessage{Message: hostile, Places: []string{hostile, hostile}}, ""
	p.Duplicates[0].TargetDuplicate = pipeline.TargetDuplicate{Field: hostile, Value: hostile, IDs: []string{hostile}}
	p.Changes[2].Match, p.Changes[2].Action, p.Changes[2].Target = &reason, hostile, hostile
}

func TestHostileTextNeverReachesTheTerminal(t *testing.T) {
	p := smallPlan()
	poison(p)
	many := smallPlan()
	poison(many)
	for range 20 {
		many.Changes = append(many.Changes, p.Changes...)
	}
	for _, plan := range []*pipeline.Plan{p, many} {
		for _, colour := range []bool{false, true} {
			for _, all := range []bool{false, true} {
				if all && plan == many {
					continue
				}
				var b bytes.Buffer
				if err := Text(&b, plan, Options{Colour: colour, All: all}); err != nil {
					t.Fatal(err)
				}
				raw(t, b.String(), colour)
				if colour == !strings.Contains(b.String(), "\x1b[") {
					t.Errorf("colour %v, but the text has it: %v", colour, !colour)
				}
			}
		}
	}
	var b bytes.Buffer
	r := &pipeline.Result{Run: hostile, Calls: 1, Stopped: hostile, Outcomes: make([]pipeline.Outcome, len(p.Changes))}
	for i := range r.Outcomes {
		r.Outcomes[i] = pipeline.Outcome{Status: hostile, Message: hostile}
	}
	if err := ResultText(&b, p, r, Options{}); err != nil {
		t.Fatal(err)
	}
	raw(t, b.String(), false)
}

// A colour only adds to what the text says without it.
func TestColourIsNeverAlone(t *testing.T) {
	p := smallPlan()
	var plain, coloured bytes.Buffer
	if err := Text(&plain, p, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := Text(&coloured, p, Options{Colour: true}); err != nil {
		t.Fatal(err)
	}
	got := coloured.String()
	for _, c := range []string{green, yellow, red, faint, bold, "0"} {
		got = strings.ReplaceAll(got, "\x1b["+c+"m", "")
	}
	if want := strings.NewReplacer("«", "", "»", "").Replace(plain.String()); got != want {
		t.Errorf("without its colours (-got +want):\n%s", cmp.Diff(got, want))
	}
}

// A value says of which rows it was made, and how where there was a choice.
func TestWhereValuesComeFrom(t *testing.T) {
	said := func(row int, v string) pipeline.RowValue {
		return pipeline.RowValue{Origin: origin(row), Value: text(v)}
	}
	same := func(rows ...int) (list []pipeline.RowValue) {
		for _, r := range rows {
			list = append(list, pipeline.RowValue{Origin: origin(r)})
		}
		return list
	}
	var seven []pipeline.RowValue
	for i := range 7 {
		seven = append(seven, said(10+i, fmt.Sprint("v", i)))
	}
	field := func(name, value string, p pipeline.Provenance) pipeline.FieldChange {
		return pipeline.FieldChange{Field: name, After: text(value), Provenance: p}
	}
	p := &pipeline.Plan{Header: pipeline.Header{Pipeline: "fair", Made: made, Expires: made}, Digest: "ff", Changes: []pipeline.Change{{
		Action: pipeline.Create, Label: "Carla Conti", Rows: []pipeline.Origin{origin(2), origin(3), origin(4)}, Fields: []pipeline.FieldChange{
			field("only", "a", pipeline.Provenance{From: same(3), How: "newest"}),
			field("first", "a", pipeline.Provenance{From: same(2), How: "priority", Lost: []pipeline.RowValue{said(3, "b")}}),
			field("newest", "a", pipeline.Provenance{From: same(3), How: "newest", Lost: []pipeline.RowValue{said(2, "b")}}),
			field("undated", "a", pipeline.Provenance{From: same(3), How: pipeline.HowPreferred, Lost: []pipeline.RowValue{{Origin: origin(2), Value: text("b"), Undated: true}}}),
			field("agreed", "a", pipeline.Provenance{From: same(2, 4), How: "most_frequent", Lost: []pipeline.RowValue{{Origin: origin(3), Value: pipeline.Erase()}}}),
			field("union", "a, b", pipeline.Provenance{From: []pipeline.RowValue{said(2, "a"), said(3, "b")}, FromMore: 998, How: "union"}),
			field("expr", "a/b", pipeline.Provenance{From: []pipeline.RowValue{said(2, "a"), said(3, "b")}, How: "expr"}),
			field("new", "c", pipeline.Provenance{How: "expr", Lost: []pipeline.RowValue{said(2, "a")}}),
			field("many", "a", pipeline.Provenance{From: same(2), How: "longest", Lost: seven, LostMore: 1000}),
			field("number", "R-1", pipeline.Provenance{How: pipeline.HowReserved}),
			{Field: "phone", Before: text("0"), After: pipeline.Erase(), Provenance: pipeline.Provenance{From: same(2), Lost: []pipeline.RowValue{said(3, "1")}}},
		}}}}
	golden(t, "provenance.txt", func(w io.Writer) error { return Text(w, p, Options{}) })
	golden(t, "provenance_all.txt", func(w io.Writer) error { return Text(w, p, Options{All: true}) })
}

func manyChanges() *pipeline.Plan {
	p := &pipeline.Plan{Header: pipeline.Header{Pipeline: "fair", Made: made, Expires: made}, Digest: "ff"}
	for i := range 60 {
		c := pipeline.Change{ID: fmt.Sprint(i), Action: pipeline.Update, Label: fmt.Sprintf("Person %02d", i), Labels: []string{pipeline.LabelFormatOnly},
			Fields: []pipeline.FieldChange{{Field: "phone", Before: text(fmt.Sprintf("089 %d", i)), After: text(fmt.Sprintf("+4989%d", i))}}}
		switch {
		case i%10 == 1:
			c.Action, c.Labels = pipeline.Create, nil
		case i%10 == 2:
			c.Action, c.Labels, c.Fields = pipeline.Delete, nil, nil // a record that was empty
		case i%10 == 3:
			c.Fields[0].Before, c.Labels = pipeline.Null(), nil
		}
		p.Changes = append(p.Changes, c)
	}
	return p
}

func TestManyChangesAreShownByClass(t *testing.T) {
	p := manyChanges()
	golden(t, "classes.txt", func(w io.Writer) error { return Text(w, p, Options{}) })
	var all bytes.Buffer
	if err := Text(&all, p, Options{All: true}); err != nil {
		t.Fatal(err)
	}
	for _, c := range p.Changes {
		if !strings.Contains(all.String(), c.Label) {
			t.Errorf("%s is not among all changes", c.Label)
		}
	}
}

func TestLongSectionsAreCounted(t *testing.T) {
	p := smallPlan()
	p.Header.Bindings[0].Counts.Rejected = 5000
	p.Reasons[0].Findings, p.Reasons[0].Rows, p.Reasons[0].Messages[0].Count = 5000, 5000, 5000
	for range 40 {
		p.Blocked, p.Questions, p.Rejected = append(p.Blocked, p.Blocked[0]), append(p.Questions, p.Questions[0]), append(p.Rejected, p.Rejected[0])
		p.Duplicates, p.Findings = append(p.Duplicates, p.Duplicates[0]), append(p.Findings, p.Findings[0])
	}
	var b bytes.Buffer
	if err := Text(&b, p, Options{}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "... 21 more"); n != 4 || !strings.Contains(b.String(), "5000 rows: the e-mail has no @") || strings.Contains(b.String(), "... 4,9") {
		t.Errorf("%d sections say how many are left:\n%s", n, b.String())
	}
	b.Reset()
	if err := Text(&b, p, Options{All: true}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "... 21 more") || strings.Contains(b.String(), "5000 rows") || !strings.Contains(b.String(), "... 4,962 more") {
		t.Error("all are not shown, or those that were not kept are not counted")
	}
}

// What one rule says of many rows is told once, and JSON holds each of them.
func TestFindingsOfARuleAreToldTogether(t *testing.T) {
	p := smallPlan()
	p.Findings = nil
	for i := range 90 {
		p.Findings = append(p.Findings, diag.Finding{Severity: diag.Warning, Code: "bad-country", Rule: "fair.yaml:9:9",
			Message: fmt.Sprintf("field country: %q is no country", []string{"Atlantis", "Atlantis", "Utopia"}[i%3]), Where: origin(i + 2).String()})
	}
	p.Findings = append(p.Findings, diag.Finding{Severity: diag.Note, Code: "edit-protected", Message: "3 edits stay"})
	var b bytes.Buffer
	if err := Text(&b, p, Options{}); err != nil {
		t.Fatal(err)
	}
	_, got, _ := strings.Cut(b.String(), "findings (91)\n")
	want := `  warning: 90 rows: field country [bad-country] (fair.yaml:9:9)
      exhibitors.csv:2, exhibitors.csv:3, exhibitors.csv:5 and 57 more: field country: "Atlantis" is no country
      exhibitors.csv:4, exhibitors.csv:7, exhibitors.csv:10 and 27 more: field country: "Utopia" is no country
  note: 3 edits stay
`
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
	b.Reset()
	if err := JSON(&b, p); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), `"code": "bad-country"`); n != 90 {
		t.Errorf("JSON holds %d findings, want 90", n)
	}
}

func TestTextOfAResult(t *testing.T) {
	p := smallPlan()
	r := &pipeline.Result{Run: "run-1", Calls: 3, Requests: 1, Window: 1234567 * time.Microsecond, Stopped: "stopped: go on with --resume", Outcomes: []pipeline.Outcome{
		{Status: pipeline.Verified}, {Status: pipeline.Drifted, Message: "changed in the target since the plan was made: phone"},
		{Status: pipeline.Refused, Message: hostile}, {Status: pipeline.Unknown, Message: "no answer"}, {Status: pipeline.Pending}}}
	golden(t, "result.txt", func(w io.Writer) error { return ResultText(w, p, r, Options{}) })
	golden(t, "empty_result.txt", func(w io.Writer) error {
		return ResultText(w, &pipeline.Plan{}, &pipeline.Result{Run: "run-2"}, Options{})
	})
}

// shape is the keys of a JSON value, with the type of what stands there.
func shape(prefix string, v any, out map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			shape(prefix+"."+k, x, out)
		}
	case []any:
		out[prefix+"[]"] = true
		for _, x := range v {
			shape(prefix+"[]", x, out)
		}
	default:
		out[fmt.Sprintf("%s %T", prefix, v)] = true
	}
}

// TestQuestionsAreCountedAll holds that a plan that lists some questions says how many
// there are, wherever it counts them.
func TestQuestionsAreCountedAll(t *testing.T) {
	p := smallPlan()
	p.Findings = append(p.Findings, diag.Finding{Severity: diag.Warning, Code: "undecided", Count: 2710, Message: "pairs"})
	for name, want := range map[string][]string{
		"text":     {", questions 2,710;", "one or two? a person decides (2,710, of which the 1 likeliest are listed)"},
		"markdown": {"**questions 2,710**", "One or two? A person decides (2,710, of which the 1 likeliest are listed)"},
		"json":     {`"questions_total": 2710`},
	} {
		got := written(t, map[string]func(io.Writer, *pipeline.Plan, Options) error{"text": Text, "markdown": Markdown,
			"json": func(w io.Writer, p *pipeline.Plan, _ Options) error { return JSON(w, p) }}[name], p, Options{})
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: no %q in\n%s", name, w, got)
			}
		}
	}
}

// What programs read of a plan keeps its names.
func TestShapeOfJSON(t *testing.T) {
	p := smallPlan()
	r := &pipeline.Result{Run: "r", Outcomes: []pipeline.Outcome{{Change: "c", Status: pipeline.Verified, Target: "1", Message: "m"}}, Stopped: "s"}
	var lines []string
	golden(t, "json_shape.txt", func(w io.Writer) error {
		for name, write := range map[string]func(io.Writer) error{"plan": func(w io.Writer) error { return JSON(w, p) }, "result": func(w io.Writer) error { return ResultJSON(w, r) }} {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				return err
			}
			var v any
			if err := json.Unmarshal(b.Bytes(), &v); err != nil {
				return err
			}
			found := map[string]bool{}
			shape(name, v, found)
			for k := range found {
				lines = append(lines, k)
			}
		}
		slices.Sort(lines)
		_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
		return err
	})
	var b bytes.Buffer
	if err := JSON(&b, &pipeline.Plan{}); err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{"blocked", "changes", "stopped", "rejected", "reasons", "questions", "duplicates", "findings"} {
		if !strings.Contains(b.String(), `"`+list+`": []`) {
			t.Errorf("an empty plan has no list of %s", list)
		}
	}
}

// TestAnOlderPlanPromisesNoReadings shows a plan of before plans told what apply reads.
func TestAnOlderPlanPromisesNoReadings(t *testing.T) {
	p := smallPlan()
	p.Header.Bindings[0].Requests.Readings = 0
	got := written(t, Text, p, Options{})
	if strings.Contains(got, "reading request") || !strings.Contains(got, "120 writing calls") {
		t.Errorf("got\n%s", got)
	}
}
