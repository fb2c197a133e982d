package dsl

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
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
	text, err := readBounded(path, fileBytesMax)
	if err != nil {
		return nil, unreadable(path, err)
	}
	return LoadText(ctx, path, text, reg, host)
}

// LoadText is Load for text that is in memory already; path names it in
// diagnostics, and relative paths in it start at the folder of path.
func LoadText(ctx context.Context, path string, text []byte, reg *Registry, host Host) (*pipeline.Pipeline, diag.List) {
	l, found := loadText(ctx, path, text, reg, host)
	if found.HasErrors() {
		return nil, found
	}
	return l.out, found
}

// loadText compiles a text; the loader holds more than the pipeline needs, such
// as the tests.
func loadText(ctx context.Context, path string, text []byte, reg *Registry, host Host) (*loader, diag.List) {
	sum := sha256.Sum256(text)
	l := &loader{document: parse(path, text, reg.secretOptions()), ctx: ctx, reg: reg, host: host, dir: filepath.Dir(path),
		functions: append(funcs.All(), host.Functions...), varsUsed: map[string]bool{},
		out: &pipeline.Pipeline{Fingerprint: hex.EncodeToString(sum[:])}}
	switch {
	case l.root != nil:
		l.version1()
	case len(l.found) == 0:
		l.add(diag.Diagnostic{Code: "empty-file", Message: "the file holds no pipeline", Pos: diag.Pos{File: path}, Hint: "begin with version: 1"})
	}
	return l, append(l.diagnostics(), l.others...)
}

// readBounded reads a file, but not much more than it may have.
func readBounded(path string, bytesMax int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, bytesMax+1))
	return text, errors.Join(err, f.Close())
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
	order     []string // of the models

	fragmentsUsed map[string]bool

	sinks  []*sinkDef
	last   map[*pipeline.Binding]bool // bindings that come after the others
	writes map[string]*sinkDef        // what sinks write to, by the identity of the target
	tests  []*testCase

	expressions int             // that were compiled
	onVM        []OnVM          // those of them that are not all closures
	varsUsed    map[string]bool // that an expression reads

	nameless  bool      // the pipeline has no name but that of its file
	inTargets bool      // while targets are read
	secrets   []string  // that options hold, so that messages of others do not show them
	others    diag.List // of other files, such as decisions
}

var pipelineKeys = []string{"version", "name", "state", "vars", "sources", "lookups", "fragments", "models", "targets", "sinks", "tests"}

// version1 reads a file of version 1.
func (l *loader) version1() {
	s := l.section(l.root, "the pipeline", pipelineKeys...)
	if v, ok := s["version"]; !ok {
		l.at(l.root, diag.Diagnostic{Code: "no-version", Message: "the pipeline does not say its version", Hint: "begin with version: 1"})
	} else if t, ok := l.text(v.value, "version"); ok && t != "1" {
		l.at(v.value, diag.Diagnostic{Code: "unknown-version", Message: fmt.Sprintf("version %q is not known", diag.Shorten(t, 20)), Hint: "this reconkit reads version: 1"})
	}
	if e, ok := s["name"]; ok {
		l.out.Name = l.plainText(e.value, "name")
	}
	if l.out.Name == "" {
		l.out.Name, l.nameless = filepath.Base(l.file), true
	}
	if e, ok := s["state"]; ok {
		l.out.State = l.plainText(e.value, "state")
	}
	l.readVars(s["vars"].value)
	l.readSources(s["sources"].value)
	l.readLookups(s["lookups"].value)
	l.readFragments(s["fragments"].value)
	l.readTargets(s["targets"].value)
	l.sinks = l.readSinks(s["sinks"].value)
	l.readModels(s["models"].value)
	l.bind()
	l.countReferences()
	if e, ok := s["tests"]; ok {
		l.readTests(e.value)
	}
	if !l.found.HasErrors() {
		l.unused(s)
	}
}

// plainText is a text without references, which only connection settings have.
func (l *loader) plainText(n *yaml.Node, what string) string {
	t, _ := l.text(n, what)
	if reference.MatchString(t) {
		l.at(n, diag.Diagnostic{Code: "reference-not-here", Message: what + " cannot hold a reference to the environment", Hint: "references are for the settings of sources and targets; --var sets a var"})
	}
	return t
}

// named reports whether a name can stand for a part of a pipeline; it becomes
// part of file names, messages and remembered links.
func (l *loader) named(key *yaml.Node, what string) {
	if !partName.MatchString(key.Value) {
		l.at(key, diag.Diagnostic{Code: "bad-name", Message: fmt.Sprintf("%s cannot be called %q", what, diag.Shorten(key.Value, 60)), Hint: "a name begins with a letter and has letters, digits, _ and - alone"})
	}
}

var partName = regexp.MustCompile(`^\pL[\pL\pN_-]*$`)

