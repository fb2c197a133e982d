package dsl

import (
	"fmt"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// All that is wrong with a row is told at once: by expressions, or by rules over
// the record. Rules that only warn or would end the run have nothing to add, and
// a value that a rule sets is not told to be missing.
func TestAllReasonsOfARejectedRow(t *testing.T) {
	const mapped = "        map: { label: name, email: email, country: org, rating: int(score), half: 1 / int(score), n: 1 }\n"
	for _, tc := range []struct {
		name, rules string
		row         []string
		want        string
	}{
		{"expressions", "", []string{"1", "Ann", "", "x", ""}, `field rating: int: "x" is not a number | field half: int: "x" is not a number`},
		{"rules", `
      - { field: email, is: email, message: bad mail }
      - { field: rating, check: rating < 5, message: too high }
      - { check: label != "Ann", message: no Ann }
`, []string{"1", "Ann", "x", "7", ""}, "bad mail | too high | no Ann"},
		{"one rule holds", `
      - { field: email, is: email, message: bad mail }
      - { field: rating, check: rating < 5, message: too high }
      - { check: label != "Ann", message: no Ann }
`, []string{"1", "Ann", "x", "2", ""}, "bad mail | no Ann"},
		{"warn and abort", `
      - { field: email, is: email, message: bad mail }
      - { field: rating, check: rating < 5, message: too high, on_fail: warn }
      - { check: label != "Ann", message: no Ann, on_fail: abort }
`, []string{"1", "Ann", "x", "7", ""}, "bad mail"},
		{"set", `
      - { field: email, is: email, message: bad mail }
      - { field: label, is: required, message: no name, on_fail: { set: '"Bob"' } }
      - { field: label, is: required, message: still no name }
`, []string{"1", "", "x", "1", ""}, "bad mail"},
		{"set that does not help", `
      - { field: label, check: label != "Bob", message: Bob }
      - { field: label, check: label != "Bob", message: Bob again, on_fail: { set: '"Bob"' } }
      - { field: label, check: label != "Zack", message: Zack }
`, []string{"1", "Bob", "x", "1", ""}, "Bob | Bob again"},
		{"unique", `
      - { field: label, is: unique, message: name twice }
      - { field: email, is: unique, message: mail twice }
`, []string{"1", "Zoe", "z@x.de", "1", ""}, "name twice | mail twice"},
		{"too many to tell", strings.Repeat("\n      - { check: label != \"Ann\", message: no Ann }", pipeline.RejectAlsoMax+3) + "\n", []string{"1", "Ann", "", "", ""},
			strings.Repeat("no Ann | ", pipeline.RejectAlsoMax+1) + "2 more"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := people([]string{"0", "Zoe", "z@x.de", "1", ""}, tc.row, []string{"3", "Zed", "y@x.de", "1", ""})
			text := peopleSource + "models:\n  things:\n    from:\n      - source: people\n" + mapped
			if tc.rules != "" {
				text += "    validate:" + tc.rules
			}
			p := load(t, w, text)
			_, rejected, _, err := collect(t, p)
			if err != nil {
				t.Fatal(err)
			}
			if len(rejected.list) != 1 {
				t.Fatalf("rejected rows: %+v", rejected.list)
			}
			var got []string
			for reason := range strings.SplitSeq(rejected.list[0].Reason(), "; ") {
				reason, _, _ = strings.Cut(reason, ", in ")
				got = append(got, reason)
			}
			same(t, "reasons", strings.Join(got, " | "), tc.want)
			if n := len(strings.Split(rejected.list[0].Rules(), "; ")); n != len(got) {
				t.Errorf("%d reasons by %s", len(got), rejected.list[0].Rules())
			}
		})
	}
}

// Each rule that rejects a row is seen in what is told about it.
func TestExplainTellsAllReasons(t *testing.T) {
	w := people([]string{"1", "Ann", "x", "7", ""})
	p := load(t, w, peopleSource+`models:
  things:
    from:
      - { source: people, map: { label: name, email: email, rating: int(score) } }
    validate:
      - { field: email, is: email, message: bad mail }
      - { field: rating, check: rating < 9, message: far too high }
      - { field: rating, check: rating < 5, message: too high, on_fail: { set: 4 } }
      - { field: rating, check: rating == 4, message: not set }
      - { check: label != "Ann", message: no Ann, on_fail: warn }
      - { check: label != "Ann", message: no Ann }
`)
	told, err := Explain(t.Context(), p, ExplainQuery{Row: "people.csv:2"}, pipeline.Options{Now: runTime})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range told.Rows[0].Rules {
		got = append(got, fmt.Sprintf("%s %s", r.Outcome, r.Message))
	}
	same(t, "rules", got, []string{"rejected bad mail", "holds ", "set ", "holds ", "not-reached ", "rejected no Ann"})
	same(t, "reason", told.Rows[0].Finding.Message, "bad mail")
}
