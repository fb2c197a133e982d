package review

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// JSON writes the whole plan as one JSON document. It lays out one entry at a time, so
// that it takes no more memory however large the plan is.
func JSON(w io.Writer, p *pipeline.Plan) error {
	head := p.Header
	head.Bindings = withoutTexts(head.Bindings)
	d := newDocument(w)
	d.member("header", head)
	d.member("digest", p.Digest)
	d.member("total", p.Total())
	members(d, "blocked", labelled(p.Blocked))
	members(d, "changes", p.Changes)
	members(d, "stopped", p.Stopped)
	members(d, "rejected", p.Rejected)
	members(d, "reasons", p.Reasons)
	d.member("questions_total", p.Asked())
	members(d, "questions", p.Questions)
	members(d, "duplicates", p.Duplicates)
	members(d, "findings", p.Findings)
	return d.end()
}

// labelledRow is a blocked row whose conflicts say how their values look, as the fields of
// changes do.
type labelledRow struct {
	*pipeline.BlockedRow
	Conflicts []labelledConflict `json:"conflicts,omitempty"`
}

type labelledConflict struct {
	*pipeline.FieldConflict
	Labels []string `json:"labels,omitempty"`
}

func labelled(blocked []pipeline.BlockedRow) []labelledRow {
	rows := make([]labelledRow, len(blocked))
	for i := range blocked {
		b := &blocked[i]
		rows[i].BlockedRow = b
		for k := range b.Conflicts {
			c := labelledConflict{FieldConflict: &b.Conflicts[k]}
			if look := pipeline.LookOf(c.Theirs, c.Ours); look != "" {
				c.Labels = []string{look}
			}
			rows[i].Conflicts = append(rows[i].Conflicts, c)
		}
	}
	return rows
}

// indent is that of a JSON document.
const indent = "  "

// document is a JSON object that is written member by member.
type document struct {
	w        *bufio.Writer
	text     bytes.Buffer
	outer    *json.Encoder // writes to text what stands in the object
	inner    *json.Encoder // writes to text what stands in a list of it
	put      bool          // whether there is a member
	firstErr error
}

func newDocument(w io.Writer) *document {
	d := &document{w: bufio.NewWriter(w)}
	d.outer, d.inner = diag.JSONEncoder(&d.text), diag.JSONEncoder(&d.text)
	d.outer.SetIndent(indent, indent)
	d.inner.SetIndent(indent+indent, indent)
	return d
}

// write writes what holds no data; an error is kept by the writer.
func (d *document) write(text string) { _, _ = d.w.WriteString(text) }

// encode writes a value without the end of its line.
func (d *document) encode(e *json.Encoder, v any) {
	d.text.Reset()
	if err := e.Encode(v); err != nil && d.firstErr == nil {
		d.firstErr = err
	}
	_, _ = d.w.Write(bytes.TrimSuffix(d.text.Bytes(), []byte("\n")))
}

// name begins a member.
func (d *document) name(name string) {
	if d.put {
		d.write(",")
	} else {
		d.write("{")
	}
	d.put = true
	d.write("\n" + indent + `"` + name + `": `)
}

func (d *document) member(name string, v any) {
	d.name(name)
	d.encode(d.outer, v)
}

// members writes a list entry by entry. An absent one is empty, so that readers find a
// list.
func members[T any](d *document, name string, list []T) {
	d.name(name)
	if len(list) == 0 {
		d.write("[]")
		return
	}
	for i := range list {
		if i == 0 {
			d.write("[")
		} else {
			d.write(",")
		}
		d.write("\n" + indent + indent)
		d.encode(d.inner, &list[i])
	}
	d.write("\n" + indent + "]")
}

func (d *document) end() error {
	d.write("\n}\n")
	if err := d.w.Flush(); err != nil && d.firstErr == nil {
		d.firstErr = err
	}
	if d.firstErr != nil {
		return fmt.Errorf("write the plan: %w", d.firstErr)
	}
	return nil
}

// list makes an absent list an empty one, so that readers find an array.
func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}