// readVars reads the plain values under vars, replaced by those of the host.
func (l *loader) readVars(n *yaml.Node) {
	l.vars = map[string]pipeline.Value{}
	if n != nil {
		for _, e := range l.mapping(n, "vars") {
			l.named(e.key, "a var")
			l.vars[e.key.Value] = pipeline.Null()
			if e.value.Kind != yaml.ScalarNode || isNull(e.value) {
				l.text(e.value, "var "+e.key.Value)
				continue
			}
			v, err := plainValue(l.plainText(e.value, "var "+e.key.Value), e.value.Tag)
			if err != nil {
				l.at(e.value, diag.Diagnostic{Code: "bad-value", Message: fmt.Sprintf("var %s: %v", e.key.Value, err)})
			}
			l.vars[e.key.Value] = v
		}
	}
	replaced := sha256.New()
	for _, name := range sortedKeys(l.host.Vars) {
		declared, ok := l.vars[name]
		if !ok {
			l.add(diag.Diagnostic{Code: "unknown-var", Message: fmt.Sprintf("the pipeline has no var %q", name), Pos: diag.Pos{File: l.file}, Hint: l.near(name, sortedKeys(l.vars))})
			continue
		}
		v, err := overridden(l.host.Vars[name], declared.Type())
		if err != nil {
			l.add(diag.Diagnostic{Code: "bad-value", Message: fmt.Sprintf("var %s: %v", name, err), Pos: diag.Pos{File: l.file}})
			continue
		}
		if !v.Equal(declared) { // other values may say other things of the same rows
			fmt.Fprintf(replaced, "%s\x00%q=%q", l.out.Fingerprint, name, v.String())
			l.out.Fingerprint = hex.EncodeToString(replaced.Sum(nil))
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
// diagnostics at its place.
func (l *loader) compile(n *yaml.Node, what string, env eval.Env, want pipeline.Type) *eval.Program {
	src, ok := l.expressionText(n, what)
	if !ok {
		return nil
	}
	p, problems := eval.CompileFor(src, env, want)
	l.tellProblems(n, problems)
	if p != nil {
		l.compiled(n, what, p.VM())
	}
	return p
}

// expressionText is the text of an expression; false beside diagnostics when
// there is none.
func (l *loader) expressionText(n *yaml.Node, what string) (string, bool) {
	if isNull(n) {
		l.at(n, diag.Diagnostic{Code: "no-expression", Message: what + " has no expression", Hint: "nil is no opinion, erase() empties a field"})
		return "", false
	}
	src, ok := l.text(n, what)
	if !ok || l.full() || l.cut[n] {
		return "", false
	}
	if m := reference.FindStringIndex(src); m != nil && strings.TrimSpace(src) == src[m[0]:m[1]] {
		l.inside(n, m[0], m[1], diag.Diagnostic{Code: "reference-not-here", Message: what + ": expressions do not see the environment", Hint: "put a plain value under vars: and write vars.NAME"})
		return "", false
	}
	l.expressions++
	for _, name := range varsOf(src) {
		l.varsUsed[name] = true
	}
	return src, true
}

// tellProblems makes diagnostics of the problems of an expression.
func (l *loader) tellProblems(n *yaml.Node, problems []eval.Problem) {
	for _, x := range problems {
		l.inside(n, x.From, x.To, diag.Diagnostic{Severity: x.Severity, Code: x.Code, Message: x.Message, Cause: x.Cause, Hint: x.Hint})
	}
}

// compiled looks at an expression once it is known to run; vm are its functions
// that run on the virtual machine.
func (l *loader) compiled(n *yaml.Node, what string, vm []string) {
	l.doubtPatterns(n, n.Value)
	if len(vm) > 0 {
		at := l.start(n)
		l.onVM = append(l.onVM, OnVM{What: what, Pos: diag.Pos{File: l.file, Line: at.line, Column: at.column}, Functions: vm})
	}
}

// where is the place of a node, for messages about data.
func (l *loader) where(n *yaml.Node) string {
	at := l.start(n)
	return diag.Pos{File: filepath.Base(l.file), Line: at.line, Column: at.column}.String()
}

// readFragments reads the named pieces of map.
func (l *loader) readFragments(n *yaml.Node) {
	l.fragments, l.fragmentsUsed = map[string][]entry{}, map[string]bool{}
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
		{"vars", func(name string) bool { return l.varsUsed[name] }},
		{"sources", func(name string) bool { def := l.sources[name]; return def == nil || def.used }},
		{"lookups", func(name string) bool { def := l.lookups[name]; return def == nil || def.used }},
		{"fragments", func(name string) bool { return l.fragmentsUsed[name] }},
		{"models", func(name string) bool { def := l.models[name]; return len(l.sinks) == 0 || def == nil || def.sent }},
		{"targets", func(name string) bool { def := l.targets[name]; return def == nil || def.used }},
	} {
		e, ok := s[part.key]
		if !ok {
			continue
		}
		for _, item := range l.mapping(e.value, part.key) {
			if !part.used(item.key.Value) {
				l.at(item.key, diag.Diagnostic{Severity: diag.Warning, Code: "unused-" + part.key[:len(part.key)-1],
					Message: fmt.Sprintf("%s %s is not used by anything", part.key[:len(part.key)-1], item.key.Value)})
			}
		}
	}
}
