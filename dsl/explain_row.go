package dsl

import (
	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// row tells what the mapping and the rules make of a row. What became of it is
// what they say; the traces only tell how.
func (x *explainer) row(r foundRow) (RowLife, error) {
	life := RowLife{Model: r.model.Name, Source: r.from.Name, Origin: r.origin,
		Cells: []NamedValue{}, Fields: []ExpressionLife{}, Record: []NamedValue{}, Rules: []RuleLife{}, Targets: []TargetLife{}}
	if r.reject != nil {
		for i, c := range r.reject.Cells {
			name := ""
			if i < len(r.reject.Columns) {
				name = r.reject.Columns[i]
			}
			life.Cells = append(life.Cells, NamedValue{name, pipeline.StringValue(c)})
		}
		if len(r.reject.Cells) == 0 && r.reject.Raw != "" {
			life.Cells = append(life.Cells, NamedValue{"", pipeline.StringValue(r.reject.Raw)})
		}
		life.Outcome, life.Finding = RowUnreadable, &r.reject.Finding
		return life, nil
	}
	life.Cells = firstRecord(r.batch)
	made, err := r.mapping.Map(r.batch)
	if err != nil {
		return life, err
	}
	r.expressions(&life)
	mapped := made.Batch
	switch {
	case len(made.Rejected) > 0:
		life.Outcome, life.Finding, life.Origin = RowRejected, &made.Rejected[0].Finding, made.Rejected[0].Origin
		return life, nil
	case mapped.Len() == 0:
		life.Outcome = RowLeftOut
		return life, nil
	}
	life.Outcome, life.Origin = RowKept, mapped.Origin(0)
	if r.rules != nil {
		if mapped, err = r.check(mapped, &life); err != nil {
			return life, err
		}
	}
	if life.Outcome == RowKept {
		life.Record = firstRecord(mapped)
	}
	return life, nil
}

// firstRecord are the values of the first record of a batch.
func firstRecord(b *pipeline.Batch) []NamedValue {
	list := make([]NamedValue, b.Schema().Len())
	for i, f := range b.Schema().Fields() {
		list[i] = NamedValue{f.Name, b.Value(0, i)}
	}
	return list
}

// expressions traces the expressions that a run evaluates for the row, in the
// order of a run: the fields are not reached when the row is left out or an
// expression before them fails.
func (r foundRow) expressions(life *RowLife) {
	source, rt := r.mapping.from.source, r.mapping.runtime
	failed := false
	add := func(name string, x *expression) ExpressionLife {
		e := traced(name, x.program, x.place, r.batch, rt)
		failed = failed || e.Error != nil
		return e
	}
	if source.id != nil {
		life.Identity = append(life.Identity, add("id", source.id))
	}
	if source.updated != nil {
		life.Identity = append(life.Identity, add("updated", source.updated))
	}
	if where := r.mapping.from.where; where != nil {
		e := add("where", where)
		life.Where = &e
		if !e.Value.Bool() {
			return
		}
	}
	if failed {
		return
	}
	for _, m := range r.mapping.from.fields {
		if m.expression != nil {
			life.Fields = append(life.Fields, add(m.name, m.expression))
		}
	}
}

// traced is what an expression makes of the first record of a batch. Place may
// be nil.
func traced(name string, p *eval.Program, place func(int) string, b *pipeline.Batch, rt eval.Runtime) ExpressionLife {
	text := p.Source()
	life := ExpressionLife{Name: name, Text: text}
	if place != nil {
		life.Place = place(0)
	}
	rt.Warn = func(_ int, _ string, why error) { life.Warnings = append(life.Warnings, why.Error()) }
	t := p.Trace(b, 0, rt)
	life.Value = t.Value
	if t.Err != nil {
		life.Error = &ExpressionError{Message: t.Err.Message, From: t.Err.From, To: t.Err.To}
		if place != nil {
			life.Error.Place = place(t.Err.From)
		}
	}
	life.Steps = make([]ExpressionStep, len(t.Steps))
	for i, s := range t.Steps {
		step := ExpressionStep{Text: text[s.From:s.To], From: s.From, To: s.To, Depth: s.Depth, Type: s.Type, Outcome: s.Outcome,
			Value: s.Value, Found: s.Found, Error: s.Error, More: s.More, Opaque: s.Opaque}
		for _, f := range s.Fields {
			step.Fields = append(step.Fields, NamedValue{f.Name, f.Value})
		}
		if s.Member >= 0 {
			step.Member = &s.Member
		}
		life.Steps[i] = step
	}
	return life
}

// check runs the rules over the record of the row, one more of them each time,
// so that what each of them did is seen. It returns the record after the last.
func (r foundRow) check(record *pipeline.Batch, life *RowLife) (*pipeline.Batch, error) {
	before, warned := record, 0
	defer func() {
		for i := range life.Rules {
			if life.Outcome != RowKept && life.Rules[i].Outcome == RuleWholeModel {
				life.Rules[i].Outcome = RuleNotReached
			}
		}
	}()
	reasons := 0
	for i, x := range r.rules.list {
		if x.unique || life.Outcome == RowAborts || life.Outcome == RowRejected && !x.rejects() {
			rule := r.rules.unreached(x, before)
			if x.unique && life.Outcome == RowKept {
				rule.Outcome = RuleWholeModel
			}
			life.Rules = append(life.Rules, rule)
			continue
		}
		until := *r.rules
		until.list = r.rules.list[:i+1]
		checked, err := until.Check(record, nil)
		after, rejected, warnings := checked.Batch, checked.Rejected, checked.Found
		rule := r.rules.life(x, before)
		switch {
		case err != nil:
			rule.Outcome, rule.Message = RuleAborted, err.Error()
			life.Outcome, life.Finding = RowAborts, &diag.Finding{Severity: diag.Error, Code: "rule", Message: err.Error()}
		case len(rejected) > 0 && reasonsOf(rejected[0]) > reasons:
			reasons = reasonsOf(rejected[0])
			rule.Outcome, rule.Message = RuleRejected, lastReason(rejected[0])
			life.Outcome, life.Finding = RowRejected, &rejected[0].Finding
		case x.field >= 0 && !after.Value(0, x.field).Equal(before.Value(0, x.field)):
			rule.Outcome, rule.After = RuleSet, after.Value(0, x.field)
		case len(warnings) > warned:
			rule.Outcome, rule.Message = RuleWarned, warnings[len(warnings)-1].Message
		}
		if x.set != nil && rule.Outcome != RuleHolds {
			rule.Parts = append(rule.Parts, traced("set", x.set, nil, before, eval.Runtime{}))
		}
		life.Rules = append(life.Rules, rule)
		if err == nil {
			before, warned = after, len(warnings)
		}
	}
	return before, nil
}

// reasonsOf is the number of findings about a rejected row.
func reasonsOf(r pipeline.Reject) int { return 1 + len(r.Also.Findings) + r.Also.Left }

// lastReason is the message of the last of them, "" where it was only counted.
func lastReason(r pipeline.Reject) string {
	switch n := len(r.Also.Findings); {
	case r.Also.Left > 0:
		return ""
	case n > 0:
		return r.Also.Findings[n-1].Message
	default:
		return r.Finding.Message
	}
}

// life is a rule on the record as it finds it; that it holds is to be seen.
func (r *rules) life(x *rule, record *pipeline.Batch) RuleLife {
	life := RuleLife{Rule: x.what, Place: x.place, Outcome: RuleHolds}
	if x.field >= 0 {
		life.Field = r.schema.Field(x.field).Name
		life.Before = record.Value(0, x.field)
		life.After = life.Before
	}
	if x.check != nil {
		life.Parts = []ExpressionLife{traced("check", x.check, nil, record, eval.Runtime{})}
	}
	return life
}

// unreached is a rule that is not looked at for one record alone.
func (r *rules) unreached(x *rule, record *pipeline.Batch) RuleLife {
	life := RuleLife{Rule: x.what, Place: x.place, Outcome: RuleNotReached}
	if x.field >= 0 {
		life.Field = r.schema.Field(x.field).Name
		life.Before = record.Value(0, x.field)
		life.After = life.Before
	}
	return life
}
