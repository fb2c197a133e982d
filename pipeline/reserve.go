package pipeline

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// A record without a key that the target can write it by can get a number that is the
// same in every plan, so that a lost answer does not double it and the next plan knows
// it again. The
// number is made of the id of its first row. A row without an id is named by
// its values: as long as they stay it is the same contact; once one changes it
// is another row, which matching compares with what the target holds.

// reserver makes reserved numbers for the records of a binding.
type reserver struct {
	prefix string
	field  Field // of the target, that takes them
	at     int   // its place there
	fields []pairedField
}

// newReserver is not ok when the policy does not ask for numbers, or the target
// takes none. The model need not map the field.
func newReserver(b *Binding, fields []pairedField, target *Schema) (r reserver, ok bool) {
	if !b.Policy.Keyless.Reserve {
		return r, false
	}
	for at, f := range target.fields {
		if f.Kind == KindIdentifier && !f.ReadOnly && f.Type == String && slices.Contains(b.Target.Keys(), f.Name) {
			return reserver{prefix: b.Policy.Keyless.Prefix, field: f, at: at, fields: fields}, true
		}
	}
	return r, false
}

// number is that of a contact of which the row is the first; after 0 the next ones, for a row
// of which a person said that it is not the record that has the one before.
func (r *reserver) number(row Record, next int) string {
	h := sha256.New()
	if o := row.Origin(); o.ID != "" {
		fmt.Fprintf(h, "row\x00%s\x00%s", o.Source, o.ID)
	} else {
		for _, f := range r.fields {
			if v := row.Value(f.model); !f.ReadOnly && !blank(v) {
				fmt.Fprintf(h, "%s\x00%s\x00", f.Name, v.String())
			}
		}
	}
	if next > 0 {
		fmt.Fprintf(h, "\x00%d", next)
	}
	return r.prefix + hex.EncodeToString(h.Sum(nil))[:12]
}

// holders are the records of the target by reserved number.
func (r *reserver) holders(present *Table) map[string]int32 {
	held := map[string]int32{}
	for n := range present.n {
		if v := present.Value(n, r.at); !blank(v) && strings.HasPrefix(v.String(), r.prefix) {
			held[v.String()] = int32(n)
		}
	}
	return held
}

// reservedRecords returns, for each record, the record of the present state that
// carries the number which an earlier plan reserved for it, -1 where there is
// none; nil when the binding reserves no numbers or the target holds none.
// Without it the next plan would ask whether its own records are its own.
func reservedRecords(b *Binding, records *Table, present *Table) []int32 {
	r, ok := newReserver(b, pairFields(records.Schema(), present.Schema()), present.Schema())
	if !ok {
		return nil
	}
	held := r.holders(present)
	if len(held) == 0 {
		return nil
	}
	found := make([]int32, 0, records.Len())
	for _, batch := range records.batches {
		for row := range batch.n {
			n, there := held[r.number(Record{Batch: batch, Row: row}, 0)]
			if !there {
				n = -1
			}
			found = append(found, n)
		}
	}
	return found
}

// reserve gives a record without a key a number, if the policy says so.
func (d *differ) reserve(i int, ch *Change) bool {
	if !d.reserves {
		return false
	}
	row := d.Records.Record(int(d.Match.Clusters[i].Members[0]))
	number, _, _ := d.reservedFor(i, row)
	d.reserver.give(ch, d.Present.Records.Schema(), number)
	if row.Origin().ID == "" {
		d.nameless[row.Origin().Source]++
	}
	return true
}

// give puts a number into a create.
func (r *reserver) give(ch *Change, target *Schema, number string) {
	place, _ := slices.BinarySearchFunc(ch.Fields, r.at, func(c FieldChange, at int) int { return cmp.Compare(target.Index(c.Field), at) })
	ch.Fields = slices.Insert(ch.Fields, place, FieldChange{Field: r.field.Name, Before: Null(), After: StringValue(number), Provenance: Provenance{How: HowReserved}, Labels: []string{LabelReserved}})
	ch.Keys = append(ch.Keys, Key{Field: r.field.Name, Value: number})
	ch.Labels = append(ch.Labels, LabelReserved)
	slices.Sort(ch.Labels)
}

// numbers are numbers for creates that have a key which may turn out not to do, such as
// an e-mail address that several contacts share.
type numbers struct {
	reserver
	identity string
	target   *Schema
	of       map[string]reservedNumber // by id of the change
}

