package linkage

import "math/bits"

// dict numbers distinct texts from 1; number 0 is "", which means missing.
// Numbers depend on the order of the records and so are only ever compared for
// equality; whatever needs an order takes the hashes, which depend on the text
// alone.
type dict struct {
	texts  []string
	hashes []uint64
	slots  []uint32 // open addressing; 0 is free
}

func newDict(sizeHint int) *dict {
	size := 1 << bits.Len(uint(max(sizeHint, 8)*3/2))
	room := max(sizeHint, 8) + 1
	return &dict{texts: make([]string, 1, room), hashes: make([]uint64, 1, room), slots: make([]uint32, size)}
}

// id numbers s. The dict keeps s itself.
func (d *dict) id(s string) uint32 {
	id, _ := d.add(s)
	return id
}

// add numbers s and reports whether it is new.
func (d *dict) add(s string) (id uint32, fresh bool) {
	if s == "" {
		return 0, false
	}
	h := hashText(s)
	mask := uint64(len(d.slots) - 1)
	for at := h & mask; ; at = (at + 1) & mask {
		id := d.slots[at]
		if id == 0 {
			return d.insert(s, h, at), true
		}
		if d.hashes[id] == h && d.texts[id] == s {
			return id, false
		}
	}
}

// find returns the number of s, or 0 when it has none.
func (d *dict) find(s string) uint32 {
	if s == "" {
		return 0
	}
	h := hashText(s)
	mask := uint64(len(d.slots) - 1)
	for at := h & mask; ; at = (at + 1) & mask {
		id := d.slots[at]
		if id == 0 || d.hashes[id] == h && d.texts[id] == s {
			return id
		}
	}
}

func (d *dict) insert(s string, h, at uint64) uint32 {
	id := uint32(len(d.texts))
	d.texts = append(d.texts, s)
	d.hashes = append(d.hashes, h)
	d.slots[at] = id
	if len(d.texts)*4 > len(d.slots)*3 {
		d.grow()
	}
	return id
}

func (d *dict) grow() {
	slots := make([]uint32, 2*len(d.slots))
	mask := uint64(len(slots) - 1)
	for id := 1; id < len(d.texts); id++ {
		at := d.hashes[id] & mask
		for slots[at] != 0 {
			at = (at + 1) & mask
		}
		slots[at] = uint32(id)
	}
	d.slots = slots
}

func (d *dict) len() int { return len(d.texts) }

// The constants of wyhash, by Wang Yi: odd, with as many ones as zeros.
const (
	hashA = 0xa0761d6478bd642f
	hashB = 0xe7037ed1a0b428db
	hashC = 0x8ebc6af09c88c6e3
)

// hashText is a fast 64-bit hash of the bytes of s, the same in every run.
func hashText(s string) uint64 {
	h := uint64(len(s)) * hashC
	for len(s) > 16 {
		h = mix(read8(s)^hashA, read8(s[8:])^h^hashB)
		s = s[16:]
	}
	var a, b uint64
	switch {
	case len(s) >= 8:
		a, b = read8(s), read8(s[len(s)-8:])
	case len(s) >= 4:
		a, b = read4(s), read4(s[len(s)-4:])
	case len(s) > 0:
		a = uint64(s[0])<<16 | uint64(s[len(s)>>1])<<8 | uint64(s[len(s)-1])
	}
	return mix(a^hashA, b^h^hashB)
}

func read8(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func read4(s string) uint64 {
	_ = s[3]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24
}

// mix multiplies two numbers to 128 bits and folds them.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// mix2 hashes two hashes to one; the order matters.
func mix2(a, b uint64) uint64 { return mix(a^hashA, b^hashB) }
