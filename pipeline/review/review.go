// Package review makes a plan, or what became of it, readable. It reads plans
// and changes nothing.
package review

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// Options say how a plan is shown.
type Options struct {
	Colour bool
	// Next is the command that goes on, for the last line; "" leaves it out. Note is what
	// a person is to do or to know before that.
	Next, Note string
	// All shows every change, however many there are.
	All bool
	// Where is the expression that chose the changes which are shown, of so many that the
	// plan has; "": all are shown.
	Where string
	Of    int
	// Values shows values of records also where they are left out otherwise, see
	// Markdown.
	Values bool
}

// Limits of what a terminal shows; the rest is counted.
const (
	changesListedMax = 50  // more are shown by class
	listedMax        = 20  // blocked rows, questions, and groups of rejected rows and of findings, each
	examplesMax      = 3   // of a class of changes
	valueCharsMax    = 100 // characters of one value
	reasonsMax       = 3   // of the completeness evidence
	originsMax       = 4   // source rows of one record, or of one value
	valuesListedMax  = 5   // values of one field that were not taken, or that an expression took in
	sentenceCharsMax = 400 // characters of one sentence of ours
)

// Text writes a plan for a terminal. The same plan gives the same text.
func Text(w io.Writer, p *pipeline.Plan, opt Options) error {
	v := newView(w, opt)
	v.header(p)
	v.verdict(p)
	v.blocked(p)
	v.questions(p)
	v.rejected(p)
	v.changes(p)
	v.duplicates(p)
	v.findings(p.Findings)
	if opt.Note != "" || opt.Next != "" {
		v.line("")
	}
	if opt.Next != "" {
		if note := held(p); note != nil {
			v.line("%s", v.paint(yellow, plainText(note)))
		}
	}
	if opt.Note != "" {
		v.line("%s", opt.Note)
	}
	if opt.Next != "" {
		v.line("next: %s", opt.Next)
	}
	return v.b.Flush()
}

// view writes the lines of a text. An error of writing stays with b, and is told when it
// is flushed.
type view struct {
	opt Options
	b   *bufio.Writer
}

func newView(w io.Writer, opt Options) *view { return &view{opt: opt, b: bufio.NewWriter(w)} }

func (v *view) line(format string, args ...any) {
	if len(args) == 0 {
		_, _ = v.b.WriteString(format)
	} else {
		_, _ = fmt.Fprintf(v.b, format, args...)
	}
	_ = v.b.WriteByte('\n')
}

// The colours of a terminal (ECMA-48, SGR).
const (
	green  = "32"
	yellow = "33"
	red    = "31"
	faint  = "2"
	bold   = "1"
)

