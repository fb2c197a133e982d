package dedupe

import (
	"context"
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
// n/a or the address keine@angabe.de. It is nobody's and says nothing: matching and
// survivorship take it for a field that is empty.
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

// findNones finds the values of the rows that say none, in every field that may hold one.
func (u *universe) findNones(ctx context.Context) {
	u.nones, u.none = make([]nones, u.m.schema.Len()), make([]bool, u.rows)
	for f, field := range u.m.schema.Fields() {
		if field.Type != pipeline.String || field.Kind != pipeline.KindIdentifier && field.Kind != pipeline.KindEmail {
			continue
		}
		n, start := &u.nones[f], 0
		for _, b := range u.in.Records.Batches() {
			if ctx.Err() != nil {
				return
			}
			scanColumn(b, b.Column(u.fields[0][f]), start, func(i int, _ *pipeline.Batch, s string) {
				if !saysNone(field.Kind, s) {
					return
				}
				u.none[i] = true
				n.rows++
				if len(n.texts) < noneTextsMax && !slices.Contains(n.texts, s) {
					n.texts = append(n.texts, s)
				}
			})
			start += b.Len()
		}
	}
}

// noneAt reports whether a field of a record of the model says none.
func (u *universe) noneAt(row int32, field int) bool {
	if !u.none[row] || u.nones[field].rows == 0 {
		return false
	}
	text := u.text(row, field)
	return text != "" && saysNone(u.m.schema.Field(field).Kind, text)
}

// tellNones says which fields of the rows hold values that say none, since they are not
// written.
func (r *run) tellNones() {
	for f, field := range r.u.m.schema.Fields() {
		n := &r.u.nones[f]
		if n.rows == 0 {
			continue
		}
		shown := make([]string, len(n.texts))
		for i, s := range n.texts {
			shown[i] = strconv.Quote(diag.Shorten(s, shownMax))
		}
		r.notes.add(diag.Warning, "says-none", n.rows,
			fmt.Sprintf("%s says that there is none (%s); such a value finds and joins nobody, and is not written: it is taken for an empty field", field.Name, strings.Join(shown, ", ")),
			"map it to nil")
	}
}
