package dsl

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// Limits of a pipeline file.
const (
	fileBytesMax = 4 << 20
	depthMax     = 24     // mappings and lists within each other
	nodesMax     = 50_000 // values, each use of an anchor counted
)

// document is a pipeline file that parses as YAML, and what was found in it.
type document struct {
	file  string
	lines []string
	root  *yaml.Node
	found diag.List
	nodes int
}

// parse reads YAML into nodes. What is wrong is in the document's findings; the
// root is nil when nothing can be looked at.
func parse(file string, text []byte) *document {
	d := &document{file: file, lines: strings.Split(strings.TrimPrefix(string(text), "\ufeff"), "\n")}
	if len(text) > fileBytesMax {
		d.add(diag.Diagnostic{Code: "file-too-large", Message: fmt.Sprintf("the file has more than %d bytes", fileBytesMax), Pos: diag.Pos{File: file}})
		return d
	}
	if !utf8.Valid(text) {
		line := 1 + strings.Count(string(text[:firstInvalid(text)]), "\n")
		d.add(diag.Diagnostic{Code: "not-utf8", Message: "the file is not UTF-8 text", Pos: diag.Pos{File: file, Line: line}, Hint: "save it as UTF-8"})
		return d
	}
	var root yaml.Node
	if err := unmarshal(text, &root); err != nil {
		d.syntax(err)
		return d
	}
	if len(root.Content) == 0 {
		d.add(diag.Diagnostic{Code: "empty-file", Message: "the file holds no pipeline", Pos: diag.Pos{File: file}, Hint: "begin with version: 1"})
		return d
	}
	if !d.tree(root.Content[0], 0) {
		return d
	}
	d.root = root.Content[0]
	return d
}

// unmarshal keeps a panic of the YAML library from leaving the package.
func unmarshal(text []byte, root *yaml.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("yaml: %v", r)
		}
	}()
	return yaml.Unmarshal(text, root)
}

func firstInvalid(text []byte) int {
	at := 0
	for at < len(text) {
		r, n := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		at += n
	}
	return at
}

// tree looks for what no part of a pipeline may hold: too much of it, merge
// keys, keys that are no text, and keys that come twice.
func (d *document) tree(n *yaml.Node, depth int) bool {
	if d.nodes++; d.nodes > nodesMax {
		d.at(n, diag.Diagnostic{Code: "file-too-large", Message: fmt.Sprintf("the file holds more than %d values, each use of an anchor counted", nodesMax)})
		return false
	}
	if depth > depthMax {
		d.at(n, diag.Diagnostic{Code: "too-deep", Message: fmt.Sprintf("more than %d mappings and lists within each other", depthMax)})
		return false
	}
	if n.Kind == yaml.AliasNode {
		return d.tree(n.Alias, depth+1)
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
	seen := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		switch {
		case k.Tag == "!!merge" || (k.Value == "<<" && k.Style == 0):
			d.at(k, diag.Diagnostic{Code: "merge-key", Message: "merge keys (<<) are not part of the language", Hint: "name the shared part under fragments: and take it in with use:"})
		case k.Kind != yaml.ScalarNode:
			d.at(k, diag.Diagnostic{Code: "key-not-text", Message: "a key must be plain text", Hint: "a value that begins with { or [ needs quotes around it"})
		case seen[k.Value] != nil:
			d.at(k, diag.Diagnostic{Code: "duplicate-key", Message: fmt.Sprintf("key %q is here twice", diag.Shorten(k.Value, 60)),
				Cause: fmt.Sprintf("the first is on line %d", seen[k.Value].Line), Hint: "remove or rename one of them"})
		default:
			seen[k.Value] = k
		}
	}
}

func (d *document) add(f diag.Diagnostic) { d.found = append(d.found, f) }

// at adds a finding about a node.
func (d *document) at(n *yaml.Node, f diag.Diagnostic) {
	f.Pos = diag.Pos{File: d.file, Line: n.Line, Column: n.Column}
	f.Line = d.line(n.Line)
	if f.Span == 0 && n.Kind == yaml.ScalarNode && (n.Style == 0 || n.Style == yaml.TaggedStyle) {
		f.Span = utf8.RuneCountInString(strings.SplitN(n.Value, "\n", 2)[0])
	}
	d.add(f)
}

func (d *document) line(n int) string {
	if n < 1 || n > len(d.lines) {
		return ""
	}
	return strings.TrimSuffix(d.lines[n-1], "\r")
}

var syntaxLine = regexp.MustCompile(`line (\d+): `)

// syntax turns the error of the YAML library into a finding with the usual
// cause.
func (d *document) syntax(err error) {
	text := strings.TrimPrefix(strings.TrimPrefix(err.Error(), "yaml: "), "unmarshal errors:\n")
	f := diag.Diagnostic{Code: "yaml-syntax", Pos: diag.Pos{File: d.file}}
	if m := syntaxLine.FindStringSubmatch(text); m != nil {
		f.Pos.Line, _ = strconv.Atoi(m[1])
		text = strings.Replace(text, m[0], "", 1)
	}
	f.Message = "not valid YAML: " + diag.Shorten(strings.TrimSpace(text), 200)
	f.Pos.Line, f.Cause, f.Hint = d.usualCause(text, f.Pos.Line)
	f.Line = d.line(f.Pos.Line)
	d.add(f)
}

