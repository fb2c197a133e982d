package eval

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser/lexer"
	"github.com/expr-lang/expr/parser/utils"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// explain turns a syntax error of expr into a problem that names the mend of
// the usual mistakes.
func (s *source) explain(e *file.Error, env Env) Problem {
	sp := s.span(e.Location)
	p := Problem{Code: "syntax", From: sp.from, To: sp.to, Message: strings.ToLower(e.Message[:1]) + e.Message[1:]}
	i := s.tokenAt(sp.from)
	if e.Message == "unexpected token EOF" || e.Message == "unexpected end of expression" {
		i = len(s.tokens) // expr points at the last character
	}
	for _, known := range []func(*Problem, int, Env) bool{s.blank, s.tooManyNodes, s.openQuote, s.foreignCharacter, s.spaced, s.wrongOperator, s.mapping, s.decimalComma, s.brackets} {
		if known(&p, i, env) {
			return p
		}
	}
	s.general(&p, i, e)
	return p
}

func (p *Problem) say(sp span, message, hint string) bool {
	p.From, p.To, p.Message, p.Hint = sp.from, sp.to, message, hint
	return true
}

func (s *source) value(i int) string {
	if i < 0 || i >= len(s.tokens) || s.tokens[i].Kind == lexer.String {
		return ""
	}
	return s.tokens[i].Value
}

func (s *source) at(i int) span { return s.span(s.tokens[i].Location) }

func (s *source) blank(p *Problem, _ int, _ Env) bool {
	return strings.TrimSpace(s.text) == "" && p.say(span{0, len(s.text)}, "the expression is empty", `write a column, or a text in quotes`)
}

func (s *source) tooManyNodes(p *Problem, _ int, _ Env) bool {
	if !strings.Contains(p.Message, "maximum allowed nodes") {
		return false
	}
	p.Code = "limit"
	return p.say(span{p.From, p.To}, fmt.Sprintf("the expression has more than %d parts", NodesMax), "")
}

// openQuote finds a text that never ends, where it starts. It is the cause of
// whatever else looks wrong before it.
func (s *source) openQuote(p *Problem, _ int, _ Env) bool {
	from := 0
	if n := len(s.tokens); n > 0 {
		from = s.at(n - 1).to
	}
	i := strings.IndexAny(s.text[from:], "\"'`")
	if i < 0 || !s.open {
		return false
	}
	quote := s.text[from+i : from+i+1]
	hint := fmt.Sprintf("write %s at its end; if it is the end of a text, its start is missing", quote)
	if quote == "'" && from > 0 {
		hint += `; an apostrophe inside a text is written \' or the text in double quotes`
	}
	return p.say(span{from + i, from + i + 1}, "the text that starts here has no closing quote", hint)
}

// foreignCharacter is a character that starts nothing in the language.
func (s *source) foreignCharacter(p *Problem, _ int, _ Env) bool {
	if !strings.HasPrefix(p.Message, "unrecognized character") {
		return false
	}
	r, n := utf8.DecodeRuneInString(s.text[p.From:])
	hint := ""
	switch {
	case strings.ContainsRune("“”„‟«»", r):
		hint = `write straight quotes: "text"`
	case strings.ContainsRune("‘’‚´", r):
		hint = "write straight quotes: 'text'"
	case strings.ContainsRune("–—−", r):
		hint = "write a plain minus: -"
	case r == '\u00a0' || r == '\u200b' || r == '\ufeff':
		hint = "this space is a special character; write a plain space"
	case r == '≠':
		hint = "write !="
	case r == '≤':
		hint = "write <="
	case r == '≥':
		hint = "write >="
	}
	return p.say(span{p.From, p.From + n}, fmt.Sprintf("the character %s does not belong here", diag.Printable(string(r))), hint)
}

// wrongOperator is an operator of another language.
func (s *source) wrongOperator(p *Problem, i int, _ Env) bool {
	v, before := s.value(i), s.value(i-1)
	switch {
	case v == "=" && (before == "==" || before == "!="):
		return p.say(s.at(i-1).join(s.at(i)), fmt.Sprintf("%s= is not an operator", before), "write "+before)
	case v == "=" && (s.value(i+1) == ">" || s.value(i+1) == "<"):
		return p.say(s.at(i).join(s.at(i+1)), fmt.Sprintf("=%s is not an operator", s.value(i+1)), "write "+s.value(i+1)+"=")
	case v == "=" && strings.HasPrefix(s.text[s.at(i).to:], "~"):
		return p.say(span{s.at(i).from, s.at(i).to + len("~")}, "=~ is not an operator", `write matches, as in name matches "^A"`)
	case v == "=":
		return p.say(s.at(i), "= does not compare", "write == to compare")
	case v == ">" && before == "<":
		return p.say(s.at(i-1).join(s.at(i)), "<> is not an operator", "write !=")
	case v == "&":
		return p.say(s.at(i), "& alone is not an operator", "write and (or &&) between conditions, + between texts")
	}
	for j := i; j >= 0 && j >= i-2; j-- {
		if s.value(j) == "|" && !(j+2 < len(s.tokens) && s.value(j+2) == "(") {
			return p.say(s.at(j), "| alone gives a value to a function", "write or (or ||) between conditions, value | function() for a call")
		}
	}
	if i >= len(s.tokens) || s.tokens[i].Kind != lexer.Identifier {
		return false
	}
	switch word := strings.ToLower(v); word {
	case "and", "or", "not", "in", "contains", "matches":
		return p.say(s.at(i), fmt.Sprintf("unexpected %q", v), fmt.Sprintf("write %s in small letters", word))
	case "is":
		return p.say(s.at(i), fmt.Sprintf("unexpected %q", v), "write == nil or != nil")
	case "like":
		return p.say(s.at(i), fmt.Sprintf("unexpected %q", v), `write contains, startsWith, endsWith or matches`)
	case "mod", "div":
		return p.say(s.at(i), fmt.Sprintf("unexpected %q", v), "write % for the remainder, int(floor(a / b)) for the quotient")
	}
	return false
}

