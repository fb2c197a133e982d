package examples

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
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
	root, seen := repository(t), 0
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
		if err != nil {
			return err
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if m[1] == "" || strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			seen++
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), filepath.FromSlash(m[1]))); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", path, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen == 0 {
		t.Error("no page has a relative link")
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
