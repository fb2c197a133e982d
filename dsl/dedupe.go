package dsl

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// matcher makes the matcher of a model. Keys are those of the target that the
// model goes to, as far as the model maps them.
func (l *loader) matcher(m *modelDef, keys []string) {
	c := dedupe.Config{Schema: m.out.Schema, Keys: []string{}}
	for _, k := range keys {
		if m.out.Schema.Index(k) >= 0 {
			c.Keys = append(c.Keys, k)
		}
	}
	at := m.node
	if m.dedupe != nil {
		at = m.dedupe.key
		c.Join = true
		l.readDedupe(m, m.dedupe.value, &c)
	}
	if l.found.HasErrors() {
		return
	}
	matcher, err := dedupe.New(c)
	if err != nil {
		l.at(at, diag.Diagnostic{Code: "bad-dedupe", Message: fmt.Sprintf("model %s: %v", m.name, err)})
		return
	}
	m.out.Matcher = matcher
}

func (l *loader) readDedupe(m *modelDef, n *yaml.Node, c *dedupe.Config) {
	s := l.section(n, "dedupe", "same", "never", "compare", "match_above", "review_above", "decisions", "keep", "weights")
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
	if e, ok := s["keep"]; ok {
		l.readKeep(e.value, m.out.Schema, &c.Keep)
	}
	if e, ok := s["weights"]; ok {
		l.at(e.key, diag.Diagnostic{Code: "unknown-key", Message: "weights are not learned by this version, so that none can be pinned", Hint: "remove weights:"})
	}
	if e, ok := s["decisions"]; ok {
		c.Decisions = l.readDecisions(e.value, m.out.Schema)
	}
}

func (l *loader) fieldNames(n *yaml.Node, what string, schema *pipeline.Schema) []string {
	names := l.texts(n, what)
	for _, name := range names {
		if schema.Index(name) < 0 {
			l.at(n, diag.Diagnostic{Code: "unknown-field", Message: fmt.Sprintf("%s: the model maps no field %q", what, diag.Shorten(name, 60)), Hint: diag.DidYouMean(name, schema.Names())})
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return schema.Index(name) < 0 })
}

func (l *loader) readCompare(n *yaml.Node, schema *pipeline.Schema) dedupe.Compare {
	s := l.section(n, "compare", "fields", "as")
	var c dedupe.Compare
	if e, ok := s["fields"]; ok {
		c.Fields = l.fieldNames(e.value, "fields", schema)
	} else {
		l.at(n, diag.Diagnostic{Code: "no-fields", Message: "compare does not say its fields"})
	}
	if e, ok := s["as"]; ok {
		c.As = l.oneOf(e.value, "as", "person_name", "company_name", "address", "phone", "email", "text")
	} else {
		l.at(n, diag.Diagnostic{Code: "no-as", Message: "compare does not say what its fields are", Hint: "as: person_name, company_name, address, phone, email or text"})
	}
	return c
}

func (l *loader) probability(e entry, what string) float64 {
	if e.value == nil {
		return 0
	}
	p, err := strconv.ParseFloat(e.value.Value, 64)
	if err != nil || p <= 0 || p > 1 {
		l.at(e.value, diag.Diagnostic{Code: "bad-value", Message: what + " must be a probability above 0 and up to 1"})
	}
	return p
}

func (l *loader) readKeep(n *yaml.Node, schema *pipeline.Schema, keep *dedupe.Survivorship) {
	s := l.section(n, "keep", "priority", "fields")
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
				l.at(f.key, diag.Diagnostic{Code: "unknown-field", Message: fmt.Sprintf("the model maps no field %q", diag.Shorten(f.key.Value, 60)), Hint: diag.DidYouMean(f.key.Value, schema.Names())})
				continue
			}
			keep.Fields[f.key.Value] = l.oneOf(f.value, "what is kept of "+f.key.Value, "priority", "newest", "longest", "most_frequent", "union", "join_distinct")
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
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		l.at(n, diag.Diagnostic{Code: "unreadable-file", Message: "the decisions cannot be read: " + err.Error()})
		return nil
	}
	d := &loader{document: parse(name, text)}
	var decisions []dedupe.Decision
	if d.root != nil {
		for _, item := range d.items(d.root, "decisions") {
			decisions = append(decisions, d.readDecision(item, schema))
		}
	}
	l.found = append(l.found, d.found...)
	return decisions
}

// readDecision reads one answer: two records and whether they are the same.
func (l *loader) readDecision(n *yaml.Node, schema *pipeline.Schema) dedupe.Decision {
	s := l.section(n, "a decision", "a", "b", "same", "who", "when", "note")
	var d dedupe.Decision
	for key, who := range map[string]*dedupe.Who{"a": &d.A, "b": &d.B} {
		e, ok := s[key]
		if !ok {
			l.at(n, diag.Diagnostic{Code: "bad-decision", Message: "a decision needs a and b, the two records"})
			continue
		}
		l.readWho(e.value, schema, who)
	}
	if e, ok := s["same"]; ok {
		d.Same = l.oneOf(e.value, "same", "true", "false") == "true"
	} else {
		l.at(n, diag.Diagnostic{Code: "bad-decision", Message: "a decision needs same: true or same: false"})
	}
	return d
}

// readWho reads one record of an answer: {target: ID}, {source: S, id: ID}, or
// values of fields that name it.
func (l *loader) readWho(n *yaml.Node, schema *pipeline.Schema, who *dedupe.Who) {
	known := append([]string{"target", "source", "id"}, schema.Names()...)
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
		case "id":
			who.Row.ID = value
		default:
			if who.Fields == nil {
				who.Fields = map[string]string{}
			}
			who.Fields[key] = value
		}
	}
}
