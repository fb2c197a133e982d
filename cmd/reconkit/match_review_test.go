package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
)

// questionOf is a question with one field that both records have.
func questionOf(a, b string) dsl.ReviewQuestion {
	side := func(v string) dsl.ReviewRecord {
		return dsl.ReviewRecord{Name: "crm:1", Label: "Anna", Origin: &pipeline.Origin{Source: "crm", Place: "=crm.csv", Row: 2}, Fields: []dsl.NamedValue{{Name: "@name", Value: pipeline.StringValue(v)}}}
	}
	target := side(b)
	target.Origin, target.Target = nil, "8f"
	return dsl.ReviewQuestion{ID: "q-00-11", Model: "contacts", A: side(a), B: target,
		Reason: pipeline.Reason{Score: 0.5, Parts: []pipeline.EvidencePart{{Field: "+name", Weight: 2.5, Note: "equal"}, {Field: "phone", Weight: -1}}}}
}

// No value makes a cell that a spreadsheet runs, that a terminal acts on, or
// that is longer than a cell may be; and the table has as many cells in each
// line as in its head.
func TestQuestionsAreHarmless(t *testing.T) {
	for _, value := range []string{"=cmd|' /C calc'!A1", "+49 30", "-1", "@SUM(A1)", "\t=x", "\r=x", "\n=x", "\x1b[31mred", "a\u202eb", "a\x00b", "\xff\xfe", strings.Repeat("é", 1<<20), `"`, "a;b,c", ""} {
		table, err := questionsCSV([]dsl.ReviewQuestion{questionOf(value, value)})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n") || strings.ContainsAny(cell, "\x1b\x00\u202e") || len(cell) > 4*reviewCellMax {
					t.Errorf("value %.20q gives the cell %.40q", value, cell)
				}
			}
		}
		if rows[1][0] != "0.5" || rows[1][3] != "'=crm.csv:2" || rows[1][4] != "target 8f" || rows[1][7] != "'+name +2.5 (equal); phone -1.0" {
			t.Errorf("row %q", rows[1])
		}
	}
}

// A file of questions is read as spreadsheets save it.
func TestAnswersAreReadAsSpreadsheetsSaveThem(t *testing.T) {
	table := "probability,answer,note,a.x,question\n0.9,same,\"two\nlines, \"\"so\"\"\",;,q-1\n\n0.8,,,'=x,q-2\n0.7, LATER ,'=note,,q-3\n"
	semicolons := strings.NewReplacer(",", ";", ";", ",").Replace(table)
	want := "q-1|same|two\nlines, \"so\"|f.csv:2 q-2|||f.csv:5 q-3|LATER|=note|f.csv:6"
	for name, text := range map[string]string{
		"commas": table, "byte order mark": "\ufeff" + table, "tabs": strings.ReplaceAll(strings.ReplaceAll(table, "lines, ", "lines\x01 "), ",", "\t"),
		"semicolons": semicolons, "windows": strings.ReplaceAll(table, "\n", "\r\n"),
		"columns in another order": "question,note,answer\nq-1,\"two\nlines, \"\"so\"\"\",same\n\nq-2,,\nq-3,'=note,LATER\n",
		"short lines":              "answer,note,question,a\nsame,\"two\nlines, \"\"so\"\"\",q-1\n\n,,q-2\nLATER,'=note,q-3\n",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "f.csv")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			answers, err := readReviewAnswers(path, "Petra", "2026-11-22")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, a := range answers {
				got = append(got, strings.Join([]string{a.Question, a.Answer, strings.NewReplacer("\r", "", "\x01", ",").Replace(a.Note), a.Place}, "|"))
			}
			wanted := want
			if name == "semicolons" {
				wanted = strings.Replace(want, "lines, ", "lines; ", 1)
			}
			if strings.Join(got, " ") != wanted {
				t.Errorf("got  %q\nwant %q", got, wanted)
			}
		})
	}
}

func TestFilesThatAreNoQuestions(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":           {"", "has no column answer"},
		"another table":   {"a,b\n1,2\n", "has no column answer"},
		"no ids":          {"answer,a\nsame,1\n", "has no column question"},
		"UTF-16":          {"\xff\xfea\x00", "save it as CSV in UTF-8"},
		"another charset": {"answer,note,question\nsame,\xfc,q-1\n", "the note is not UTF-8 text"},
		"binary":          {"\x00\x01\x02\"", "has no column answer"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "f.csv")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := readReviewAnswers(path, "", ""); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "--answers") {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// The file of decisions is replaced at once: a link stays a link, the mode
// stays, and what somebody else wrote meanwhile is not lost.
func TestDecisionsAreReplacedAtOnce(t *testing.T) {
	dir := t.TempDir()
	real, linked := filepath.Join(dir, "real.yaml"), filepath.Join(dir, "d.yaml")
	if err := os.WriteFile(real, []byte("old\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real.yaml", linked); err != nil {
		t.Fatal(err)
	}
	if err := replaceDecisions(dsl.RecordedFile{Path: linked, Before: []byte("old\n"), After: []byte("new\n")}); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(real)
	info, statErr := os.Lstat(linked)
	if err != nil || statErr != nil || string(text) != "new\n" || info.Mode()&os.ModeSymlink == 0 {
		t.Fatalf("%q %v %v %v", text, info.Mode(), err, statErr)
	}
	if info, err := os.Stat(real); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	for name, f := range map[string]dsl.RecordedFile{
		"changed":   {Path: linked, Before: []byte("old\n"), After: []byte("newer\n")},
		"now there": {Path: real, After: []byte("newer\n")},
		"gone":      {Path: filepath.Join(dir, "gone.yaml"), Before: []byte("x"), After: []byte("newer\n")},
	} {
		if err := replaceDecisions(f); err == nil || !strings.Contains(err.Error(), "changed by somebody else") {
			t.Errorf("%s: %v", name, err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || fmt.Sprint(len(entries)) != "2" {
		t.Errorf("%v %v", entries, err)
	}
}
