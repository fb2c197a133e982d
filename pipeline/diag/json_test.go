package diag_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/pipeline/diag"
)

func TestJSONShowsWhatIsHidden(t *testing.T) {
	for in, want := range map[string]string{
		"Grüße <b> & 日本":    `"Grüße <b> & 日本"`,
		"\x1b[2J\u009b31m":  `"\u001b[2J\u009b31m"`,
		"\u202egpj.exe":     `"\u202egpj.exe"`,
		"\x7f\ufeffa\u00a0": `"\u007f\ufeffa\u00a0"`,
		"\U000e0041👍":       `"\udb40\udc41👍"`,
	} {
		var b bytes.Buffer
		if err := diag.JSONEncoder(&b).Encode(in); err != nil || b.String() != want+"\n" {
			t.Errorf("%q is %s (%v), want %s", in, b.String(), err, want)
		}
	}
}

// Whatever the text, nothing hidden is left and it reads back as it was.
func TestJSONReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.String().Draw(t, "text")
		var b bytes.Buffer
		e := diag.JSONEncoder(&b)
		e.SetIndent("", " ")
		if err := e.Encode(map[string][]string{in: {in}}); err != nil {
			t.Fatal(err)
		}
		for _, line := range bytes.Split(b.Bytes(), []byte("\n")) {
			if text := string(line); diag.Printable(text) != text {
				t.Fatalf("%q", text)
			}
		}
		var out map[string][]string
		if err := json.Unmarshal(b.Bytes(), &out); err != nil {
			t.Fatal(err)
		}
		if utf8.ValidString(in) && (len(out[in]) != 1 || out[in][0] != in) {
			t.Fatalf("%q reads back as %q", in, out)
		}
	})
}
