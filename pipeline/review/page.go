package review

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
)

// span is a piece of a line: words of ours, or text of the data, which the form
// that is written must make harmless.
type span struct {
	text string
	data bool
	role role
}

// role says what a value is, for forms that show it.
type role uint8

const (
	plain   role = iota
	was          // the value before
	becomes      // the value after
	weighty      // stands out
)

func say(format string, args ...any) span { return span{text: fmt.Sprintf(format, args...)} }
func data(text string) span               { return span{text: safe(text), data: true} }
func long(text string) span               { return span{text: sentence(text), data: true} }

// line is one line of a page; depth says below how many others it stands.
type line struct {
	depth int
	spans []span
}

// block is lines that are shown together or not at all.
type block []line

// section is a part of a page with a title. Left counts the blocks that are not
// in it.
type section struct {
	title []span
	list  []block
	left  int
	parts []section
}

// page is a plan for somebody who reads it elsewhere than at a terminal.
type page struct {
	title    []span
	facts    [][]span
	counts   []span
	sections []section
}

// The limits of a page; what is left out is counted.
const (
	pageExamplesMax = 3       // changes of a class that Markdown shows
	pageChangesMax  = 100     // changes of a class that HTML shows
	pageClassesMax  = 50      // classes of changes
	pageListedMax   = 100     // blocks of every other section
	pageAllMax      = 100_000 // blocks of a section where all are wanted
)

// pager takes a plan apart.
type pager struct {
	*pipeline.Plan
	opt      Options
	examples int // changes of a class
}

func newPage(p *pipeline.Plan, opt Options, examples int) *page {
	g := &pager{Plan: p, opt: opt, examples: examples}
	if opt.All {
		g.examples = pageAllMax
	}
	out := &page{title: []span{say("Plan of "), data(p.Header.Pipeline)}, facts: g.facts(), counts: g.counts()}
	for _, s := range []section{g.stopped(), g.blocked(), g.questions(), g.rejected(), g.outward(), g.classes(), g.duplicates(), g.findings()} {
		if len(s.list)+len(s.parts)+s.left > 0 {
			out.sections = append(out.sections, s)
		}
	}
	return out
}

// most is how many blocks a section has at most.
func (g *pager) most() int {
	if g.opt.All {
		return pageAllMax
	}
	return pageListedMax
}

// section makes a section of n blocks, of which it shows the first.
func (g *pager) section(title string, n int, show func(i int) block) section {
	shown := min(n, g.most())
	s := section{title: []span{say("%s (%s)", title, group(n))}, left: n - shown}
	for i := range shown {
		s.list = append(s.list, show(i))
	}
	return s
}

func (g *pager) facts() [][]span {
	h := &g.Header
	facts := [][]span{{say("digest "), data(short(g.Digest)), say(", made %s, valid until %s", clock(h.Made), clock(h.Expires))}}
	if h.Undo != "" {
		facts = append(facts, []span{say("takes back what run "), data(h.Undo), say(" wrote, as far as it is still ours")})
	}
	if h.Redacted != "" {
		facts = append(facts, []span{say("a twin without personal data of the plan with digest "), data(short(h.Redacted)), say(": for reading only")})
	}
	for _, b := range h.Bindings {
		facts = append(facts, []span{data(b.Model), say(" → "), data(b.Identity), say(": read %s, %s, complete: ", clock(b.ReadAt), count(b.Evidence.Records, "record")), data(string(b.Evidence.Grade))},
			append([]span{say("limits of "), data(b.Model), say(": ")}, limits(b.Policy)...),
			[]span{say("requests for "), data(b.Model), say(": %s; the list is read with %s each time", count(b.Requests.Write, "writing call"), count(b.Requests.Read, "request"))})
		if !b.Ledger && protects(b.Policy) {
			facts = append(facts, []span{say("nothing is remembered of earlier runs, so that protect_edits acts as fill_empty")})
		}
	}
	return append(facts, []span{say("time: %s", cost(g.Plan))})
}

