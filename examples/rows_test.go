package examples

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// tool builds a program of a folder beside this file and returns its path.
func tool(t *testing.T, dir, name string) string {
	t.Helper()
	out := filepath.Join(dir, filepath.Base(name))
	if text, err := exec.CommandContext(t.Context(), "go", "build", "-o", out, "./"+name).CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", name, err, text)
	}
	return out
}

// do runs a program in a folder and returns what it prints.
func do(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), name, args...)
	c.Dir, c.Env = dir, append(os.Environ(), env...)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
	return string(out)
}

// TestRowsAsByHand holds the pipeline of the rows benchmark against the program
// that does the same job by hand: the benchmark compares the speed of equals.
func TestRowsAsByHand(t *testing.T) {
	const rows = "20000"
	dir := t.TempDir()
	gen, byhand, same := tool(t, dir, "rows/gen"), tool(t, dir, "rows/byhand"), tool(t, dir, "rows/same")
	reconkit := filepath.Join(program(t), "reconkit")
	copyFolder(t, "rows", filepath.Join(dir, "rows"))
	env := []string{"ROWS_CSV=" + filepath.Join(dir, "rows.csv"), "ORGANIZATIONS_CSV=" + filepath.Join(dir, "organizations.csv")}
	do(t, dir, nil, gen, "-n", rows, "-o", "rows.csv", "-organizations", "organizations.csv")
	do(t, dir, nil, byhand, "rows.csv", "byhand.jsonl", "byhand-rejects.jsonl")
	do(t, dir, env, reconkit, "export", "rows/pipeline.yaml", "--model", "rows", "-o", "valid.jsonl", "--rejects", "rejects.csv")
	do(t, dir, nil, same, "byhand.jsonl", "valid.jsonl")
	if hand, ours := lines(t, dir, "byhand-rejects.jsonl"), lines(t, dir, "rejects.csv")-1; hand != ours || hand == 0 {
		t.Errorf("%d rows rejected by hand, %d by reconkit", hand, ours)
	}
	do(t, dir, env, reconkit, "export", "rows/flagship.yaml", "-o", "flagship.jsonl", "--rejects", "flagship-rejects.csv")
	if good, bad := lines(t, dir, "flagship.jsonl"), lines(t, dir, "flagship-rejects.csv")-1; good+bad != 20_000 || good < bad {
		t.Errorf("the flagship pipeline keeps %d rows and rejects %d of 20,000", good, bad)
	}
}

// lines counts the lines of a file; no cell of these files holds a line break.
func lines(t *testing.T, dir, name string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(text), "\n")
}
