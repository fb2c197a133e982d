package dsl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// ExplainedMax is the number of rows that one Explain tells about; more rows
// that answer the query are counted.
const ExplainedMax = 5

// ExplainQuery says which rows to explain. Exactly one of Row and Field is
// given.
type ExplainQuery struct {
	Model string // "": every model that reads the row
	// Row is a row as reconkit writes origins: people.csv:17 for a line of a
	// text file or a record of a Parquet file, people:UUID for the row of an API
	// or of a source with id:, people:PAGE/ROW for a place in an API's list. The
	// name of a file may be shortened to its last parts.
	Row string
	// Field is a field of the mapped record, or SOURCE.COLUMN of a row as it was
	// read; Value is the text that it must have. Fields without regard to case,
	// such as e-mail addresses, are compared so.
	Field, Value string
	// Only is a field of the mapped record to tell of alone; "" tells of all.
	Only string
	// Plan is a plan that was made before. Cluster and change are taken from it
	// instead of being computed; nil computes them.
	Plan *pipeline.Plan
	// Without says why the target is left out; "" asks it.
	Without string
}

// Explanation is what became of the rows that were asked for.
type Explanation struct {
	Rows []RowLife `json:"rows"`
	More int       `json:"more"` // rows that answer the query besides
}

// RowLife is the life of one row in one model: what was read, what each
// expression and rule made of it, and what a plan would do about it.
type RowLife struct {
	Model  string          `json:"model"`
	Source string          `json:"source"`
	Origin pipeline.Origin `json:"origin"`
	Cells  []NamedValue    `json:"cells"` // as they were read
	// Identity are the id and updated expressions of the source, when the
	// pipeline gives them.
	Identity []ExpressionLife `json:"identity,omitempty"`
	Where    *ExpressionLife  `json:"where,omitempty"`
	Fields   []ExpressionLife `json:"fields"` // in the order of map; empty when the row did not get there
	Record   []NamedValue     `json:"record"` // after the rules; empty unless the row is kept
	Rules    []RuleLife       `json:"rules"`
	Outcome  RowOutcome       `json:"outcome"`
	Finding  *diag.Finding    `json:"finding,omitempty"` // why the row was rejected
	Targets  []TargetLife     `json:"targets"`           // one per sink of the model, one without a target when there is none; empty unless the row is kept
}

// RowOutcome says whether a row became a record.
type RowOutcome string

// The outcomes of a row.
const (
	RowKept       RowOutcome = "kept"
	RowLeftOut    RowOutcome = "left-out"   // by where
	RowRejected   RowOutcome = "rejected"   // by an expression or a rule
	RowUnreadable RowOutcome = "unreadable" // by the source
	RowAborts     RowOutcome = "aborts"     // a rule ends the run because of it
)

// NamedValue is a column or field and its value.
type NamedValue struct {
	Name  string         `json:"name"`
	Value pipeline.Value `json:"value"`
}

// ExpressionLife is one expression on one row. Place is where its text begins
// in the pipeline file, "" where that is not known.
type ExpressionLife struct {
	Name     string           `json:"name"` // of the field, or where, id, updated, check, set
	Text     string           `json:"text"`
	Place    string           `json:"place,omitempty"`
	Value    pipeline.Value   `json:"value"`
	Error    *ExpressionError `json:"error,omitempty"`
	Warnings []string         `json:"warnings,omitempty"`
	Steps    []ExpressionStep `json:"steps"` // the whole first, then its parts in the order of the text's tree
}

// ExpressionError is why an expression failed on the row. From and To are byte
// offsets of the failing part in the text, half open.
type ExpressionError struct {
	Message string `json:"message"`
	Place   string `json:"place,omitempty"` // of the failing part in the pipeline file
	From    int    `json:"from"`
	To      int    `json:"to"`
}

