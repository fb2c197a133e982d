package review

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// span is a piece of a line: words of ours, or text of the data, which the form
// that is written must make harmless.
type span struct {
	text string
	data bool
	role role
	tail string // of the data, too: labels that go on with the text
}

// role says what a value is, for forms that show it.
type role uint8

const (
	plain   role = iota
	was          // the value before
	becomes      // the value after
	weighty      // stands out
	marking      // a label of a change
)

// plainText is what spans say where there is no markup.
func plainText(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(s.text + s.tail)
	}
	return b.String()
}

func say(format string, args ...any) span { return span{text: fmt.Sprintf(format, args...)} }
func data(text string) span               { return span{text: safe(text), data: true} }
func long(text string) span               { return span{text: sentence(text), data: true} }

// whole is text that is copied, such as a command, so that it must not be cut.
func whole(text string) span { return span{text: diag.Printable(text), data: true} }

// line is one line of a page; depth says below how many others it stands. What
// stands below a folded one is long, and need not be open where it can be closed.
type line struct {
	depth  int
	spans  []span
	folded bool
}

func at(depth int, spans ...span) line { return line{depth: depth, spans: spans} }

// block is lines that are shown together or not at all.
type block []line

// section is a part of a page with a title. Left counts the blocks that are not
// in it.
type section struct {
	title []span
	list  []block
	left  int
	parts []section
	// explored says that the script of a page shows all that is in it.
	explored bool
}

// page is a plan for somebody who reads it elsewhere than at a terminal.
type page struct {
	title    []span
	facts    [][]span
	counts   []span
	sections []section
	last     [][]span // what to know before going on, and how to
}

// The limits of a page; what is left out is counted.
const (
	pageExamplesMax = 3       // changes of a class that Markdown shows
	pageChangesMax  = 20      // changes of a class that HTML lists
	pageEvidenceMax = 50      // joined rows of a record, and values not taken of a field, that HTML shows
	pageOpenMax     = 5       // of these, more are folded
	pageClassesMax  = 50      // classes of changes
	pageListedMax   = 100     // blocks of every other section
	pageAllMax      = 100_000 // blocks of a section where all are wanted
)

// detail is how much of a class and of a change a form shows.
type detail struct {
	changes int // of a class
	joined  int // reasons why the rows of a record are one
	values  int // that a field did not take, or that were made into one
}

// pager takes a plan apart.
type pager struct {
	*pipeline.Plan
	opt    Options
	detail detail
}

func newPage(p *pipeline.Plan, opt Options, d detail) *page {
	g := &pager{Plan: p, opt: opt, detail: d}
	if opt.All {
		g.detail = detail{pageAllMax, pageAllMax, pageAllMax}
	}
	out := &page{title: []span{say("Plan of "), data(p.Header.Pipeline)}, facts: g.facts(), counts: g.counts(), last: g.last()}
	for _, s := range []section{g.stopped(), explored(g.blocked()), explored(g.questions()), g.rejected(), g.risks(), explored(g.outward()), explored(g.classes()), g.duplicates(), g.findings()} {
		if len(s.list)+len(s.parts)+s.left > 0 {
			out.sections = append(out.sections, s)
		}
	}
	return out
}

func explored(s section) section {
	s.explored = true
	return s
}

// risks counts the changes by how much they are worth a look.
func (g *pager) risks() section {
	s := section{title: []span{say("Changes, by risk")}}
	for i, n := range risksOf(g.Changes) {
		if n > 0 {
			s.list = append(s.list, block{at(0, say("%s: %s %s, %s", risks[i].level, group(n), risks[i].name, risks[i].means))})
		}
	}
	return s
}

// last is what to know before the next command, and that command.
func (g *pager) last() [][]span {
	var out [][]span
	if g.opt.Next != "" {
		if held := held(g.Plan); held != nil {
			out = append(out, held)
		}
	}
	for note := range strings.Lines(g.opt.Note) {
		out = append(out, []span{whole(strings.TrimSuffix(note, "\n"))})
	}
	if g.opt.Next != "" {
		out = append(out, []span{say("next: "), whole(g.opt.Next)})
	}
	return out
}

