package dedupe

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/reconkit/reconkit/dedupe/norm"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// saysNone reports a value that stands where there is none, such as the customer number
// n/a or the address keine@angabe.de. It is nobody's, so that it finds and joins nobody.
func saysNone(kind pipeline.Kind, s string) bool {
	switch kind {
	case pipeline.KindIdentifier:
		return canon.SaysNone(s)
	case pipeline.KindEmail:
		return norm.NoMailbox(s)
	}
	return false
}

// nones are the values of a field of the rows that say none.
type nones struct {
	rows  int
	texts []string // the first few, each once
}

// noneTextsMax is how many of the values that say none are shown.
const noneTextsMax = 3

func (n *nones) add(text string) {
	n.rows++
	if len(n.texts) < noneTextsMax && !slices.Contains(n.texts, text) {
		n.texts = append(n.texts, text)
	}
}

// tellNones says which fields of the rows hold values that say none: they are written
// as they are, and only the mapping can leave them out.
func (r *run) tellNones() {
	for _, f := range r.u.m.schema.Fields() {
		n := r.u.nones[f.Name]
		if n == nil || n.rows == 0 {
			continue
		}
		shown := make([]string, len(n.texts))
		for i, s := range n.texts {
			shown[i] = strconv.Quote(diag.Shorten(s, shownMax))
		}
		r.notes.add(diag.Warning, "says-none", n.rows,
			fmt.Sprintf("%s says that there is none (%s); such a value finds and joins nobody, and is written as it is", f.Name, strings.Join(shown, ", ")),
			"map it to nil")
	}
}
