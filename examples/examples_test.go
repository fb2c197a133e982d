// Package examples holds small pipelines and programs that show how reconkit is
// used. Its tests run all of them exactly as their pages say.
package examples

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the output and the tables that the pages show")

// runMax bounds one block of commands.
const runMax = 3 * time.Minute

// repository is the folder of the module.
func repository(t testing.TB) string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// program builds the program into a folder of its own and returns the folder.
func program(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	c := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "reconkit"), "./cmd/reconkit")
	c.Dir = repository(t)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return dir
}

func TestPagesRunAsWritten(t *testing.T) {
	bin := program(t)
	for _, page := range []struct{ name, page, copy, to string }{
		{"quickstart", "quickstart/README.md", "quickstart", "."},
		{"participants", "participants/README.md", "participants", "."},
		{"sonderplan-to-plandocket", "sonderplan-to-plandocket/README.md", "sonderplan-to-plandocket", "."},
		{"root", "../README.md", "quickstart", "examples/quickstart"},
		{"testing", "../docs/testing.md", "quickstart", "."},
		{"explain", "../docs/explain.md", "quickstart", "."},
		{"editor", "../docs/editor.md", "quickstart", "."},
		{"init", "../docs/init.md", "../testdata", "."},
		{"matching", "../docs/matching.md", "quickstart", "."},
		{"export", "../docs/export.md", "quickstart", "."},
		{"matching-files", "../docs/matching-files.md", "match", "."},
		{"exit-codes", "../docs/exit-codes.md", "quickstart", "."},
	} {
		t.Run(page.name, func(t *testing.T) {
			dir := t.TempDir()
			copyFolder(t, page.copy, filepath.Join(dir, page.to))
			runPage(t, page.page, dir, bin)
		})
	}
}

// runPage runs each block of commands of a page that is marked with run, one
// after the other in one folder, and compares what it prints on standard output
// with the block of output that follows it before the next such block, if any.
//
// A block begins with ```sh run, or with ```sh run exit=3 when its last command
// ends with another code than 0. A block of output begins with ```text output.
func runPage(t *testing.T, page, dir, bin string) {
	t.Helper()
	blocks := fences(t, page)
	ran := 0
	var promised promise
	shown := map[int]string{} // new text of blocks, by position
	for i, b := range blocks {
		want, run := b.exit()
		if !run {
			continue
		}
		ran++
		got := runBlock(t, b, dir, bin, want)
		promised.keep(t, page, b.line, got)
		at := outputOf(blocks, i)
		if at < 0 || steady(got) == steady(blocks[at].text) {
			continue
		}
		if shown[at] = got; !*update {
			t.Errorf("%s:%d: the page does not show what the commands print; see it, then go test ./examples -update\n-- page --\n%s\n-- printed --\n%s", page, blocks[at].line, blocks[at].text, got)
		}
	}
	if ran == 0 {
		t.Errorf("%s has no block of commands to run", page)
	}
	if *update && len(shown) > 0 {
		rewrite(t, page, blocks, shown)
	}
}

// promise is what the last plan that a page showed says that its apply takes.
type promise struct{ calls, requests int }

var (
	told = regexp.MustCompile(`([\d,]+) writing calls? and up to ([\d,]+) reading requests?`)
	took = regexp.MustCompile(`([\d,]+) writing calls?, ([\d,]+) reading requests?`)
)

// keep takes up what a plan promises, and holds it against what the apply took.
func (p *promise) keep(t *testing.T, page string, line int, printed string) {
	t.Helper()
	if calls, requests, ok := twoNumbers(t, took, printed); ok && p.calls > 0 && (calls != p.calls || requests > p.requests) {
		t.Errorf("%s:%d: the apply took %d calls and %d requests; its plan says %d and up to %d", page, line, calls, requests, p.calls, p.requests)
	}
	if calls, requests, ok := twoNumbers(t, told, printed); ok {
		*p = promise{calls, requests}
	}
}

func twoNumbers(t *testing.T, pattern *regexp.Regexp, text string) (a, b int, ok bool) {
	t.Helper()
	found := pattern.FindStringSubmatch(text)
	if found == nil {
		return 0, 0, false
	}
	var n [2]int
	for i := range n {
		var err error
		if n[i], err = strconv.Atoi(strings.ReplaceAll(found[i+1], ",", "")); err != nil {
			t.Fatal(err)
		}
	}
	return n[0], n[1], true
}

// outputOf is the block that shows the output of block i: the first one before
// the next block that is run. It is -1 when there is none.
func outputOf(blocks []fence, i int) int {
	for at, b := range blocks[i+1:] {
		if _, run := b.exit(); run {
			return -1
		}
		if b.info == "text output" {
			return i + 1 + at
		}
	}
	return -1
}