var (
	unquotedColon = regexp.MustCompile(`^\s*(?:- )?[^\s"'#][^:"']*: +[^"'|>\[{&*\s][^"']*: `)
	loneQuote     = regexp.MustCompile(`^\s*(?:- )?[\w.-]+: *(["'])`)
)

// usualCause looks at the lines around a syntax error for what is most often
// wrong there. The library names the line where it gave up, which is often one
// after the mistake.
func (d *document) usualCause(text string, line int) (at int, cause, hint string) {
	for _, n := range []int{line, line - 1, line + 1} {
		t := d.line(n)
		indent := t[:len(t)-len(strings.TrimLeft(t, " \t"))]
		switch {
		case strings.Contains(indent, "\t"):
			return n, "the line is indented with a tab", "indent with spaces"
		case unquotedColon.MatchString(t) && strings.Contains(text, "mapping values"):
			return n, "the value holds a colon and is not quoted", "write the value in single quotes, or below | on lines of its own"
		}
		if m := loneQuote.FindStringSubmatch(t); m != nil && strings.Count(t, m[1])%2 == 1 {
			return n, "a quote is opened and not closed on this line", "close it, or write the value below | on lines of its own"
		}
	}
	t := d.line(line)
	if strings.ContainsAny(t, "{") && strings.ContainsAny(t, "[],(") {
		return line, "inside { } brackets and commas end a value", "write the mapping on lines of its own, or quote the value"
	}
	return line, "", ""
}

// entry is one key of a mapping and its value.
type entry struct {
	key, value *yaml.Node
}

// mapping returns the entries of a mapping in order; anything else is a
// finding. What is said of the value.
func (d *document) mapping(n *yaml.Node, what string) []entry {
	n = resolve(n)
	if n.Kind != yaml.MappingNode {
		if !isNull(n) {
			d.at(n, diag.Diagnostic{Code: "not-a-mapping", Message: what + " must be a mapping of keys to values"})
		}
		return nil
	}
	entries := make([]entry, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Kind == yaml.ScalarNode && !slices.ContainsFunc(entries, func(e entry) bool { return e.key.Value == n.Content[i].Value }) {
			entries = append(entries, entry{n.Content[i], resolve(n.Content[i+1])})
		}
	}
	return entries
}

// section returns the entries of a mapping whose keys are all known, by key.
func (d *document) section(n *yaml.Node, what string, known ...string) map[string]entry {
	found := map[string]entry{}
	for _, e := range d.mapping(n, what) {
		if !slices.Contains(known, e.key.Value) {
			d.at(e.key, diag.Diagnostic{Code: "unknown-key", Message: fmt.Sprintf("%s has no key %q", what, diag.Shorten(e.key.Value, 60)), Hint: diag.DidYouMean(e.key.Value, known)})
			continue
		}
		found[e.key.Value] = e
	}
	return found
}

// items returns the members of a list; a finding for anything else.
func (d *document) items(n *yaml.Node, what string) []*yaml.Node {
	n = resolve(n)
	if n.Kind != yaml.SequenceNode {
		if !isNull(n) {
			d.at(n, diag.Diagnostic{Code: "not-a-list", Message: what + " must be a list"})
		}
		return nil
	}
	items := make([]*yaml.Node, len(n.Content))
	for i, c := range n.Content {
		items[i] = resolve(c)
	}
	return items
}

// text returns a scalar; a finding for anything else.
func (d *document) text(n *yaml.Node, what string) (string, bool) {
	if n.Kind != yaml.ScalarNode || isNull(n) {
		d.at(n, diag.Diagnostic{Code: "not-a-value", Message: what + " must be a single value"})
		return "", false
	}
	return n.Value, true
}

// texts returns a list of scalars; a single scalar is a list of one.
func (d *document) texts(n *yaml.Node, what string) []string {
	if n.Kind == yaml.ScalarNode {
		if t, ok := d.text(n, what); ok {
			return []string{t}
		}
		return nil
	}
	var list []string
	for _, item := range d.items(n, what) {
		if t, ok := d.text(item, "each value of "+what); ok {
			list = append(list, t)
		}
	}
	return list
}

// oneOf returns a scalar that is one of the known words.
func (d *document) oneOf(n *yaml.Node, what string, known ...string) string {
	t, ok := d.text(n, what)
	if ok && !slices.Contains(known, t) {
		d.at(n, diag.Diagnostic{Code: "unknown-value", Message: fmt.Sprintf("%s cannot be %q", what, diag.Shorten(t, 60)), Hint: diag.DidYouMean(t, known)})
		return ""
	}
	return t
}

func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }
