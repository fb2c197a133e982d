// Package reconkit_test holds the law of the layout: which room may import
// which, and which words belong to which room.
package reconkit_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/reconkit/reconkit/"

// allowed lists, for each room, the rooms that its code may import. A room
// that is not listed may import nothing of ours.
var allowed = map[string][]string{
	"pipeline/diag":              {},
	"pipeline/canon":             {},
	"pipeline/faults":            {},
	"pipeline/hashset":           {},
	"pipeline":                   {"pipeline/diag", "pipeline/canon", "pipeline/internal/safeguard", "pipeline/hashset"},
	"pipeline/retry":             {"pipeline", "pipeline/diag", "pipeline/internal/safeguard"},
	"pipeline/state":             {"pipeline", "pipeline/diag"},
	"pipeline/review":            {"pipeline", "pipeline/diag"},
	"dedupe/similar":             {},
	"dedupe/measure":             {},
	"dedupe/norm":                {"pipeline/canon"},
	"dedupe/linkage":             {"pipeline", "pipeline/diag", "pipeline/canon", "dedupe/norm", "dedupe/similar"},
	"dedupe/linkage/linkagetest": {"dedupe/linkage"},
	"dedupe":                     {"pipeline", "pipeline/diag", "pipeline/canon", "dedupe/linkage", "dedupe/norm", "dedupe/similar", "pipeline/hashset"},
	"dsl/funcs":                  {"pipeline", "pipeline/diag", "pipeline/canon"},
	"dsl/eval":                   {"pipeline", "pipeline/diag", "pipeline/canon", "dsl/funcs"},
	"dsl":                        {"dsl/eval", "dsl/funcs", "dedupe", "dedupe/linkage", "pipeline", "pipeline/diag"},
	"dsl/draft":                  {"pipeline", "pipeline/diag", "pipeline/canon"},

	"sources/sourcetest":                {"pipeline", "pipeline/diag"},
	"sources/csv":                       {"pipeline", "pipeline/diag", "pipeline/canon"},
	"sources/parquet":                   {"pipeline", "pipeline/diag", "pipeline/canon"},
	"sources/sonderplan":                {"pipeline", "pipeline/diag", "pipeline/canon"},
	"sources/sonderplan/sonderplantest": {"sources/sonderplan", "pipeline", "pipeline/faults"},
	"sources":                           {"dsl", "pipeline", "sources/csv", "sources/parquet", "sources/sonderplan"},

	"sinks/sinktest":                  {"pipeline", "pipeline/diag"},
	"sinks/file":                      {"pipeline", "pipeline/diag", "pipeline/canon", "sources/csv", "sources/parquet"},
	"sinks/plandocket":                {"pipeline", "pipeline/diag", "pipeline/canon"},
	"sinks/plandocket/plandockettest": {"sinks/plandocket", "pipeline", "pipeline/faults"},
	"sinks":                           {"dsl", "pipeline", "sinks/file", "sinks/plandocket"},
}

// testsMay are rooms that tests may import beside what their room may.
var testsMay = []string{"sources/sourcetest", "sinks/sinktest", "pipeline/faults", "pipeline/diag", "pipeline/retry", "dedupe/linkage/linkagetest"}

// free are rooms without a law of imports: they join the others, or show how.
var free = []string{"cmd", "examples"}

// word is something that only some rooms may mention.
type word struct {
	name  string
	match *regexp.Regexp
	rooms []string // and the rooms below them
	tests bool     // tests may mention it anywhere
}

