package review

import (
	"io"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
)

// MarkdownBytesMax is the size of a plan in Markdown, in bytes: services take
// comments of some 65,000 characters, and nobody reads as much.
const MarkdownBytesMax = 30_000

// Of these bytes some are kept, so that no section takes all.
const (
	markdownSectionRoom = 100   // for the marks of a section, and the word of what is left out of it
	markdownShare       = 1_500 // for what stands in a section, however long those before it are
)

// Markdown writes a plan for the comment of a pull request, in at most
// MarkdownBytesMax bytes: what does not fit is counted. Without Options.Values it
// tells counts, classes and codes, and no value of any record. What comes from the
// data stands in code spans, where no service makes a link, a mention or markup of
// it, and nowhere in a table.
func Markdown(w io.Writer, p *pipeline.Plan, opt Options) error {
	page := newPage(p, opt, detail{changes: pageExamplesMax, joined: examplesMax, values: valuesListedMax})
	last := ""
	if !opt.Values {
		last = "\nValues are left out; `--values` shows them.\n"
	}
	for _, l := range page.last {
		last += "\n" + spansMarkdown(l) + "\n"
	}
	m := &markdown{}
	m.put("## " + spansMarkdown(page.title) + "\n\n" + spansMarkdown(page.counts) + "\n\n")
	m.room = MarkdownBytesMax - m.b.Len() - len(last)
	for _, s := range page.sections {
		m.room -= len(spansMarkdown(s.title)) + markdownSectionRoom
	}
	for _, f := range page.facts {
		m.list(block{at(0, f...)})
	}
	for i, s := range page.sections {
		kept := markdownShare * (len(page.sections) - 1 - i)
		m.room -= kept
		m.section("### ", s)
		m.room += kept
	}
	m.put(last)
	_, err := io.WriteString(w, m.b.String())
	return err
}

// markdown is a page that is being written.
type markdown struct {
	b    strings.Builder
	room int // bytes that blocks may still take
}

func (m *markdown) put(text string) { m.b.WriteString(text) }

// list writes a block, and reports whether there was room for it.
func (m *markdown) list(b block) bool {
	var text strings.Builder
	for _, l := range b {
		text.WriteString(strings.Repeat("  ", l.depth) + "- " + strings.TrimRight(spansMarkdown(l.spans), " ") + "\n")
	}
	if text.Len() > m.room {
		return false
	}
	m.room -= text.Len()
	m.put(text.String())
	return true
}

// section writes a section. A part of it that nothing fits into any more is counted
// with what is left out.
func (m *markdown) section(mark string, s section) {
	title := "\n" + mark + spansMarkdown(s.title) + "\n\n"
	m.put(title)
	left := s.left
	for _, b := range s.list {
		if !m.list(b) {
			left++
		}
	}
	for _, part := range s.parts {
		if len(part.list) == 0 { // its title says it all
			if !m.list(block{at(0, part.title...)}) {
				left++
			}
			continue
		}
		need := len(spansMarkdown(part.title)) + partRoom
		if need > m.room {
			left++
			continue
		}
		m.room -= need
		m.section("#### ", part)
	}
	if left > 0 {
		m.put("- … and " + group(left) + " more, left out here\n")
	}
}

// partRoom is what the mark of a part and the word of what is left out take, in
// bytes.
const partRoom = 80

func spansMarkdown(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		switch {
		case s.data:
			b.WriteString(codeSpan(s.text + s.tail))
		case s.role == weighty:
			b.WriteString("**" + s.text + "**")
		default:
			b.WriteString(s.text)
		}
	}
	return b.String()
}

// codeSpan writes text, of one line, as code: between more backticks than it holds
// in a row (CommonMark 0.31, 6.1).
func codeSpan(text string) string {
	if text == "" {
		return ""
	}
	fence, run := 1, 0
	for i := range len(text) {
		if text[i] != '`' {
			run = 0
			continue
		}
		run++
		fence = max(fence, run+1)
	}
	ticks, pad := strings.Repeat("`", fence), ""
	if strings.ContainsAny(text[:1]+text[len(text)-1:], "` ") {
		pad = " "
	}
	return ticks + pad + text + pad + ticks
}
