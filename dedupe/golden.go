package dedupe

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// GoldenSource is the name of the source of golden records.
const GoldenSource = "golden"

// joinSeparator stands between the values that join_distinct joins.
const joinSeparator = "; "

// standing is what survivorship knows of a member.
type standing struct {
	row      int32
	priority int   // of its source, from 0; lower is better
	micros   int64 // when it changed; the lowest number when that is not known
	filled   int   // fields that say something
	length   int   // bytes of text
	rank     int32
}

// sortMembers puts the survivor first: the better source, then the newer
// record, then the fuller one (more fields, then more text), then by content.
func (r *run) sortMembers(members []int32) {
	if len(members) < 2 {
		return
	}
	list := make([]standing, len(members))
	for i, row := range members {
		list[i] = r.standing(row)
	}
	slices.SortFunc(list, func(a, b standing) int {
		return cmp.Or(cmp.Compare(a.priority, b.priority), cmp.Compare(b.micros, a.micros),
			cmp.Compare(b.filled, a.filled), cmp.Compare(b.length, a.length), cmp.Compare(a.rank, b.rank))
	})
	for i := range list {
		members[i] = list[i].row
	}
}

func (r *run) standing(row int32) standing {
	rec := r.u.record(row)
	s := standing{row: row, rank: r.u.rank[row], micros: math.MinInt64, priority: r.priorityOf(rec.Batch.Source())}
	if us, known := rec.Batch.Micros(rec.Row); known {
		s.micros = us
	}
	for f := range r.u.m.schema.Len() {
		if c := rec.Batch.Column(r.u.fields[0][f]); says(c, rec.Row) && !r.u.noneAt(row, f) {
			s.filled++
			if c.Type() == pipeline.String {
				s.length += len(c.Bytes(rec.Row))
			}
		}
	}
	return s
}

// priorityOf is the place of a source in the order of preference; those that it
// does not name come last, all alike.
func (r *run) priorityOf(source string) int {
	if p := slices.Index(r.u.m.config.Keep.Priority, source); p >= 0 {
		return p
	}
	return len(r.u.m.config.Keep.Priority)
}

// golden builds the surviving records in batches. The one of a cluster of one is
// that record itself, where the records have the schema of the model and it does not
// hold what says none.
type golden struct {
	run     *run
	places  []int32 // by cluster; see pipeline.NewChoice. Nil: all are built
	table   *pipeline.Table
	builder *pipeline.Builder
	times   *pipeline.ColumnBuilder
	rows    []int32
	at      []int32        // of field, used again
	undated map[string]int // contacts by source of which dated rows were preferred to its undated ones
}

func (r *run) newGolden() *golden {
	g := &golden{run: r, table: pipeline.NewTable(r.u.m.schema), undated: map[string]int{}}
	if r.u.in.Records.Schema().Equal(r.u.m.schema) {
		g.places = make([]int32, 0, len(r.members))
	}
	g.restart()
	return g
}

// survivors is the surviving record of each cluster.
func (g *golden) survivors() *pipeline.Table {
	if g.places == nil {
		return g.table
	}
	return pipeline.NewChoice(g.run.u.in.Records, g.table, g.places)
}

// clusters is the number of clusters so far.
func (g *golden) clusters() int {
	if g.places != nil {
		return len(g.places)
	}
	return g.table.Len() + len(g.rows)
}

func (g *golden) restart() {
	rows := min(pipeline.BatchRowsDefault, g.run.u.rows)
	g.builder = pipeline.NewBuilder(g.run.u.m.schema, rows)
	g.times = pipeline.NewColumnBuilder(pipeline.Timestamp, rows)
	g.rows = nil
}

// add appends the golden record of a cluster whose members are sorted, and
// returns of which members each field was made; nil for a single member.
func (g *golden) add(members []int32) (*pipeline.Contributors, error) {
	u := g.run.u
	if len(members) == 1 && g.places != nil && !u.none[members[0]] {
		g.places = append(g.places, members[0])
		return nil, nil
	}
	var from *pipeline.Contributors
	records := make([]pipeline.Record, len(members))
	newest, known := int64(math.MinInt64), false
	for i, row := range members {
		records[i] = u.record(row)
		if us, ok := records[i].Batch.Micros(records[i].Row); ok {
			newest, known = max(newest, us), true
		}
	}
	if len(members) > 1 {
		from = pipeline.NewContributors(u.m.schema.Len())
		g.noteUndated(records)
	}
	for f := range u.m.schema.Len() {
		places := g.field(f, members, records)
		if len(members) > 1 {
			from.Set(f, membersAt(members, places))
		}
	}
	if known {
		g.times.AppendInt(newest)
	} else {
		g.times.AppendNull()
	}
	g.rows = append(g.rows, int32(g.clusters()+1))
	if g.places != nil {
		g.places = append(g.places, int32(-len(g.rows)-g.table.Len()))
	}
	if g.builder.Full() {
		return from, g.flush()
	}
	return from, nil
}

// noteUndated counts a contact in which rows of a source gave way since they do
// not say when they changed, and those of another source do.
func (g *golden) noteUndated(records []pipeline.Record) {
	dated := func(r pipeline.Record) bool {
		_, known := r.Batch.Micros(r.Row)
		return known
	}
	newest := slices.Contains(g.run.u.m.policy, keepNewest) && slices.ContainsFunc(records, dated)
	survivor := g.run.priorityOf(records[0].Batch.Source())
	seen := map[string]bool{}
	for _, r := range records {
		preferred := dated(records[0]) && g.run.priorityOf(r.Batch.Source()) == survivor
		if source := r.Batch.Source(); !dated(r) && !seen[source] && (newest || preferred) {
			seen[source] = true
			g.undated[source]++
		}
	}
}

