package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/dsl/draft"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/file"
	"github.com/reconkit/reconkit/sources/parquet"
)

// The golden drafts and the Parquet sample are written anew with
// UPDATE_SAMPLES=1 go test ./cmd/reconkit -run Init.
func updateSamples() bool { return os.Getenv("UPDATE_SAMPLES") != "" }

const samples = "../../testdata"

// crmSchema and crmRow are the sample testdata/crm.parquet: an address book of
// people and organisations under names that say little.
func crmSchema() *pipeline.Schema {
	return pipeline.MustSchema(
		pipeline.Field{Name: "uuid", Type: pipeline.String},
		pipeline.Field{Name: "name", Type: pipeline.String},
		pipeline.Field{Name: "Kontakt", Type: pipeline.String},
		pipeline.Field{Name: "reach", Type: pipeline.String},
		pipeline.Field{Name: "zip", Type: pipeline.String},
		pipeline.Field{Name: "town", Type: pipeline.String},
		pipeline.Field{Name: "cc", Type: pipeline.String},
		pipeline.Field{Name: "stars", Type: pipeline.Int},
		pipeline.Field{Name: "tags", Type: pipeline.StringList},
		pipeline.Field{Name: "newsletter", Type: pipeline.Bool},
		pipeline.Field{Name: "revenue", Type: pipeline.Float},
		pipeline.Field{Name: "modified_at", Type: pipeline.Timestamp},
	)
}

const crmRows = 48

func crmRow(i int) []pipeline.Value {
	first := []string{"Anna", "Felix", "Yusuf", "Claire", "Marta", "Jonas"}[i%6]
	last := []string{"Lindner", "Brandt", "Demir", "Morel", "Kowalska", "Sommer", "Keller", "Winter", "Novak", "Rossi", "Berg"}[i%11]
	place := [][3]string{{"10115", "Berlin", "DE"}, {"1060", "Wien", "AT"}, {"8005", "Zürich", "CH"}, {"01067", "Dresden", "DE"}}[i%4]
	name := first + " " + last
	if i%4 == 1 {
		name = fmt.Sprintf("%s %s", []string{"Bühnenwerk", "Atelier", "Messebau"}[i%3], last) + []string{" GmbH", " AG", " e.K."}[i%3]
	}
	reach := pipeline.StringValue(fmt.Sprintf("+49 30 23125 %03d", 100+i))
	if i%7 == 2 {
		reach = pipeline.Null()
	}
	tags := pipeline.ListValue([]string{"press"})
	if i%2 == 0 {
		tags = pipeline.ListValue([]string{"exhibitor", "vip"})
	}
	return []pipeline.Value{
		pipeline.StringValue(fmt.Sprintf("5f0c%04d-7a11-4c7e-9b1d-%012d", i*37, i*7919)),
		pipeline.StringValue(name),
		pipeline.StringValue(fmt.Sprintf("%s.%d@adressbuch.example", strings.ToLower(last), i)),
		reach, pipeline.StringValue(place[0]), pipeline.StringValue(place[1]), pipeline.StringValue(place[2]),
		pipeline.IntValue(int64(1 + i%5)), tags, pipeline.BoolValue(i%3 == 0), pipeline.FloatValue(float64(i) * 12.5),
		pipeline.TimeValue(time.Date(2025, time.Month(1+i%12), 1+i%28, 9, 30, 0, 0, time.UTC)),
	}
}

func TestInitSampleIsWhatItsRowsSay(t *testing.T) {
	path := filepath.Join(samples, "crm.parquet")
	b := pipeline.NewBuilder(crmSchema(), crmRows)
	for i := range crmRows {
		for f, v := range crmRow(i) {
			b.Column(f).AppendValue(v)
		}
	}
	want, err := b.Finish(pipeline.BatchData{})
	if err != nil {
		t.Fatal(err)
	}
	if updateSamples() {
		w, err := file.NewWriter(path, crmSchema(), file.WriterOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Write(want), w.Close()); err != nil {
			t.Fatal(err)
		}
	}
	src, err := parquet.New(parquet.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	row := 0
	for got, err := range src.Read(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		for i := range got.Len() {
			for f, v := range crmRow(row) {
				if !got.Column(f).Value(i).Equal(v) {
					t.Errorf("row %d, %s: %s, want %s", row, crmSchema().Field(f).Name, got.Column(f).Value(i), v)
				}
			}
			row++
		}
	}
	if row != crmRows {
		t.Errorf("%d rows, want %d", row, crmRows)
	}
}

func testApp() *app {
	return &app{stdin: strings.NewReader(""), stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}, getenv: func(string) (string, bool) { return "", false },
		log: slog.New(slog.DiscardHandler)}
}