// held says which changes apply does not write unless a person approves them; nil
// when there are none.
func held(p *pipeline.Plan) []span {
	n := 0
	var words []string
	for i := range p.Changes {
		c := &p.Changes[i]
		needs := p.Header.Bindings[c.Binding].Policy.NeedsApproval(c)
		if len(needs) == 0 {
			continue
		}
		n++
		for _, w := range needs {
			if !slices.Contains(words, w) {
				words = append(words, w)
			}
		}
	}
	if n == 0 {
		return nil
	}
	slices.Sort(words)
	need := "need"
	if n == 1 {
		need = "needs"
	}
	return []span{say("%s %s the approval of a person (", count(n, "change"), need), data(strings.Join(words, ", ")),
		say("): apply asks for it at a terminal; elsewhere it needs "), data("--approvals FILE"), say(", which "), data("show --approve-out FILE"), say(" writes to be filled in.")}
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
	if g.opt.Where != "" {
		facts = append(facts, []span{say("shown are %s: ", g.opt.narrowed(g.Plan)), long(g.opt.Where)})
	}
	for _, b := range h.Bindings {
		facts = append(facts, []span{data(b.Model), say(" → "), data(b.Identity), say(": read %s, %s, complete: ", clock(b.ReadAt), count(b.Evidence.Records, "record")), data(string(b.Evidence.Grade))})
		if len(h.Bindings) > 1 {
			facts = append(facts, []span{say("of "), data(b.Model), say(": %s", sinkCounts(&b))})
		}
		facts = append(facts,
			append([]span{say("limits of "), data(b.Model), say(": ")}, limits(b.Policy)...),
			[]span{say("requests for "), data(b.Model), say(": %s; the list is read with %s each time", count(b.Requests.Write, "writing call"), count(b.Requests.Read, "request"))})
		if !b.Ledger && protects(b.Policy) {
			facts = append(facts, []span{say("nothing is remembered of earlier runs, so that protect_edits acts as fill_empty")})
		}
	}
	return append(facts, []span{say("time: %s", duration(g.Plan))})
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
	add("questions", g.Asked(), weighty, false)
	return out
}

func (g *pager) stopped() section {
	return g.section("Models of which nothing is planned", len(g.Stopped), func(i int) block {
		s := g.Stopped[i]
		return block{at(0, data(s.Model), say(": too many of its rows were rejected: %s", group(s.Rejected)))}
	})
}

// byCode counts things by code, for readers who are to see no values, with what a code
// means where that is known.
func (g *pager) byCode(title string, n int, code func(i int) string, means map[string]string) section {
	counts := map[string]int{}
	for i := range n {
		counts[code(i)]++
	}
	return g.byCounts(title, n, counts, means)
}

// byCounts is byCode of n things that are counted already.
func (g *pager) byCounts(title string, n int, counts map[string]int, means map[string]string) section {
	codes := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	s := g.section(title, len(codes), func(i int) block {
		spans := []span{say("%s ", group(counts[codes[i]])), data(codes[i])}
		if text := means[codes[i]]; text != "" {
			spans = append(spans, say(": %s", text))
		}
		return block{at(0, spans...)}
	})
	s.title = []span{say("%s (%s)", title, group(n))}
	return s
}

func (g *pager) blocked() section {
	const title = "Blocked, and not written"
	if !g.opt.Values {
		return g.byCode(title, len(g.Blocked), func(i int) string { return g.Blocked[i].Code }, blockedMeans)
	}
	return g.section(title, len(g.Blocked), func(i int) block { return g.blockedRow(&g.Blocked[i]) })
}