// limits says what a sink is limited to, and what a person must approve.
func limits(p pipeline.Policy) []span {
	var out []span
	for _, name := range slices.Sorted(maps.Keys(p.Limits)) {
		if l := p.Limits[name]; l.Set {
			if len(out) > 0 {
				out = append(out, say(", "))
			}
			out = append(out, data(name+" "+l.String()))
		}
	}
	if len(out) == 0 {
		out = append(out, say("none"))
	}
	if len(p.RequireApproval) > 0 {
		out = append(out, say("; a person must approve "), data(strings.Join(p.RequireApproval, ", ")))
	}
	return out
}

// counts are the numbers of the plan, those that ask for attention marked.
func (g *pager) counts() []span {
	t := g.Total()
	var out []span
	add := func(word string, n int, r role, always bool) {
		if n == 0 && !always {
			return
		}
		if len(out) > 0 {
			out = append(out, say(", "))
		}
		s := say("%s %s", word, group(n))
		if n > 0 {
			s.role = r
		}
		out = append(out, s)
	}
	add("create", t.Create, weighty, true)
	add("update", t.Update, weighty, true)
	add("delete", t.Delete, weighty, true)
	add("blocked", t.Blocked, weighty, true)
	add("rejected", t.Rejected, weighty, true)
	add("unchanged", t.Unchanged, plain, true)
	add("joined", t.Merged, plain, false)
	add("fields emptied", t.Blank, weighty, false)
	add("left alone by allow", t.NotAllowed, plain, false)
	add("missing in the sources", t.Missing, plain, false)
	return out
}

func (g *pager) stopped() section {
	return g.section("Models of which nothing is planned", len(g.Stopped), func(i int) block {
		s := g.Stopped[i]
		return block{{0, []span{data(s.Model), say(": too many of its rows were rejected: %s", group(s.Rejected))}}}
	})
}

// byCode counts things by code, for readers who are to see no values.
func (g *pager) byCode(title string, n int, code func(i int) string) section {
	counts := map[string]int{}
	for i := range n {
		counts[code(i)]++
	}
	codes := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	s := g.section(title, len(codes), func(i int) block {
		return block{{0, []span{say("%s ", group(counts[codes[i]])), data(codes[i])}}}
	})
	s.title = []span{say("%s (%s)", title, group(n))}
	return s
}

func (g *pager) blocked() section {
	const title = "Blocked, and not written"
	if !g.opt.Values {
		return g.byCode(title, len(g.Blocked), func(i int) string { return g.Blocked[i].Code })
	}
	return g.section(title, len(g.Blocked), func(i int) block {
		b := &g.Blocked[i]
		out := block{{0, []span{data(b.Label), say(" "), data(origins(b.Rows, 0))}}, {1, []span{data(b.Code), say(": "), long(b.Reason)}}}
		if len(b.Candidates) > 0 {
			out = append(out, line{1, []span{say("in the target: "), data("#" + strings.Join(b.Candidates, ", #"))}})
		}
		if b.Hint != "" {
			out = append(out, line{1, []span{say("hint: "), long(b.Hint)}})
		}
		return out
	})
}

func (g *pager) questions() section {
	const title = "One or two? A person decides"
	if !g.opt.Values {
		return g.byCode(title, len(g.Questions), func(i int) string { return "pairs of " + g.Questions[i].Model })
	}
	return g.section(title, len(g.Questions), func(i int) block {
		q := &g.Questions[i]
		return block{{0, []span{data(q.A.Label), say(" "), data(reference(q.A)), say(" and "), data(q.B.Label), say(" "), data(reference(q.B)),
			say(": %.0f %% likely to be one: ", 100*q.Score), long(parts(&q.Reason, true) + runnerUp(&q.Reason))}}}
	})
}

func (g *pager) rejected() section {
	const title = "Rejected rows"
	s := g.section(title, len(g.Reasons), func(i int) block {
		r := &g.Reasons[i]
		if !g.opt.Values {
			return block{{0, []span{say("%s of ", group(r.Findings)), data(r.Model), say(": "), data(r.Code)}}}
		}
		var out block
		for k, text := range r.Lines() {
			out = append(out, line{min(k, 1), []span{long(text)}})
		}
		return out
	})
	s.title = []span{say("%s (%s)", title, group(g.Total().Rejected))}
	return s
}

