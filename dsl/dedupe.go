package dsl

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// matcher makes the matcher of a model. Keys are those of the target that the
// model goes to, as far as the model maps them.
func (l *loader) matcher(m *modelDef, keys []string) {
	m.matched = true
	c := dedupe.Config{Schema: m.out.Schema, Keys: []string{}}
	for _, k := range keys {
		if m.out.Schema.Index(k) >= 0 {
			c.Keys = append(c.Keys, k)
		}
	}
	before := l.errorCount()
	at := m.node
	if m.dedupe != nil {
		at = m.dedupe.key
		c.Join = true
		l.readDedupe(m, m.dedupe.value, &c)
	}
	if l.errorCount() > before {
		return
	}
	matcher, err := dedupe.New(c)
	if err != nil {
		l.at(at, diag.Diagnostic{Code: "bad-dedupe", Message: fmt.Sprintf("model %s: %v", m.name, err)})
		return
	}
	m.out.Matcher = matcher
}

// errorCount is the number of errors found so far.
func (l *loader) errorCount() int {
	n := 0
	for _, list := range []diag.List{l.found, l.others} {
		for _, d := range list {
			if d.Severity == diag.Error {
				n++
			}
		}
	}
	return n
}

var (
	dedupeKeys  = []string{"same", "never", "compare", "match_above", "review_above", "decisions", "keep"}
	compareKeys = []string{"fields", "as"}
	keepKeys    = []string{"priority", "fields"}
)

// The words for what compared fields are, and for which value survives.
var (
	compareWords = []string{"person_name", "company_name", "address", "phone", "email", "text"}
	keepWords    = []string{"priority", "newest", "longest", "most_frequent", "union", "join_distinct"}
)

func (l *loader) readDedupe(m *modelDef, n *yaml.Node, c *dedupe.Config) {
	s := l.section(n, "dedupe", dedupeKeys...)
	for key, list := range map[string]*[]string{"same": &c.Same, "never": &c.Never} {
		if e, ok := s[key]; ok {
			*list = l.fieldNames(e.value, key, m.out.Schema)
		}
	}
	if e, ok := s["compare"]; ok {
		for _, item := range l.items(e.value, "compare") {
			c.Compare = append(c.Compare, l.readCompare(item, m.out.Schema))
		}
	}
	c.MatchAbove = l.probability(s["match_above"], "match_above")
	c.ReviewAbove = l.probability(s["review_above"], "review_above")
	if c.MatchAbove > 0 && c.ReviewAbove > c.MatchAbove {
		l.at(s["review_above"].value, diag.Diagnostic{Code: "bad-value", Message: "review_above is above match_above", Hint: "between review_above and match_above a person decides, so that it is the lower one"})
	}
	if e, ok := s["keep"]; ok {
		l.readKeep(e.value, m.out.Schema, &c.Keep)
	}
	l.doubtDedupe(m, s)
	if e, ok := s["decisions"]; ok {
		c.Decisions = l.readDecisions(e.value, m.out.Schema)
	}
}

func (l *loader) fieldNames(n *yaml.Node, what string, schema *pipeline.Schema) []string {
	var names []string
	for _, node := range l.textNodes(n, what) {
		name := node.Value
		names = append(names, name)
		if schema.Index(name) < 0 {
			l.at(node, diag.Diagnostic{Code: "unknown-field", Message: fmt.Sprintf("%s: the model maps no field %q", what, diag.Shorten(name, 60)), Hint: l.near(name, schema.Names())})
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return schema.Index(name) < 0 })
}

func (l *loader) readCompare(n *yaml.Node, schema *pipeline.Schema) dedupe.Compare {
	s := l.section(n, "compare", compareKeys...)
	var c dedupe.Compare
	if e, ok := s["fields"]; ok {
		c.Fields = l.fieldNames(e.value, "fields", schema)
	} else {
		l.at(n, diag.Diagnostic{Code: "no-fields", Message: "compare does not say its fields"})
	}
	if e, ok := s["as"]; ok {
		c.As = l.oneOf(e.value, "as", compareWords...)
	} else {
		l.at(n, diag.Diagnostic{Code: "no-as", Message: "compare does not say what its fields are", Hint: "as: person_name, company_name, address, phone, email or text"})
	}
	return c
}

func (l *loader) probability(e entry, what string) float64 {
	if e.value == nil {
		return 0
	}
	text, ok := l.text(e.value, what)
	if !ok {
		return 0
	}
	p, err := strconv.ParseFloat(text, 64)
	if err != nil || !(p > 0 && p <= 1) {
		f := diag.Diagnostic{Code: "bad-value", Message: what + " must be a probability above 0 and up to 1"}
		if point := strings.Replace(text, ",", ".", 1); point != text {
			f.Hint = "a decimal number is written with a point: " + diag.Shorten(point, 20)
		}
		l.at(e.value, f)
		return 0
	}
	return p
}

