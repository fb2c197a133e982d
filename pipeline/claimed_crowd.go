package pipeline

import (
	"maps"
	"slices"
	"strings"
)

// A key of many, such as the address of an office, does not say whom of them a row is about.
// A new row is told by its name, and so is one that is a record. One that is blocked or
// rejected may be about whoever is gone and has the key, as long as neither the number nor the
// name tells the two apart: it keeps such a record, and one row is enough to do so. Each record
// and each row is looked up, and none compared with all others.

// crowd is who has a sign of many.
type crowd struct {
	sign
	gone []Record
	rows []*unplaced // that may be about these
}

// join takes a row that has the sign. A name is no key.
func (c *crowd) join(row *unplaced) {
	if c.by != signName && row.state != rowNew && row.state != rowPlaced {
		c.rows = append(c.rows, row)
	}
}

// claimInCrowds adds claims of records that have none yet.
func (d *differ) claimInCrowds(crowds map[sign]*crowd, claims map[string][]claim) {
	for _, s := range slices.SortedFunc(maps.Keys(crowds), compareSigns) {
		c := crowds[s]
		c.gone = slices.DeleteFunc(slices.Clone(c.gone), func(r Record) bool { return len(claims[r.ID()]) > 0 })
		if len(c.rows) == 0 {
			continue
		}
		slices.SortStableFunc(c.rows, func(a, b *unplaced) int { return compareClaims(a.claim, b.claim) })
		for record, row := range d.nobodyElse(c) {
			row.by = s.by
			claims[record] = []claim{row.claim}
		}
	}
}

func compareSigns(a, b sign) int {
	return slices.Compare([]string{a.by, a.value, a.in}, []string{b.by, b.value, b.in})
}

// mark is what tells one of a crowd: its number, and its name or a word of that.
type mark struct{ name, number string }

const (
	markNone = ""     // it has none
	markAny  = "\x00" // whatever it has
)

// marks are all pairs.
func marks(names, numbers []string) []mark {
	pairs := make([]mark, 0, len(names)*len(numbers))
	for _, name := range names {
		for _, number := range numbers {
			pairs = append(pairs, mark{name, number})
		}
	}
	return pairs
}

// nobodyElse finds, for each record of a crowd that is gone, the first row which is not told
// apart from it.
func (d *differ) nobodyElse(c *crowd) map[string]*unplaced {
	common, asked := map[string]int{}, map[mark][]*unplaced{}
	for _, r := range c.gone {
		for _, name := range d.crowdNames(r) {
			common[name]++
		}
	}
	for _, r := range c.gone {
		for _, m := range d.asks(r, common) {
			asked[m] = nil
		}
	}
	for _, row := range c.rows {
		for _, m := range d.tells(row.record) {
			if rows, is := asked[m]; is {
				asked[m] = append(rows, row)
			}
		}
	}
	found := map[string]*unplaced{}
	for _, r := range c.gone {
		for _, m := range d.asks(r, common) {
			if i := slices.IndexFunc(asked[m], func(row *unplaced) bool { return !slices.Contains(row.apart, r.ID()) }); i >= 0 {
				found[r.ID()] = asked[m][i]
				break
			}
		}
	}
	return found
}

// tells are the marks by which a row is found.
func (d *differ) tells(r Record) []mark {
	names := d.crowdNames(r)
	if len(names) == 0 {
		names = []string{markNone}
	}
	number := markNone
	if f, ok := d.numberAt(); ok {
		number = d.numberIn(r, f)
	}
	return marks(append(names, markAny), []string{number, markAny})
}

// asks are the marks of rows that a record is not told apart from. What more than
// signBearersMax of the crowd are called is part of a name and none, such as Anna, or GmbH.
func (d *differ) asks(r Record, common map[string]int) []mark {
	names, numbers := []string{markAny}, []string{markAny}
	if own := d.crowdNames(r); len(own) > 0 {
		names = append(slices.DeleteFunc(own, func(name string) bool { return common[name] > signBearersMax && name[0] != wholeName }), markNone)
	}
	if f, ok := d.numberAt(); ok {
		if number := d.numberOf(r, f); number != markNone {
			numbers = []string{number, markNone}
		}
	}
	return marks(names, numbers)
}

// wholeName is how a whole name begins among crowdNames.
const wholeName = '='

// crowdNames are the whole name of a record, in its spellings, and the words of it.
func (d *differ) crowdNames(r Record) (names []string) {
	for _, s := range d.signs(r) {
		if s.by == signName {
			names = append(append(names, string(wholeName)+s.value), strings.Fields(s.value)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// numberAt is the first field of numbers by which the target knows its records.
func (d *differ) numberAt() (f Field, ok bool) {
	fields := d.Present.Records.Schema().fields
	at := slices.IndexFunc(fields, d.numbers)
	if at < 0 {
		return f, false
	}
	return fields[at], true
}
