package diag

import (
	"unicode"
	"unicode/utf8"
)

// Contrast is two values taken apart where they differ: what they begin with alike,
// what each has then, and what they end with alike.
type Contrast struct {
	Head     []rune
	Old, Now []rune
	Tail     []rune
}

// ContrastOf takes two values apart. A letter stays together with the marks on it. Bytes
// that are not UTF-8 are taken as [Printable] writes them.
func ContrastOf(old, now string) Contrast {
	if !utf8.ValidString(old) || !utf8.ValidString(now) {
		old, now = Printable(old), Printable(now)
	}
	a, b := []rune(old), []rune(now)
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	for head > 0 && (onLetter(a, head) || onLetter(b, head)) {
		head--
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	for tail > 0 && onLetter(a, len(a)-tail) {
		tail--
	}
	return Contrast{a[:head], a[head : len(a)-tail], b[head : len(b)-tail], a[len(a)-tail:]}
}

// onLetter reports whether the character at a place is a mark on the one before.
func onLetter(text []rune, at int) bool {
	return at < len(text) && unicode.In(text[at], unicode.Mn, unicode.Me)
}
