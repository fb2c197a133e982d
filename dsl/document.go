package dsl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// Limits of a pipeline file.
const (
	fileBytesMax   = 4 << 20 // bytes
	depthMax       = 24      // mappings and lists within each other
	nodesMax       = 50_000  // values, each use of an anchor counted
	diagnosticsMax = 300     // diagnostics that are kept of one file; the rest is counted
)

// document is a pipeline file that parses as YAML, and what was found in it.
type document struct {
	file  string
	lines []string   // as YAML counts them, without their breaks
	top   *yaml.Node // what was read, also when it cannot be looked at
	root  *yaml.Node // nil: it cannot be looked at
	found diag.List
	more  int // diagnostics beyond diagnosticsMax
	nodes int
	most  int                 // values that it may hold
	masks []mask              // parts of lines that must not be shown
	lost  map[int]bool        // lines whose value is no YAML and was left out
	cut   map[*yaml.Node]bool // values that a comma ended too early, as was reported
}

// parse reads YAML into nodes. What is wrong is in the document's diagnostics; the
// root is nil when nothing can be looked at. Secrets are the names of options
// whose values must not be shown, should the text be no YAML.
func parse(file string, text []byte, secrets []string) *document {
	return parseWithin(file, text, secrets, documentLimits{fileBytesMax, nodesMax})
}

// documentLimits are those of one file.
type documentLimits struct {
	bytes int
	nodes int // values, each use of an anchor counted
}

// parseWithin is parse with other limits.
func parseWithin(file string, text []byte, secrets []string, most documentLimits) *document {
	d := &document{file: file, most: most.nodes}
	if len(text) > most.bytes {
		d.add(diag.Diagnostic{Code: "file-too-large", Message: fmt.Sprintf("the file has more than %d bytes", most.bytes), Pos: diag.Pos{File: file}})
		return d
	}
	plain := strings.TrimPrefix(string(text), "\ufeff")
	d.lines = splitLines(plain)
	if !d.characters(plain) {
		d.maskByName(secrets)
		return d
	}
	root, second, err := unmarshal([]byte(plain))
	if err != nil {
		d.maskByName(secrets)
		if root, second = d.salvage(err); root == nil {
			return d
		}
	}
	if second != nil {
		d.at(second, diag.Diagnostic{Code: "two-documents", Message: "the file holds a second YAML document", Cause: "a line --- begins another document, which would not be read", Hint: "remove the line, or make it a file of its own"})
	}
	if root != nil && isNull(root) && root.Value == "" {
		root = nil // --- and nothing behind it
	}
	d.top = root
	if root == nil || !d.tree(root, 0) {
		return d
	}
	d.root = root
	return d
}

// unmarshal reads the first document and where a second one begins. It keeps a
// panic of the YAML library from leaving the package.
func unmarshal(text []byte) (root, second *yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("yaml: %v", r)
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var nodes []*yaml.Node
	for len(nodes) < 2 {
		var n yaml.Node
		if err := decoder.Decode(&n); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, nil, err
		}
		if len(n.Content) == 0 {
			break
		}
		nodes = append(nodes, n.Content[0])
	}
	nodes = append(nodes, nil, nil)
	return nodes[0], nodes[1], nil
}

