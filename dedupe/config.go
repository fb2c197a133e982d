// Package dedupe finds out which records are one thing, and which record of
// the target that thing is.
//
// It is pure: what was remembered (links, decisions) is handed in, nothing is
// read or written, and the same records give the same answer in any order.
// There are three answers for two records: the same, different, and "a person
// must decide", which blocks what would otherwise be written twice.
package dedupe

import (
	"fmt"
	"slices"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// Defaults of the thresholds and of the number of questions.
const (
	MatchAboveDefault   = 0.95 // probability
	ReviewAboveDefault  = 0.60 // probability
	QuestionsMaxDefault = 1000 // questions in a result; what is blocked does not depend on it
)

// Config says how the records of one model are matched.
type Config struct {
	// Schema is the schema of the model; the kinds of its fields say what the
	// values mean. Required.
	Schema *pipeline.Schema

	// Join says whether records may be joined with each other (the model has a
	// dedupe section). Without it each record is a cluster of its own, target
	// records are found by remembered links and by Keys alone, and records
	// that share a key or a target record are blocked as duplicate-rows.
	Join bool

	// Same are fields of which an equal value makes two records one, unless the
	// value is evidently shared. Never are fields of which two different values
	// forbid it, also through third records. Keys are the fields that identify
	// a record of the target, best first; nil means Same.
	Same, Never, Keys []string

	// Compare is the evidence for records without a common key; nil means that
	// it is guessed from the kinds of the fields. E-mail is always looked at.
	Compare []Compare

	// MatchAbove and ReviewAbove are probabilities: two records are the same
	// from MatchAbove on, different below ReviewAbove, and a question between
	// the two. 0 means the default.
	MatchAbove, ReviewAbove float64

	// Weights are pinned weights of an earlier matching; nil means that they are
	// learned from the records, or the shipped ones used where these do not teach
	// enough.
	Weights *linkage.Weights
	// WeightsFile is where Weights came from, for people.
	WeightsFile string

	Keep      Survivorship
	Decisions []Decision

	// QuestionsMax limits the questions in a result; 0 means
	// QuestionsMaxDefault. The likeliest pairs are kept, the others counted.
	QuestionsMax int
}

// Compare is some fields that are compared as one.
type Compare struct {
	Fields []string
	As     string // person_name, company_name, address, phone, email, text
}

// The ways to compare.
const (
	asPerson  = "person_name"
	asCompany = "company_name"
	asAddress = "address"
	asPhone   = "phone"
	asEmail   = "email"
	asText    = "text"
)

var compareNames = []string{asPerson, asCompany, asAddress, asPhone, asEmail, asText}

// Matcher matches the records of one model. It is immutable and safe for
// concurrent use.
type Matcher struct {
	config  Config
	schema  *pipeline.Schema
	keys    []key     // the fields of Same, Never and Keys, each once
	compare []compare // what is compared, in order
	policy  []string  // of survivorship, by field
	how     []string  // what it is called where a value is shown, by field

	matchWeight, reviewWeight linkage.Weight

	linker         *linkage.Linker  // nil: nothing is compared
	compared       []int            // fields of the model, by column of the linker
	comparedSchema *pipeline.Schema // of these fields, as text
}

var _ pipeline.Matcher = (*Matcher)(nil)

// key is a field whose values are compared as identity.
type key struct {
	field int // of the schema
	name  string
	kind  pipeline.Kind
	same  bool
	never bool
	link  int // place in Keys, from 0; -1: not among them
}

// compare is Compare with the fields found.
type compare struct {
	as     string
	fields []int
	name   string // the names of the fields, for explanations
}

// New checks c, fills in its defaults and makes a matcher.
func New(c Config) (*Matcher, error) {
	if c.Schema == nil || c.Schema.Len() == 0 {
		return nil, fmt.Errorf("matching needs the schema of the model")
	}
	m := &Matcher{config: c, schema: c.Schema}
	if err := m.setThresholds(); err != nil {
		return nil, err
	}
	if err := m.setKeys(); err != nil {
		return nil, err
	}
	if err := m.setCompare(); err != nil {
		return nil, err
	}
	if err := m.setLinker(); err != nil {
		return nil, err
	}
	if err := m.setPolicies(); err != nil {
		return nil, err
	}
	return m, m.checkDecisions()
}

func (m *Matcher) setThresholds() error {
	c := &m.config
	if c.MatchAbove == 0 {
		c.MatchAbove = MatchAboveDefault
	}
	if c.ReviewAbove == 0 {
		c.ReviewAbove = min(ReviewAboveDefault, c.MatchAbove)
	}
	if c.QuestionsMax == 0 {
		c.QuestionsMax = QuestionsMaxDefault
	}
	switch {
	case !(c.MatchAbove > 0 && c.MatchAbove <= 1):
		return fmt.Errorf("match_above is %v; it must be above 0 and at most 1", c.MatchAbove)
	case !(c.ReviewAbove > 0 && c.ReviewAbove <= 1):
		return fmt.Errorf("review_above is %v; it must be above 0 and at most 1", c.ReviewAbove)
	case c.ReviewAbove > c.MatchAbove:
		return fmt.Errorf("review_above is %v, above match_above %v", c.ReviewAbove, c.MatchAbove)
	case c.QuestionsMax < 0:
		return fmt.Errorf("questions_max is %d; it must not be negative", c.QuestionsMax)
	}
	m.matchWeight, m.reviewWeight = weightOf(c.MatchAbove), weightOf(c.ReviewAbove)
	return nil
}

func (m *Matcher) setKeys() error {
	links := m.config.Keys
	if links == nil {
		links = m.config.Same
	}
	at := func(list, name string) (*key, error) {
		i, err := m.field(list, name)
		if err != nil {
			return nil, err
		}
		f := m.schema.Field(i)
		if f.Type == pipeline.StringList {
			return nil, fmt.Errorf("%s: field %q is a list and cannot be a key", list, name)
		}
		if k := slices.IndexFunc(m.keys, func(k key) bool { return k.field == i }); k >= 0 {
			return &m.keys[k], nil
		}
		m.keys = append(m.keys, key{field: i, name: name, kind: f.Kind, link: -1})
		return &m.keys[len(m.keys)-1], nil
	}
	for i, name := range links {
		k, err := at("keys", name)
		if err != nil {
			return err
		}
		k.link = i
	}
	for _, name := range m.config.Same {
		k, err := at("same", name)
		if err != nil {
			return err
		}
		k.same = true
	}
	for _, name := range m.config.Never {
		k, err := at("never", name)
		if err != nil {
			return err
		}
		k.never = true
	}
	return nil
}

func (m *Matcher) field(where, name string) (int, error) {
	i := m.schema.Index(name)
	if i < 0 {
		return 0, unknown(where+": the model has no field", name, m.schema.Names())
	}
	return i, nil
}

// unknown is the error for a name that is not among the known ones.
func unknown(what, name string, known []string) error {
	hint := diag.DidYouMean(name, known)
	if hint != "" {
		hint = "; " + hint
	}
	return fmt.Errorf("%s %q%s", what, name, hint)
}

func (m *Matcher) setCompare() error {
	given := m.config.Compare
	if given == nil {
		given = guessCompare(m.schema)
	}
	for _, c := range given {
		if !slices.Contains(compareNames, c.As) {
			return unknown("compare: no way to compare is called", c.As, compareNames)
		}
		if len(c.Fields) == 0 {
			return fmt.Errorf("compare: %s names no fields", c.As)
		}
		if slices.ContainsFunc(m.compare, func(o compare) bool { return o.as == c.As && c.As != asText }) {
			return fmt.Errorf("compare: %s is there twice; name all its fields in one entry", c.As)
		}
		if err := m.addCompare(c); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(m.compare, func(o compare) bool { return o.as == asEmail }) {
		return nil
	}
	for _, f := range m.schema.Fields() {
		if f.Kind == pipeline.KindEmail && f.Type == pipeline.String {
			return m.addCompare(Compare{Fields: []string{f.Name}, As: asEmail})
		}
	}
	return nil
}

func (m *Matcher) addCompare(c Compare) error {
	out := compare{as: c.As}
	for i, name := range c.Fields {
		f, err := m.field("compare", name)
		if err != nil {
			return err
		}
		if m.schema.Field(f).Type == pipeline.StringList {
			return fmt.Errorf("compare: field %q is a list and cannot be compared", name)
		}
		if i > 0 {
			out.name += "+"
		}
		out.name += name
		out.fields = append(out.fields, f)
	}
	m.compare = append(m.compare, out)
	return nil
}

// guessCompare makes the evidence from the kinds of the fields.
func guessCompare(s *pipeline.Schema) []Compare {
	group := map[pipeline.Kind]string{
		pipeline.KindFirstName: asPerson, pipeline.KindLastName: asPerson, pipeline.KindPersonName: asPerson,
		pipeline.KindCompany: asCompany, pipeline.KindPhone: asPhone, pipeline.KindEmail: asEmail,
		pipeline.KindAddress: asAddress, pipeline.KindPostcode: asAddress, pipeline.KindCity: asAddress,
	}
	fields := map[string][]string{}
	for _, f := range s.Fields() {
		if as, ok := group[f.Kind]; ok && f.Type != pipeline.StringList {
			fields[as] = append(fields[as], f.Name)
		}
	}
	var out []Compare
	for _, as := range compareNames {
		if len(fields[as]) > 0 {
			out = append(out, Compare{Fields: fields[as], As: as})
		}
	}
	return out
}
