package review

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

var allLabels = []string{pipeline.LabelIdentity, pipeline.LabelEmail, pipeline.LabelBlank, pipeline.LabelMerge, pipeline.LabelNames,
	pipeline.LabelAgain, pipeline.LabelOverrides, pipeline.LabelReserved, pipeline.LabelFormatOnly, pipeline.LabelCaseOnly, pipeline.LabelOutward}

// wideChange is a change of so many fields that no line has room for their names.
func wideChange(label string) pipeline.Change {
	c := pipeline.Change{Action: pipeline.Update, Label: label, Labels: allLabels}
	for i := range 60 {
		c.Fields = append(c.Fields, pipeline.FieldChange{Field: fmt.Sprintf("a_field_of_the_contact_%d", i), Before: text("a"), After: text("b")})
	}
	return c
}

// shownAs is a page as somebody reads it where no script runs, without the marks of its
// form.
func shownAs(page string) string {
	page = regexp.MustCompile(`(?s)<style>.*?</style>|<script.*?</script>`).ReplaceAllString(page, "")
	page = regexp.MustCompile(`</(li|p|h[1-6]|summary)>|<ul>`).ReplaceAllString(page, "\n")
	page = html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, ""))
	return strings.NewReplacer("`", "", "**", "").Replace(page)
}

// TestLabelsAreAlwaysSeen holds that no form cuts off what marks a class, or a
// change, as one to look at.
func TestLabelsAreAlwaysSeen(t *testing.T) {
	p := &pipeline.Plan{Header: pipeline.Header{Bindings: []pipeline.PlanBinding{{}}}}
	for i := range changesListedMax + 1 {
		p.Changes = append(p.Changes, wideChange(fmt.Sprintf("Person %d", i)))
	}
	for name, of := range map[string]struct {
		write func(io.Writer, *pipeline.Plan, Options) error
		opt   Options
		class bool
		each  bool
	}{
		"Markdown":             {Markdown, Options{}, true, false},
		"Markdown with values": {Markdown, Options{Values: true}, true, true},
		"HTML":                 {HTML, Options{Values: true}, true, true},
		"text":                 {Text, Options{}, true, false},
		"text of all":          {Text, Options{All: true}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			p := *p
			if name == "text" || name == "text of all" { // a text tells what is outward apart
				p.Changes = nil
				for i := range changesListedMax + 1 {
					c := wideChange(fmt.Sprintf("Person %d", i))
					c.Labels = allLabels[:len(allLabels)-1]
					p.Changes = append(p.Changes, c)
				}
			}
			page := shownAs(written(t, of.write, &p, of.opt))
			class, change := "", ""
			for _, l := range strings.Split(page, "\n") {
				switch {
				case class == "" && strings.Contains(l, "a_field_of_the_contact_0,"):
					class = l
				case change == "" && strings.Contains(l, "Person 0") && strings.Contains(l, "update"):
					change = l
				}
			}
			for _, label := range p.Changes[0].Labels {
				word := regexp.MustCompile(`[\[ ]` + regexp.QuoteMeta(label) + `[\],]`)
				if of.class && !word.MatchString(class) {
					t.Errorf("the class does not tell %s: %q", label, class)
				}
				if of.each && !word.MatchString(change) {
					t.Errorf("the change does not tell %s: %q", label, change)
				}
			}
		})
	}
}

// TestLabelsComeFirstOnPages holds that a reader meets what is special of a class
// before the names of its fields.
func TestLabelsComeFirstOnPages(t *testing.T) {
	p := &pipeline.Plan{Header: pipeline.Header{Bindings: []pipeline.PlanBinding{{}}}, Changes: []pipeline.Change{wideChange("Eva Ernst")}}
	for name, write := range map[string]func(io.Writer, *pipeline.Plan, Options) error{"Markdown": Markdown, "HTML": HTML} {
		page := shownAs(written(t, write, p, Options{Values: true}))
		if !strings.Contains(page, "[identity] [email]") || strings.Index(page, "[outward]") > strings.Index(page, "a_field_of_the_contact_0") {
			t.Errorf("%s:\n%.600s", name, page)
		}
	}
}

