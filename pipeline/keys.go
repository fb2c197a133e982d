package pipeline

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// keysOf are the values of the target's key fields in a record: what it has
// now, or, of a desired one, what will be written.
func (d *differ) keysOf(r Record, desired bool) []Key {
	var keys []Key
	for _, name := range d.Binding.Target.Keys() {
		for _, f := range d.fields {
			if f.Name != name || (desired && f.ReadOnly) {
				continue
			}
			at := f.target
			if desired {
				at = f.model
			}
			if v := r.Value(at); !v.Empty() && v.String() != "" {
				keys = append(keys, Key{Field: name, Value: v.String()})
			}
		}
	}
	return keys
}

// reserve gives a record without a key a number that is the same in every
// plan, if the policy says so.
func (d *differ) reserve(ch *Change, golden Record) bool {
	f, at, ok := d.reservedField()
	if !ok {
		return false
	}
	number := d.reservedNumber(ch.Rows[0], ch.Fields)
	place, _ := slices.BinarySearchFunc(ch.Fields, at, func(c FieldChange, at int) int {
		return cmp.Compare(d.Present.Records.Schema().Index(c.Field), at)
	})
	ch.Fields = slices.Insert(ch.Fields, place, FieldChange{Field: f.Name, Before: Null(), After: StringValue(number), Provenance: Provenance{How: HowReserved}, Labels: []string{LabelReserved}})
	ch.Keys = []Key{{Field: f.Name, Value: number}}
	ch.Labels = append(ch.Labels, LabelReserved)
	return true
}

// reservedField is the field of the target that takes reserved numbers; the
// model need not map it.
func (d *differ) reservedField() (f Field, at int, ok bool) {
	if !d.Binding.Policy.Keyless.Reserve {
		return f, 0, false
	}
	for at, f := range d.Present.Records.Schema().fields {
		if f.Kind == KindIdentifier && !f.ReadOnly && f.Type == String && slices.Contains(d.Binding.Target.Keys(), f.Name) {
			return f, at, true
		}
	}
	return f, 0, false
}

// reservedNumber is made of the row's id, so that it stays when the row
// changes; a row without an id is named by its values.
func (d *differ) reservedNumber(row Origin, fields []FieldChange) string {
	h := sha256.New()
	if row.ID != "" {
		fmt.Fprintf(h, "row\x00%s\x00%s", row.Source, row.ID)
	} else {
		for _, v := range fields {
			fmt.Fprintf(h, "%s\x00%s\x00", v.Field, v.After.String())
		}
	}
	return d.Binding.Policy.Keyless.Prefix + hex.EncodeToString(h.Sum(nil))[:12]
}

// reservedRecord finds the record that carries the number that a row was given
// by an earlier plan. Without it, a row that has got a key of its own since, or
// whose link was forgotten, would be created a second time.
func (d *differ) reservedRecord(i int) (number Field, record int32, ok bool) {
	f, at, ok := d.reservedField()
	if !ok {
		return f, 0, false
	}
	if d.reserved == nil {
		d.reserved = map[string]int32{}
		for n := range d.Present.Records.n {
			if v := d.Present.Records.Value(n, at); !blank(v) {
				d.reserved[v.String()] = int32(n)
			}
		}
	}
	for _, row := range d.rows(i) {
		if row.ID == "" {
			continue
		}
		if n, there := d.reserved[d.reservedNumber(row, nil)]; there {
			return f, n, true
		}
	}
	return f, 0, false
}

// updateReserved plans the update of a record that was found by its reserved
// number, unless the matcher found it to be another cluster.
func (d *differ) updateReserved(i int, golden Record, number Field, record int32) {
	why, current := &Reason{Rule: "reserved " + number.Name, Score: 1}, d.Present.Records.Record(int(record))
	if slices.ContainsFunc(d.Match.Links, func(l Link) bool { return l.Target == record }) {
		d.block(i, Block{Code: "target-claimed", Reason: "the record that has the " + number.Name + " reserved for it is another contact by now",
			Hint: "decide whether they are one contact, or mend the keys", Candidates: []string{current.ID()}}, why)
		return
	}
	d.update(i, golden, current, why)
}

