package draft

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
)

// Names and shares in a draft.
const (
	fileTarget          = "out"
	rejectedPercent     = 5 // of the rows, for max_rejected, unless the sample has more
	restShownMax        = 100
	sandboxFile         = "plandocket.db" // which the command sandbox serves, too
	recordKeyField      = "record_key"
	recordKeyColumnsMax = 50                // columns
	recordKeyBytesMax   = 8 << 10           // bytes of their names
	defaultCountry      = "default_country" // the variable
)

// page is text that is being written.
type page struct{ strings.Builder }

// line writes a line at a depth of so many spaces.
func (p *page) line(depth int, text string) {
	p.WriteString(strings.Repeat(" ", depth))
	p.WriteString(text)
	p.WriteByte('\n')
}

// note writes comments.
func (p *page) note(depth int, comments ...string) {
	for _, c := range comments {
		p.line(depth, strings.TrimRight("# "+c, " "))
	}
}

func (d *draft) write() string {
	p := &page{}
	d.writeHead(p)
	d.writeSources(p)
	d.writeModel(p)
	d.writeTarget(p)
	return p.String()
}

func (d *draft) writeHead(p *page) {
	if d.SchemaLine {
		p.line(0, "# yaml-language-server: $schema="+SchemaFile)
		p.note(0, "Editors complete and check this file when the schema is beside it: reconkit schema > "+SchemaFile, "")
	}
	p.note(0, "A draft by reconkit init. What was guessed is said in comments, with the evidence;",
		"values are shown by their shape alone (Aa9), so that this file can be shared.",
		"",
		"  reconkit validate "+d.Out+"   checks it",
		"  reconkit plan "+d.Out+"       shows what would be written; it changes nothing")
	name := d.Name
	if !plainName(name) {
		name = d.sources[0].name
	}
	p.line(0, "version: 1")
	p.line(0, "name: "+yamlText(name))
	d.writeVars(p)
}

// writeVars writes the countries that expressions speak of.
func (d *draft) writeVars(p *page) {
	written := map[string]bool{}
	for _, s := range d.sources {
		uses := slices.ContainsFunc(s.fields, func(f *field) bool { return strings.Contains(f.expr, "vars."+s.country.variable) })
		if !uses || written[s.country.variable] {
			continue
		}
		if len(written) == 0 {
			p.line(0, "")
			p.line(0, "vars:")
		}
		written[s.country.variable] = true
		p.note(2, "Taken where a row names no country: "+s.country.why+".")
		p.line(2, s.country.variable+`: "`+s.country.code+`"`)
	}
}

func (d *draft) writeSources(p *page) {
	p.line(0, "")
	p.line(0, "sources:")
	for _, s := range d.sources {
		p.line(2, s.name+":")
		p.note(4, s.file.Sample.seen())
		p.line(4, "type: "+s.file.Type)
		p.line(4, "path: "+yamlText(s.file.Path))
		s.writeOptions(p)
		p.note(4, s.id...)
		if s.idOf != nil {
			p.line(4, "id: "+yamlExpression(s.idOf.ref()))
		}
		if s.updated != nil {
			p.note(4, s.updated.why...)
			p.line(4, "updated: "+yamlExpression(s.updated.expr))
		}
		d.writeIdentifiers(p, s)
	}
}

// seen says what was looked at.
func (s Sample) seen() string {
	text := fmt.Sprintf("The first %s rows were looked at.", thousands(s.Rows))
	switch {
	case s.Whole && s.Rows == 1:
		text = "Its only row was looked at."
	case s.Whole && s.Rows == 0:
		text = "The file has a header and no rows: columns are mapped by their names alone."
	case s.Whole:
		text = fmt.Sprintf("All %s rows were looked at.", thousands(s.Rows))
	}
	if s.Blank > 0 {
		text += fmt.Sprintf(" Rows without any value: %s; they do not count below.", thousands(s.Blank))
	}
	if s.Rejected > 0 {
		text += fmt.Sprintf(" %s more could not be read and are rejected.", thousands(s.Rejected))
	}
	return text
}

