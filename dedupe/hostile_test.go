package dedupe_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
	"pgregory.net/rapid"
)

func contactMatcher(t testing.TB) *dedupe.Matcher {
	t.Helper()
	m, err := dedupe.New(dedupe.Config{Schema: contactSchema(), Join: true, Same: []string{"email", "customer_number"},
		Never: []string{"customer_number"}, Keys: []string{"customer_number", "email"}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func uncut() bool { return false }

// match matches rows and checks what holds for every result.
func match(t testing.TB, m *dedupe.Matcher, rows, target []row) *pipeline.MatchResult {
	t.Helper()
	in := pipeline.MatchInput{Records: tableOf(t, rows, uncut), TargetNamespace: "plandocket"}
	if target != nil {
		in.Target = tableOf(t, target, uncut)
	}
	res, err := m.Match(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	checkResult(t, in, res)
	return res
}

func TestFewRecords(t *testing.T) {
	m := contactMatcher(t)
	if res := match(t, m, nil, nil); len(res.Clusters) != 0 {
		t.Errorf("no records made %d clusters", len(res.Clusters))
	}
	one := []row{{source: "people", id: "1", line: 2, cells: map[string]string{"email": "anna@example.com"}}}
	if res := match(t, m, one, nil); len(res.Clusters) != 1 || res.Links[0].Target != -1 {
		t.Errorf("one record made %+v", res.Clusters)
	}
	empty := []row{{source: "people", id: "1"}, {source: "people", id: "2"}}
	if res := match(t, m, empty, empty); len(res.Clusters) != 2 {
		t.Errorf("two records without values made %d clusters, want 2", len(res.Clusters))
	}
	if res := match(t, m, nil, one); len(res.Clusters) != 0 {
		t.Errorf("a target alone made %d clusters", len(res.Clusters))
	}
}

// TestHostileValues feeds what no cell should hold, in every field.
func TestHostileValues(t *testing.T) {
	m := contactMatcher(t)
	for name, value := range map[string]string{
		"one megabyte":   strings.Repeat("x", 1<<20),
		"megabyte words": strings.Repeat("Anna Weber ", 1<<17),
		"megabyte UTF-8": strings.Repeat("ü", 1<<19),
		"megabyte mail":  strings.Repeat("a", 1<<20) + "@example.com",
		"invalid UTF-8":  "An\xffna\xc3",
		"NUL":            "Anna\x00Weber",
		"only NUL":       "\x00",
		"spaces":         " \t\n\u00a0\u2003",
		"punctuation":    "-.,;'",
		"emoji":          "👩‍👩‍👧",
		"Chinese":        "王小明",
		"digits":         "0000000",
		"combining":      "\u0301\u0301",
	} {
		t.Run(name, func(t *testing.T) {
			rows := make([]row, 6)
			for i := range rows {
				rows[i] = row{source: "people", id: fmt.Sprint(i), line: int32(i + 2), cells: map[string]string{}}
				for f := range drawn {
					if i < 3 || i%2 == 0 {
						rows[i].cells[f] = value
					}
				}
				rows[i].cells["email"] = fmt.Sprintf("a%d@example.com", i/2)
			}
			res := match(t, m, rows, rows)
			for _, f := range res.Findings {
				if len(f.Message) > 1000 {
					t.Errorf("finding of %d bytes", len(f.Message))
				}
			}
			for _, q := range res.Questions {
				if len(q.A.Label) > 1000 {
					t.Errorf("label of %d bytes", len(q.A.Label))
				}
			}
		})
	}
}

func TestNamesThatFoldingMustKeep(t *testing.T) {
	rows := []row{
		{source: "people", id: "1", cells: map[string]string{"first_name": "小明", "last_name": "王", "company_name": "Heide"}},
		{source: "people", id: "2", cells: map[string]string{"first_name": "小朋", "last_name": "王", "company_name": "Heide"}},
		{source: "people", id: "3", cells: map[string]string{"first_name": "小明", "last_name": "王", "company_name": "Heide"}},
	}
	res := match(t, contactMatcher(t), rows, nil)
	if len(res.Clusters) != 2 || len(res.Questions) != 0 {
		t.Errorf("王小明, 王小朋 and 王小明 made %d clusters, want 2", len(res.Clusters))
	}
}

// TestEqualKeys matches up to 200,000 records that share one value. In
// quadratic time it would not end within the time limit of the test run.
func TestEqualKeys(t *testing.T) {
	const many, some = 200_000, 20_000
	for name, cells := range map[string]func(i int) map[string]string{
		"e-mail": func(int) map[string]string { return map[string]string{"email": "anna@example.com"} },
		"e-mail with numbers": func(i int) map[string]string {
			return map[string]string{"email": "anna@example.com", "customer_number": fmt.Sprint(i)}
		},
		"e-mail with names": func(i int) map[string]string {
			return map[string]string{"email": "anna@example.com", "first_name": fmt.Sprintf("Q%dx", i), "last_name": fmt.Sprintf("W%dy", i*7)}
		},
		"everything but a key": func(int) map[string]string {
			return map[string]string{"first_name": "Anna", "last_name": "Weber", "company_name": "Heide", "phone": "+493012345678",
				"address": "Hauptstr. 5", "postal_code": "10115", "city": "Berlin"}
		},
		"name": func(int) map[string]string { return map[string]string{"first_name": "Anna", "last_name": "Weber"} },
		"name and town": func(int) map[string]string {
			return map[string]string{"first_name": "Anna", "last_name": "Weber", "city": "Berlin"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := some
			if name == "e-mail" || name == "everything but a key" {
				n = many
			}
			rows := make([]row, n)
			for i := range rows {
				rows[i] = row{source: "people", id: fmt.Sprint(i), line: int32(i + 2), cells: cells(i)}
			}
			target := rows[:1000]
			res := match(t, contactMatcher(t), rows, target)
			held := 0
			for _, c := range res.Clusters {
				held += len(c.Members)
			}
			if held != n {
				t.Errorf("the clusters hold %d of %d records", held, n)
			}
		})
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	rows := []row{{source: "people", id: "1", cells: map[string]string{"email": "anna@example.com"}}}
	_, err := contactMatcher(t).Match(ctx, pipeline.MatchInput{Records: tableOf(t, rows, uncut)})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want context.Canceled", err)
	}
}

// FuzzValues draws any text into the fields of a few records.
func FuzzValues(f *testing.F) {
	f.Fuzz(func(t *testing.T, input []byte) {
		m := contactMatcher(t)
		rapid.MakeFuzz(func(rt *rapid.T) {
			var rows []row
			for i := range rapid.IntRange(0, 6).Draw(rt, "rows") {
				r := row{source: "people", id: fmt.Sprint(i), cells: map[string]string{}}
				for _, name := range contactSchema().Names() {
					if _, text := drawn[name]; text {
						r.cells[name] = rapid.String().Draw(rt, name)
					}
				}
				rows = append(rows, r)
			}
			match(t, m, rows, rows)
		})(t, input)
	})
}
