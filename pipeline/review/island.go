package review

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// The limits of the data that the script of a page reads.
const (
	islandRowsMax       = 100_000  // changes, and as many blocked rows and questions
	islandBytesMax      = 56 << 20 // bytes
	islandKept          = 1 << 20  // bytes of these, for the names that the last row brings
	islandValueCharsMax = 400      // characters of a value
	islandLinesMax      = 20       // reasons of a row, and values not taken of a field
)

// The values that are no text, as page.js knows them.
const (
	islandEmpty   = "0"
	islandEmptied = "1"
)

// names are texts that many rows share; a row holds the place of each.
type names struct {
	at    map[string]int
	list  []string
	bytes int // that they take as JSON, at most
}

// escapeBytesMax is what a byte takes as JSON, at most.
const escapeBytesMax = 6

func (n *names) of(text string) int {
	if at, known := n.at[text]; known {
		return at
	}
	if n.at == nil {
		n.at = map[string]int{}
	}
	n.at[text] = len(n.list)
	n.bytes += escapeBytesMax*len(text) + len(`"",`)
	n.list = append(n.list, text)
	return len(n.list) - 1
}

// island is the data of a page as JSON that no text can end: every < > and & in it is
// an escape. Its texts are printable, and cut as everywhere else in a page.
type island struct {
	put                                             func(texts ...string)
	plan                                            *pipeline.Plan
	b                                               []byte
	rows, left, room                                int
	actions, sinks, labels, fields, classes, reason names
	marks                                           map[int][]int // places in islandMarks, by change
}

// islandRow is what a row says, in the order in which page.js reads it.
type islandRow struct {
	action, sink, risk, class, code int
	labels                          []string
	title, target, id, key, route   string
	places                          string
	lines                           []string
	marks                           []int
	fields                          []islandField
}

type islandField struct {
	name          string
	before, after pipeline.Value
	cut           bool // both are there and may differ in a place of their own
	from, points  string
	notes         []string
}

// write writes everything that the script shows: what is blocked, what is asked, and the
// changes, as many as there is room for.
func (s *island) write() {
	s.mark()
	s.put(`{"rows":[`)
	half := s.room / 2 // what waits for a person does not take the room of the changes
	s.room -= half
	for i := range s.plan.Blocked {
		s.add(s.rows < islandRowsMax, func() *islandRow { return s.blocked(&s.plan.Blocked[i]) })
	}
	for i := range s.plan.Questions {
		s.add(s.rows < islandRowsMax, func() *islandRow { return s.question(&s.plan.Questions[i]) })
	}
	s.room += half
	for i, keep := range s.kept() {
		s.add(keep, func() *islandRow { return s.change(&s.plan.Changes[i], i) })
	}
	tell := make([][3]string, len(risks))
	for i, r := range risks {
		tell[i] = [3]string{r.level, r.name, r.means}
	}
	s.put("]")
	for _, part := range []struct {
		name string
		of   any
	}{{"left", s.left}, {"risks", tell}, {"marks", islandMarks}, {"actions", list(s.actions.list)}, {"sinks", list(s.sinks.list)}, {"labels", list(s.labels.list)},
		{"fields", list(s.fields.list)}, {"classes", list(s.classes.list)}, {"codes", list(s.reason.list)}} {
		text, _ := json.Marshal(part.of) // texts and numbers can always be written
		s.put(`,"`, part.name, `":`, string(text), "\n")
	}
	s.put("}")
}

// kept are the changes that the page holds: all, or of each class its share, spread over
// the class, where there are more than islandRowsMax.
func (s *island) kept() []bool {
	keep := make([]bool, len(s.plan.Changes))
	if len(keep) <= islandRowsMax {
		for i := range keep {
			keep[i] = true
		}
		return keep
	}
	classes := map[string][]int{}
	var order []string
	for i := range s.plan.Changes {
		name := s.plan.ClassOf(&s.plan.Changes[i])
		if classes[name] == nil {
			order = append(order, name)
		}
		classes[name] = append(classes[name], i)
	}
	sizes := make([]int, len(order))
	for i, name := range order {
		sizes[i] = len(classes[name])
	}
	for i, n := range shares(sizes, islandRowsMax) {
		for _, k := range places(sizes[i], n) {
			keep[classes[order[i]][k]] = true
		}
	}
	return keep
}

// shares divides so much room among groups: small ones are whole, and the others get
// the same each.
func shares(sizes []int, room int) []int {
	out := make([]int, len(sizes))
	for open := len(sizes); open > 0 && room > 0; {
		each := max(1, room/open)
		open = 0
		for i, size := range sizes {
			n := min(each, size-out[i], room)
			out[i] += n
			room -= n
			if out[i] < size {
				open++
			}
		}
	}
	return out
}

