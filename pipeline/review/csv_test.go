package review

import (
	"encoding/csv"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

func csvRows(t *testing.T, p *pipeline.Plan) [][]string {
	t.Helper()
	var b strings.Builder
	if err := CSV(&b, p); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(b.String(), "\n"); lines != strings.Count(b.String(), "\r\n") {
		t.Errorf("%d of %d lines end as RFC 4180 has it", strings.Count(b.String(), "\r\n"), lines)
	}
	rows, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// Each field of each change has its row, in the order of the plan, behind what is
// blocked; a change without fields has one.
func TestCSVHasARowForEachField(t *testing.T) {
	p := smallPlan()
	p.Blocked[0].Conflicts = []pipeline.FieldConflict{{Field: "phone", Wrote: text("1"), Ours: text("2"), Theirs: text("3")}, {Field: "city"}}
	p.Changes[4].Fields = nil
	var want [][]string
	for _, c := range p.Blocked[0].Conflicts {
		want = append(want, []string{"blocked", "Bert Braun", c.Field})
	}
	for _, c := range p.Changes {
		for _, f := range c.Fields {
			want = append(want, []string{string(c.Action), diag.Printable(c.Label), diag.Printable(f.Field)})
		}
		if len(c.Fields) == 0 {
			want = append(want, []string{string(c.Action), c.Label, ""})
		}
	}
	rows := csvRows(t, p)
	for i, r := range rows[1:] {
		if got := []string{r[columnAction], r[columnLabel], r[columnField]}; i >= len(want) || !slices.Equal(got, want[i]) {
			t.Fatalf("row %d is about %q", i+2, got)
		}
	}
	if len(rows) != len(want)+1 {
		t.Errorf("%d rows, want %d", len(rows)-1, len(want))
	}
	if got := []string{rows[1][columnBefore], rows[1][columnAfter], rows[1][columnBlocked]}; !slices.Equal(got, []string{"3", "2", "ambiguous-target"}) {
		t.Errorf("the first conflict says %q", got)
	}
}

// Whatever the data says, no cell is a formula, wherever a spreadsheet begins a cell,
// and all of it shows.
func TestHostileValuesInCSV(t *testing.T) {
	values := []string{"=cmd|'/c calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "a,\"b\"", "'", "",
		"x;=cmd|'/c calc'!A0", "x; @SUM(A1);y", `x;"=1+1`, "\uff1d1", "\uff0b1", "\uff0d1", "x;\uff201", "  =1", "x;;=1", "x;\u200b=1",
		strings.Repeat(";=", csvCellCharsMax/2), strings.Repeat("\u200b", csvCellCharsMax), strings.Repeat("\U0001f600", csvCellCharsMax)}
	for _, v := range hostiles {
		values = append(values, v)
	}
	for _, v := range values {
		all := strings.ReplaceAll(diag.Printable(v), "'", "")
		for _, p := range []*pipeline.Plan{planSaying(v), mergeSaying(v)} {
			found := false
			for _, r := range csvRows(t, p) {
				for _, cell := range r {
					if formulaIn(cell) || diag.Printable(cell) != cell {
						t.Errorf("a cell holds %q", diag.Shorten(cell, 60))
					}
					if n := len(utf16.Encode([]rune(cell))); n > spreadsheetCellMax {
						t.Errorf("a cell of %q has %d characters", diag.Shorten(v, 60), n)
					}
					said, cut, _ := strings.Cut(strings.ReplaceAll(cell, "'", ""), "... (")
					found = found || said == all || cut != "" && strings.HasPrefix(all, said) && strings.HasSuffix(cell, fmt.Sprintf("... (%d bytes)", len(v)))
				}
			}
			if !found {
				t.Errorf("no cell says %q", diag.Shorten(v, 60))
			}
		}
	}
}

// spreadsheetCellMax is how much a cell of a spreadsheet holds, in code units of UTF-16.
const spreadsheetCellMax = 32_767

// formulaIn reports whether a spreadsheet that begins a cell at each semicolon, too,
// finds a formula.
var formulaIn = regexp.MustCompile("(^|;)[\\s\"]*[=+\\-@\uff1d\uff0b\uff0d\uff20]").MatchString

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
