package dsl

import (
	"fmt"
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
	dedupeKeys  = []string{"same", "never", "compare", "match_above", "review_above", "weights", "decisions", "keep"}
	compareKeys = []string{"fields", "as"}
)

// compareWords are the words for what compared fields are.
var compareWords = []string{"person_name", "company_name", "address", "phone", "email", "text"}

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
	if e, ok := s["weights"]; ok {
		c.Weights, c.WeightsFile = l.readWeights(e.value), e.value.Value
	}
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
