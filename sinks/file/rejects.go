package file

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/sources/csv"
)

// The columns that follow those of the source in a file of rejected rows. The
// CSV source passes them over, so that a mended file is fed back as it is.
const (
	columnReason = csv.ColumnPrefixIgnored + "reason"
	columnOrigin = csv.ColumnPrefixIgnored + "origin"
	columnRule   = csv.ColumnPrefixIgnored + "rule"
	columnRaw    = csv.ColumnPrefixIgnored + "raw"

	columnsOurs = 4 // how many they are
)

// rejectFilesMax is the number of files of one model and source that are kept
// beside each other.
const rejectFilesMax = 10_000 // files

// modeFolder is the mode of a folder for rejected rows.
const modeFolder = 0o700

// Rejects keeps rejected rows for a person to mend, in files named
// <model>.<source>.csv: the columns of the source, then why the row was
// rejected, where it came from, the place in the pipeline that rejected it and,
// for a row that could not be taken apart or
// has more cells than columns, its text.
//
// A file that was edited since it was written is never overwritten; the next
// goes beside it as <model>.<source>.2.csv. To know that, the checksum of what
// was written is kept in a hidden file beside it, in the form of sha256sum.
// Rows with other columns than the first of their model and source go beside
// it in the same way. Bytes that are not UTF-8 are written as \xNN.
//
// It is for one goroutine. Nothing is visible until Close.
type Rejects struct {
	dir     string
	form    *csvForm
	head    string // what each file begins with
	files   []*rejectFile
	written []RejectFile
	closed  bool
}

// RejectFile is one file of rejected rows that was written.
type RejectFile struct {
	Path          string // the folder that was given, and the name
	Model, Source string
	Rows          int
}

// rejectFile is one file that is being written.
type rejectFile struct {
	RejectFile
	columns []string
	form    *csvForm
	pending *pending
	sum     hash.Hash
	csv     *csvEncoder
}

// RejectsForm says how rejected rows are written as CSV. The zero form is right
// for programs; the CSV source finds out by itself which one it is.
type RejectsForm struct {
	Delimiter string // one ASCII character, or tab; "": a comma
	// ByteOrderMark is put in front, so that a spreadsheet takes the text for
	// UTF-8.
	ByteOrderMark bool
}

// csv is how a file is laid out, and what it begins with.
func (f RejectsForm) csv() (form *csvForm, head string, err error) {
	delim, err := delimiterOf(f.Delimiter)
	if err != nil {
		return nil, "", err
	}
	if f.ByteOrderMark {
		head = string(byteOrderMark)
	}
	return newCSVForm(delim, "\n", false), head, nil
}

// NewRejects makes a collector for the folder. The folder is made with the
// first row; without rows nothing is written.
func NewRejects(dir string, form RejectsForm) (*Rejects, error) {
	csv, head, err := form.csv()
	if err != nil {
		return nil, fmt.Errorf("write rejects to %s: %w", dir, err)
	}
	return &Rejects{dir: dir, form: csv, head: head}, nil
}

// Reject adds a row that was rejected for a model.
func (r *Rejects) Reject(model string, row pipeline.Reject) error {
	if r.closed {
		return fmt.Errorf("write rejects of %s: they are closed", model)
	}
	f, err := r.fileFor(model, row)
	if err != nil {
		return fmt.Errorf("write rejects of %s to %s: %w", model, r.dir, err)
	}
	if err := f.add(row); err != nil {
		return fmt.Errorf("write rejects of %s to %s: %w", model, r.dir, bare(err))
	}
	return nil
}

func (r *Rejects) fileFor(model string, row pipeline.Reject) (*rejectFile, error) {
	for _, f := range r.files {
		if f.Model == model && f.Source == row.Origin.Source && slices.Equal(f.columns, row.Columns) {
			return f, nil
		}
	}
	if err := os.MkdirAll(r.dir, modeFolder); err != nil {
		return nil, bare(err)
	}
	f := &rejectFile{RejectFile: RejectFile{Model: model, Source: row.Origin.Source}, columns: slices.Clone(row.Columns), sum: sha256.New()}
	var err error
	if f.pending, err = create(filepath.Join(r.dir, f.name(1))); err != nil {
		return nil, err
	}
	r.files = append(r.files, f)
	out := io.MultiWriter(f.pending, f.sum)
	if _, err := io.WriteString(out, r.head); err != nil {
		return nil, bare(err)
	}
	f.form, f.csv = r.form, newCSVEncoder(out, r.form)
	var names []string
	for _, c := range f.columns {
		if !ours(c) {
			names = append(names, diag.UTF8(c))
		}
	}
	return f, f.csv.names(append(names, columnReason, columnOrigin, columnRule, columnRaw))
}

// ours reports whether a column of a source would stand in for one of ours: it
// comes from an earlier file of rejected rows.
func ours(column string) bool { return strings.HasPrefix(column, csv.ColumnPrefixIgnored) }

func (f *rejectFile) add(row pipeline.Reject) error {
	for i, c := range f.columns {
		if ours(c) {
			continue
		}
		cell := ""
		if i < len(row.Cells) {
			cell = row.Cells[i]
		}
		f.csv.visible(cell, false)
	}
	raw := row.Raw
	if raw == "" && len(row.Cells) > len(f.columns) {
		raw = f.form.line(row.Cells)
	}
	// These three are not read back, so that they can be kept from running as
	// formulas without changing a value.
	for _, text := range [columnsOurs]string{row.Reason(), row.Origin.String(), row.Rules(), raw} {
		f.csv.visible(text, true)
	}
	f.Rows++
	return f.csv.end()
}

