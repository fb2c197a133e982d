package dsl

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// Limits of one test. They keep the best pairing of records affordable.
const (
	givenRowsMax       = 1000 // rows of all sources
	expectedRecordsMax = 500  // records, or reasons, of one model
)

var testKeys = []string{"name", "now", "given", "expect", "rejected"}

// testCase is one entry of tests.
type testCase struct {
	name   string
	node   *yaml.Node
	now    time.Time              // zero: the time of the run
	given  map[string][]*givenRow // by source
	rows   int                    // of all sources
	expect map[string]*modelExpectation
}

// givenRow is one row of given. A column that it does not name is null.
type givenRow struct {
	node   *yaml.Node
	values map[string]pipeline.Value
}

// modelExpectation is what a test says of one model.
type modelExpectation struct {
	at      *yaml.Node // the list of records
	listed  bool       // the records are told; otherwise they are not looked at
	records []*expectedRecord

	rejectedAt *yaml.Node // nil: nothing is said of rejected rows, so that there are none
	rejected   int        // rows, when they are only counted; -1 otherwise
	reasons    []*yaml.Node
}

// expectedRecord is one record of expect: the fields that are compared.
type expectedRecord struct {
	node   *yaml.Node
	fields []expectedField
}

type expectedField struct {
	node  *yaml.Node
	field int // of the model
	want  pipeline.Value
}

// readTests reads the examples and checks them against the columns of the
// sources and the fields of the models. Running them is [Tests.Run].
func (l *loader) readTests(n *yaml.Node) {
	lines := map[string]int{}
	for _, item := range l.items(n, "tests") {
		s := l.section(item, "the test", testKeys...)
		if item.Kind != yaml.MappingNode {
			continue
		}
		c := &testCase{node: item, given: map[string][]*givenRow{}, expect: map[string]*modelExpectation{}}
		c.name = fmt.Sprintf("test on line %d", item.Line)
		if e, ok := s["name"]; ok {
			if name, ok := l.text(e.value, "name"); ok {
				c.name = name
				if line, twice := lines[name]; twice {
					l.at(e.value, diag.Diagnostic{Severity: diag.Warning, Code: "duplicate-test", Message: fmt.Sprintf("two tests are called %q", diag.Shorten(name, 60)), Cause: fmt.Sprintf("the other is on line %d", line), Hint: "results are told apart by name"})
				}
				lines[name] = e.value.Line
			}
		}
		if e, ok := s["now"]; ok {
			l.readNow(c, e.value)
		}
		if e, ok := s["given"]; ok {
			l.readGiven(c, e.value)
		}
		expect, hasExpect := s["expect"]
		if hasExpect {
			l.readExpect(c, expect.value)
		}
		rejected, hasRejected := s["rejected"]
		if hasRejected {
			l.readRejected(c, rejected.value)
		}
		if !hasExpect && !hasRejected {
			l.at(item, diag.Diagnostic{Code: "bad-test", Message: "the test does not say what to expect", Hint: "add expect: with the records of each model, or rejected: with the reasons"})
		}
		l.tests = append(l.tests, c)
	}
}

func (l *loader) readNow(c *testCase, n *yaml.Node) {
	text, ok := l.text(n, "now")
	if !ok {
		return
	}
	v, err := timeValue(text)
	if err != nil {
		l.at(n, diag.Diagnostic{Code: "bad-value", Message: "now: " + err.Error()})
		return
	}
	c.now = v.Time()
}

// byName returns the parts of a mapping whose keys are known names.
func (l *loader) byName(n *yaml.Node, section, what string, known []string) []entry {
	var parts []entry
	for _, part := range l.mapping(n, section) {
		if !slices.Contains(known, part.key.Value) {
			l.at(part.key, diag.Diagnostic{Code: "unknown-" + what, Message: fmt.Sprintf("there is no %s %q", what, diag.Shorten(part.key.Value, 60)), Hint: l.near(part.key.Value, known)})
			continue
		}
		parts = append(parts, part)
	}
	return parts
}