// ExpressionStep is one part of an expression and what it gave.
type ExpressionStep struct {
	Text    string           `json:"text"`
	From    int              `json:"from"` // byte offset in the text of the expression
	To      int              `json:"to"`
	Depth   int              `json:"depth"` // of the tree; 0 is the whole
	Type    string           `json:"type"`
	Outcome eval.Outcome     `json:"outcome"`
	Value   pipeline.Value   `json:"value"`
	Fields  []NamedValue     `json:"fields,omitempty"` // of a record: those that are not empty
	Found   *pipeline.Origin `json:"found,omitempty"`  // the row that a lookup found
	Error   string           `json:"error,omitempty"`
	Member  *int             `json:"member,omitempty"` // number, from 0, of the list member it was computed for
	More    int              `json:"more,omitempty"`   // members that were looked at and are not shown
	Opaque  bool             `json:"opaque,omitempty"` // its parts run on expr's virtual machine and are not shown
}

// RuleLife is one rule on the record of the row.
type RuleLife struct {
	Rule    string         `json:"rule"` // is: NAME, or the expression
	Field   string         `json:"field,omitempty"`
	Place   string         `json:"place"`
	Outcome RuleOutcome    `json:"outcome"`
	Message string         `json:"message,omitempty"`
	Before  pipeline.Value `json:"before"` // of the field, as the rule sees it
	After   pipeline.Value `json:"after"`  // of the field; differs from Before when the rule set it
	// Parts are the expressions of check: and set:, as far as they were evaluated.
	Parts []ExpressionLife `json:"parts,omitempty"`
}

// RuleOutcome says what a rule found.
type RuleOutcome string

// The outcomes of a rule.
const (
	RuleHolds      RuleOutcome = "holds" // or is null, which counts as holding
	RuleSet        RuleOutcome = "set"
	RuleWarned     RuleOutcome = "warned"
	RuleRejected   RuleOutcome = "rejected"
	RuleAborted    RuleOutcome = "aborted"
	RuleNotReached RuleOutcome = "not-reached" // the row was rejected before
	RuleWholeModel RuleOutcome = "whole-model" // unique: looked at when all rows are read
)

// TargetLife is what a plan knows about the record of a row for one target.
type TargetLife struct {
	Target   string `json:"target,omitempty"` // identity; "" when only duplicates were looked for
	Resource string `json:"resource,omitempty"`
	// Omitted says what was left out, and why.
	Omitted []string            `json:"omitted,omitempty"`
	Cluster *ClusterLife        `json:"cluster,omitempty"` // nil: the row is in none, or it is not known
	Link    *LinkLife           `json:"link,omitempty"`
	Change  *pipeline.Change    `json:"change,omitempty"`
	Blocked *pipeline.Block     `json:"blocked,omitempty"`
	Left    []LeftField         `json:"left,omitempty"`  // fields that differ and stay as the target has them
	None    string              `json:"none,omitempty"`  // why there is no change
	Field   *FieldLife          `json:"field,omitempty"` // of ExplainQuery.Only, as far as it is known
	Asked   []pipeline.Question `json:"asked,omitempty"`
}

// ClusterLife is the rows that are one thing with a row.
type ClusterLife struct {
	Members []pipeline.Origin `json:"members"` // the survivor first
	Joined  []pipeline.Join   `json:"joined"`  // why they are together
	Fields  []Survived        `json:"fields"`  // values of the record, as far as they are known
}

// Survived is a value of the record that a cluster became, and where it is from.
type Survived struct {
	Field string         `json:"field"`
	Value pipeline.Value `json:"value"`
	pipeline.Provenance
}

// LinkLife says which record of the target a row is.
type LinkLife struct {
	Target string          `json:"target,omitempty"` // id; "" when it is new
	Label  string          `json:"label,omitempty"`  // the record for people
	Reason pipeline.Reason `json:"reason"`
}

// LeftField is a field in which our record and the target's differ, and which
// the plan leaves alone.
type LeftField struct {
	Field  string               `json:"field"`
	Ours   pipeline.Value       `json:"ours"`
	Theirs pipeline.Value       `json:"theirs"`
	Policy pipeline.FieldPolicy `json:"policy,omitempty"`
}

