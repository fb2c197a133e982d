package canon_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// nameCase is one line of testdata/persons.txt.
type nameCase struct {
	in   string
	want canon.Person
}

func nameCases(t testing.TB) []nameCase {
	t.Helper()
	raw, err := os.ReadFile("testdata/persons.txt")
	if err != nil {
		t.Fatal(err)
	}
	var cases []nameCase
	for line := range strings.Lines(string(raw)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		f := strings.Split(line, ";")
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		switch {
		case len(f) == 2 && f[1] == "company":
			cases = append(cases, nameCase{f[0], canon.Person{Last: f[0], Company: true}})
		case len(f) == 6:
			cases = append(cases, nameCase{f[0], canon.Person{Title: f[1], First: f[2], Middle: f[3], Last: f[4], Suffix: f[5]}})
		default:
			t.Fatalf("persons.txt: %d parts in %q", len(f), line)
		}
	}
	return cases
}

func TestParsePerson(t *testing.T) {
	cases := nameCases(t)
	if len(cases) < 400 {
		t.Errorf("only %d names, want at least 400", len(cases))
	}
	for _, c := range cases {
		if diff := cmp.Diff(c.want, canon.ParsePerson(c.in)); diff != "" {
			t.Errorf("ParsePerson(%q) (-want +got):\n%s", c.in, diff)
		}
	}
}

func TestPersonReadAgain(t *testing.T) {
	for _, c := range nameCases(t) {
		p := canon.ParsePerson(c.in)
		if diff := cmp.Diff(p, canon.ParsePerson(p.String())); diff != "" {
			t.Errorf("%q is %q, which is read as other parts (-first +second):\n%s", c.in, p.String(), diff)
		}
	}
}
