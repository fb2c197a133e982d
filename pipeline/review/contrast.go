package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// contrast is two values taken apart where they differ.
type contrast struct{ diag.Contrast }

func contrastOf(old, now string) contrast { return contrast{diag.ContrastOf(old, now)} }

// telling reports whether the values have enough in common for what differs to be
// worth marking.
func (c *contrast) telling() bool {
	same := len(c.Head) + len(c.Tail)
	return 2*same >= same+max(len(c.Old), len(c.Now))
}

// cut are the pieces of one of the two values, printable. Of a long one the place in
// which the two differ is shown, and something around it: at most so many characters.
func (c *contrast) cut(middle []rune, limit int) (head, mid, tail string) {
	if len(c.Head)+max(len(c.Old), len(c.Now))+len(c.Tail) <= limit {
		return diag.Printable(string(c.Head)), diag.Printable(string(middle)), diag.Printable(string(c.Tail))
	}
	around := limit / 4
	from := max(0, len(c.Head)-around)
	head = diag.Printable(string(c.Head[from:]))
	if from > 0 {
		head = "..." + head
	}
	to := min(len(c.Tail), around)
	tail = diag.Printable(string(c.Tail[:to]))
	if to < len(c.Tail) {
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
	return mark(c.Old), mark(c.Now)
}

// codePoints says of which code points the difference of two values is made that look
// the same; "" for other fields, for lists that lose or gain several members, and where
// nothing may be told of the values.
func codePoints(f *pipeline.FieldChange) string {
	if !slices.Contains(f.Labels, pipeline.LabelSameLook) && !slices.Contains(f.Labels, pipeline.LabelLookAlike) {
		return ""
	}
	return pipeline.CodePoints(f.Before, f.After)
}

// conflictLooks tells which values of a conflict look the same and are not, and of which
// code points they are made: what the source says and what the target has, and what was
// written last and each of them.
func conflictLooks(c *pipeline.FieldConflict) []string {
	const wrote, ours, theirs = "what we wrote", "what the source says", "what the target has"
	var lines []string
	for _, pair := range []struct {
		a, b string
		x, y pipeline.Value
	}{{theirs, ours, c.Theirs, c.Ours}, {wrote, ours, c.Wrote, c.Ours}, {wrote, theirs, c.Wrote, c.Theirs}} {
		alike := "look the same"
		switch pipeline.LookOf(pair.x, pair.y) {
		case "":
			continue
		case pipeline.LabelLookAlike:
			alike = "look the same, with letters of another script"
		}
		if points := pipeline.CodePoints(pair.x, pair.y); points != "" {
			alike += ": " + points
		}
		lines = append(lines, pair.a+" and "+pair.b+" "+alike)
	}
	return lines
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
