package linkage

import (
	"math/bits"
	"slices"
	"strings"
)

// texts keeps many short texts by number, in few pieces of memory and without a
// pointer to each. Number 0 is "".
type texts struct {
	pieces []string
	last   strings.Builder // of the last piece
	at     []uint64        // by number: piece<<32 | where it begins<<16 | its length
}

const (
	pieceBytes = 1 << 16 // of a piece but the first few; a text of as many or more has a piece of its own
	pieceMin   = 1 << 7  // of the first piece; the next ones are twice as large as the one before
	wholePiece = pieceBytes - 1
)

func newTexts(sizeHint int) texts {
	at := make([]uint64, 1, sizeHint+1)
	return texts{at: at, pieces: []string{""}}
}

// keep copies a text and gives it the next number.
func (t *texts) keep(s string) { t.at = push(t.at, t.place(s)) }

// place copies a text and returns where it is.
func (t *texts) place(s string) uint64 {
	if len(t.last.String())+len(s) > t.last.Cap() || len(s) >= wholePiece {
		t.last.Reset()
		t.last.Grow(max(pieceMin<<min(len(t.pieces)-1, bits.Len(pieceBytes/pieceMin)-1), len(s)))
		t.pieces = append(t.pieces, "")
	}
	piece := len(t.pieces) - 1
	if s == "" {
		return uint64(piece) << 32
	}
	at := uint64(piece)<<32 | uint64(t.last.Len())<<16 | uint64(min(len(s), wholePiece))
	t.last.WriteString(s)
	t.pieces[piece] = t.last.String()
	if len(s) >= wholePiece {
		t.last.Reset() // nothing else goes there
	}
	return at
}

// beside is where a text is kept that often begins one that has a number. It has none
// itself; other texts with the same pieces may name the place.
func (t *texts) beside(id uint32, s string) uint64 {
	if of := t.at[id]; of&wholePiece != wholePiece && strings.HasPrefix(t.text(id), s) {
		return of&^wholePiece | uint64(len(s))
	}
	return t.place(s)
}

// goOn makes t the texts of before, with room behind them for more. Those of
// before stay as they are; what is longer than they know is shared with them.
func (t *texts) goOn(before, more *texts) {
	bytes := 0
	for _, piece := range more.pieces {
		bytes += len(piece)
	}
	*t = texts{pieces: append(before.pieces, ""), at: before.at}
	t.last.Grow(min(bytes, pieceBytes))
}

// text returns the text of a number.
func (t *texts) text(id uint32) string {
	at := t.at[id]
	piece := t.pieces[at>>32]
	if at&wholePiece == wholePiece {
		return piece
	}
	return piece[at>>16&wholePiece:][:at&wholePiece]
}

// each calls with all texts in the order of their numbers. After they got other ones
// they lie anywhere in memory, and so are fetched before.
func (t *texts) each(with func(id uint32, text string)) {
	var some [lookupMax]string
	for from := 0; from < len(t.at); from += lookupMax {
		n := min(lookupMax, len(t.at)-from)
		for k := range n {
			some[k] = t.text(uint32(from + k))
		}
		fetched(some[:n])
		for k, text := range some[:n] {
			with(uint32(from+k), text)
		}
	}
}

// fetched reads a byte of each of some texts, so that memory gives them all at once
// and not one after the other. What it returns has no meaning; inlined, nothing
// would be read for it.
//
//go:noinline
func fetched(some []string) (sum byte) {
	for _, s := range some {
		if s != "" {
			sum += s[0]
		}
	}
	return sum
}

// push appends one, with room for as many again where there was none.
func push[T any](list []T, x T) []T {
	if len(list) == cap(list) {
		list = slices.Grow(list, max(len(list), 16))
	}
	return append(list, x)
}

// dict numbers distinct texts from 1; number 0 is "", which means missing.
// Numbers depend on the order of the records and so are only ever compared for
// equality; whatever needs an order takes the hashes, which depend on the text
// alone.
type dict struct {
	texts
	hashes []uint64
	slots  []uint64 // open addressing: upper half of the hash, number; 0 is free
}

