package review

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// Each code of a block that the page of docs explains is told in words in a comment
// without values, too.
func TestBlockedCodesAreToldInWords(t *testing.T) {
	text, err := os.ReadFile("../../docs/plan.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "\n## Blocked codes\n")
	table, _, _ = strings.Cut(table, "\n### ")
	codes := 0
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]+) \\|").FindAllStringSubmatch(table, -1) {
		for _, m := range regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(row[1], -1) {
			if codes++; blockedMeans[m[1]] == "" {
				t.Errorf("nothing is said of %s", m[1])
			}
		}
	}
	if !found || codes < 30 {
		t.Fatalf("docs/plan.md explains %d codes", codes)
	}
	p := smallPlan()
	p.Blocked = append(p.Blocked, pipeline.BlockedRow{Model: "people", Block: pipeline.Block{Code: "of-tomorrow"}})
	page := written(t, Markdown, p, Options{})
	for _, want := range []string{"- 1 `ambiguous-target`: several records of the target could be meant\n", "- 1 `of-tomorrow`\n"} {
		if !strings.Contains(page, want) {
			t.Errorf("lacks %q:\n%s", want, page)
		}
	}
}
