package dsl

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// The words with which a question is answered.
const (
	AnswerSame      = "same"      // the two records are one
	AnswerDifferent = "different" // they are two
	AnswerLater     = "later"     // ask again; it is not kept
)

// noteMax is the number of characters of a note that is kept.
const noteMax = 1000

// ReviewAnswer is what a person says to a question.
type ReviewAnswer struct {
	Question  string // id
	Answer    string // one of the Answer constants, or "" for none yet
	Who, When string // who answered, and on which day
	Note      string
	Place     string // where the answer stands, such as questions.csv:5
}

// Recorded is what became of some answers.
type Recorded struct {
	Same      int            `json:"same"`      // new answers
	Different int            `json:"different"` // new answers
	Later     int            `json:"later"`
	Blank     int            `json:"unanswered"`
	Already   int            `json:"already"` // answers that the decisions hold
	Files     []RecordedFile `json:"files"`   // that have new answers
}

// RecordedFile is a file of decisions with the answers that were added.
type RecordedFile struct {
	Path   string `json:"path"`
	Added  int    `json:"added"`
	Before []byte `json:"-"` // its text as it was read; nil: it was not there
	After  []byte `json:"-"` // its text with the answers
}

// answerProblemsMax is the number of refused answers that are named one by one.
const answerProblemsMax = 20

// AnswersError says which answers cannot be taken. Nothing is to be written
// then.
type AnswersError struct{ Problems []diag.Finding }

func (e *AnswersError) Error() string {
	lines := make([]string, 0, len(e.Problems)+1)
	for i, p := range e.Problems {
		if i == answerProblemsMax {
			lines = append(lines, fmt.Sprintf("and %d more", len(e.Problems)-i))
			break
		}
		lines = append(lines, p.String())
	}
	return "no answer was taken:\n\t" + strings.Join(lines, "\n\t")
}

// Answer reads the records of the pipeline again and returns the files of
// decisions with the answers at their end; it writes nothing. All answers are
// taken or none: an *AnswersError names those that do not fit, since a value
// has changed, a word is not known, or they contradict an answer of before. The
// same answer given again is counted, and changes nothing.
func (r *Review) Answer(ctx context.Context, opt pipeline.Options, answers []ReviewAnswer) (*Recorded, error) {
	t := &answerTaking{review: r, out: &Recorded{Files: []RecordedFile{}}, wanted: map[string]*namedRecord{}}
	t.sort(answers)
	if len(t.asked) > 0 && len(t.problems) == 0 {
		if err := r.match(ctx, opt, t.find); err != nil {
			return nil, err
		}
		if err := t.take(); err != nil {
			return nil, err
		}
	}
	if len(t.problems) > 0 {
		return nil, &AnswersError{t.problems}
	}
	return t.out, nil
}

// answerTaking is one Answer at work.
type answerTaking struct {
	review   *Review
	out      *Recorded
	asked    []ReviewAnswer // that say same or different
	wanted   map[string]*namedRecord
	problems []diag.Finding
}

// namedRecord is a record that an answer is about, as decisions name it.
type namedRecord struct {
	model  string // "": it was not found
	who    dedupe.Who
	seen   string
	fields []string
	schema *pipeline.Schema
}

