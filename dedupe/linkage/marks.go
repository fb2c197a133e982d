package linkage

import "strings"

// Companies are numbered in more than digits: Hall A and Hall B, Box I and Box II,
// 2a and 2b; and one name at two extensions of a phone is as likely two offices as one
// that was mistyped. As with digits, no
// weight can tell, and such pairs are a question at most.

// What such pairs differ in.
const (
	marksWhy      = "they differ in a letter or numeral alone, as the members of a series do: a question at most"
	extensionsWhy = "they differ in the extension of the phone, as the offices of one company do: a question at most"
)

// marked finds where two companies are numbered in something else than digits.
func (d *linked) marked(v vector, a, b int32) (limit, bool) {
	level := v.level(fieldFirm)
	if level == 0 || d.db.ownAgrees(v) {
		return limit{}, false
	}
	db, most := d.db, d.limits.series
	if level != firmEqual {
		x, y := db.firm.values.text(db.firm.ids[a]), db.firm.values.text(db.firm.ids[b])
		mails := v.level(fieldEmail) != 0 && v.level(fieldEmail) != mailShared
		return limit{members{x, y, most}, seriesField, marksWhy}, marksDiffer(x, y, mails)
	}
	if x, y := db.packed[a].phone, db.packed[b].phone; db.otherExtension(v.level(fieldPhone), x, y) {
		phones := db.phones[0].values
		return limit{members{phones.text(x), phones.text(y), most}, seriesField, extensionsWhy}, true
	}
	return limit{}, false
}

// otherExtension reports whether two phones of such a level are two extensions of
// one line, which may look like a slip.
func (db *records) otherExtension(level uint8, x, y uint32) bool {
	switch level {
	case phoneExtension, phoneTypo:
		return x != 0 && y != 0 && x != y && db.dialled[x].extensionOf(&db.dialled[y])
	}
	return false
}

// marksDiffer reports whether two names are the same but for one word, which is a
// mark in both; or, where one may have none, the last of the other.
func marksDiffer(x, y string, oneMay bool) bool {
	if len(x) > len(y) {
		x, y = y, x
	}
	if last, longer := strings.CutPrefix(y, x); longer && strings.HasPrefix(last, " ") {
		return oneMay && isMark(last[1:])
	}
	differ := 0
	for x != "" && y != "" {
		var p, q string
		p, x, _ = strings.Cut(x, " ")
		q, y, _ = strings.Cut(y, " ")
		if p == q {
			continue
		}
		if differ++; differ > 1 || !isMark(p) || !isMark(q) {
			return false
		}
	}
	return differ == 1 && x == "" && y == ""
}

// romanMax is the length of the numerals up to XXXIX, of which no words are made.
const romanMax = len("xxxviii")

// isMark reports a word that numbers: a letter, a small Roman numeral, or a number
// with a letter behind it.
func isMark(word string) bool {
	if word == "" {
		return false
	}
	if len(word) == 1 || len(word) <= romanMax && strings.Trim(word, "ivx") == "" {
		return true
	}
	number := strings.TrimRight(word, "0123456789")
	if number == "" {
		return true
	}
	if end := len(word) - 1; word[end] >= 'a' && word[end] <= 'z' {
		return strings.Trim(word[:end], "0123456789") == ""
	}
	return false
}
