package pipeline

import (
	"testing"

	"pgregory.net/rapid"
)

// Whatever was taken back before, what is lent has the room that was asked for,
// and nobody else has it.
func TestMemoryLendsRoomOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &Memory{}
		var lent []*Column
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if len(lent) > 0 && rapid.Bool().Draw(t, "take back") {
				i := rapid.IntRange(0, len(lent)-1).Draw(t, "which")
				m.takeBack(&Batch{columns: []*Column{lent[i], lent[i]}}) // of two batches, once
				lent = append(lent[:i], lent[i+1:]...)
				continue
			}
			size := rapid.OneOf(rapid.IntRange(0, 300), rapid.IntRange(0, 5<<20)).Draw(t, "bytes")
			b := m.NewColumnBuilder(String, 1)
			b.GrowBytes(size)
			if cap(b.c.bytes) < size || len(b.c.bytes) != 0 || cap(b.c.offsets) < 2 {
				t.Fatalf("asked for %d bytes, lent %d with %d in it", size, cap(b.c.bytes), len(b.c.bytes))
			}
			b.AppendString(string(make([]byte, size)))
			lent = append(lent, b.Finish())
		}
		for i, c := range lent {
			if n := len(c.bytes); n > 0 {
				c.bytes[0], c.bytes[n-1] = byte(i), byte(i)
			}
		}
		for i, c := range lent {
			if n := len(c.bytes); n > 0 && (c.bytes[0] != byte(i) || c.bytes[n-1] != byte(i)) {
				t.Fatal("two columns share memory")
			}
		}
	})
}

func TestColumnIsEmptyOnceItsMemoryIsTakenBack(t *testing.T) {
	m := &Memory{}
	b := m.NewColumnBuilder(String, 1)
	b.AppendString("Anna")
	c := b.Finish()
	m.takeBack(&Batch{columns: []*Column{c}})
	defer func() {
		if recover() == nil {
			t.Error("a value of memory that is lent to others could be read")
		}
	}()
	_ = c.Str(0)
}
