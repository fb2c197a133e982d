package dsl

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// scalars calls f for every scalar of a document.
func scalars(n *yaml.Node, f func(n *yaml.Node)) {
	if n.Kind == yaml.ScalarNode {
		f(n)
	}
	for _, c := range n.Content {
		scalars(c, f)
	}
}

// valueOf returns the scalar under the key x.
func valueOf(t *testing.T, d *document) *yaml.Node {
	t.Helper()
	if d.root == nil {
		t.Fatalf("not read:\n%s", d.diagnostics().Text())
	}
	n := find(d.mapping(d.root, "the test"), "x")
	if n == nil {
		t.Fatal("no key x")
	}
	return n
}

// The character @ stands once in each text and in its value; its place must be
// found, whatever the style of the scalar.
func TestPlaceFindsTheCharacter(t *testing.T) {
	for name, text := range map[string]string{
		"plain":                     "x: abc @\n",
		"plain, not ASCII":          "x: äö€𝄞 @\n",
		"plain over lines":          "x: a   \n   b\n\n   c @ d\n",
		"plain, tab inside":         "x: a\tb @\n",
		"plain, windows line ends":  "y: 1\r\nx: abc @\r\n",
		"plain, byte order mark":    "\ufeffx: abc @\n",
		"plain in a flow mapping":   "{ y: 1, x: abc @ }\n",
		"old Mac line ends":         "y: 1\rx: abc @\r",
		"single quoted":             "x: 'it''s @'\n",
		"single quoted over lines":  "x: 'it''s   \n\n\n   so @ '\n",
		"double quoted":             "x: \"a @\"\n",
		"double quoted, escapes":    `x: "\"\\\x41\u00e4\U0001F600\t\n\0\N\_\L\P\e @"` + "\n",
		"double quoted over lines":  "x: \"a  \n  b \\\n   c\\\n\n  d @\"\n",
		"double quoted, empty line": "x: \"a\n\n  @\"\n",
		"literal":                   "x: |\n  a\n   b @\n",
		"literal, kept":             "x: |+\n  a @\n\n\n",
		"literal, stripped":         "x: |-\n\n  a\n\n  @\n",
		"literal, indented":         "x: |4\n      a\n     b @\n",
		"literal, indented deeper":  "y:\n  z: &q |1-\n     a @\nx: *q\n",
		"literal, windows":          "x: |\r\n  a\r\n  b @\r\n",
		"literal, tab":              "x: |\n  a\n  \tb @\n",
		"literal, comment":          "x: | # why\n  a @\n",
		"folded":                    "x: >\n  a\n  b\n\n  c @\n",
		"folded, more indented":     "x: >-\n  a\n\n    b\n    c @\n\n  d\n",
		"anchor":                    "x: &a abc @\n",
		"anchor and tag":            "x: !!str &a 'abc @'\n",
		"anchor on its own line":    "x: &a\n  # why\n  abc @\n",
		"anchor of a literal":       "x: &a |\n  abc @\n",
	} {
		t.Run(name, func(t *testing.T) {
			d := parse("p.yaml", []byte(text), nil)
			n := valueOf(t, d)
			pos, exact := d.place(n, strings.Index(n.Value, "@"))
			if !exact {
				t.Fatalf("the place of @ in %q is not known", n.Value)
			}
			raw := []rune(d.line(pos.Line))
			if pos.Column > len(raw) || raw[pos.Column-1] != '@' {
				t.Errorf("@ is placed at %s, in line %q", pos, string(raw))
			}
		})
	}
}

func TestPlaceOfTheEndIsBehindTheLastCharacter(t *testing.T) {
	for text, want := range map[string]string{
		"x: abc\n":          "p.yaml:1:7",
		"x: 'abc'\n":        "p.yaml:1:8",
		"x: |-\n  abc\n":    "p.yaml:2:6",
		"x: \"a\\u00e4\"\n": "p.yaml:1:12",
	} {
		d := parse("p.yaml", []byte(text), nil)
		n := valueOf(t, d)
		if pos, exact := d.place(n, len(n.Value)); !exact || pos.String() != want {
			t.Errorf("%q: the end is at %s (exact: %v), want %s", text, pos, exact, want)
		}
	}
}

// The slow method: the character at a place is replaced by another one and the
// file is read again; in the value, that very character must have changed.
func checkPlaces(t *testing.T, text []byte) {
	t.Helper()
	d := parse("p.yaml", text, nil)
	if d.root == nil {
		return
	}
	number := -1
	scalars(d.root, func(n *yaml.Node) {
		number++
		chars := []rune(n.Value)
		marks := d.marks(n)
		if marks == nil || len(chars) > 200 {
			return
		}
		if len(marks) != len(chars)+1 {
			t.Fatalf("%d marks for %d characters", len(marks), len(chars))
		}
		for i, r := range chars {
			raw := []rune(d.line(marks[i].line))
			at := marks[i].column - 1
			// Only letters can be replaced without changing the syntax.
			if at >= len(raw) || raw[at] != r || r < 'a' || r > 'z' {
				continue
			}
			lines := append([]string(nil), d.lines...)
			changed := 'q'
			if r == 'q' {
				changed = 'w'
			}
			raw[at] = changed
			lines[marks[i].line-1] = string(raw)
			again := parse("p.yaml", []byte(strings.Join(lines, "\n")), nil)
			if again.root == nil {
				continue // the letter was part of an escape or a word of YAML
			}
			want := append([]rune(nil), chars...)
			want[i] = changed
			count := -1
			scalars(again.root, func(m *yaml.Node) {
				if count++; count == number && m.Value != string(want) {
					t.Errorf("%q: character %d of %q is placed at %v; changed there, the value is %q", text, i, n.Value, marks[i], m.Value)
				}
			})
		}
	})
}

func FuzzPlace(f *testing.F) {
	for _, s := range []string{"abc", "it's", "a\tb \"c\"", "ä\nö\n", "  a\n b\n\n\nc", "\u2028x", "a: b # c", "\\x41", "", "\n\nq"} {
		f.Add(s, uint8(2), false)
		f.Add(s, uint8(4), true)
	}
	f.Fuzz(func(t *testing.T, value string, indent uint8, carriage bool) {
		if !utf8.ValidString(value) || len(value) > 300 {
			return
		}
		for _, style := range []yaml.Style{0, yaml.SingleQuotedStyle, yaml.DoubleQuotedStyle, yaml.LiteralStyle, yaml.FoldedStyle} {
			var b strings.Builder
			e := yaml.NewEncoder(&b)
			e.SetIndent(int(indent%7) + 2)
			n := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: "x"}, {Kind: yaml.ScalarNode, Value: value, Style: style, Tag: "!!str"}}}
			if encode(e, n) != nil {
				continue
			}
			text := b.String()
			if carriage {
				text = strings.ReplaceAll(text, "\n", "\r\n")
			}
			checkPlaces(t, []byte(text))
		}
		checkPlaces(t, []byte(value))
		checkPlaces(t, []byte("x: "+value))
	})
}

// encode writes YAML; the library panics on some values.
func encode(e *yaml.Encoder, n *yaml.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return e.Encode(n)
}
