package dsl

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// reviewed is a pipeline of two sources and its file of decisions. Rows of
// people have ids, those of the fair have none.
type reviewed struct {
	w        *world
	dir      string
	people   *table
	fair     *table
	document string
	target   *pipeline.Table // nil: the model has no sink
}

const reviewedPipeline = `version: 1
sources:
  people: { type: csv, path: people.csv, id: id }
  fair: { type: csv, path: fair.csv }
models:
  contacts:
    from:
      - { source: people, map: { email: email, first_name: first, last_name: last, city: city } }
      - { source: fair, map: { email: email, first_name: first, last_name: last, city: city } }
    dedupe:
      same: [email]
      match_above: 0.9999
      review_above: 0.001
      decisions: d.yaml
`

func newReviewed(t *testing.T) *reviewed {
	t.Helper()
	r := &reviewed{w: newWorld(), dir: t.TempDir(), document: reviewedPipeline}
	r.people = &table{header: []string{"id", "first", "last", "email", "city"}, rows: [][]string{
		{"1", "Anna", "Weber", "anna@x.example", "Berlin"}, {"2", "Hans", "Kranz", "hans@y.example", "Bonn"}, {"3", "Cleo", "Winter", "cleo@z.example", "Basel"}}}
	r.fair = &table{header: []string{"first", "last", "email", "city"}, rows: [][]string{
		{"Anna", "Weber", "a.weber@heide.example", "Berlin"}, {"Hans", "Kranz", "h.kranz@other.example", "Bonn"}}}
	r.w.tables["people.csv"], r.w.tables["fair.csv"] = r.people, r.fair
	return r
}

// shelf is a target that holds a table.
type shelf struct {
	*memoryTarget
	held *pipeline.Table
}

func (s shelf) Read(context.Context) pipeline.Stream {
	return func(yield func(*pipeline.Batch, error) bool) {
		for _, b := range s.held.Batches() {
			if !yield(b, nil) {
				return
			}
		}
	}
}

// onShelf is a target of one record.
func onShelf(t *testing.T, id string, cells ...string) *pipeline.Table {
	t.Helper()
	schema := pipeline.MustSchema(contacts.Fields()[:3]...)
	b, ids := pipeline.NewBuilder(schema, 1), pipeline.NewColumnBuilder(pipeline.String, 1)
	for i, c := range cells {
		b.Column(i).AppendString(c)
	}
	ids.AppendString(id)
	batch, err := b.Finish(pipeline.BatchData{Source: "shelf", IDs: ids.Finish()})
	if err != nil {
		t.Fatal(err)
	}
	table := pipeline.NewTable(schema)
	table.Append(batch)
	return table
}

func (r *reviewed) open(t *testing.T) *Review {
	t.Helper()
	path := filepath.Join(r.dir, "p.yaml")
	if err := os.WriteFile(path, []byte(r.document), 0o600); err != nil {
		t.Fatal(err)
	}
	p, found := Load(t.Context(), path, r.w.registry(t), r.w.host())
	if p == nil {
		t.Fatal(found.Text())
	}
	if r.target != nil {
		p.Bindings = []*pipeline.Binding{{Model: p.Models[0], Resource: "contacts", Target: shelf{&memoryTarget{schema: r.target.Schema(), identity: "shelf", keys: []string{"email"}}, r.target}}}
	}
	review, err := NewReview(path, p)
	if err != nil {
		t.Fatal(err)
	}
	return review
}

