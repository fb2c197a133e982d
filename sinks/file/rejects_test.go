package file_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/sinks/file"
	"github.com/reconkit/reconkit/sources/csv"
)

func reject(source string, columns []string, cells ...string) pipeline.Reject {
	return pipeline.Reject{Origin: pipeline.Origin{Source: source, Place: source + ".csv", Row: 7}, Columns: columns, Cells: cells,
		Finding: diag.Finding{Message: "the e-mail is bad", Rule: "p.yaml:9:3"}}
}

func rejectsIn(t testing.TB, dir string, form file.RejectsForm) *file.Rejects {
	t.Helper()
	r, err := file.NewRejects(dir, form)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// keep writes rejects in one go and returns the names of the files.
func keep(t *testing.T, dir string, rows ...pipeline.Reject) []string {
	t.Helper()
	r := rejectsIn(t, dir, file.RejectsForm{})
	for _, row := range rows {
		must(t, r.Reject("contacts", row))
	}
	must(t, r.Close())
	must(t, r.Close())
	var names []string
	for _, f := range r.Files() {
		if filepath.Dir(f.Path) != dir || f.Rows == 0 {
			t.Errorf("file %+v", f)
		}
		names = append(names, filepath.Base(f.Path))
	}
	return names
}

func TestRejectsAreMendedAndFedBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "rejects")
	columns := []string{"E-Mail", "Firma"}
	raw := reject("crm", columns)
	raw.Raw = "\"broken\nrow"
	names := keep(t, dir, reject("people", columns, "a@b", "=HYPERLINK(1)"), reject("people", columns, "x", "y", "surplus"), raw, reject("people", columns, "M\xfcller"))
	if diff := cmp.Diff([]string{"contacts.crm.csv", "contacts.people.csv"}, names); diff != "" {
		t.Fatal(diff)
	}
	want := "E-Mail,Firma,reconkit_reason,reconkit_origin,reconkit_rule,reconkit_raw\na@b,=HYPERLINK(1),the e-mail is bad,people.csv:7,p.yaml:9:3,\n" +
		"x,y,the e-mail is bad,people.csv:7,p.yaml:9:3,\"x,y,surplus\"\nM\\xfcller,,the e-mail is bad,people.csv:7,p.yaml:9:3,\n"
	if diff := cmp.Diff(want, get(t, filepath.Join(dir, names[1]))); diff != "" {
		t.Error(diff)
	}
	if got := get(t, filepath.Join(dir, names[0])); !strings.HasSuffix(got, "the e-mail is bad,crm.csv:7,p.yaml:9:3,\"\"\"broken\nrow\"\n") {
		t.Errorf("the raw row: %q", got)
	}
	s, err := csv.New(csv.Config{Path: names[1], Dir: dir})
	must(t, err)
	schema, err := s.Schema(t.Context())
	must(t, err)
	if diff := cmp.Diff(columns, schema.Names()); diff != "" {
		t.Errorf("fed back: %s", diff)
	}
}

func TestEditedRejectsAreNeverOverwritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "rejects")
	columns := []string{"a"}
	first := reject("people", columns, "1")
	for range 2 {
		if diff := cmp.Diff([]string{"contacts.people.csv"}, keep(t, dir, first)); diff != "" {
			t.Fatalf("a file that nobody touched: %s", diff)
		}
	}
	path := filepath.Join(dir, "contacts.people.csv")
	put(t, path, "a,reconkit_reason\nmended,\n")
	for range 2 {
		if diff := cmp.Diff([]string{"contacts.people.2.csv"}, keep(t, dir, first)); diff != "" {
			t.Fatalf("beside an edited file: %s", diff)
		}
	}
	if get(t, path) != "a,reconkit_reason\nmended,\n" {
		t.Error("the edited file was changed")
	}
	must(t, os.Remove(filepath.Join(dir, ".contacts.people.2.csv.sha256")))
	if diff := cmp.Diff([]string{"contacts.people.3.csv"}, keep(t, dir, first)); diff != "" {
		t.Errorf("beside a file without checksum: %s", diff)
	}
	must(t, os.Remove(path))
	other := reject("people", []string{"a", "b"}, "1", "2")
	if diff := cmp.Diff([]string{"contacts.people.csv", "contacts.people.3.csv"}, keep(t, dir, first, other)); diff != "" {
		t.Errorf("rows with other columns: %s", diff)
	}
}

