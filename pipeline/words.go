package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// Words is a target that knows which values some of its fields may hold, such
// as the keys of its categories.
type Words interface {
	// Words says so for those of the named fields that it knows. It is only asked
	// about fields that rows have values of.
	Words(ctx context.Context, fields []string) (map[string]KnownWords, error)
}

// KnownWords are the values that a field may hold.
type KnownWords struct {
	Values []string
	// Doubt says why there may be others, or why they could not be read; "" when
	// these are all.
	Doubt string
}

// wordsToldMax is the number of unknown values of one field that a plan tells.
const wordsToldMax = 20 // values; the rest is counted

// words asks the target which values the fields of a model may hold, and finds
// those in the records that it does not know. Known is what it surely knows.
func words(ctx context.Context, b *Binding, records *Table) (known map[string]map[string]bool, found []diag.Finding, err error) {
	target, ok := b.Target.(Words)
	if !ok {
		return nil, nil, nil
	}
	used := usedWords(records)
	if len(used) == 0 {
		return nil, nil, nil
	}
	answers, err := target.Words(ctx, slices.Sorted(maps.Keys(used)))
	if err != nil {
		return nil, nil, fmt.Errorf("read the values that %s knows: %w", b.Target.Identity(), err)
	}
	known = map[string]map[string]bool{}
	for _, field := range slices.Sorted(maps.Keys(answers)) {
		a := answers[field]
		values := make(map[string]bool, len(a.Values))
		for _, v := range a.Values {
			values[v] = true
		}
		if a.Doubt == "" {
			known[field] = values
		}
		found = append(found, unknownWords(b.Model.Name, field, used[field], a, values)...)
	}
	return known, found, nil
}

// use is how often a value occurs, and where first.
type use struct {
	rows  int
	first Origin
}

// usedWords are the values of the lists of texts, by field.
func usedWords(records *Table) map[string]map[string]*use {
	used := map[string]map[string]*use{}
	for f, field := range records.schema.fields {
		if field.Type != StringList {
			continue
		}
		for i := range records.n {
			for _, word := range set(records.Value(i, f).List()) {
				if used[field.Name] == nil {
					used[field.Name] = map[string]*use{}
				}
				u, origin := used[field.Name][word], records.Record(i).Origin()
				if u == nil {
					u = &use{first: origin}
					used[field.Name][word] = u
				}
				if u.rows++; compareRows([]Origin{origin}, []Origin{u.first}) < 0 {
					u.first = origin
				}
			}
		}
	}
	return used
}

// unknownWords tells the values that the target does not know.
func unknownWords(model, field string, used map[string]*use, a KnownWords, known map[string]bool) []diag.Finding {
	if a.Doubt != "" && len(a.Values) == 0 {
		return []diag.Finding{{Severity: diag.Note, Code: "keys-not-checked", Message: fmt.Sprintf("model %s: the values of %s could not be compared with those of the target: %s", model, field, a.Doubt)}}
	}
	var found []diag.Finding
	more := 0
	for _, word := range slices.SortedFunc(maps.Keys(used), func(a, b string) int { return cmp.Or(cmp.Compare(used[b].rows, used[a].rows), strings.Compare(a, b)) }) {
		if known[word] {
			continue
		}
		if len(found) == wordsToldMax {
			more++
			continue
		}
		f := diag.Finding{Severity: diag.Warning, Code: "unknown-key", Where: used[word].first.String(), Count: used[word].rows,
			Message: fmt.Sprintf("model %s: the target has no %s %s; it is not sent, and nothing is taken away for it", model, field, diag.Quoted(diag.Shorten(word, 60))), Hint: diag.DidYouMean(word, a.Values)}
		if a.Doubt != "" {
			f.Message = fmt.Sprintf("model %s: the target shows no %s %s, but %s", model, field, diag.Quoted(diag.Shorten(word, 60)), a.Doubt)
		}
		found = append(found, f)
	}
	if more > 0 {
		found = append(found, diag.Finding{Severity: diag.Warning, Code: "unknown-key", Message: fmt.Sprintf("model %s: the target does not know %d more values of %s", model, more, field)})
	}
	return found
}

// sayable is a list without the members that the target does not know. Held
// says that there were any.
func (d *differ) sayable(f Field, v Value) (sayable Value, held bool) {
	known, asked := d.Words[f.Name]
	if !asked || v.Type() != StringList || !slices.ContainsFunc(v.List(), func(w string) bool { return !known[w] }) {
		return v, false
	}
	return ListValue(slices.DeleteFunc(slices.Clone(v.List()), func(w string) bool { return !known[w] })), true
}

// countUnsaid counts records that hold values which the target does not know.
func (d *differ) countUnsaid(golden Record) {
	if len(d.Words) == 0 {
		return
	}
	for _, f := range d.fields {
		if _, held := d.sayable(f.Field, golden.Value(f.model)); held {
			d.out.Unsaid++
			return
		}
	}
}

// keeps notes that the target keeps what should be taken away from a field, as
// it did when it was told so before.
func (d *differ) keeps(f Field, want, have Value) {
	if f.Type != StringList && !want.IsErase() {
		return
	}
	k := d.kept[f.Name]
	k.records++
	for _, member := range have.List() {
		if !slices.Contains(want.List(), member) && !slices.Contains(k.members, member) {
			k.members = append(k.members, member)
		}
	}
	d.kept[f.Name] = k
}

// kept is what a target does not take away from a field.
type kept struct {
	records int
	members []string
}

// tellKept says once per field what the target does not take away.
func (d *differ) tellKept() {
	for _, f := range d.fields {
		k := d.kept[f.Name]
		if k.records == 0 {
			continue
		}
		slices.Sort(k.members)
		what := diag.Shorten(strings.Join(k.members, ", "), 60)
		d.out.Findings = append(d.out.Findings, diag.Finding{Severity: diag.Note, Code: "impossible", Count: k.records,
			Message: fmt.Sprintf("field %s of %d records is not as it should be, and cannot be: an earlier run wrote it, and the target keeps what was to be taken away (%s)", f.Name, k.records, cmp.Or(what, "its value")),
			Hint:    "take it away in the target by hand, or let the sink add to lists only"})
	}
}

// onlyTakesAway reports whether a change does nothing to a list but take members
// away. A target that shows the list as before may be one that never does.
func onlyTakesAway(f FieldChange) bool {
	return f.Before.Type() == StringList && f.After.Type() == StringList &&
		!slices.ContainsFunc(f.After.List(), func(w string) bool { return !slices.Contains(f.Before.List(), w) })
}
