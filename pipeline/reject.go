package pipeline

import (
	"slices"
	"strconv"
	"strings"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// RejectAlsoMax is the number of findings about a rejected row, beside the first,
// that are kept; the rest is counted.
const RejectAlsoMax = 9 // findings

// Reject is a row that goes no further, and why.
type Reject struct {
	Origin  Origin
	Columns []string     // names of the source's columns
	Cells   []string     // the row as text, in the order of Columns; shorter or longer where the row itself is
	Raw     string       // the text of a row that could not be taken apart; else ""
	Finding diag.Finding // the first thing that is wrong with the row
	Also    Also         // what else is
}

// Also is what else is wrong with a rejected row, so that a person can mend all
// of it in one go. The findings do not name the row again.
type Also struct {
	Findings []diag.Finding `json:"findings"`       // at most RejectAlsoMax, in the order in which they were found
	Left     int            `json:"left,omitempty"` // how many more there are
}

// Add adds a finding.
func (a *Also) Add(f diag.Finding) {
	if len(a.Findings) == RejectAlsoMax {
		a.Left++
		return
	}
	f.Where = ""
	a.Findings = append(a.Findings, f)
}

// clone is a copy with texts of its own.
func (a Also) clone() Also {
	a.Findings = slices.Clone(a.Findings)
	for i, f := range a.Findings {
		a.Findings[i] = f.Clone()
	}
	return a
}

// Reason says in one line all that is wrong with the row.
func (r *Reject) Reason() string {
	return r.join(func(f *diag.Finding) string { return f.Message })
}

// Rules are the places of the rules and expressions that Reason is about, in its
// order.
func (r *Reject) Rules() string {
	return r.join(func(f *diag.Finding) string { return f.Rule })
}

// join is a text of each finding, one after the other.
func (r *Reject) join(of func(*diag.Finding) string) string {
	first := of(&r.Finding)
	if len(r.Also.Findings) == 0 {
		return first
	}
	texts := []string{first}
	for i := range r.Also.Findings {
		texts = append(texts, of(&r.Also.Findings[i]))
	}
	if r.Also.Left > 0 {
		texts = append(texts, strconv.Itoa(r.Also.Left)+" more")
	}
	return strings.Join(texts, "; ")
}
