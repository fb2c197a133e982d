package diag

import (
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// CodeHelp is what a code of diagnostics stands for.
type CodeHelp struct {
	Code  string
	Short string // one sentence: what is wrong
	Help  string // one or two sentences: what to do about it
}

// Tool is the program that found diagnostics, as reports for machines name it.
type Tool struct {
	Name    string
	Version string
	Codes   []CodeHelp // of its diagnostics; a code that is not here is reported without help
}

// sarifSchema says which format a report has, for programs that check it.
const sarifSchema = "https://json.schemastore.org/sarif-2.1.0.json"

// The parts of a report in SARIF 2.1.0 (OASIS, Static Analysis Results
// Interchange Format) that diagnostics have something to say for.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID    string     `json:"id"`
		Short *sarifText `json:"shortDescription,omitempty"`
		Help  *sarifText `json:"help,omitempty"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int        `json:"startLine"`
		StartColumn int        `json:"startColumn,omitempty"`
		EndColumn   int        `json:"endColumn,omitempty"`
		Snippet     *sarifText `json:"snippet,omitempty"`
	}
)

// WriteSARIF writes the list as one run of a SARIF 2.1.0 log, indented, with a
// line break at its end. Columns count characters (columnKind
// unicodeCodePoints), as Pos does. Files are named as in the list: a relative
// path stays relative. A diagnostic whose place is not known has no region.
func (l List) WriteSARIF(w io.Writer, tool Tool) error {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: make([]sarifResult, len(l))}
	rules := slices.Clone(tool.Codes)
	for i, d := range l {
		at := slices.IndexFunc(rules, func(r CodeHelp) bool { return r.Code == d.Code })
		if at < 0 {
			at = len(rules)
			rules = append(rules, CodeHelp{Code: d.Code})
		}
		run.Results[i] = sarifResult{RuleID: d.Code, RuleIndex: at, Level: d.Severity.String(), Message: sarifText{d.sentence()}, Locations: d.sarifLocations()}
	}
	run.Tool.Driver = sarifDriver{Name: tool.Name, Version: tool.Version, Rules: make([]sarifRule, len(rules))}
	for i, r := range rules {
		run.Tool.Driver.Rules[i] = sarifRule{ID: r.Code, Short: optionalText(r.Short), Help: optionalText(r.Help)}
	}
	e := JSONEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}}); err != nil {
		return fmt.Errorf("write SARIF: %w", err)
	}
	return nil
}

func optionalText(text string) *sarifText {
	if text == "" {
		return nil
	}
	return &sarifText{text}
}

// sentence is message, cause and hint as one text.
func (d Diagnostic) sentence() string {
	parts := []string{d.Message}
	if d.Cause != "" {
		parts = append(parts, "cause: "+d.Cause)
	}
	if d.Hint != "" {
		parts = append(parts, "hint: "+d.Hint)
	}
	return strings.Join(parts, "; ")
}

func (d Diagnostic) sarifLocations() []sarifLocation {
	if d.Pos.File == "" {
		return nil
	}
	place := sarifPhysical{Artifact: sarifArtifact{fileURI(d.Pos.File)}}
	if d.Pos.Known() {
		place.Region = &sarifRegion{StartLine: d.Pos.Line, Snippet: optionalText(strings.TrimRight(d.Line, "\r\n"))}
		if d.Pos.Column > 0 {
			place.Region.StartColumn, place.Region.EndColumn = d.Pos.Column, d.Pos.Column+max(1, d.Span)
		}
	}
	return []sarifLocation{{place}}
}

// fileURI is a path as a URI; a relative path gives a relative one.
func fileURI(path string) string {
	slashed := filepath.ToSlash(path)
	switch {
	case strings.HasPrefix(slashed, "/"):
		return (&url.URL{Scheme: "file", Path: slashed}).String()
	case filepath.IsAbs(path):
		return (&url.URL{Scheme: "file", Path: "/" + slashed}).String()
	default:
		return (&url.URL{Path: slashed}).String()
	}
}