func (l *loader) readKeep(n *yaml.Node, schema *pipeline.Schema, keep *dedupe.Survivorship) {
	s := l.section(n, "keep", keepKeys...)
	if e, ok := s["priority"]; ok {
		for _, item := range l.items(e.value, "priority") {
			if def := l.sourceNamed(item); def != nil {
				keep.Priority = append(keep.Priority, def.name)
			}
		}
	}
	if e, ok := s["fields"]; ok {
		keep.Fields = map[string]string{}
		for _, f := range l.mapping(e.value, "fields") {
			if schema.Index(f.key.Value) < 0 {
				l.at(f.key, diag.Diagnostic{Code: "unknown-field", Message: fmt.Sprintf("the model maps no field %q", diag.Shorten(f.key.Value, 60)), Hint: l.near(f.key.Value, schema.Names())})
				continue
			}
			keep.Fields[f.key.Value] = l.oneOf(f.value, "what is kept of "+f.key.Value, keepWords...)
		}
	}
}

// readDecisions reads the file of remembered answers. A file that is not there
// holds none.
func (l *loader) readDecisions(n *yaml.Node, schema *pipeline.Schema) []dedupe.Decision {
	name, ok := l.text(n, "decisions")
	if !ok {
		return nil
	}
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(l.dir, path)
	}
	text, err := readBounded(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		l.at(n, diag.Diagnostic{Code: "unreadable-file", Message: "the decisions cannot be read: " + err.Error()})
		return nil
	}
	d := &loader{document: parse(path, text, nil), sources: l.sources}
	var decisions []dedupe.Decision
	if d.root != nil {
		for _, item := range d.items(d.root, "the file of decisions") {
			if item.Kind != yaml.MappingNode {
				d.at(item, diag.Diagnostic{Code: "bad-decision", Message: "a decision must be a mapping of keys to values"})
				continue
			}
			decisions = append(decisions, d.readDecision(item, schema))
		}
	}
	l.others = append(l.others, d.diagnostics()...)
	return decisions
}

// readDecision reads one answer: two records and whether they are the same.
func (l *loader) readDecision(n *yaml.Node, schema *pipeline.Schema) dedupe.Decision {
	s := l.section(n, "the decision", "a", "b", "same", "who", "when", "note")
	var d dedupe.Decision
	for _, part := range []struct {
		key string
		who *dedupe.Who
	}{{"a", &d.A}, {"b", &d.B}} {
		e, ok := s[part.key]
		if !ok {
			l.at(n, diag.Diagnostic{Code: "bad-decision", Message: "the decision does not say its record " + part.key, Hint: "a and b are the two records"})
			continue
		}
		l.readWho(e.value, schema, part.who)
	}
	if e, ok := s["same"]; ok {
		d.Same = l.oneOf(e.value, "same", "true", "false") == "true"
	} else {
		l.at(n, diag.Diagnostic{Code: "bad-decision", Message: "the decision does not say whether the records are the same", Hint: "same: true or same: false"})
	}
	return d
}

// readWho reads one record of an answer: {target: ID}, {source: S, id: ID}, or
// values of fields that name it.
func (l *loader) readWho(n *yaml.Node, schema *pipeline.Schema, who *dedupe.Who) {
	known := append([]string{"target", "source", "id"}, schema.Names()...)
	found := len(l.found)
	for key, e := range l.section(n, "the record", known...) {
		value, ok := l.text(e.value, key)
		if !ok {
			continue
		}
		switch key {
		case "target":
			who.Target = value
		case "source":
			who.Row.Source = value
			if l.sources[value] == nil {
				l.at(e.value, diag.Diagnostic{Code: "unknown-source", Message: fmt.Sprintf("there is no source %q", diag.Shorten(value, 60)), Hint: l.near(value, sortedKeys(l.sources))})
			}
		case "id":
			who.Row.ID = value
		default:
			if who.Fields == nil {
				who.Fields = map[string]string{}
			}
			who.Fields[key] = value
		}
	}
	row := who.Row.Source != "" && who.Row.ID != ""
	ways := 0
	for _, named := range []bool{who.Target != "", row, len(who.Fields) > 0} {
		if named {
			ways++
		}
	}
	half := !row && who.Row != (pipeline.RowKey{})
	if found == len(l.found) && (ways != 1 || half) {
		l.at(n, diag.Diagnostic{Code: "bad-decision", Message: "a record is named in exactly one way", Hint: "{ target: ID }, { source: NAME, id: ID }, or the values of fields"})
	}
}