type reservedNumber struct{ number, nameless string } // nameless is the source of a row without an id

// noteNumber notes the number of a create, in case that its keys do not do.
func (d *differ) noteNumber(i int) {
	ch := &d.out.Changes[len(d.out.Changes)-1]
	if !d.reserves || slices.ContainsFunc(ch.Keys, func(k Key) bool { return k.Field == d.reserver.field.Name }) {
		return
	}
	if d.out.numbers == nil {
		d.out.numbers = &numbers{d.reserver, d.identity(), d.Present.Records.Schema(), map[string]reservedNumber{}}
	}
	row := d.Records.Record(int(d.Match.Clusters[i].Members[0]))
	number, _, _ := d.reservedFor(i, row)
	s := reservedNumber{number: number}
	if o := row.Origin(); o.ID == "" {
		s.nameless = o.Source
	}
	d.out.numbers.of[ch.ID] = s
}

// reserveFor gives numbers to creates that the target cannot write by the keys that
// they have, and could by a number of their own. It reports whether there were any.
func (d *Difference) reserveFor(blocked []Unroutable) bool {
	if d.numbers == nil {
		return false
	}
	nameless, given := map[string]int{}, false
	var memory []byte
	for _, u := range blocked {
		ch := &d.Changes[u.Index]
		s, known := d.numbers.of[ch.ID]
		if !u.NeedsNumber || !known {
			continue
		}
		d.numbers.give(ch, d.numbers.target, s.number)
		before := ch.ID
		ch.ID, memory = changeID(memory, d.numbers.identity, ch)
		d.renamed(before, ch.ID)
		given = true
		if s.nameless != "" {
			nameless[s.nameless]++
		}
	}
	d.Findings = append(d.Findings, d.numbers.tell(nameless)...)
	if given { // so that ways are chosen for all of them together
		for i := range d.Changes {
			d.Changes[i].Route = ""
		}
	}
	return given
}

// reservedRecord finds the record that carries the number that a row was given
// by an earlier plan. A matcher that does not look at it would let a row that
// has got a key of its own since be created a second time.
func (d *differ) reservedRecord(i int) (record int32, ok bool) {
	if !d.reserves {
		return 0, false
	}
	if d.reserved == nil {
		d.reserved = d.reserver.holders(d.Present.Records)
	}
	if len(d.reserved) == 0 {
		return 0, false
	}
	for _, m := range d.Match.Clusters[i].Members {
		if _, record, there := d.reservedFor(i, d.Records.Record(int(m))); there {
			return record, true
		}
	}
	return 0, false
}

// reservedFor is the reserved number of a row of a cluster, and the record that carries it, if any. One
// of a record of which a person said that it is something else is not the row's.
func (d *differ) reservedFor(i int, row Record) (number string, record int32, there bool) {
	for next := 0; ; next++ {
		number = d.reserver.number(row, next)
		record, there = d.reserved[number]
		if !there || !slices.Contains(d.Match.Apart[i], d.Present.Records.Record(int(record)).ID()) {
			return number, record, there
		}
	}
}

// updateReserved plans the update of a record that was found by its reserved
// number, unless the matcher found it to be another cluster.
func (d *differ) updateReserved(i int, golden Record, record int32) {
	name := d.reserver.field.Name
	why, current := &Reason{Rule: "reserved " + name, Score: 1}, d.Present.Records.Record(int(record))
	if slices.ContainsFunc(d.Match.Links, func(l Link) bool { return l.Target == record }) {
		d.block(i, "", Block{Code: "target-claimed", Reason: "the record that has the " + name + " reserved for it is another contact by now",
			Hint: "take the number away from that record in the target, or mend the keys", Candidates: []string{current.ID()}}, why)
		return
	}
	d.update(i, golden, current, why)
}

// tell says of which sources contacts got a number that is made of
// their values.
func (r *reserver) tell(nameless map[string]int) (found []diag.Finding) {
	for _, f := range slices.Sorted(maps.Keys(nameless)) {
		found = append(found, diag.Finding{Severity: diag.Note, Code: "reserved-by-values", Count: nameless[f],
			Message: fmt.Sprintf("source %s: new contacts without an id get a %s that is made of their values; a row whose values change is another row then", diag.Shorten(f, 60), r.field.Name),
			Hint:    "give the source an id, if a column names its rows"})
	}
	return found
}
