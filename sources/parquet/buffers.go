package parquet

import (
	"slices"
	"sync"
)

// buffersBytesMax is how much memory is kept for the next pages.
const buffersBytesMax = 32 << 20 // bytes

// bufferWasteMax is how many times larger than a page its buffer may be.
const bufferWasteMax = 4

// buffers are page buffers that nothing looks at any more. It is safe for
// concurrent use.
type buffers struct {
	mu   sync.Mutex
	free [][]byte
	size int // bytes
}

// get returns a buffer with room for n bytes, whose content is anything.
func (b *buffers) get(n int) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, f := range b.free {
		if cap(f) >= n && cap(f)/bufferWasteMax <= n {
			b.free = slices.Delete(b.free, i, i+1)
			b.size -= cap(f)
			return f[:0]
		}
	}
	return make([]byte, 0, n)
}

// put takes buffers that nobody uses any more.
func (b *buffers) put(free ...[]byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range free {
		if cap(f) > 0 && b.size+cap(f) <= buffersBytesMax {
			b.free = append(b.free, f)
			b.size += cap(f)
		}
	}
}
