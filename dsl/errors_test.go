package dsl

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// expectation is a comment in a file of mistakes:
//
//	# want "regexp" at "text"       the diagnostic is on this line and its column
//	                                is where the text begins
//	# want 12 "regexp" at "text"    the same, on line 12
//	# want file "regexp"            the place within the file is not known
//
// Several may follow each other on one line.
type expectation struct {
	line    int // 0: not known
	message *regexp.Regexp
	text    string
}

var wantComment = regexp.MustCompile(`# want (.*)$`)

func expectations(t *testing.T, text string) []expectation {
	t.Helper()
	var list []expectation
	for i, line := range splitLines(text) {
		m := wantComment.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		for rest := m[1]; rest != ""; rest = strings.TrimSpace(rest) {
			e := expectation{line: i + 1}
			if after, ok := strings.CutPrefix(rest, "file "); ok {
				e.line, rest = 0, after
			} else if n, after, ok := strings.Cut(rest, " "); ok && strings.Trim(n, "0123456789") == "" {
				e.line, _ = strconv.Atoi(n)
				rest = after
			}
			e.message = regexp.MustCompile(quoted(t, &rest))
			if after, ok := strings.CutPrefix(rest, " at "); ok {
				rest = after
				e.text = quoted(t, &rest)
			}
			list = append(list, e)
		}
	}
	return list
}

func quoted(t *testing.T, rest *string) string {
	t.Helper()
	prefix, err := strconv.QuotedPrefix(*rest)
	if err != nil {
		t.Fatalf("want comment %q: %v", *rest, err)
	}
	text, err := strconv.Unquote(prefix)
	if err != nil {
		t.Fatal(err)
	}
	*rest = (*rest)[len(prefix):]
	return text
}

// fits reports whether the diagnostic is the expected one: its message, cause and
// hint, and the very character that its caret stands under.
func (e expectation) fits(d diag.Diagnostic, lines []string) bool {
	if d.Pos.Line != e.line || !e.message.MatchString(d.Message+" | "+d.Cause+" | "+d.Hint) {
		return false
	}
	if e.line == 0 {
		return d.Pos.Column == 0
	}
	if e.text == "" {
		return d.Pos.Column == 0
	}
	raw := []rune(strings.Split(lines[e.line-1], "# want")[0])
	return d.Pos.Column >= 1 && d.Pos.Column <= len(raw) && strings.HasPrefix(string(raw[d.Pos.Column-1:]), e.text) &&
		strings.Index(string(raw), e.text) == len(string(raw[:d.Pos.Column-1]))
}

func TestMistakesAreReportedWhereTheyAre(t *testing.T) {
	files, err := filepath.Glob("testdata/errors/*.yaml")
	if err != nil || len(files) < 60 {
		t.Fatalf("%d files of mistakes, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld()
			p, found := LoadText(t.Context(), file, text, w.registry(t), w.host())
			if (p == nil) != found.HasErrors() {
				t.Errorf("pipeline %v beside diagnostics with errors: %v", p, found.HasErrors())
			}
			wanted := expectations(t, string(text))
			if len(wanted) == 0 {
				t.Fatal("the file wants nothing")
			}
			lines := splitLines(string(text))
			for _, d := range found {
				at := -1
				for i, e := range wanted {
					if e.fits(d, lines) {
						at = i
						break
					}
				}
				if at < 0 {
					t.Errorf("not wanted:\n%s", d.Text())
					continue
				}
				wanted = append(wanted[:at], wanted[at+1:]...)
			}
			for _, e := range wanted {
				t.Errorf("line %d: wanted %q at %q, which was not found", e.line, e.message, e.text)
			}
		})
	}
}