// TestAllShowsAsMuchAsFits holds what --all promises of a page.
func TestAllShowsAsMuchAsFits(t *testing.T) {
	p := &pipeline.Plan{Header: pipeline.Header{Bindings: []pipeline.PlanBinding{{}}}}
	const n = 1200
	for i := range n {
		p.Changes = append(p.Changes, pipeline.Change{Action: pipeline.Update, Label: fmt.Sprintf("Person (%d)", i),
			Fields: []pipeline.FieldChange{{Field: "phone", Before: text("1"), After: text("2")}}})
	}
	people := func(page string) int { return strings.Count(shownAs(page), "Person (") }
	if got := people(written(t, HTML, p, Options{Values: true, All: true})); got != n {
		t.Errorf("HTML shows %d of %d changes that fit", got, n)
	}
	if got := people(written(t, HTML, p, Options{Values: true})); got != pageChangesMax {
		t.Errorf("HTML shows %d changes of a class, want %d", got, pageChangesMax)
	}
	all := written(t, Markdown, p, Options{Values: true, All: true})
	if one := len(all) / people(all); len(all) > MarkdownBytesMax || len(all) < MarkdownBytesMax-1000-one {
		t.Errorf("Markdown has %d bytes, want as much as fits into %d", len(all), MarkdownBytesMax)
	}
	if got := people(written(t, Markdown, p, Options{Values: true})); got != pageExamplesMax {
		t.Errorf("Markdown shows %d changes of a class, want %d", got, pageExamplesMax)
	}
}

// mergePlan joins three rows, and blocks a fourth.
func mergePlan() *pipeline.Plan {
	tie := func(a, b int, weight float64) pipeline.Join {
		return pipeline.Join{A: origin(a), B: origin(b), Reason: pipeline.Reason{Rule: "similar", Score: .97, Parts: []pipeline.EvidencePart{{Field: "last_name", Weight: weight}}}}
	}
	fields := []pipeline.FieldChange{
		{Field: "city", Before: text("Rom"), After: text("Roma"), Provenance: pipeline.Provenance{How: "newest", From: []pipeline.RowValue{{Origin: origin(3)}},
			Lost: []pipeline.RowValue{{Origin: origin(2), Value: text("Rome")}, {Origin: origin(4), Value: text("ROMA"), Undated: true}}, LostMore: 2}},
		{Field: "name", After: text("a/b"), Provenance: pipeline.Provenance{How: howExpression, From: []pipeline.RowValue{{Origin: origin(2), Value: text("a")}, {Origin: origin(3), Value: text("b")}}}},
	}
	rows := []pipeline.Origin{origin(2), origin(3), origin(4)}
	return &pipeline.Plan{Header: pipeline.Header{Pipeline: "fair", Bindings: []pipeline.PlanBinding{{}}},
		Changes: []pipeline.Change{
			{Action: pipeline.Update, Target: "21", Label: "Carla Conti", Rows: rows, Labels: []string{pipeline.LabelMerge}, Fields: fields,
				Match: &pipeline.Reason{Rule: "same", RunnerUp: "#22"}, Joined: []pipeline.Join{tie(2, 3, 5.5), tie(3, 4, 4.25)}},
			{Action: pipeline.Create, Label: "Dora Dorn", Rows: rows[:2], Labels: []string{pipeline.LabelMerge}, Fields: fields[:1],
				Match: &pipeline.Reason{Rule: "unjoined"}},
		},
		Blocked: []pipeline.BlockedRow{{Label: "Eva Ernst", Rows: rows[:1], Match: &pipeline.Reason{Rule: "link"},
			Block: pipeline.Block{Code: "edit-conflict", Reason: "both sides changed it", Hint: "decide", Candidates: []string{"31", "32"},
				Conflicts: []pipeline.FieldConflict{{Field: "phone", Wrote: text("110"), Ours: text("112"), Theirs: text("115"), At: made}}}}},
	}
}

