// Package draft writes pipelines: the columns of some files in, the text of a
// pipeline that reads them out.
//
// A draft is a guess and says so: each line that was guessed has a comment with
// the evidence, such as how many of the values that were looked at are e-mail
// addresses. Values themselves never get into the text, only their shape (Aaaa
// 99), so that a draft can be shared. The text is the same for the same files.
package draft

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// SchemaFile is the name of the JSON Schema that the first line of a draft
// leads editors to.
const SchemaFile = "pipeline.schema.json"

// The kinds of targets of a draft.
const (
	TargetAuto       TargetKind = ""           // PlanDocket where a column holds e-mail addresses or customer numbers, else a file
	TargetPlanDocket TargetKind = "plandocket" // a sandbox of PlanDocket beside the pipeline
	TargetFile       TargetKind = "file"
	TargetNone       TargetKind = "none" // no sink: the pipeline can be exported, not planned
)

// TargetKind is what a draft writes to.
type TargetKind string

// fileTargetStem begins the name of a file target when nobody names one.
const fileTargetStem = "contacts"

// Config is what a draft is made from. Files has at least one entry.
type Config struct {
	Name       string // of the pipeline; "": that of the first source
	Model      string // "": contacts
	Files      []File
	Target     TargetKind
	TargetPath string // of a file target; "": contacts.csv, or contacts_2.csv where that is read
	Out        string // name of the pipeline file, for the commands in comments; "": pipeline.yaml
	SchemaLine bool   // begin with the line that leads editors to the JSON Schema
}

// File is a file that the pipeline reads, and what is known of it.
type File struct {
	Type   string // of the source: csv or parquet
	Path   string // as the pipeline names it
	Sample Sample

	// Columns are names in the place of those of the header, where these
	// cannot be used; nil: the header's.
	Columns []string
	// SkipLines is how many lines stand above the header.
	SkipLines int
	// NoHeader says that the first row is data.
	NoHeader bool
}

// Text writes the pipeline. It is an error when there is no file, when a text does
// not look like a table, when a path cannot stand in a pipeline, when the target is one of the files to read, and
// when PlanDocket is asked for and no column belongs to a contact.
func Text(c Config) (string, error) {
	if len(c.Files) == 0 {
		return "", errors.New("a draft needs at least one file")
	}
	c.Model = cmp.Or(c.Model, "contacts")
	c.Out = diag.Shorten(cmp.Or(c.Out, "pipeline.yaml"), nameShownMax)
	if !plainName(c.Model) {
		return "", fmt.Errorf("the name of a model begins with a letter and consists of letters, digits, _ and -, not %s", quoted(c.Model))
	}
	d := &draft{Config: c}
	names := map[string]bool{"null": true, "true": true, "false": true} // YAML takes them for something else
	for i := range c.Files {
		f := &c.Files[i]
		if strings.Contains(f.Path, "${") {
			return "", fmt.Errorf("%s: the name holds ${, which begins a reference in a pipeline; rename the file", quoted(f.Path))
		}
		d.sources = append(d.sources, newSource(f, uniqueName(sourceName(f.Path), names)))
	}
	d.chooseCountries()
	for _, s := range d.sources {
		s.mapContact(d.Target)
		if err := s.checkTable(); err != nil {
			return "", err
		}
	}
	if err := d.chooseTarget(); err != nil {
		return "", err
	}
	for _, s := range d.sources {
		s.finish()
	}
	if d.Target == TargetFile || d.Target == TargetNone {
		d.mapRest()
	}
	for _, s := range d.sources {
		if len(s.fields) == 0 && s.idOf == nil {
			return "", fmt.Errorf("%s: none of its columns can be mapped; their names are too long or not valid text", quoted(s.file.Path))
		}
	}
	if d.Target == TargetFile {
		d.chooseRowKey()
	}
	for _, s := range d.sources {
		if len(s.fields) == 0 {
			s.add(s.idField(), s.idOf.text(), []*column{s.idOf}, quoted(s.idOf.name)+": no other column is mapped")
		}
	}
	return d.write(), nil
}

// draft is a pipeline that is being written.
type draft struct {
	Config
	sources []*source
	rowKey  string // the field that names a record of a file, where it is not that of contacts
}

// maps reports whether any source maps the field.
func (d *draft) maps(field string) bool {
	for _, s := range d.sources {
		if s.field(field) != nil {
			return true
		}
	}
	return false
}

// chooseTarget settles TargetAuto.
func (d *draft) chooseTarget() error {
	contacts := d.maps("email") || d.maps("customer_number")
	if d.Target == TargetAuto {
		d.Target = TargetFile
		if contacts {
			d.Target = TargetPlanDocket
		}
	}
	if d.Target == TargetFile {
		return d.chooseTargetPath()
	}
	if d.Target != TargetPlanDocket {
		return nil
	}
	for _, s := range d.sources {
		if len(s.fields) == 0 {
			return fmt.Errorf("%s: no column looks like one of a contact, so that there is nothing for PlanDocket; a file takes every column as it is (--target file:OUT.csv)", quoted(s.file.Path))
		}
	}
	return nil
}

// chooseTargetPath settles where a file target is: never where a file is read,
// which the pipeline would then write over.
func (d *draft) chooseTargetPath() error {
	read := func(name string) bool {
		return slices.ContainsFunc(d.Files, func(f File) bool { return path.Clean(f.Path) == path.Clean(name) })
	}
	if d.TargetPath != "" {
		if read(d.TargetPath) {
			return fmt.Errorf("%s: a file that is read cannot be the target, too; name another one", quoted(d.TargetPath))
		}
		return nil
	}
	d.TargetPath = fileTargetStem + ".csv"
	for n := 2; read(d.TargetPath); n++ {
		d.TargetPath = fmt.Sprintf("%s_%d.csv", fileTargetStem, n)
	}
	return nil
}
