package pipeline

// Take returns a column of the values at rows, in that order, copied.
func (c *Column) Take(rows []int32) *Column {
	t := &Column{typ: c.typ, n: len(rows), valid: takeBits(c.valid, rows), erase: takeBits(c.erase, rows)}
	switch c.typ {
	case String:
		t.offsets, t.bytes = takeTexts(c.offsets, c.bytes, rows)
	case StringList:
		t.offsets, t.members = c.takeLists(rows)
	case Float:
		t.floats = takeFixed(c.floats, rows)
	case Bool:
		if t.bits = takeBits(c.bits, rows); t.bits == nil {
			t.bits = []byte{}
		}
	default:
		t.ints = takeFixed(c.ints, rows)
	}
	return t
}

// Without returns the batch without the records at dropped, which ascend; the
// others are copied unless all are kept. The rejects of the batch are left out.
func (b *Batch) Without(dropped []int32) *Batch {
	if len(dropped) == 0 {
		return b
	}
	kept := make([]int32, 0, b.n-len(dropped))
	for i := range int32(b.n) {
		if len(dropped) > 0 && dropped[0] == i {
			dropped = dropped[1:]
			continue
		}
		kept = append(kept, i)
	}
	return b.Take(kept)
}

func takeFixed[T any](values []T, rows []int32) []T {
	taken := make([]T, len(rows))
	for i, r := range rows {
		taken[i] = values[r]
	}
	return taken
}

// takeBits is nil for a bitmap that is absent.
func takeBits(bits []byte, rows []int32) []byte {
	if bits == nil {
		return nil
	}
	taken := make([]byte, (len(rows)+7)/8)
	for i, r := range rows {
		taken[i>>3] |= bits[r>>3] >> (r & 7) & 1 << (i & 7)
	}
	return taken
}

// takeTexts copies the texts of rows that follow each other in one piece: most
// rows are taken, so that the pieces are long.
func takeTexts(offsets []int32, text []byte, rows []int32) ([]int32, []byte) {
	taken := make([]int32, len(rows)+1)
	size := int32(0)
	for i, r := range rows {
		size += offsets[r+1] - offsets[r]
		taken[i+1] = size
	}
	out := make([]byte, 0, size)
	for i := 0; i < len(rows); {
		j := i + 1
		for j < len(rows) && rows[j] == rows[j-1]+1 {
			j++
		}
		out = append(out, text[offsets[rows[i]]:offsets[rows[j-1]+1]]...)
		i = j
	}
	return taken, out
}

func (c *Column) takeLists(rows []int32) ([]int32, *Column) {
	offsets := make([]int32, 1, len(rows)+1)
	var members []int32
	for _, r := range rows {
		for m := c.offsets[r]; m < c.offsets[r+1]; m++ {
			members = append(members, m)
		}
		offsets = append(offsets, int32(len(members)))
	}
	return offsets, c.members.Take(members)
}
