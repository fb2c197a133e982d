package plandocket

import (
	"context"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
)

// verdict is what the order of a list shows.
type verdict uint8

const (
	orderBroken verdict = iota // the server did not sort as it was asked to
	orderSame                  // all values are the same
	orderLikely                // sorted both ways, but contacts without a value could be hidden at both ends
	orderProves                // sorted both ways by a value that every hidden contact has
)

// ordered judges two views that hold the same contacts.
func ordered(asc, desc *view) verdict {
	if asc.field == fieldCreated {
		return orderedByCreated(asc, desc)
	}
	return orderedByText(asc, desc)
}

// span tells people from when to when the contacts were created, in a view by
// created_at.
func (v *view) span() string {
	if v.field != fieldCreated {
		return ""
	}
	times := v.micros()
	return ", from " + pipeline.MicrosValue(slices.Min(times)).String() + " to " + pipeline.MicrosValue(slices.Max(times)).String()
}

// steadierField is a field to sort pages by when contacts of one created_at
// change places between them, so that some come twice and some not at all: the
// one by which the fewest contacts are alike. It is "" when there is no need.
func (r *reader) steadierField(v *view) string {
	if r.form == formWhole || v.repeated == 0 || r.field != fieldCreated {
		return ""
	}
	best, bestAlike := "", alike(v.micros())
	for _, field := range []string{fieldNumber, fieldEmail, "last_name", "company_name"} {
		if n := alike(v.texts(field)); n < bestAlike {
			best, bestAlike = field, n
		}
	}
	return best
}

// alike is the size of the largest group of equal values.
func alike[T comparable](values []T) int {
	count, most := map[T]int{}, 0
	for _, v := range values {
		count[v]++
		most = max(most, count[v])
	}
	return most
}

// orderedByCreated judges two views that hold the same contacts.
func orderedByCreated(asc, desc *view) verdict {
	forms := asc.created | desc.created
	if forms != rfcStamp && forms != plainStamp && forms != unixStamp {
		return orderBroken
	}
	up, down := asc.micros(), desc.micros()
	slices.Reverse(down)
	switch {
	case !slices.IsSorted(up) || !slices.IsSorted(down):
		return orderBroken
	case up[0] == up[len(up)-1]:
		return orderSame
	}
	return orderProves
}

// mirroredByID reports whether the ids ascend in the one view and descend in
// the other: then the server breaks ties by id, and its order is strict.
func mirroredByID(asc, desc *view) bool {
	down := slices.Clone(desc.ids)
	slices.Reverse(down)
	return slices.IsSortedFunc(asc.ids, compareIDs) && slices.Equal(asc.ids, down)
}

func (v *view) micros() []int64 {
	times := make([]int64, 0, len(v.ids))
	f := v.table.Schema().Index(fieldCreated)
	for i := range v.ids {
		r := v.record(i)
		times = append(times, r.Batch.Column(f).Int(r.Row))
	}
	return times
}

// noText stands for a contact without a value; no text of a server is equal.
const noText = "\xff"

func (v *view) texts(field string) []string {
	texts := make([]string, 0, len(v.ids))
	f := v.table.Schema().Index(field)
	for i := range v.ids {
		r := v.record(i)
		if c := r.Batch.Column(f); c.IsNull(r.Row) {
			texts = append(texts, noText)
		} else {
			texts = append(texts, strings.ToLower(strings.TrimSpace(c.Str(r.Row))))
		}
	}
	return texts
}

// orderedByText judges two views that hold the same contacts and are sorted by
// a text. How a server orders texts is its own affair: the two orders must be
// each other's mirror. A field that may be empty proves nothing unless the
// empty ones are seen to stand at opposite ends, because a server that puts
// them last in both orders could hide them.
func orderedByText(asc, desc *view) verdict {
	up, down := asc.texts(asc.field), desc.texts(desc.field)
	slices.Reverse(down)
	if !slices.Equal(up, down) {
		return orderBroken
	}
	first, last := up[0], up[len(up)-1]
	switch {
	case first == last:
		return orderSame
	case first == noText || last == noText:
		return orderProves
	}
	return orderLikely
}

// judgeOthers settles a list about which created_at shows nothing, by sorting
// it by other fields.
func (r *reader) judgeOthers(ctx context.Context, base *view) error {
	n := len(base.ids)
	best := pipeline.Unproven
	if base.calls <= otherFieldPagesMax {
		for _, field := range otherFields(base) {
			asc, err := r.view(ctx, field, ascending)
			if err != nil {
				return err
			}
			desc, err := r.view(ctx, field, descending)
			if err != nil {
				return err
			}
			r.views = append(r.views, asc, desc)
			for _, v := range []*view{asc, desc} {
				if others := base.newIn(v.rows); others > 0 {
					return r.conclude(pipeline.Unproven, "The list is cut after %d contacts without a word: sorted by %s it shows %d others.", n, field, others)
				}
				if len(v.ids) != n {
					return r.conclude(pipeline.Unproven, "Sorted by %s the list shows %d contacts, sorted by created_at %d.", field, len(v.ids), n)
				}
			}
			switch orderedByText(asc, desc) {
			case orderProves:
				return r.conclude(pipeline.Proven, "The list holds the same %d contacts sorted by %s upwards and downwards, those without one at opposite ends; a cut list would show other contacts at each end.", n, field)
			case orderLikely:
				best = pipeline.Likely
				r.say("The list holds the same %d contacts sorted by %s upwards and downwards; only contacts without one could be hidden.", n, field)
			case orderBroken:
				r.say("The server does not sort by %s in a way that shows anything.", field)
			}
		}
	}
	switch {
	case n == 1:
		return r.conclude(pipeline.Proven, "The list shows one contact, the same in every order; no server cuts a list after one.")
	case base.ended:
		return r.conclude(pipeline.Likely, "The pages were read to their end, upwards and downwards, and show the same %d contacts.", n)
	case best == pipeline.Likely:
		return r.conclude(pipeline.Likely, "Nothing speaks against the list being whole, and no total proves it.")
	}
	return r.conclude(pipeline.Unproven, "Nothing shows that the %d contacts are all: no total, no pages, and no sort field that tells them apart.", n)
}

// otherFields are the sort fields that could show something about the
// contacts, those first that can prove.
func otherFields(v *view) []string {
	type candidate struct {
		field string
		score int
	}
	var found []candidate
	for _, field := range []string{fieldEmail, fieldNumber, "last_name", "company_name", "first_name", "city"} {
		distinct := map[string]bool{}
		for _, text := range v.texts(field) {
			distinct[text] = true
		}
		switch hasNull := distinct[noText]; {
		case len(distinct) < 2 && len(v.ids) > 1:
		case hasNull && len(distinct) > 1:
			found = append(found, candidate{field, 1})
		case !hasNull:
			found = append(found, candidate{field, 0})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return b.score - a.score })
	most := otherFieldsMax
	if len(v.ids) == 1 { // no server cuts a list after one; one field more is tried all the same
		most = 1
	}
	fields := make([]string, 0, otherFieldsMax)
	for _, c := range found[:min(len(found), most)] {
		fields = append(fields, c.field)
	}
	return fields
}
