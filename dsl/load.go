package dsl

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/dsl/funcs"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// Host is what the program around a pipeline provides. The zero Host has no
// environment, no files behind references and no network.
type Host struct {
	Getenv   func(name string) (string, bool)
	ReadFile func(path string) ([]byte, error) // for ${file:PATH}
	Connect  func(ctx context.Context, r ConnectRequest) (Endpoint, error)
	Now      func() time.Time
	Log      *slog.Logger
	Stdin    io.Reader
	// Vars replace vars of the pipeline, as text.
	Vars map[string]string
	// BatchRows is the number of records per batch; 0: each source's choice.
	BatchRows int
	// Offline checks the text alone: references may stand for nothing, files
	// may be missing, and no server is asked. What cannot be checked is a
	// warning.
	Offline bool
	// SourcesOnly leaves the connections of targets alone, for programs that
	// only map.
	SourcesOnly bool
	// Functions are more functions that expressions may call.
	Functions []*funcs.Func
}

// Load reads and checks a pipeline file. The pipeline is nil when any
// diagnostic is an error. Sources are opened far enough to know their columns;
// rows are read by a run.
func Load(ctx context.Context, path string, reg *Registry, host Host) (*pipeline.Pipeline, diag.List) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, diag.List{{Code: "unreadable-file", Message: "the pipeline file cannot be read: " + err.Error(), Pos: diag.Pos{File: path}}}
	}
	return LoadText(ctx, path, text, reg, host)
}

// LoadText is Load for text that is in memory already; path names it in
// diagnostics, and relative paths in it start at the folder of path.
func LoadText(ctx context.Context, path string, text []byte, reg *Registry, host Host) (*pipeline.Pipeline, diag.List) {
	sum := sha256.Sum256(text)
	l := &loader{document: parse(path, text), ctx: ctx, reg: reg, host: host, dir: filepath.Dir(path),
		functions: append(funcs.All(), host.Functions...),
		out:       &pipeline.Pipeline{Fingerprint: hex.EncodeToString(sum[:])}}
	if l.root != nil {
		l.file1()
	}
	l.found.Sort()
	if l.found.HasErrors() {
		return nil, l.found
	}
	return l.out, l.found
}

// loader compiles one document.
type loader struct {
	*document
	ctx       context.Context
	reg       *Registry
	host      Host
	dir       string
	functions []*funcs.Func
	out       *pipeline.Pipeline

	vars      map[string]pipeline.Value
	sources   map[string]*sourceDef
	lookups   map[string]*lookupDef
	fragments map[string][]entry
	targets   map[string]*targetDef
	models    map[string]*modelDef
	inTargets bool     // while targets are read
	order     []string // of the models
}

// file1 reads a file of version 1.
func (l *loader) file1() {
	s := l.section(l.root, "the pipeline", "version", "name", "state", "vars", "sources", "lookups", "fragments", "models", "targets", "sinks", "tests")
	if v, ok := s["version"]; !ok {
		l.at(l.root, diag.Diagnostic{Code: "no-version", Message: "the pipeline does not say its version", Hint: "begin with version: 1"})
	} else if v.value.Value != "1" {
		l.at(v.value, diag.Diagnostic{Code: "unknown-version", Message: fmt.Sprintf("version %q is not known", diag.Shorten(v.value.Value, 20)), Hint: "this reconkit reads version: 1"})
	}
	if e, ok := s["name"]; ok {
		l.out.Name, _ = l.text(e.value, "name")
	}
	if l.out.Name == "" {
		l.out.Name = filepath.Base(l.file)
	}
	if e, ok := s["state"]; ok {
		l.out.State, _ = l.text(e.value, "state")
	}
	l.readVars(s["vars"].value)
	l.readSources(s["sources"].value)
	l.readLookups(s["lookups"].value)
	l.readFragments(s["fragments"].value)
	l.readTargets(s["targets"].value)
	sinks := l.readSinks(s["sinks"].value)
	l.readModels(s["models"].value, sinks)
	l.bind(sinks)
	l.unused(s)
	if e, ok := s["tests"]; ok {
		l.items(e.value, "tests")
	}
}

