package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
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
// JSON writes them.
func (s *Store) prove(address string, values map[string]bool) (Proof, error) {
	delete(values, address)
	var p Proof
	texts := make([]string, 0, len(values))
	for v := range values {
		if len(v) >= provenTextMin && lower(v) != lower(address) {
			texts = append(texts, v)
		}
	}
	slices.Sort(texts)
	texts = texts[:min(len(texts), provenTextsMax)]
	forms := [][][]byte{spellings(address)}
	for _, t := range texts {
		forms = append(forms, spellings(t))
	}
	found := make([]int, len(forms))
	for _, path := range s.parts() {
		n, err := search(path, forms, found)
		if err != nil {
			return p, err
		}
		p.Bytes += n
	}
	p.Address, p.Values = found[0], len(texts)
	for _, n := range found[1:] {
		if n == 0 {
			p.Gone++
		}
	}
	return p, nil
}

// spellings are the forms in which a text may be in the file, in lower case.
func spellings(text string) [][]byte {
	forms := [][]byte{[]byte(lower(text))}
	if b, err := json.Marshal(text); err == nil {
		escaped := lower(string(b[1 : len(b)-1]))
		if escaped != lower(text) {
			forms = append(forms, []byte(escaped))
		}
	}
	return forms
}

// lower makes ASCII letters small and leaves every other byte alone, so that it
// can be used on any bytes.
func lower(s string) string { return string(lowerBytes([]byte(s))) }

func lowerBytes(b []byte) []byte {
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return b
}

// search counts in found how often each text is in a file, and returns the bytes
// that were looked at. A file that is not there holds nothing.
func search(path string, forms [][][]byte, found []int) (int64, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	overlap := 0
	for _, all := range forms {
		for _, form := range all {
			overlap = max(overlap, len(form)-1)
		}
	}
	var total int64
	block := make([]byte, 0, proofBlock+overlap)
	for {
		n, err := io.ReadFull(f, block[len(block):len(block)+proofBlock])
		lowerBytes(block[len(block) : len(block)+n])
		tail := len(block)
		block = block[:tail+n]
		total += int64(n)
		for i, all := range forms {
			for _, form := range all {
				// What ends within the tail was counted with the block before.
				found[i] += countEndingAfter(block, form, tail)
			}
		}
		if err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return total, nil
			}
			return total, err
		}
		keep := min(overlap, len(block))
		block = append(block[:0], block[len(block)-keep:]...)
	}
}

// countEndingAfter counts the places of form in b that end after the first so
// many bytes.
func countEndingAfter(b, form []byte, after int) (n int) {
	for from := max(0, after-len(form)+1); ; n++ {
		at := bytes.Index(b[from:], form)
		if at < 0 {
			return n
		}
		from += at + 1
	}
}
