package pipeline

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Keys that hashes pass over are found all the same: what is blocked is what a look
// at every key, folded, would block.
func TestHashesOfKeysLoseNothing(t *testing.T) {
	schema := MustSchema(Field{Name: "number", Type: String}, Field{Name: "email", Type: String})
	names := schema.Names()
	shared, taken := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"", " ", "K1", "k1", " k1 ", "\u212a1", "ä", "Ä", "ä ", "a b", "x@example.com", "X@Example.com"})
		present := drawnPresent(t, schema, text)
		d := &Difference{}
		for i := range rapid.IntRange(4, 10).Draw(t, "changes") {
			ch := Change{ID: fmt.Sprint(i), Action: rapid.SampledFrom([]Action{Create, Create, Update, Delete}).Draw(t, "action")}
			if ch.Action != Create && present.Len() > 0 {
				ch.Target = present.Record(rapid.IntRange(0, present.Len()-1).Draw(t, "target")).ID()
			}
			for _, name := range names {
				if !rapid.Bool().Draw(t, "changes "+name) {
					continue
				}
				f := FieldChange{Field: name, Before: StringValue(text.Draw(t, "before")), After: StringValue(text.Draw(t, "after"))}
				ch.Fields = append(ch.Fields, f)
				if v := f.After.Str(); v != "" {
					ch.Keys = append(ch.Keys, Key{name, v})
				}
			}
			d.Changes = append(d.Changes, ch)
		}
		if got, want := d.sharesKeys(), sharedSlowly(d); got != want {
			t.Fatalf("keys are shared: %v, want %v", got, want)
		} else if want {
			shared++
		}
		want := takenSlowly(d, names, present)
		before := len(d.Changes)
		d.blockTakenOnce(names, present)
		var blocked []string
		for _, b := range d.Blocked {
			blocked = append(blocked, fmt.Sprint(b.Candidates))
		}
		if !slices.Equal(blocked, want) || len(d.Changes) != before-len(want) {
			t.Fatalf("blocked with %v, want %v", blocked, want)
		}
		taken += len(want)
	})
	if shared == 0 || taken == 0 {
		t.Errorf("%d shared, %d taken: nothing was tried", shared, taken)
	}
}

func drawnPresent(t *rapid.T, schema *Schema, text *rapid.Generator[string]) *Table {
	table := NewTable(schema)
	n := rapid.IntRange(0, 6).Draw(t, "records")
	if n == 0 {
		return table
	}
	b, ids := NewBuilder(schema, n), NewColumnBuilder(String, n)
	for i := range n {
		ids.AppendString(fmt.Sprintf("r%d", i))
		for f := range schema.Len() {
			b.Column(f).AppendString(text.Draw(t, "held"))
		}
	}
	batch, err := b.Finish(BatchData{Source: "target", IDs: ids.Finish()})
	if err != nil {
		t.Fatal(err)
	}
	table.Append(batch)
	return table
}

func sharedSlowly(d *Difference) bool {
	seen := map[Key]bool{}
	for _, ch := range d.Changes {
		for _, k := range ch.Keys {
			if k.Value = foldKey(k.Value); ch.Action == Create && seen[k] {
				return true
			}
			seen[k] = seen[k] || ch.Action == Create
		}
	}
	return false
}

// takenSlowly lists the holders of the first key of each change that another record
// has and keeps, of the changes with such a key.
func takenSlowly(d *Difference, names []string, present *Table) (blocked []string) {
	leaves := func(id, field string) bool {
		return slices.ContainsFunc(d.Changes, func(ch Change) bool {
			return ch.Target == id && slices.ContainsFunc(ch.Fields, func(f FieldChange) bool {
				return f.Field == field && foldKey(f.After.Str()) != foldKey(f.Before.Str())
			})
		})
	}
	for i := range d.Changes {
		ch := &d.Changes[i]
		for _, k := range givenKeys(nil, ch, names) {
			var others []string
			for r := range present.Len() {
				held := present.Record(r)
				if v := held.Get(k.Field); !blank(v) && foldKey(v.Str()) == foldKey(k.Value) && held.ID() != ch.Target && !leaves(held.ID(), k.Field) {
					others = append(others, held.ID())
				}
			}
			if len(others) > 0 {
				blocked = append(blocked, fmt.Sprint(others))
				break
			}
		}
	}
	return blocked
}

// A record that a person called another one is no stranger to a create, unless it has the
// key by which that creates.
func TestKnownRecordsAreNoStrangers(t *testing.T) {
	schema, err := NewSchema(Field{Name: "email", Type: String}, Field{Name: "number", Type: String})
	if err != nil {
		t.Fatal(err)
	}
	b, ids := NewBuilder(schema, 2), NewColumnBuilder(String, 2)
	for id, number := range map[string]string{"shares the e-mail": "1", "has its number": "7"} {
		ids.AppendString(id)
		b.Column(0).AppendString("home@x.example")
		b.Column(1).AppendString(number)
	}
	batch, err := b.Finish(BatchData{Source: "target", IDs: ids.Finish()})
	if err != nil {
		t.Fatal(err)
	}
	table := NewTable(schema)
	table.Append(batch)
	present := indexPresent(&Present{Records: table}, []string{"email", "number"})
	ch := Change{Action: Create, Key: Key{"number", "7"}, Keys: []Key{{"email", "home@x.example"}, {"number", "7"}},
		Known: []RowLink{{Target: "has its number"}, {Target: "shares the e-mail"}}}
	var got []string
	for _, i := range (&applier{}).strangers(present, ch) {
		got = append(got, present.Records.Record(int(i)).ID())
	}
	if !slices.Equal(got, []string{"has its number"}) {
		t.Errorf("strangers are %q", got)
	}
}

// A plan has one digest, in whatever order the target lists who shares a key.
func TestSharersAreKnownInOneOrder(t *testing.T) {
	known := func(records ...string) []RowLink {
		d := &Difference{apart: map[string][]string{"c": {"t1", "t2", "t3"}}}
		ch := Change{ID: "c"}
		for _, id := range records {
			d.shares(&ch, id)
		}
		return ch.Known
	}
	if a, b := known("t1", "t2", "t3"), known("t3", "t1", "t2"); len(a) != 3 || !slices.Equal(a, b) {
		t.Errorf("known are %v, and in another order %v", a, b)
	}
}
