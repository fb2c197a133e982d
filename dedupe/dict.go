package dedupe

import (
	mathbits "math/bits"
	"strings"
)

// dict numbers distinct texts, so that equality is a comparison of integers.
// Number 0 is the empty text. The numbers depend on the order of the records;
// nothing that reaches a result may: it goes through text.
type dict struct {
	text    []string
	slots   []uint64 // open addressing: half a hash, and the number of its text; 0 is free
	arena   strings.Builder
	touched uint64 // see touch
}

// dictSlotsMin is how many places a dict begins with, a power of two.
const dictSlotsMin = 1 << 10

// dictFullMax is how many quarters of its places a dict fills.
const dictFullMax = 3

// newDict makes a dict with room for about n texts.
func newDict(n int) *dict {
	size := dictSlotsMin
	for size*dictFullMax < n*4 {
		size *= 2
	}
	return &dict{text: append(make([]string, 0, n+1), ""), slots: make([]uint64, size)}
}

// id is the number of a text.
func (d *dict) id(s string) uint32 {
	if s == "" {
		return 0
	}
	half := hashText(s) >> 32
	mask := uint64(len(d.slots) - 1)
	at := half & mask
	for ; d.slots[at] != 0; at = (at + 1) & mask {
		if slot := d.slots[at]; slot>>32 == half && d.text[uint32(slot)] == s {
			return uint32(slot)
		}
	}
	return d.insert(at, half, s)
}

// find is the number of a text, 0 when it has none.
func (d *dict) find(s string) uint32 {
	half := hashText(s) >> 32
	mask := uint64(len(d.slots) - 1)
	for at := half & mask; d.slots[at] != 0; at = (at + 1) & mask {
		if slot := d.slots[at]; slot>>32 == half && d.text[uint32(slot)] == s {
			return uint32(slot)
		}
	}
	return 0
}

// idOf is the number of two texts with a NUL between them. Salt goes with the second
// one and is never 0.
func (d *dict) idOf(a, b string, salt uint64) uint32 {
	half := saltedHash(a, salt) >> 32
	mask := uint64(len(d.slots) - 1)
	at := half & mask
	for ; d.slots[at] != 0; at = (at + 1) & mask {
		if slot := d.slots[at]; slot>>32 == half && isPair(d.text[uint32(slot)], a, b) {
			return uint32(slot)
		}
	}
	return d.insert(at, half, d.pair(a, b))
}

// isPair reports whether a text is two others with a NUL between them.
func isPair(s, a, b string) bool {
	return len(s) == len(a)+1+len(b) && s[len(a)] == 0 && s[:len(a)] == a && s[len(a)+1:] == b
}

// arenaBytes is how much memory for pairs of texts is asked for at once.
const arenaBytes = 1 << 16

// pair is two texts with a NUL between them, in memory that it shares with others.
func (d *dict) pair(a, b string) string {
	n := len(a) + 1 + len(b)
	if d.arena.Cap()-d.arena.Len() < n {
		d.arena = strings.Builder{}
		d.arena.Grow(max(n, arenaBytes))
	}
	from := d.arena.Len()
	d.arena.WriteString(a)
	d.arena.WriteByte(0)
	d.arena.WriteString(b)
	return d.arena.String()[from:]
}

// saltedHash is hashText where there is no salt.
func saltedHash(s string, salt uint64) uint64 {
	if salt == 0 {
		return hashText(s)
	}
	return mix(hashText(s), salt)
}

// touch looks at the slot where a text with this hash would be, so that it is at hand
// when it is asked for: the processor fetches many at once, but only if it is asked
// for one before it has another.
func (d *dict) touch(hash uint64) { d.touched ^= d.slots[hash>>32&uint64(len(d.slots)-1)] }

// close gives back what only further texts need.
func (d *dict) close() { d.slots, d.arena = nil, strings.Builder{} }

// insert numbers a new text, for which there is a free slot.
func (d *dict) insert(at, half uint64, s string) uint32 {
	id := uint32(len(d.text))
	d.slots[at] = half<<32 | uint64(id)
	if d.text = append(d.text, s); 4*len(d.text) > dictFullMax*len(d.slots) {
		d.slots = doubled(d.slots)
	}
	return id
}

// doubled is twice as large a table of the same slots, of which the upper half is
// of a hash.
func doubled(slots []uint64) []uint64 {
	larger := make([]uint64, 2*len(slots))
	mask := uint64(len(larger) - 1)
	for _, slot := range slots {
		if slot == 0 {
			continue
		}
		at := slot >> 32 & mask
		for larger[at] != 0 {
			at = (at + 1) & mask
		}
		larger[at] = slot
	}
	return larger
}

// hashBytesMax is how many bytes of a text its hash looks at.
const hashBytesMax = 256

// hashText hashes the beginning of a text and its length, eight bytes at a time.
// It is the same in every run.
func hashText[T string | []byte](s T) uint64 {
	h := uint64(len(s)) ^ 0x9e3779b97f4a7c15
	if len(s) > hashBytesMax {
		s = s[:hashBytesMax]
	}
	for ; len(s) >= 8; s = s[8:] {
		h = fold(h^(uint64(s[0])|uint64(s[1])<<8|uint64(s[2])<<16|uint64(s[3])<<24|
			uint64(s[4])<<32|uint64(s[5])<<40|uint64(s[6])<<48|uint64(s[7])<<56), 0xa0761d6478bd642f)
	}
	last := uint64(0)
	for i := len(s) - 1; i >= 0; i-- {
		last = last<<8 | uint64(s[i])
	}
	return fold(h^last, 0xe7037ed1a0b428db)
}

// fold multiplies and folds the product onto itself.
func fold(a, b uint64) uint64 {
	high, low := mathbits.Mul64(a, b)
	return high ^ low
}

// mix joins two hashes into one that is not 0, with the finisher of SplitMix64.
func mix(a, b uint64) uint64 {
	h := a ^ (b+0x9e3779b97f4a7c15)*0xbf58476d1ce4e5b9
	h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9
	h = (h ^ (h >> 27)) * 0x94d049bb133111eb
	h ^= h >> 31
	if h == 0 {
		return 1
	}
	return h
}