// What is said of {"a": "b"}, wherever it stands.
const (
	saysNoMaps = "expressions cannot make maps"
	noMapsHint = `one of a few values is x == "a" ? "b" : x == "c" ? "d" : nil, one of many a lookup("table", x); a field holds a string, number, bool, timestamp or list of string`
)

// mapping is a map where a function such as map() takes a brace for the begin of its
// condition.
func (s *source) mapping(p *Problem, i int, _ Env) bool {
	if s.value(i) != ":" || s.value(i-2) != "{" {
		return false
	}
	end, depth := s.at(i), 1
	for j := i; j < len(s.tokens) && depth > 0; j++ {
		switch end = s.at(j); s.value(j) {
		case "{":
			depth++
		case "}":
			depth--
		}
	}
	p.Code = "unsupported"
	return p.say(s.at(i-2).join(end), saysNoMaps, noMapsHint)
}

// spaced is a column whose name is no identifier, written without row[...].
func (s *source) spaced(p *Problem, i int, env Env) bool {
	if env.Columns == nil {
		return false
	}
	for j := min(i, len(s.tokens)-1); j >= 0 && j >= i-4; j-- {
		at := s.at(j)
		if name := s.columnAt(at.from, env.Columns.Names()); at.from+len(name) > p.From {
			return p.say(span{at.from, at.from + len(name)}, fmt.Sprintf("the name %q cannot be written as it is", name), fmt.Sprintf("write row[%q]", name))
		}
	}
	if name := s.value(i); env.Columns.Index(name) >= 0 && s.tokens[i].Kind == lexer.Operator && utils.IsValidIdentifier(name) {
		return p.say(s.at(i), fmt.Sprintf("%q is a word of the language", name), fmt.Sprintf("to read the column write row[%q]", name))
	}
	return false
}

// decimalComma is 1,5 where no list of values goes on.
func (s *source) decimalComma(p *Problem, i int, _ Env) bool {
	if s.value(i) != "," || i == 0 || i+1 >= len(s.tokens) {
		return false
	}
	number := s.decimal(s.at(i-1), s.at(i+1))
	return number != "" && p.say(s.at(i-1).join(s.at(i+1)), "a decimal number is written with a point", "write "+number)
}

// decimal joins the two halves of 1,5 to 1.5; "" when they are none.
func (s *source) decimal(a, b span) string {
	left, right := s.text[a.from:a.to], s.text[b.from:b.to]
	if b.from != a.to+1 || s.text[a.to] != ',' || strings.Trim(left+right, "0123456789") != "" {
		return ""
	}
	return left + "." + right
}

// brackets finds the bracket that has no other half. Where the text ended at a
// backslash, what follows is not known.
func (s *source) brackets(p *Problem, i int, _ Env) bool {
	if strings.HasPrefix(p.Message, "invalid char escape") {
		return false
	}
	for j, t := range s.tokens {
		if t.Kind != lexer.Bracket || s.partner[j] >= 0 {
			continue
		}
		switch {
		case j == i && strings.Contains(")]}", t.Value):
			return p.say(s.at(j), fmt.Sprintf("this %s closes nothing", t.Value), "take it away, or open it before")
		case strings.Contains("([{", t.Value) && i >= len(s.tokens):
			return p.say(s.at(j), fmt.Sprintf("the %s that opens here is never closed", t.Value), "")
		}
	}
	return false
}

// general words the remaining errors of expr for people.
func (s *source) general(p *Problem, i int, e *file.Error) {
	switch {
	case strings.HasPrefix(e.Message, "invalid char escape"):
		p.Message, p.Hint = "the backslash before this starts no known escape", "between quotes a backslash is written \\\\; between backticks it stands for itself: `\\d+`"
	case strings.HasPrefix(e.Message, "bad number syntax"):
		p.Message, p.Hint = "a number does not end in a letter, and a name does not start with a digit", `a column whose name starts with a digit is row["1st name"]`
	case strings.Contains(e.Message, "cannot be mixed"):
		p.Message, p.Hint = "?? beside another operator needs parentheses", "write (a ?? b) around it"
	case i >= len(s.tokens) && strings.HasPrefix(e.Message, "unexpected"):
		p.From, p.To = len(s.text), len(s.text)
		p.Message = "the expression ends too early"
		if n := len(s.tokens); n > 0 {
			p.Hint = fmt.Sprintf("something is missing after %q", diag.Shorten(s.tokens[n-1].Value, nameMax))
		}
	case i < len(s.tokens) && strings.HasPrefix(e.Message, "unexpected token"):
		p.Message = fmt.Sprintf("unexpected %q", diag.Shorten(s.tokens[i].Value, nameMax))
		if i == 0 {
			break
		}
		if before := s.tokens[i-1].Kind; s.tokens[i].Kind == lexer.String && (before == lexer.String || before == lexer.Identifier) {
			p.Hint = "texts are joined with +"
		} else if s.tokens[i].Kind == lexer.Identifier || s.tokens[i].Kind == lexer.Number {
			p.Hint = "an operator is missing before it, or quotes around the text"
		}
	}
}
