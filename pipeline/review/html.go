package review

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"io"
	"strconv"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
)

// HTMLBytesMax is the size of a plan in HTML, in bytes.
const HTMLBytesMax = 8 << 20

// htmlKept is how much of it is kept for titles and for what is left out, and
// htmlShare for what stands in a section, however long those before it are.
const (
	htmlKept  = 1 << 20
	htmlShare = 1 << 18
)

// detailsOpenMax is how many changes of a class are shown before somebody opens it.
const detailsOpenMax = 20

// style is of the page. It names no fonts, images or addresses.
const style = `:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}` +
	`bdi{font-family:ui-monospace,monospace;overflow-wrap:anywhere;white-space:pre-wrap}del{text-decoration:line-through}ins{text-decoration:none;font-weight:600}` +
	`ul{padding-left:1.5rem}details{border-left:.2rem solid GrayText;padding-left:.8rem;margin:.6rem 0}summary{cursor:pointer}summary h3{display:inline}h3{font-size:1rem;margin:.6rem 0}.label{border:.1rem solid;border-radius:.3rem;padding:0 .2rem}` +
	`summary:focus-visible{outline:.15rem solid Highlight}.counts{font-size:1.2rem}`

// HTML writes a plan as one page that stands alone: without scripts, without
// anything from elsewhere, and with a policy that forbids both, in at most
// HTMLBytesMax bytes; what does not fit is counted. With Options.Values it shows
// values of records, so that it is for those who may see them.
func HTML(w io.Writer, p *pipeline.Plan, opt Options) error {
	page := newPage(p, opt, detail{changes: pageChangesMax, joined: pageEvidenceMax, values: pageEvidenceMax})
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
	for i, s := range page.sections {
		kept := htmlShare * (len(page.sections) - 1 - i)
		h.room -= kept
		id := "part-" + strconv.Itoa(i+1)
		h.put("<section aria-labelledby=\"", id, "\"><h2 id=\"", id, "\">", spansHTML(s.title), "</h2>\n")
		h.section(s)
		h.put("</section>\n")
		h.room += kept
	}
	for _, l := range page.last {
		h.put("<p>", spansHTML(l), "</p>\n")
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
		if len(title)+partRoom > h.room {
			left++
			continue
		}
		h.room -= len(title) + partRoom
		if len(part.list) == 0 {
			h.put("<h3>", title, "</h3>\n")
			continue
		}
		open := ""
		if len(part.list) <= detailsOpenMax {
			open = " open"
		}
		h.put("<details", open, "><summary><h3>", title, "</h3></summary>\n")
		h.section(part)
		h.put("</details>\n")
	}
	if left > 0 {
		h.put("<p>… and ", group(left), " more, left out here</p>\n")
	}
}

// blockHTML is a block as elements of a list.
func blockHTML(b block) string {
	var t strings.Builder
	listHTML(&t, b)
	return t.String()
}

// listHTML writes lines as elements of a list, each with the list of those below it,
// which is closed below a folded one.
func listHTML(t *strings.Builder, lines []line) {
	for i := 0; i < len(lines); {
		end := i + 1
		for end < len(lines) && lines[end].depth > lines[i].depth {
			end++
		}
		title, below := spansHTML(lines[i].spans), lines[i+1:end]
		fold := lines[i].folded && len(below) > 0
		t.WriteString("<li>")
		if fold {
			title = "<details><summary>" + title + "</summary>"
		}
		t.WriteString(title)
		if len(below) > 0 {
			t.WriteString("<ul>")
			listHTML(t, below)
			t.WriteString("</ul>")
		}
		if fold {
			t.WriteString("</details>")
		}
		t.WriteString("</li>")
		if lines[i].depth == 0 {
			t.WriteByte('\n')
		}
		i = end
	}
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
		case marking:
			text = "<strong class=\"label\">" + text + "</strong>"
		}
		b.WriteString(text)
	}
	return b.String()
}

// dataHTML is text of the data: escaped, and apart from its neighbours where its
// letters run from right to left.
func dataHTML(text string) string { return "<bdi>" + html.EscapeString(text) + "</bdi>" }
