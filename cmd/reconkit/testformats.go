package main

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// The stable form of results for programs; docs/testing.md describes it.
type (
	testsJSON struct {
		Passed int            `json:"passed"`
		Failed int            `json:"failed"`
		Files  []testFileJSON `json:"files"`
	}
	testFileJSON struct {
		File        string           `json:"file"`
		Diagnostics []diagnosticJSON `json:"diagnostics,omitempty"`
		Tests       []testJSON       `json:"tests"`
	}
	testJSON struct {
		Name        string           `json:"name"`
		Line        int              `json:"line"`
		Passed      bool             `json:"passed"`
		Differences []differenceJSON `json:"differences,omitempty"`
		Warnings    []diag.Finding   `json:"warnings,omitempty"`
	}
	differenceJSON struct {
		Model  string            `json:"model"`
		Kind   string            `json:"kind"`
		Line   int               `json:"line,omitempty"`
		Column int               `json:"column,omitempty"`
		Rows   []pipeline.Origin `json:"rows,omitempty"`
		Fields []fieldJSON       `json:"fields,omitempty"`
		Reason string            `json:"reason,omitempty"`
		Rule   string            `json:"rule,omitempty"`
	}
	fieldJSON struct {
		Field   string     `json:"field"`
		Got     any        `json:"got"`
		Want    any        `json:"want"`
		Differs bool       `json:"differs"`
		Line    int        `json:"line,omitempty"`
		Column  int        `json:"column,omitempty"`
		From    []madeJSON `json:"from,omitempty"`
		Set     []string   `json:"set,omitempty"`
	}
	madeJSON struct {
		Expression string `json:"expression"`
		Line       int    `json:"line"`
		Column     int    `json:"column"`
	}
)

// testJSON writes the results for programs.
func (a *app) testJSON(files []*testFile) error {
	out := testsJSON{Files: []testFileJSON{}}
	for _, f := range files {
		x := testFileJSON{File: f.path, Tests: []testJSON{}}
		if len(f.invalid) > 0 {
			x.Diagnostics = diagnosticsJSON(f.invalid)
		}
		for _, r := range f.results {
			x.Tests = append(x.Tests, testJSONOf(r.TestResult))
		}
		out.Failed += f.failed()
		out.Passed += len(f.results) - f.failed()
		out.Files = append(out.Files, x)
	}
	e := diag.JSONEncoder(a.stdout)
	return e.Encode(out)
}

func testJSONOf(r dsl.TestResult) testJSON {
	out := testJSON{Name: r.Name, Line: r.Pos.Line, Passed: r.Passed(), Warnings: r.Warnings}
	for _, d := range r.Differences {
		x := differenceJSON{Model: d.Model, Kind: string(d.Kind), Line: d.Pos.Line, Column: d.Pos.Column, Rows: d.Rows, Reason: d.Reason, Rule: d.Rule}
		for _, f := range d.Fields {
			y := fieldJSON{Field: f.Field, Got: plainJSON(f.Got), Want: plainJSON(f.Want), Differs: f.Differs, Line: f.Pos.Line, Column: f.Pos.Column, Set: f.Set}
			for _, m := range f.Made {
				y.From = append(y.From, madeJSON{m.Text, m.Pos.Line, m.Pos.Column})
			}
			x.Fields = append(x.Fields, y)
		}
		out.Differences = append(out.Differences, x)
	}
	return out
}

// plainJSON is a value as JSON has it: a time is text in RFC 3339, an erased
// field {"erase": true}, a number that JSON cannot write is text.
func plainJSON(v pipeline.Value) any {
	switch v.Type() {
	case pipeline.String:
		return v.Str()
	case pipeline.Int:
		return v.Int()
	case pipeline.Float:
		if f := v.Float(); f-f == 0 {
			return f
		}
		return v.String()
	case pipeline.Bool:
		return v.Bool()
	case pipeline.Timestamp:
		return v.String()
	case pipeline.StringList:
		return v.List()
	}
	if v.IsErase() {
		return map[string]bool{"erase": true}
	}
	return nil
}

// The form of JUnit that build servers read.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		ClassName string        `xml:"classname,attr"`
		File      string        `xml:"file,attr"`
		Line      int           `xml:"line,attr,omitempty"`
		Time      string        `xml:"time,attr"`
		Failure   *junitMessage `xml:"failure,omitempty"`
		Error     *junitMessage `xml:"error,omitempty"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// testJUnit writes the results for build servers. A file that is not valid is a
// suite with one case in error.
func (a *app) testJUnit(files []*testFile) error {
	var out junitSuites
	for _, f := range files {
		s := junitSuite{Name: f.path, Tests: len(f.results), Failures: f.failed()}
		total := time.Duration(0)
		for _, r := range f.results {
			total += r.took
			c := junitCase{Name: diag.Printable(r.Name), ClassName: f.path, File: f.path, Line: r.Pos.Line, Time: seconds(r.took)}
			if !r.Passed() {
				var b strings.Builder
				writeResult(&b, painter(false), r.TestResult)
				c.Failure = &junitMessage{Message: r.Differences[0].Model + ": " + headline(r.Differences[0]), Type: string(r.Differences[0].Kind), Text: b.String()}
			}
			s.Cases = append(s.Cases, c)
		}
		if f.invalid.HasErrors() {
			s.Tests, s.Errors = s.Tests+1, 1
			s.Cases = append(s.Cases, junitCase{Name: "the pipeline is valid", ClassName: f.path, File: f.path, Time: seconds(0),
				Error: &junitMessage{Message: "the pipeline is not valid", Type: "invalid", Text: f.invalid.Text()}})
		}
		s.Time = seconds(total)
		out.Tests, out.Failures, out.Errors = out.Tests+s.Tests, out.Failures+s.Failures, out.Errors+s.Errors
		out.Suites = append(out.Suites, s)
	}
	text, err := xml.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	_, err = fmt.Fprintf(a.stdout, "%s%s\n", xml.Header, text)
	return err
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
