package linkage

import (
	"encoding/binary"
	"math/bits"
)

// written remembers the numbers of texts as they are written in a table. What is
// known of a text lies together, so that finding one takes two places of memory: a
// slot and an entry.
type written struct {
	slots  []uint64 // open addressing: upper half of the hash, place of the entry; 0 is free
	n      int      // of slots that are not free
	shift  int      // of a hash, to the slot
	pieces [][]byte // of entries: number and length, four bytes each, and the text, from a multiple of eight on

	hashes [lookupMax]uint64 // of the texts that were looked for last
	places [lookupMax]uint32 // of their entries; 0: none was found
	heads  [lookupMax]uint64 // the first eight bytes of these
}

// A place is the piece of an entry and where it begins there, in units of eight
// bytes. The first piece has none, so that no place is 0.
const (
	placeBits  = 17
	entryPiece = 8 << placeBits // bytes of a piece at most, but for one entry alone
	entryHead  = 8
	entryMin   = 1 << 8 // bytes of the smallest piece
)

func newWritten() *written {
	w := &written{pieces: make([][]byte, 1)}
	w.room(4)
	return w
}

// find looks for some texts, as far as the first slots tell. What it needs of
// memory is fetched for all of them at once.
func (w *written) find(some []string) {
	for k, raw := range some {
		w.hashes[k] = hashText(raw)
	}
	for k := range some {
		h := w.hashes[k]
		x := w.slots[h>>w.shift]
		if (x^h)&slotHash != 0 {
			x = 0
		}
		w.places[k] = uint32(x)
	}
	for k, at := range w.places[:len(some)] {
		if at != 0 {
			w.heads[k] = binary.LittleEndian.Uint64(w.entry(at))
		}
	}
}

// number returns the number of the k-th of the texts that were looked for last.
func (w *written) number(k int, raw string) (id uint32, known bool) {
	if at := w.places[k]; at != 0 && w.heads[k]>>32 == uint64(len(raw)) && string(w.entry(at)[entryHead:][:len(raw)]) == raw {
		return uint32(w.heads[k]), true
	}
	return w.look(raw, w.hashes[k])
}

// look is number for a text that the first slot does not tell of, or that was added
// since.
func (w *written) look(raw string, h uint64) (id uint32, known bool) {
	mask := uint64(len(w.slots) - 1)
	for at := h >> w.shift; w.slots[at] != 0; at = (at + 1) & mask {
		if x := w.slots[at]; x&slotHash == h&slotHash {
			e := w.entry(uint32(x))
			if n := binary.LittleEndian.Uint32(e[4:]); int(n) == len(raw) && string(e[entryHead:][:n]) == raw {
				return binary.LittleEndian.Uint32(e), true
			}
		}
	}
	return 0, false
}

func (w *written) entry(at uint32) []byte {
	return w.pieces[at>>placeBits][at&(1<<placeBits-1)<<3:]
}

// add remembers the number of a text that is not known. When there is no place any
// more, it is not remembered, and the text stays unknown.
func (w *written) add(raw string, h uint64, id uint32) {
	last := len(w.pieces) - 1
	size := (entryHead + len(raw) + 7) &^ 7
	if len(w.pieces[last])+size > cap(w.pieces[last]) {
		if last++; last >= 1<<(32-placeBits) {
			return
		}
		w.pieces = append(w.pieces, make([]byte, 0, max(size, min(entryPiece, max(entryMin, 2*cap(w.pieces[last-1]))))))
	}
	piece := w.pieces[last]
	from := len(piece)
	piece = binary.LittleEndian.AppendUint32(piece, id)
	piece = binary.LittleEndian.AppendUint32(piece, uint32(len(raw)))
	piece = append(piece, raw...)
	w.pieces[last] = piece[:from+size]
	mask := uint64(len(w.slots) - 1)
	at := h >> w.shift
	for w.slots[at] != 0 {
		at = (at + 1) & mask
	}
	w.slots[at] = h&slotHash | uint64(last)<<placeBits | uint64(from)>>3
	if w.n++; w.n*2 > len(w.slots) {
		w.room(bits.Len(uint(len(w.slots))))
	}
}

// room makes 1<<n slots. Their numbers are the upper bits of the hashes, which the
// slots keep.
func (w *written) room(n int) {
	old := w.slots
	w.slots, w.shift = make([]uint64, 1<<n), 64-n
	mask := uint64(len(w.slots) - 1)
	for _, x := range old {
		if x != 0 {
			at := x >> w.shift
			for w.slots[at] != 0 {
				at = (at + 1) & mask
			}
			w.slots[at] = x
		}
	}
}