// TestMergesCanBeJudgedOnAPage holds that a page tells of a merge what a terminal
// does: why the rows are one, whose value was taken, and which were not.
func TestMergesCanBeJudgedOnAPage(t *testing.T) {
	p := mergePlan()
	for name, write := range map[string]func(io.Writer, *pipeline.Plan, Options) error{"Markdown": Markdown, "HTML": HTML} {
		page := shownAs(written(t, write, p, Options{Values: true}))
		for _, want := range []string{"because: same; next best: #22", "because: unjoined", "because: link: remembered from an earlier run",
			"joined: exhibitors.csv:2 and exhibitors.csv:3: similar 0.97 (last_name +5.5)", "joined: exhibitors.csv:3 and exhibitors.csv:4: similar 0.97 (last_name +4.2)",
			"city: Rom → Roma from exhibitors.csv:3, newest", "city: Roma from exhibitors.csv:3, newest", "not taken: Rome from exhibitors.csv:2", "not taken: ROMA from exhibitors.csv:4, does not say when it changed",
			"and 2 more rows", "of: a from exhibitors.csv:2", "of: b from exhibitors.csv:3",
			"edit-conflict: both sides changed it", "in the target: #31, #32", "hint: decide", "phone: we wrote 110, the source says 112, the target has 115"} {
			if !strings.Contains(page, want) {
				t.Errorf("%s lacks %q:\n%s", name, want, page)
			}
		}
		if quiet := shownAs(written(t, Markdown, p, Options{})); strings.Contains(quiet, "Rom") || strings.Contains(quiet, "joined: ") || strings.Contains(quiet, "110") {
			t.Errorf("Markdown without values tells some:\n%s", quiet)
		}
	}
}

// TestConflictOfADeletionIsTold holds that a page shows no fields where a whole record is
// in question.
func TestConflictOfADeletionIsTold(t *testing.T) {
	p := mergePlan()
	block := &p.Blocked[0].Block
	block.Reason = "its rows are gone from the sources, and somebody has worked on it: phone: 115"
	block.Conflicts = []pipeline.FieldConflict{{Field: pipeline.ConflictRecord, Theirs: pipeline.ListValue([]string{"phone: 115"})}}
	for name, write := range map[string]func(io.Writer, *pipeline.Plan, Options) error{"Markdown": Markdown, "HTML": HTML} {
		page := shownAs(written(t, write, p, Options{Values: true}))
		if !strings.Contains(page, block.Reason) || strings.Contains(page, "we wrote (empty)") || strings.Contains(page, pipeline.ConflictRecord) {
			t.Errorf("%s tells of fields, or not of the record:\n%s", name, page)
		}
	}
}

// TestLongEvidenceIsCounted holds that a record of many rows does not fill a page.
func TestLongEvidenceIsCounted(t *testing.T) {
	p := mergePlan()
	c := &p.Changes[0]
	for i := range 30 {
		c.Joined = append(c.Joined, pipeline.Join{A: origin(i), B: origin(i + 1), Reason: pipeline.Reason{Rule: "same"}})
		c.Fields[0].Lost = append(c.Fields[0].Lost, pipeline.RowValue{Origin: origin(i), Value: text(fmt.Sprintf("town %d", i))})
	}
	short, all := written(t, Markdown, p, Options{Values: true}), written(t, Markdown, p, Options{Values: true, All: true})
	if !strings.Contains(short, "and 29 more rows joined") || !strings.Contains(short, "and 29 more rows\n") || strings.Contains(short, "town 29") {
		t.Errorf("not counted:\n%s", short)
	}
	if !strings.Contains(all, "town 29") || strings.Contains(all, "more rows joined") {
		t.Errorf("not all is shown:\n%s", all)
	}
	if page := written(t, HTML, p, Options{Values: true}); !strings.Contains(page, "town 29") || strings.Count(page, "<details>") < 2 {
		t.Errorf("the long parts cannot be opened:\n%s", page)
	}
}

