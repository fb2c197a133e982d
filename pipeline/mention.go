package pipeline

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MentionedIn reports whether any text in some JSON holds the address, however it
// is escaped. JSON that cannot be read is taken to hold it: better to erase too
// much than too little.
func (p *Person) MentionedIn(text []byte) bool {
	var plain any
	return json.Unmarshal(text, &plain) != nil || p.within(plain)
}

func (p *Person) within(v any) bool {
	switch v := v.(type) {
	case string:
		return p.Mentioned(v)
	case []any:
		for _, x := range v {
			if p.within(x) {
				return true
			}
		}
	case map[string]any:
		for name, x := range v {
			if p.Mentioned(name) || p.within(x) {
				return true
			}
		}
	}
	return false
}

// Mentioned reports whether a text holds the address as a whole: an@example.com is
// not in jan@example.com, nor in an@example.com.example. Upper and lower case make
// no difference, nor does the form of an international domain. In text that holds
// JSON, what is before the address may be an escape.
func (p *Person) Mentioned(text string) bool {
	if !strings.Contains(text, "@") {
		return false
	}
	text = strings.ToLower(text)
	for _, form := range p.Forms {
		for from := 0; ; {
			at := strings.Index(text[from:], form)
			if at < 0 {
				break
			}
			if at += from; !joinsBefore(text[:at]) && !joinsAfter(text[at+len(form):]) {
				return true
			}
			from = at + 1
		}
	}
	return false
}

// escapeMax is the length of the longest escape of JSON.
const escapeMax = len(`\u003c`)

// escapeBefore is an escape of JSON at the end of a text, in small letters.
var escapeBefore = regexp.MustCompile(`\\(u[0-9a-f]{4}|[bfnrt"/\\])$`)

// joinsBefore reports whether an address that a text comes right before of is the
// end of a longer one. A dot or another sign joins only what it stands between.
func joinsBefore(text string) bool {
	if escapeBefore.MatchString(text[max(0, len(text)-escapeMax):]) {
		return false
	}
	r, n := utf8.DecodeLastRuneInString(text)
	if strings.ContainsRune("._%+-", r) {
		r, _ = utf8.DecodeLastRuneInString(text[:len(text)-n])
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// joinsAfter reports whether an address that a text comes right after is the
// beginning of a longer one.
func joinsAfter(text string) bool {
	r, n := utf8.DecodeRuneInString(text)
	if r == '.' || r == '-' {
		r, _ = utf8.DecodeRuneInString(text[n:])
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// LongerThan returns the longer addresses of a text of which the address is a
// part, in small letters; what joins on either side belongs to them.
func (p *Person) LongerThan(text string) (longer []string) {
	text = strings.ToLower(text)
	for _, form := range p.Forms {
		for from := 0; ; {
			at := strings.Index(text[from:], form)
			if at < 0 {
				break
			}
			at += from
			before, after := text[:at], text[at+len(form):]
			for joinsBefore(before) {
				_, n := utf8.DecodeLastRuneInString(before)
				before = before[:len(before)-n]
			}
			for joinsAfter(after) {
				_, n := utf8.DecodeRuneInString(after)
				after = after[n:]
			}
			if whole := text[len(before) : len(text)-len(after)]; whole != form { // else it is the address itself, which stayed
				longer = append(longer, whole)
			}
			from = at + 1
		}
	}
	return longer
}
