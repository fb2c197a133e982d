package examples

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks"
	"github.com/reconkit/reconkit/sinks/plandocket"
	"github.com/reconkit/reconkit/sources"
	"github.com/reconkit/reconkit/sources/sonderplan"
)

// link is a Markdown link; what follows a # is a place within the page.
var link = regexp.MustCompile(`\]\(([^)#\s]*)(#[^)\s]*)?\)`)

func TestLinksLeadSomewhere(t *testing.T) {
	seen := 0
	eachPage(t, func(path, text string) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if m[1] == "" || strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			seen++
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", path, m[1])
			}
		}
	})
	if seen == 0 {
		t.Error("no page has a relative link")
	}
}

// eachPage visits the Markdown pages of the repository.
func eachPage(t *testing.T, visit func(path, text string)) {
	t.Helper()
	root := repository(t)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != root:
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".md":
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil {
			visit(path, string(text))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

var (
	testNamed    = regexp.MustCompile("`(Test\\w+)")
	testDeclared = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
)

// TestFaultsAreShown holds that the page of faults names tests that are there.
func TestFaultsAreShown(t *testing.T) {
	root, declared := repository(t), map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range testDeclared.FindAllStringSubmatch(string(text), -1) {
			declared[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "faults.md"))
	if err != nil {
		t.Fatal(err)
	}
	named := testNamed.FindAllStringSubmatch(string(page), -1)
	if len(named) == 0 {
		t.Error("the page of faults names no test")
	}
	for _, m := range named {
		if !declared[m[1]] {
			t.Errorf("docs/faults.md names %s, which is not there", m[1])
		}
	}
}

// TestReferencePagesAreWhatIsRegistered compares the tables of docs/sources.md
// and docs/targets.md with the options and fields of what is shipped. A table
// stands between <!-- options NAME --> or <!-- fields NAME --> and <!-- end -->.
func TestReferencePagesAreWhatIsRegistered(t *testing.T) {
	r := dsl.NewRegistry()
	if err := errors.Join(sources.Register(r), sinks.Register(r)); err != nil {
		t.Fatal(err)
	}
	s, err := sonderplan.New(sonderplan.Config{TokenFromTransport: true})
	if err != nil {
		t.Fatal(err)
	}
	columns, err := s.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	inSources := map[string]string{"fields sonderplan": fieldTable(columns.Fields())}
	for _, kind := range r.SourceTypes() {
		inSources["options "+kind] = optionTable(r.SourceOptions(kind))
	}
	inTargets := map[string]string{"fields plandocket": fieldTable(plandocket.ContactsSchema().Fields()),
		"fields participants": fieldTable(plandocket.ParticipantsSchema().Fields())}
	for _, kind := range r.TargetTypes() {
		inTargets["options "+kind] = optionTable(r.TargetOptions(kind))
	}
	comparePage(t, "../docs/sources.md", inSources)
	comparePage(t, "../docs/targets.md", inTargets)
}

var table = regexp.MustCompile(`(?s)<!-- ((?:options|fields) [a-z]+) -->\n(.*?)<!-- end -->`)

func comparePage(t *testing.T, page string, want map[string]string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	fresh := table.ReplaceAllStringFunc(string(text), func(whole string) string {
		m := table.FindStringSubmatch(whole)
		found[m[1]] = true
		if want[m[1]] == "" {
			t.Errorf("%s: there is nothing registered for %q", page, m[1])
			return whole
		}
		return "<!-- " + m[1] + " -->\n" + want[m[1]] + "<!-- end -->"
	})
	for name := range want {
		if !found[name] {
			t.Errorf("%s has no table <!-- %s -->", page, name)
		}
	}
	if fresh == string(text) {
		return
	}
	if !*update {
		t.Errorf("%s is not what is registered; write it with go test ./examples -update", page)
		return
	}
	if err := os.WriteFile(page, []byte(fresh), 0o644); err != nil {
		t.Fatal(err)
	}
}

func optionTable(options []dsl.Option) string {
	var b strings.Builder
	b.WriteString("| option | type | default | meaning |\n|---|---|---|---|\n")
	for _, o := range options {
		standard := "none"
		switch {
		case o.Required:
			standard = "required"
		case o.Default != "":
			standard = "`" + o.Default + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", o.Name, o.Type, standard, cell(o.Doc))
	}
	return b.String()
}

func fieldTable(fields []pipeline.Field) string {
	var b strings.Builder
	b.WriteString("| field | type | meaning |\n|---|---|---|\n")
	for _, f := range fields {
		note := ""
		if f.ReadOnly {
			note = " Read only."
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.Name, f.Type, cell(f.Doc)+note)
	}
	return b.String()
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// TestBlockedCodesAreTold holds that the tables of docs/plan.md tell the codes by which
// rows can be blocked, all of them and no others.
func TestBlockedCodesAreTold(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(repository(t), "docs", "plan.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(page), "\n## Blocked codes\n")
	section, _, _ = strings.Cut(section, "\n### ")
	told := map[string]bool{}
	for _, line := range strings.Split(section, "\n") {
		if cells := strings.Split(line, "|"); len(cells) > 3 {
			for _, m := range codeTold.FindAllStringSubmatch(cells[1], -1) {
				told[m[1]] = true
			}
		}
	}
	if !found || len(told) == 0 {
		t.Fatal("docs/plan.md has no table of blocked codes")
	}
	inCode := wordsInCode(t, "Code", "Block", "Unroutable")
	for code, place := range inCode {
		if !told[code] {
			t.Errorf("%s: docs/plan.md does not tell the code %s", place, code)
		}
	}
	for code := range told {
		if inCode[code] == "" {
			t.Errorf("docs/plan.md tells the code %s, by which nothing is blocked", code)
		}
	}
}

var codeTold = regexp.MustCompile("`([a-z-]+)`")

// TestLabelsAreTold holds the same of the labels of changes.
func TestLabelsAreTold(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(repository(t), "docs", "plan.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(page), "\n### Labels\n")
	section, _, _ = strings.Cut(section, "\n### ")
	if !found {
		t.Fatal("docs/plan.md has no table of labels")
	}
	for label, place := range wordsInCode(t, "Label") {
		if !strings.Contains(section, "\n| `"+label+"` |") {
			t.Errorf("%s: docs/plan.md does not tell the label %s", place, label)
		}
	}
}

// wordsInCode are words of the packages that make plans, with the file of each:
// constants whose names begin with a prefix, and, in literals of some types, what is
// given to the field of that name.
func wordsInCode(t *testing.T, prefix string, types ...string) map[string]string {
	t.Helper()
	codes := map[string]string{}
	note := func(file string, e ast.Expr) {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			code, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			codes[code] = file
		}
	}
	for _, dir := range []string{"pipeline", "dedupe", "sinks/plandocket", "sinks/file"} {
		files, err := filepath.Glob(filepath.Join(repository(t), filepath.FromSlash(dir), "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", dir, len(files), err)
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			file := dir + "/" + filepath.Base(path)
			ast.Inspect(parsed, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.ValueSpec:
					for i, name := range n.Names {
						if strings.HasPrefix(name.Name, prefix) && i < len(n.Values) {
							note(file, n.Values[i])
						}
					}
				case *ast.CompositeLit:
					if !slices.Contains(types, typeName(n.Type)) {
						return true
					}
					for _, e := range n.Elts {
						if kv, ok := e.(*ast.KeyValueExpr); ok {
							if key, ok := kv.Key.(*ast.Ident); ok && key.Name == prefix {
								note(file, kv.Value)
							}
						}
					}
				}
				return true
			})
		}
	}
	return codes
}

// typeName is the name of a type, without its package.
func typeName(t ast.Expr) string {
	if s, ok := t.(*ast.SelectorExpr); ok {
		t = s.Sel
	}
	if name, ok := t.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}
