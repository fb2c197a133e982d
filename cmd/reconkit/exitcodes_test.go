package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const exitPage = "../../docs/exit-codes.md"

func TestExitCodePageIsTheTable(t *testing.T) {
	text, err := os.ReadFile(exitPage)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- exit codes -->\n", "<!-- end -->"
	head, rest, found := strings.Cut(string(text), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no place for the table", exitPage)
	}
	want := head + begin + exitMarkdown() + end + tail
	if want == string(text) {
		return
	}
	if !*update {
		t.Fatalf("%s is not what the program says; write it with go test ./cmd/reconkit -run ExitCode -update", exitPage)
	}
	if err := os.WriteFile(exitPage, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// exited are the commands of stories with their exit codes.
var exited = regexp.MustCompile(`(?m)^(?:exec|exits (\d+)|interrupts \d (\d+)) reconkit ([a-z]+)`)

// TestExitCodesAreTrue compares the table with the stories, which run the
// program: each code of the table is one that a story saw, and no story saw
// another.
func TestExitCodesAreTrue(t *testing.T) {
	stories, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(stories) == 0 {
		t.Fatalf("%d stories, %v", len(stories), err)
	}
	seen := map[string]string{}
	for _, path := range stories {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range exited.FindAllStringSubmatch(string(text), -1) {
			seen[m[3]+" "+cmp.Or(m[1], m[2], "0")] = path
		}
	}
	said := map[string]bool{"apply 130": true}
	for _, e := range exitTable() {
		if !slices.IsSortedFunc(e.codes, func(a, b exitMeaning) int { return a.code - b.code }) {
			t.Errorf("the codes of %s are not in order", e.command)
		}
		for _, c := range e.codes {
			key := fmt.Sprintf("%s %d", e.command, c.code)
			said[key] = true
			if seen[key] == "" {
				t.Errorf("no story ends %s with the code %d", e.command, c.code)
			}
		}
	}
	for key, path := range seen {
		command, code, _ := strings.Cut(key, " ")
		if !said[key] && code != "0" && code != "1" {
			t.Errorf("%s: %s ends with the code %s, which exitTable does not have", path, command, code)
		}
	}
}
