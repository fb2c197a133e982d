package pipeline

import "slices"

// Contributors says, per field of a model, which members of a cluster the
// surviving value was made of, as records of MatchInput.Records: the one that a
// policy picked, or every one of which it took the value. Nil are those of a
// cluster of one.
type Contributors struct {
	one  []int32 // by field: the member, noMember, or severalFrom minus a place in many
	many [][]int32
}

const (
	noMember    int32 = -1
	severalFrom int32 = -2
)

// NewContributors makes the Contributors of a cluster of several members, with
// none for any of so many fields.
func NewContributors(fields int) *Contributors {
	c := &Contributors{one: make([]int32, fields)}
	for f := range c.one {
		c.one[f] = noMember
	}
	return c
}

// Set says of which members the value of a field was made, in the order of
// Cluster.Members. Each field is set once at most.
func (c *Contributors) Set(field int, members []int32) {
	switch len(members) {
	case 0:
	case 1:
		c.one[field] = members[0]
	default:
		c.one[field] = severalFrom - int32(len(c.many))
		c.many = append(c.many, members)
	}
}

// Fields is the number of fields that are spoken of; 0 for a cluster of one.
func (c *Contributors) Fields() int {
	if c == nil {
		return 0
	}
	return len(c.one)
}

// Of returns the members of which the value of a field was made, in the order
// of Cluster.Members; not to be changed. Without any, the value is null, or an
// expression gave a value that no member has a part in.
func (c *Contributors) Of(field int) []int32 {
	switch {
	case c == nil || c.one[field] == noMember:
		return nil
	case c.one[field] >= 0:
		return c.one[field : field+1 : field+1]
	default:
		return c.many[severalFrom-c.one[field]]
	}
}

// RowValue is a source row and what it says of a field.
type RowValue struct {
	Origin
	Value Value `json:"value,omitzero"`
	// Undated is set where newer rows are preferred and this one does not say when
	// it changed: it gave way to one that does.
	Undated bool `json:"undated,omitempty"`
}

// Provenance says where the value of a field came from, and what gave way to
// it. A row of the record that is in neither list says nothing of the field, or
// says the same as a row that was preferred.
type Provenance struct {
	// From are the rows of which the value was made, the preferred first. A row
	// that says something else than the value itself, such as a part of it, has
	// that beside it; the others have a null.
	From     []RowValue `json:"from,omitempty"`
	FromMore int        `json:"from_more,omitempty"` // such rows that are not listed
	// How is the way in which the value was chosen among several rows, as the
	// matcher names it, or one of the How constants. It is empty for a record of
	// one row and for an emptied field, which is the wish of the rows in From.
	How string `json:"how,omitempty"`
	// Lost are the values of other rows that did not survive, with their rows in
	// order of preference.
	Lost     []RowValue `json:"lost,omitempty"`
	LostMore int        `json:"lost_more,omitempty"` // such rows that are not listed
}

// HowReserved is how the policy keyless: reserve makes a key, of no row's value.
const HowReserved = "reserve"

// The ways of choosing a value that look at when rows changed: that of the
// newest row; and that of the preferred row, which without a priority of sources
// is the newest, then the one that says most.
const (
	HowNewest    = "newest"
	HowPreferred = "preferred"
)

// Limits of what is kept of where one value came from: of From and of Lost
// each. The other rows are counted.
const (
	provenanceRowsMax  = 50      // rows
	provenanceBytesMax = 1 << 20 // bytes of their values; the first row is listed whatever it says
)

// tracer tells where the values of clusters came from. Fields of a cluster of
// one share what they tell.
type tracer struct {
	records *Table
	match   *MatchResult
	alone   []RowValue // the row of the cluster of one that was asked about last
	member  int32      // that row
}