// splitLines cuts a text as YAML counts its lines: CR alone ends one too.
func splitLines(text string) []string {
	return strings.Split(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n"), "\n")
}

// characters looks for what no pipeline file may hold and YAML would refuse
// without a place, or count as a line that no editor shows.
func (d *document) characters(text string) bool {
	at := strings.IndexFunc(text, func(r rune) bool { return forbidden(r) != "" })
	if bad := firstInvalid(text); bad >= 0 && (at < 0 || bad <= at) {
		at = bad
	}
	if at < 0 {
		return true
	}
	before := splitLines(text[:at])
	pos := diag.Pos{File: d.file, Line: len(before), Column: utf8.RuneCountInString(before[len(before)-1]) + 1}
	r, n := utf8.DecodeRuneInString(text[at:])
	if r == utf8.RuneError && n == 1 {
		d.add(diag.Diagnostic{Code: "not-utf8", Message: "the file is not UTF-8 text", Pos: pos, Hint: "save it as UTF-8"})
		return false
	}
	d.add(diag.Diagnostic{Code: "bad-character", Message: fmt.Sprintf("the file holds %s (U+%04X)", forbidden(r), r), Pos: pos,
		Hint: fmt.Sprintf(`remove it; where a value needs it, write "\u%04X" in double quotes`, r)})
	return false
}

// firstInvalid is the offset of the first byte that is not UTF-8, or -1.
func firstInvalid(text string) int {
	for at := 0; at < len(text); {
		r, n := utf8.DecodeRuneInString(text[at:])
		if r == utf8.RuneError && n == 1 {
			return at
		}
		at += n
	}
	return -1
}

func forbidden(r rune) string {
	switch {
	case r == 0x85 || r == 0x2028 || r == 0x2029:
		return "a line break that editors do not show"
	case r == 0xfeff:
		return "a byte order mark in the middle"
	case r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r < 0xa0 || r == 0xfffe || r == 0xffff:
		return "a control character"
	default:
		return ""
	}
}

// tree looks for what no part of a pipeline may hold: too much of it, tags,
// merge keys, keys that are no text, and keys that come twice.
func (d *document) tree(n *yaml.Node, depth int) bool {
	if d.nodes++; d.nodes > d.most {
		d.at(n, diag.Diagnostic{Code: "file-too-large", Message: fmt.Sprintf("the file holds more than %d values, each use of an anchor counted", d.most)})
		return false
	}
	if depth > depthMax && n.Kind != yaml.ScalarNode {
		d.at(n, diag.Diagnostic{Code: "too-deep", Message: fmt.Sprintf("more than %d mappings and lists within each other", depthMax)})
		return false
	}
	if n.Kind == yaml.AliasNode {
		return d.tree(n.Alias, depth+1)
	}
	if n.Style&yaml.TaggedStyle != 0 {
		d.mask(n)
		d.at(n, diag.Diagnostic{Code: "yaml-tag", Message: "YAML tags (!) are not part of the language", Hint: "an expression that begins with ! needs quotes around it, or write not"})
	}
	if n.Kind == yaml.MappingNode {
		d.keys(n)
	}
	for _, c := range n.Content {
		if !d.tree(c, depth+1) {
			return false
		}
	}
	return true
}

func (d *document) keys(n *yaml.Node) {
	seen := make(map[string]*yaml.Node, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := resolve(n.Content[i])
		switch {
		case isMerge(k):
			d.at(k, diag.Diagnostic{Code: "merge-key", Message: "merge keys (<<) are not part of the language", Hint: "name the shared part under fragments: and take it in with use:"})
		case k.Kind != yaml.ScalarNode:
			d.at(k, diag.Diagnostic{Code: "key-not-text", Message: "a key must be plain text", Hint: "a value that begins with { or [ needs quotes around it"})
		case seen[k.Value] != nil:
			if d.inConnections(n) {
				d.mask(n.Content[i+1]) // it is not looked at again and may be a secret
			}
			d.at(k, diag.Diagnostic{Code: "duplicate-key", Message: fmt.Sprintf("key %q is here twice", diag.Shorten(k.Value, 60)),
				Cause: fmt.Sprintf("the first is on line %d", seen[k.Value].Line), Hint: "remove or rename one of them"})
		default:
			seen[k.Value] = k
		}
	}
}

func isMerge(k *yaml.Node) bool {
	return k.Kind == yaml.ScalarNode && (k.Tag == "!!merge" || k.Value == "<<" && k.Style == 0)
}

// add keeps a diagnostic, unless there are too many already.
// inConnections reports whether a node stands below sources or targets, whose
// options may be secrets.
func (d *document) inConnections(n *yaml.Node) bool {
	section := ""
	for i := 0; d.top.Kind == yaml.MappingNode && i+1 < len(d.top.Content); i += 2 {
		if k := d.top.Content[i]; k.Line <= n.Line {
			section = k.Value
		}
	}
	return section != "models" && section != "fragments" && section != "sinks" && section != "lookups"
}

func (d *document) add(f diag.Diagnostic) {
	if d.lost[f.Pos.Line] {
		return // what was said of the line is enough
	}
	if d.full() {
		d.more++
		return
	}
	d.found = append(d.found, f)
}

// full reports that there are so many diagnostics that looking for more is no use.
func (d *document) full() bool { return len(d.found) >= diagnosticsMax }

// at adds a diagnostic about a node.
func (d *document) at(n *yaml.Node, f diag.Diagnostic) {
	pos := d.start(n)
	if last := len(d.lines); pos.line > last { // a document that ends with --- has a value behind its end
		pos = spot{last, utf8.RuneCountInString(d.line(last)) + 1}
	}
	f.Pos = diag.Pos{File: d.file, Line: pos.line, Column: pos.column}
	if f.Span == 0 {
		f.Span = d.width(n)
	}
	d.add(f)
}

// inside adds a diagnostic about bytes from to to of the value of a scalar.
func (d *document) inside(n *yaml.Node, from, to int, f diag.Diagnostic) {
	pos, exact := d.place(n, from)
	f.Pos = pos
	if exact {
		if end, _ := d.place(n, max(to, from)); end.Line == pos.Line {
			f.Span = end.Column - pos.Column
		}
	} else if f.Cause == "" {
		f.Cause = "in the expression " + diag.Shorten(n.Value, 100)
	}
	d.add(f)
}

// diagnostics returns what was found in the order of the file, each once, with
// the lines that the diagnostics point at.
func (d *document) diagnostics() diag.List {
	type same struct {
		pos           diag.Pos
		code, message string
	}
	seen := make(map[same]bool, len(d.found))
	var list diag.List
	for _, f := range d.found {
		if key := (same{f.Pos, f.Code, f.Message}); !seen[key] {
			seen[key] = true
			if f.Pos.File == d.file && f.Pos.Known() {
				f.Line = d.shownLine(f.Pos.Line)
			}
			list = append(list, f)
		}
	}
	list.Sort()
	if d.full() {
		list = append(list, diag.Diagnostic{Code: "more-diagnostics", Message: fmt.Sprintf("the file has more than %d diagnostics; at least %d are not shown", diagnosticsMax, d.more), Pos: diag.Pos{File: d.file}})
	}
	return list
}

// near is diag.DidYouMean, except that it is not worth its time once there are
// diagnostics enough.
func (d *document) near(name string, known []string) string {
	if d.full() {
		return ""
	}
	return diag.DidYouMean(name, known)
}

func (d *document) line(n int) string {
	if n < 1 || n > len(d.lines) {
		return ""
	}
	return d.lines[n-1]
}
