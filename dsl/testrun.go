package dsl

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// Tests are the examples under tests: of a pipeline file, ready to run. Running
// them reads no source and asks no server: the given rows stand in for the
// sources. A value of Tests may be used by one goroutine at a time.
type Tests struct{ l *loader }

// Test names one example.
type Test struct {
	Name string
	Pos  diag.Pos
}

// LoadTests reads and checks a pipeline file for its tests. It needs no secret,
// no network and none of the files of the sources; where a file is there, its
// columns are checked. The tests are nil when any diagnostic is an error.
func LoadTests(ctx context.Context, path string, reg *Registry, host Host) (*Tests, diag.List) {
	text, err := readBounded(path, fileBytesMax)
	if err != nil {
		return nil, unreadable(path, err)
	}
	return LoadTestsText(ctx, path, text, reg, host)
}

// LoadTestsText is LoadTests for text that is in memory already; see [LoadText].
func LoadTestsText(ctx context.Context, path string, text []byte, reg *Registry, host Host) (*Tests, diag.List) {
	host.Offline, host.SourcesOnly, host.Connect = true, true, noServer
	host.Stdin = strings.NewReader("") // a source of standard input must not wait for it
	l, found := loadText(ctx, path, text, reg, host)
	if found.HasErrors() {
		return nil, found
	}
	return &Tests{l}, found
}

// noServer is the way to a server for tests, which ask none.
func noServer(_ context.Context, r ConnectRequest) (Endpoint, error) {
	return Endpoint{URL: "http://" + r.Type + ".invalid", Client: &http.Client{Transport: refusing{}}, Credentials: true}, nil
}

type refusing struct{}

func (refusing) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("a test asks no server (%s)", r.URL.Host)
}

// All are the tests in the order of the file.
func (t *Tests) All() []Test {
	list := make([]Test, len(t.l.tests))
	for i, c := range t.l.tests {
		list[i] = Test{c.name, t.l.pos(c.node)}
	}
	return list
}

// Run runs test i of [Tests.All]: the given rows are mapped, checked by the
// rules and matched as in a plan against an empty target, and compared with
// what is expected. Now is the time that expressions see, unless the test has
// its own. An error means that ctx is done; everything else is in the result.
func (t *Tests) Run(ctx context.Context, i int, now time.Time) (TestResult, error) {
	c := t.l.tests[i]
	out := TestResult{Name: c.name, Pos: t.l.pos(c.node)}
	if !c.now.IsZero() {
		now = c.now
	}
	world, err := t.l.testWorld(c, now)
	if err != nil {
		out.Differences = []TestDifference{{Kind: Aborted, Pos: out.Pos, Reason: err.Error()}}
		return out, nil
	}
	for _, name := range t.l.order {
		x := c.expect[name]
		if x == nil {
			continue
		}
		got, err := world.model(ctx, t.l.models[name])
		if ctx.Err() != nil {
			return out, fmt.Errorf("test %s: %w", c.name, ctx.Err())
		}
		if err != nil {
			out.Differences = append(out.Differences, TestDifference{Model: name, Kind: Aborted, Pos: out.Pos, Reason: err.Error()})
			continue
		}
		out.Differences = append(out.Differences, t.l.compare(t.l.models[name], x, got)...)
		out.Warnings = append(out.Warnings, got.warned...)
	}
	return out, nil
}

// testWorld is the pipeline with the rows of one test instead of its sources.
type testWorld struct {
	l       *loader
	now     time.Time
	sources map[*sourceDef]*givenSource
	lookups map[string]*lookupDef
}

func (l *loader) testWorld(c *testCase, now time.Time) (*testWorld, error) {
	w := &testWorld{l: l, now: now, sources: map[*sourceDef]*givenSource{}, lookups: map[string]*lookupDef{}}
	for _, name := range sortedKeys(l.sources) {
		s, err := l.given(c, l.sources[name])
		if err != nil {
			return nil, err
		}
		w.sources[l.sources[name]] = s
	}
	for name, def := range l.lookups {
		look, source := *def, *def.source
		source.source = w.sources[def.source]
		look.source, look.table = &source, &lookupTable{def: &look}
		w.lookups[name] = &look
	}
	return w, nil
}

// made is what became of the given rows in one model.
type made struct {
	records  []madeRecord
	rejected []pipeline.Reject
	warned   []diag.Finding
}

// madeRecord is one record, after those that are the same thing were joined.
type madeRecord struct {
	pipeline.Record
	parts []madeOf
	from  [][]int32 // by field: the parts of which the value was made. Nil: of the only part
}

// partsOf are the parts of which the value of a field was made; all of them
// where it is null.
func (r *madeRecord) partsOf(field int) []madeOf {
	if field >= len(r.from) || len(r.from[field]) == 0 {
		return r.parts
	}
	var parts []madeOf
	for _, place := range r.from[field] {
		parts = append(parts, r.parts[place])
	}
	return parts
}

// madeOf is a given row, the entry of from that mapped it, and the fields that
// a rule set afterwards.
type madeOf struct {
	origin pipeline.Origin
	from   *fromDef
	set    []int
}