// TestInitDrafts compares the drafts of the samples with those that were read
// and found good.
func TestInitDrafts(t *testing.T) {
	for _, c := range []struct {
		golden, target string
		files          []string
	}{
		{"contacts", "", []string{"contacts.csv"}},
		{"kunden", "", []string{"kunden.csv"}},
		{"crm", "", []string{"crm.parquet"}},
		{"together", "", []string{"contacts.csv", "kunden.csv", "crm.parquet"}},
		{"kunden-file", "file:address-book.jsonl", []string{"kunden.csv"}},
	} {
		t.Run(c.golden, func(t *testing.T) {
			golden, err := filepath.Abs(filepath.Join("testdata", "init", c.golden+".yaml"))
			if err != nil {
				t.Fatal(err)
			}
			t.Chdir(samples)
			a := testApp()
			if err := a.initPipeline(t.Context(), c.files, initFlags{out: toStdout, model: "contacts", target: c.target}); err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprint(a.stdout)
			if updateSamples() {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("the draft changed (-want +got):\n%s", diff)
			}
		})
	}
}

// drawName draws the name of a column: one that people write, or one that
// nobody should.
func drawName(t *rapid.T) string {
	known := rapid.SampledFrom([]string{"E-Mail", "email 2", "Name", "Vorname", "Kontakt", "Firma", "PLZ", "Land", "Straße", "Hausnr.", "phone", "Mobil", "id",
		"Kd.-Nr.", "Notes", "rating", "Tags", "website", "USt-IdNr.", "updated at", "Umsatz 2024", "row", "vars", "nil", "null", "true", "not", "let", "erase", "a: b",
		`say "hi"`, "it's", "#1", "- x", "=cmd()", "🙂 mood", "\u202egnp", "a\\b", "tab\tbed", "two\nlines", "${HOME}", "%", "&a", "*a", "!!int", "0", "1e3", ".inf", "~", "yes",
		strings.Repeat("lang ", 60), "\ufeffx", "a, #b", "{x}", "[x]", "?", "? x", "|", ">", "@", "`", "\u0085", "\U000e0001"})
	return rapid.OneOf(known, rapid.String(), rapid.StringMatching(`[A-Za-z_ .:#"'\\-]{1,12}`)).Draw(t, "name")
}

func drawValue(t *rapid.T, kind int) string {
	common := rapid.SampledFrom([]string{"", "", "x", "anna@example.com", "Anna Meier", "Meier GmbH", "030 23125-012", "+49 30 23125012", "DE", "Deutschland", "Congo", "1,5", "1.234,56", "1.234",
		"2,345", "7", "007", "31.12.2025", "1/2/2025", "2025-12-31", "ja", "no", "www.example.com", "=1+1", "a;b", "\x1b[31m", "\u200f", "NaN", "1e999", "99999999999999999999", "01067", "4"})
	if kind > 0 { // a column of one kind
		return rapid.SampledFrom([][]string{{"1", "3", "5", ""}, {"a@example.com", "b@example.org", "n/a"}, {"31.12.2025", "01.02.2024"}, {"1.234,5", "7,25", "12"},
			{"DE", "AT", "fr"}, {"ja", "nein"}, {"030 23125-012", "+43 1 5330", "a@example.com"}, {"1,234.5", "12"}, {"2025-01-02", "2024-02-29"}}[kind-1]).Draw(t, "of a kind")
	}
	return rapid.OneOf(common, rapid.String()).Draw(t, "value")
}

const kinds = 9

