package norm

import "slices"

// AppendFold appends s to b as words: letters a to z and digits, one space
// between words, none at the ends.
//
// NFKC, case and diacritics are folded (ü is u, ß is ss, æ is ae, ø is o, ł is
// l). Greek is written as ELOT 743 (ISO 843 type 2) has it, Cyrillic as ICAO
// Doc 9303 part 3 has it, for Russian where languages differ; letters that it
// does not list are written as they usually are (Қ is k). Digits of all scripts
// are 0 to 9. Letters and numbers of every other
// script stay, in NFC and lower case: 王小明 is not 王小朋 and not empty. Points
// of Hebrew and vowel signs and tatweel of Arabic are left out.
//
// Apostrophes, full stops and invisible characters vanish (O'Brien is obrien,
// U.S.A. is usa); any other character that is no letter or digit parts words. A
// byte that is no UTF-8 is read as Latin-1. Text without a letter or digit
// gives nothing.
//
// AppendFold is idempotent, and gives the same for a text in NFC and in NFD.
func AppendFold(b []byte, s string) []byte {
	start, gap := len(b), false
	for i := 0; i < len(s); i++ {
		c := asciiFold[s[i]]
		switch {
		case c > asciiGap:
			if gap {
				b, gap = append(b, ' '), false
			}
			b = append(b, c)
		case c == asciiGap:
			gap = len(b) > start
		case c == asciiOther:
			return appendFoldWide(b[:start], s)
		}
	}
	return b
}

// AppendWords is AppendFold with one spelling for what people write in several:
// Mueller, Müller and Muller are one word, as are Kierkegaard and Kierkegård. It is
// the form of names, streets and places, for comparing only: Rodriguez becomes
// rodriguz. AppendWords is idempotent, too.
func AppendWords(b []byte, s string) []byte {
	start := len(b)
	b = AppendFold(b, s)
	return b[:start+len(joinUmlauts(b[start:]))]
}

// AppendLetters is AppendWords without the spaces.
func AppendLetters(b, words []byte) []byte {
	start := len(b)
	b = slices.Grow(b, len(words))
	out, n := b[start:start+len(words)], 0
	before, last := byte(0), byte(' ') // of the letters and spaces up to here, without the second ones of umlauts
	for i, c := range words {
		switch {
		case c-'a' < 26:
			if umlautAfter[c&31]>>(last&31)&1 != 0 && umlautBetween(before, last, c, words[i+1:]) {
				continue
			}
		case c != ' ' || last == ' ':
			return appendLettersOf(b[:start], words)
		}
		before, last = last, c
		out[n] = c
		if c != ' ' {
			n++
		}
	}
	return b[:start+n]
}

// appendLettersOf is AppendLetters for any text.
func appendLettersOf(b, words []byte) []byte {
	start := len(b)
	b = AppendWords(b, string(words))
	return b[:start+len(compact(b[start:]))]
}

// umlautAfter is twoForOne for letters, without a branch for each: by the lower bits
// of the second one a bit for each first one.
var umlautAfter = [32]uint32{'e' & 31: 1<<('a'&31) | 1<<('o'&31) | 1<<('u'&31), 'a' & 31: 1 << ('a' & 31)}

// NextWord cuts the first word off words that a function of this package wrote.
func NextWord(words []byte) (word, rest []byte) {
	for i, c := range words {
		if c == ' ' {
			return words[:i], words[i+1:]
		}
	}
	return words, nil
}

// joinUmlauts writes ae, oe, ue and aa within folded words as a, o, u and a, in
// place, where they may stand for ä, ö, ü and å: not after a vowel or q (Bauer,
// Quentin), at the end of a word (Joe, Xue), or in a final -el (Michael).
func joinUmlauts(words []byte) []byte {
	first := 1
	for first < len(words) && !(twoForOne(words[first-1], words[first]) && umlaut(words[:first], words[first], words[first+1:])) {
		first++
	}
	if first >= len(words) {
		return words
	}
	out := words[:first]
	for i := first + 1; i < len(words); i++ {
		c := words[i]
		if (c == 'e' || c == 'a') && umlaut(out, c, words[i+1:]) {
			continue
		}
		out = append(out, c)
	}
	return out
}

// twoForOne reports whether two letters may stand for one.
func twoForOne(x, y byte) bool {
	return y == 'e' && (x == 'a' || x == 'o' || x == 'u') || y == 'a' && x == 'a'
}

// umlaut reports whether c after the written letters says no more than that the
// last of them has an umlaut or ring.
func umlaut(written []byte, c byte, rest []byte) bool {
	before := byte(0)
	if len(written) > 1 {
		before = written[len(written)-2]
	}
	last := written[len(written)-1]
	return twoForOne(last, c) && umlautBetween(before, last, c, rest)
}

// umlautBetween is umlaut for two letters that may stand for one, by the letter
// before them, 0 for none, and what comes behind.
func umlautBetween(before, last, c byte, rest []byte) bool {
	if c == 'a' {
		return true
	}
	switch before {
	case 'a', 'e', 'i', 'o', 'u', 'y', 'q':
		return false
	}
	if len(rest) == 0 || rest[0] == ' ' {
		return false
	}
	return rest[0] != 'l' || len(rest) > 1 && rest[1] != ' '
}
