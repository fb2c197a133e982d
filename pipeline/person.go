package pipeline

import (
	"slices"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// Person is whose data is to be forgotten: an e-mail address, and the records
// and rows that were found to be that person.
type Person struct {
	Email   string
	Forms   []string // texts by which the address may be written, in small letters
	Records map[RecordKey]bool
	Rows    map[PipelineRow]bool
}

// RecordKey names a record of a target, which is given by its identity.
type RecordKey struct{ Target, Record string }

// PipelineRow names a source row of a pipeline; "": nobody knows of which.
type PipelineRow struct {
	Pipeline string
	RowKey
}

// NewPerson is the person of an e-mail address, of whom nothing else is known.
func NewPerson(email string) *Person {
	return &Person{Email: foldKey(email), Forms: canon.EmailForms(email), Records: map[RecordKey]bool{}, Rows: map[PipelineRow]bool{}}
}

// Holds reports whether a value is the address.
func (p *Person) Holds(v Value) bool { return v.Type() == String && p.is(v.Str()) }

func (p *Person) is(text string) bool { return slices.Contains(p.Forms, foldKey(text)) }

// HasRow reports whether a row is the person's. Where nobody knows of which pipeline
// it is, or the person's is, it may be any: better to erase too much than too little.
func (p *Person) HasRow(row PipelineRow) bool {
	if row.Pipeline != "" {
		return p.Rows[row] || p.Rows[PipelineRow{"", row.RowKey}]
	}
	for r := range p.Rows {
		if r.RowKey == row.RowKey {
			return true
		}
	}
	return false
}

// Owns reports whether a change of a pipeline is about the person: about one of the
// records or rows, or one that has, had or gets the address.
func (p *Person) Owns(pipeline, target string, c *Change) bool {
	if c.Target != "" && p.Records[RecordKey{target, c.Target}] {
		return true
	}
	for _, r := range c.Rows {
		if r.ID != "" && p.HasRow(PipelineRow{pipeline, RowKey{r.Source, r.ID}}) {
			return true
		}
	}
	for _, k := range append(c.Keys[:len(c.Keys):len(c.Keys)], c.Key) {
		if p.is(k.Value) {
			return true
		}
	}
	for _, f := range c.Fields {
		if p.Holds(f.Before) || p.Holds(f.After) {
			return true
		}
	}
	return false
}

// Learn adds the record and the rows of a change of the person.
func (p *Person) Learn(pipeline, target string, c *Change, record string) {
	for _, id := range []string{c.Target, record} {
		if id != "" {
			p.Records[RecordKey{target, id}] = true
		}
	}
	for _, r := range c.Rows {
		if r.ID != "" {
			p.Rows[PipelineRow{pipeline, RowKey{r.Source, r.ID}}] = true
		}
	}
}

// LabelErased marks a change of a person who is to be forgotten.
const LabelErased = "erased"

// Erased is what is left of a change once its person is forgotten: that it was
// there, and how it was written.
func (c *Change) Erased() Change {
	fields := make([]FieldChange, len(c.Fields))
	for i, f := range c.Fields {
		fields[i] = FieldChange{Field: f.Field, Labels: f.Labels}
	}
	return Change{ID: c.ID, Action: c.Action, Resource: c.Resource, Model: c.Model, Binding: c.Binding, Route: c.Route,
		Fields: fields, Rows: []Origin{}, Labels: []string{LabelErased}}
}

// Unexplained is a change without what other rows said, for a change that
// mentions a person who is to be forgotten and is about somebody else.
func (c *Change) Unexplained() Change {
	u := *c
	u.Match, u.Joined = nil, nil
	u.Fields = make([]FieldChange, len(c.Fields))
	for i, f := range c.Fields {
		f.Provenance = Provenance{}
		u.Fields[i] = f
	}
	return u
}