// TestRejectedRowsOfACodeAreSummed holds that a comment tells each code once, with
// the rules that found it.
func TestRejectedRowsOfACodeAreSummed(t *testing.T) {
	rejected := func(code, rule string, n int) pipeline.RejectedGroup {
		return pipeline.RejectedGroup{Model: "people", GroupSummary: diag.GroupSummary{Code: code, Rule: rule, Findings: n, Rows: n,
			Messages: []diag.GroupMessage{{Message: "secret", Count: n, Places: []string{"secret.csv:1"}}}}}
	}
	p := &pipeline.Plan{Header: pipeline.Header{Bindings: []pipeline.PlanBinding{{Counts: pipeline.Counts{Rejected: 1208}}}},
		Reasons: []pipeline.RejectedGroup{rejected("check-failed", "p.yaml:9:3", 3), rejected("bad-date", "", 5), rejected("check-failed", "p.yaml:12:3", 1200)}}
	page := written(t, Markdown, p, Options{})
	want := "- 1,203 of `people`: `check-failed`\n  - 1,200 by the rule at `p.yaml:12:3`\n  - 3 by the rule at `p.yaml:9:3`\n- 5 of `people`: `bad-date`\n"
	if !strings.Contains(page, want) || strings.Contains(page, "secret") {
		t.Errorf("got\n%s\nwant in it\n%s", page, want)
	}
}

// TestTimeOfAPageIsATime holds that the line of that name tells one.
func TestTimeOfAPageIsATime(t *testing.T) {
	for _, tt := range []struct {
		write, read int
		want        string
	}{
		{0, 3, "time: none, nothing to write"},
		{1, 0, "time: 1 writing call and no waiting"},
		{3, 7, "time: under a minute at a second a request; 3 writing calls and up to 7 reading requests, without waiting at 1,000 an hour"},
		{200, 32, "time: about 4 minutes at a second a request; 200 writing calls and up to 32 reading requests, without waiting at 1,000 an hour"},
		{2000, 106, "time: 2,000 writing calls and up to 106 reading requests, up to 67 minutes at 1,000 an hour"},
	} {
		p := &pipeline.Plan{Header: pipeline.Header{Bindings: []pipeline.PlanBinding{{Requests: pipeline.Cost{Write: tt.write, Read: min(1, tt.read), Readings: tt.read}}}}}
		if page := written(t, Markdown, p, Options{}); !strings.Contains(page, "- "+tt.want+"\n") {
			t.Errorf("%d and %d requests: want %q in\n%s", tt.write, tt.read, tt.want, page)
		}
	}
}

