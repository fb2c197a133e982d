package pipeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/pipeline/hashset"
)

// keyNames are the key fields of the target, best first.
func (d *differ) keyNames() []string {
	if d.keyed == nil {
		d.keyed = d.Binding.Target.Keys()
	}
	return d.keyed
}

// keysOf are the values of the target's key fields in a record: what it has
// now, or, of a desired one, what will be written.
func (d *differ) keysOf(r Record, desired bool) []Key {
	var keys []Key
	for _, name := range d.keyNames() {
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
	if !d.out.sharesKeys() {
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
	d.out.blockIf(func(ch *Change) (Block, bool) {
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

// sharesKeys reports whether new records may share a key. Nearly always none do,
// which hashes show.
func (d *Difference) sharesKeys() bool {
	var hashes []uint64
	for i := range d.Changes {
		if d.Changes[i].Action == Create {
			for _, k := range d.Changes[i].Keys {
				hashes = append(hashes, hashID(keyHash(k.Value), k.Field))
			}
		}
	}
	slices.Sort(hashes)
	return len(slices.Compact(hashes)) < len(hashes)
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
	var taken keysTaken
	for _, name := range names {
		given := d.givenHashes(name)
		if len(given) == 0 {
			continue
		}
		for _, h := range holdersOf(present, name, given) {
			taken.add(d, names, Key{name, h.value}, h.id)
		}
	}
	if len(taken.holders)+len(taken.leavers) == 0 {
		return
	}
	var keys []Key
	d.blockIf(func(ch *Change) (Block, bool) {
		keys = givenKeys(keys[:0], ch, names)
		for _, k := range keys {
			for _, id := range taken.leavers[Key{k.Field, foldKey(k.Value)}] {
				d.shares(ch, id) // which it may, as long as that has the key still
			}
			others := slices.DeleteFunc(slices.Clone(taken.holders[Key{k.Field, foldKey(k.Value)}]), func(id string) bool { return id == ch.Target || d.shares(ch, id) })
			if len(others) > 0 {
				hint := "correct the key in the source, or merge the records in the target"
				if d.apart != nil {
					hint += "; where they are two that share it, say so in the decisions (same: false)"
				}
				return Block{Code: "key-taken", Reason: fmt.Sprintf("another record of the target has the %s %s", k.Field, diag.Shorten(k.Value, 60)), Hint: hint, Candidates: others}, true
			}
		}
		return Block{}, false
	})
}

// noteApart notes of which records a person said that they are something else than the
// one of the last change.
func (d *differ) noteApart(i int) {
	if apart := d.Match.Apart[i]; d.out.apart != nil && len(apart) > 0 {
		d.out.apart[d.out.Changes[len(d.out.Changes)-1].ID] = apart
	}
}

// shares reports whether a change may give a key that a record has, and notes in the change
// that it does.
func (d *Difference) shares(ch *Change, record string) bool {
	if ch.knows(record) {
		return true
	}
	if !slices.Contains(d.apart[ch.ID], record) {
		return false
	}
	ch.Known = append(ch.Known, RowLink{Target: record})
	slices.SortFunc(ch.Known, func(a, b RowLink) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.ID, b.ID), strings.Compare(a.Target, b.Target))
	})
	if !slices.Contains(ch.Labels, LabelSharedKey) {
		ch.Labels = append(ch.Labels, LabelSharedKey)
		slices.Sort(ch.Labels)
	}
	return true
}

// knows reports whether a change was planned in spite of a record that has a key of it.
func (c *Change) knows(record string) bool { return slices.Contains(c.Known, RowLink{Target: record}) }

// keysTaken are the records of the target that have a key which changes give to a
// record: holders keep it, and leavers give it up by another change. The zero keysTaken holds none; what it asks is found out when it is asked,
// since nearly always nothing is.
type keysTaken struct {
	given, leaving   map[Key]bool // folded; by field and record
	holders, leavers map[Key][]string
}

// add adds a record that has a key, folded, if a change gives that key.
func (t *keysTaken) add(d *Difference, names []string, k Key, id string) {
	if t.given == nil {
		t.given, t.leaving, t.holders, t.leavers = d.givenKeys(names), d.leavingKeys(names), map[Key][]string{}, map[Key][]string{}
	}
	switch {
	case !t.given[k]:
	case t.leaving[Key{k.Field, id}]:
		t.leavers[k] = append(t.leavers[k], id)
	default:
		t.holders[k] = append(t.holders[k], id)
	}
}

// holder is a record of the target and what it has in a key field, folded.
type holder struct{ value, id string }

// holdersOf returns the records that may have a given key in a field, by the hashes of
// these.
func holdersOf(present *Table, name string, given []uint64) []holder {
	at := present.schema.Index(name)
	if at < 0 {
		return nil
	}
	maybe := hashset.New(len(given))
	for _, h := range given {
		maybe.Add(h)
	}
	return sideBySide(present.n, func(from, to int) (found []holder) {
		for i := from; i < to; {
			r := present.Record(i)
			c, end := r.Batch.columns[at], min(r.Batch.n, r.Row+to-i)
			i += end - r.Row
			for row := r.Row; row < end; row++ {
				if c.typ == String {
					if h, plain := foldedHash(c.Str(row)); plain && !maybe.Has(h) {
						continue
					}
				}
				if v := c.Value(row); !blank(v) {
					found = append(found, holder{foldKey(v.String()), r.Batch.ID(row)})
				}
			}
		}
		return found
	})
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

// keyHash is a hash of foldKey of a text.
func keyHash(s string) uint64 {
	h, plain := foldedHash(s)
	if plain {
		return h
	}
	folded := foldKey(s)
	if h, plain = foldedHash(folded); plain {
		return h
	}
	return hashID(0, folded)
}

// givenKeys appends the keys that a change gives to its record.
func givenKeys(keys []Key, ch *Change, names []string) []Key {
	for i := range ch.Fields {
		f := &ch.Fields[i]
		if slices.Contains(names, f.Field) && !blank(f.After) && ch.Action != Delete && foldKey(f.After.String()) != foldKey(f.Before.String()) {
			keys = append(keys, Key{f.Field, f.After.String()})
		}
	}
	return keys
}

// givenHashes are hashes of the keys that the changes may give to records in a field.
func (d *Difference) givenHashes(name string) []uint64 {
	var given []uint64
	for i := range d.Changes {
		for k := range d.Changes[i].Fields {
			if f := &d.Changes[i].Fields[k]; f.Field == name && !blank(f.After) && d.Changes[i].Action != Delete {
				given = append(given, keyHash(f.After.String()))
			}
		}
	}
	return given
}

// givenKeys are the folded keys that the changes give to records.
func (d *Difference) givenKeys(names []string) map[Key]bool {
	given := map[Key]bool{}
	var keys []Key
	for i := range d.Changes {
		keys = givenKeys(keys[:0], &d.Changes[i], names)
		for _, k := range keys {
			given[Key{k.Field, foldKey(k.Value)}] = true
		}
	}
	return given
}

// leavingKeys are the keys that records of the target give up in this plan, by
// field and record.
func (d *Difference) leavingKeys(names []string) map[Key]bool {
	leaving := map[Key]bool{}
	for i := range d.Changes {
		ch := &d.Changes[i]
		for _, f := range ch.Fields {
			if ch.Target != "" && slices.Contains(names, f.Field) && foldKey(f.After.String()) != foldKey(f.Before.String()) {
				leaving[Key{f.Field, ch.Target}] = true
			}
		}
	}
	return leaving
}