// readGiven reads the rows of each source.
func (l *loader) readGiven(c *testCase, n *yaml.Node) {
	for _, part := range l.byName(n, "given", "source", sortedKeys(l.sources)) {
		def := l.sources[part.key.Value]
		for _, row := range l.items(part.value, "source "+part.key.Value) {
			if c.rows++; c.rows > givenRowsMax {
				l.at(row, diag.Diagnostic{Code: "test-too-large", Message: fmt.Sprintf("the test gives more than %d rows", givenRowsMax), Hint: "a test is an example; plan and preview read whole sources"})
				return
			}
			g := &givenRow{node: row, values: map[string]pipeline.Value{}}
			for _, cell := range l.mapping(row, "a row of source "+def.name) {
				l.readCell(g, def, cell)
			}
			c.given[def.name] = append(c.given[def.name], g)
		}
	}
}

// readCell reads one value of a given row as the type of its column; where the
// columns are not known, all are text.
func (l *loader) readCell(g *givenRow, def *sourceDef, cell entry) {
	name, t := cell.key.Value, pipeline.String
	if def.schema != nil {
		f, ok := def.schema.Lookup(name)
		if !ok {
			l.at(cell.key, diag.Diagnostic{Code: "unknown-column", Message: fmt.Sprintf("source %s has no column %q", def.name, diag.Shorten(name, 60)), Hint: l.near(name, def.schema.Names())})
			return
		}
		t = f.Type
	}
	v, err := nodeValue(cell.value, t)
	if err != nil {
		l.at(cell.value, diag.Diagnostic{Code: "bad-value", Message: fmt.Sprintf("column %s: %v", name, err)})
		return
	}
	g.values[name] = v
}

func (c *testCase) of(model string) *modelExpectation {
	if c.expect[model] == nil {
		c.expect[model] = &modelExpectation{rejected: -1}
	}
	return c.expect[model]
}

// readExpect reads the records of each model.
func (l *loader) readExpect(c *testCase, n *yaml.Node) {
	for _, part := range l.byName(n, "expect", "model", l.order) {
		x := c.of(part.key.Value)
		x.at, x.listed = part.key, true
		m := l.models[part.key.Value]
		for i, row := range l.items(part.value, "model "+m.name) {
			if i == expectedRecordsMax {
				l.at(row, diag.Diagnostic{Code: "test-too-large", Message: fmt.Sprintf("the test expects more than %d records of a model", expectedRecordsMax), Hint: "cut it into several tests"})
				break
			}
			record := &expectedRecord{node: row}
			for _, cell := range l.mapping(row, "a row of model "+m.name) {
				l.readExpected(record, m, cell)
			}
			x.records = append(x.records, record)
		}
	}
}

func (l *loader) readExpected(r *expectedRecord, m *modelDef, cell entry) {
	if m.out == nil || m.out.Schema == nil {
		return // what is wrong with the model was reported
	}
	name := cell.key.Value
	at := m.out.Schema.Index(name)
	if at < 0 {
		l.at(cell.key, diag.Diagnostic{Code: "unknown-field", Message: fmt.Sprintf("model %s maps no field %q", m.name, diag.Shorten(name, 60)), Hint: l.near(name, m.out.Schema.Names())})
		return
	}
	want, err := expectedValue(cell.value, m.out.Schema.Field(at).Type)
	if err != nil {
		l.at(cell.value, diag.Diagnostic{Code: "bad-value", Message: fmt.Sprintf("field %s: %v", name, err)})
		return
	}
	r.fields = append(r.fields, expectedField{cell.value, at, want})
}

// readRejected reads how many rows of each model are rejected, or why.
func (l *loader) readRejected(c *testCase, n *yaml.Node) {
	for _, part := range l.byName(n, "rejected", "model", l.order) {
		x := c.of(part.key.Value)
		x.rejectedAt = part.key
		if part.value.Kind == yaml.ScalarNode && !isNull(part.value) {
			count, err := strconv.Atoi(part.value.Value)
			if err != nil || count < 0 {
				l.at(part.value, diag.Diagnostic{Code: "bad-value", Message: "rejected is a number of rows, or a list with a part of the reason of each"})
				continue
			}
			x.rejected = count
			continue
		}
		x.reasons = l.textNodes(part.value, "rejected")
		if len(x.reasons) > expectedRecordsMax {
			l.at(part.key, diag.Diagnostic{Code: "test-too-large", Message: fmt.Sprintf("the test expects more than %d rejected rows of a model", expectedRecordsMax), Hint: "cut it into several tests, or give their number"})
			x.reasons = nil
		}
	}
}
