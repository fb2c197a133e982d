package dsl

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	codeField  = regexp.MustCompile(`\bCode:\s*"([a-z0-9-]+)"`)
	codeOfEval = regexp.MustCompile(`\bwrong\([^"\n]*,\s*"([a-z0-9-]+)"`)
)

// writtenCodes are the codes of diagnostics in the program. A code that is put
// together, such as unused-source, is there by its beginning.
func writtenCodes(t *testing.T) []string {
	t.Helper()
	var codes []string
	for _, pattern := range []string{"*.go", "eval/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") || file == "codes.go" {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range strings.Split(string(text), "\n") {
				if strings.Contains(line, "Finding{") {
					continue // about data
				}
				for _, m := range slices.Concat(codeField.FindAllStringSubmatch(line, -1), codeOfEval.FindAllStringSubmatch(line, -1)) {
					codes = append(codes, m[1])
				}
			}
		}
	}
	return codes
}

// Every code that the program writes is explained, and every code that is
// explained is written.
func TestEveryCodeIsExplained(t *testing.T) {
	written := writtenCodes(t)
	if len(written) < 100 {
		t.Fatalf("%d codes were found in the program", len(written))
	}
	explained := map[string]bool{}
	for _, c := range Codes() {
		if explained[c.Code] {
			t.Errorf("%s is explained twice", c.Code)
		}
		explained[c.Code] = true
		if !strings.HasSuffix(c.Short, ".") || !strings.HasSuffix(c.Help, ".") {
			t.Errorf("%s: %q and %q are no sentences", c.Code, c.Short, c.Help)
		}
		family := strings.HasPrefix(c.Code, "unknown-") || strings.HasPrefix(c.Code, "unused-")
		if !family && !slices.Contains(written, c.Code) {
			t.Errorf("%s is explained and never written", c.Code)
		}
	}
	for _, code := range written {
		if !explained[code] && !strings.HasSuffix(code, "-") {
			t.Errorf("%s is written and not explained in codes.go", code)
		}
	}
}
