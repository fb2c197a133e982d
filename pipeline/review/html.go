package review

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
)

// HTMLBytesMax is the size of a plan in HTML, in bytes.
const HTMLBytesMax = listedBytesMax + islandBytesMax

// listedBytesMax is the size of the page beside the data of its script, in bytes. Of it
// htmlKept is kept for titles, the script and what is left out, and htmlShare for what
// stands in a section, however long those before it are.
const (
	listedBytesMax = 8 << 20
	htmlKept       = 1 << 20
	htmlShare      = 1 << 18
)

// detailsOpenMax is how many changes of a class are shown before somebody opens it.
const detailsOpenMax = 5

// style and script are of the page. They name no fonts, images or addresses, and are
// what its policy allows to run, by their hashes.
var (
	//go:embed page.css
	style string
	//go:embed page.js
	script string
)

// explorer is the part of the page that the script fills, hidden where none runs.
//
//go:embed page.html
var explorer string

// HTML writes a plan as one page that stands alone: nothing from elsewhere, and a policy
// that forbids it, and any script and style but those of the page, in at most
// HTMLBytesMax bytes; what does not fit is counted. Without scripts it shows lists; its
// script searches and filters up to islandRowsMax changes. It shows values of records,
// so that it is for those who may see them.
func HTML(w io.Writer, p *pipeline.Plan, opt Options) error {
	page := newPage(p, opt, detail{changes: pageChangesMax, joined: pageEvidenceMax, values: pageEvidenceMax})
	out := bufio.NewWriterSize(w, 1<<16)
	h := &hypertext{w: out, room: listedBytesMax - htmlKept}
	h.put("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n",
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src '", hashOf(script), "'; style-src '", hashOf(style),
		"'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'\">\n",
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"referrer\" content=\"no-referrer\">\n<title>", html.EscapeString("plan of "+safe(p.Header.Pipeline)), "</title>\n",
		"<style>", style, "</style></head><body>\n<main>\n<h1>", spansHTML(page.title), "</h1>\n<p class=\"counts\">", spansHTML(page.counts), "</p>\n<ul>\n")
	for _, f := range page.facts {
		h.put("<li>", spansHTML(f), "</li>\n")
	}
	h.put("</ul>\n", explorer)
	for i, s := range page.sections {
		kept := htmlShare * (len(page.sections) - 1 - i)
		h.room -= kept
		id, listed := "part-"+strconv.Itoa(i+1), ""
		if s.explored {
			listed = " data-listed"
		}
		h.put("<section aria-labelledby=\"", id, "\"", listed, "><h2 id=\"", id, "\">", spansHTML(s.title), "</h2>\n")
		h.section(s)
		h.put("</section>\n")
		h.room += kept
	}
	for _, l := range page.last {
		h.put("<p>", spansHTML(l), "</p>\n")
	}
	h.put("</main>\n<script type=\"application/json\" id=\"plan-data\">")
	(&island{put: h.put, plan: p, room: islandBytesMax - islandKept}).write()
	h.put("</script>\n<script>", script, "</script>\n</body></html>\n")
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the plan: %w", err)
	}
	return nil
}

// hashOf is the hash by which a policy names what it allows (CSP level 3, 2.3.1).
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// hypertext is a page that is being written.
type hypertext struct {
	w    *bufio.Writer
	room int // bytes that blocks may still take
}

// put writes texts; an error is kept by the writer, and told at its end.
func (h *hypertext) put(texts ...string) {
	for _, t := range texts {
		_, _ = h.w.WriteString(t)
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
			text = dataHTML(s.text, s.tail)
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
// letters run from right to left. Labels that go on with it are marked.
func dataHTML(text, labels string) string {
	if labels != "" {
		labels = "<strong class=\"label\">" + html.EscapeString(labels) + "</strong>"
	}
	return "<bdi>" + html.EscapeString(text) + labels + "</bdi>"
}