// writeOptions writes what the source of a file needs beside its path.
func (s *source) writeOptions(p *page) {
	if n := s.file.SkipLines; n > 0 {
		why := "The first line has few cells, and the rows below it have many: it seems to be a title, and the header comes after it."
		if n > 1 {
			why = "The first " + strconv.Itoa(n) + " lines have few cells, and the rows below them have many: they seem to be a title, and the header comes after them."
		}
		p.note(4, why)
		p.line(4, "skip_lines: "+strconv.Itoa(n))
	}
	if s.file.NoHeader {
		p.note(4, "The first row looks like data, so the columns have numbers. Name them in order with columns: [...]")
		p.line(4, `header: "false"`)
	}
	if s.file.Columns == nil {
		return
	}
	p.note(4, "The header has names that are blank or come twice; these stand in their place, in order.")
	p.line(4, "columns:")
	for _, name := range s.file.Columns {
		p.line(6, "- "+yamlText(name))
	}
}

// writeIdentifiers says whose the customer numbers are. A file that this
// pipeline alone writes has no others; whether PlanDocket knows the same
// numbers is for a person to say, since a wrong yes changes wrong contacts.
func (d *draft) writeIdentifiers(p *page, s *source) {
	switch {
	case s.number == "" || d.Target == TargetNone:
	case d.Target == TargetFile && len(d.sources) == 1:
		p.note(4, "The numbers of "+quoted(s.number)+" are those of the target, too.")
		p.line(4, "identifiers: { customer_number: "+fileTarget+" }")
	default:
		target := string(TargetPlanDocket)
		if d.Target == TargetFile {
			target = fileTarget
		}
		p.note(4, "If the target knows contacts by the numbers of "+quoted(s.number)+", say so; then they find contacts, too:",
			"identifiers: { customer_number: "+target+" }")
	}
}

func (d *draft) writeModel(p *page) {
	p.line(0, "")
	p.line(0, "models:")
	p.line(2, d.Model+":")
	p.line(4, "from:")
	for _, s := range d.sources {
		p.line(6, "- source: "+s.name)
		s.writeWhere(p)
		p.line(8, "map:")
		for _, f := range s.fields {
			p.note(10, f.why...)
			p.line(10, f.name+": "+yamlExpression(f.expr))
		}
		d.writeRest(p, s)
	}
	d.writeRules(p)
	d.writeDedupe(p)
}

// whereColumnsMax is how many columns are asked whether a row says anything.
const whereColumnsMax = 30

// writeWhere leaves rows out that say nothing, where the sample has any: they
// would be blocked, each time.
func (s *source) writeWhere(p *page) {
	var says []string
	for _, c := range s.columns {
		if s.used[c] && len(says) < whereColumnsMax {
			says = append(says, c.ref()+" != nil")
		}
	}
	if s.file.Sample.Blank == 0 || len(says) == 0 {
		return
	}
	p.note(8, "Rows without any value are left out, such as the lines that spreadsheets leave behind.")
	p.line(8, "where: "+yamlExpression(strings.Join(says, " or ")))
}

// writeRest lists the columns that are not mapped.
func (d *draft) writeRest(p *page, s *source) {
	if len(s.rest) == 0 {
		return
	}
	p.note(10, "", "Not mapped:")
	for i, c := range s.rest {
		if i == restShownMax {
			p.note(10, fmt.Sprintf("  and %s more", thousands(len(s.rest)-i)))
			break
		}
		text := "  " + quoted(c.name) + ": " + c.leftOver(d.Target)
		p.note(10, text)
	}
}

// leftOver says what a column holds that no field takes.
func (c *column) leftOver(target TargetKind) string {
	g := c.guess()
	switch {
	case !c.usable():
		return "its name is too long or not valid text"
	case c.rows == 0:
		return "no rows"
	case c.filled == 0:
		return "empty"
	case c.header.Meaning == canon.MeansCategory && c.header.Exact && target == TargetPlanDocket:
		return "categories, such as " + strconv.Quote(c.shape) + "; if they are keys of categories in PlanDocket: category_keys: " + yamlExpression(c.keys())
	case c.header.Meaning == canon.MeansRating:
		return fmt.Sprintf("%s; a rating is 1 to 5, which %s of %s values are", c.said(), thousands(c.ratings), thousands(c.filled))
	case g.date && g.unsure && c.header.Meaning == canon.MeansUpdated && c.typ == pipeline.String:
		return c.said() + "; once that is settled, at the source: updated: " + yamlExpression(fmt.Sprintf(g.call, c.ref()))
	case g.call != "" && c.typ == pipeline.String:
		return c.said() + ": " + fmt.Sprintf(g.call, c.ref())
	}
	return c.said()
}