// readVars reads the plain values under vars, replaced by those of the host.
func (l *loader) readVars(n *yaml.Node) {
	l.vars = map[string]pipeline.Value{}
	if n != nil {
		for _, e := range l.mapping(n, "vars") {
			if t, ok := l.text(e.value, "var "+e.key.Value); ok {
				v, err := plainValue(t, e.value.Tag)
				if err != nil {
					l.at(e.value, diag.Diagnostic{Code: "bad-value", Message: fmt.Sprintf("var %s: %v", e.key.Value, err)})
				}
				l.vars[e.key.Value] = v
			}
		}
	}
	for _, name := range sortedKeys(l.host.Vars) {
		declared, ok := l.vars[name]
		if !ok {
			l.add(diag.Diagnostic{Code: "unknown-var", Message: fmt.Sprintf("the pipeline has no var %q", name), Pos: diag.Pos{File: l.file}, Hint: diag.DidYouMean(name, sortedKeys(l.vars))})
			continue
		}
		v, err := plainValue(l.host.Vars[name], tagOf(declared.Type()))
		if err != nil {
			l.add(diag.Diagnostic{Code: "bad-value", Message: fmt.Sprintf("var %s: %v", name, err), Pos: diag.Pos{File: l.file}})
		}
		l.vars[name] = v
	}
}

// env is what an expression over the columns of a source may name.
func (l *loader) env(columns *pipeline.Schema) eval.Env {
	e := eval.Env{Columns: columns, Vars: l.vars, Funcs: l.functions, Lookups: map[string]eval.Lookup{}}
	for name, def := range l.lookups {
		e.Lookups[name] = eval.Lookup{Key: def.keyTypes, Fields: def.schema}
	}
	return e
}

// compile compiles the expression of a scalar; what is wrong with it becomes
// findings at its place.
func (l *loader) compile(n *yaml.Node, what string, env eval.Env, want pipeline.Type) *eval.Program {
	src, ok := l.text(n, what)
	if !ok {
		return nil
	}
	p, problems := eval.CompileFor(src, env, want)
	for _, x := range problems {
		l.inside(n, x.From, x.To, diag.Diagnostic{Severity: x.Severity, Code: x.Code, Message: x.Message, Cause: x.Cause, Hint: x.Hint})
	}
	return p
}

// where is the place of a byte of a scalar, for messages about data.
func (l *loader) where(n *yaml.Node, offset int) string {
	pos, _ := l.place(n, offset)
	pos.File = filepath.Base(l.file)
	return pos.String()
}

// readFragments reads the named pieces of map.
func (l *loader) readFragments(n *yaml.Node) {
	l.fragments = map[string][]entry{}
	if n == nil {
		return
	}
	for _, e := range l.mapping(n, "fragments") {
		l.fragments[e.key.Value] = l.mapping(e.value, "fragment "+e.key.Value)
	}
}

// unused warns about parts that nothing refers to.
func (l *loader) unused(s map[string]entry) {
	for _, part := range []struct {
		key  string
		used func(name string) bool
	}{
		{"sources", func(name string) bool { def := l.sources[name]; return def == nil || def.used }},
		{"lookups", func(name string) bool { def := l.lookups[name]; return def == nil || def.used }},
		{"targets", func(name string) bool { def := l.targets[name]; return def == nil || def.used }},
	} {
		e, ok := s[part.key]
		if !ok {
			continue
		}
		for _, item := range l.mapping(e.value, part.key) {
			if !part.used(item.key.Value) {
				l.at(item.key, diag.Diagnostic{Severity: diag.Warning, Code: "unused-" + part.key[:len(part.key)-1],
					Message: fmt.Sprintf("%s is not used by anything", item.key.Value)})
			}
		}
	}
}

func names(entries []entry) []string {
	list := make([]string, len(entries))
	for i, e := range entries {
		list[i] = e.key.Value
	}
	slices.Sort(list)
	return list
}
