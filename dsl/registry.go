// Package dsl turns the text of a pipeline into a checked pipeline, or into
// diagnostics that point at the text.
package dsl

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// Registry holds the kinds of sources and targets that pipelines may name. It
// is a value: a program makes one and fills it in plain sight.
type Registry struct {
	sources map[string]sourceType
	targets map[string]targetType
}

// NewRegistry makes an empty registry.
func NewRegistry() *Registry {
	return &Registry{sources: map[string]sourceType{}, targets: map[string]targetType{}}
}

// Env is what a source or target is handed beside its options.
type Env struct {
	Name      string // of the source or target in the pipeline
	Dir       string // where relative paths start: the folder of the pipeline file
	BatchRows int    // records per batch; 0: the source's own choice
	Now       func() time.Time
	Log       *slog.Logger
	Stdin     io.Reader
	// Connect finds the way to a server.
	Connect func(ctx context.Context, r ConnectRequest) (Endpoint, error)
}

// ConnectRequest asks for the way to a server.
type ConnectRequest struct {
	Type    string // of the source or target
	BaseURL string // as the pipeline has it
	Dir     string // where relative paths in it start
	// RequestsPerHour and RequestsPerSecond bound what may be sent; 0: no bound.
	RequestsPerHour   int
	RequestsPerSecond float64
}

// Endpoint is the way to a server.
type Endpoint struct {
	URL    string
	Client *http.Client
	// Credentials says that the client brings the credentials itself, so that
	// the options need none.
	Credentials bool
}

// SourceSpec describes a kind of source. C is its Config; the fields of C with
// a conf tag are its options.
type SourceSpec[C any] struct {
	Type string
	Doc  string // one sentence
	// Open makes the source. Where several options are wrong, it returns the errors of all
	// of them, joined by errors.Join.
	Open func(ctx context.Context, c C, env Env) (pipeline.Source, error)
	// WholeRows says that rows are read with all their columns, also those that
	// no expression uses, because rejected rows are kept whole.
	WholeRows bool
}

// TargetSpec describes a kind of target.
type TargetSpec[C any] struct {
	Type string
	Doc  string
	// Resources are what can be written, with their schemas, best known first.
	// None: the target takes the schema of the model that is sent to it.
	Resources []Resource
	// Schema is the schema of a resource under a configuration, where it depends
	// on that; nil: each resource is as Resources says.
	Schema func(c C, r Resource) (*pipeline.Schema, error)
	Open   func(ctx context.Context, c C, r Resource, env Env) (pipeline.Target, error)
}

// Resource is one kind of record of a target.
type Resource struct {
	Name   string
	Schema *pipeline.Schema
	// Last says that its records belong to records of the other resources of the
	// target, so that it is planned and written after them.
	Last bool
	// Required are fields that a model must map, and OneOf those of which it must
	// map one, where the target finds its records by other fields than Keys.
	Required, OneOf []string
}

type sourceType struct {
	doc       string
	options   []Option
	wholeRows bool
	check     func(v values) []optionError // without opening
	open      func(ctx context.Context, v values, env Env) (pipeline.Source, []optionError)
}

type targetType struct {
	doc       string
	options   []Option
	resources []Resource
	check     func(v values) []optionError // without opening
	schema    func(v values, r Resource) (*pipeline.Schema, []optionError)
	open      func(ctx context.Context, v values, r Resource, env Env) (pipeline.Target, []optionError)
}

// RegisterSource adds a kind of source. A type that is there already, or a
// Config with a field that cannot be an option, is an error.
func RegisterSource[C any](r *Registry, s SourceSpec[C]) error {
	if _, twice := r.sources[s.Type]; twice || s.Type == "" {
		return fmt.Errorf("register source type %q: the name is empty or taken", s.Type)
	}
	options, err := optionsOf[C]()
	if err != nil {
		return fmt.Errorf("register source type %q: %w", s.Type, err)
	}
	r.sources[s.Type] = sourceType{doc: s.Doc, options: options, wholeRows: s.WholeRows, check: checkOptions[C],
		open: func(ctx context.Context, v values, env Env) (pipeline.Source, []optionError) {
			c, errs := decode[C](v)
			if len(errs) > 0 {
				return nil, errs
			}
			source, err := s.Open(ctx, c, env)
			if err != nil {
				return nil, optionErrors(err)
			}
			return source, nil
		}}
	return nil
}

