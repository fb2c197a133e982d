// Package match holds the benchmark of matching; its test runs it on few rows.
package match

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestBenchmarkRuns runs the benchmark on few rows and on the labelled sets of a
// folder, of one file and of two.
func TestBenchmarkRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("the benchmark builds three programs")
	}
	sets := t.TempDir()
	for name, text := range map[string]string{
		"one/records.csv": "id,first_name,last_name,email,cluster_id\n1,Anna,Weber,anna@weber.example,1\n2,Anna,Weber,anna@weber.example,1\n3,Bruno,Keller,b@keller.example,2\n",
		"two/left.csv":    "id,first_name,last_name,email\n1,Anna,Weber,anna@weber.example\n2,Bruno,Keller,b@keller.example\n",
		"two/right.csv":   "id,first_name,last_name,email\n1,Bruno,Keller,b@keller.example\n2,Carla,Jahn,c@jahn.example\n",
		"two/truth.csv":   "id_a,id_b\n2,1\n",
		"columns":         "one: last_name=family_name,email=email\n",
	} {
		path := filepath.Join(sets, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.CommandContext(t.Context(), "sh", "run.sh")
	c.Env = append(os.Environ(), "ROWS=1000 1500", "SEEDS=1 2", "LINKAGE_SETS="+sets, "LINKAGE_COLUMNS="+filepath.Join(sets, "columns"))
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	line := regexp.MustCompile(`(?m)^\| ([^|]+) \|( [01]?\.\d{4} [01]?\.\d{4} [01]?\.\d{4} \|){4} [0-9.]+ \| [0-9.]+ \|`)
	var labels []string
	for _, m := range line.FindAllStringSubmatch(string(out), -1) {
		labels = append(labels, m[1])
	}
	if got, want := strings.Join(labels, "; "), "1000 contacts, seed 1; 1000 contacts, seed 2; 1500 contacts, seed 1; 1500 contacts, seed 2; one; two"; got != want {
		t.Errorf("lines of the table: %s; want %s\n%s", got, want, out)
	}
}

// With GROWTH the script tells what matching takes for each row.
func TestBenchMatchTellsOfGrowth(t *testing.T) {
	c := exec.CommandContext(t.Context(), "sh", "run.sh")
	c.Env = append(os.Environ(), "GROWTH=1", "ROWS=500 1000")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	line := regexp.MustCompile(`(?m)^\| (\d+) contacts, seed 1 \| [0-9.]+ \| [0-9.]+ s \| [0-9.]+ µs \| [0-9.]+ s \| \d+ MiB \(\d+\) \| \d+ B \|$`)
	var rows []string
	for _, m := range line.FindAllStringSubmatch(string(out), -1) {
		rows = append(rows, m[1])
	}
	if got, want := strings.Join(rows, " "), "500 1000"; got != want {
		t.Errorf("lines of the table: %s; want %s\n%s", got, want, out)
	}
}