// line writes cells as one line of CSV, without its end.
func (f *csvForm) line(cells []string) string {
	var b []byte
	for i, c := range cells {
		if i > 0 {
			b = append(b, f.delim)
		}
		b = f.appendCell(b, bytesOf(c), false)
	}
	return strings.TrimSuffix(string(f.endRow(b, 0, len(cells))), f.ending)
}

// name is the name of the n-th file of its model and source.
func (f *rejectFile) name(n int) string {
	name := safe(f.Model) + "." + safe(cmp.Or(f.Source, "rows"))
	if n > 1 {
		name += "." + strconv.Itoa(n)
	}
	return name + ".csv"
}

// named reports whether a file of that name is of this model and source.
func (f *rejectFile) named(name string) bool {
	first := strings.TrimSuffix(f.name(1), ".csv")
	rest, ours := strings.CutPrefix(strings.TrimSuffix(name, ".csv"), first)
	if !ours || !strings.HasSuffix(name, ".csv") {
		return false
	}
	n, err := strconv.Atoi(strings.TrimPrefix(rest, "."))
	return rest == "" || (err == nil && n > 1 && name == f.name(n))
}

// safe makes a name of the pipeline a part of a file name.
func safe(name string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|`, r) || !unicode.IsPrint(r) {
			return '_'
		}
		return r
	}, name)
	if strings.HasPrefix(name, ".") {
		name = "_" + name[1:]
	}
	return name
}

// Close makes the files durable and visible, sorted by model and source. On an
// error the files before the one it names are there, the others are not. A
// second Close does nothing.
func (r *Rejects) Close() error {
	if r.closed {
		return nil
	}
	defer r.Abort()
	slices.SortStableFunc(r.files, func(a, b *rejectFile) int {
		return cmp.Or(cmp.Compare(a.Model, b.Model), cmp.Compare(a.Source, b.Source))
	})
	taken := map[string]bool{}
	for _, f := range r.files {
		path, err := r.publish(f, taken)
		if err != nil {
			return fmt.Errorf("write %s: %w", filepath.Join(r.dir, f.name(1)), bare(err))
		}
		f.Path = path
		r.written = append(r.written, f.RejectFile)
	}
	return nil
}

// publish puts a file under the first name that is free.
func (r *Rejects) publish(f *rejectFile, taken map[string]bool) (string, error) {
	if err := f.csv.flush(); err != nil {
		return "", err
	}
	for n := 1; n <= rejectFilesMax; n++ {
		path := filepath.Join(r.dir, f.name(n))
		if taken[path] {
			continue
		}
		free, err := untouched(path)
		if err != nil {
			return "", err
		}
		if !free {
			continue
		}
		taken[path] = true
		if err := f.pending.publishAs(path); err != nil {
			return "", err
		}
		return path, saveSum(path, f.sum.Sum(nil))
	}
	return "", fmt.Errorf("%d files of edited rejects are there; remove those that are done with", rejectFilesMax)
}

// sumPath is the hidden file that keeps the checksum of a file.
func sumPath(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".sha256")
}

// untouched reports whether nothing is at path, or only what was written there
// by a run before.
func untouched(path string) (bool, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		_, err := os.Lstat(path) // a link to nowhere is not ours either
		return err != nil, nil
	}
	if err != nil {
		return false, bare(err)
	}
	defer f.Close()
	saved, err := os.ReadFile(sumPath(path))
	if err != nil {
		return false, nil // without a checksum the file is not known to be ours
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return false, bare(err)
	}
	return strings.HasPrefix(string(saved), hex.EncodeToString(sum.Sum(nil))+" "), nil
}

func saveSum(path string, sum []byte) error {
	p, err := create(sumPath(path))
	if err != nil {
		return err
	}
	defer p.discard()
	if _, err := fmt.Fprintf(p, "%x  %s\n", sum, filepath.Base(path)); err != nil {
		return err
	}
	return p.publish()
}

// Sweep removes the files of a model and source that earlier runs wrote, so that
// nobody takes their rows for rejected ones still. It is called after Close; what
// Close wrote stays, and so does what somebody edited, which it returns.
func (r *Rejects) Sweep(model, source string) (edited []string, err error) {
	f := &rejectFile{RejectFile: RejectFile{Model: model, Source: source}}
	entries, err := os.ReadDir(r.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for old rejects in %s: %w", r.dir, bare(err))
	}
	for _, e := range entries {
		path := filepath.Join(r.dir, e.Name())
		if !f.named(e.Name()) || slices.ContainsFunc(r.written, func(w RejectFile) bool { return w.Path == path }) {
			continue
		}
		ours, err := untouched(path)
		switch {
		case err != nil:
			return edited, fmt.Errorf("remove old rejects %s: %w", path, err)
		case !ours:
			edited = append(edited, path)
			continue
		}
		if err := errors.Join(bare(os.Remove(path)), bare(os.Remove(sumPath(path)))); err != nil {
			return edited, fmt.Errorf("remove old rejects %s: %w", path, err)
		}
	}
	return edited, nil
}

// Files are the files that Close wrote, sorted by model and source.
func (r *Rejects) Files() []RejectFile { return slices.Clone(r.written) }

// Abort gives up what is not published. After Close it does nothing.
func (r *Rejects) Abort() {
	r.closed = true
	for _, f := range r.files {
		if f.Path == "" {
			f.pending.discard()
		}
	}
	r.files = nil
}
