package dsl

import (
	"fmt"
	"slices"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// TestResult is what became of one test.
type TestResult struct {
	Name        string
	Pos         diag.Pos
	Differences []TestDifference // in the order of the models, records first; none: the test passes
	Warnings    []diag.Finding   // of the run; they do not fail the test
}

// Passed reports whether everything is as the test expects.
func (r TestResult) Passed() bool { return len(r.Differences) == 0 }

// DifferenceKind says what is not as expected.
type DifferenceKind string

// The kinds of differences.
const (
	RecordDiffers    DifferenceKind = "record-differs"    // the record that comes nearest has other values
	RecordMissing    DifferenceKind = "record-missing"    // no record is left that could be meant
	RecordUnexpected DifferenceKind = "record-unexpected" // a record that the test does not tell
	RejectMissing    DifferenceKind = "reject-missing"    // no row is rejected for that reason
	RejectUnexpected DifferenceKind = "reject-unexpected" // a row is rejected, or for another reason
	RejectCount      DifferenceKind = "reject-count"      // another number of rows is rejected
	Aborted          DifferenceKind = "aborted"           // a rule with on_fail: abort, or the matching, ended the run
)

// TestDifference is one thing that is not as a test expects.
type TestDifference struct {
	Model string
	Kind  DifferenceKind
	Pos   diag.Pos          // of what is expected; for what is not, of the list that it is missing from
	Rows  []pipeline.Origin // the given rows behind it: their line in the pipeline file
	// Fields are, of a record that differs, the fields that the test names, in
	// the order of the model; of a missing one what is expected; of an
	// unexpected one what it holds.
	Fields []FieldDifference
	Reason string // of rejects: the reason, or what the test wants of it; of an abort: why
	Rule   string // of an unexpected reject: the place of the rule or expression
}

// FieldDifference is one field of a record.
type FieldDifference struct {
	Field     string
	Got, Want pipeline.Value // null where there is no record, or nothing is expected
	Differs   bool
	Pos       diag.Pos     // of the expected value
	Made      []Expression // that made the value: one for each row that was joined; none when no row maps the field
	Set       []string     // the places of the rules by which the value was set afterwards, in the form of diag.Finding.Rule
}

// Expression is a line of map and where it stands.
type Expression struct {
	Text string
	Pos  diag.Pos
}

// madeBy are the expressions that a field of a record comes from.
func (l *loader) madeBy(r madeRecord, field int, name string) []Expression {
	parts := r.partsOf(field)
	var list []Expression
	seen := map[diag.Pos]bool{}
	for _, part := range parts {
		for _, m := range part.from.fields {
			if pos := l.pos(m.node); m.name == name && !seen[pos] {
				seen[pos] = true
				list = append(list, Expression{Text: m.node.Value, Pos: pos})
			}
		}
	}
	return list
}

// setBy are the places of the rules that set a field of a record; none when the
// value is as it was mapped.
func setBy(m *modelDef, r madeRecord, field int) []string {
	parts := r.partsOf(field)
	changed := slices.ContainsFunc(parts, func(p madeOf) bool { return slices.Contains(p.set, field) })
	list, ours := m.out.Rules.(*rules)
	if !changed || !ours {
		return nil
	}
	var places []string
	for _, x := range list.list {
		if x.field == field && x.fail == failSet {
			places = append(places, x.place)
		}
	}
	return places
}

// compare sets what was made against what is expected.
func (l *loader) compare(m *modelDef, x *modelExpectation, got *made) []TestDifference {
	var out []TestDifference
	if x.listed {
		out = l.compareRecords(m, x, got)
	}
	return append(out, l.compareRejects(m, x, got)...)
}

// compareRecords pairs the records so that as few fields as possible differ.
func (l *loader) compareRecords(m *modelDef, x *modelExpectation, got *made) []TestDifference {
	schema := m.out.Schema
	differing := func(i, j int) int {
		n := 0
		for _, f := range x.records[i].fields {
			if !asExpected(got.records[j].Value(f.field), f.want, schema.Field(f.field)) {
				n++
			}
		}
		return n
	}
	partner := pair(len(x.records), len(got.records), differing)
	taken := make([]bool, len(got.records))
	var out []TestDifference
	for i, want := range x.records {
		d := TestDifference{Model: m.name, Kind: RecordMissing, Pos: l.pos(want.node)}
		j := partner[i]
		if j >= 0 {
			taken[j] = true
			if differing(i, j) == 0 {
				continue
			}
			d.Kind, d.Rows = RecordDiffers, originsOf(got.records[j])
		}
		for f, field := range schema.Fields() {
			for _, e := range want.fields {
				if e.field != f {
					continue
				}
				x := FieldDifference{Field: field.Name, Want: e.want, Differs: true, Pos: l.pos(e.node)}
				if j >= 0 {
					x.Got = got.records[j].Value(f)
					x.Differs, x.Made = !asExpected(x.Got, e.want, field), l.madeBy(got.records[j], f, field.Name)
					x.Set = setBy(m, got.records[j], f)
				}
				d.Fields = append(d.Fields, x)
			}
		}
		out = append(out, d)
	}
	for j, r := range got.records {
		if taken[j] {
			continue
		}
		d := TestDifference{Model: m.name, Kind: RecordUnexpected, Pos: l.pos(x.at), Rows: originsOf(r)}
		for f, field := range schema.Fields() {
			if v := r.Value(f); !silent(v) {
				d.Fields = append(d.Fields, FieldDifference{Field: field.Name, Got: v, Differs: true, Made: l.madeBy(r, f, field.Name), Set: setBy(m, r, f)})
			}
		}
		out = append(out, d)
	}
	return out
}

func originsOf(r madeRecord) []pipeline.Origin {
	list := make([]pipeline.Origin, len(r.parts))
	for i, p := range r.parts {
		list[i] = p.origin
	}
	return list
}

// compareRejects sets the rejected rows against the reasons, or the number, that
// is expected. Without either, no row may be rejected.
func (l *loader) compareRejects(m *modelDef, x *modelExpectation, got *made) []TestDifference {
	at := x.rejectedAt
	if at == nil {
		at = x.at
	}
	unexpected := func(r pipeline.Reject) TestDifference {
		return TestDifference{Model: m.name, Kind: RejectUnexpected, Pos: l.pos(at), Rows: []pipeline.Origin{r.Origin}, Reason: r.Reason(), Rule: r.Rules()}
	}
	var out []TestDifference
	if x.rejected >= 0 {
		if n := len(got.rejected); n != x.rejected {
			out = append(out, TestDifference{Model: m.name, Kind: RejectCount, Pos: l.pos(at), Reason: fmt.Sprintf("rejected rows: %d, expected: %d", n, x.rejected)})
			if n > x.rejected {
				for _, r := range got.rejected {
					out = append(out, unexpected(r))
				}
			}
		}
		return out
	}
	differing := func(i, j int) int {
		if holds(got.rejected[j].Reason(), x.reasons[i].Value) {
			return 0
		}
		return 1
	}
	partner := pair(len(x.reasons), len(got.rejected), differing)
	taken := make([]bool, len(got.rejected))
	for i, n := range x.reasons {
		if j := partner[i]; j >= 0 && differing(i, j) == 0 {
			taken[j] = true
			continue
		}
		out = append(out, TestDifference{Model: m.name, Kind: RejectMissing, Pos: l.pos(n), Reason: n.Value})
	}
	for j, r := range got.rejected {
		if !taken[j] {
			out = append(out, unexpected(r))
		}
	}
	return out
}
