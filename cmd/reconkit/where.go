package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/dsl/funcs"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// whereHelp says what an expression about changes may name.
const whereHelp = "an expression over action, model, resource, target, key, label, class, labels, fields, sources, and before_FIELD and after_FIELD of each field"

// changesWhere returns the ids of the changes of a plan for which an expression is
// true; null counts as false. A misspelt name that is asked not to be there is told.
func (a *app) changesWhere(p *pipeline.Plan, flag, src string) (map[string]bool, error) {
	ids, note, err := changesWhere(p, flag, src)
	if note != "" {
		fmt.Fprintf(a.stderr, "%s %s: %s\n", flag, diag.Shorten(src, 60), note)
	}
	return ids, err
}

// changesWhere returns the ids, and a note on what the expression names.
func changesWhere(p *pipeline.Plan, flag, src string) (ids map[string]bool, note string, err error) {
	fields, err := fieldsOfChanges(p)
	if err != nil {
		return nil, "", err
	}
	schema := fields.schema()
	program, problems := eval.CompileFor(src, eval.Env{Columns: schema, Funcs: funcs.All()}, pipeline.Bool)
	if program == nil {
		texts := make([]string, 0, len(problems))
		for _, x := range problems {
			text := x.Message
			if x.Hint != "" {
				text += " (" + x.Hint + ")"
			}
			texts = append(texts, text)
		}
		return nil, "", fmt.Errorf("%s %s: %s; it is %s", flag, diag.Shorten(src, 60), strings.Join(texts, "; "), whereHelp)
	}
	if note, err = knownNames(p, fields, program.Named()); err != nil {
		return nil, "", fmt.Errorf("%s %s: %w", flag, diag.Shorten(src, 60), err)
	}
	out := map[string]bool{}
	for part := range slices.Chunk(p.Changes, pipeline.BatchRowsDefault) {
		b, err := changesBatch(p, schema, part)
		if err != nil {
			return nil, "", err
		}
		column, failed := program.Eval(b, eval.Runtime{Now: p.Header.Made})
		if len(failed) > 0 {
			return nil, "", fmt.Errorf("%s %s: change %s: %s", flag, diag.Shorten(src, 60), part[failed[0].Row].ID, failed[0].Message)
		}
		for i := range part {
			if !column.IsNull(i) && column.Value(i).Bool() {
				out[part[i].ID] = true
			}
		}
	}
	return out, note, nil
}

// The columns that every change has.
var changeColumns = [...]string{"action", "model", "resource", "target", "key", "label", "class"}

// The columns that are lists.
var changeLists = [...]string{"labels", "fields", "sources"}

// changeFields are the fields that changes of plans of a pipeline may write.
type changeFields struct {
	names []string // sorted
	types map[string]pipeline.Type
	whole bool // there are no others
}

// fieldsOfChanges are the fields that changes of a plan have, and those that its targets
// let be written, so that a condition that fits one plan of a pipeline fits the next.
// Of a twin without personal data, of a model that was not read and of a target that this
// program does not have they are not known.
func fieldsOfChanges(p *pipeline.Plan) (*changeFields, error) {
	reg, err := registry()
	if err != nil {
		return nil, err
	}
	f := &changeFields{types: map[string]pipeline.Type{}, whole: p.Header.Redacted == "" && len(p.Stopped) == 0 && len(p.Header.Bindings) > 0}
	for i := range p.Header.Bindings {
		schema, err := dsl.SchemaOf(reg, p.Header.Bindings[i])
		if err != nil {
			f.whole = false
			continue
		}
		for _, field := range schema.Fields() {
			if !field.ReadOnly {
				f.add(field.Name, field.Type)
			}
		}
	}
	for i := range p.Changes {
		for _, field := range p.Changes[i].Fields {
			f.add(field.Field, 0)
			for _, v := range []pipeline.Value{field.Before, field.After} {
				if !v.Empty() {
					f.add(field.Field, v.Type())
				}
			}
		}
	}
	f.names = slices.Sorted(maps.Keys(f.types))
	return f, nil
}

// add takes a field with a type of its values, 0 for none; it is text where they differ.
func (f *changeFields) add(name string, of pipeline.Type) {
	switch t := f.types[name]; {
	case t == 0 || of == 0:
		f.types[name] = max(t, of)
	case t != of:
		f.types[name] = pipeline.String
	}
}

// schema has a column for each part of a change, and two for each field: of the type of
// its values, or text where they differ.
func (f *changeFields) schema() *pipeline.Schema {
	var columns []pipeline.Field
	for _, name := range changeColumns {
		columns = append(columns, pipeline.Field{Name: name, Type: pipeline.String})
	}
	for _, name := range changeLists {
		columns = append(columns, pipeline.Field{Name: name, Type: pipeline.StringList})
	}
	for _, name := range f.names {
		t := f.types[name]
		if t == 0 {
			t = pipeline.String
		}
		columns = append(columns, pipeline.Field{Name: "before_" + name, Type: t}, pipeline.Field{Name: "after_" + name, Type: t})
	}
	return pipeline.MustSchema(columns...)
}

func changesBatch(p *pipeline.Plan, schema *pipeline.Schema, changes []pipeline.Change) (*pipeline.Batch, error) {
	b := pipeline.NewBuilder(schema, len(changes))
	for i := range changes {
		c := &changes[i]
		row := map[string]pipeline.Value{}
		for k, v := range []string{string(c.Action), c.Model, c.Resource, c.Target, c.Key.Value, c.Label, p.ClassOf(c)} {
			row[changeColumns[k]] = pipeline.StringValue(v)
		}
		fields, sources := []string{}, []string{}
		for _, f := range c.Fields {
			fields = append(fields, f.Field)
			row["before_"+f.Field], row["after_"+f.Field] = f.Before, f.After
		}
		for _, o := range c.Rows {
			if !slices.Contains(sources, o.Source) {
				sources = append(sources, o.Source)
			}
		}
		for k, v := range [][]string{c.Labels, fields, sources} {
			row[changeLists[k]] = pipeline.ListValue(v)
		}
		for f := range schema.Len() {
			field := schema.Field(f)
			v := row[field.Name]
			if !v.Empty() && v.Type() != field.Type {
				v = pipeline.StringValue(v.String())
			}
			if v.IsErase() {
				v = pipeline.Null()
			}
			b.Column(f).AppendValue(v)
		}
	}
	return b.Finish(pipeline.BatchData{Source: "plan"})
}

// narrowed is the plan with the changes of some ids alone, for showing.
func narrowed(p *pipeline.Plan, only map[string]bool) *pipeline.Plan {
	n := *p
	n.Changes = nil
	for _, c := range p.Changes {
		if only[c.ID] {
			n.Changes = append(n.Changes, c)
		}
	}
	return &n
}
