package review

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"io"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
)

// HTMLBytesMax is the size of a plan in HTML, in bytes.
const HTMLBytesMax = 8 << 20

// htmlKept is how much of it is kept for titles and for what is left out.
const htmlKept = 1 << 20

// style is of the page. It names no fonts, images or addresses.
const style = `:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}` +
	`bdi{font-family:ui-monospace,monospace;overflow-wrap:anywhere;white-space:pre-wrap}del{text-decoration:line-through}ins{text-decoration:none;font-weight:600}` +
	`ul{padding-left:1.5rem}details{border-left:.2rem solid GrayText;padding-left:.8rem;margin:.6rem 0}summary{cursor:pointer}` +
	`summary:focus-visible{outline:.15rem solid Highlight}.counts{font-size:1.2rem}`

// HTML writes a plan as one page that stands alone: without scripts, without
// anything from elsewhere, and with a policy that forbids both, in at most
// HTMLBytesMax bytes; what does not fit is counted. With Options.Values it shows
// values of records, so that it is for those who may see them.
func HTML(w io.Writer, p *pipeline.Plan, opt Options) error {
	page := newPage(p, opt, pageChangesMax)
	h := &hypertext{room: HTMLBytesMax - htmlKept}
	sum := sha256.Sum256([]byte(style))
	h.put("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n",
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-", base64.StdEncoding.EncodeToString(sum[:]), "'; base-uri 'none'; form-action 'none'\">\n",
		"<meta name=\"viewport\" content=\"width=device-width\"><meta name=\"referrer\" content=\"no-referrer\">\n<title>", html.EscapeString("plan of "+safe(p.Header.Pipeline)), "</title>\n",
		"<style>", style, "</style></head><body>\n<main>\n<h1>", spansHTML(page.title), "</h1>\n<p class=\"counts\">", spansHTML(page.counts), "</p>\n<ul>\n")
	for _, f := range page.facts {
		h.put("<li>", spansHTML(f), "</li>\n")
	}
	h.put("</ul>\n")
	for _, s := range page.sections {
		h.put("<section><h2>", spansHTML(s.title), "</h2>\n")
		h.section(s)
		h.put("</section>\n")
	}
	if opt.Note != "" {
		h.put("<p>", html.EscapeString(opt.Note), "</p>\n")
	}
	if opt.Next != "" {
		h.put("<p>next: ", dataHTML(opt.Next), "</p>\n")
	}
	h.put("</main>\n</body></html>\n")
	_, err := io.WriteString(w, h.b.String())
	return err
}

// hypertext is a page that is being written.
type hypertext struct {
	b    strings.Builder
	room int // bytes that blocks may still take
}

func (h *hypertext) put(texts ...string) {
	for _, t := range texts {
		h.b.WriteString(t)
	}
}

// section writes what is below the title of a section.
func (h *hypertext) section(s section) {
	left := s.left
	if len(s.list) > 0 {
		h.put("<ul>\n")
		for _, b := range s.list {
			text := blockHTML(b)
			if len(text) > h.room {
				left++
				continue
			}
			h.room -= len(text)
			h.put(text)
		}
		h.put("</ul>\n")
	}
	for _, part := range s.parts {
		title := spansHTML(part.title)
		if h.room -= len(title) + partRoom; h.room < 0 {
			left++
			continue
		}
		if len(part.list) == 0 {
			h.put("<p>", title, "</p>\n")
			continue
		}
		h.put("<details open><summary>", title, "</summary>\n")
		h.section(part)
		h.put("</details>\n")
	}
	if left > 0 {
		h.put("<p>… and ", group(left), " more, left out here</p>\n")
	}
}

// blockHTML is a block as an element of a list: its first line, and the others
// below it.
func blockHTML(b block) string {
	var t strings.Builder
	t.WriteString("<li>" + spansHTML(b[0].spans))
	if len(b) > 1 {
		t.WriteString("<ul>")
		for _, l := range b[1:] {
			t.WriteString("<li>" + spansHTML(l.spans) + "</li>")
		}
		t.WriteString("</ul>")
	}
	t.WriteString("</li>\n")
	return t.String()
}

func spansHTML(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		text := html.EscapeString(s.text)
		if s.data {
			text = dataHTML(s.text)
		}
		switch s.role {
		case was:
			text = "<del>" + text + "</del>"
		case becomes:
			text = "<ins>" + text + "</ins>"
		case weighty:
			text = "<strong>" + text + "</strong>"
		}
		b.WriteString(text)
	}
	return b.String()
}

// dataHTML is text of the data: escaped, and apart from its neighbours where its
// letters run from right to left.
func dataHTML(text string) string { return "<bdi>" + html.EscapeString(text) + "</bdi>" }
