package diag

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// UTF8 returns s with each byte that is no part of a character in UTF-8 written
// as \xNN: text that every format can hold, and that shows what was there.
func UTF8(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, `\x%02x`, s[0])
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}