func TestRejectsEditedDuringTheRun(t *testing.T) {
	dir := t.TempDir()
	first := reject("people", []string{"a"}, "1")
	keep(t, dir, first)
	r := rejectsIn(t, dir, file.RejectsForm{})
	must(t, r.Reject("contacts", first))
	put(t, filepath.Join(dir, "contacts.people.csv"), "edited meanwhile")
	must(t, r.Close())
	if got := filepath.Base(r.Files()[0].Path); got != "contacts.people.2.csv" {
		t.Errorf("written to %s", got)
	}
}

func TestRejectsWithoutRowsOrGivenUp(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "rejects")
	keep(t, dir)
	if _, err := os.Stat(dir); err == nil {
		t.Error("a folder was made for nothing")
	}
	r := rejectsIn(t, dir, file.RejectsForm{})
	must(t, r.Reject("../contacts", reject("a/b", []string{"a"}, "1")))
	r.Abort()
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != 0 {
		t.Errorf("left: %v", entries)
	}
	if err := r.Reject("contacts", reject("people", nil)); err == nil {
		t.Error("a row was taken after the end")
	}
}

func TestNamesStayInTheFolder(t *testing.T) {
	dir := t.TempDir()
	r := rejectsIn(t, dir, file.RejectsForm{})
	must(t, r.Reject("../up", reject("a/b", []string{"a"}, "1")))
	must(t, r.Close())
	if got := r.Files()[0].Path; filepath.Dir(got) != dir {
		t.Errorf("written to %s", got)
	}
}

// What a spreadsheet opens is read back as the same cells, without being told
// how it was written, and counts as not edited.
func TestRejectsForSpreadsheets(t *testing.T) {
	columns, cells := []string{"Name", "Größe; m", "x"}, []string{"Müller; Sohn", "1,70", "a\nb"}
	form := file.RejectsForm{Delimiter: ";", ByteOrderMark: true}
	dir := t.TempDir()
	folder := rejectsIn(t, dir, form)
	single, err := file.NewRejectsFile(filepath.Join(dir, "single.csv"), columns, form)
	must(t, err)
	for _, row := range []pipeline.Reject{reject("people", columns, cells...), reject("people", columns, "too", "many", "cells", "x;y")} {
		must(t, folder.Reject("contacts", row))
		must(t, single.Reject("contacts", row))
	}
	must(t, folder.Close())
	must(t, single.Close())
	for _, name := range []string{"contacts.people.csv", "single.csv"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		must(t, err)
		if !strings.HasPrefix(string(text), "\xef\xbb\xbfName;\"Größe; m\";x;reconkit_reason;") || !strings.Contains(string(text), `"too;many;cells;""x;y"""`) {
			t.Errorf("%s: %q", name, text)
		}
		s, err := csv.New(csv.Config{Path: filepath.Join(dir, name)})
		must(t, err)
		schema, err := s.Schema(t.Context())
		must(t, err)
		var got []string
		for b, err := range s.Read(t.Context()) {
			must(t, err)
			for i := range b.Len() {
				for f := range schema.Len() {
					got = append(got, b.Value(i, f).Str())
				}
			}
		}
		if !slices.Equal(schema.Names(), columns) || !slices.Equal(got[:3], cells) {
			t.Errorf("%s: columns %q, cells %q", name, schema.Names(), got)
		}
	}
	again := rejectsIn(t, dir, file.RejectsForm{})
	must(t, again.Reject("contacts", reject("people", columns, cells...)))
	must(t, again.Close())
	if got := filepath.Base(again.Files()[0].Path); got != "contacts.people.csv" {
		t.Errorf("written to %s", got)
	}
	for name, bad := range map[string]file.RejectsForm{"x.csv": {Delimiter: "ab"}, "x.jsonl": {ByteOrderMark: true}, "y.jsonl": {Delimiter: ";"}} {
		if f, err := file.NewRejectsFile(filepath.Join(dir, name), columns, bad); err == nil {
			f.Abort()
			t.Errorf("%s: %+v is taken", name, bad)
		}
	}
	for _, bad := range []string{"\"", "\x00", " ", "\n"} {
		if _, err := file.NewRejects(dir, file.RejectsForm{Delimiter: bad}); err == nil {
			t.Errorf("%q is taken for a delimiter", bad)
		}
	}
}
