package eval

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/parser/lexer"
)

// span is a part of the text of an expression, in bytes, half open.
type span struct{ from, to int }

// join is the smallest span that holds both.
func (s span) join(o span) span { return span{min(s.from, o.from), max(s.to, o.to)} }

// source is the text of an expression, its tokens and its tree. expr counts
// characters and notes one token a node; the rest is found here.
type source struct {
	text    string
	root    ast.Node
	starts  []int // byte offset of each character and of the end
	tokens  []lexer.Token
	open    bool  // the last text has no closing quote
	partner []int // of each token that is a bracket: its other half, or -1
}

// parse reads the syntax. A problem means that there is no tree.
func parse(text string, env Env) (*source, *Problem) {
	if len(text) > ExpressionBytesMax {
		return nil, &Problem{Code: "limit", To: len(text),
			Message: fmt.Sprintf("the expression has %d bytes, more than the %d allowed", len(text), ExpressionBytesMax)}
	}
	s := &source{text: text}
	s.scan()
	tree, err := parseTree(text)
	if err != nil {
		p := s.explain(err, env)
		return nil, &p
	}
	s.root = tree
	return s, nil
}

// parseTree is expr's parser, which must not bring down the program whatever
// it is given.
func parseTree(text string) (root ast.Node, syntax *file.Error) {
	defer func() {
		if r := recover(); r != nil {
			root, syntax = nil, &file.Error{Message: "the expression cannot be read"}
		}
	}()
	tree, err := parser.Parse(text)
	if err == nil {
		return tree.Node, nil
	}
	if !errors.As(err, &syntax) {
		syntax = &file.Error{Message: err.Error()}
	}
	return nil, syntax
}

// scan finds where characters start and what the tokens are, up to the first
// that is none.
func (s *source) scan() {
	s.starts = make([]int, 0, len(s.text)+1)
	for i := 0; i < len(s.text); {
		s.starts = append(s.starts, i)
		_, n := utf8.DecodeRuneInString(s.text[i:])
		i += n
	}
	s.starts = append(s.starts, len(s.text))
	l := lexer.New()
	l.Reset(file.NewSource(s.text))
	for {
		t, err := l.Next()
		if err != nil || t.Kind == lexer.EOF {
			s.open = err != nil && strings.HasPrefix(err.Error(), "literal not terminated")
			break
		}
		s.tokens = append(s.tokens, t)
	}
	s.partner = make([]int, len(s.tokens))
	var open []int
	for i, t := range s.tokens {
		s.partner[i] = -1
		if t.Kind != lexer.Bracket {
			continue
		}
		switch t.Value {
		case "(", "[", "{":
			open = append(open, i)
		default:
			if n := len(open); n > 0 && closes(s.tokens[open[n-1]].Value, t.Value) {
				s.partner[i], s.partner[open[n-1]] = open[n-1], i
				open = open[:n-1]
			}
		}
	}
}

func closes(open, shut string) bool {
	return open == "(" && shut == ")" || open == "[" && shut == "]" || open == "{" && shut == "}"
}

// span converts a location of expr, which counts characters.
func (s *source) span(l file.Location) span {
	last := len(s.starts) - 1
	return span{s.starts[max(0, min(l.From, last))], s.starts[max(0, min(l.To, last))]}
}

// tokenAt is the number of the first token that starts at or after a byte.
func (s *source) tokenAt(from int) int {
	return sort.Search(len(s.tokens), func(i int) bool { return s.span(s.tokens[i].Location).from >= from })
}

// closing extends a span, whose token at `from` is a bracket or is followed by
// one, to the bracket that closes it.
func (s *source) closing(sp span) span {
	i := s.tokenAt(sp.from)
	if i < len(s.tokens) && s.tokens[i].Kind != lexer.Bracket {
		i++
	}
	if i < len(s.tokens) && s.partner[i] > i {
		sp.to = max(sp.to, s.span(s.tokens[s.partner[i]].Location).to)
	}
	return sp
}

// outer extends the span of an operand by the parentheses around it.
func (s *source) outer(sp span) span {
	for {
		i := s.tokenAt(sp.from) - 1
		if i < 0 || s.tokens[i].Value != "(" || s.tokens[i].Kind != lexer.Bracket || s.partner[i] < i {
			return sp
		}
		if i > 0 && s.tokens[i-1].Kind == lexer.Identifier {
			return sp // the parentheses of a call
		}
		shut := s.span(s.tokens[s.partner[i]].Location)
		if next := s.tokenAt(sp.to); next >= len(s.tokens) || s.span(s.tokens[next].Location) != shut {
			return sp
		}
		sp = span{s.span(s.tokens[i].Location).from, shut.to}
	}
}

// code returns the text of a span where it is short enough to be repeated in a
// hint, and "..." otherwise.
func (s *source) code(sp span) string {
	if sp.to-sp.from > 40 {
		return "..."
	}
	return s.text[sp.from:sp.to]
}
