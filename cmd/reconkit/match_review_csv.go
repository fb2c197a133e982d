package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// The columns of a file of questions that review writes besides those of
// match_questions.go. Only the id of the question, the answer and the note are
// read back: a spreadsheet may change how the rest is written.
const (
	reviewNote     = "note"
	reviewEvidence = "evidence"
	reviewModel    = "model"
	reviewQuestion = "question"
)

// Limits of a file of questions.
const (
	reviewCellMax  = 500      // characters of a value that are shown
	reviewBytesMax = 64 << 20 // bytes of a file that is read back
)

// questionsCSV is the table of the questions: both records side by side.
func questionsCSV(questions []dsl.ReviewQuestion) ([]byte, error) {
	var names []string
	for _, q := range questions {
		for _, f := range q.A.Fields {
			if !slices.Contains(names, f.Name) {
				names = append(names, f.Name)
			}
		}
	}
	head := []string{questionTie, questionAnswer, reviewNote, questionA, questionB}
	for _, n := range names {
		head = append(head, questionA+"."+n, questionB+"."+n)
	}
	head = append(head, reviewEvidence, reviewModel, reviewQuestion)
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	write := func(cells []string) error {
		for i, c := range cells {
			cells[i] = formulas.Guarded(c)
		}
		return w.Write(cells)
	}
	if err := write(head); err != nil {
		return nil, fmt.Errorf("write the questions: %w", err)
	}
	for _, q := range questions {
		cells := []string{strconv.FormatFloat(rounded(q.Score), 'f', -1, 64), "", "", sideName(q.A), sideName(q.B)}
		for _, n := range names {
			cells = append(cells, sideValue(q.A, n), sideValue(q.B, n))
		}
		if err := write(append(cells, evidenceText(q.Reason), q.Model, q.ID)); err != nil {
			return nil, fmt.Errorf("write the questions: %w", err)
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// sideName says which record it is.
func sideName(r dsl.ReviewRecord) string {
	if r.Origin == nil {
		return "target " + diag.Shorten(r.Target, reviewCellMax)
	}
	return diag.Shorten(r.Origin.String(), reviewCellMax)
}

func sideValue(r dsl.ReviewRecord, field string) string {
	for _, f := range r.Fields {
		if f.Name == field {
			return diag.Shorten(f.Value.String(), reviewCellMax)
		}
	}
	return ""
}

// evidenceText is a judgement on one line, the heaviest evidence first.
func evidenceText(r pipeline.Reason) string {
	parts := make([]string, len(r.Parts))
	for i, p := range r.Parts {
		parts[i] = fmt.Sprintf("%s %+.1f", p.Field, p.Weight)
		if p.Note != "" {
			parts[i] += " (" + p.Note + ")"
		}
	}
	return diag.Printable(strings.Join(parts, "; "))
}

// formulas keeps spreadsheets from running cells of files of questions as formulas.
var formulas = diag.GuardFormulas(',')

// questionsFile is a file of questions as a person gives it back.
type questionsFile struct {
	name  string // without its folder, for messages
	lines []int
	rows  [][]string
	at    map[string]int // columns by name
}

// readQuestionsFile reads a file of questions as spreadsheets save it: with a
// byte order mark, or with semicolons or tabs between its cells.
func readQuestionsFile(path string) (*questionsFile, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, reviewBytesMax+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", path, err)
	case len(text) > reviewBytesMax:
		return nil, fmt.Errorf("read %s: it has more than %d bytes", path, reviewBytesMax)
	case bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")):
		return nil, fmt.Errorf("read %s: it was saved as UTF-16; save it as CSV in UTF-8", path)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	head, _, _ := bytes.Cut(text, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	for _, delimiter := range []byte{',', ';', '\t'} {
		if bytes.Count(head, []byte{delimiter}) > bytes.Count(head, []byte(string(r.Comma))) {
			r.Comma = rune(delimiter)
		}
	}
	q := &questionsFile{name: filepath.Base(path), at: map[string]int{}}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		line, _ := r.FieldPos(0)
		q.lines, q.rows = append(q.lines, line), append(q.rows, row)
	}
	if len(q.rows) > 0 {
		for i, name := range q.rows[0] {
			q.at[strings.TrimSpace(name)] = i
		}
	}
	for _, name := range []string{questionAnswer, reviewQuestion} {
		if _, ok := q.at[name]; !ok {
			return nil, fmt.Errorf("%s has no column %s, so that it is no file of questions of match review; match review PIPELINE --out FILE writes one", path, name)
		}
	}
	q.lines, q.rows = q.lines[1:], q.rows[1:]
	return q, nil
}

// cell is a cell of a row, "" where the row has none.
func (q *questionsFile) cell(row int, column string) string {
	at, ok := q.at[column]
	if !ok || at >= len(q.rows[row]) {
		return ""
	}
	return strings.TrimSpace(q.rows[row][at])
}

// readReviewAnswers reads what a person filled in.
func readReviewAnswers(path, who, when string) ([]dsl.ReviewAnswer, error) {
	q, err := readQuestionsFile(path)
	if err != nil {
		return nil, fmt.Errorf("--answers: %w", err)
	}
	var answers []dsl.ReviewAnswer
	for i := range q.rows {
		a := dsl.ReviewAnswer{Question: q.cell(i, reviewQuestion), Answer: q.cell(i, questionAnswer), Note: formulas.Unguarded(q.cell(i, reviewNote)),
			Who: who, When: when, Place: fmt.Sprintf("%s:%d", q.name, q.lines[i])}
		if a.Question == "" && a.Answer == "" {
			continue // a line that holds nothing, or a question that cannot be answered
		}
		if a.Answer != "" && !utf8.ValidString(a.Note) {
			return nil, fmt.Errorf("--answers %s: the note is not UTF-8 text; save the file as CSV in UTF-8", a.Place)
		}
		answers = append(answers, a)
	}
	return answers, nil
}

// checkQuestionsOut refuses a place for questions at which something would be
// lost: answers that were not read back, or another file.
func checkQuestionsOut(path string) error {
	old, err := oldPlan(path)
	if err != nil {
		return fmt.Errorf("--out %s: %w", path, err)
	}
	if !old {
		return checkFolder("--out", path)
	}
	q, err := readQuestionsFile(path)
	if err != nil {
		return fmt.Errorf("--out %s: the file is there and holds no questions; choose another name", path)
	}
	for i := range q.rows {
		if q.cell(i, questionAnswer) != "" {
			return fmt.Errorf("--out %s: the file holds answers; read them with --answers %s, or choose another name", path, path)
		}
	}
	return nil
}
