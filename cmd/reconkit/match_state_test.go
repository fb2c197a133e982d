package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Of two runs at one time, the one that ends last writes nothing: it knows neither
// the weights nor the clusters of the other.
func TestRunThatIsOvertakenWritesNothing(t *testing.T) {
	dir := t.TempDir()
	people := "id,first_name,last_name\n1,Ines,Brandt\n2,Jan,Roth\n"
	run := func(stdin io.Reader, out string) (code int, stderr string) {
		var b bytes.Buffer
		a := &app{stdin: stdin, stdout: io.Discard, stderr: &b, getenv: func(string) (string, bool) { return "", false }}
		code = a.main([]string{"match", "run", "-", "--out", filepath.Join(dir, out), "--state", filepath.Join(dir, "match.db"), "--state-name", "people"})
		return code, b.String()
	}
	meanwhile := readerFunc(func() {
		if code, stderr := run(strings.NewReader(people), "second.csv"); code != exitOK {
			t.Errorf("the second run ended with %d: %s", code, stderr)
		}
	})
	code, stderr := run(io.MultiReader(meanwhile, strings.NewReader(people)), "first.csv")
	if code != exitError || !strings.Contains(stderr, "match.db: another run has remembered its clusters in between; run again") {
		t.Errorf("the first run ended with %d: %s", code, stderr)
	}
	if _, err := os.Stat(filepath.Join(dir, "first.csv")); err == nil {
		t.Error("the first run wrote its clusters")
	}
}

// readerFunc is called when it is read, and is empty.
type readerFunc func()

func (f readerFunc) Read([]byte) (int, error) {
	f()
	return 0, io.EOF
}
