package dedupe

import (
	"maps"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// decisionRecordsMax is the number of records that one side of a decision may
// name; an answer about more is an answer about something else.
const decisionRecordsMax = 100

// readLinks finds which record of the target each row became, -1 for none.
func (r *run) readLinks() {
	r.linked = make([]int32, r.u.rows)
	gone := 0
	i := 0
	for _, b := range r.u.in.Records.Batches() {
		for row := range b.Len() {
			r.linked[i] = r.reserved(i)
			if id := b.ID(row); id != "" && len(r.u.in.Links) > 0 {
				if target, known := r.u.in.Links[pipeline.RowKey{Source: b.Source(), ID: id}]; known {
					if at, there := r.targets[target]; there {
						r.linked[i] = at
					} else {
						gone++
					}
				}
			}
			i++
		}
	}
	if gone > 0 {
		r.notes.add(diag.Warning, "link-gone", gone, "records of the target that source rows became are no longer there; their links were ignored",
			"somebody deleted or merged them in the target; the rows were matched anew")
	}
}

// reserved is the record of the target that carries the number which was
// reserved for a row, or -1.
func (r *run) reserved(i int) int32 {
	if at := r.u.in.Reserved; at != nil && at[i] >= 0 {
		return at[i] + int32(r.u.rows)
	}
	return -1
}

// copies are the records of the target that were made of rows: copies of these, which
// teach nothing new. Those that were there before teach as they did when no row had become
// them yet. Where nobody knows who made a record, each that a row became is a copy.
func (r *run) copies() map[int32]bool {
	copies, made := map[int32]bool{}, r.u.in.Created
	for _, t := range r.linked {
		if t < 0 || copies[t] {
			continue
		}
		if _, is := made[r.u.record(t).ID()]; is || made == nil {
			copies[t] = true
		}
	}
	return copies
}

// indexTargets finds the records of the target by id.
func (r *run) indexTargets() {
	r.targets = map[string]int32{}
	if len(r.u.in.Links) == 0 && len(r.u.m.config.Decisions) == 0 {
		return
	}
	for i := r.u.rows; i < r.u.n; i++ {
		if id := r.u.record(int32(i)).ID(); id != "" {
			r.targets[id] = int32(i)
		}
	}
}

// pair is two records, the smaller number first.
type pair struct{ a, b int32 }

func pairOf(a, b int32) pair { return pair{min(a, b), max(a, b)} }

// readDecisions finds the records that the decisions are about.
func (r *run) readDecisions() {
	r.separated, r.decided, r.sames = map[pair]bool{}, map[int32][]int32{}, map[pair]*Decision{}
	finder := r.newWhoFinder()
	var held heldDecisions
	idle := 0
	var where []string
	for n := range r.u.m.config.Decisions {
		d := &r.u.m.config.Decisions[n]
		left, right := finder.find(d.A), finder.find(d.B)
		if len(left) == 0 || len(right) == 0 {
			idle++
			if d.Place != "" {
				where = append(where, d.Place)
			}
			continue
		}
		old := outdated{decision: d}
		left, old.left = r.unchanged(left, d.Seen.Fields, d.Seen.A)
		right, old.right = r.unchanged(right, d.Seen.Fields, d.Seen.B)
		if len(left) > decisionRecordsMax || len(right) > decisionRecordsMax {
			r.notes.add(diag.Warning, "decision-too-wide", max(len(left), len(right)),
				"a decision names more records than a person can have meant; it was ignored", "name the records by more fields, or by source and id")
			continue
		}
		for _, a := range left {
			for _, b := range right {
				held.add(old, pairOf(a, b), a != b && min(a, b) < int32(r.u.rows))
			}
		}
	}
	if idle > 0 {
		message := "decisions are about records that are not there now, and have no effect"
		if len(where) > 0 {
			slices.Sort(where)
			message += ": " + listed(where)
		}
		r.notes.add(diag.Note, "decision-without-record", idle, message, "look for a wrong id, or remove those that are done with")
	}
	r.follow(&held)
	r.joinDecided()
}

// unchanged returns the records with a fingerprint, all of them where none was
// taken. When no row has it, or no record where there are no rows, the record
// that was seen has changed: then all that it may be are returned. A record of
// the target that a row became has the name of the row, and often the values
// of before; it says nothing about the row.
func (r *run) unchanged(records []int32, fields []string, fingerprint string) (of []int32, changed bool) {
	if len(fields) == 0 {
		return records, false
	}
	rows := 0
	for rows < len(records) && int(records[rows]) < r.u.rows {
		rows++
	}
	held := false
	for n, i := range records {
		if Fingerprint(r.u.record(i), fields) == fingerprint {
			of = append(of, i)
			held = held || n < rows || rows == 0
		}
	}
	switch {
	case held:
		return of, false
	case rows > 0:
		return records[:rows], true
	}
	return records, true
}

// joinDecided makes rows one that are, by a decision or by a remembered link,
// the same record of the target as a row of which a person said so: an answer
// about one of them is an answer about all.
func (r *run) joinDecided() {
	if len(r.decided) == 0 {
		return
	}
	rowsOf := map[int32][]int32{} // by record of the target
	for i := range int32(r.u.rows) {
		for _, t := range r.decided[i] {
			rowsOf[t] = append(rowsOf[t], i)
		}
		if t := r.linked[i]; t >= 0 && !slices.Contains(r.decided[i], t) && !r.apart(i, t) {
			rowsOf[t] = append(rowsOf[t], i)
		}
	}
	for _, a := range slices.Sorted(maps.Keys(r.decided)) {
		for _, t := range r.decided[a] {
			for _, b := range rowsOf[t] {
				if a != b && !r.apart(a, b) {
					r.edges = append(r.edges, r.edge(byDecision, min(a, b), max(a, b)))
				}
			}
		}
	}
}

func (r *run) decide(a, b int32, same bool) {
	rows := int32(r.u.rows)
	if a > b {
		a, b = b, a
	}
	switch {
	case a == b || a >= rows:
	case !same:
		r.separated[pairOf(a, b)] = true
		if b < rows {
			r.groups.separate(a, b)
		}
	case b < rows:
		r.edges = append(r.edges, r.edge(byDecision, a, b))
	default:
		r.decided[a] = append(r.decided[a], b)
	}
}

// apart reports whether a person said that two records are different.
func (r *run) apart(a, b int32) bool { return len(r.separated) > 0 && r.separated[pairOf(a, b)] }

// toldApart reports whether a person said of each two of some records that they are
// different, so that what they share is no mistake.
func toldApart(records []int32, apart func(a, b int32) bool) bool {
	for n, a := range records {
		for _, b := range records[n+1:] {
			if !apart(a, b) {
				return false
			}
		}
	}
	return true
}

// whoFinder finds records as decisions name them.
type whoFinder struct {
	run      *run
	rows     map[pipeline.RowKey][]int32
	values   map[int]map[string][]int32 // by field and wanted value
	national map[int][]string           // by field: wanted phones that mean a number in some country only
}

// newWhoFinder reads each field and row that a decision names once.
func (r *run) newWhoFinder() *whoFinder {
	w := &whoFinder{run: r, rows: map[pipeline.RowKey][]int32{}, values: map[int]map[string][]int32{}, national: map[int][]string{}}
	for _, d := range r.u.m.config.Decisions {
		for _, who := range []Who{d.A, d.B} {
			if who.Row != (pipeline.RowKey{}) {
				w.rows[who.Row] = nil
			}
			for name, value := range who.Fields {
				f := r.u.m.schema.Index(name)
				if w.values[f] == nil {
					w.values[f] = map[string][]int32{}
				}
				wanted := r.wanted(f, value)
				if _, known := w.values[f][wanted]; !known && strings.HasPrefix(wanted, nationalMark) {
					w.national[f] = append(w.national[f], value)
				}
				w.values[f][wanted] = nil
			}
		}
	}
	for f, values := range w.values {
		r.u.scan(f, func(i int, _ *pipeline.Batch, s string) {
			value := r.normal(f, i, s)
			if value == "" {
				return
			}
			if list, asked := values[value]; asked {
				values[value] = append(list, int32(i))
			}
			for _, phone := range w.national[f] {
				if r.normal(f, i, phone) == value {
					values[nationalMark+phone] = append(values[nationalMark+phone], int32(i))
				}
			}
		})
	}
	if len(w.rows) > 0 {
		for i := range r.u.rows {
			o := r.u.record(int32(i))
			key := pipeline.RowKey{Source: o.Batch.Source(), ID: o.ID()}
			if list, asked := w.rows[key]; asked {
				w.rows[key] = append(list, int32(i))
			}
		}
	}
	return w
}

func (r *run) normal(field, i int, s string) string {
	return normalKey(r.u.m.schema.Field(field).Kind, s, func() string { return r.u.regionOf(i) })
}

// nationalMark begins a wanted phone that is compared with each record's in the
// country of that record.
const nationalMark = "\x00"

// wanted is the value of a field by which a decision names a record, in the
// form in which values are compared.
func (r *run) wanted(field int, value string) string {
	kind := r.u.m.schema.Field(field).Kind
	text := normalKey(kind, value, func() string { return "" })
	if text == "" && kind == pipeline.KindPhone {
		return nationalMark + value
	}
	return text
}

func (w *whoFinder) find(who Who) []int32 {
	if who.Row != (pipeline.RowKey{}) {
		return w.rows[who.Row]
	}
	if who.Target != "" {
		if at, ok := w.run.targets[who.Target]; ok {
			return []int32{at}
		}
		return nil
	}
	var out []int32
	for n, name := range slices.Sorted(maps.Keys(who.Fields)) {
		f := w.run.u.m.schema.Index(name)
		found := w.values[f][w.run.wanted(f, who.Fields[name])]
		if n == 0 {
			out = slices.Clone(found)
			continue
		}
		out = slices.DeleteFunc(out, func(i int32) bool {
			_, in := slices.BinarySearch(found, i)
			return !in
		})
	}
	return out
}
