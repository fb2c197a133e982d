package dsl

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// Summary counts what a pipeline file holds. Of a file with errors it counts
// what could be read.
type Summary struct {
	Vars, Sources, Lookups, Fragments, Models, Targets, Sinks, Tests int
	// Fields are those that are mapped, counted in each entry of from, and
	// Rules the entries of validate.
	Fields, Rules int
	// Expressions are those that were compiled; one of a fragment counts each
	// time that it is taken in.
	Expressions int
	// OnVM are those of the expressions that run partly on the virtual machine
	// of expr, in the order of the file; the others run as closures.
	OnVM []OnVM
}

// OnVM is an expression of which a part has no faster form.
type OnVM struct {
	What      string   // what it is for, such as "field notes"
	Pos       diag.Pos // where it begins
	Functions []string // that run on the virtual machine, by name
}

// Check is Load for programs that only want to know what is wrong with a file.
func Check(ctx context.Context, path string, reg *Registry, host Host) (Summary, diag.List) {
	text, err := readBounded(path, fileBytesMax)
	if err != nil {
		return Summary{}, unreadable(path, err)
	}
	l, found := loadText(ctx, path, text, reg, host)
	return l.summary(), found
}

func (l *loader) summary() Summary {
	s := Summary{Vars: len(l.vars), Sources: len(l.sources), Lookups: len(l.lookups), Fragments: len(l.fragments),
		Models: len(l.models), Targets: len(l.targets), Sinks: len(l.sinks), Tests: len(l.tests), Expressions: l.expressions, OnVM: l.onVM}
	for _, m := range l.models {
		for _, f := range m.froms {
			s.Fields += len(f.fields)
		}
		if m.out != nil {
			if r, ok := m.out.Rules.(*rules); ok {
				s.Rules += len(r.list)
			}
		}
	}
	return s
}

// unreadable says that the pipeline file cannot be read, and which file of its
// folder was probably meant.
func unreadable(path string, err error) diag.List {
	return diag.List{{Code: "unreadable-file", Message: fmt.Sprintf("the pipeline file cannot be read: %v", err), Pos: diag.Pos{File: path},
		Hint: nearFile(filepath.Dir(path), path)}}
}
