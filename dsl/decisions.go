package dsl

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// Limits of a file of decisions. It grows for years, and is made by programs.
const (
	decisionsBytesMax = 32 << 20  // bytes; some 100,000 answers
	decisionsNodesMax = 2_000_000 // values, each use of an anchor counted
)

var (
	decisionKeys = []string{"a", "b", "same", "who", "when", "note", "seen"}
	seenKeys     = []string{"fields", "a", "b"}
	whoWords     = []string{"target", "source", "id"} // that name a record, besides the fields of the model
)

// readDecisions reads the file of remembered answers. A file that is not there
// holds none.
func (l *loader) readDecisions(n *yaml.Node, schema *pipeline.Schema) []dedupe.Decision {
	name, ok := l.text(n, "decisions")
	if !ok {
		return nil
	}
	path := l.beside(name)
	text, err := readBounded(path, decisionsBytesMax)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		l.at(n, diag.Diagnostic{Code: "unreadable-file", Message: "the decisions cannot be read: " + err.Error()})
		return nil
	}
	d := &loader{document: parseDecisions(path, text), sources: l.sources}
	decisions := d.decisions(schema)
	l.others = append(l.others, d.diagnostics()...)
	return decisions
}

// beside is a file that a pipeline names, beside itself.
func (l *loader) beside(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(l.dir, name)
}

func parseDecisions(path string, text []byte) *document {
	return parseWithin(path, text, nil, documentLimits{decisionsBytesMax, decisionsNodesMax})
}

// decision is one answer and where it stands.
type decision struct {
	dedupe.Decision
	node *yaml.Node
}

// decisions reads the answers of a file that was parsed. Those that a later one
// about the same two records replaces are left out.
func (l *loader) decisions(schema *pipeline.Schema) []dedupe.Decision {
	if l.root == nil {
		return nil
	}
	var list []decision
	for _, item := range l.items(l.root, "the file of decisions") {
		if item.Kind != yaml.MappingNode {
			l.at(item, diag.Diagnostic{Code: "bad-decision", Message: "a decision must be a mapping of keys to values"})
			continue
		}
		d := decision{l.readDecision(item, schema), item}
		d.Place = l.where(item)
		list = append(list, d)
	}
	if l.found.HasErrors() {
		return nil
	}
	list = withoutReplaced(list)
	l.contradictions(list)
	out := make([]dedupe.Decision, len(list))
	for i, d := range list {
		out[i] = d.Decision
	}
	return out
}

// readDecision reads one answer: two records and whether they are the same.
func (l *loader) readDecision(n *yaml.Node, schema *pipeline.Schema) dedupe.Decision {
	s := l.section(n, "the decision", decisionKeys...)
	var d dedupe.Decision
	for _, part := range []struct {
		key string
		who *dedupe.Who
	}{{"a", &d.A}, {"b", &d.B}} {
		e, ok := s[part.key]
		if !ok {
			l.at(n, diag.Diagnostic{Code: "bad-decision", Message: "the decision does not say its record " + part.key, Hint: "a and b are the two records"})
			continue
		}
		l.readWho(e.value, schema, part.who)
	}
	for _, key := range []string{"who", "when", "note"} {
		if e, ok := s[key]; ok && !isNull(e.value) {
			l.text(e.value, key)
		}
	}
	if e, ok := s["same"]; ok {
		d.Same = l.oneOf(e.value, "same", "true", "false") == "true"
	} else {
		l.at(n, diag.Diagnostic{Code: "bad-decision", Message: "the decision does not say whether the records are the same", Hint: "same: true or same: false"})
	}
	if e, ok := s["seen"]; ok {
		d.Seen = l.readSeen(e.value)
	}
	return d
}

// readSeen reads the fingerprint of what was seen. Its fields need not be of
// the model any longer.
func (l *loader) readSeen(n *yaml.Node) dedupe.Seen {
	s := l.section(n, "what was seen", seenKeys...)
	var seen dedupe.Seen
	if e, ok := s["fields"]; ok {
		seen.Fields = l.texts(e.value, "fields")
	}
	for key, print := range map[string]*string{"a": &seen.A, "b": &seen.B} {
		if e, ok := s[key]; ok {
			*print, _ = l.text(e.value, key)
		}
	}
	if n.Kind == yaml.MappingNode && (len(seen.Fields) == 0 || seen.A == "" || seen.B == "") {
		l.at(n, diag.Diagnostic{Code: "bad-decision", Message: "seen has fields, a and b: what the fingerprints are of, and those of the two records",
			Hint: "remove seen: if the answer is to hold whatever the values become"})
	}
	return seen
}

// readWho reads one record of an answer: {target: ID}, {source: S, id: ID}, or
// values of fields that name it.
func (l *loader) readWho(n *yaml.Node, schema *pipeline.Schema, who *dedupe.Who) {
	known := slices.Concat(whoWords, schema.Names())
	found := len(l.found)
	for key, e := range l.section(n, "the record", known...) {
		value, ok := l.text(e.value, key)
		if !ok {
			continue
		}
		switch key {
		case "target":
			who.Target = value
		case "source":
			who.Row.Source = value
			if l.sources != nil && l.sources[value] == nil {
				l.at(e.value, diag.Diagnostic{Code: "unknown-source", Message: fmt.Sprintf("there is no source %q", diag.Shorten(value, 60)), Hint: l.near(value, sortedKeys(l.sources))})
			}
		case "id":
			who.Row.ID = value
		default:
			if who.Fields == nil {
				who.Fields = map[string]string{}
			}
			who.Fields[key] = value
		}
	}
	row := who.Row.Source != "" && who.Row.ID != ""
	ways := 0
	for _, named := range []bool{who.Target != "", row, len(who.Fields) > 0} {
		if named {
			ways++
		}
	}
	half := !row && who.Row != (pipeline.RowKey{})
	if found == len(l.found) && (ways != 1 || half) {
		l.at(n, diag.Diagnostic{Code: "bad-decision", Message: "a record is named in exactly one way", Hint: "{ target: ID }, { source: NAME, id: ID }, or the values of fields"})
	}
}
