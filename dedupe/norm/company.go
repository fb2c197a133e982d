package norm

import "strings"

// Company is the name of an organisation, taken apart, in words as AppendWords
// writes them.
type Company struct {
	// Name is the name without its legal form, without "and" (&, +, und, et), "of"
	// and a leading article, with the usual abbreviations in one spelling (Intl.
	// and International are "intl"). A name that is nothing else stays whole.
	Name []byte

	// Form is the legal form as one word, "gmbhcokg", or several of them.
	Form []byte

	words []byte
	spans []span
	key   []byte
}

// span is a word within others.
type span struct{ from, to int32 }

// Read takes the name of an organisation apart. What follows "trading as", "t/a",
// "dba" or "formerly" is left out.
func (c *Company) Read(name string) {
	c.Name, c.Form = c.Name[:0], c.Form[:0]
	if len(name) > BytesMax {
		c.Name = AppendWords(c.Name, name)
		return
	}
	if joinedForm(name) {
		name = c.withoutJoinedForm(name)
	}
	name = c.cutAlias(name)
	c.split(name)
	from, to := 0, len(c.spans)
	for changed := true; changed; {
		var end, start int
		end = c.formAfter(from, to)
		start = c.formBefore(from, end)
		changed = end < to || start > from
		from, to = start, end
	}
	c.writeName(from, to)
	if len(c.Name) == 0 { // nothing but a form and small words
		c.Name, c.Form = append(c.Name, c.words...), c.Form[:0]
	}
}

// aliasMarks part a name from the one that it trades under.
var aliasMarks = [...]string{
	" t/a ", " trading as ", " dba ", " d/b/a ", " d.b.a. ", " doing business as ", " formerly known as ", " formerly ", " vormals ",
	" fka ", " f/k/a ", " aka ", " a/k/a ",
}

// cutAlias takes off what follows an alias mark.
func (c *Company) cutAlias(name string) string {
	for i := 1; i < len(name); i++ {
		if name[i] != ' ' {
			continue
		}
		if !aliasMark(name[i:]) {
			continue
		}
		if c.words = AppendWords(c.words[:0], name[:i]); len(c.words) == 0 {
			return name
		}
		return name[:i]
	}
	return name
}

// aliasMark reports a text that begins with a mark.
func aliasMark(s string) bool {
	for _, mark := range aliasMarks {
		if len(s) > len(mark) && s[1]|0x20 == mark[1] && strings.EqualFold(s[:len(mark)], mark) {
			return true
		}
	}
	return false
}

// split folds the name and finds its words.
func (c *Company) split(name string) {
	c.words, c.spans = AppendWords(c.words[:0], name), c.spans[:0]
	for from, i := 0, 0; i <= len(c.words); i++ {
		if i == len(c.words) || c.words[i] == ' ' {
			if i > from {
				c.spans = append(c.spans, span{int32(from), int32(i)})
			}
			from = i + 1
		}
	}
}

func (c *Company) word(i int) []byte { return c.words[c.spans[i].from:c.spans[i].to] }

// join writes the words from:to as one into key, without "and".
func (c *Company) join(from, to int) []byte {
	c.key = c.key[:0]
	for i := from; i < to; i++ {
		if w := c.word(i); !connects(w) {
			c.key = append(c.key, w...)
		}
	}
	return c.key
}

// connects reports the word that stands for & in names and forms.
func connects(word []byte) bool {
	switch string(word) {
	case "and", "und", "u":
		return true
	}
	return false
}

// formAfter returns the end of the name before the longest legal form that ends
// it. A word always stays.
func (c *Company) formAfter(from, to int) int {
	forms := legalForms()
	if to-from < 2 || !forms.last[string(c.word(to-1))] {
		return to
	}
	for at := max(from+1, to-formWordsMax); at < to; at++ {
		if forms.after[string(c.join(at, to))] {
			c.Form = appendWord(c.Form, c.key)
			return at
		}
	}
	return to
}

// formBefore returns the start of the name behind the longest legal form that
// begins it.
func (c *Company) formBefore(from, to int) int {
	forms := legalForms()
	if to-from < 2 || !forms.first[string(c.word(from))] {
		return from
	}
	for at := min(to-1, from+formWordsMax); at > from; at-- {
		if forms.before[string(c.join(from, at))] {
			c.Form = appendWord(c.Form, c.key)
			return at
		}
	}
	return from
}

// writeName writes the words of the name that count.
func (c *Company) writeName(from, to int) {
	short := companyShort()
	for i := from; i < to; i++ {
		switch w := c.word(i); short[string(w)] {
		case "":
			if i > from && legalForms().sure[string(w)] { // ACME GmbH Berlin
				c.Form = appendWord(c.Form, w)
				continue
			}
			c.Name = appendWord(c.Name, w)
		case wordSmall:
		case wordArticle:
			if i > from || to-from == 1 {
				c.Name = appendWord(c.Name, w)
			}
		default:
			c.Name = appendText(c.Name, short[string(w)])
		}
	}
}

// appendText is appendWord for a string.
func appendText(b []byte, word string) []byte {
	if len(b) > 0 && word != "" {
		b = append(b, ' ')
	}
	return append(b, word...)
}