// model maps, checks and matches the given rows of a model.
func (w *testWorld) model(ctx context.Context, m *modelDef) (*made, error) {
	out := &made{}
	table := pipeline.NewTable(m.out.Schema)
	var parts []madeOf // by record of table
	for _, f := range m.froms {
		mapping := &mapping{from: f, schema: m.out.Schema, lookups: w.lookups}
		found, err := mapping.Prepare(ctx, w.now)
		if err != nil {
			return nil, err
		}
		out.warned = append(out.warned, found...)
		for b, err := range w.sources[f.source].Read(ctx) {
			if err != nil {
				return nil, err
			}
			fate, err := fateOf(m.out, mapping, b)
			if err != nil {
				return nil, err
			}
			out.warned = append(out.warned, fate.warned...)
			if fate.rejected != nil {
				out.rejected = append(out.rejected, *fate.rejected)
			}
			if fate.record != nil {
				table.Append(fate.record)
				parts = append(parts, madeOf{fate.record.Origin(0), f, fate.set})
			}
		}
	}
	table, parts, err := out.whole(m, table, parts)
	if err != nil {
		return nil, err
	}
	return out, out.match(ctx, m, table, parts)
}

// whole applies the rules that look at the whole model.
func (out *made) whole(m *modelDef, table *pipeline.Table, parts []madeOf) (*pipeline.Table, []madeOf, error) {
	if m.out.Rules == nil || !m.out.Rules.Whole() {
		return table, parts, nil
	}
	drop, rejected, warned, err := m.out.Rules.CheckModel(table)
	if err != nil {
		return nil, nil, err
	}
	out.rejected, out.warned = append(out.rejected, rejected...), append(out.warned, warned...)
	kept, keptParts := pipeline.NewTable(table.Schema()), []madeOf(nil)
	for i, b := range table.Batches() { // of one record each
		if len(drop) > 0 && int(drop[0]) == i {
			drop = drop[1:]
			continue
		}
		kept.Append(b)
		keptParts = append(keptParts, parts[i])
	}
	return kept, keptParts, nil
}

// match joins what is the same thing, as a plan against an empty target does.
func (out *made) match(ctx context.Context, m *modelDef, table *pipeline.Table, parts []madeOf) error {
	result, err := m.out.Matcher.Match(ctx, pipeline.MatchInput{Records: table, Namespace: m.out.Namespace})
	if err != nil {
		return err
	}
	out.warned = append(out.warned, result.Findings...)
	for _, q := range result.Questions {
		out.warned = append(out.warned, diag.Finding{Severity: diag.Warning, Code: "question",
			Message: fmt.Sprintf("a person must decide whether %s (%s) and %s (%s) are one: probability %.2f", q.A.Label, q.A.Origin, q.B.Label, q.B.Origin, q.Score)})
	}
	for i, c := range result.Clusters {
		r := madeRecord{Record: result.Golden.Record(i)}
		place := map[int32]int32{}
		for n, member := range c.Members {
			r.parts = append(r.parts, parts[member])
			place[member] = int32(n)
		}
		for f := range c.From.Fields() {
			var from []int32
			for _, member := range c.From.Of(f) {
				from = append(from, place[member])
			}
			r.from = append(r.from, from)
		}
		out.records = append(out.records, r)
	}
	return nil
}

// pos is the place of a node, with the path of the file as it was given.
func (l *loader) pos(n *yaml.Node) diag.Pos {
	at := l.start(n)
	return diag.Pos{File: l.file, Line: at.line, Column: at.column}
}

// fate is what becomes of one row: a record, a reject, or neither when a
// condition leaves it out.
type fate struct {
	record   *pipeline.Batch // of one record; nil: none
	rejected *pipeline.Reject
	warned   []diag.Finding
	set      []int // fields that the rules changed
}

// told are the findings about one row, with a sentence for those that are
// counted alone.
func told(m pipeline.Mapped) []diag.Finding {
	var found []diag.Finding
	for _, f := range m.Found {
		found = append(found, f.Finding)
	}
	for _, more := range m.More {
		found = append(found, diag.Finding{Severity: diag.Warning, Code: more.Code, Rule: more.Rule, Count: more.N,
			Message: fmt.Sprintf("%d more findings of %s about the row", more.N, more.Code)})
	}
	return found
}

// fateOf maps a batch of one row and runs the rules over it, but not those that
// need the whole model.
func fateOf(m *pipeline.Model, by pipeline.Mapping, row *pipeline.Batch) (fate, error) {
	var out fate
	mapped, err := by.Map(row)
	if err != nil {
		return out, err
	}
	out.warned = told(mapped)
	if len(mapped.Rejected) == 0 && mapped.Batch.Len() > 0 && m.Rules != nil {
		checked, err := m.Rules.Check(mapped.Batch, nil)
		if err != nil {
			return out, err
		}
		out.warned = append(out.warned, told(checked)...)
		for f := range m.Schema.Len() {
			if len(checked.Rejected) == 0 && !checked.Batch.Value(0, f).Equal(mapped.Batch.Value(0, f)) {
				out.set = append(out.set, f)
			}
		}
		mapped = checked
	}
	switch {
	case len(mapped.Rejected) > 0:
		out.rejected = &mapped.Rejected[0]
	case mapped.Batch.Len() > 0:
		out.record = mapped.Batch
	}
	return out, nil
}