// isOutward reports whether people outside will notice a change.
func isOutward(c *pipeline.Change) bool { return slices.Contains(c.Labels, pipeline.LabelOutward) }

func (g *pager) outward() section {
	var noticed []*pipeline.Change
	for i := range g.Changes {
		if isOutward(&g.Changes[i]) {
			noticed = append(noticed, &g.Changes[i])
		}
	}
	return g.byClass("Changes that people outside may notice, such as by a message", noticed)
}

func (g *pager) classes() section {
	var others []*pipeline.Change
	for i := range g.Changes {
		if !isOutward(&g.Changes[i]) {
			others = append(others, &g.Changes[i])
		}
	}
	return g.byClass("Changes, by class", others)
}

// byClass shows changes by what they have in common, those of the largest class
// first, each class with some of its changes.
func (g *pager) byClass(title string, changes []*pipeline.Change) section {
	s := section{title: []span{say("%s (%s)", title, group(len(changes)))}}
	for i, c := range classesOf(changes) {
		if i == pageClassesMax && !g.opt.All {
			s.left++
			continue
		}
		part := section{title: []span{say("%s × ", group(len(c.changes))), data(c.name)}}
		if b := g.Header.Bindings; len(b) > 1 {
			part.title = append(part.title, say(", "), data(c.changes[0].Model), say(" -> "), data(b[c.binding].Identity))
		}
		if g.opt.Values {
			n := min(len(c.changes), g.examples)
			for _, k := range places(len(c.changes), n) {
				part.list = append(part.list, changeBlock(c.changes[k]))
			}
			part.left = len(c.changes) - n
		}
		s.parts = append(s.parts, part)
	}
	return s
}

// places are n places spread over so many.
func places(all, n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
		if n < all && n > 1 {
			out[i] = i * (all - 1) / (n - 1)
		}
	}
	return out
}

// changeBlock shows a change with what was and what becomes of each field.
func changeBlock(c *pipeline.Change) block {
	head := []span{data(string(c.Action)), say(" "), data(c.Label)}
	if c.Target != "" {
		head = append(head, say(" "), data("#"+c.Target))
	}
	if len(c.Rows) > 0 {
		head = append(head, say(" from "), data(origins(c.Rows, 0)))
	}
	out := block{{0, head}}
	if why := reason(c.Match); why != "" && c.Action != pipeline.Create {
		out = append(out, line{1, []span{say("because: "), long(why)}})
	}
	for _, f := range c.Fields {
		out = append(out, line{1, fieldSpans(c, f)})
	}
	return out
}

func fieldSpans(c *pipeline.Change, f pipeline.FieldChange) []span {
	before, after := data(f.Before.String()), data(f.After.String())
	before.role, after.role = was, becomes
	if before.text == "" {
		before = say("(empty)")
	}
	switch {
	case f.After.IsErase():
		after = say("(emptied)")
	case after.text == "":
		after = say("(empty)")
	}
	out := []span{data(f.Field), say(": ")}
	switch c.Action {
	case pipeline.Create:
		return append(out, after)
	case pipeline.Delete:
		return append(out, before)
	}
	out = append(out, before, say(" → "), after)
	if made := madeOf(&f.Provenance); made != "" {
		out = append(out, say(" from "), data(made))
	}
	return out
}

func (g *pager) duplicates() section {
	const title = "Records of the target that share a key"
	if !g.opt.Values {
		return g.byCode(title, len(g.Duplicates), func(i int) string { return "by " + g.Duplicates[i].Field })
	}
	return g.section(title, len(g.Duplicates), func(i int) block {
		d := &g.Duplicates[i]
		return block{{0, []span{data(d.Field), say(" "), data(d.Value), say(": "), data("#" + strings.Join(d.IDs, ", #"))}}}
	})
}

func (g *pager) findings() section {
	const title = "Findings"
	if !g.opt.Values {
		return g.byCode(title, len(g.Findings), func(i int) string { return g.Findings[i].Code })
	}
	return g.section(title, len(g.Findings), func(i int) block {
		f := &g.Findings[i]
		return block{{0, []span{say("%s: ", f.Severity), long(f.String())}}}
	})
}
