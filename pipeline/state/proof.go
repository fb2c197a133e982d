package state

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline"
)

// Proof is what the bytes of a store's files say after a person was forgotten.
type Proof struct {
	Bytes   int64 // that were looked at: every byte of the file and of those beside it
	Address int   // places at which the address still is
	Values  int   // texts that were erased
	Gone    int   // of them, those that are nowhere any more; the others are held for others, too
}

// Limits of a proof.
const (
	provenTextMin  = 4       // bytes; shorter texts are in every file
	provenTextsMax = 500     // texts that are looked for beside the address
	proofBlock     = 1 << 20 // bytes that are looked at together
)

// prove looks for the address and for erased texts in every byte of the files of
// the store, however they are spelled: in upper or lower case, and plain or as
// JSON writes them. Nothing tells in the bytes of a file where a text begins, so
// that the address is taken to be there wherever its letters are, unless they are a
// part of a longer address that is known to have stayed.
func (s *Store) prove(person *pipeline.Person, longer, values map[string]bool) (Proof, error) {
	var p Proof
	texts := make([]string, 0, len(values))
	for v := range values {
		if len(v) >= provenTextMin && !slices.Contains(person.Forms, strings.ToLower(v)) {
			texts = append(texts, v)
		}
	}
	slices.Sort(texts)
	texts = texts[:min(len(texts), provenTextsMax)]
	w := &sweep{pageBytes: s.pageBytes(), found: make([]int, len(texts))}
	for _, form := range person.Forms {
		w.forms = append(w.forms, spellings(form)...)
	}
	for t := range longer {
		w.longer = append(w.longer, spellings(t)...)
	}
	for _, t := range texts {
		w.texts = append(w.texts, spellings(t))
	}
	for _, path := range s.parts() {
		n, err := w.file(path)
		if err != nil {
			return p, err
		}
		p.Bytes += n
	}
	p.Address, p.Values = w.addresses, len(texts)
	for _, n := range w.found {
		if n == 0 {
			p.Gone++
		}
	}
	return p, nil
}

// pageBytes is the size of the pages of the file, from its head (18 bytes); what is
// across two of them need not belong together.
func (s *Store) pageBytes() int64 {
	f, err := os.Open(s.path)
	if err != nil {
		return 0
	}
	defer f.Close()
	head := make([]byte, 18)
	if _, err := io.ReadFull(f, head); err != nil {
		return 0
	}
	n := int64(binary.BigEndian.Uint16(head[16:]))
	if n == 1 {
		n = 1 << 16
	}
	return n
}

// spellings are the forms in which a text may be in the file, in small letters.
func spellings(text string) [][]byte {
	forms := [][]byte{small([]byte(text))}
	if b, err := json.Marshal(text); err == nil {
		if escaped := small(b[1 : len(b)-1]); !bytes.Equal(escaped, forms[0]) {
			forms = append(forms, escaped)
		}
	}
	return forms
}

// small makes letters small wherever that takes as many bytes, and leaves every
// other byte alone, so that it can be used on any bytes.
func small(b []byte) []byte {
	for at := 0; at < len(b); {
		c := b[at]
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				b[at] = c + 'a' - 'A'
			}
			at++
			continue
		}
		r, n := utf8.DecodeRune(b[at:])
		if l := unicode.ToLower(r); r != utf8.RuneError && l != r && utf8.RuneLen(l) == n {
			utf8.EncodeRune(b[at:], l)
		}
		at += n
	}
	return b
}

// sweep looks for texts in every byte of files.
type sweep struct {
	forms     [][]byte   // of the address
	longer    [][]byte   // addresses of which it is a part
	texts     [][][]byte // other texts, each in its forms
	pageBytes int64      // 0: the file has no pages

	addresses int   // places of the address
	found     []int // places of each other text
}

// reach is how far around a place the sweep must see.
func (w *sweep) reach() int {
	n := utf8.UTFMax
	for _, t := range slices.Concat(append([][][]byte{w.forms, w.longer}, w.texts...)...) {
		n = max(n, len(t))
	}
	return n
}

// file looks at all bytes of a file and returns their number. A file that is not
// there holds nothing.
func (w *sweep) file(path string) (int64, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	reach := w.reach()
	var base int64 // where in the file the window begins
	from := 0      // in the window; what begins before was counted
	window := make([]byte, 0, proofBlock+4*reach)
	for {
		n, err := io.ReadFull(f, window[len(window):len(window)+proofBlock])
		window = window[:len(window)+n]
		end := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !end {
			return base, err
		}
		upto := len(window)
		if !end {
			upto -= reach // what begins behind is looked at with what follows
		}
		if upto > from {
			w.look(small(slices.Clone(window)), from, upto, base)
			from = upto
		}
		if end {
			return base + int64(len(window)), nil
		}
		drop := max(0, from-reach)
		window = append(window[:0], window[drop:]...)
		base, from = base+int64(drop), from-drop
	}
}

// look counts what begins within a part of the window.
func (w *sweep) look(window []byte, from, upto int, base int64) {
	for _, form := range w.forms {
		for at := range places(window, form, from, upto) {
			if !slices.ContainsFunc(w.longer, func(t []byte) bool { return w.partOf(window, at, form, t, base) }) {
				w.addresses++
			}
		}
	}
	for i, forms := range w.texts {
		for _, form := range forms {
			for range places(window, form, from, upto) {
				w.found[i]++
			}
		}
	}
}

// places are where a text begins within a part of the window.
func places(window, text []byte, from, upto int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for from < upto {
			at := bytes.Index(window[from:min(len(window), upto+len(text)-1)], text)
			if at < 0 || !yield(from+at) {
				return
			}
			from += at + 1
		}
	}
}

// overflowHead is the number of bytes before the text of a page that goes on with
// that of another.
const overflowHead = 4

// partOf reports whether the address at a place is a part of a longer one there, as
// far as its page shows.
func (w *sweep) partOf(window []byte, at int, form, longer []byte, base int64) bool {
	left, right := 0, len(window)
	if w.pageBytes > 0 {
		page := (base + int64(at)) / w.pageBytes * w.pageBytes
		left, right = max(0, int(page+overflowHead-base)), min(right, int(page+w.pageBytes-base))
	}
	for k := range places(longer, form, 0, len(longer)) {
		begin, end := at-k, at-k+len(longer)
		if left > at || right < at+len(form) {
			begin, end = max(begin, 0), min(end, len(window)) // across two pages by itself
		} else {
			begin, end = max(begin, left), min(end, right)
		}
		if bytes.Equal(window[begin:end], longer[begin-(at-k):end-(at-k)]) {
			return true
		}
	}
	return false
}
