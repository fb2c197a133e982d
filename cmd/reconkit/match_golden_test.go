package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What the program says of pairs that matching is known to get wrong, as text.
// The rows are in testdata/explain/people.csv; each text is what a person reads
// who asks why.
func TestMatchExplainsNamedCases(t *testing.T) {
	for name, c := range map[string]struct {
		a, b    string
		flags   []string
		answers string // those that are right
		likely  string // what the two are to each other, where the program sees it
	}{
		"spouses at one address":           {"spouse-1", "spouse-2", nil, answerDifferent, "household"},
		"father and son, by given name":    {"father", "son", nil, answerDifferent, "household"},
		"father and son, by family name":   {"senior", "junior", nil, answerDifferent, "household"},
		"father and son, by date of birth": {"father-by-date", "son-by-date", nil, notSame, "household"},
		"two Chinese names":                {"chinese-1", "chinese-2", nil, answerDifferent, "strangers"},
		"colleagues on one switchboard":    {"colleague-1", "colleague-2", nil, answerDifferent, "colleagues"},
		"a firm and its staff":             {"firm", "colleague-2", nil, answerDifferent, "colleagues"},
		"branches of a firm":               {"branch-ulm", "branch-husum", nil, notSame, ""},
		"a shared mailbox":                 {"mailbox-1", "mailbox-2", nil, notSame, "household"},
		"a married name":                   {"maiden-name", "married-name", nil, answerSame, "same"},
		"swapped names":                    {"in-order", "swapped", nil, answerSame, "same"},
		"a mistyped e-mail":                {"well-typed", "mistyped", nil, answerSame, "same"},
		"two customer numbers":             {"number-1", "number-2", nil, answerSame, "same"},
		"two customer numbers, never":      {"number-1", "number-2", []string{"--never", "customer_no"}, answerDifferent, ""},
		"a nickname":                       {"whole-name", "nickname", nil, answerSame, "same"},
		"strangers who share no key":       {"spouse-1", "chinese-1", nil, answerDifferent, "strangers"},
		"twins":                            {"twin-1", "twin-2", nil, answerAsk, ""},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"match", "explain", filepath.Join("testdata", "explain", "people.csv"), c.a, c.b}, c.flags...)
			text, _ := matched(t, exitOK, args...)
			raw, _ := matched(t, exitOK, append(args, "--json")...)
			var e pairExplained
			if err := json.Unmarshal([]byte(raw), &e); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(c.answers, e.Answer) {
				t.Errorf("the answer is %s, want %s", e.Answer, c.answers)
			}
			classes := map[string]float64{"same": e.Why.Classes.Same, "household": e.Why.Classes.Household, "colleagues": e.Why.Classes.Colleagues, "strangers": e.Why.Classes.Strangers}
			for other, p := range classes {
				if c.likely != "" && p > classes[c.likely] {
					t.Errorf("%s is likelier than %s: %v", other, c.likely, classes)
				}
			}
			addsUp(t, text)
			golden := filepath.Join("testdata", "explain", strings.NewReplacer(" ", "-", ",", "").Replace(name)+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), text); diff != "" {
				t.Errorf("another explanation (-want +got); read it, and keep it with go test ./cmd/reconkit -run NamedCases -update\n%s", diff)
			}
		})
	}
}

// notSame are the answers that join nobody.
const notSame = answerDifferent + " or " + answerAsk

var weightInText = regexp.MustCompile(`(?m)^  (\S.*?) +([+-]\d+\.\d\d)(?:  .*)?$`)

// addsUp adds the weights of an explanation as they are printed.
func addsUp(t *testing.T, text string) {
	t.Helper()
	total, parts := 0, 0
	for _, m := range weightInText.FindAllStringSubmatch(text, -1) {
		bits, err := strconv.Atoi(strings.Replace(m[2], ".", "", 1))
		if err != nil {
			t.Fatal(err)
		}
		if m[1] == "sum" {
			if total != bits || parts < 2 {
				t.Errorf("%d parts add up to %d hundredths of a bit, the sum says %d", parts, total, bits)
			}
			return
		}
		total += bits
		parts++
	}
	t.Error("there is no sum")
}