// TestBindingsOfAConnectionShareItsHour holds that what two sinks of one server take is
// held against its one rate.
func TestBindingsOfAConnectionShareItsHour(t *testing.T) {
	sink := func(connection, rate string) pipeline.PlanBinding {
		return pipeline.PlanBinding{Requests: pipeline.Cost{Write: 51, Read: 1, Readings: 9}, Connection: pipeline.Connection{Name: connection, Config: map[string]string{"requests_per_hour": rate}}}
	}
	for _, tt := range []struct {
		sinks []pipeline.PlanBinding
		want  string
	}{
		{[]pipeline.PlanBinding{sink("a", "60")}, "51 writing calls and up to 9 reading requests, without waiting at 60 an hour"},
		{[]pipeline.PlanBinding{sink("a", "60"), sink("a", "60")}, "102 writing calls and up to 18 reading requests, up to 60 minutes at 60 an hour"},
		{[]pipeline.PlanBinding{sink("a", "60"), sink("b", "80")}, "102 writing calls and up to 18 reading requests, without waiting at the rates of the targets"},
	} {
		if got := cost(&pipeline.Plan{Header: pipeline.Header{Bindings: tt.sinks}}); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

// TestPagesTellWhatNeedsApproval holds that nobody takes the next command for one
// that writes all, where a person must approve a part.
func TestPagesTellWhatNeedsApproval(t *testing.T) {
	p := mergePlan()
	p.Header.Bindings[0].Policy.RequireApproval = []string{"create", "delete"}
	const note = "1 change needs the approval of a person (`create`)"
	opt := Options{Next: "reconkit apply p"}
	for name, write := range map[string]func(io.Writer, *pipeline.Plan, Options) error{"Markdown": Markdown, "HTML": HTML} {
		page := strings.ReplaceAll(shownAs(written(t, write, p, opt)), "\u00a0", " ")
		at := strings.Index(page, strings.ReplaceAll(note, "`", ""))
		if at < 0 || at > strings.Index(page, "next: ") || !strings.Contains(page[at:], "--approve-out") {
			t.Errorf("%s does not tell before the next command that a part is held:\n%s", name, page)
		}
	}
	if page := written(t, Markdown, p, Options{}); strings.Contains(page, "--approve-out") {
		t.Errorf("a plan that is not applied tells how to approve it:\n%s", page)
	}
	p.Header.Bindings[0].Policy.RequireApproval = []string{"delete"}
	if page := written(t, Markdown, p, opt); strings.Contains(page, "--approve-out") {
		t.Errorf("nothing of the plan needs approval:\n%s", page)
	}
}

// TestLinesHaveNoTrailingBlanks holds it of records that have no rows, too.
func TestLinesHaveNoTrailingBlanks(t *testing.T) {
	p := smallPlan()
	p.Blocked[0].Rows, p.Questions[0].A.Origin = nil, pipeline.Origin{}
	p.Changes[2] = pipeline.Change{Action: pipeline.Update, Label: "Karl Familie <karl@example.com>", Fields: []pipeline.FieldChange{{Field: "phone", Before: text("1"), After: text("2")}}}
	var texts [4]bytes.Buffer
	r := &pipeline.Result{Run: "r", Outcomes: make([]pipeline.Outcome, len(p.Changes))}
	for i := range r.Outcomes {
		r.Outcomes[i] = pipeline.Outcome{Status: pipeline.Blocked}
	}
	for i, err := range []error{Text(&texts[0], p, Options{}), Markdown(&texts[1], p, Options{Values: true}), HTML(&texts[2], p, Options{Values: true}), ResultText(&texts[3], p, r, Options{})} {
		if err != nil {
			t.Fatal(err)
		}
		for l := range strings.Lines(texts[i].String()) {
			if l = strings.TrimSuffix(l, "\n"); l != strings.TrimRight(l, " ") {
				t.Errorf("%q ends in blanks", l)
			}
		}
	}
}

// TestPagesHaveOneArrow holds that a page writes "becomes" and "goes to" in one way.
func TestPagesHaveOneArrow(t *testing.T) {
	p := severalSinks(2)
	for name, write := range map[string]func(io.Writer, *pipeline.Plan, Options) error{"Markdown": Markdown, "HTML": HTML} {
		for _, values := range []bool{false, true} {
			if page := shownAs(written(t, write, p, Options{Values: values})); strings.Contains(page, "->") || !strings.Contains(page, "→") {
				t.Errorf("%s:\n%s", name, page)
			}
		}
	}
}

// TestFileNamesInNextAreHarmless holds it of the note and the command that goes on.
func TestFileNamesInNextAreHarmless(t *testing.T) {
	const name = "<b>`x`</b>\x1b[2J\n# owned"
	opt := Options{Note: "fill in " + name, Next: "reconkit apply " + name}
	_, rest := codeSpans(written(t, Markdown, mergePlan(), opt))
	if strings.Contains(rest, "<b>") || strings.Contains(rest, "# owned") {
		t.Errorf("Markdown:\n%s", rest)
	}
	if page := written(t, HTML, mergePlan(), opt); strings.Contains(page, "<b>") || strings.Contains(page, "\x1b") {
		t.Errorf("HTML:\n%s", page)
	}
}

// TestPagesCanBeHeard holds that somebody who hears a page finds its parts by their
// headings.
func TestPagesCanBeHeard(t *testing.T) {
	page := written(t, HTML, mergePlan(), Options{Values: true})
	for _, want := range []string{`<html lang="en">`, "<main>", "<h1>", "<summary><h3>", `<section aria-labelledby="part-1" data-listed><h2 id="part-1">`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
}

// TestNoSectionTakesAll holds that a page shows some changes however many rows are
// blocked.
func TestNoSectionTakesAll(t *testing.T) {
	p := mergePlan()
	for range 500 {
		p.Blocked = append(p.Blocked, p.Blocked[0])
	}
	for _, all := range []bool{false, true} {
		page := shownAs(written(t, Markdown, p, Options{Values: true, All: all}))
		if !strings.Contains(page, "joined: exhibitors.csv:2") || !strings.Contains(page, "more, left out here") {
			t.Errorf("all %v: the changes are not shown, or nothing is left out:\n%s", all, page)
		}
	}
}
