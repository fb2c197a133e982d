package review

import (
	"bytes"
	"cmp"
	"container/heap"
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline"
)

// The limits of what is picked out of many changes.
const (
	outliersMax    = 10  // changes that stand out
	outliersOfEach = 3   // of one kind
	sampleMax      = 300 // changes drawn at random
	sampleListed   = 20  // of these that a terminal shows
	oddPercent     = 1   // of a class have a form at most that is odd in it
	shapeBytesMax  = 24  // bytes of the form of a value, but for the last character
)

// appendShape appends the form of a value: runs of letters, digits and blanks as one
// character each, other characters as they are.
func appendShape(b []byte, s string) []byte {
	from, last := len(b), rune(-1)
	for _, r := range s {
		if r < utf8.RuneSelf {
			r = shapes[r]
		} else {
			r = sketched(r)
		}
		if r == last {
			continue
		}
		if last = r; len(b)-from >= shapeBytesMax {
			break
		}
		b = utf8.AppendRune(b, r)
	}
	return b
}

// sketched is what stands for a character in the form of a value.
func sketched(r rune) rune {
	switch {
	case unicode.IsLetter(r), unicode.IsMark(r):
		return 'a'
	case unicode.IsDigit(r):
		return '9'
	case unicode.IsSpace(r):
		return ' '
	default:
		return r
	}
}

// shapes are those of ASCII.
var shapes = func() (of [utf8.RuneSelf]rune) {
	for r := range of {
		of[r] = sketched(rune(r))
	}
	return of
}()

// appendForm appends the form of a change: that of the values of its fields.
func appendForm(b []byte, c *pipeline.Change) []byte {
	for i := range c.Fields {
		f := &c.Fields[i]
		b = append(appendShape(b, f.Before.String()), 0)
		b = append(appendShape(b, f.After.String()), 0)
	}
	return b
}

// examples picks changes of a class that are like most of it, spread over it, and such
// as have a form that few have.
func (c *class) examples() (typical, odd []*pipeline.Change) {
	if len(c.changes) <= examplesMax {
		return c.changes, nil
	}
	forms, counts := make([]int, len(c.changes)), []int{}
	known := map[string]int{}
	var form []byte
	for i, ch := range c.changes {
		form = appendForm(form[:0], ch)
		at, seen := known[string(form)]
		if !seen {
			at = len(counts)
			known[string(form)], counts = at, append(counts, 0)
		}
		forms[i] = at
		counts[at]++
	}
	usual := 0
	for form, n := range counts {
		if n > counts[usual] {
			usual = form
		}
	}
	var rare []int // places of the first change of each odd form
	seen := make([]bool, len(counts))
	nth, wanted := 0, places(counts[usual], min(examplesMax, counts[usual]))
	for i, form := range forms {
		if form == usual {
			if slices.Contains(wanted, nth) {
				typical = append(typical, c.changes[i])
			}
			nth++
		} else if !seen[form] && 100*counts[form] <= oddPercent*len(c.changes) {
			rare = append(rare, i)
		}
		seen[form] = true
	}
	slices.SortStableFunc(rare, func(a, b int) int { return cmp.Compare(counts[forms[a]], counts[forms[b]]) })
	for _, i := range rare[:min(len(rare), examplesMax)] {
		odd = append(odd, c.changes[i])
	}
	return typical, odd
}

// kinds says what becomes of the field of a class that has one: filled, made longer or
// shorter, or another value; "" for other classes, and where its labels say it.
func (c *class) kinds() string {
	first := c.changes[0]
	if first.Action != pipeline.Update || len(first.Fields) != 1 || riskOf(first) == riskForm {
		return ""
	}
	var n [4]int
	for _, ch := range c.changes {
		switch before, after := ch.Fields[0].Before.String(), ch.Fields[0].After.String(); {
		case before == "":
			n[0]++
		case strings.HasPrefix(after, before):
			n[1]++
		case strings.HasPrefix(before, after):
			n[2]++
		default:
			n[3]++
		}
	}
	var parts []string
	for i, word := range [...]string{"was empty", "longer", "shorter", "another value"} {
		if n[i] > 0 {
			parts = append(parts, word+" "+group(n[i]))
		}
	}
	return strings.Join(parts, ", ")
}

// outlier is a change that is unlike the others, by its place, and why.
type outlier struct {
	at  int
	why string
}

// measure is a number by which a change can stand out.
type measure struct {
	of    func(c *pipeline.Change) int
	least int // that is worth a word
	say   func(n, usual int) string
}

var measures = [...]measure{
	{func(c *pipeline.Change) int { return len(c.Rows) }, 4, func(n, usual int) string {
		return fmt.Sprintf("it is made of %s; 99 of 100 are made of at most %s", count(n, "row"), group(usual))
	}},
	{doubt, 10, func(n, usual int) string {
		return fmt.Sprintf("its match has a probability of %.1f %%; in 99 of 100 changes it is at least %.1f %%", 100-float64(n)/10, 100-float64(usual)/10)
	}},
	{longest, 80, func(n, usual int) string {
		return fmt.Sprintf("a value of it has %s; in 99 of 100 changes none has more than %s", count(n, "character"), group(usual))
	}},
	{func(c *pipeline.Change) int { return len(c.Fields) }, 6, func(n, usual int) string {
		return fmt.Sprintf("it has %s; 99 of 100 have at most %s", count(n, "field"), group(usual))
	}},
}

