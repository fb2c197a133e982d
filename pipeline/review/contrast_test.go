package review

import (
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// What differs is marked, however long the values are, and what nobody sees is told.
func TestWhatDiffersIsMarked(t *testing.T) {
	long := strings.Repeat("lorem ipsum ", 100)
	for _, tt := range []struct{ before, after, want string }{
		{"dora@exmaple.com", "dora@example.com", "dora@ex«ma»ple.com -> dora@ex«am»ple.com"},
		{"Meier", "Schmidt-Holm", "Meier -> Schmidt-Holm"},
		{"Andr\u00e9", "Andre\u0301", "Andr«\u00e9» -> Andr«e\u0301»  (looks the same: U+00E9 -> U+0065 U+0301)"},
		{"Andre", "Andre\u0301", "Andr«e» -> Andr«e\u0301»"},
		{"An\u200bna", "Anna", `An«\u{200b}»na -> Anna  (looks the same: U+200B -> nothing)`},
		{"Anna ", "Anna", "Anna« » -> Anna  (looks the same: U+0020 -> nothing)"},
		{long + "a" + long, long + "b" + long, "..." + long[len(long)-valueCharsMax/4:] + "«a»" + long[:valueCharsMax/4] + "... -> ..." + long[len(long)-valueCharsMax/4:] + "«b»" + long[:valueCharsMax/4] + "..."},
		{"\u202eabcdefgh", "abcdefgh", `«\u{202e}»abcdefgh -> abcdefgh  (looks the same: U+202E -> nothing)`},
	} {
		f := pipeline.FieldChange{Field: "f", Before: text(tt.before), After: text(tt.after)}
		if strings.Contains(tt.want, "looks the same") {
			f.Labels = []string{pipeline.LabelSameLook}
		}
		p := &pipeline.Plan{Header: pipeline.Header{Bindings: []pipeline.PlanBinding{{}}},
			Changes: []pipeline.Change{{Action: pipeline.Update, Label: "Dora", Fields: []pipeline.FieldChange{f}}}}
		var b strings.Builder
		if err := Text(&b, p, Options{}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), "      f  "+tt.want+"\n") {
			t.Errorf("want %q in\n%s", tt.want, b.String())
		}
		for _, page := range []string{written(t, Markdown, p, Options{Values: true}), written(t, HTML, p, Options{Values: true})} {
			if _, points, told := strings.Cut(strings.TrimSuffix(tt.want, ")"), "looks the same: "); told && !strings.Contains(page, strings.ReplaceAll(points, ">", "&gt;")) && !strings.Contains(page, points) {
				t.Errorf("a page lacks %q:\n%s", points, page)
			}
		}
	}
}

// Of a list, the member that only looks the same is told.
func TestMembersThatLookTheSame(t *testing.T) {
	f := pipeline.FieldChange{Field: "tags", Before: pipeline.ListValue([]string{"cafe\u0301", "vip"}), After: pipeline.ListValue([]string{"vip", "caf\u00e9"}),
		Gains: []string{"caf\u00e9"}, Loses: []string{"cafe\u0301"}, Labels: []string{pipeline.LabelSameLook}}
	p := &pipeline.Plan{Header: pipeline.Header{Bindings: []pipeline.PlanBinding{{}}}, Changes: []pipeline.Change{{Action: pipeline.Update, Label: "Dora", Fields: []pipeline.FieldChange{f}}}}
	if got, want := shownText(t, p, Options{}), "      tags  +caf\u00e9 -cafe\u0301  beside vip  (looks the same: U+0065 U+0301 -> U+00E9)\n"; !strings.Contains(got, want) {
		t.Errorf("the text lacks %q:\n%s", want, got)
	}
}

// A row that could be several records is told with what tells them apart, except to
// readers who are to see no values.
func TestCandidatesAreToldByName(t *testing.T) {
	p := smallPlan()
	p.Blocked[0].Records = []pipeline.Candidate{{ID: "11", Label: "Bert Braun <b@x.example>", Keys: []pipeline.Key{{Field: "email", Value: "b@x.example"}, {Field: "number", Value: "K-7"}}}}
	var terminal strings.Builder
	if err := Text(&terminal, p, Options{}); err != nil {
		t.Fatal(err)
	}
	if want := "        target #11  Bert Braun <b@x.example>  number K-7\n        target #12\n"; !strings.Contains(terminal.String(), want) {
		t.Errorf("the terminal lacks %q:\n%s", want, terminal.String())
	}
	var json strings.Builder
	if err := JSON(&json, p); err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]string{"markdown": written(t, Markdown, p, Options{Values: true}), "html": written(t, HTML, p, Options{Values: true}), "csv": csvRows(t, p)[1][columnCandidates], "json": json.String()} {
		if !strings.Contains(out, "Bert Braun") || !strings.Contains(out, "K-7") || !strings.Contains(out, "12") {
			t.Errorf("%s does not tell the candidates", name)
		}
	}
	if quiet := written(t, Markdown, p, Options{}); strings.Contains(quiet, "Bert") || strings.Contains(quiet, "K-7") {
		t.Error("Markdown without values names candidates")
	}
}

// A terminal tells what waits for a person, as the pages do.
func TestTerminalTellsWhatWaitsForApproval(t *testing.T) {
	p := smallPlan()
	p.Header.Bindings[0].Policy.RequireApproval = []string{"delete"}
	var b strings.Builder
	if err := Text(&b, p, Options{Next: "reconkit apply p"}); err != nil {
		t.Fatal(err)
	}
	if want := "\n1 change needs the approval of a person (delete): apply asks for it at a terminal;"; !strings.Contains(b.String(), want) {
		t.Errorf("the text lacks %q:\n%s", want, b.String())
	}
}