func (t *answerTaking) problem(place, hint, format string, args ...any) {
	t.problems = append(t.problems, diag.Finding{Severity: diag.Error, Code: "bad-answer", Where: place, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// sort counts the answers that say nothing, and notes whom the others are about.
func (t *answerTaking) sort(answers []ReviewAnswer) {
	said := map[string]ReviewAnswer{}
	for _, a := range answers {
		a.Answer = strings.ToLower(strings.TrimSpace(a.Answer))
		switch a.Answer {
		case "":
			t.out.Blank++
			continue
		case AnswerLater:
			t.out.Later++
			continue
		case AnswerSame, AnswerDifferent:
		default:
			t.problem(a.Place, "write same, different or later, or leave it empty", "the answer %q is not known", diag.Shorten(a.Answer, 60))
			continue
		}
		first, second, ok := questionRecords(a.Question)
		before, again := said[a.Question]
		switch {
		case !ok:
			t.problem(a.Place, "leave the column question as it was written", "%q is no question", diag.Shorten(a.Question, 60))
			continue
		case again && before.Answer != a.Answer:
			t.problem(a.Place, "keep one of the two answers", "the question is answered with %s here and with %s at %s", a.Answer, before.Answer, before.Place)
			continue
		case again:
			t.out.Already++
			continue
		}
		said[a.Question] = a
		t.asked = append(t.asked, a)
		t.wanted[first], t.wanted[second] = &namedRecord{}, &namedRecord{}
	}
}

// questionRecords takes the id of a question apart into those of its records.
func questionRecords(id string) (first, second string, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(id), questionPrefix)
	first, second, two := strings.Cut(rest, "-")
	return first, second, ok && two && len(first) == 2*idBytes && len(second) == 2*idBytes
}

// find looks for the records that the answers are about.
func (t *answerTaking) find(m matched) {
	look := func(target bool) func(int32, pipeline.Record) {
		return func(_ int32, r pipeline.Record) {
			w := t.wanted[m.id(r, target)]
			if w == nil || w.model != "" {
				return
			}
			who, _ := m.matcher.WhoIs(r, target)
			fields := m.matcher.SeenFields()
			*w = namedRecord{model: m.model, who: who, seen: dedupe.Fingerprint(r, fields), fields: fields, schema: m.in.Records.Schema()}
		}
	}
	each(m.in.Records, look(false))
	each(m.in.Target, look(true))
}

// take puts the answers to the files that they belong to.
func (t *answerTaking) take() error {
	byFile := map[string][]answered{}
	schemas := map[string]*pipeline.Schema{}
	var order []string
	for _, a := range t.asked {
		first, second, _ := questionRecords(a.Question)
		x, y := t.wanted[first], t.wanted[second]
		if x.model == "" || y.model == "" {
			same, taken, err := t.taken(first, second)
			if err != nil {
				return err
			}
			if taken && same == (a.Answer == AnswerSame) {
				t.out.Already++
				continue
			}
			t.problem(a.Place, "write the questions anew, and answer those", "a value of these records has changed since the question was written, or one of them is gone")
			continue
		}
		path := t.review.files[x.model]
		if path == "" {
			t.problem(a.Place, "add decisions: decisions.yaml to its dedupe section", "model %s names no file of decisions", x.model)
			continue
		}
		if schemas[path] == nil {
			schemas[path] = x.schema
			order = append(order, path)
		}
		note := strings.TrimSpace(a.Note)
		byFile[path] = append(byFile[path], answered{who: a.Who, when: a.When, note: diag.Shorten(note, noteMax), Decision: dedupe.Decision{A: x.who, B: y.who,
			Same: a.Answer == AnswerSame, Seen: dedupe.Seen{Fields: x.fields, A: x.seen, B: y.seen}, Place: a.Place}})
	}
	if len(t.problems) > 0 {
		return nil
	}
	for _, path := range order {
		if err := t.add(path, byFile[path], schemas[path]); err != nil {
			return err
		}
	}
	return nil
}

// taken reports whether a decision holds an answer about the two records of a
// question, as they were when it was written, and what it says. Its values may
// have changed since.
func (t *answerTaking) taken(first, second string) (same, taken bool, err error) {
	for _, m := range t.review.pipeline.Models {
		path := t.review.files[m.Name]
		if path == "" {
			continue
		}
		text, err := readBounded(path, decisionsBytesMax)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, false, fmt.Errorf("read the decisions: %w", err)
		}
		list, _, err := readAnswers(path, text, m.Schema)
		if err != nil {
			return false, false, err
		}
		for _, d := range slices.Backward(list) {
			a, b := recordID(m.Name, d.A, d.Seen.A), recordID(m.Name, d.B, d.Seen.B)
			if a == first && b == second || a == second && b == first {
				return d.Same, true, nil
			}
		}
	}
	return false, false, nil
}

// add appends the answers to one file, unless they contradict what it holds.
func (t *answerTaking) add(path string, answers []answered, schema *pipeline.Schema) error {
	text, err := readBounded(path, decisionsBytesMax)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read the decisions: %w", err)
	}
	list, _, err := readAnswers(path, text, schema)
	if err != nil {
		return err
	}
	var fresh []answered
	for _, a := range answers {
		if t.known(a, list) {
			continue
		}
		fresh = append(fresh, a)
		list = append(list, decision{Decision: a.Decision})
	}
	for _, c := range conflicts(withoutReplaced(list)) {
		t.problem(c.different.Place, "one of them is wrong", "%s; %s", c.message(), c.cause())
	}
	if len(t.problems) > 0 || len(fresh) == 0 {
		return nil
	}
	after, err := appendDecisions(path, text, fresh, schema)
	if err != nil {
		return err
	}
	for _, a := range fresh {
		if a.Same {
			t.out.Same++
		} else {
			t.out.Different++
		}
	}
	t.out.Files = append(t.out.Files, RecordedFile{Path: path, Added: len(fresh), Before: text, After: after})
	return nil
}

// known reports whether the decisions hold the answer already, or another one
// about the same two records as they are now, which is a problem.
func (t *answerTaking) known(a answered, list []decision) bool {
	new := decision{Decision: a.Decision}
	for _, d := range slices.Backward(list) {
		if pairKey(d.Decision) != pairKey(a.Decision) || len(d.Seen.Fields) > 0 && !sawTheSame(d, new) {
			continue
		}
		if d.Same != a.Same {
			t.problem(a.Place, "correct the decision where it stands, if it was wrong", "%s says otherwise of %s and %s", d.Place, diag.Shorten(a.A.String(), 60), diag.Shorten(a.B.String(), 60))
		} else {
			t.out.Already++
		}
		return true
	}
	return false
}