var words = []word{
	{"YAML", regexp.MustCompile(`"gopkg\.in/yaml\.v3"`), []string{"dsl"}, true},
	{"expr", regexp.MustCompile(`"github\.com/expr-lang/expr`), []string{"dsl/eval"}, false},
	{"Arrow", regexp.MustCompile(`"github\.com/apache/arrow/`), []string{"pipeline", "sources/parquet", "sinks/file"}, true},
	{"pqarrow or gRPC", regexp.MustCompile(`parquet/pqarrow"|"google\.golang\.org/grpc`), nil, false},
	{"SQL", regexp.MustCompile(`"database/sql"|"modernc\.org/sqlite"`), []string{"pipeline/state", "sources/sonderplan/sonderplantest", "sinks/plandocket/plandockettest"}, true},
	{"encryption", regexp.MustCompile(`"filippo\.io/age`), []string{"cmd/reconkit"}, false},
	{"string distance", regexp.MustCompile(`"github\.com/xrash/smetrics"`), []string{"dedupe", "dsl/funcs"}, true},
	{"waiting", regexp.MustCompile(`\btime\.(Sleep|After|NewTimer|AfterFunc)\(`), []string{"pipeline/retry", "pipeline/faults", "sources/sonderplan/sonderplantest", "sinks/plandocket/plandockettest", "cmd"}, true},
	{"the clock", regexp.MustCompile(`\btime\.Now\b`), []string{"cmd", "examples"}, true},
	{"randomness", regexp.MustCompile(`"(math/rand(/v2)?|crypto/rand)"`), []string{"cmd", "pipeline/faults", "sources/sonderplan/sonderplantest", "sinks/plandocket/plandockettest"}, true},
	{"the environment", regexp.MustCompile(`\bos\.(Getenv|LookupEnv|Environ|Args|Exit)\b`), []string{"cmd", "examples"}, true},
	{"printing", regexp.MustCompile(`\bfmt\.Print|\bos\.Std(out|err)\b|\blog\.Print`), []string{"cmd", "examples"}, true},
	{"a default client", regexp.MustCompile(`\bhttp\.(Get|Post|PostForm|Head)\(`), []string{"cmd", "examples"}, true},
	{"a logger of its own", regexp.MustCompile(`\bslog\.(SetDefault|Default|Info|Warn|Error|Debug)\(`), []string{"cmd", "examples"}, true},
}

// goFile is one file of the module.
type goFile struct {
	path, room string
	test       bool
	text       string
	imports    []string // of ours, without the module
	tree       *ast.File
}

// generator reports whether the file is a program that makes a word list, run
// by hand and in no package.
func (f goFile) generator() bool {
	return strings.HasPrefix(f.text, "//go:build ignore") || strings.Contains(f.text, "\n//go:build ignore")
}

func goFiles(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && name != "." || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		tree, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		f := goFile{path: filepath.ToSlash(name), room: path.Dir(filepath.ToSlash(name)), test: strings.HasSuffix(name, "_test.go"), text: string(text), tree: tree}
		for _, i := range tree.Imports {
			if own, ok := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), module); ok {
				f.imports = append(f.imports, own)
			}
		}
		files = append(files, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 100 {
		t.Fatalf("found %d Go files; the law would hold for nothing", len(files))
	}
	return files
}

// within reports whether a room is one of the rooms or below one.
func within(room string, rooms []string) bool {
	return slices.ContainsFunc(rooms, func(r string) bool { return room == r || strings.HasPrefix(room, r+"/") })
}

func TestImportsPointOneWay(t *testing.T) {
	for _, f := range goFiles(t) {
		if within(f.room, free) || f.room == "." || f.generator() {
			continue
		}
		may, listed := allowed[f.room]
		if !listed && len(f.imports) > 0 {
			t.Errorf("%s: room %s is not in the list of rooms; say in ARCHITECTURE.md what it is for and add it here", f.path, f.room)
			continue
		}
		for _, i := range f.imports {
			own := f.test && (i == f.room || strings.HasPrefix(i, f.room+"/"))
			if slices.Contains(may, i) || own || f.test && slices.Contains(testsMay, i) {
				continue
			}
			t.Errorf("%s imports %s; room %s may import %s", f.path, i, f.room, strings.Join(may, ", "))
		}
	}
}

func TestWordsKnowTheirRoom(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.room == "." || f.generator() {
			continue
		}
		text := withoutComments(f)
		for _, w := range words {
			if f.test && w.tests || within(f.room, w.rooms) {
				continue
			}
			if at := w.match.FindString(text); at != "" {
				t.Errorf("%s mentions %s (%s), which belongs to %s", f.path, w.name, at, strings.Join(w.rooms, ", "))
			}
		}
	}
}

// withoutComments is the text of a file with its comments blanked.
func withoutComments(f goFile) string {
	text := []byte(f.text)
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, f.path, f.text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return f.text
	}
	for _, group := range tree.Comments {
		for _, c := range group.List {
			from := set.Position(c.Pos()).Offset
			for i := range c.Text {
				text[from+i] = ' '
			}
		}
	}
	return string(text)
}

func TestNoInit(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test || f.room == "." {
			continue
		}
		for _, d := range f.tree.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s has an init function; a registry is a value, filled in plain sight", f.path)
			}
		}
	}
}

func TestTopLevelFoldersAreFixed(t *testing.T) {
	fixed := []string{"cmd", "dedupe", "docs", "dsl", "examples", "pipeline", "sinks", "sources", "testdata"}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && e.Name() != "bin" && !slices.Contains(fixed, e.Name()) {
			t.Errorf("folder %s at the top; it belongs in one of %s", e.Name(), strings.Join(fixed, ", "))
		}
	}
}
