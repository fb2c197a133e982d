package dedupe

import (
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// labelMax is the number of characters of a label.
const labelMax = 100

// label names a record for people: "Anna Weber <anna@example.com>", with the
// company where there is no e-mail, the company alone where there is no name,
// then by e-mail, phone or a key, and by where it came from when it says nothing
// of itself.
func (u *universe) label(i int32) string {
	name := strings.TrimSpace(u.textOf(i, pipeline.KindFirstName) + " " + u.textOf(i, pipeline.KindLastName))
	if name == "" {
		name = u.textOf(i, pipeline.KindPersonName)
	}
	firm, email := u.textOf(i, pipeline.KindCompany), u.textOf(i, pipeline.KindEmail)
	if name == "" {
		name, firm = firm, ""
	}
	switch {
	case name != "" && email != "":
		name += " <" + email + ">"
	case name != "" && firm != "":
		name += " (" + firm + ")"
	case name == "" && email != "":
		name = email
	}
	if name == "" {
		name = u.textOf(i, pipeline.KindPhone)
	}
	for k := range u.m.keys {
		if name == "" {
			name = strings.TrimSpace(u.text(i, u.m.keys[k].field))
		}
	}
	if name == "" {
		name = u.record(i).Origin().String()
	}
	return diag.Shorten(name, labelMax)
}

// textOf returns the first field of the kind that is not empty.
func (u *universe) textOf(i int32, kind pipeline.Kind) string {
	for f := range u.m.schema.Len() {
		if u.m.schema.Field(f).Kind == kind {
			if s := strings.TrimSpace(u.text(i, f)); s != "" {
				return s
			}
		}
	}
	return ""
}

// reference names a record in a question.
func (u *universe) reference(i int32) pipeline.Reference {
	r := pipeline.Reference{Label: u.label(i)}
	if int(i) >= u.rows {
		r.Target = u.record(i).ID()
		return r
	}
	r.Origin = u.record(i).Origin()
	return r
}
