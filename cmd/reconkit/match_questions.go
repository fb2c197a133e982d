package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// The columns of a file of questions, before those of the rows.
const (
	questionTie    = "probability"
	questionAnswer = "answer"
	questionA      = "a"
	questionB      = "b"
)

// The answers to a question.
const (
	answerSame      = "same"
	answerDifferent = "different"
)

// pairLine is a line about two rows: what stands before them, and the rows.
type pairLine struct {
	lead [2]string
	a, b int32
}

// writePairs writes a line for each pair: two columns of its own, what the rows
// are called, and both rows side by side, column by column. People read the file
// in a spreadsheet, so that no cell is a formula.
func (m *matching) writePairs(ctx context.Context, path string, lead [2]string, n int, line func(i int) pairLine) error {
	fields := []pipeline.Field{{Name: lead[0], Type: pipeline.String}, {Name: lead[1], Type: pipeline.String},
		{Name: questionA, Type: pipeline.String}, {Name: questionB, Type: pipeline.String}}
	names := m.columnNames()
	for _, n := range names {
		fields = append(fields, pipeline.Field{Name: questionA + "." + n, Type: pipeline.String}, pipeline.Field{Name: questionB + "." + n, Type: pipeline.String})
	}
	schema, err := pipeline.NewSchema(fields...)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	m.rows.index() // beforehand: several goroutines refer to rows
	return writeBatches(ctx, path, schema, true, n, func(i int, columns []*pipeline.ColumnBuilder) {
		l := line(i)
		appendText(columns[0], l.lead[0])
		appendText(columns[1], l.lead[1])
		columns[2].AppendString(m.rows.reference(l.a))
		columns[3].AppendString(m.rows.reference(l.b))
		for k, n := range names {
			appendText(columns[4+2*k], m.rows.text(l.a, n))
			appendText(columns[5+2*k], m.rows.text(l.b, n))
		}
	})
}

// writeQuestions writes the pairs in doubt, each with an empty answer.
func (m *matching) writeQuestions(ctx context.Context, f matchRunFlags, r *linkage.Result) error {
	return m.writePairs(ctx, f.questions, [2]string{questionTie, questionAnswer}, len(r.Questions), func(i int) pairLine {
		q := r.Questions[i]
		return pairLine{lead: [2]string{sixDigits(q.Probability)}, a: q.A, b: q.B}
	})
}

// fileMark stands between the number of a file and a row. A spreadsheet would
// take a slash or a colon for that of a date or time.
const fileMark = "#"

// reference names a row so that it can be found again: by the number of its
// file, where there are two, and its line or id.
func (r *matchRows) reference(row int32) string {
	r.index()
	k := r.fileOf[row]
	name := ":" + strconv.Itoa(r.line(row))
	if r.id != "" && r.twice[k] == "" {
		if id := r.text(row, r.id); id != "" {
			name = id
		}
	}
	if len(r.files) == 2 {
		return strconv.Itoa(int(k)+1) + fileMark + name
	}
	return name
}

// find finds the row of a reference.
func (r *matchRows) find(reference string) (int32, error) {
	file, rest := 0, reference
	if len(r.files) == 2 {
		number, name, marked := strings.Cut(reference, fileMark)
		n, err := strconv.Atoi(number)
		if err != nil || !marked || n < 1 || n > len(r.files) {
			return 0, fmt.Errorf("%q: with two files write 1#ID for a row of the first and 2#ID for one of the second, or 1#:LINE", shown(reference))
		}
		file, rest = n-1, name
	}
	line, ok := strings.CutPrefix(rest, ":")
	if !ok {
		return r.ofID(file, rest)
	}
	n, err := strconv.Atoi(line)
	if err != nil {
		return 0, fmt.Errorf("%q: after the colon stands a line, such as :17", shown(reference))
	}
	return r.ofLine(file, n)
}

// findWritten finds the row of a reference of a file, from which no formula was
// made.
func (r *matchRows) findWritten(reference string) (int32, error) {
	row, err := r.find(reference)
	if plain := formulas.Unguarded(reference); err != nil && plain != reference {
		return r.find(plain)
	}
	return row, err
}

// ofLine finds the row of a file by its line.
func (r *matchRows) ofLine(file, line int) (int32, error) {
	r.index()
	row, ok := r.byLine[file][line]
	if !ok {
		return 0, fmt.Errorf("no row of %s begins in line %d", r.files[file], line)
	}
	return row, nil
}

// readAnswers reads the answers of a file of questions. A question without an
// answer stays one.
func (a *app) readAnswers(ctx context.Context, path string, rows *matchRows) ([]linkage.Answer, error) {
	if form := formOf(path); form == formReview {
		return nil, fmt.Errorf("--answers %s: that is %s; %s", diag.Printable(path), form, a.useOf(form, path))
	}
	t, err := a.readMatchFile(ctx, path, textForm{})
	if err != nil {
		return nil, fmt.Errorf("--answers: %w", err)
	}
	for _, name := range []string{questionAnswer, questionA, questionB} {
		if t.Schema().Index(name) < 0 {
			return nil, fmt.Errorf("--answers: %w", noColumn(path, name, t.Schema()))
		}
	}
	var answers []linkage.Answer
	for i := range t.Len() {
		rec := t.Record(i)
		text := strings.ToLower(strings.TrimSpace(rec.Get(questionAnswer).String()))
		if text == "" {
			continue
		}
		where := fmt.Sprintf("--answers %s:%d", path, rec.Origin().Row)
		if text != answerSame && text != answerDifferent {
			return nil, fmt.Errorf("%s: the answer is %s or %s, or empty, not %q", where, answerSame, answerDifferent, shown(text))
		}
		x, err := rows.findWritten(rec.Get(questionA).String())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", where, err)
		}
		y, err := rows.findWritten(rec.Get(questionB).String())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", where, err)
		}
		answers = append(answers, linkage.Answer{A: x, B: y, Same: text == answerSame})
	}
	return answers, nil
}