// optionErrors are the errors that one of a constructor joins, each about an option.
func optionErrors(err error) []optionError {
	all := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		all = joined.Unwrap()
	}
	list := make([]optionError, len(all))
	for i, e := range all {
		list[i] = optionError{err: e}
	}
	return list
}

func checkOptions[C any](v values) []optionError {
	_, errs := decode[C](v)
	return errs
}

// RegisterTarget adds a kind of target; see RegisterSource.
func RegisterTarget[C any](r *Registry, t TargetSpec[C]) error {
	if _, twice := r.targets[t.Type]; twice || t.Type == "" {
		return fmt.Errorf("register target type %q: the name is empty or taken", t.Type)
	}
	options, err := optionsOf[C]()
	if err != nil {
		return fmt.Errorf("register target type %q: %w", t.Type, err)
	}
	r.targets[t.Type] = targetType{doc: t.Doc, options: options, resources: t.Resources, check: checkOptions[C],
		schema: func(v values, res Resource) (*pipeline.Schema, []optionError) {
			if t.Schema == nil {
				return res.Schema, nil
			}
			c, errs := decode[C](v)
			if len(errs) > 0 {
				return res.Schema, nil // they are told of the target
			}
			schema, err := t.Schema(c, res)
			if err != nil {
				return res.Schema, []optionError{{err: err}}
			}
			return schema, nil
		},
		open: func(ctx context.Context, v values, res Resource, env Env) (pipeline.Target, []optionError) {
			c, errs := decode[C](v)
			if len(errs) > 0 {
				return nil, errs
			}
			target, err := t.Open(ctx, c, res, env)
			if err != nil {
				return nil, optionErrors(err)
			}
			return target, nil
		}}
	return nil
}

// SourceTypes returns the names of the kinds of sources, sorted.
func (r *Registry) SourceTypes() []string { return sortedKeys(r.sources) }

// TargetTypes returns the names of the kinds of targets, sorted.
func (r *Registry) TargetTypes() []string { return sortedKeys(r.targets) }

// SourceOptions describes the options of a kind of source; nil when there is
// no such kind.
func (r *Registry) SourceOptions(kind string) []Option { return r.sources[kind].options }

// TargetOptions describes the options of a kind of target; nil when there is
// no such kind.
func (r *Registry) TargetOptions(kind string) []Option { return r.targets[kind].options }

// OptionsMarkdown writes the reference of all kinds of sources and targets with
// their options, as part of a page whose headings of this part are of the third
// level.
func (r *Registry) OptionsMarkdown() string {
	var b strings.Builder
	for _, kind := range r.SourceTypes() {
		writeOptions(&b, "Source", kind, r.sources[kind].doc, r.sources[kind].options)
	}
	for _, kind := range r.TargetTypes() {
		writeOptions(&b, "Target", kind, r.targets[kind].doc, r.targets[kind].options)
		for _, res := range r.targets[kind].resources {
			writeResource(&b, res)
		}
	}
	return b.String()
}

func writeOptions(b *strings.Builder, what, kind, doc string, options []Option) {
	fmt.Fprintf(b, "### %s `%s`\n\n%s\n\n| option | type | default | meaning |\n|---|---|---|---|\n", what, kind, doc)
	for _, o := range options {
		standard := ""
		switch {
		case o.Required:
			standard = "required"
		case o.Default != "":
			standard = "`" + o.Default + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", o.Name, o.Type, standard, tableCell(o.Doc))
	}
	b.WriteString("\n")
}

func writeResource(b *strings.Builder, r Resource) {
	fmt.Fprintf(b, "Fields of resource `%s`:\n\n| field | type | written | may be erased | meaning |\n|---|---|---|---|---|\n", r.Name)
	yes := map[bool]string{true: "yes", false: "no"}
	for _, f := range r.Schema.Fields() {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", f.Name, f.Type, yes[!f.ReadOnly], yes[!f.ReadOnly && f.Erasable], tableCell(f.Doc))
	}
	b.WriteString("\n")
}

func tableCell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// secretOptions are the names of all options that hold secrets.
func (r *Registry) secretOptions() []string {
	var names []string
	add := func(options []Option) {
		for _, o := range options {
			if o.Type == "secret" && !slices.Contains(names, o.Name) {
				names = append(names, o.Name)
			}
		}
	}
	for _, s := range r.sources {
		add(s.options)
	}
	for _, t := range r.targets {
		add(t.options)
	}
	slices.Sort(names)
	return names
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