// rules are the checks that fit a field. A value that fails is left out, and
// the row goes on. Phone numbers, postcodes and web addresses have no rule: the
// functions that read them keep what they cannot read and warn of it.
var rules = []struct{ field, rule, why string }{
	{"email", "is: email, on_fail: { set: nil }", "what is no e-mail address is left out; the rest of the row goes on"},
	{"country", "is: country_code, on_fail: { set: nil }", ""},
	{"rating", "check: rating >= 1 and rating <= 5, on_fail: { set: nil }", ""},
}

func (d *draft) writeRules(p *page) {
	written := false
	for _, r := range rules {
		if !d.maps(r.field) {
			continue
		}
		if !written {
			p.line(4, "validate:")
			written = true
		}
		if r.why != "" {
			r.why = " # " + r.why
		}
		p.line(6, "- { field: "+r.field+", "+r.rule+" }"+r.why)
	}
	percent := rejectedPercent
	for _, s := range d.sources {
		if all := s.file.Sample.Rows + s.file.Sample.Rejected; s.file.Sample.Rejected*200 > rejectedPercent*all {
			percent = max(percent, min(100, (s.file.Sample.Rejected*200+all-1)/all))
		}
	}
	if percent > rejectedPercent {
		p.note(4, "Many rows of the sample are rejected; mend them and lower this.")
	}
	p.line(4, fmt.Sprintf("max_rejected: %d%% # of the rows; more, and there is no plan", percent))
}

// contactKeys are the fields that name a contact and are mapped.
func (d *draft) contactKeys() []string {
	var keys []string
	for _, k := range []string{"email", "customer_number"} {
		if d.maps(k) {
			keys = append(keys, k)
		}
	}
	return keys
}

func (d *draft) writeDedupe(p *page) {
	same := d.contactKeys()
	if len(same) == 0 {
		return
	}
	p.line(4, "dedupe:")
	p.line(6, "same: ["+strings.Join(same, ", ")+"] # equal in one of them: one contact, unless the value is evidently shared")
	if d.maps("customer_number") {
		line, why := d.never()
		p.note(6, why...)
		if line != "" {
			p.line(6, line)
		}
	}
	p.line(6, "decisions: decisions.yaml # your answers, where a plan asks whether two rows are one contact")
}

func (d *draft) writeTarget(p *page) {
	if d.Target == TargetNone {
		p.line(0, "")
		p.note(0, "Nothing is written to: reconkit export "+d.Out+" -o "+d.Model+".csv")
		return
	}
	p.line(0, "")
	p.line(0, "targets:")
	if d.Target == TargetFile {
		p.line(2, fileTarget+":")
		p.line(4, "type: file")
		p.line(4, "path: "+yamlText(d.TargetPath))
		p.note(4, "What a record of the file is known by; no two records may share it.")
		p.line(4, "key: ["+strings.Join(d.fileKeys(), ", ")+"]")
		p.line(0, "")
		p.line(0, "sinks:")
		p.line(2, "- { model: "+d.Model+", target: "+fileTarget+" }")
		return
	}
	p.line(2, "plandocket:")
	p.line(4, "type: plandocket")
	p.note(4, "A sandbox in a file beside this one, with invented contacts: nothing leaves this machine.",
		"In this folder, reconkit sandbox --dir . serves it to other programs, such as curl.",
		"For the real PlanDocket:", "  base_url: ${PLANDOCKET_URL}", "  api_key: ${PLANDOCKET_API_KEY}")
	p.line(4, "base_url: sandbox:"+sandboxFile)
	p.line(0, "")
	p.line(0, "sinks:")
	p.line(2, "- model: "+d.Model)
	p.line(4, "target: plandocket")
	p.line(4, "resource: contacts")
	p.line(4, "allow: [create, update] # nothing is ever deleted")
	if d.maps("notes") {
		p.line(4, "fields: { notes: fill_empty } # notes that somebody wrote there stay")
	}
	p.note(4, "A new contact with neither a customer number nor an e-mail address of its own is blocked. This gives it a number:", "keyless: reserve(NEW-)")
	p.note(4, "A plan that would do more is stopped:", "limits: { create: 5000, update: 30%, blank: 0 }")
}

// fileKeys are the fields that name a record of a file. Where nothing does, a
// fingerprint of the whole row is made a field.
func (d *draft) fileKeys() []string {
	if d.rowKey != "" {
		return []string{d.rowKey}
	}
	return d.contactKeys()
}
