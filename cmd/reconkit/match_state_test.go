package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// Of two runs at one time, the one that ends last knows neither the weights nor the
// clusters of the other: it is refused, and where it can be told before it writes
// anything, it writes nothing.
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

// Rows are known by their ids, or else by what they hold, however often the
// columns of a file change places. What older versions remembered of a row is
// known by the same key.
func TestKeysOfRows(t *testing.T) {
	held := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return "row:" + hex.EncodeToString(sum[:16])
	}
	rowsOf := func(names ...string) *matchRows {
		r := &matchRows{files: []string{"people.csv"}, id: "id", table: pipeline.NewTable(textSchema(names))}
		values := map[string][]string{"id": {"7", "", "", ""}, "last": {"Brandt", "Brandt", "", "=6:Roth;"}, "a": {"", "äß", "", ""}}
		columns := make([]*pipeline.Column, len(names))
		for c, name := range names {
			b := pipeline.NewColumnBuilder(pipeline.String, 4)
			for _, v := range values[name] {
				appendText(b, v)
			}
			columns[c] = b.Finish()
		}
		b, err := pipeline.NewBatch(pipeline.BatchData{Schema: r.table.Schema(), Len: 4, Columns: columns})
		if err != nil {
			t.Fatal(err)
		}
		r.table.Append(b)
		return r
	}
	want := []string{"id:7", held("1:a=4:äß;4:last=6:Brandt;"), held(""), held("4:last=8:=6:Roth;;")}
	for _, r := range []*matchRows{rowsOf("id", "a", "last"), rowsOf("last", "id", "a")} {
		if got := r.keys(); !slices.Equal(got, want) {
			t.Errorf("the keys are %q, want %q", got, want)
		}
		r.files, r.fileOf = append(r.files, "more.csv"), []uint8{0, 1, 1, 0}
		if got := r.keys(); got[0] != "1:id:7" || got[1] != "2:"+want[1] {
			t.Errorf("of two files the keys are %q", got)
		}
	}
}