// tellUndated says of which sources rows give way for want of a date.
func (g *golden) tellUndated() {
	for _, source := range slices.Sorted(maps.Keys(g.undated)) {
		n := g.undated[source]
		g.run.notes.add(diag.Note, "undated", n, fmt.Sprintf("source %s does not say when its rows changed, so that their values give way to those of dated rows, in contacts: %d", source, n),
			"name the column that says so with updated:, or the sources that count with keep: priority")
	}
}

// membersAt are the members at some places; one or all of them are not copied.
func membersAt(members, places []int32) []int32 {
	switch len(places) {
	case 1:
		return members[places[0] : places[0]+1]
	case len(members):
		return members
	}
	at := make([]int32, len(places))
	for i, place := range places {
		at[i] = members[place]
	}
	return at
}

func (g *golden) flush() error {
	if g.builder.Len() == 0 {
		return nil
	}
	b, err := g.builder.Finish(pipeline.BatchData{Source: GoldenSource, Rows: g.rows, Times: g.times.Finish()})
	if err != nil {
		return fmt.Errorf("make golden records: %w", err)
	}
	g.table.Append(b)
	g.restart()
	return nil
}

// field appends the surviving value of a field and returns the places of the
// records of which it was made, in order, until it is called again. A null is
// made of none. What says that there is none is no more than a null.
func (g *golden) field(f int, members []int32, records []pipeline.Record) []int32 {
	u := g.run.u
	out := g.builder.Column(f)
	column := func(i int) *pipeline.Column { return records[i].Batch.Column(u.fields[0][f]) }
	silent := func(i int) bool { return !says(column(i), records[i].Row) || u.noneAt(members[i], f) }
	first := 0
	for first < len(records) && silent(first) {
		first++
	}
	if first == len(records) {
		out.AppendNull()
		return nil
	}
	if len(records) == 1 || (column(first).IsErase(records[first].Row) && u.m.policy[f] != keepNewest) {
		out.AppendFrom(column(first), records[first].Row)
		return g.only(first)
	}
	values := make([]pipeline.Value, len(records))
	for i, rec := range records {
		if !silent(i) {
			values[i] = column(i).Value(rec.Row)
		}
	}
	at := first
	switch u.m.policy[f] {
	case keepNewest:
		at = newestOf(values, records)
	case keepLongest:
		at = bestOf(values, longness)
	case keepFrequent:
		at = mostFrequent(values)
		out.AppendFrom(column(at), records[at].Row)
		return g.which(values, func(v pipeline.Value) bool { return v.String() == values[at].String() })
	case keepChoose:
		return g.choose(f, records, values)
	case keepUnion, keepJoin:
		appendJoined(out, values, u.m.policy[f] == keepUnion, u.m.schema.Field(f).Unordered)
		return g.which(values, func(pipeline.Value) bool { return true })
	}
	out.AppendFrom(column(at), records[at].Row)
	return g.only(at)
}

// says reports a value, or the wish that there be none.
func says(c *pipeline.Column, row int) bool { return !c.IsNull(row) || c.IsErase(row) }

// only is one place.
func (g *golden) only(place int) []int32 {
	g.at = append(g.at[:0], int32(place))
	return g.at
}

// which are the places of the values that say something of which it holds.
func (g *golden) which(values []pipeline.Value, holds func(pipeline.Value) bool) []int32 {
	g.at = g.at[:0]
	for i, v := range values {
		if !v.Empty() && holds(v) {
			g.at = append(g.at, int32(i))
		}
	}
	return g.at
}

// bestOf returns the place of the value that measures most, the first of
// equals. Nulls and erasures are no candidates; one value is.
func bestOf(values []pipeline.Value, measure func(pipeline.Value) int64) int {
	best, most := -1, int64(math.MinInt64)
	for i, v := range values {
		if v.Empty() {
			continue
		}
		if m := measure(v); best < 0 || m > most {
			best, most = i, m
		}
	}
	return best
}

func longness(v pipeline.Value) int64 {
	if v.Type() == pipeline.StringList {
		return int64(len(v.List()))
	}
	return int64(utf8.RuneCountInString(v.String()))
}

// newestOf lets an erasure win, too: it is the wish of its source.
func newestOf(values []pipeline.Value, records []pipeline.Record) int {
	best, newest := -1, int64(math.MinInt64)
	for i, v := range values {
		if v.IsNull() {
			continue
		}
		us, known := records[i].Batch.Micros(records[i].Row)
		if best < 0 || (known && us > newest) {
			best = i
			if known {
				newest = us
			}
		}
	}
	return best
}

func mostFrequent(values []pipeline.Value) int {
	counts := map[string]int64{}
	for _, v := range values {
		if !v.Empty() {
			counts[v.String()]++
		}
	}
	return bestOf(values, func(v pipeline.Value) int64 { return counts[v.String()] })
}

// appendJoined appends every distinct member of the lists, or every distinct
// text, in the order of the records (sorted where the order means nothing).
func appendJoined(out *pipeline.ColumnBuilder, values []pipeline.Value, union, unordered bool) {
	var all []string
	seen := map[string]bool{}
	from, sources := -1, 0
	for i, v := range values {
		if v.Empty() {
			continue
		}
		list := v.List()
		if !union {
			list = []string{v.Str()}
		}
		fresh := false
		for _, s := range list {
			if key := canon.Squish(s); !seen[key] {
				seen[key], fresh = true, true
				all = append(all, s)
			}
		}
		if from < 0 {
			from = i
		}
		if fresh {
			sources++
		}
	}
	switch {
	case sources <= 1:
		out.AppendValue(values[from])
	case !union:
		out.AppendString(strings.Join(all, joinSeparator))
	default:
		if unordered {
			slices.Sort(all)
		}
		out.AppendList(all)
	}
}
