package draft

import (
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline/canon"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// nameShownMax is how many characters of a name a comment shows.
const nameShownMax = 60

// columnBytesMax bounds the name of a column that an expression speaks of. A
// longer one is listed and not mapped.
const columnBytesMax = 1000

var (
	identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	// plainExpression is what YAML takes as it is. A colon, #, comma at the
	// beginning and the like are not in it.
	plainExpression = regexp.MustCompile(`^[\pL_][\pL\pN_()\[\], "/.+@&?-]*$`)
	plainText       = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./-]*$`)
)

// reserved are words that an expression or YAML takes for something else than
// a column.
var reserved = map[string]bool{"row": true, "vars": true, "lookup": true, "erase": true, "nil": true, "null": true, "true": true, "false": true,
	"not": true, "and": true, "or": true, "in": true, "let": true, "if": true, "else": true, "contains": true, "matches": true,
	"startswith": true, "endswith": true}

// reference writes a column in an expression. What does not show is escaped, so
// that a right-to-left mark in a header cannot make the line look like another.
func reference(name string) string {
	if identifier.MatchString(name) && !reserved[strings.ToLower(name)] {
		return name
	}
	return "row[" + diag.Quoted(name) + "]"
}

// yamlExpression writes an expression as a value of YAML.
func yamlExpression(e string) string {
	if plainExpression.MatchString(e) && !strings.Contains(e, ", #") && !reserved[strings.ToLower(e)] {
		return e
	}
	return "'" + strings.ReplaceAll(e, "'", "''") + "'"
}

// yamlText writes a text as a value of YAML.
func yamlText(s string) string {
	if plainText.MatchString(s) && !reserved[strings.ToLower(s)] {
		return s
	}
	return diag.Quoted(s)
}

// quoted shows a name in a comment or an error.
func quoted(name string) string { return `"` + diag.Shorten(name, nameShownMax) + `"` }

var plainNamePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)

func plainName(s string) bool { return plainNamePattern.MatchString(s) }

// nameRunesMax bounds a name that is made of a file's or a column's.
const nameRunesMax = 40

// nameOf makes a name for a source or a field of a text: small ASCII letters,
// digits and underscores, a letter first; "" where nothing is left.
func nameOf(s string) string {
	if len(s) > columnBytesMax {
		s = s[:columnBytesMax]
	}
	name := strings.ReplaceAll(canon.Slug(strings.ToValidUTF8(s, "")), "-", "_")
	name = strings.TrimLeftFunc(name, func(r rune) bool { return r < 'a' || r > 'z' })
	if utf8.RuneCountInString(name) > nameRunesMax {
		name = strings.Trim(name[:nameRunesMax], "_")
	}
	if !plainName(name) {
		return ""
	}
	return name
}

// sourceName makes the name of a source of the path of its file.
func sourceName(file string) string {
	base := path.Base(strings.ReplaceAll(file, `\`, "/"))
	stem, _, _ := strings.Cut(strings.TrimLeft(base, "."), ".")
	if name := nameOf(stem); name != "" {
		return name
	}
	return "rows"
}

// uniqueName is the name, or the name with a number where it is taken.
func uniqueName(name string, taken map[string]bool) string {
	unique := name
	for n := 2; taken[unique]; n++ {
		unique = name + "_" + strconv.Itoa(n)
	}
	taken[unique] = true
	return unique
}
