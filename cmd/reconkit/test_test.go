package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/dsl"
)

// runAll runs the tests of a pipeline and returns how many there are.
func runAll(t *testing.T, path string, text []byte) int {
	t.Helper()
	reg, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	tests, found := dsl.LoadTestsText(t.Context(), path, text, reg, dsl.Host{})
	if tests == nil {
		t.Fatalf("%s is not valid:\n%s", path, found.Text())
	}
	for i := range tests.All() {
		r, err := tests.Run(t.Context(), i, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		writeResult(&b, false, r)
		if !r.Passed() {
			t.Errorf("%s:\n%s", path, b.String())
		}
	}
	return len(tests.All())
}

func TestTestsOfTheExamplesPass(t *testing.T) {
	files, err := filepath.Glob("../../examples/*/pipeline.yaml")
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\ntests:\n") {
			ran += runAll(t, path, text)
		}
	}
	if ran < 4 {
		t.Errorf("the examples have %d tests", ran)
	}
}

// The tests of the page about testing pass when they stand in the quickstart
// instead of its own.
func TestTestsOfThePagePass(t *testing.T) {
	page, err := os.ReadFile("../../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	quickstart, err := os.ReadFile("../../examples/quickstart/pipeline.yaml")
	if err != nil {
		t.Fatal(err)
	}
	base, _, _ := strings.Cut(string(quickstart), "\ntests:\n")
	blocks := regexp.MustCompile("(?ms)^```yaml\n(.*?)^```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) == 0 {
		t.Fatal("the page has no tests")
	}
	for _, b := range blocks {
		if runAll(t, "../../examples/quickstart/pipeline.yaml", []byte(base+"\n"+b[1])) == 0 {
			t.Errorf("no test in\n%s", b[1])
		}
	}
}
