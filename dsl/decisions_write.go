package dsl

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// decisionsHead begins a file of decisions that a program makes.
const decisionsHead = "# Answers about records that may be the same. reconkit match review adds to\n# them; they may be edited by hand.\n"

// answered is a decision with what people want to know of it.
type answered struct {
	dedupe.Decision
	who, when, note string
}

// appendDecisions returns the text of a file of decisions with some more of
// them at its end. What stands in the text already stays as it is, byte by
// byte, but for an empty pair of brackets, which gives way to the list. The
// result was read again: it holds the decisions of before and the new ones,
// and no others.
func appendDecisions(path string, text []byte, more []answered, schema *pipeline.Schema) ([]byte, error) {
	before, doc, err := readAnswers(path, text, schema)
	if err != nil {
		return nil, err
	}
	if doc.root != nil && doc.root.Kind != yaml.SequenceNode {
		return nil, fmt.Errorf("%s holds no list of decisions, so that nothing can be added to it", path)
	}
	out, indent, err := placeForMore(path, string(text), doc)
	if err != nil {
		return nil, err
	}
	lineEnd := "\n"
	if strings.Contains(out, "\r\n") {
		lineEnd = "\r\n"
	}
	if out != "" && !strings.HasSuffix(out, "\n") {
		out += lineEnd
	}
	if out == "" {
		out = decisionsHead
	}
	want := before
	for _, d := range more {
		for line := range strings.Lines(d.yaml()) {
			out += indent + strings.TrimSuffix(line, "\n") + lineEnd
		}
		want = append(want, decision{Decision: d.Decision})
	}
	after, _, err := readAnswers(path, []byte(out), schema)
	if err != nil {
		return nil, fmt.Errorf("add to %s: what would be written could not be read again: %w", path, err)
	}
	if !sameDecisions(want, after) {
		return nil, fmt.Errorf("add to %s: its form does not let a list entry be added at its end; end it with a line of the list", path)
	}
	return []byte(out), nil
}

// readAnswers reads all decisions of a text, those that were replaced, too.
// Whether their sources are there is not looked at.
func readAnswers(path string, text []byte, schema *pipeline.Schema) ([]decision, *document, error) {
	d := &loader{document: parseDecisions(path, text)}
	var list []decision
	if d.root != nil {
		for _, item := range d.items(d.root, "the file of decisions") {
			x := decision{d.readDecision(item, schema), item}
			x.Place = d.where(item)
			list = append(list, x)
		}
	}
	found := d.diagnostics()
	return list, d.document, found.Err()
}

// sameDecisions compares what two lists say, wherever it stands.
func sameDecisions(a, b []decision) bool {
	return slices.EqualFunc(a, b, func(x, y decision) bool {
		x.Place, y.Place = "", ""
		return reflect.DeepEqual(x.Decision, y.Decision)
	})
}

// placeForMore returns the text to which entries can be added at its end, and
// their indent.
func placeForMore(path, text string, doc *document) (string, string, error) {
	switch {
	case doc.root == nil:
		return text, "", nil
	case doc.root.Style&yaml.FlowStyle == 0:
		return text, strings.Repeat(" ", max(0, doc.root.Column-1)), nil
	case len(doc.root.Content) > 0:
		return "", "", fmt.Errorf("%s:%d: the decisions stand in brackets; write each as a line that begins with - so that answers can be added", path, doc.root.Line)
	}
	empty := regexp.MustCompile(`(?m)^([^#\n]*?)\[\s*\]`)
	at := empty.FindStringSubmatchIndex(text)
	if at == nil {
		return "", "", errors.New(path + ": an empty list of decisions is not written as []; remove it")
	}
	return text[:at[3]] + text[at[1]:], "", nil
}

// yaml writes the decision as an entry of the list.
func (d answered) yaml() string {
	var b strings.Builder
	fmt.Fprintf(&b, "- a: %s\n  b: %s\n  same: %t\n", whoYAML(d.A), whoYAML(d.B), d.Same)
	for _, part := range []struct{ key, text string }{{"who", d.who}, {"when", d.when}, {"note", d.note}} {
		if part.text != "" {
			fmt.Fprintf(&b, "  %s: %s\n", part.key, scalarYAML(part.text))
		}
	}
	if len(d.Seen.Fields) > 0 {
		names := make([]string, len(d.Seen.Fields))
		for i, name := range d.Seen.Fields {
			names[i] = scalarYAML(name)
		}
		fmt.Fprintf(&b, "  seen: { fields: [%s], a: %s, b: %s }\n", strings.Join(names, ", "), strconv.Quote(d.Seen.A), strconv.Quote(d.Seen.B))
	}
	return b.String()
}

func whoYAML(w dedupe.Who) string {
	switch {
	case w.Row != (pipeline.RowKey{}):
		return fmt.Sprintf("{ source: %s, id: %s }", scalarYAML(w.Row.Source), scalarYAML(w.Row.ID))
	case w.Target != "":
		return fmt.Sprintf("{ target: %s }", scalarYAML(w.Target))
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(w.Fields)) {
		parts = append(parts, scalarYAML(name)+": "+scalarYAML(w.Fields[name]))
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

// plainYAML is a text that is a text without quotes, too.
var plainYAML = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*([ .-][A-Za-z0-9_]+)*$`)

// scalarYAML writes a text as a scalar on one line.
func scalarYAML(s string) string {
	switch strings.ToLower(s) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n":
	default:
		if plainYAML.MatchString(s) {
			return s
		}
	}
	return diag.Quoted(s)
}

// writable reports whether the name of a record can be written: YAML has no
// bytes that are no text, and the words for ids cannot be fields.
func writable(w dedupe.Who) bool {
	for _, word := range whoWords {
		if _, field := w.Fields[word]; field {
			return false
		}
	}
	texts := slices.AppendSeq([]string{w.Row.ID, w.Target}, maps.Values(w.Fields))
	return !slices.ContainsFunc(texts, func(s string) bool { return !utf8.ValidString(s) })
}
