package pipeline

import (
	"math/bits"
	"sync"
	"unsafe"
)

// Memory lends the memory of columns and takes it back when nobody looks at
// them any more, so that a long stream of batches makes next to no garbage.
// A nil *Memory allocates and takes nothing back. It is safe for concurrent use.
//
// What is lent is not cleared. A text that was taken from a column, and not
// copied, changes once the column's memory has been taken back and lent again;
// see Options.Reuse for who may look for how long.
type Memory struct {
	mu      sync.Mutex
	bytes   spares[byte]
	offsets spares[int32]
	cells   spares[string]
	rejects spares[Reject]
}

// spareBytesMax is how many bytes of slices of one kind are kept.
const spareBytesMax = 64 << 20

// The sizes in which memory is lent: four to a doubling, so that at most a fifth
// of a slice is unused. What is larger than the last is not kept.
const (
	spareDoubleMin = 6  // 64 elements
	spareDoubleMax = 22 // 4 Mi elements
	sizesPerDouble = 4
)

// spares are slices by size. Those of a size have at least that capacity.
type spares[T any] struct {
	held int // bytes
	of   [(spareDoubleMax-spareDoubleMin)*sizesPerDouble + 1][][]T
}

// sizeOf is the number of the smallest size that holds n elements, and that
// size; ok is false when it is not kept.
func sizeOf(n int) (number, size int, ok bool) {
	if n <= 1<<spareDoubleMin {
		return 0, 1 << spareDoubleMin, true
	}
	if n > 1<<spareDoubleMax {
		return 0, n, false
	}
	double := bits.Len(uint(n-1)) - 1 // n lies above 1<<double, at or below twice that
	quarter := 1 << double / sizesPerDouble
	part := (n - 1<<double + quarter - 1) / quarter // 1 to 4
	return (double-spareDoubleMin)*sizesPerDouble + part, 1<<double + part*quarter, true
}

// holdOf is the number of the largest size that c elements can hold; ok is
// false when it is not kept.
func holdOf(c int) (number int, ok bool) {
	if c < 1<<spareDoubleMin || c > 1<<spareDoubleMax {
		return 0, false
	}
	double := bits.Len(uint(c)) - 1
	return (double-spareDoubleMin)*sizesPerDouble + (c-1<<double)/(1<<double/sizesPerDouble), true
}

// take returns an empty slice with room for n elements, which may have room for
// twice as many (for 112 where fewer than 64 are asked for).
func (s *spares[T]) take(n int) []T {
	number, size, ok := sizeOf(n)
	if !ok {
		return make([]T, 0, n)
	}
	for near := number; near < min(number+sizesPerDouble, len(s.of)); near++ {
		if list := s.of[near]; len(list) > 0 {
			last := list[len(list)-1]
			s.of[near] = list[:len(list)-1]
			s.held -= bytesOf(last)
			return last
		}
	}
	return make([]T, 0, size)
}

func (s *spares[T]) give(b []T) {
	if number, ok := holdOf(cap(b)); ok && s.held+bytesOf(b) <= spareBytesMax {
		s.of[number] = append(s.of[number], b[:0])
		s.held += bytesOf(b)
	}
}

// bytesOf is the memory that a slice holds, without that of texts in it.
func bytesOf[T any](b []T) int {
	var element T
	return cap(b) * int(unsafe.Sizeof(element))
}

// Bytes returns an empty slice with room for n bytes.
func (m *Memory) Bytes(n int) []byte {
	if m == nil {
		return make([]byte, 0, n)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.bytes.take(n)
}

// Offsets returns an empty slice with room for n offsets.
func (m *Memory) Offsets(n int) []int32 {
	if m == nil {
		return make([]int32, 0, n)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.offsets.take(n)
}

// lendCells returns an empty slice with room for n cells of rejected rows.
func (m *Memory) lendCells(n int) []string {
	if m == nil {
		return make([]string, 0, n)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cells.take(n)
}

// takeBackCells takes what lendCells has lent.
func (m *Memory) takeBackCells(cells []string) {
	if m == nil || cells == nil {
		return
	}
	clear(cells) // they would keep the texts of other sources alive
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cells.give(cells)
}

// Rejects returns an empty slice with room for n rejected rows of a batch.
func (m *Memory) Rejects(n int) []Reject {
	if m == nil {
		return make([]Reject, 0, n)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rejects.take(n)
}

// takeBackRejects takes the rejects of a step that is done, whoever made them.
func (m *Memory) takeBackRejects(rejects []Reject) {
	if m == nil || rejects == nil {
		return
	}
	clear(rejects) // they would keep the texts of their rows alive
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rejects.give(rejects)
}

// takeBack takes the memory of the columns of a batch that was lent by m. They
// are empty afterwards: to read a text of them panics. A column of two batches
// is taken back once.
func (m *Memory) takeBack(b *Batch) {
	if m == nil || b == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range b.columns {
		m.takeColumn(c)
	}
	if b.ids != nil {
		m.takeColumn(b.ids)
	}
}

func (m *Memory) takeColumn(c *Column) {
	if c.lent != m {
		return
	}
	if poison {
		spoil(c.bytes[:cap(c.bytes)])
	}
	m.bytes.give(c.bytes)
	m.offsets.give(c.offsets)
	*c = Column{typ: c.typ}
}

// spoil overwrites what is taken back, so that whoever still looks at it sees
// that it is wrong.
func spoil(b []byte) {
	for i := range b {
		b[i] = 0xFE
	}
}