func (r *reviewed) questions(t *testing.T) *Questions {
	t.Helper()
	q, err := r.open(t).Questions(t.Context(), pipeline.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// answer gives answers in the order of the questions and writes the files.
func (r *reviewed) answer(t *testing.T, q *Questions, words ...string) (*Recorded, error) {
	t.Helper()
	var answers []ReviewAnswer
	for i, word := range words {
		answers = append(answers, ReviewAnswer{Question: q.Questions[i].ID, Answer: word, Who: "Petra", When: "2026-11-22", Place: fmt.Sprintf("q.csv:%d", i+2)})
	}
	done, err := r.open(t).Answer(t.Context(), pipeline.Options{}, answers)
	if err == nil {
		for _, f := range done.Files {
			if err := os.WriteFile(f.Path, f.After, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return done, err
}

func (r *reviewed) decisions(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, "d.yaml"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

func labels(q *Questions) []string {
	out := []string{}
	for _, x := range q.Questions {
		out = append(out, x.A.Name+" "+x.B.Name)
	}
	slices.Sort(out)
	return out
}

// The whole circle: questions, answers, no questions, a value that changes, and
// the question again.
func TestReviewCircle(t *testing.T) {
	r := newReviewed(t)
	q := r.questions(t)
	want := []string{"email=a.weber@heide.example people:1", "email=h.kranz@other.example people:2"}
	if got := labels(q); !slices.Equal(got, want) || q.More != 0 {
		t.Fatalf("questions %q", got)
	}
	for _, x := range q.Questions {
		if len(x.A.Fields) != 4 || x.A.Fields[0].Name != "email" || x.ID == "" || x.Score <= 0 || len(x.Parts) == 0 {
			t.Errorf("question %+v", x)
		}
	}
	done, err := r.answer(t, q, "Same ", "different")
	if err != nil || done.Same != 1 || done.Different != 1 || len(done.Files) != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	text := r.decisions(t)
	if strings.Count(text, "who: Petra") != 2 || strings.Contains(text, "Weber") {
		t.Errorf("decisions:\n%s", text)
	}
	if again := r.questions(t); len(again.Questions) != 0 || len(again.Findings) != 0 {
		t.Fatalf("%+v", again)
	}

	// The file that was read once changes nothing.
	done, err = r.answer(t, q, "same", "different")
	if err != nil || done.Already != 2 || len(done.Files) != 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	if _, err = r.answer(t, q, "different", "different"); err == nil || !strings.Contains(err.Error(), "q.csv:2: d.yaml:3:3 says otherwise") {
		t.Fatalf("%v", err)
	}

	// A value that was compared changes, and later changes back.
	r.people.rows[1][4] = "Köln"
	changed := r.questions(t)
	if got := labels(changed); !slices.Equal(got, want[1:]) || len(changed.Findings) != 1 || changed.Findings[0].Code != "decision-outdated" || changed.Questions[0].ID == q.Questions[1].ID {
		t.Fatalf("questions %q, %+v", got, changed.Findings)
	}
	if done, err := r.answer(t, q, "same", "different"); err != nil || done.Already != 2 {
		t.Fatalf("answers that were taken before: %+v, %v", done, err)
	}
	if done, err := r.answer(t, changed, "same"); err != nil || done.Same != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	if last := r.questions(t); len(last.Questions) != 0 || len(last.Findings) != 0 {
		t.Fatalf("%+v", last)
	}
	if !strings.HasPrefix(r.decisions(t), text) {
		t.Errorf("what stood there has changed:\n%s", r.decisions(t))
	}
}

// Answers that do not fit are refused as a whole, each with its place.
func TestAnswersAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		words  []string
		change func(*reviewed)
		want   string
	}{
		"a word":                {[]string{"same", "perhaps"}, nil, `q.csv:3: the answer "perhaps" is not known; write same, different or later`},
		"a changed value":       {[]string{"later", "same"}, func(r *reviewed) { r.people.rows[1][2], r.people.rows[0][2] = "Krantz", "Webber" }, "q.csv:3: a value of these records has changed"},
		"a record that is gone": {[]string{"", "same"}, func(r *reviewed) { r.fair.rows = r.fair.rows[:1]; r.people.rows = r.people.rows[:1] }, "q.csv:3: a value of these records has changed"},
		"no file":               {[]string{"same"}, func(r *reviewed) { r.document = strings.ReplaceAll(r.document, "      decisions: d.yaml\n", "") }, "model contacts names no file of decisions"},
		"brackets": {[]string{"same"}, func(r *reviewed) {
			if err := os.WriteFile(filepath.Join(r.dir, "d.yaml"), []byte("[{ a: { target: x }, b: { target: y }, same: true }]\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "d.yaml:1: the decisions stand in brackets"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newReviewed(t)
			q := r.questions(t)
			if c.change != nil {
				c.change(r)
			}
			before := r.decisions(t)
			if _, err := r.answer(t, q, c.words...); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if r.decisions(t) != before {
				t.Errorf("decisions were written:\n%s", r.decisions(t))
			}
		})
	}
	r := newReviewed(t)
	for _, id := range []string{"", "q-1-2", "1.23E+15", "=q", strings.Repeat("q", 1<<20)} {
		_, err := r.open(t).Answer(t.Context(), pipeline.Options{}, []ReviewAnswer{{Question: id, Answer: "same", Place: "q.csv:2"}})
		if err == nil || !strings.Contains(err.Error(), "q.csv:2: ") || !strings.Contains(err.Error(), "is no question") || len(err.Error()) > 300 {
			t.Errorf("%.20s: %v", id, err)
		}
	}
}

// Answers of one file that contradict each other are refused.
func TestAnswersThatContradict(t *testing.T) {
	r := newReviewed(t)
	r.people.rows = [][]string{{"1", "Anna", "Weber", "a@x.example", "Berlin"}, {"2", "Anna", "Weber", "b@x.example", "Berlin"}, {"3", "Anna", "Weber", "c@x.example", "Berlin"}}
	r.fair.rows = nil
	q := r.questions(t)
	if len(q.Questions) != 3 {
		t.Fatalf("questions %q", labels(q))
	}
	_, err := r.answer(t, q, "same", "same", "different")
	if err == nil || !strings.Contains(err.Error(), "q.csv:4: ") || !strings.Contains(err.Error(), "they are the same by q.csv:") {
		t.Errorf("got %v", err)
	}
	q.Questions = append(q.Questions[:1], q.Questions[0])
	_, err = r.answer(t, q, "same", "different")
	if err == nil || !strings.Contains(err.Error(), "q.csv:3: the question is answered with different here and with same at q.csv:2") {
		t.Errorf("got %v", err)
	}
}

// A question about a record of the target is answered by its id.
func TestReviewOfATarget(t *testing.T) {
	r := newReviewed(t)
	r.people.rows, r.fair.rows = r.people.rows[:1], nil
	r.target = onShelf(t, "8f", "weber@old.example", "Anna", "Weber")
	q := r.questions(t)
	if got := labels(q); !slices.Equal(got, []string{"people:1 #8f"}) || q.Questions[0].B.Target != "8f" || q.Questions[0].B.Origin != nil {
		t.Fatalf("questions %q, %+v", got, q)
	}
	if done, err := r.answer(t, q, "same"); err != nil || done.Same != 1 || !strings.Contains(r.decisions(t), `b: { target: "8f" }`) {
		t.Fatalf("%+v, %v\n%s", done, err, r.decisions(t))
	}
	if q := r.questions(t); len(q.Questions) != 0 || len(q.Findings) != 0 {
		t.Fatalf("%+v", q)
	}
	r.target = onShelf(t, "8f", "weber@old.example", "Anna", "Weber-Klein")
	if q := r.questions(t); len(q.Questions) != 1 || len(q.Findings) != 1 || !strings.Contains(q.Findings[0].Message, "the values of #8f have changed") {
		t.Fatalf("%+v", q)
	}
}

// The order of rows and of batches changes nothing.
func TestQuestionsAreStable(t *testing.T) {
	r := newReviewed(t)
	want := fmt.Sprintf("%+v", idsOf(r.questions(t)))
	slices.Reverse(r.people.rows)
	r.people.batchRows = 1
	if got := fmt.Sprintf("%+v", idsOf(r.questions(t))); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func idsOf(q *Questions) []string {
	var ids []string
	for _, x := range q.Questions {
		ids = append(ids, x.ID)
	}
	return ids
}

// Rows that cannot be named in YAML are questions without an id.
func TestQuestionThatCannotBeAnswered(t *testing.T) {
	r := newReviewed(t)
	r.fair.rows = [][]string{{"Anna", "Weber", "", "Berlin\xff"}}
	q := r.questions(t)
	if len(q.Questions) != 1 || q.Questions[0].ID != "" {
		t.Errorf("%+v", q.Questions)
	}
	r.fair.rows = [][]string{{"Anna", "Weber", "a.weber@heide.example", "Berlin"}}
	r.document = strings.NewReplacer("same: [email]", "same: [id]", "map: { email: email,", "map: { id: email,").Replace(reviewedPipeline)
	if q := r.questions(t); len(q.Questions) != 1 || q.Questions[0].ID != "" {
		t.Errorf("a row that a field called id names: %+v", q.Questions)
	}
	r.fair.rows = nil
	if q := r.questions(t); len(q.Questions) != 0 || q.Questions == nil {
		t.Errorf("%+v", q.Questions)
	}
}