func (s *island) change(c *pipeline.Change, i int) *islandRow {
	r := &islandRow{action: s.actions.of(safe(string(c.Action))), sink: s.sinks.of(s.sink(c.Binding)), risk: riskOf(c), class: s.classes.of(className(s.plan, c)), code: -1,
		labels: c.Labels, title: c.Label, target: c.Target, id: c.ID, key: pair(c.Key), route: c.Route, places: origins(c.Rows, 0)}
	r.marks = s.marks[i]
	if why := reason(c.Match); why != "" && (c.Action != pipeline.Create || len(c.Joined) == 0) {
		r.lines = append(r.lines, "because: "+why)
	}
	for k, j := range c.Joined {
		if k == islandLinesMax {
			r.lines = append(r.lines, fmt.Sprintf("... %s joined", count(len(c.Joined)-k, "more row")))
			break
		}
		r.lines = append(r.lines, "joined: "+j.A.String()+" and "+j.B.String()+": "+reason(&j.Reason))
	}
	for k := range c.Fields {
		f := &c.Fields[k]
		field := islandField{name: f.Field, before: f.Before, after: f.After, cut: c.Action == pipeline.Update, points: codePoints(f)}
		if made := madeOf(&f.Provenance); made != "" && (len(c.Rows) > 1 || c.Action != pipeline.Create) {
			field.from = made
		}
		if f.How == howExpression {
			field.notes = said(field.notes, f.From, f.FromMore, "of")
		}
		field.notes = said(field.notes, f.Lost, f.LostMore, "not taken")
		r.fields = append(r.fields, field)
	}
	return r
}

// said adds what rows say of a field, those that say something else than its value does.
func said(notes []string, rows []pipeline.RowValue, more int, word string) []string {
	n := 0
	for _, r := range rows {
		switch {
		case r.Value.IsNull():
		case n == islandLinesMax:
			more++
		default:
			n++
			text := orEmpty(r.Value)
			if r.Value.IsErase() {
				text = "(emptied)"
			}
			notes = append(notes, word+": "+text+" ("+r.Origin.String()+undated(r)+")")
		}
	}
	if n > 0 && more > 0 {
		notes = append(notes, "... "+count(more, "more row"))
	}
	return notes
}

func pair(k pipeline.Key) string {
	if k.Field == "" {
		return ""
	}
	return k.Field + " " + k.Value
}

func (s *island) blocked(b *pipeline.BlockedRow) *islandRow {
	r := &islandRow{action: s.actions.of("blocked"), sink: s.sinks.of(s.model(b.Model)), risk: -1, class: -1, code: s.reason.of(safe(b.Code)), title: b.Label, places: origins(b.Rows, 0), lines: []string{b.Reason}}
	r.lines = append(r.lines, candidates(b, false)...)
	if len(b.Candidates) > 0 && len(b.Records) == 0 {
		for _, id := range b.Candidates {
			r.lines = append(r.lines, "target #"+id)
		}
	}
	if more := len(r.lines) - islandLinesMax; more > 0 {
		r.lines = append(r.lines[:islandLinesMax], fmt.Sprintf("... %s more", group(more)))
	}
	if why := reason(b.Match); why != "" {
		r.lines = append(r.lines, "because: "+why)
	}
	if b.Hint != "" {
		r.lines = append(r.lines, "hint: "+b.Hint)
	}
	for _, c := range b.Conflicts {
		if c.Field == pipeline.ConflictRecord {
			continue // the reason tells it
		}
		r.fields = append(r.fields, islandField{name: c.Field, before: c.Theirs, after: c.Ours, cut: true, from: c.Wrote.String(), notes: conflictLooks(&c)})
	}
	return r
}

// sink names the model and the target of a change.
func (s *island) sink(binding int) string {
	b := &s.plan.Header.Bindings[binding]
	return safe(b.Model) + " → " + safe(b.Identity)
}

// model names a model, and its target where it has one alone.
func (s *island) model(name string) string {
	found := -1
	for i := range s.plan.Header.Bindings {
		switch {
		case s.plan.Header.Bindings[i].Model != name:
		case found >= 0:
			return safe(name)
		default:
			found = i
		}
	}
	if found < 0 {
		return safe(name)
	}
	return s.sink(found)
}

