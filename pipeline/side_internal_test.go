package pipeline

import (
	"fmt"
	"testing"
)

// What goroutines share out among them is all of it, each thing once, in order.
func TestSideBySideKeepsTheOrder(t *testing.T) {
	for _, n := range []int{0, 1, sideFrom - 1, sideFrom, sideFrom + 1, 3*sideFrom + 7} {
		got := sideBySide(n, func(from, to int) (all []int) {
			for i := from; i < to; i++ {
				all = append(all, i)
			}
			return all
		})
		if len(got) != n {
			t.Fatalf("%d things of %d", len(got), n)
		}
		for i, v := range got {
			if v != i {
				t.Fatalf("of %d things, number %d is %d", n, i, v)
			}
		}
	}
}

// Holders of a key are found wherever batches and the parts of goroutines begin.
func TestHoldersInEveryBatch(t *testing.T) {
	schema := MustSchema(Field{Name: "number", Type: String})
	present := NewTable(schema)
	const records = 2*sideFrom + 5
	for i := 0; i < records; {
		b, ids := NewBuilder(schema, 1000), NewColumnBuilder(String, 1000)
		for n := min(777+i%13, records-i); n > 0; n-- {
			b.Column(0).AppendString(fmt.Sprintf("N%d", i))
			ids.AppendString(fmt.Sprint(i))
			i++
		}
		batch, err := b.Finish(BatchData{Source: "target", IDs: ids.Finish()})
		if err != nil {
			t.Fatal(err)
		}
		present.Append(batch)
	}
	var given []uint64
	for i := range records {
		given = append(given, keyHash(fmt.Sprintf("n%d", i)))
	}
	found := holdersOf(present, "number", given)
	if len(found) != records {
		t.Fatalf("%d holders of %d", len(found), records)
	}
	for i, h := range found {
		if want := (holder{fmt.Sprintf("n%d", i), fmt.Sprint(i)}); h != want {
			t.Fatalf("number %d is %v, want %v", i, h, want)
		}
	}
}
