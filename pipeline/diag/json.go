package diag

import (
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// JSONEncoder returns an encoder for documents that people may see on a
// terminal. Characters that a terminal would act on or hide, as [Printable]
// knows them, are written as \uXXXX; < > and & stay as they are. What the text
// means is what json.Encoder would have written.
func JSONEncoder(w io.Writer) *json.Encoder {
	e := json.NewEncoder(visibleJSON{w})
	e.SetEscapeHTML(false)
	return e
}

// visibleJSON escapes the JSON text that is written through it. Each write holds
// whole characters, as those of json.Encoder do, which writes a document at once.
type visibleJSON struct{ w io.Writer }

func (v visibleJSON) Write(text []byte) (int, error) {
	if _, err := v.w.Write(escapeJSON(text)); err != nil {
		return 0, err
	}
	return len(text), nil
}

// escapeJSON escapes what does not show. Beyond ASCII, and DEL, such characters
// stand in the strings of a JSON text alone; json.Encoder has escaped the
// control characters below the blank.
func escapeJSON(text []byte) []byte {
	var out []byte
	done := 0
	for at := 0; at < len(text); {
		if text[at] < utf8.RuneSelf && text[at] != 0x7f {
			at++
			continue
		}
		r, n := utf8.DecodeRune(text[at:])
		if hidden(r) {
			out = append(out, text[done:at]...)
			if high, low := utf16.EncodeRune(r); r > 0xffff {
				out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
			} else {
				out = fmt.Appendf(out, `\u%04x`, r)
			}
			done = at + n
		}
		at += n
	}
	if done == 0 {
		return text
	}
	return append(out, text[done:]...)
}
