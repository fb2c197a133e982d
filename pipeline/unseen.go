package pipeline

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// Characters that nobody sees and that act on whoever shows a value do harm far from here:
// in the terminal of a colleague, in a printed badge, in the export of somebody else. They
// are written as the source has them, and the plan says so.

// unseen is a class of such characters, by the code of its finding.
type unseen string

const (
	unseenControl   unseen = "control-characters"
	unseenDirection unseen = "direction-marks"
)

// unseenPointsMax is how many code points a finding names.
const unseenPointsMax = 5 // the rest is counted

// classOf is the class of a character, or "". Tabs and line breaks are of texts of several
// lines, and characters that join letters or part words are of many scripts.
func classOf(r rune) unseen {
	switch {
	case r == '\t' || r == '\n' || r == '\r':
		return ""
	case r < 0x20, r >= 0x7f && r <= 0x9f:
		return unseenControl
	case r == 0x061c, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return unseenDirection
	}
	return ""
}

// fieldUnseen is a class of characters in a field.
type fieldUnseen struct {
	field string
	class unseen
}

// unseenUse is in how many changes it stands, in which of them first, and as which characters.
type unseenUse struct {
	changes int
	last    int // the change that was counted last, from 1
	first   Origin
	points  map[rune]bool
}

// tellUnseen tells of such characters among what changes write, once for each field and
// class, and never the value.
func tellUnseen(model string, changes []Change) (found []diag.Finding) {
	used := map[fieldUnseen]*unseenUse{}
	for i := range changes {
		for k := range changes[i].Fields {
			f := &changes[i].Fields[k]
			switch f.After.Type() {
			case String:
				noteUnseen(used, f.After.Str(), f.Field, i, changes)
			case StringList:
				for _, member := range f.After.List() {
					noteUnseen(used, member, f.Field, i, changes)
				}
			}
		}
	}
	order := slices.SortedFunc(maps.Keys(used), func(a, b fieldUnseen) int {
		return cmp.Or(cmp.Compare(a.field, b.field), cmp.Compare(a.class, b.class))
	})
	for _, at := range order {
		u := used[at]
		what := map[unseen]string{unseenControl: "control characters", unseenDirection: "marks that turn the direction of reading"}[at.class]
		found = append(found, diag.Finding{Severity: diag.Warning, Code: string(at.class), Count: u.changes,
			Message: fmt.Sprintf("model %s: what is written to %s holds %s (%s), which nobody sees; records: %d, the first of %s", model, at.field, what, u.named(), u.changes, diag.Shorten(u.first.String(), 200)),
			Hint:    "correct the rows, or take them out in the mapping, such as with replace"})
	}
	return found
}

// noteUnseen notes such characters of a text that a change writes to a field.
func noteUnseen(used map[fieldUnseen]*unseenUse, text, field string, change int, changes []Change) {
	plain := 0
	for plain < len(text) && text[plain] >= 0x20 && text[plain] < 0x7f { // as nearly all are
		plain++
	}
	for _, r := range text[plain:] {
		class := classOf(r)
		if class == "" {
			continue
		}
		u := used[fieldUnseen{field, class}]
		if u == nil {
			u = &unseenUse{points: map[rune]bool{}}
			used[fieldUnseen{field, class}] = u
		}
		u.points[r] = true
		if u.last == change+1 {
			continue
		}
		u.last = change + 1
		u.changes++
		if rows := changes[change].Rows; len(rows) > 0 && (u.first == Origin{} || compareRows(rows[:1], []Origin{u.first}) < 0) {
			u.first = rows[0]
		}
	}
}

// named are the code points, the first of them by name.
func (u *unseenUse) named() string {
	points := slices.Sorted(maps.Keys(u.points))
	var names []string
	for _, r := range points[:min(len(points), unseenPointsMax)] {
		names = append(names, fmt.Sprintf("U+%04X", r))
	}
	text := strings.Join(names, ", ")
	if more := len(points) - len(names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
