package review

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"runtime"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// A document that is written entry by entry is the one that is written at once.
func TestJSONIsOneDocument(t *testing.T) {
	for name, p := range map[string]*pipeline.Plan{"empty": {}, "small": smallPlan(), "hostile": planSaying(hostile), "merge": mergePlan()} {
		var got strings.Builder
		if err := JSON(&got, p); err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		e := diag.JSONEncoder(&want)
		e.SetIndent("", "  ")
		if err := e.Encode(struct {
			Header     pipeline.Header          `json:"header"`
			Digest     string                   `json:"digest"`
			Total      pipeline.Counts          `json:"total"`
			Blocked    []labelledRow            `json:"blocked"`
			Changes    []pipeline.Change        `json:"changes"`
			Stopped    []pipeline.StoppedModel  `json:"stopped"`
			Rejected   []pipeline.RejectedRow   `json:"rejected"`
			Reasons    []pipeline.RejectedGroup `json:"reasons"`
			Asked      int                      `json:"questions_total"`
			Questions  []pipeline.PlanQuestion  `json:"questions"`
			Duplicates []pipeline.PlanDuplicate `json:"duplicates"`
			Findings   []diag.Finding           `json:"findings"`
		}{p.Header, p.Digest, p.Total(), labelled(p.Blocked), list(p.Changes), list(p.Stopped), list(p.Rejected), list(p.Reasons), p.Asked(), list(p.Questions), list(p.Duplicates), list(p.Findings)}); err != nil {
			t.Fatal(err)
		}
		if got.String() != want.String() {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got.String(), want.String())
		}
	}
}

// Whoever cannot be written to is told, in each form.
func TestFormsTellThatTheyCannotBeWritten(t *testing.T) {
	full := errors.New("no space left")
	w := writerFunc(func([]byte) (int, error) { return 0, full })
	p := phones(2000, nil)
	for name, err := range map[string]error{"text": Text(w, p, Options{}), "json": JSON(w, p), "csv": CSV(w, p), "markdown": Markdown(w, p, Options{}), "html": HTML(w, p, Options{})} {
		if !errors.Is(err, full) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A form holds what it is about to write, and not the whole plan once more, however
// large the plan is.
func TestFormsHoldLittle(t *testing.T) {
	const changes, mostMiB = 30_000, 4 // JSON of it has 15 MiB
	p := phones(changes, nil)
	live := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	for name, write := range map[string]func(io.Writer) error{
		"text":     func(w io.Writer) error { return Text(w, p, Options{All: true}) },
		"glance":   func(w io.Writer) error { return Text(w, p, Options{}) },
		"json":     func(w io.Writer) error { return JSON(w, p) },
		"csv":      func(w io.Writer) error { return CSV(w, p) },
		"markdown": func(w io.Writer) error { return Markdown(w, p, Options{Values: true}) },
		"html":     func(w io.Writer) error { return HTML(w, p, Options{Values: true}) },
	} {
		before, most, written, looked := live(), int64(0), 0, 0
		if err := write(writerFunc(func(b []byte) (int, error) {
			if written += len(b); written-looked > 1<<20 {
				looked = written
				most = max(most, live()-before)
			}
			return len(b), nil
		})); err != nil {
			t.Fatal(err)
		}
		if most > mostMiB<<20 {
			t.Errorf("%s holds %d MiB beside the plan, want at most %d", name, most>>20, mostMiB)
		}
		t.Logf("%s: %d KiB written, %d KiB held", name, written>>10, most>>10)
	}
}

// TestJSONLabelsConflicts: of a conflict whose values look the same, JSON says so, as it
// does of a field that changes.
func TestJSONLabelsConflicts(t *testing.T) {
	p := &pipeline.Plan{Blocked: []pipeline.BlockedRow{{Block: pipeline.Block{Code: pipeline.CodeEditConflict, Conflicts: []pipeline.FieldConflict{
		{Field: "city", Ours: pipeline.StringValue("caf\u00e9"), Theirs: pipeline.StringValue("cafe\u0301")},
		{Field: "name", Ours: pipeline.StringValue("Anna"), Theirs: pipeline.StringValue("\u0410nna")},
		{Field: "phone", Ours: pipeline.StringValue("1"), Theirs: pipeline.StringValue("2")}}}}}}
	var doc struct {
		Blocked []struct {
			Code      string
			Conflicts []struct {
				Field  string
				Labels []string
			}
		}
	}
	var b strings.Builder
	if err := JSON(&b, p); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(b.String()), &doc); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, c := range doc.Blocked[0].Conflicts {
		got[c.Field] = strings.Join(c.Labels, " ")
	}
	if want := map[string]string{"city": pipeline.LabelSameLook, "name": pipeline.LabelLookAlike, "phone": ""}; !maps.Equal(got, want) || doc.Blocked[0].Code != pipeline.CodeEditConflict {
		t.Errorf("labels %v of %s, want %v", got, doc.Blocked[0].Code, want)
	}
}