// runBlock runs the commands of a block and returns their standard output.
func runBlock(t *testing.T, b fence, dir, bin string, want int) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), runMax)
	defer cancel()
	// What the pages run with go run is the program that was built already.
	text := strings.ReplaceAll(b.text, "go run ./cmd/reconkit", "reconkit")
	text = strings.ReplaceAll(text, "go build -o bin/reconkit ./cmd/reconkit\n", "")
	text = strings.ReplaceAll(text, "bin/reconkit", "reconkit")
	c := exec.CommandContext(ctx, "sh", "-c", text)
	c.Dir = dir
	c.Env = append(environment(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "NO_COLOR=1")
	var out, errs strings.Builder
	c.Stdout, c.Stderr = &out, &errs
	c.WaitDelay = time.Second
	err := c.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatalf("line %d: %v\n%s", b.line, err, errs.String())
	}
	if got := c.ProcessState.ExitCode(); got != want {
		t.Fatalf("line %d: exit code %d, want %d\n%s%s", b.line, got, want, out.String(), errs.String())
	}
	return out.String()
}

// environment is that of the test without what would lead an example to real
// services.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "SONDERPLAN_") || strings.HasPrefix(v, "PLANDOCKET_")
	})
}

// fence is one fenced block of a page.
type fence struct {
	info, text string
	line       int // of the first line of text
}

// exit says whether the block is to be run, and which code it ends with.
func (f fence) exit() (code int, run bool) {
	words := strings.Fields(f.info)
	if len(words) < 2 || words[0] != "sh" || words[1] != "run" {
		return 0, false
	}
	if len(words) == 3 {
		if n, err := strconv.Atoi(strings.TrimPrefix(words[2], "exit=")); err == nil {
			return n, true
		}
	}
	return 0, true
}

// fences are the fenced blocks of a page, in order.
func fences(t *testing.T, page string) []fence {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var blocks []fence
	var open *fence
	for i, line := range strings.SplitAfter(string(text), "\n") {
		info, mark := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case mark && open == nil:
			open = &fence{info: info, line: i + 2}
		case mark:
			blocks, open = append(blocks, *open), nil
		case open != nil:
			open.text += line
		}
	}
	if open != nil {
		t.Fatalf("%s:%d: the block does not end", page, open.line)
	}
	return blocks
}

// rewrite puts new text into blocks of a page.
func rewrite(t *testing.T, page string, blocks []fence, shown map[int]string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	for i := len(blocks) - 1; i >= 0; i-- {
		fresh, ok := shown[i]
		if !ok {
			continue
		}
		from := blocks[i].line - 1
		lines = slices.Replace(lines, from, from+strings.Count(blocks[i].text, "\n"), fresh)
	}
	if err := os.WriteFile(page, []byte(strings.Join(lines, "")), 0o644); err != nil {
		t.Fatal(err)
	}
}

// unsteady is what differs between two runs of the same commands: times, the
// names of runs, how long something took. What a version of the program may do
// better without any page being wrong counts too: digests.
var unsteady = []*regexp.Regexp{
	regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d UTC`),
	regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`),
	regexp.MustCompile(`\d{8}T\d{6}Z-[0-9a-f]{8}`),
	regexp.MustCompile(`at most [0-9.]+[mµn]?s`),
	regexp.MustCompile(`digest [0-9a-f]{12}`),
}

// steady is text without what differs between two runs.
func steady(text string) string {
	for i, u := range unsteady {
		text = u.ReplaceAllString(text, fmt.Sprintf("<%d>", i))
	}
	return text
}

// TestReadmeCommandsAreThoseOfCI makes sure that what a newcomer is told to run
// is what is run for every change.
func TestReadmeCommandsAreThoseOfCI(t *testing.T) {
	ci, err := os.ReadFile("../.ci/run")
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, b := range fences(t, "../README.md") {
		if strings.HasPrefix(b.info, "sh") {
			said = append(said, strings.Split(strings.TrimSpace(b.text), "\n")...)
		}
	}
	for _, want := range []struct{ command, ci string }{
		{"go run ./cmd/reconkit plan examples/quickstart/pipeline.yaml", `(?m)^go run \./cmd/reconkit plan examples/quickstart/pipeline\.yaml$`},
		{"go test ./...", `(?m)^\s*go test .*\./\.\.\.$`},
	} {
		if !slices.Contains(said, want.command) {
			t.Errorf("README.md does not say %q", want.command)
		}
		if !regexp.MustCompile(want.ci).Match(ci) {
			t.Errorf(".ci/run does not run %q", want.command)
		}
	}
}

// leftovers are what a pipeline leaves beside itself; an example is copied
// without them.
var leftovers = []string{".reconkit", "rejects", "sandbox"}

func copyFolder(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir() && slices.Contains(leftovers, d.Name()):
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		case strings.Contains(d.Name(), ".db") || strings.HasSuffix(d.Name(), ".rkplan"):
			return nil
		}
		copyFile(t, path, filepath.Join(to, rel))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestBenchmarkRuns runs the benchmark of BENCHMARKS.md on few rows.
func TestBenchmarkRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("the benchmark builds three programs")
	}
	c := exec.CommandContext(t.Context(), "sh", "bench/run.sh")
	c.Env = append(os.Environ(), "ROWS=500")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"create 25, update 35, blocked 0, rejected 0, unchanged 440", "create 0, update 0, blocked 0, rejected 0, unchanged 500; nothing to write"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the benchmark does not say %q:\n%s", want, out)
		}
	}
}
