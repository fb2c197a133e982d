package dsl

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// RejectedCells is one row of a file of rejected rows, as text. An empty cell
// is null, unless the source keeps empty text.
type RejectedCells struct {
	Model, Source  string // "" is found by the columns
	Columns, Cells []string
	Reason         string // why the row was rejected
	Origin         string // where it came from
	Place          string // where it stands now, such as rejects/contacts.people.csv:3
}

// TestText is a test as the text of a pipeline file.
type TestText struct {
	// Text is the entry of tests:, indented as the file is. It begins with
	// tests: when the file has none, so that it can be appended to it.
	Text string
	// Reproduced says that the row is rejected when it is run alone. Otherwise
	// the reason lies outside of it, such as in a lookup or in another row, and
	// has to be given to the test by hand.
	Reproduced bool
}

// FromReject writes a test that gives a rejected row and expects that it is
// rejected. The row is run to find the reason, which need not be the one that
// it was rejected for once. Cells that are not UTF-8 are written as \xNN.
func (t *Tests) FromReject(ctx context.Context, r RejectedCells, now time.Time) (TestText, error) {
	if len(r.Cells) != len(r.Columns) {
		return TestText{}, fmt.Errorf("the row has %d cells and %d columns", len(r.Cells), len(r.Columns))
	}
	m, def, err := t.rejectedBy(r)
	if err != nil {
		return TestText{}, err
	}
	keep := t.l.keepsEmpty(def)
	row := &givenRow{node: &yaml.Node{Kind: yaml.MappingNode}, values: map[string]pipeline.Value{}}
	var lines []string
	for i, name := range r.Columns {
		cell := diag.UTF8(r.Cells[i])
		field := pipeline.Field{Type: pipeline.String}
		if def.schema != nil {
			field, _ = def.schema.Lookup(name)
		}
		if cell == "" && !(keep && field.Type == pipeline.String) {
			continue
		}
		v, err := nodeValue(cellNode(cell, field.Type), field.Type)
		if err != nil {
			return TestText{}, fmt.Errorf("column %s: %w", diag.Shorten(name, 60), err)
		}
		row.values[name] = v
		lines = append(lines, yamlKey(diag.UTF8(name))+yamlValue(v))
	}
	c := &testCase{given: map[string][]*givenRow{def.name: {row}}}
	world, err := t.l.testWorld(c, now)
	if err != nil {
		return TestText{}, err
	}
	got, err := world.model(ctx, m)
	if err != nil {
		return TestText{}, fmt.Errorf("run the row: %w", err)
	}
	out := TestText{Reproduced: len(got.rejected) > 0}
	reasons := []string{r.Reason}
	if out.Reproduced {
		reasons = nil
		for _, x := range got.rejected {
			reasons = append(reasons, x.Finding.Message)
		}
	}
	out.Text = t.entry(r, m.name, def.name, lines, reasons)
	return out, nil
}

// rejectedBy finds the model and source of a rejected row.
func (t *Tests) rejectedBy(r RejectedCells) (*modelDef, *sourceDef, error) {
	type place struct {
		model  *modelDef
		source *sourceDef
	}
	var fits, named []place
	for _, name := range t.l.order {
		for _, f := range t.l.models[name].froms {
			p := place{t.l.models[name], f.source}
			if (r.Model != "" && r.Model != name) || (r.Source != "" && r.Source != f.source.name) || !f.source.holds(r) {
				continue
			}
			if len(fits) > 0 && fits[len(fits)-1] == p {
				continue // a source that the model takes twice
			}
			fits = append(fits, p)
			if strings.HasPrefix(r.Origin, f.source.name+":") {
				named = append(named, p)
			}
		}
	}
	if len(named) == 1 {
		fits = named
	}
	switch {
	case len(fits) == 0:
		return nil, nil, fmt.Errorf("no source that a model takes has the columns %s", diag.Shorten(strings.Join(r.Columns, ", "), 200))
	case len(fits) > 1:
		var list []string
		for _, p := range fits {
			list = append(list, p.model.name+" from "+p.source.name)
		}
		return nil, nil, fmt.Errorf("the row could be of %s; say which model and source it is of", strings.Join(list, ", "))
	}
	return fits[0].model, fits[0].source, nil
}