func (v *view) paint(colour, text string) string {
	if !v.opt.Colour || text == "" {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// aside is what stands faintly behind the words of a line, where there is any.
func (v *view) aside(text string) string {
	if text == "" {
		return ""
	}
	return "  " + v.paint(faint, text)
}

// safe makes text of the data harmless on a terminal.
func safe(s string) string { return diag.Shorten(s, valueCharsMax) }

func (v *view) header(p *pipeline.Plan) {
	v.line("%s", v.paint(bold, "plan "+safe(p.Header.Pipeline))+"  digest "+safe(short(p.Digest))+"  made "+clock(p.Header.Made)+", valid until "+clock(p.Header.Expires))
	if p.Header.Undo != "" {
		v.line("  takes back what run %s wrote, as far as it is still ours", safe(p.Header.Undo))
	}
	if p.Header.Redacted != "" {
		v.line("  a twin without personal data of the plan with digest %s: for reading only", safe(short(p.Header.Redacted)))
	}
	for _, s := range p.Stopped {
		v.line("  %s: nothing is planned, too many of its rows were rejected: %s", safe(s.Model), group(s.Rejected))
	}
	for _, b := range p.Header.Bindings {
		v.line("  %s -> %s", safe(b.Model), safe(b.Identity))
		if len(p.Header.Bindings) > 1 {
			v.line("    %s", sinkCounts(&b))
		}
		v.line("    read %s: %s", clock(b.ReadAt), evidence(b.Evidence))
		for i, r := range b.Evidence.Reasons {
			if i == reasonsMax && !v.opt.All {
				v.line("      ... %s", count(len(b.Evidence.Reasons)-i, "more reason"))
				break
			}
			v.line("      - %s", sentence(r))
		}
		if b.Weights != nil {
			v.line("    %s", weights(b.Weights))
		}
		if !b.Ledger && protects(b.Policy) {
			v.line("    nothing is remembered of earlier runs, so that protect_edits acts as fill_empty")
		}
	}
}

// sinkCounts are the numbers of one of several sinks.
func sinkCounts(b *pipeline.PlanBinding) string {
	text := "create " + group(b.Counts.Create) + ", update " + group(b.Counts.Update)
	if b.Counts.Delete > 0 {
		text += ", delete " + group(b.Counts.Delete)
	}
	return text + ", blocked " + group(b.Counts.Blocked) + ", unchanged " + group(b.Counts.Unchanged)
}

// sentence is safe for our own sentences, which are longer than a value.
func sentence(s string) string { return diag.Shorten(s, sentenceCharsMax) }

func evidence(e pipeline.Evidence) string {
	return fmt.Sprintf("%s, complete: %s", count(e.Records, "record"), safe(string(e.Grade)))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return group(n) + " " + what + "s"
}

// group writes a number with a comma after each three digits.
func group(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func short(digest string) string { return digest[:min(12, len(digest))] }

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

func (v *view) verdict(p *pipeline.Plan) {
	t := p.Total()
	parts := []string{}
	add := func(n int, word, colour string) {
		text := word + " " + group(n)
		if n > 0 {
			text = v.paint(colour, text)
		}
		parts = append(parts, text)
	}
	add(t.Create, "create", green)
	add(t.Update, "update", yellow)
	if t.Delete > 0 {
		add(t.Delete, "delete", red)
	}
	add(t.Blocked, "blocked", red)
	add(t.Rejected, "rejected", red)
	parts = append(parts, "unchanged "+group(t.Unchanged))
	if t.Merged > 0 {
		parts = append(parts, "joined "+group(t.Merged))
	}
	if t.Blank > 0 {
		add(t.Blank, "fields emptied", red)
	}
	if t.NotAllowed > 0 {
		parts = append(parts, "left alone by allow: "+group(t.NotAllowed))
	}
	if t.Missing > 0 {
		parts = append(parts, "missing in the sources "+group(t.Missing))
	}
	if n := p.Asked(); n > 0 {
		add(n, "questions", yellow)
	}
	v.line("")
	v.line("%s", strings.Join(parts, ", ")+"; "+cost(p))
	if v.opt.Where != "" {
		v.line("%s", v.paint(yellow, "shown are "+v.opt.narrowed(p)+": "+sentence(v.opt.Where)))
	}
}

// narrowed says how many of the changes are shown where an expression chose them.
func (o *Options) narrowed(p *pipeline.Plan) string {
	return fmt.Sprintf("%s of %s, those for which this is true", group(len(p.Changes)), count(o.Of, "change"))
}

// protects reports whether any field is protected from being overwritten.
func protects(p pipeline.Policy) bool {
	for _, f := range p.Fields {
		if f == pipeline.ProtectEdits {
			return true
		}
	}
	return false
}

func (v *view) blocked(p *pipeline.Plan) {
	if len(p.Blocked) == 0 {
		return
	}
	v.title(red, "blocked", len(p.Blocked))
	model := ""
	v.each(len(p.Blocked), func(i int) {
		b := &p.Blocked[i]
		if len(p.Header.Bindings) > 1 && (i == 0 || b.Model != model) {
			model = b.Model
			v.line(" %s", safe(model))
		}
		v.line("  %s %s%s", v.paint(red, "!"), safe(b.Label), v.aside(origins(b.Rows, 0)))
		text := safe(b.Code) + ": " + sentence(b.Reason)
		if len(b.Candidates) > 0 && len(b.Records) == 0 {
			text += " (target #" + safe(strings.Join(b.Candidates, ", #")) + ")"
		}
		v.line("      %s", text)
		for k := range b.Conflicts {
			for _, alike := range conflictLooks(&b.Conflicts[k]) {
				v.line("      %s: %s", safe(b.Conflicts[k].Field), alike)
			}
		}
		for _, c := range candidates(b, !v.opt.All) {
			v.line("        %s", c)
		}
		if b.Hint != "" {
			v.line("      hint: %s", sentence(b.Hint))
		}
	})
}

func (v *view) title(colour, word string, n int) {
	v.line("")
	v.line("%s", v.paint(colour, word+" ("+group(n)+")"))
}

// asked says how many questions there are, and how many of them the plan lists.
func asked(p *pipeline.Plan) string {
	all, listed := p.Asked(), len(p.Questions)
	if all == listed {
		return group(all)
	}
	return group(all) + ", of which the " + group(listed) + " likeliest are listed"
}

func (v *view) questions(p *pipeline.Plan) {
	if len(p.Questions) == 0 {
		return
	}
	v.line("")
	v.line("%s", v.paint(yellow, "one or two? a person decides ("+asked(p)+")"))
	v.each(len(p.Questions), func(i int) {
		q := &p.Questions[i]
		v.line("  ? %s%s", safe(q.A.Label), v.aside(reference(q.A)))
		v.line("    %s%s", safe(q.B.Label), v.aside(reference(q.B)))
		v.line("      %.0f %% likely to be one: %s%s", 100*q.Score, parts(&q.Reason, true), runnerUp(&q.Reason))
		if q.Why != "" {
			v.line("      %s%s", askedWords, safe(q.Why))
		}
		if a, b := decisionName(q.A), decisionName(q.B); a != "" && b != "" {
			v.line("      to answer, in the decisions file: - { a: %s, b: %s, same: true }, or same: false", a, b)
		}
	})
}

// each shows n things, at most listedMax of them unless all are wanted, and
// counts the rest.
func (v *view) each(n int, show func(i int)) {
	for i := range n {
		if i == listedMax && !v.opt.All {
			v.line("  ... %s more", group(n-i))
			return
		}
		show(i)
	}
}

// askedWords begin why two records are asked about that are likely to be one.
const askedWords = "asked, however likely: "

// decisionName names a record as the decisions file does; "" when the row has
// no id.
func decisionName(r pipeline.Reference) string {
	switch {
	case r.Target != "":
		return fmt.Sprintf("{ target: %q }", r.Target)
	case r.Origin.ID != "":
		return fmt.Sprintf("{ source: %s, id: %q }", r.Origin.Source, r.Origin.ID)
	default:
		return ""
	}
}

func reference(r pipeline.Reference) string {
	if r.Target != "" {
		return "target #" + safe(r.Target)
	}
	return safe(r.Origin.String())
}

func reason(r *pipeline.Reason) string {
	if r == nil {
		return ""
	}
	text := safe(r.Rule)
	if r.Rule == "link" {
		return text + ": remembered from an earlier run"
	}
	if len(r.Parts) > 0 {
		text += fmt.Sprintf(" %.2f (%s)", r.Score, parts(r, false))
	}
	return text + runnerUp(r)
}

func runnerUp(r *pipeline.Reason) string {
	if r.RunnerUp == "" {
		return ""
	}
	return "; next best: " + safe(r.RunnerUp)
}

// partShownMin is the weight, in bits, from which on a piece of evidence is told
// in a line of a plan; explain tells all.
const partShownMin = 0.05

// parts are the pieces of evidence with their weights, as far as they weigh; in
// words, too, where a person is asked and they speak against the two.
func parts(r *pipeline.Reason, asked bool) string {
	texts := make([]string, 0, len(r.Parts))
	for _, p := range r.Parts {
		if math.Abs(p.Weight) < partShownMin {
			continue
		}
		text := fmt.Sprintf("%s %+.1f", safe(p.Field), p.Weight)
		if asked && p.Weight < 0 && p.Note != "" {
			text += " (" + safe(p.Note) + ")"
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}

func (v *view) rejected(p *pipeline.Plan) {
	n := p.Total().Rejected
	if n == 0 {
		return
	}
	v.title(red, "rejected rows", n)
	shown := 0
	if v.opt.All {
		for _, r := range p.Rejected {
			v.line("  %s", sentence(r.Finding.String()))
			for _, f := range r.Also.Findings {
				v.line("    and %s", sentence(f.String()))
			}
		}
		shown = len(p.Rejected)
	} else {
		groups := make([]diag.GroupSummary, len(p.Reasons))
		for i, r := range p.Reasons {
			groups[i] = r.GroupSummary
		}
		shown = v.groups(groups, func(diag.Severity) string { return "" })
	}
	if n > shown {
		v.line("  ... %s more", group(n-shown))
	}
}

// alike shows findings, those that are alike together unless all are wanted,
// each group behind what word makes of its severity. It says how many findings
// it has told.
func (v *view) alike(found []diag.Finding, word func(diag.Severity) string) int {
	if v.opt.All {
		for _, f := range found {
			v.line("  %s%s", word(f.Severity), sentence(f.String()))
		}
		return diag.Found(found)
	}
	var groups diag.Groups
	for _, f := range found {
		groups.Add(f)
	}
	all := groups.All()
	summaries := make([]diag.GroupSummary, len(all))
	for i, g := range all {
		summaries[i] = g.Summary()
	}
	return v.groups(summaries, word)
}

// groups shows groups of findings, and says how many findings it has told.
func (v *view) groups(groups []diag.GroupSummary, word func(diag.Severity) string) int {
	told := 0
	for _, g := range groups[:min(len(groups), listedMax)] {
		told += g.Findings
		lines := g.Lines()
		v.line("  %s%s", word(g.Severity), sentence(lines[0]))
		for _, line := range lines[1:] {
			v.line("      %s", v.paint(faint, sentence(line)))
		}
	}
	return told
}

func (v *view) duplicates(p *pipeline.Plan) {
	if len(p.Duplicates) == 0 {
		return
	}
	v.title(yellow, "records of the target that share a key", len(p.Duplicates))
	v.each(len(p.Duplicates), func(i int) {
		d := &p.Duplicates[i]
		v.line("  %s %s: %s", safe(d.Field), safe(d.Value), safe(strings.Join(d.IDs, ", ")))
	})
}

func (v *view) findings(found []diag.Finding) {
	if len(found) == 0 {
		return
	}
	all := diag.Found(found)
	v.title(yellow, "findings", all)
	told := v.alike(found, func(s diag.Severity) string { return s.String() + ": " })
	if told < all {
		v.line("  ... %s more", group(all-told))
	}
}

// origins names rows, the first of them, and counts the others and so many more.
func origins(rows []pipeline.Origin, more int) string {
	listed := min(len(rows), originsMax)
	texts := make([]string, 0, listed+1)
	for _, o := range rows[:listed] {
		texts = append(texts, safe(o.String()))
	}
	if more += len(rows) - listed; more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(texts, ", ")
}
