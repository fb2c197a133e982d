package diag_test

import (
	"strconv"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/pipeline/diag"
)

func TestQuoted(t *testing.T) {
	for in, want := range map[string]string{
		"": `""`, `a "b" \c`: `"a \"b\" \\c"`, "a\n\tb\x00\x1b\u0085": `"a\n\tb\u0000\u001b\u0085"`,
		"gpj\u202e": `"gpj\u202e"`, "Grüße 日本 👍": `"Grüße 日本 👍"`, "\U000e0041": `"\U000e0041"`, "\xff": "\"\ufffd\"",
	} {
		if got := diag.Quoted(in); got != want {
			t.Errorf("%q is %s, want %s", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.String().Draw(t, "text")
		quoted := diag.Quoted(in)
		if out, err := strconv.Unquote(quoted); err != nil || utf8.ValidString(in) && out != in {
			t.Fatalf("%q reads back as %q (%v)", in, out, err)
		}
		if diag.Printable(quoted) != quoted {
			t.Fatalf("%q does not show whole", quoted)
		}
	})
}
