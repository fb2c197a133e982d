package eval

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/parser/utils"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// nameMax is the number of characters of a name that a message shows.
const nameMax = 60

// article puts "a" or "an" before the name of a type.
func article(name string) string {
	switch {
	case name == "nil":
		return name
	case strings.ContainsRune("aeiou", rune(name[0])):
		return "an " + name
	default:
		return "a " + name
	}
}

// conversion is the hint that makes a node be of the wanted type, or "".
func (k *compiler) conversion(c code, want typ) string {
	text := k.source.code(c.span)
	if c.typ.kind == kindRecord {
		return k.fieldHint(c, text)
	}
	if c.typ.kind == kindList {
		if want.kind == kindText && c.typ.elem == kindText {
			return fmt.Sprintf("use join_nonempty(%s, \", \") or one member, %s[0]", text, text)
		}
		return ""
	}
	switch want.kind {
	case kindInt:
		if c.typ.kind == kindFloat {
			return fmt.Sprintf("use int(round(%s))", text)
		}
		return fmt.Sprintf("use int(%s)", text)
	case kindFloat:
		return fmt.Sprintf("use float(%s)", text)
	case kindText:
		return fmt.Sprintf("use string(%s)", text)
	case kindTime:
		return fmt.Sprintf("use parse_date(%s, layout)", text)
	case kindList:
		if want.elem == kindText && c.typ.kind == kindText {
			return fmt.Sprintf("write [%s]", text)
		}
	case kindBool:
		switch c.typ.kind {
		case kindText:
			return fmt.Sprintf(`compare it: %s == "yes"`, text)
		case kindInt, kindFloat:
			return fmt.Sprintf("compare it: %s != 0", text)
		}
	}
	return ""
}

// fieldHint says which fields of a record there are to choose from.
func (k *compiler) fieldHint(c code, text string) string {
	names := fieldNames(c.typ.fields)
	if len(names) == 0 {
		return "choose one of its fields: " + text + ".name"
	}
	more := ""
	if len(names) > 8 {
		names, more = names[:8], ", ..."
	}
	return fmt.Sprintf("choose one of its fields: %s.%s", text, strings.Join(names, ", .")+more)
}

func isNumber(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil
}

// mistakenWord is what somebody meant who wrote a word of another language.
func mistakenWord(name string) string {
	switch name {
	case "null", "NULL", "Null", "None", "Nil", "NIL", "undefined":
		return "nil"
	case "True", "TRUE":
		return "true"
	case "False", "FALSE":
		return "false"
	}
	return ""
}

// noMaps is said of the functions of expr that make or read maps.
const noMaps = "there are no maps: a field holds a string, number, bool, timestamp or list of string"

// foreignFunctions are names that people bring from other languages.
var foreignFunctions = map[string]string{
	"coalesce": "write a ?? b", "ifnull": "write a ?? b", "nvl": "write a ?? b", "isnull": "write x == nil", "is_null": "write x == nil",
	"iif": "write cond ? a : b", "length": "write len(x)", "substr": "write x[0:3]", "substring": "write x[0:3]", "left": "write x[:3]", "right": "write x[-3:]",
	"concat_ws": "write join_nonempty([a, b], separator)", "join": "write join_nonempty(list, separator)", "str": "write string(x)", "text": "write string(x)",
	"strip": "write trim(x)", "repeat": "", "flatten": "write concat(a, b)", "date": "write parse_date(x, layout)", "includes": `write x contains "text"`,
	"groupby": noMaps, "tojson": noMaps, "fromjson": noMaps, "keys": noMaps, "values": noMaps, "topairs": noMaps, "frompairs": noMaps,
	"get": "write list[0] or row[\"name\"]", "type": "the types of columns are known: reconkit validate shows a mismatch",
	"parse_int": "write int(x)", "to_int": "write int(x)", "parse_float": "write float(x)", "to_string": "write string(x)",
}

// unknownColumn reports a name that is no column. As a bare name it may also
// be a function without its arguments, or a text without its quotes.
func (k *compiler) unknownColumn(name string, sp span, bare bool) code {
	known := k.env.Columns.Names()
	p := Problem{Code: "unknown-" + k.noun(), From: sp.from, To: sp.to,
		Message: fmt.Sprintf("unknown %s %q", k.noun(), diag.Shorten(name, nameMax))}
	if k.env.Record {
		p.Cause = "rules see the mapped fields, not the columns of the source"
	}
	spaced := ""
	if bare {
		for _, v := range k.vars {
			known = append(known, v.name)
		}
		spaced = k.spacedColumn(sp.from)
	}
	near := diag.Nearest(name, known)
	switch {
	case spaced != "":
		p.Hint = fmt.Sprintf("write row[%q]", spaced)
	case bare && slices.Contains(k.functionNames(), name):
		p.Hint = fmt.Sprintf("%s is a function: write %s(...)", name, name)
	case near != "" && !bare || near != "" && utils.IsValidIdentifier(near):
		p.Hint = diag.DidYouMean(name, known)
	case near != "":
		p.Hint = fmt.Sprintf("did you mean row[%q]?", near)
	case bare:
		p.Hint = strings.TrimSuffix(fmt.Sprintf("a text is written in quotes: %q; %s", name, diag.DidYouMean(name, known)), "; ")
	default:
		p.Hint = diag.DidYouMean(name, known)
	}
	k.problem(p)
	return bad(sp)
}

// columnAt is the longest column whose name stands at a byte of the text and is
// no identifier, such as E-Mail, which reads as E minus Mail.
func (s *source) columnAt(from int, names []string) string {
	best := ""
	for _, name := range names {
		if len(name) > len(best) && !utils.IsValidIdentifier(name) && strings.HasPrefix(s.text[from:], name) {
			best = name
		}
	}
	return best
}

// spacedColumn is the column whose name, which is no identifier, covers the
// token at a byte of the text; "" when there is none.
func (k *compiler) spacedColumn(from int) string {
	names := k.env.Columns.Names()
	for i := k.tokenAt(from); i >= 0; i-- {
		start := k.at(i).from
		if name := k.columnAt(start, names); start+len(name) > from {
			return name
		}
		if from-start > nameMax {
			break
		}
	}
	return ""
}