// drawFile draws a CSV file, well formed but for what is drawn.
func drawFile(t *rapid.T) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	n := rapid.IntRange(1, 6).Draw(t, "columns")
	names, of := make([]string, n), make([]int, n)
	for i := range names {
		names[i], of[i] = drawName(t), rapid.IntRange(0, kinds).Draw(t, "kind")
	}
	rows := [][]string{names}
	for range rapid.IntRange(0, 8).Draw(t, "rows") {
		row := make([]string, n)
		for i := range row {
			row[i] = drawValue(t, of[i])
		}
		rows = append(rows, row)
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The sandbox of a draft is the file that the command sandbox serves from the same folder.
func TestInitNamesTheSandboxThatIsServed(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "init", "contacts.yaml"))
	if err != nil || !strings.Contains(string(text), "base_url: sandbox:"+kindPlanDocket+".db\n") {
		t.Errorf("the draft names another file (%v)", err)
	}
}

// TestInitLaw says of any file: it is refused, or its draft is valid, and no
// row that was looked at is rejected by what the draft adds to it.
func TestInitLaw(t *testing.T) {
	dir := t.TempDir()
	drafts := 0
	rapid.Check(t, func(t *rapid.T) {
		var paths []string
		for i := range rapid.IntRange(1, 2).Draw(t, "files") {
			path := filepath.Join(dir, fmt.Sprintf("file %d.csv", i))
			if err := os.WriteFile(path, drawFile(t), 0o600); err != nil {
				t.Fatal(err)
			}
			paths = append(paths, path)
		}
		c := draft.Config{SchemaLine: true}
		c.Target = rapid.SampledFrom([]draft.TargetKind{draft.TargetAuto, draft.TargetFile, draft.TargetNone}).Draw(t, "target")
		a := testApp()
		unreadable := 0
		for _, p := range paths {
			f, err := a.look(t.Context(), p)
			if err != nil {
				return // the source's error is the answer
			}
			f.Path = filepath.Base(p)
			unreadable += f.Sample.Rejected
			c.Files = append(c.Files, f)
		}
		text, err := draft.Text(c)
		if err != nil {
			return
		}
		reg, err := registry()
		if err != nil {
			t.Fatal(err)
		}
		at := filepath.Join(dir, "pipeline.yaml")
		p, found := dsl.LoadText(t.Context(), at, []byte(text), reg, dsl.Host{Offline: true, Connect: offline, Now: time.Now, Getenv: a.getenv, ReadFile: os.ReadFile})
		if found.HasErrors() {
			t.Fatalf("the draft\n%s\nis not valid:\n%s", text, found.Text())
		}
		got, err := p.Models[0].Collect(t.Context(), pipeline.Options{Now: time.Unix(0, 0)})
		if err != nil {
			t.Fatalf("the draft\n%s\ncannot be planned: %v", text, err)
		}
		if got.Rejected != unreadable {
			t.Fatalf("the draft\n%s\nrejects %d rows, of which %d cannot be read: %v", text, got.Rejected, unreadable, got.Examples)
		}
		drafts++
	})
	if drafts == 0 {
		t.Error("no file got a draft")
	}
}

func TestInitSaysThatAnInvalidDraftIsItsOwnFault(t *testing.T) {
	var errs bytes.Buffer
	a := testApp()
	a.stderr = &errs
	a.report(a.checkDraft(t.Context(), "p.yaml", "version: 1\nmodls: {}\n"))
	for _, want := range []string{"the draft is not valid, so nothing was written", "p.yaml:2"} {
		if got := errs.String(); !strings.Contains(got, want) {
			t.Errorf("an invalid draft prints\n%s\nwant it to say %q", got, want)
		}
	}
}

func TestInitDoesNotReplaceUnasked(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.csv"), filepath.Join(dir, "p.yaml")
	if err := errors.Join(os.WriteFile(in, []byte("email\na@example.com\n"), 0o600), os.WriteFile(out, []byte("mine"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		flags initFlags
		want  string // of the error; "": none
	}{
		{initFlags{out: out}, "--force replaces it"},
		{initFlags{out: in, force: true}, "that is a file to read"},
		{initFlags{out: dir, force: true}, "not a regular file"},
		{initFlags{out: filepath.Join(dir, "nowhere", "p.yaml")}, "no such file"},
		{initFlags{out: out, force: true}, ""},
	} {
		err := testApp().initPipeline(t.Context(), []string{in}, c.flags)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("-o %s: %v, want %q", c.flags.out, err, c.want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "nowhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder was made: %v", err)
	}
}
