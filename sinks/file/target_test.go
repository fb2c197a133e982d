package file_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/file"
	"github.com/reconkit/reconkit/sinks/sinktest"
)

var contacts = pipeline.MustSchema(
	pipeline.Field{Name: "email", Type: pipeline.String, Kind: pipeline.KindEmail},
	pipeline.Field{Name: "number", Type: pipeline.String, Kind: pipeline.KindIdentifier},
	pipeline.Field{Name: "name", Type: pipeline.String},
	pipeline.Field{Name: "rating", Type: pipeline.Int},
	pipeline.Field{Name: "score", Type: pipeline.Float},
	pipeline.Field{Name: "active", Type: pipeline.Bool},
	pipeline.Field{Name: "seen", Type: pipeline.Timestamp},
	pipeline.Field{Name: "tags", Type: pipeline.StringList},
)

// endings are the kinds of files that every test of a target runs for.
var endings = []string{".csv", ".csv.gz", ".jsonl", ".jsonl.zst", ".parquet"}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func text(s string) pipeline.Value { return pipeline.StringValue(s) }

// hostile are texts that formats get wrong.
var hostile = []string{"=cmd|' /C calc'!A0", "+1", "@x", "\x1b[31mred\x1b[0m", "\u202eright to left", "nul\x00inside", " spaces ", "\ttab",
	"line\nbreak", "carriage\rreturn", "both\r\nof them", `"`, `""`, `a,"b",c;d`, "\ufeffmark", "Straße 王小明 🎉", "[not a list", "null", "0123", "-",
	`\u0041`, "\u2028", strings.Repeat("long ", 200_000)}

func record(n int) sinktest.Record {
	r := sinktest.Record{"email": text(fmt.Sprintf("p%d@example.com", n)), "number": text(fmt.Sprintf("00%d", n)),
		"name": text(fmt.Sprintf("Person %d", n)), "rating": pipeline.IntValue(int64(n%5) - 2)}
	if n%2 == 0 {
		r["score"], r["active"] = pipeline.FloatValue(float64(n)/3), pipeline.BoolValue(n%4 == 0)
		r["seen"], r["tags"] = pipeline.MicrosValue(int64(n)*1_000_001), pipeline.ListValue([]string{"a;b", "c,\"d\"", fmt.Sprint(n)})
	}
	return r
}

func open(t testing.TB, path string) *file.Target {
	t.Helper()
	target, err := file.New(file.Config{Path: filepath.Base(path), Dir: filepath.Dir(path), Key: []string{"email", "number"}, Schema: contacts})
	must(t, err)
	return target
}

// batch makes a batch of records.
func batch(t testing.TB, schema *pipeline.Schema, records ...sinktest.Record) *pipeline.Batch {
	t.Helper()
	b := pipeline.NewBuilder(schema, len(records)+1)
	for _, r := range records {
		for i, f := range schema.Fields() {
			b.Column(i).AppendValue(r[f.Name])
		}
	}
	done, err := b.Finish(pipeline.BatchData{Source: "test", Place: "test"})
	must(t, err)
	return done
}

// write puts records into a file.
func write(t testing.TB, path string, records ...sinktest.Record) {
	t.Helper()
	w, err := file.NewWriter(path, contacts, file.WriterOptions{})
	must(t, err)
	must(t, w.Write(batch(t, contacts, records...)))
	must(t, w.Close())
}

func TestContract(t *testing.T) {
	for _, ending := range endings {
		t.Run(ending, func(t *testing.T) {
			var dir string
			sinktest.Run(t, sinktest.Harness{
				Open: func(t testing.TB, seed []sinktest.Record) pipeline.Sink {
					dir = filepath.Join(t.TempDir(), "data")
					must(t, os.Mkdir(dir, 0o700))
					path := filepath.Join(dir, "contacts"+ending)
					if len(seed) > 0 {
						write(t, path, seed...)
					}
					return open(t, path)
				},
				Make: record, Update: "name", Texts: hostile, Deletes: true, ChecksBefore: true,
				Equal: func(_ pipeline.Field, written, shown pipeline.Value) bool {
					if strings.HasPrefix(ending, ".csv") && written.Type() == pipeline.String {
						written = text(strings.ReplaceAll(written.Str(), "\r\n", "\n")) // as CSV reads it back
					}
					return written.Equal(shown)
				},
				Break: func(t testing.TB, _ pipeline.Sink) func() {
					must(t, os.Rename(dir, dir+".away"))
					return func() { must(t, os.Rename(dir+".away", dir)) }
				},
			})
		})
	}
}

