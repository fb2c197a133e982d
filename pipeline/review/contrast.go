package review

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// contrast is two values taken apart where they differ: what they begin with alike,
// what each has then, and what they end with alike.
type contrast struct {
	head     []rune
	old, now []rune
	tail     []rune
}

// contrastOf takes two values apart. A letter stays together with the marks on it.
func contrastOf(old, now string) contrast {
	if !utf8.ValidString(old) || !utf8.ValidString(now) {
		old, now = diag.Printable(old), diag.Printable(now)
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
	return contrast{a[:head], a[head : len(a)-tail], b[head : len(b)-tail], a[len(a)-tail:]}
}

// onLetter reports whether the character at a place is a mark on the one before.
func onLetter(text []rune, at int) bool {
	return at < len(text) && unicode.In(text[at], unicode.Mn, unicode.Me)
}

// telling reports whether the values have enough in common for what differs to be
// worth marking.
func (c *contrast) telling() bool {
	same := len(c.head) + len(c.tail)
	return 2*same >= same+max(len(c.old), len(c.now))
}

// cut are the pieces of one of the two values, printable. Of a long one the place in
// which the two differ is shown, and something around it: at most so many characters.
func (c *contrast) cut(middle []rune, limit int) (head, mid, tail string) {
	if len(c.head)+max(len(c.old), len(c.now))+len(c.tail) <= limit {
		return diag.Printable(string(c.head)), diag.Printable(string(middle)), diag.Printable(string(c.tail))
	}
	around := limit / 4
	from := max(0, len(c.head)-around)
	head = diag.Printable(string(c.head[from:]))
	if from > 0 {
		head = "..." + head
	}
	to := min(len(c.tail), around)
	tail = diag.Printable(string(c.tail[:to]))
	if to < len(c.tail) {
		tail += "..."
	}
	return head, diag.Shorten(string(middle), limit-2*around), tail
}

// shortened is one of the two values in one piece.
func (c *contrast) shortened(middle []rune, limit int) string {
	head, mid, tail := c.cut(middle, limit)
	return head + mid + tail
}

// marked are the two values of a field with what differs marked: in bold, or between
// guillemets where there is no colour. Values with nothing much in common are shown as
// they are.
func (v *view) marked(f *pipeline.FieldChange) (old, now string) {
	old, now = f.Before.String(), f.After.String()
	c := contrastOf(old, now)
	if !c.telling() {
		return safe(old), safe(now)
	}
	mark := func(middle []rune) string {
		head, mid, tail := c.cut(middle, valueCharsMax)
		switch {
		case mid == "":
		case v.opt.Colour:
			mid = v.paint(bold, mid)
		default:
			mid = "«" + mid + "»"
		}
		return head + mid + tail
	}
	return mark(c.old), mark(c.now)
}

// codePointsMax is how many code points are named of a place in which two values that
// look the same differ.
const codePointsMax = 8

// codePoints says of which code points the difference of two values is made that look
// the same; "" for other fields, for lists that lose or gain several members, and where
// nothing may be told of the values.
func codePoints(f *pipeline.FieldChange) string {
	if !slices.Contains(f.Labels, pipeline.LabelSameLook) {
		return ""
	}
	old, now := f.Before.String(), f.After.String()
	if f.Before.Type() == pipeline.StringList {
		if len(f.Loses) != 1 || len(f.Gains) != 1 {
			return ""
		}
		old, now = f.Loses[0], f.Gains[0]
	}
	c := contrastOf(old, now)
	if len(c.old)+len(c.now) == 0 {
		return ""
	}
	return named(c.old) + " -> " + named(c.now)
}

func named(text []rune) string {
	if len(text) == 0 {
		return "nothing"
	}
	var names []string
	for _, r := range text[:min(len(text), codePointsMax)] {
		names = append(names, fmt.Sprintf("%U", r))
	}
	if len(text) > codePointsMax {
		names = append(names, "...")
	}
	return strings.Join(names, " ")
}

// candidatesMax is how many records are shown that a blocked row could be.
const candidatesMax = 5

// candidates are the records that a blocked row could be, with their names and keys,
// the first of them where few are wanted; none where they are known by their ids alone.
func candidates(b *pipeline.BlockedRow, few bool) []string {
	if len(b.Records) == 0 {
		return nil
	}
	var lines []string
	for i, id := range b.Candidates {
		if i == candidatesMax && few {
			return append(lines, fmt.Sprintf("... %s more", group(len(b.Candidates)-i)))
		}
		text := "target #" + safe(id)
		at := slices.IndexFunc(b.Records, func(c pipeline.Candidate) bool { return c.ID == id })
		if at >= 0 {
			text += "  " + safe(b.Records[at].Label)
			for _, k := range b.Records[at].Keys {
				if strings.Contains(b.Records[at].Label, k.Value) {
					continue
				}
				text += "  " + safe(k.Field) + " " + safe(k.Value)
			}
		}
		lines = append(lines, text)
	}
	return lines
}