func (s *island) question(q *pipeline.PlanQuestion) *islandRow {
	r := &islandRow{action: s.actions.of("question"), sink: s.sinks.of(s.model(q.Model)), risk: -1, class: -1, code: -1, title: q.A.Label + " / " + q.B.Label,
		places: safe(reference(q.A)) + ", " + safe(reference(q.B)),
		lines:  []string{fmt.Sprintf("%.0f %% likely to be one: %s%s", 100*q.Score, parts(&q.Reason, true), runnerUp(&q.Reason))}}
	if q.Why != "" {
		r.lines = append(r.lines, askedWords+q.Why)
	}
	if a, b := decisionName(q.A), decisionName(q.B); a != "" && b != "" {
		r.lines = append(r.lines, "to answer, in the decisions file: - { a: "+a+", b: "+b+", same: true }, or same: false")
	}
	return r
}

// add writes a row, unless it is not wanted or there is no room left.
func (s *island) add(wanted bool, row func() *islandRow) {
	if !wanted || s.room <= 0 {
		s.left++
		return
	}
	before := s.namesBytes()
	s.lay(row())
	s.room -= s.namesBytes() - before
	if len(s.b)+len(",\n") > s.room {
		s.left++
		return
	}
	s.room -= len(s.b) + len(",\n")
	if s.rows > 0 {
		s.put(",\n")
	}
	s.rows++
	s.put(string(s.b))
}

func (s *island) namesBytes() int {
	n := 0
	for _, of := range [...]*names{&s.actions, &s.sinks, &s.labels, &s.fields, &s.classes, &s.reason} {
		n += of.bytes
	}
	return n
}

// lay lays a row out in s.b.
func (s *island) lay(r *islandRow) {
	s.b = append(s.b[:0], '[')
	for _, n := range [...]int{r.action, r.sink, r.risk, r.class, r.code} {
		s.b = append(strconv.AppendInt(s.b, int64(n), 10), ',')
	}
	s.b = append(s.b, '[')
	for i, l := range r.labels {
		s.comma(i)
		s.b = strconv.AppendInt(s.b, int64(s.labels.of(safe(l))), 10)
	}
	s.b = append(s.b, ']')
	for _, text := range [...]string{safe(r.title), safe(r.target), safe(r.id), safe(r.key), safe(r.route), r.places} {
		s.b = append(s.b, ',')
		s.text(text)
	}
	s.b = append(s.b, ',')
	s.texts(r.lines)
	s.b = append(s.b, ",["...)
	for i := range r.fields {
		s.comma(i)
		s.field(&r.fields[i])
	}
	s.b = append(s.b, "],["...)
	for i, m := range r.marks {
		s.comma(i)
		s.b = strconv.AppendInt(s.b, int64(m), 10)
	}
	s.b = append(s.b, "]]"...)
}

func (s *island) comma(i int) {
	if i > 0 {
		s.b = append(s.b, ',')
	}
}

func (s *island) field(f *islandField) {
	s.b = append(strconv.AppendInt(append(s.b, '['), int64(s.fields.of(safe(f.name))), 10), ',')
	old, now := f.before.String(), f.after.String()
	if f.cut && old != "" && now != "" {
		c := contrastOf(old, now)
		old, now = c.shortened(c.Old, islandValueCharsMax), c.shortened(c.Now, islandValueCharsMax)
	} else {
		old, now = diag.Shorten(old, islandValueCharsMax), diag.Shorten(now, islandValueCharsMax)
	}
	s.value(f.before, old)
	s.b = append(s.b, ',')
	s.value(f.after, now)
	s.b = append(s.b, ',')
	s.text(sentence(f.from))
	s.b = append(s.b, ',')
	s.text(f.points)
	s.b = append(s.b, ',')
	s.texts(f.notes)
	s.b = append(s.b, ']')
}

func (s *island) value(v pipeline.Value, shown string) {
	switch {
	case v.IsErase():
		s.b = append(s.b, islandEmptied...)
	case shown == "":
		s.b = append(s.b, islandEmpty...)
	default:
		s.text(shown)
	}
}

// texts appends sentences, which are made printable here.
func (s *island) texts(list []string) {
	s.b = append(s.b, '[')
	for i, l := range list {
		s.comma(i)
		s.text(sentence(l))
	}
	s.b = append(s.b, ']')
}

// text appends a text with the escapes of HTML, so that nothing in it ends the element.
func (s *island) text(text string) {
	b, _ := json.Marshal(text) // a text can always be written
	s.b = append(s.b, b...)
}

// mark picks out what a terminal tells of many changes.
func (s *island) mark() {
	s.marks = map[int][]int{}
	if len(s.plan.Changes) <= changesListedMax {
		return
	}
	for _, o := range outliersOf(s.plan) {
		s.marks[o.at] = append(s.marks[o.at], 0)
	}
	if len(s.plan.Changes) > sampleMax {
		for _, at := range sampleOf(s.plan, sampleMax) {
			s.marks[at] = append(s.marks[at], 1)
		}
	}
}

// islandMarks are what a change may be marked with, by their places.
var islandMarks = [...]string{"stands out", "in the random sample"}