func (g *pager) blockedRow(b *pipeline.BlockedRow) block {
	head := []span{data(b.Label)}
	if len(b.Rows) > 0 {
		head = append(head, say(" from "), data(origins(b.Rows, 0)))
	}
	if len(g.Header.Bindings) > 1 {
		head = append(head, say(", of "), data(b.Model))
	}
	out := block{at(0, head...), at(1, data(b.Code), say(": "), long(b.Reason))}
	for _, c := range b.Conflicts {
		if c.Field == pipeline.ConflictRecord {
			continue // the reason tells it
		}
		out = append(out, at(2, data(c.Field), say(": we wrote "), value(c.Wrote), say(", the source says "), value(c.Ours), say(", the target has "), value(c.Theirs)))
		for _, alike := range conflictLooks(&c) {
			out = append(out, at(3, say("%s", alike)))
		}
	}
	if len(b.Records) > 0 {
		out = append(out, at(1, say("in the target:")))
		for _, c := range candidates(b, !g.opt.All) {
			out = append(out, at(2, long(c)))
		}
	} else if len(b.Candidates) > 0 {
		out = append(out, at(1, say("in the target: "), data("#"+strings.Join(b.Candidates, ", #"))))
	}
	if why := reason(b.Match); why != "" {
		out = append(out, at(1, say("because: "), long(why)))
	}
	if b.Hint != "" {
		out = append(out, at(1, say("hint: "), long(b.Hint)))
	}
	return out
}

func (g *pager) rejected() section {
	const title = "Rejected rows"
	if !g.opt.Values {
		return g.rejectedCodes(title)
	}
	s := g.section(title, len(g.Reasons), func(i int) block {
		var out block
		for k, text := range g.Reasons[i].Lines() {
			out = append(out, at(min(k, 1), long(text)))
		}
		return out
	})
	s.title = []span{say("%s (%s)", title, group(g.Total().Rejected))}
	return s
}

// rejectedCodes counts what was found of rejected rows by model and code, and below
// that by rule, for readers who are to see no values.
func (g *pager) rejectedCodes(title string) section {
	type kind struct{ model, code string }
	by := map[kind][]*pipeline.RejectedGroup{}
	sums := map[kind]int{}
	for i := range g.Reasons {
		r := &g.Reasons[i]
		k := kind{r.Model, r.Code}
		by[k] = append(by[k], r)
		sums[k] += r.Findings
	}
	kinds := slices.SortedFunc(maps.Keys(by), func(a, b kind) int {
		return cmp.Or(cmp.Compare(sums[b], sums[a]), cmp.Compare(a.model, b.model), cmp.Compare(a.code, b.code))
	})
	s := g.section(title, len(kinds), func(i int) block {
		k := kinds[i]
		out := block{at(0, say("%s of ", group(sums[k])), data(k.model), say(": "), data(k.code))}
		rules := slices.SortedStableFunc(slices.Values(by[k]), func(a, b *pipeline.RejectedGroup) int { return cmp.Compare(b.Findings, a.Findings) })
		for _, r := range rules {
			switch {
			case r.Rule != "":
				out = append(out, at(1, say("%s by the rule at ", group(r.Findings)), data(r.Rule)))
			case len(rules) > 1:
				out = append(out, at(1, say("%s by no rule of the pipeline", group(r.Findings))))
			}
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
	for i, c := range classesOf(g.Plan, changes) {
		if i == pageClassesMax && !g.opt.All {
			s.left++
			continue
		}
		part := section{title: append([]span{say("%s × ", group(len(c.changes)))}, g.classSpans(c.changes[0])...)}
		if g.opt.Values {
			n := min(len(c.changes), g.detail.changes)
			for _, k := range places(len(c.changes), n) {
				part.list = append(part.list, g.change(c.changes[k]))
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

func (g *pager) duplicates() section {
	const title = "Records of the target that share a key"
	if !g.opt.Values {
		return g.byCode(title, len(g.Duplicates), func(i int) string { return "by " + g.Duplicates[i].Field }, nil)
	}
	return g.section(title, len(g.Duplicates), func(i int) block {
		d := &g.Duplicates[i]
		return block{at(0, data(d.Field), say(" "), data(d.Value), say(": "), data("#"+strings.Join(d.IDs, ", #")))}
	})
}

func (g *pager) findings() section {
	const title = "Findings"
	if !g.opt.Values {
		counts := map[string]int{}
		for i := range g.Findings {
			counts[g.Findings[i].Code] += max(1, g.Findings[i].More)
		}
		return g.byCounts(title, diag.Found(g.Findings), counts, nil)
	}
	s := g.section(title, len(g.Findings), func(i int) block {
		f := &g.Findings[i]
		return block{at(0, say("%s: ", f.Severity), long(f.String()))}
	})
	s.title = []span{say("%s (%s)", title, group(diag.Found(g.Findings)))}
	return s
}