// Explain tells the life of the rows that answer the query. The pipeline must
// have been loaded by this package. It runs the very mapping, rules, matching
// and plan of a run and writes nothing; rejected rows are not kept anywhere.
//
// Rows that cannot be found are an error that says what was read. What is in
// the way of matching or of the target is told in TargetLife.Omitted.
func Explain(ctx context.Context, p *pipeline.Pipeline, q ExplainQuery, opt pipeline.Options) (*Explanation, error) {
	x := &explainer{pipeline: p, query: q, opt: opt}
	if err := x.prepare(); err != nil {
		return nil, err
	}
	rows, err := x.find(ctx)
	if err != nil {
		return nil, err
	}
	out := &Explanation{Rows: []RowLife{}}
	for _, r := range rows {
		if len(out.Rows) == ExplainedMax {
			out.More++
			continue
		}
		life, err := x.row(r)
		if err != nil {
			return nil, fmt.Errorf("explain %s: %w", r.origin, err)
		}
		out.Rows = append(out.Rows, life)
	}
	x.targets(ctx, out.Rows)
	if x.query.Only != "" {
		for i := range out.Rows {
			out.Rows[i].narrow(x.query.Only)
		}
	}
	return out, ctx.Err()
}

// explainer is one Explain at work.
type explainer struct {
	pipeline *pipeline.Pipeline
	query    ExplainQuery
	opt      pipeline.Options
	froms    []explained
}

// explained is one source of a model that may hold the row.
type explained struct {
	model   *pipeline.Model
	from    *pipeline.From
	mapping *mapping
	rules   *rules // nil: none
}

// prepare finds the sources to look in. Lookups are loaded when a row is found.
func (x *explainer) prepare() error {
	var names []string
	for _, m := range x.pipeline.Models {
		names = append(names, m.Name)
		if x.query.Model != "" && m.Name != x.query.Model {
			continue
		}
		r, _ := m.Rules.(*rules)
		for _, f := range m.From {
			of, ok := f.Mapping.(*mapping)
			if !ok {
				return fmt.Errorf("model %s from %s: its mapping was not loaded from a pipeline file, so that its expressions are not known", m.Name, f.Name)
			}
			x.froms = append(x.froms, explained{m, f, of, r})
		}
	}
	slices.Sort(names)
	switch {
	case len(x.froms) == 0 && x.query.Model != "":
		return fmt.Errorf("the pipeline has no model %q; %s", diag.Shorten(x.query.Model, 60), diag.DidYouMean(x.query.Model, names))
	case (x.query.Row == "") == (x.query.Field == ""):
		return errors.New("say which row: its origin, or a field and its value")
	}
	if err := x.knowOnly(); err != nil {
		return err
	}
	return x.knowField()
}

// knowField checks that the field of the query is one.
func (x *explainer) knowField() error {
	name := x.query.Field
	if name == "" {
		return nil
	}
	var known []string
	for _, e := range x.froms {
		known = append(known, e.model.Schema.Names()...)
		if e.holdsField(name) {
			return nil
		}
		if source, column, ok := strings.Cut(name, "."); ok && source == e.from.Name && e.mapping.from.source.schema != nil {
			columns := e.mapping.from.source.schema.Names()
			return fmt.Errorf("source %s has no column %q; %s", source, diag.Shorten(column, 60), diag.DidYouMean(column, columns))
		}
	}
	slices.Sort(known)
	known = slices.Compact(known)
	hint := didYouMeanOr(name, known)
	if diag.DidYouMean(name, known) == "" {
		hint += "; a column of a source is SOURCE.COLUMN"
	}
	return fmt.Errorf("no model has a field %q; %s", diag.Shorten(name, 60), hint)
}

// didYouMeanOr offers the nearest field, or lists them all.
func didYouMeanOr(name string, known []string) string {
	if near := diag.DidYouMean(name, known); near != "" {
		return near
	}
	return "the fields are " + strings.Join(known, ", ")
}

// holdsField reports whether rows of this source can be told by the field.
func (e explained) holdsField(name string) bool {
	if _, ok := e.column(name); ok {
		return true
	}
	return slices.ContainsFunc(e.mapping.from.fields, func(m mapped) bool { return m.name == name && m.expression != nil })
}

// column is the column of SOURCE.COLUMN.
func (e explained) column(name string) (string, bool) {
	source, column, ok := strings.Cut(name, ".")
	if !ok || source != e.from.Name || e.mapping.from.source.schema == nil {
		return "", false
	}
	return column, e.mapping.from.source.schema.Index(column) >= 0
}