// Provenance says where the value of a field of a cluster came from. Records
// are those that were matched. Shown is the value as it is told, which may be
// another form of the surviving one.
func (r *MatchResult) Provenance(records *Table, cluster, field int, shown Value) Provenance {
	t := tracer{records: records, match: r}
	return t.field(cluster, field, shown)
}

func (t *tracer) field(cluster, field int, shown Value) Provenance {
	c := &t.match.Clusters[cluster]
	survived := t.match.Golden.Value(cluster, field)
	if len(c.Members) == 1 {
		if survived.IsNull() {
			return Provenance{}
		}
		return Provenance{From: t.only(c.Members[0], survived, shown)}
	}
	from := c.From.Of(field)
	var p Provenance
	p.From, p.FromMore = t.list(from, field, func(v Value) bool { return v.Equal(shown) })
	var lost []int32
	left := from
	for _, m := range c.Members {
		if len(left) > 0 && left[0] == m {
			left = left[1:]
			continue
		}
		if v := t.records.Value(int(m), field); !v.IsNull() && !v.Equal(survived) && !v.Equal(shown) {
			lost = append(lost, m)
		}
	}
	p.Lost, p.LostMore = t.list(lost, field, func(Value) bool { return false })
	t.markUndated(&p, from, lost, field)
	if field < len(t.match.How) && len(from)+len(lost) > 0 && !(survived.IsErase() && len(from) > 0) {
		p.How = t.match.How[field]
	}
	return p
}

// markUndated marks the rows that gave way to a dated one for want of a date.
func (t *tracer) markUndated(p *Provenance, from, lost []int32, field int) {
	if field >= len(t.match.How) || t.match.How[field] != HowNewest && t.match.How[field] != HowPreferred || len(from) != 1 || !t.dated(from[0]) {
		return
	}
	for i, m := range t.first(lost, field)[:len(p.Lost)] {
		p.Lost[i].Undated = !t.dated(m)
	}
}

func (t *tracer) dated(m int32) bool {
	r := t.records.Record(int(m))
	_, known := r.Batch.Micros(r.Row)
	return known
}

// only is the row of a cluster of one.
func (t *tracer) only(m int32, survived, shown Value) []RowValue {
	if !survived.Equal(shown) {
		return []RowValue{{Origin: t.records.Record(int(m)).Origin(), Value: survived}}
	}
	if t.alone == nil || t.member != m {
		t.alone, t.member = []RowValue{{Origin: t.records.Record(int(m)).Origin()}}, m
	}
	return t.alone
}

// list writes down rows with what they say of a field, unless that is known,
// and counts those beyond the limits.
func (t *tracer) list(members []int32, field int, known func(Value) bool) ([]RowValue, int) {
	if len(members) == 0 {
		return nil, 0
	}
	listed := t.first(members, field)
	list, size := make([]RowValue, 0, len(listed)), 0
	for _, m := range listed {
		v := t.records.Value(int(m), field)
		if known(v) {
			v = Null()
		}
		if size += v.size(); size > provenanceBytesMax && len(list) > 0 {
			break
		}
		list = append(list, RowValue{Origin: t.records.Record(int(m)).Origin(), Value: v})
	}
	return list, len(members) - len(list)
}

// first are as many members as may be listed, in their order: of too many, the
// first of each value before others that say the same.
func (t *tracer) first(members []int32, field int) []int32 {
	if len(members) <= provenanceRowsMax {
		return members
	}
	said := map[string]bool{}
	var fresh, again []int32 // places in members
	for i, m := range members {
		if v := t.records.Value(int(m), field).String(); !said[v] {
			said[v] = true
			if fresh = append(fresh, int32(i)); len(fresh) == provenanceRowsMax {
				break
			}
		} else if len(again) < provenanceRowsMax {
			again = append(again, int32(i))
		}
	}
	places := append(fresh, again[:min(len(again), provenanceRowsMax-len(fresh))]...)
	slices.Sort(places)
	for i, place := range places {
		places[i] = members[place]
	}
	return places
}
