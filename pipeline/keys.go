package pipeline

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// keysOf are the values of the target's key fields in a record: what it has
// now, or, of a desired one, what will be written.
func (d *differ) keysOf(r Record, desired bool) []Key {
	var keys []Key
	for _, name := range d.Binding.Target.Keys() {
		for _, f := range d.fields {
			if f.Name != name || (desired && f.ReadOnly && f.Kind != KindKey) {
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
		holdersOf(present, name, given, func(k Key, id string) {
			if !leaving[id+"\x00"+name] {
				holders[k] = append(holders[k], id)
			}
		})
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

// holdersOf calls visit for the records that have a given key in a field.
func holdersOf(present *Table, name string, given map[Key]bool, visit func(k Key, id string)) {
	at := present.schema.Index(name)
	if at < 0 {
		return
	}
	maybe := make(map[uint64]bool, len(given))
	for k := range given {
		if h, plain := foldedHash(k.Value); plain && k.Field == name {
			maybe[h] = true
		}
	}
	for _, b := range present.batches {
		c := b.columns[at]
		for row := range b.n {
			if c.typ == String {
				if h, plain := foldedHash(c.Str(row)); plain && !maybe[h] {
					continue
				}
			}
			v := c.Value(row)
			if k := (Key{name, foldKey(v.String())}); !blank(v) && given[k] {
				visit(k, b.ID(row))
			}
		}
	}
}

// foldedHash is a hash of foldKey of a text, of which only plain ones have one:
// those of printable ASCII without spaces.
func foldedHash(s string) (hash uint64, plain bool) {
	h := uint64(fnvBasis)
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c >= utf8.RuneSelf {
			return 0, false
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		h = (h ^ uint64(c)) * fnvPrime
	}
	return h, true
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
