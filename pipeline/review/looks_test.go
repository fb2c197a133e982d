package review

import (
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// Of a conflict whose sides look the same every form tells the code points: otherwise it
// says that somebody made of X an X.
func TestConflictsThatLookTheSame(t *testing.T) {
	for _, tt := range []struct {
		wrote, ours, theirs string
		want                []string
	}{
		{"Zoe", "Andr\u00e9", "Andre\u0301", []string{"what the target has and what the source says look the same: U+0065 U+0301 -> U+00E9"}},
		{"Andr\u00e9", "Bert", "Andre\u0301", []string{"what we wrote and what the target has look the same: U+00E9 -> U+0065 U+0301"}},
		{"Anna", "\u0410nna", "Bert", []string{"what we wrote and what the source says look the same, with letters of another script: U+0041 -> U+0410"}},
		{"Anna", "Berta", "Carla", nil},
	} {
		p := smallPlan()
		p.Blocked[0].Conflicts = []pipeline.FieldConflict{{Field: "name", Wrote: text(tt.wrote), Ours: text(tt.ours), Theirs: text(tt.theirs)}}
		_, data := readIsland(t, written(t, HTML, p, Options{Values: true}))
		var table strings.Builder
		if err := CSV(&table, p); err != nil {
			t.Fatal(err)
		}
		var notes []string
		for _, n := range data.Rows[0][placeIn(t, "FIELDS")].([]any)[0].([]any)[placeIn(t, "NOTES")].([]any) {
			notes = append(notes, n.(string))
		}
		for name, page := range map[string]string{"text": written(t, Text, p, Options{}), "Markdown": written(t, Markdown, p, Options{Values: true}),
			"HTML": shownAs(written(t, HTML, p, Options{Values: true})), "the search of HTML": strings.Join(notes, "\n"), "CSV": table.String()} {
			for _, want := range tt.want {
				if !strings.Contains(page, want) {
					t.Errorf("%s lacks %q:\n%s", name, want, page)
				}
			}
			if tt.want == nil && strings.Contains(page, "look the same") {
				t.Errorf("%s tells of a look:\n%s", name, page)
			}
		}
	}
}