func newDict(sizeHint int) *dict {
	sizeHint = max(sizeHint, 8)
	size := 1 << bits.Len(uint(sizeHint)) // enough for most: values come again
	return &dict{texts: newTexts(sizeHint), hashes: make([]uint64, 1, sizeHint+1), slots: make([]uint64, size)}
}

const (
	slotHash = 1<<64 - 1<<32
	slotID   = 1<<32 - 1
)

// id numbers s.
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
	id, at := d.look(s, h)
	if id != 0 {
		return id, false
	}
	d.keep(s)
	return d.number(h, at), true
}

// find returns the number of s, or 0 when it has none.
func (d *dict) find(s string) uint32 {
	if s == "" {
		return 0
	}
	id, _ := d.look(s, hashText(s))
	return id
}

// look returns the number of s, or 0 and the free slot where it belongs.
func (d *dict) look(s string, h uint64) (id uint32, at uint64) {
	mask := uint64(len(d.slots) - 1)
	for at = h & mask; ; at = (at + 1) & mask {
		x := d.slots[at]
		if x == 0 {
			return 0, at
		}
		if id = uint32(x & slotID); x&slotHash == h&slotHash && d.text(id) == s {
			return id, at
		}
	}
}

// lookupMax is how many texts are looked up at a time. The memory that they need
// is fetched for all of them at once, because it is seldom near.
const lookupMax = 64

// lookup is some texts, as they are looked up.
type lookup struct {
	texts  [lookupMax]string
	ids    [lookupMax]uint32
	hashes [lookupMax]uint64
}

// find finds the numbers of the first n texts: 0 where a text has none yet, or
// would have to be looked for longer.
func (l *lookup) find(d *dict, n int) {
	mask := uint64(len(d.slots) - 1)
	var first [lookupMax]byte
	for k, s := range l.texts[:n] {
		l.hashes[k] = hashText(s)
	}
	for k := range n {
		h := l.hashes[k]
		x := d.slots[h&mask]
		if (x^h)&slotHash != 0 {
			x = 0
		}
		l.ids[k] = uint32(x & slotID)
	}
	for k, id := range l.ids[:n] {
		if s := d.text(id); s != "" {
			first[k] = s[0]
		}
	}
	for k, id := range l.ids[:n] {
		if s := l.texts[k]; s == "" || s[0] != first[k] || s != d.text(id) {
			l.ids[k] = 0
		}
	}
}

// add numbers the first n texts; fresh is called for each that is new, in order.
func (l *lookup) add(d *dict, n int, fresh func(k int, id uint32)) {
	l.find(d, n)
	for k, s := range l.texts[:n] {
		if l.ids[k] != 0 || s == "" {
			continue
		}
		id, at := d.look(s, l.hashes[k])
		if id == 0 {
			d.keep(s)
			id = d.number(l.hashes[k], at)
			fresh(k, id)
		}
		l.ids[k] = id
	}
}

// number gives the next number to the text that was kept last, with this hash, at
// a free slot.
func (d *dict) number(h, at uint64) uint32 {
	id := uint32(d.len())
	d.hashes = push(d.hashes, h)
	d.slots[at] = h&slotHash | uint64(id)
	if d.len()*4 > len(d.slots)*3 {
		d.grow()
	}
	return id
}

func (d *dict) grow() { d.fill(2 * len(d.slots)) }

// fill makes slots, a power of two, for the texts that there are.
func (d *dict) fill(slots int) {
	d.slots = make([]uint64, slots)
	mask := uint64(len(d.slots) - 1)
	for id, h := range d.hashes[1:] {
		at := h & mask
		for d.slots[at] != 0 {
			at = (at + 1) & mask
		}
		d.slots[at] = h&slotHash | uint64(id+1)
	}
}

// reorder gives the texts other numbers, by those that they have.
func (d *dict) reorder(o *orderer, numbers []uint32) {
	take(d.at, numbers, &o.long)
	take(d.hashes, numbers, &o.long)
	if d.slots != nil {
		d.fill(len(d.slots))
	}
}

// close ends the adding and finding of texts.
func (d *dict) close() { d.slots = nil }

func (d *dict) len() int { return len(d.hashes) }

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
