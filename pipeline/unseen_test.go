package pipeline_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestUnseenCharactersAreTold writes characters that nobody sees: the plan tells each field and
// class once, with how many records it writes them to, and not the values.
func TestUnseenCharactersAreTold(t *testing.T) {
	j := newJob(t, []row{person(5).with("note", text("kept\x1b[0m"))}, []row{
		person(1).with("note", text("red \x1b[31m\a\x1b[0m")),
		person(2).with("note", text("\x00\u0085 and \u202edrawkcab")),
		person(3).with("note", text("two\tlines\r\nof Müller\u200d\u00a0")),
		person(4).with("email", text("p4\u200f@example.com")),
		person(5).with("note", text("kept\x1b[0m")), // as it is, so that nothing is written
	})
	p := j.plan(t)
	var got []string
	for _, f := range p.Findings {
		if f.Code == "control-characters" || f.Code == "direction-marks" {
			got = append(got, fmt.Sprint(f.Severity, " ", f.Code, " ", f.Count, ": ", f.Message))
		}
		if strings.ContainsFunc(f.String(), func(r rune) bool { return r < 0x20 || r == 0x202e }) || strings.Contains(f.String(), "[31m") {
			t.Errorf("a finding holds the value: %q", f)
		}
	}
	want := []string{
		"warning direction-marks 1: model people: what is written to email holds marks that turn the direction of reading (U+200F), which nobody sees; records: 1, the first of fair.csv:4",
		"warning control-characters 2: model people: what is written to note holds control characters (U+0000, U+0007, U+001B, U+0085), which nobody sees; records: 2, the first of fair.csv:1",
		"warning direction-marks 1: model people: what is written to note holds marks that turn the direction of reading (U+202E), which nobody sees; records: 1, the first of fair.csv:2",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
