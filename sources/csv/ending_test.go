package csv_test

import (
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sources/csv"
)

// A file that was cut off within its last cell has rows like any other; only the
// line break behind the last one is missing.
func TestFileWithoutALastLineBreakIsNotProven(t *testing.T) {
	const head = "nr,mail,note\n1,anna@example.com,one\n"
	for name, c := range map[string]struct {
		files map[string]string
		path  string
		want  pipeline.Grade
	}{
		"whole":                  {map[string]string{"a.csv": head + "2,ben@example.com,two\n"}, "a.csv", pipeline.Proven},
		"with CR LF":             {map[string]string{"a.csv": strings.ReplaceAll(head, "\n", "\r\n")}, "a.csv", pipeline.Proven},
		"with CR alone":          {map[string]string{"a.csv": strings.ReplaceAll(head, "\n", "\r")}, "a.csv", pipeline.Proven},
		"a header alone":         {map[string]string{"a.csv": "nr,mail,note\n"}, "a.csv", pipeline.Proven},
		"cut in the last cell":   {map[string]string{"a.csv": head + "2,ben@example.com,tw"}, "a.csv", pipeline.Likely},
		"cut in its quotes":      {map[string]string{"a.csv": head + "2,ben@example.com,\"two\""}, "a.csv", pipeline.Likely},
		"cut long after a block": {map[string]string{"a.csv": head + strings.Repeat("2,ben@example.com,two\n", 100_000) + "3,x,y"}, "a.csv", pipeline.Likely},
		"one of several":         {map[string]string{"a.csv": head, "b.csv": head + "2,ben@example.com,tw", "c.csv": head}, "*.csv", pipeline.Likely},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, csv.Config{Path: c.path, Dir: write(t, c.files)})
			if got := s.Evidence().Grade; got != pipeline.Unproven {
				t.Errorf("before it is read it is %s", got)
			}
			part, err := s.Project([]string{"nr"})
			if err != nil {
				t.Fatal(err)
			}
			for _, err := range part.Read(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
			}
			e := part.(pipeline.SourceEvidence).Evidence()
			if e.Grade != c.want {
				t.Errorf("%s: %v, want %s", e.Grade, e.Reasons, c.want)
			}
			if c.want == pipeline.Likely && !strings.Contains(e.Reasons[0], ".csv does not end with a line break") {
				t.Errorf("why: %v", e.Reasons)
			}
		})
	}
}
