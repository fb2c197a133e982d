package dedupe

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/pipeline"
)

// drawnTable draws records of few texts, so that some are equal; of few batches.
func drawnTable(t *rapid.T, label string, schema *pipeline.Schema) *pipeline.Table {
	return drawnOf(t, label, schema, []string{"", "null", "a", "b", "ab", "a\x00b", "a value that is longer than eight bytes"})
}

// drawnOf does so of some texts, of which "null" stands for none.
func drawnOf(t *rapid.T, label string, schema *pipeline.Schema, texts []string) *pipeline.Table {
	table := pipeline.NewTable(schema)
	for n := range rapid.IntRange(1, 3).Draw(t, label+" batches") {
		rows := rapid.IntRange(1, 20).Draw(t, label+" rows")
		b := pipeline.NewBuilder(schema, rows)
		for range rows {
			for f := range schema.Len() {
				switch v := rapid.SampledFrom(texts).Draw(t, label); v {
				case "null":
					b.Column(f).AppendNull()
				default:
					b.Column(f).AppendString(v)
				}
			}
		}
		batch, err := b.Finish(pipeline.BatchData{Source: fmt.Sprint(label, n)})
		if err != nil {
			t.Fatal(err)
		}
		table.Append(batch)
	}
	return table
}

// The filter keeps every record that is equal to a row in all that is compared, under
// the hash of that row.
func TestEqualFilterKeepsWhatIsEqual(t *testing.T) {
	field := func(name string, kind pipeline.Kind) pipeline.Field {
		return pipeline.Field{Name: name, Type: pipeline.String, Kind: kind}
	}
	schema := pipeline.MustSchema(field("first_name", pipeline.KindFirstName), field("last_name", pipeline.KindLastName), field("email", pipeline.KindEmail))
	m, err := New(Config{Schema: schema, Join: true})
	if err != nil {
		t.Fatal(err)
	}
	left := 0
	rapid.Check(t, func(t *rapid.T) {
		// The target may lack a field, which is as good as empty.
		theirs := schema
		if rapid.Bool().Draw(t, "lacks") {
			theirs = pipeline.MustSchema(schema.Field(0), schema.Field(2))
		}
		u := &universe{m: m, in: pipeline.MatchInput{Records: drawnTable(t, "rows", schema), Target: drawnTable(t, "target", theirs)}}
		if err := u.findFields(); err != nil {
			t.Fatal(err)
		}
		f := u.newEqualFilter(u.rows)
		hashes := map[string]uint64{}
		u.eachOf(0, func(i int32, b *pipeline.Batch, row int) { hashes[u.comparedText(i)] = f.add(b, row) })
		f.close()
		u.eachOf(1, func(i int32, b *pipeline.Batch, row int) {
			want, equal := hashes[u.comparedText(i)]
			got, maybe := f.has(b, row)
			if equal && (!maybe || got != want) {
				t.Fatalf("record %q: %v, hash %x; want true, %x", u.comparedText(i), maybe, got, want)
			}
			if !maybe {
				left++
			}
		})
	})
	if left == 0 {
		t.Error("no record was ever left out")
	}
}

// Numbers of two texts are those of their join, whatever they hold.
func TestPairsAreNumberedApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"", "a", "b", "a\x00b", "\x00", "b\x00", "ab"})
		d, seen := newDict(0), map[string]uint32{}
		for range rapid.IntRange(1, 30).Draw(t, "pairs") {
			a, b := text.Draw(t, "a"), text.Draw(t, "b")
			id := d.idOf(a, b, mix(hashText(b), 0))
			if key := fmt.Sprintf("%q %q", a, b); seen[key] == 0 {
				seen[key] = id
			} else if seen[key] != id {
				t.Fatalf("%s is %d, and was %d", key, id, seen[key])
			}
			if want := a + "\x00" + b; d.text[id] != want {
				t.Fatalf("number %d is %q, want %q", id, d.text[id], want)
			}
		}
	})
}