// doubt is how improbable a match is, in thousandths.
func doubt(c *pipeline.Change) int {
	least := 1.0
	if c.Match != nil && len(c.Match.Parts) > 0 {
		least = c.Match.Score
	}
	for i := range c.Joined {
		if j := &c.Joined[i]; len(j.Parts) > 0 {
			least = min(least, j.Score)
		}
	}
	return int(math.Round(1000 * (1 - least)))
}

// longest is the length of the longest value of a change, in characters.
func longest(c *pipeline.Change) int {
	n := 0
	for i := range c.Fields {
		for _, text := range [...]string{c.Fields[i].Before.String(), c.Fields[i].After.String()} {
			if len(text) > n { // it may have more characters
				n = max(n, utf8.RuneCountInString(text))
			}
		}
	}
	return n
}

// outliersOf are the changes that are unlike the others: by twice or more of what 99 of
// 100 have of something, or alone in their class.
func outliersOf(p *pipeline.Plan) []outlier {
	var out []outlier
	told := map[int]bool{}
	add := func(at int, why string) bool {
		if len(out) == outliersMax {
			return false
		}
		if !told[at] {
			told[at] = true
			out = append(out, outlier{at, why})
		}
		return true
	}
	n := make([]int, len(p.Changes))
	for _, m := range measures {
		for i := range p.Changes {
			n[i] = m.of(&p.Changes[i])
		}
		sorted := slices.Sorted(slices.Values(n))
		usual := sorted[(len(sorted)-1)*99/100]
		var far []int
		for i := range n {
			if n[i] >= max(m.least, 2*usual) && n[i] > usual {
				far = append(far, i)
			}
		}
		slices.SortStableFunc(far, func(a, b int) int { return cmp.Compare(n[b], n[a]) })
		for _, i := range far[:min(len(far), outliersOfEach)] {
			add(i, m.say(n[i], usual))
		}
	}
	classes := map[string][2]int{} // how many, and the first
	for i := range p.Changes {
		name := p.ClassOf(&p.Changes[i])
		c, known := classes[name]
		if !known {
			c[1] = i
		}
		classes[name] = [2]int{c[0] + 1, c[1]}
	}
	var alone []int
	for _, c := range classes {
		if c[0] == 1 {
			alone = append(alone, c[1])
		}
	}
	slices.Sort(alone)
	for _, i := range alone[:min(len(alone), outliersOfEach)] {
		add(i, "it is the only one of its class")
	}
	return out
}

// drawn is a change of the sample, with the lot that it drew.
type drawn struct {
	at  int
	lot [sha256.Size]byte
}

// lots is a heap with the highest lot on top.
type lots []drawn

func (l lots) Len() int           { return len(l) }
func (l lots) Less(i, j int) bool { return bytes.Compare(l[i].lot[:], l[j].lot[:]) > 0 }
func (l lots) Swap(i, j int)      { l[i], l[j] = l[j], l[i] }
func (l *lots) Push(x any)        { *l = append(*l, x.(drawn)) }
func (l *lots) Pop() any {
	last := (*l)[len(*l)-1]
	*l = (*l)[:len(*l)-1]
	return last
}

// sampleOf draws changes at random, each as likely as any other: those with the lowest
// lots, which are hashes of the digest of the plan and the id of the change, so that
// everybody draws the same of the same plan, and nobody can choose. They stand in the
// order of their lots, so that the first of them are a sample, too.
func sampleOf(p *pipeline.Plan, size int) []int {
	var drawing lots
	ticket := append([]byte(p.Digest), 0)
	for i := range p.Changes {
		d := drawn{i, sha256.Sum256(append(ticket, p.Changes[i].ID...))}
		switch {
		case len(drawing) < size:
			heap.Push(&drawing, d)
		case bytes.Compare(d.lot[:], drawing[0].lot[:]) < 0:
			drawing[0] = d
			heap.Fix(&drawing, 0)
		}
	}
	slices.SortFunc(drawing, func(a, b drawn) int { return cmp.Or(bytes.Compare(a.lot[:], b.lot[:]), cmp.Compare(a.at, b.at)) })
	out := make([]int, len(drawing))
	for i, d := range drawing {
		out[i] = d.at
	}
	return out
}

// proven is the share of wrong changes, in percent, that there is at most with 95 %
// certainty where a sample holds none: the upper bound of Clopper and Pearson (1934)
// for no failures. It holds for a plan of any size.
func proven(sample int) float64 { return 100 * (1 - math.Pow(0.05, 1/float64(sample))) }
