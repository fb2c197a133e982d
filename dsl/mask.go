package dsl

import (
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// mask is a part of a line that must not be shown, in characters from 1; to is
// the first that may be shown again, 0: none.
type mask struct{ line, from, to int }

// mask hides the text of a node in the lines that diagnostics show.
func (d *document) mask(n *yaml.Node) {
	if n.Kind != yaml.ScalarNode {
		d.masks = append(d.masks, mask{n.Line, n.Column, 0})
		for _, c := range n.Content {
			d.mask(c)
		}
		return
	}
	marks := d.marks(n)
	last := n.Line + strings.Count(n.Value, "\n") + 2
	to := 0
	if len(marks) > 0 {
		end := marks[len(marks)-1]
		last = end.line
		if n.Value != "" && n.Anchor == "" {
			to = end.column
			if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
				to++
			}
		}
	}
	d.masks = append(d.masks, mask{n.Line, n.Column, 0})
	if last == n.Line {
		d.masks[len(d.masks)-1].to = to
		return
	}
	for line := n.Line + 1; line <= last; line++ {
		d.masks = append(d.masks, mask{line, 1, 0})
	}
}

// credentials are the user and password in an address.
var credentials = regexp.MustCompile(`://[^/\s"']*@`)

// namedSecret is a key that is called like a secret, and its value.
const namedSecret = `(?i)\b(password|passwd|secret|token|api_?key`

var onlyReferenceText = regexp.MustCompile(`^["']?\$\{(file:[^}]*|\w+)\}["']?\s*([,}#].*)?$`)

// maskByName hides what stands behind keys that are called like secrets, in a
// text that cannot be read as YAML.
func (d *document) maskByName(names []string) {
	pattern := namedSecret
	for _, name := range names {
		pattern += "|" + regexp.QuoteMeta(name)
	}
	key := regexp.MustCompile(pattern + `)\w*["']?\s*[:=]\s*`)
	depth := -1 // of a secret whose value stands on the lines below
	for i, line := range d.lines {
		indent := len(line) - len(strings.TrimLeft(line, " \t"))
		if depth >= 0 && (indent > depth || strings.TrimSpace(line) == "") {
			d.masks = append(d.masks, mask{i + 1, 1, 0})
			continue
		}
		depth = -1
		if m := key.FindStringIndex(line); m != nil && !onlyReferenceText.MatchString(line[m[1]:]) {
			depth = indent
			d.masks = append(d.masks, mask{i + 1, len([]rune(line[:m[1]])) + 1, 0})
		}
	}
}

// shownLine is a line of the file as a diagnostic may show it: stars stand for
// what is secret, so that columns stay where they are.
func (d *document) shownLine(n int) string {
	line := hideCredentials(d.line(n))
	var raw []rune
	for _, m := range d.masks {
		if m.line != n {
			continue
		}
		if raw == nil {
			raw = []rune(line)
		}
		to := m.to
		if to == 0 || to > len(raw)+1 {
			to = len(raw) + 1
		}
		for i := m.from; i < to; i++ {
			raw[i-1] = '*'
		}
	}
	if raw == nil {
		return line
	}
	return string(raw)
}

// hideCredentials puts stars for the user and password of addresses in a text.
func hideCredentials(text string) string {
	return credentials.ReplaceAllStringFunc(text, func(found string) string {
		return "://" + strings.Repeat("*", len([]rune(found))-4) + "@"
	})
}

// shortSecret is the length in bytes up to which a secret is not looked for in
// messages: it would be found in ordinary words.
const shortSecret = 3

// redact takes secrets out of a message that others wrote.
func redact(message string, secrets []string) string {
	for _, s := range secrets {
		if len(s) > shortSecret {
			message = strings.ReplaceAll(message, s, "***")
		}
	}
	return hideCredentials(message)
}