func put(t testing.TB, path, content string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(content), 0o640))
}

func get(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return string(b)
}

func update(id, field string, before, after pipeline.Value) pipeline.Change {
	return pipeline.Change{ID: "u-" + id + "-" + field, Action: pipeline.Update, Target: id,
		Fields: []pipeline.FieldChange{{Field: field, Before: before, After: after}}}
}

func create(email, name string) pipeline.Change {
	return pipeline.Change{ID: "c-" + email, Action: pipeline.Create, Fields: []pipeline.FieldChange{
		{Field: "email", After: text(email)}, {Field: "name", After: text(name)}}}
}

// statuses applies changes and returns how each ended.
func statuses(t testing.TB, target *file.Target, changes ...pipeline.Change) []pipeline.Status {
	t.Helper()
	outcomes, err := target.Apply(t.Context(), changes)
	must(t, err)
	var s []pipeline.Status
	for _, o := range outcomes {
		s = append(s, o.Status)
	}
	return s
}

// ids returns the ids of the records in order.
func ids(t testing.TB, target *file.Target) []string {
	t.Helper()
	var ids []string
	for b, err := range target.Read(t.Context()) {
		must(t, err)
		for i := range b.Len() {
			ids = append(ids, b.ID(i))
		}
	}
	return ids
}

func TestCSVKeepsWhatTheModelDoesNotKnow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	put(t, path, "\ufeffhobby,email,name,note\r\n\" chess \",a@example.com,Anna,\"x\r\ny\"\r\n,b@example.com,Bea,=1\r\n")
	got := statuses(t, open(t, path), update("b@example.com", "name", text("Bea"), text("Beate")),
		pipeline.Change{ID: "c", Action: pipeline.Create, Fields: []pipeline.FieldChange{{Field: "email", After: text("c@example.com")}, {Field: "rating", After: pipeline.IntValue(4)}}})
	if diff := cmp.Diff([]pipeline.Status{pipeline.Sent, pipeline.Sent}, got); diff != "" {
		t.Fatal(diff)
	}
	want := "\ufeffhobby,email,name,note,rating\r\n\" chess \",a@example.com,Anna,\"x\ny\",\r\n,b@example.com,Beate,=1,\r\n,c@example.com,,,4\r\n"
	if diff := cmp.Diff(want, get(t, path)); diff != "" {
		t.Error(diff)
	}
}

func TestJSONLinesKeepsLinesThatDoNotChange(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.jsonl")
	put(t, path, "{ \"email\": \"a@example.com\",  \"extra\": {\"deep\": [1, 2.50]} }\n\n{\"email\":\"b@example.com\",\"extra\":1e3,\"rating\":\"4\"}\n")
	got := statuses(t, open(t, path), update("b@example.com", "rating", pipeline.IntValue(4), pipeline.Erase()),
		update("b@example.com", "name", pipeline.Null(), text("Bea")), create("c@example.com", "Cleo"))
	if diff := cmp.Diff([]pipeline.Status{pipeline.Sent, pipeline.Sent, pipeline.Sent}, got); diff != "" {
		t.Fatal(diff)
	}
	want := "{ \"email\": \"a@example.com\",  \"extra\": {\"deep\": [1, 2.50]} }\n" +
		"{\"email\":\"b@example.com\",\"extra\":1e3,\"rating\":null,\"name\":\"Bea\"}\n{\"email\":\"c@example.com\",\"name\":\"Cleo\"}\n"
	if diff := cmp.Diff(want, get(t, path)); diff != "" {
		t.Error(diff)
	}
}

func TestParquetKeepsWhatTheModelDoesNotKnow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.parquet")
	write(t, path, record(0), record(1))
	small := pipeline.MustSchema(pipeline.Field{Name: "email", Type: pipeline.String}, pipeline.Field{Name: "title", Type: pipeline.String})
	target, err := file.New(file.Config{Path: path, Key: []string{"email"}, Schema: small})
	must(t, err)
	statuses(t, target, update("p0@example.com", "title", pipeline.Null(), text("Dr.")))
	want := []sinktest.Record{record(0), record(1)}
	n := 0
	for b, err := range open(t, path).Read(t.Context()) {
		must(t, err)
		for i := range b.Len() {
			for f, field := range contacts.Fields() {
				if v := b.Value(i, f); !v.Equal(want[n][field.Name]) {
					t.Errorf("record %d: %s is %q, want %q", n, field.Name, v, want[n][field.Name])
				}
			}
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d records", n)
	}
}

func TestOutcomes(t *testing.T) {
	content := "email,name,number\na@example.com,Anna,1\nb@example.com,Bea,2\n"
	email := func(from, to string) pipeline.Change { return update(from, "email", text(from), text(to)) }
	cases := map[string]struct {
		changes []pipeline.Change
		want    []pipeline.Status
	}{
		"create of what is there":              {[]pipeline.Change{create("A@example.com", "Anna")}, []pipeline.Status{pipeline.Drifted}},
		"create as it is there":                {[]pipeline.Change{create("a@example.com", "Anna")}, []pipeline.Status{pipeline.Already}},
		"two creates of one key":               {[]pipeline.Change{create("c@example.com", "C"), create("C@EXAMPLE.COM", "D")}, []pipeline.Status{pipeline.Sent, pipeline.Drifted}},
		"create without a key":                 {[]pipeline.Change{create("", "Nobody")}, []pipeline.Status{pipeline.Refused}},
		"update of what is gone":               {[]pipeline.Change{update("x@example.com", "name", text("X"), text("Y"))}, []pipeline.Status{pipeline.Drifted}},
		"one drifted, the other goes on":       {[]pipeline.Change{update("a@example.com", "name", text("Old"), text("N")), update("b@example.com", "name", text("Bea"), text("N"))}, []pipeline.Status{pipeline.Drifted, pipeline.Sent}},
		"update to a key that is taken":        {[]pipeline.Change{email("a@example.com", "B@example.com")}, []pipeline.Status{pipeline.Refused}},
		"a key is freed for another":           {[]pipeline.Change{email("a@example.com", "z@example.com"), create("a@example.com", "New")}, []pipeline.Status{pipeline.Sent, pipeline.Sent}},
		"text that is not UTF-8":               {[]pipeline.Change{update("a@example.com", "name", text("Anna"), text("\xff"))}, []pipeline.Status{pipeline.Refused}},
		"a field that the model does not have": {[]pipeline.Change{update("a@example.com", "shoe", pipeline.Null(), text("42"))}, []pipeline.Status{pipeline.Refused}},
		"a value of another type":              {[]pipeline.Change{update("a@example.com", "rating", pipeline.Null(), text("x"))}, []pipeline.Status{pipeline.Refused}},
		"delete of what changed":               {[]pipeline.Change{{ID: "d", Action: pipeline.Delete, Target: "a@example.com", Fields: []pipeline.FieldChange{{Field: "name", Before: text("Old")}}}}, []pipeline.Status{pipeline.Drifted}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.csv")
			put(t, path, content)
			if diff := cmp.Diff(c.want, statuses(t, open(t, path), c.changes...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAnUpdateOfTheKeyIsFoundAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	put(t, path, "email,name\na@example.com,Anna\n")
	target := open(t, path)
	c := update("a@example.com", "email", text("a@example.com"), text("new@example.com"))
	outcomes, err := target.Apply(t.Context(), []pipeline.Change{c})
	must(t, err)
	if diff := cmp.Diff(ids(t, target), []string{outcomes[0].Target}); diff != "" || outcomes[0].Target != "new@example.com" {
		t.Errorf("outcome %v: %s", outcomes[0], diff)
	}
	if got := statuses(t, target, c); got[0] != pipeline.Already {
		t.Errorf("the same change again is %s", got[0])
	}
}

func TestIDs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	put(t, path, "email,number,name\na@example.com,1,A\n,2,B\n,,C\n,,C\na@example.com,,D\n2,,E\n")
	got := ids(t, open(t, path))
	if len(got) != 6 {
		t.Fatalf("ids %q", got)
	}
	row := got[2]
	want := []string{"a@example.com", "number=2", row, row + "#2", "a@example.com#2", "2"}
	if diff := cmp.Diff(want, got); diff != "" || !strings.HasPrefix(row, "row-") {
		t.Errorf("ids: %s", diff)
	}
	statuses(t, open(t, path), update("a@example.com#2", "name", text("D"), text("Dora")))
	if diff := cmp.Diff(want, ids(t, open(t, path))); diff != "" {
		t.Errorf("after a rewrite: %s", diff)
	}
	if !strings.Contains(get(t, path), "a@example.com,,Dora\n") {
		t.Error("the second record of one id was not the one that changed")
	}
}

func TestModeAndLinksStay(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real.csv"), filepath.Join(dir, "link.csv")
	put(t, real, "email,name\na@example.com,Anna\n")
	must(t, os.Chmod(real, 0o644))
	must(t, os.Symlink("real.csv", link))
	statuses(t, open(t, link), create("b@example.com", "Bea"))
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v %v", info, err)
	}
	if info, err := os.Stat(real); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("mode %v, %v", info, err)
	}
	if !strings.Contains(get(t, real), "b@example.com") {
		t.Error("the file behind the link was not written")
	}
	must(t, os.Symlink("later.csv", filepath.Join(dir, "early.csv")))
	statuses(t, open(t, filepath.Join(dir, "early.csv")), create("b@example.com", "Bea"))
	if info, err := os.Stat(filepath.Join(dir, "later.csv")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("a link to a file that was not there: %v, %v", info, err)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".*"))
	must(t, err)
	if len(left) != 0 {
		t.Errorf("temporary files are left: %q", left)
	}
}

func TestFilesThatCannotBeATarget(t *testing.T) {
	for name, c := range map[string]struct{ name, content, want string }{
		"no key column":  {"a.csv", "mail;name\na@example.com;A\n", `no column ["email" "number"]`},
		"ragged row":     {"a.csv", "email,name\na@example.com\n", "would be lost"},
		"wrong type":     {"a.csv", "email,rating\na@example.com,high\n", `a.csv:2: column "rating": "high" is not a whole number`},
		"rejects":        {"a.csv", "email,reconkit_reason\na@example.com,bad\n", "reconkit_"},
		"broken JSON":    {"a.jsonl", "{\"email\":\"a\"}\n{\"email\":\n", "a.jsonl:2: the JSON object is cut off"},
		"two objects":    {"a.jsonl", "{} {}\n", "a.jsonl:1: there is more"},
		"twice a key":    {"a.jsonl", `{"email":"a","email":"b"}`, `a.jsonl:1: the key "email" is there twice`},
		"JSON array":     {"a.jsonl", "[]\n", "a.jsonl:1: the line is not a JSON object"},
		"JSON not UTF-8": {"a.jsonl", "{\"email\":\"\xff\"}\n", "a.jsonl:1: the line is not UTF-8"},
		"JSON type":      {"a.jsonl", `{"email":"a","rating":4.5}`, `a.jsonl:1: field "rating": 4.5 is not a int`},
		"not Parquet":    {"a.parquet", "hello", "not a Parquet file"},
		"broken gzip":    {"a.csv.gz", "hello", "a.csv.gz"},
		"missing folder": {"none/a.csv", "", "make it first"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), c.name)
			if c.content != "" {
				put(t, path, c.content)
			}
			outcomes, err := open(t, path).Apply(t.Context(), []pipeline.Change{create("new@example.com", "N")})
			if err == nil || outcomes != nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("outcomes %v, error %v; want one that holds %q", outcomes, err, c.want)
			}
			if c.content != "" && get(t, path) != c.content {
				t.Error("the file was changed")
			}
		})
	}
}

func TestNewNamesTheOption(t *testing.T) {
	for want, c := range map[string]file.Config{
		"path: the name":    {Key: []string{"email"}, Schema: contacts},
		"key: at least":     {Path: "a.csv", Schema: contacts},
		"no field \"mail\"": {Path: "a.csv", Key: []string{"mail"}, Schema: contacts},
		"cannot identify":   {Path: "a.csv", Key: []string{"tags"}, Schema: contacts},
		"format:":           {Path: "a.csv", Key: []string{"email"}, Schema: contacts, Format: "xml"},
		"does not end in":   {Path: "a.txt", Key: []string{"email"}, Schema: contacts},
		"delimiter:":        {Path: "a.csv", Key: []string{"email"}, Schema: contacts, Delimiter: "ab"},
		"leave out .gz":     {Path: "a.parquet.gz", Key: []string{"email"}, Schema: contacts},
	} {
		if _, err := file.New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one that holds %q", err, want)
		}
	}
}

func TestCancelledBeforeAnythingIsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	outcomes, err := open(t, path).Apply(ctx, []pipeline.Change{create("a@example.com", "A")})
	if !errors.Is(err, context.Canceled) || outcomes != nil {
		t.Errorf("outcomes %v, error %v", outcomes, err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file: %v", err)
	}
}