// holds reports whether the source has every column in which the row has a cell.
func (def *sourceDef) holds(r RejectedCells) bool {
	if def.schema == nil {
		return true
	}
	for i, name := range r.Columns {
		if r.Cells[i] != "" && def.schema.Index(name) < 0 {
			return false
		}
	}
	return true
}

// entry writes the test.
func (t *Tests) entry(r RejectedCells, model, source string, cells, reasons []string) string {
	var b strings.Builder
	indent := "  "
	if n := find(t.l.mapping(t.l.root, "the pipeline"), "tests"); n == nil || isNull(n) {
		b.WriteString("tests:\n")
	} else if n.Kind == yaml.SequenceNode && n.Style&yaml.FlowStyle == 0 {
		indent = strings.Repeat(" ", n.Column-1)
	}
	line := func(depth int, text string) {
		b.WriteString(indent + strings.Repeat("  ", depth) + text + "\n")
	}
	name := diag.Shorten(r.Reason, 80)
	if r.Place != "" {
		name = diag.Shorten(r.Place, 80) + ": " + name
	}
	line(0, "- name: "+yamlText(name))
	if r.Origin != "" {
		line(1, "# rejected once as "+commentText(r.Origin)+": "+commentText(r.Reason))
	}
	line(1, "given:")
	line(2, yamlKey(source))
	for i, cell := range cells {
		lead := "  "
		if i == 0 {
			lead = "- "
		}
		line(3, lead+strings.ReplaceAll(cell, "\n", "\n"+indent+strings.Repeat("  ", 4)))
	}
	if len(cells) == 0 {
		line(3, "- {}")
	}
	line(1, "expect:")
	line(2, yamlKey(model)+" []")
	line(1, "rejected:")
	line(2, yamlKey(model))
	for _, reason := range reasons {
		line(3, "- "+yamlText(reason))
	}
	return b.String()
}

// commentMax is the number of characters of one text in a comment.
const commentMax = 200

// commentText is text that ends neither the line of a comment nor the file.
func commentText(s string) string {
	return strings.Map(func(r rune) rune {
		if forbidden(r) != "" {
			return utf8.RuneError
		}
		return r
	}, diag.Shorten(s, commentMax))
}

// cellNode is a cell as YAML would give it.
func cellNode(cell string, t pipeline.Type) *yaml.Node {
	text := func(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }
	if t != pipeline.StringList {
		return text(cell)
	}
	list := &yaml.Node{Kind: yaml.SequenceNode}
	for _, member := range strings.Split(cell, ", ") {
		list.Content = append(list.Content, text(member))
	}
	return list
}

// yamlKeyMax is the length in bytes up to which a key can stand on one line with
// its value; YAML allows 1,024 characters.
const yamlKeyMax = 900

// yamlKey is a key with its colon.
func yamlKey(name string) string {
	text := yamlText(name)
	if len(text) > yamlKeyMax {
		return "? " + text + "\n:"
	}
	return text + ":"
}

func yamlValue(v pipeline.Value) string {
	if v.Type() != pipeline.StringList {
		return " " + yamlText(v.String())
	}
	list := make([]string, len(v.List()))
	for i, s := range v.List() {
		list[i] = yamlText(s)
	}
	return " [" + strings.Join(list, ", ") + "]"
}

// plainScalar is text that YAML reads as it stands, wherever it stands.
var plainScalar = regexp.MustCompile(`^[\pL\pN]([\pL\pN ._@/+-]*[\pL\pN])?$`)

// yamlText writes text so that YAML reads the very same: plain where nothing
// can be mistaken, in double quotes otherwise, with an escape for each
// character that cannot be seen.
func yamlText(s string) string {
	if plainScalar.MatchString(s) && !strings.EqualFold(s, "null") {
		return s
	}
	return diag.Quoted(s)
}
