package diag_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// grouped is the text of findings that were gathered, a group after the other.
func grouped(found ...diag.Finding) []string {
	var g diag.Groups
	for _, f := range found {
		g.Add(f)
	}
	var lines []string
	for _, group := range g.All() {
		for i, line := range group.Lines() {
			if i > 0 {
				line = "  " + line
			}
			lines = append(lines, line)
		}
	}
	return lines
}

func bad(row int, message string) diag.Finding {
	return diag.Finding{Severity: diag.Warning, Code: "bad-country", Message: message, Where: fmt.Sprintf("a.csv:%d", row), Rule: "p.yaml:3:9"}
}

func TestFindingsThatAreAlikeAreToldOnce(t *testing.T) {
	about := diag.Finding{Severity: diag.Warning, Code: "bad-country", Message: "7 findings in all", Rule: "p.yaml:3:9"}
	other := bad(8, "x")
	other.Rule = "p.yaml:4:9"
	for _, c := range []struct {
		name  string
		found []diag.Finding
		want  []string
	}{
		{"nothing", nil, nil},
		{"one is as it was", []diag.Finding{bad(2, "no country")}, []string{"a.csv:2: no country (p.yaml:3:9)"}},
		{"one message", []diag.Finding{bad(2, "no country"), bad(3, "no country")},
			[]string{"2 rows: no country (p.yaml:3:9)", "  a.csv:2, a.csv:3"}},
		{"many places", []diag.Finding{bad(2, "no"), bad(3, "no"), bad(4, "no"), bad(5, "no"), bad(6, "no")},
			[]string{"5 rows: no (p.yaml:3:9)", "  a.csv:2, a.csv:3, a.csv:4 and 2 more"}},
		{"several messages, the most frequent first", []diag.Finding{bad(2, "a"), bad(3, "b"), bad(4, "b"), bad(5, "c"), bad(6, "d"), bad(7, "e")},
			[]string{"6 rows: [bad-country] (p.yaml:3:9)", "  a.csv:3, a.csv:4: b", "  a.csv:2: a", "  a.csv:5: c", "  ... 2 more"}},
		{"messages about one field", []diag.Finding{bad(2, "field country: a"), bad(3, "field country: b")},
			[]string{"2 rows: field country [bad-country] (p.yaml:3:9)", "  a.csv:2: field country: a", "  a.csv:3: field country: b"}},
		{"messages about two fields", []diag.Finding{bad(2, "field country: a"), bad(3, "field city: b")},
			[]string{"2 rows: [bad-country] (p.yaml:3:9)", "  a.csv:2: field country: a", "  a.csv:3: field city: b"}},
		{"another rule is another group", []diag.Finding{bad(2, "x"), other}, []string{"a.csv:2: x (p.yaml:3:9)", "a.csv:8: x (p.yaml:4:9)"}},
		{"what has no place stays by itself", []diag.Finding{about, bad(2, "x"), about, bad(3, "x")},
			[]string{"7 findings in all (p.yaml:3:9)", "2 rows: x (p.yaml:3:9)", "  a.csv:2, a.csv:3", "7 findings in all (p.yaml:3:9)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(grouped(c.found...), c.want); d != "" {
				t.Errorf("(-got +want):\n%s", d)
			}
		})
	}
}

// However many kinds of findings there are, the number of groups is bounded and
// every finding is counted.
func TestKindsOfFindingsBeyondNumberAreCounted(t *testing.T) {
	var g diag.Groups
	const n = 3000
	for i := range n {
		f := bad(i, "x")
		if f.Hint = fmt.Sprint("did you mean ", i); i%2 == 0 {
			f.Where = ""
		}
		g.Add(f)
	}
	sum := 0
	for _, group := range g.All() {
		sum += group.Findings()
	}
	if len(g.All()) > 1001 || sum != n {
		t.Errorf("%d groups of %d findings", len(g.All()), sum)
	}
}

// However many findings differ, what is held and said is bounded and the sum is
// right.
func TestFindingsBeyondNumberAreCounted(t *testing.T) {
	var g diag.Groups
	const n = 5000
	for i := range n {
		g.Add(bad(i, fmt.Sprintf("%q is no country", fmt.Sprint(i))))
	}
	all := g.All()
	if len(all) != 1 || all[0].Findings() != n || all[0].Severity() != diag.Warning {
		t.Fatalf("%d groups, %d findings", len(all), all[0].Findings())
	}
	text := strings.Join(all[0].Lines(), "\n")
	if !strings.HasPrefix(text, "5000 rows: [bad-country]") || !strings.HasSuffix(text, "... 4997 more") {
		t.Error(text)
	}
}

// TestGroupsCountWhatIsNotListed holds that findings that another one stands for are told
// with those that are like it, and not as one more.
func TestGroupsCountWhatIsNotListed(t *testing.T) {
	listed := []diag.Finding{{Code: "bad-phone", Rule: "p.yaml:3:9", Message: "x", Where: "a.csv:2"}, {Code: "bad-phone", Rule: "p.yaml:3:9", Message: "y", Where: "a.csv:3"},
		{Code: "bad-phone", Rule: "p.yaml:3:9", Message: "51 findings of bad-phone in all; the first 2 are shown", More: 49}}
	var g diag.Groups
	for _, f := range listed {
		g.Add(f)
	}
	if got := diag.Found(listed); got != 51 {
		t.Errorf("%d findings, want 51", got)
	}
	want := []string{"51 rows: [bad-phone] (p.yaml:3:9)", "a.csv:2: x", "a.csv:3: y", "... 49 more"}
	if got := g.All(); len(got) != 1 || !slices.Equal(got[0].Lines(), want) {
		t.Errorf("got %q, want %q", got[0].Lines(), want)
	}
}
