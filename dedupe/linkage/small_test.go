package linkage_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// Two records of equal names, e-mail and phone are one contact however few rows
// there are, and a relative with the same phone is another.
func TestFewRowsAreSure(t *testing.T) {
	crowded, _ := crowd(120)
	var others [][]string
	named := map[string]bool{}
	for _, row := range crowded[1:] {
		if name := row[1] + ", " + row[0][:1]; !named[name] && strings.Contains(row[2], "@") {
			named[name] = true
			others = append(others, row)
		}
	}
	a := []string{"Margarethe", "Winterfeldt", "grete@post.example", "030 4445566", "", "Seestr. 4", "Ulm", "89073"}
	again := append(slices.Clone(a[:4]), "", "Kai 7", "Husum", "25813")
	relative := []string{"Konstantin", "Winterfeldt", "konni@web.example", "030 4445566", "", "Seestr. 4", "Ulm", "89073"}
	staff := func(row []string) []string {
		return append(slices.Clone(row[:3]), "040 998800", "Hafenbau Nord GmbH", "Kai 7", "Husum", "25813")
	}
	var colleagues [][]string
	for _, row := range others {
		colleagues = append(colleagues, staff(row))
	}
	for _, n := range []int{2, 3, 4, 10, 30} {
		for name, rows := range map[string][][]string{
			"the two alone":   {a, again},
			"and a relative":  {a, again, relative},
			"nothing else":    {a[:4], append(slices.Clone(a[:4]), "", "", "Ulm")},
			"one employer":    {staff(a), append(staff(a), "17")},
			"all of one name": {a, again, {"Rosa", "Winterfeldt", "rosa@web.example", "040 5550102"}, {"Pavel", "Winterfeldt", "pw@web.example", "040 5550103"}},
		} {
			if len(rows) > n {
				continue
			}
			rest := others
			if name == "one employer" {
				rest = colleagues
			}
			r := run(t, linkage.Config{}, append(slices.Clone(rows), rest[:n-len(rows)]...))
			if e := r.Explain(0, 1); r.Clusters[0] != r.Clusters[1] {
				t.Errorf("%d rows, %s: the two are apart: %.3f, %+v", n, name, e.Probability, e.Parts)
			}
			if got, want := distinct(r.Best), n-1; got != want {
				t.Errorf("%d rows, %s: %d clusters by the best guess, want %d: %v", n, name, got, want, r.Best)
			}
		}
	}
}

// A file of few rows may still ask some questions.
func TestFewRowsAreAskedAbout(t *testing.T) {
	var rows [][]string
	for i := range 8 {
		given := givenNames[3*i]
		rows = append(rows, []string{given, familyNames[i], "", "", "", streetNames[i] + " 4"}, []string{given[:1] + ".", familyNames[i], "", "", "", streetNames[i] + " 4"})
	}
	r := run(t, linkage.Config{MatchAbove: .9999, ReviewAbove: .01}, rows)
	if len(r.Questions) < 2 || len(r.Questions) > linkage.QuestionsMin {
		t.Errorf("%d questions about %d rows, %d left out", len(r.Questions), len(rows), r.Report.QuestionsLeft)
	}
}

// The second initial tells people apart whose first one does not.
func TestSecondInitials(t *testing.T) {
	given := func(a, b string) string {
		t.Helper()
		row := func(given string) []string { return []string{given, "Winterfeldt", "", "030 4445566"} }
		for _, p := range among(t, linkage.Config{}, row(a), row(b)).Explain(0, 1).Parts {
			if p.Field == "given name" {
				return p.Level
			}
		}
		return ""
	}
	if got := given("J. P.", "J. T."); got != "different" {
		t.Errorf("J. P. and J. T. are %q", got)
	}
	for _, pair := range [][2]string{{"J.", "J. P."}, {"J. P.", "Jan"}, {"J. P.", "Jan Peter"}} {
		if got := given(pair[0], pair[1]); got != "initial agrees" {
			t.Errorf("%v are %q", pair, got)
		}
	}
}