// blockShared blocks new records that would share a key. A target that routes
// its changes knows better which keys may be shared and sees to it itself.
func (d *differ) blockShared() {
	if _, ok := d.Binding.Target.(Router); ok {
		return
	}
	holders := map[Key]int{}
	for _, ch := range d.out.Changes {
		if ch.Action == Create {
			for _, k := range ch.Keys {
				holders[Key{k.Field, foldKey(k.Value)}]++
			}
		}
	}
	d.out.blockIf(func(ch Change) (Block, bool) {
		if ch.Action != Create {
			return Block{}, false
		}
		for _, k := range ch.Keys {
			if n := holders[Key{k.Field, foldKey(k.Value)}]; n > 1 {
				return Block{Code: "key-shared", Reason: fmt.Sprintf("%d new records have the %s %s", n, k.Field, diag.Shorten(k.Value, 60)),
					Hint: "join them with the matcher, or correct the key in the source"}, true
			}
		}
		return Block{}, false
	})
}

// blockTaken blocks changes that give a record a key which another record of
// the target has and keeps. A blocked change keeps its own keys, so that it is
// asked again until nothing more is blocked.
func (d *Difference) blockTaken(names []string, present *Table) {
	for before := -1; before != len(d.Changes); {
		before = len(d.Changes)
		d.blockTakenOnce(names, present)
	}
}

func (d *Difference) blockTakenOnce(names []string, present *Table) {
	given := d.givenKeys(names)
	if len(given) == 0 {
		return
	}
	leaving := d.leavingKeys()
	holders := map[Key][]string{}
	for _, name := range names {
		at := present.schema.Index(name)
		for n := 0; at >= 0 && n < present.n; n++ {
			v := present.Value(n, at)
			k := Key{name, foldKey(v.String())}
			if blank(v) || !given[k] {
				continue
			}
			if id := present.Record(n).ID(); !leaving[id+"\x00"+name] {
				holders[k] = append(holders[k], id)
			}
		}
	}
	d.blockIf(func(ch Change) (Block, bool) {
		for _, k := range givenKeys(ch, names) {
			others := slices.DeleteFunc(slices.Clone(holders[Key{k.Field, foldKey(k.Value)}]), func(id string) bool { return id == ch.Target })
			if len(others) > 0 {
				return Block{Code: "key-taken", Reason: fmt.Sprintf("another record of the target has the %s %s", k.Field, diag.Shorten(k.Value, 60)),
					Hint: "correct the key in the source, or merge the records in the target", Candidates: others}, true
			}
		}
		return Block{}, false
	})
}

// givenKeys are the keys that a change gives to its record.
func givenKeys(ch Change, names []string) []Key {
	var keys []Key
	for _, f := range ch.Fields {
		if slices.Contains(names, f.Field) && !blank(f.After) && ch.Action != Delete && foldKey(f.After.String()) != foldKey(f.Before.String()) {
			keys = append(keys, Key{f.Field, f.After.String()})
		}
	}
	return keys
}

// givenKeys are the folded keys that the changes give to records.
func (d *Difference) givenKeys(names []string) map[Key]bool {
	given := map[Key]bool{}
	for _, ch := range d.Changes {
		for _, k := range givenKeys(ch, names) {
			given[Key{k.Field, foldKey(k.Value)}] = true
		}
	}
	return given
}

// leavingKeys are the keys that records of the target give up in this plan, by
// record and field.
func (d *Difference) leavingKeys() map[string]bool {
	leaving := map[string]bool{}
	for _, ch := range d.Changes {
		for _, f := range ch.Fields {
			if ch.Target != "" && foldKey(f.After.String()) != foldKey(f.Before.String()) {
				leaving[ch.Target+"\x00"+f.Field] = true
			}
		}
	}
	return leaving
}
