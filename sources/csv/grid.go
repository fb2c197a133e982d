package csv

import (
	"encoding/binary"
	"math/bits"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// strip is the number of bytes whose marks are found at a time: one for each
// bit of a word.
const strip = 64

// grid is where the cells and rows of a text end, found without a look at
// what they say. The technique of the bit masks is that of simdjson (Langdale
// and Lemire, Parsing Gigabytes of JSON per Second, 2019), with words of eight
// bytes in the place of vector registers.
type grid struct {
	ends   []uint32 // as those of a piece, which has them in the end
	rows   []uint32 // for each line feed that ends a row, its index in ends
	breaks []uint32 // offset of each line feed inside a quoted cell
	valid  bool     // what was looked at so far is UTF-8
	begin  int      // index in ends of the mark before the first row
}

// quoting is what a strip must know of the text before it. A bit that is
// carried over stands at the lowest place.
type quoting struct {
	inside uint64 // all ones: the strip begins inside a quoted cell
	closed uint64 // 1: the byte before it is a closing quote
	ended  uint64 // 1: a quote may open at its first byte
}

// find appends the marks of b from offset from on, where a row begins. It
// stops where a quote stands amiss, and returns that offset, else len(b).
// What it has found before is sound as far as quotes go.
func (g *grid) find(d *dialect, b []byte, from int) (stop int) {
	g.rows, g.breaks = g.rows[:0], g.breaks[:0]
	g.begin = len(g.ends)
	g.ends = append(g.ends, uint32(from)-1) // wraps back to 0 where the first cell begins
	delims := uint64(d.delim) * ones
	quoted := uint64(0)
	if d.quotes {
		quoted = ^quoted
	}
	state := quoting{ended: 1}
	var tail [strip]byte
	wide := -1 // where the strips began that are not ASCII, the last one among them
	for p := from; p < len(b); p += strip {
		var ends, feeds, quotes uint64
		var ascii bool
		if p+strip <= len(b) {
			ends, feeds, quotes, ascii = masks((*[strip]byte)(b[p:]), delims)
		} else {
			copy(tail[:], b[p:]) // zero bytes are no marks
			ends, feeds, quotes, ascii = masks(&tail, delims)
		}
		if ascii && wide >= 0 {
			// No character reaches into a strip that is ASCII.
			g.valid = g.valid && canon.ValidUTF8(b[wide:p])
			wide = -1
		} else if !ascii && wide < 0 {
			wide = p
		}
		quotes &= quoted
		wrong := uint64(0)
		if quotes|state.inside|state.closed != 0 {
			var cells uint64
			cells, wrong = state.judge(ends, quotes)
			if wrong != 0 {
				wrong = amiss(b, p, wrong)
			}
			if inner := feeds &^ cells; inner != 0 {
				g.addBreaks(p, inner)
			}
			ends = cells
		} else {
			state.ended = ends >> (strip - 1)
		}
		if wrong != 0 {
			before := wrong&-wrong - 1
			g.add(p, ends&before, feeds&before)
			stop = p + bits.TrailingZeros64(wrong)
			g.valid = g.valid && (wide < 0 || canon.ValidUTF8(b[wide:stop]))
			return stop
		}
		g.add(p, ends, feeds)
	}
	g.valid = g.valid && (wide < 0 || canon.ValidUTF8(b[wide:]))
	return len(b)
}

// judge returns the marks that stand outside quotes, and the places where a
// quote opens inside a cell or where text seems to follow a closing one. A
// doubled quote closes the cell and opens it again, which comes to the same.
func (s *quoting) judge(ends, quotes uint64) (cells, wrong uint64) {
	within := quotes // each bit becomes the parity of the quotes up to it
	within ^= within << 1
	within ^= within << 2
	within ^= within << 4
	within ^= within << 8
	within ^= within << 16
	within ^= within << 32
	within ^= s.inside
	opens, closes := quotes&within, quotes&^within
	cells = ends &^ within
	may := cells | closes
	wrong = opens&^(may<<1|s.ended) | (closes<<1|s.closed)&^(cells|opens)
	s.inside = uint64(int64(within) >> (strip - 1))
	s.closed = closes >> (strip - 1)
	s.ended = may >> (strip - 1)
	return cells, wrong
}

// amiss takes the places away where the carriage return of a line break
// follows a closing quote, which is as it should be.
func amiss(b []byte, p int, wrong uint64) uint64 {
	for w := wrong; w != 0; w &= w - 1 {
		bit := w & -w
		if i := p + bits.TrailingZeros64(w); i+1 < len(b) && b[i] == '\r' && b[i+1] == '\n' {
			wrong &^= bit
		}
	}
	return wrong
}

func (g *grid) addBreaks(p int, feeds uint64) {
	for ; feeds != 0; feeds &= feeds - 1 {
		g.breaks = append(g.breaks, uint32(p+bits.TrailingZeros64(feeds)))
	}
}

// add appends the marks of the strip at p. Cells are so short that a branch
// for each would often be guessed wrong: eight offsets are written at a time,
// and those beyond the last mark are overwritten later.
func (g *grid) add(p int, ends, feeds uint64) {
	k := len(g.ends)
	for f := feeds & ends; f != 0; f &= f - 1 {
		g.rows = append(g.rows, uint32(k+bits.OnesCount64(ends&(f&-f-1))))
	}
	if cap(g.ends)-k < strip {
		g.ends = append(g.ends, make([]uint32, cap(g.ends)+strip)...)[:k]
	}
	out := (*[strip]uint32)(g.ends[k : k+strip])
	n := bits.OnesCount64(ends)
	at := uint32(p)
	for i := 0; i < n; i += 8 {
		o := (*[8]uint32)(out[i&(strip-8):])
		for j := range o {
			o[j] = at + uint32(bits.TrailingZeros64(ends))
			ends &= ends - 1
		}
	}
	g.ends = g.ends[:k+n]
}

// masks returns where in b delimiters or line feeds, line feeds alone, and
// quotes stand, one bit for each byte, the first byte lowest, and whether all of
// it is ASCII.
func masks(b *[strip]byte, delims uint64) (ends, feeds, quotes uint64, ascii bool) {
	const quote = '"' * ones
	var e, f, q, all uint64
	for i := 0; i < strip; i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		all |= w
		x, y, z := other(w^delims), other(w^lines), other(w^quote)
		e = e>>1 | x&y&^low7
		f = f>>1 | y&^low7
		q = q>>1 | z&^low7
	}
	ends, feeds = transpose(^e), transpose(^f)
	if ^q != 0 {
		quotes = transpose(^q)
	}
	return ends, feeds, quotes, all&^low7 == 0
}

// other has the top bit of each byte clear where that byte of x is zero; the
// other bits mean nothing.
func other(x uint64) uint64 { return (x&low7 + low7) | x }

// transpose swaps bit i of byte j with bit j of byte i (Warren, Hacker's
// Delight, 7-3). Of eight words, the top bits of whose bytes were shifted into
// x one after the other, it makes the bits in the order of the bytes.
func transpose(x uint64) uint64 {
	t := (x ^ x>>7) & 0x00AA00AA00AA00AA
	x ^= t ^ t<<7
	t = (x ^ x>>14) & 0x0000CCCC0000CCCC
	x ^= t ^ t<<14
	t = (x ^ x>>28) & 0x00000000F0F0F0F0
	return x ^ t ^ t<<28
}
