package similar

// Pattern compares one text with many. The zero Pattern is set to the empty
// text. It holds the tables of its text and scratch space; it must not be
// copied after use, nor used by two goroutines at once.
type Pattern struct {
	text   Text
	loaded string            // the text whose masks the tables hold
	ready  bool              // whether the tables hold the masks of text
	masks  [256]uint64       // by byte: the places of a character of one byte
	wide   *wideMasks        // of the characters of several bytes; nil until there is one
	seq    [wordChars]uint64 // the masks of the other text's characters, in their order
	long   *longSpace        // for comparisons of long texts; nil until there is one
}

// Set makes t the text that the others are compared with. It does no work: the
// tables are filled when a comparison needs them, and kept when it is the text
// that they were filled for last.
func (p *Pattern) Set(t Text) {
	p.text = t
	p.ready = false
}

// Text returns the text that the pattern is set to.
func (p *Pattern) Text() Text { return p.text }

// load fills the tables with the masks of the pattern's text, which has at
// most wordChars characters. Bit i of a mask is the character with number i.
func (p *Pattern) load() {
	p.ready = true
	s := p.text.s
	if s == p.loaded {
		return
	}
	for i := range len(p.loaded) {
		p.masks[p.loaded[i]] = 0
	}
	p.wide.clear()
	p.loaded = s
	if p.text.narrow() {
		for i := range len(s) {
			p.masks[s[i]] |= 1 << (i & 63)
		}
		return
	}
	if p.wide == nil {
		p.wide = new(wideMasks)
	}
	for i, place := 0, 0; i < len(s); place++ {
		c, size := charAt(s, i)
		if size == 1 {
			p.masks[s[i]] |= 1 << (place & 63)
		} else {
			p.wide.add(c, 1<<(place&63))
		}
		i += size
	}
}

// sequence returns, for each character of t, its places in the pattern's text.
// Both have at most wordChars characters. The result is valid until the next
// call.
func (p *Pattern) sequence(t Text) []uint64 {
	if !p.ready {
		p.load()
	}
	seq := p.seq[:t.chars]
	if t.narrow() {
		s := t.s[:len(seq)]
		for i := range seq {
			seq[i] = p.masks[s[i]]
		}
		return seq
	}
	for i, place := 0, 0; i < len(t.s); place++ {
		c, size := charAt(t.s, i)
		if size == 1 {
			seq[place] = p.masks[t.s[i]]
		} else {
			seq[place] = p.wide.places(c)
		}
		i += size
	}
	return seq
}

// wideSlots is the number of slots of a table of wide characters: twice as many
// as there can be characters, so that a free slot is near.
const wideSlots = 2 * wordChars

// wideMasks holds the places of characters of several bytes, in a hash table
// with linear probing. A nil table holds none.
type wideMasks struct {
	chars [wideSlots]rune // 0 is a free slot: NUL is a character of one byte
	masks [wideSlots]uint64
	used  bool
}

// slot returns where c is, or where it belongs.
func (w *wideMasks) slot(c rune) uint32 {
	h := uint32(c) * 0x9e3779b1 >> 25
	for w.chars[h%wideSlots] != 0 && w.chars[h%wideSlots] != c {
		h++
	}
	return h % wideSlots
}

func (w *wideMasks) add(c rune, place uint64) {
	h := w.slot(c)
	w.chars[h] = c
	w.masks[h] |= place
	w.used = true
}

func (w *wideMasks) places(c rune) uint64 {
	if w == nil || !w.used {
		return 0
	}
	return w.masks[w.slot(c)]
}

func (w *wideMasks) clear() {
	if w != nil && w.used {
		*w = wideMasks{}
	}
}
