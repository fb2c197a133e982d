package file

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/reconkit/reconkit/pipeline"
)

// Config is what a file target is made from.
type Config struct {
	Path      string   `conf:"path,required" doc:"CSV, JSON Lines or Parquet file, by its name; the first two may end in .gz or .zst. A missing file is an empty target."`
	Key       []string `conf:"key,required" doc:"Fields that identify a record, best first; a record is known by the first that it has. Each value of each of them must belong to one record, so take only fields that nobody shares."`
	Format    string   `conf:"format" doc:"csv, jsonl or parquet, where the name of the file does not say it."`
	Delimiter string   `conf:"delimiter" doc:"Of CSV: one ASCII character, or tab." default:","`

	Schema    *pipeline.Schema `conf:"-"` // of the model that is written to it
	Name      string           `conf:"-"` // of the target in the pipeline
	Dir       string           `conf:"-"` // that a relative Path starts from
	BatchRows int              `conf:"-"` // records in a batch at most; 0: pipeline.BatchRowsDefault
}

// Target is a file whose records are kept as a model wants them. It reads the
// whole file into memory, and Apply writes the whole file anew: one call for
// all changes. Columns that the model does not know stay as they are.
//
// The id of a record is the value of its first key field; that of another key
// field with the name of the field before it, such as "number=17"; and for a
// record with no key a hash of what it holds. Records that would have one id
// are told apart by "#2", "#3" in the order of the file.
//
// A Parquet file can be a target when its columns are of the types that this
// package writes; rewriting another would change their types. It is safe for
// concurrent use within one process; the lease of the run keeps others out.
type Target struct {
	config  Config
	format  format
	packing packing
	delim   byte
	schema  *pipeline.Schema // of the model, every field erasable
	path    string

	mu sync.Mutex // one Apply at a time
}

var (
	_ pipeline.Target = (*Target)(nil)
	_ pipeline.Packer = (*Target)(nil)
)

// New makes a target. It does not look at the file yet.
func New(c Config) (*Target, error) {
	switch {
	case c.Path == "" || c.Path == "-":
		return nil, errors.New("path: the name of a file is needed")
	case len(c.Key) == 0:
		return nil, errors.New("key: at least one field is needed that identifies a record")
	case c.Schema == nil:
		return nil, errors.New("a file takes the fields of the model that is written to it, and none was given")
	}
	f, p, err := layoutOf(c.Path, c.Format)
	if err != nil {
		return nil, err
	}
	t := &Target{config: c, format: f, packing: p, path: c.Path}
	if t.delim, err = delimiterOf(c.Delimiter); err != nil {
		return nil, err
	}
	if !filepath.IsAbs(c.Path) {
		t.path = filepath.Join(c.Dir, c.Path)
	}
	t.config.BatchRows = cmp.Or(max(0, c.BatchRows), pipeline.BatchRowsDefault)
	t.config.Key = slices.Clone(c.Key)
	for i, k := range c.Key {
		switch field, ok := c.Schema.Lookup(k); {
		case !ok:
			return nil, fmt.Errorf("key: the model has no field %q (it has %s)", k, strings.Join(c.Schema.Names(), ", "))
		case field.Type == pipeline.StringList || field.Type == pipeline.Float:
			return nil, fmt.Errorf("key: field %q is of type %s, which cannot identify a record", k, field.Type)
		case slices.Contains(c.Key[:i], k):
			return nil, fmt.Errorf("key: %q is named twice", k)
		}
	}
	fields := c.Schema.Fields()
	for i := range fields {
		fields[i].Erasable = true
	}
	t.schema, err = pipeline.NewSchema(fields...)
	return t, err
}

// Identity names the file.
func (t *Target) Identity() string { return "file " + t.config.Path }

// Keys are the fields of the option key.
func (t *Target) Keys() []string { return slices.Clone(t.config.Key) }

// Schema is that of the model; every field can be emptied.
func (t *Target) Schema(context.Context) (*pipeline.Schema, error) { return t.schema, nil }

// Read reads the file, its records in order. A file that is missing or empty
// has no records, and that is certain. A record that cannot be read ends the
// reading with its line: the file could not be rewritten without losing it.
func (t *Target) Read(ctx context.Context) pipeline.Stream {
	return func(yield func(*pipeline.Batch, error) bool) {
		d, err := t.read(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, b := range d.records.Batches() {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			if !yield(b, nil) {
				return
			}
		}
	}
}

// Pack puts all changes into one call: the file is written once.
func (t *Target) Pack(changes []pipeline.Change) [][]pipeline.Change {
	if len(changes) == 0 {
		return nil
	}
	return [][]pipeline.Change{changes}
}

// WholeCalls reports true: a call replaces the file, or leaves it as it was.
func (t *Target) WholeCalls() bool { return true }

// rewritesMax is how often an Apply starts over because the file was changed
// while it was being rewritten.
const rewritesMax = 5 // times

// errChanged says that the file is no longer what was read.
var errChanged = errors.New("it was changed while it was being rewritten")

// Apply writes the file anew with the changes carried out: updates in place,
// deletes left out, creates at the end in their order. A change whose
// before-image the file no longer shows is drifted, one that the file shows
// already is already; neither keeps the others from being written. The file is
// read, compared and replaced within the call; when somebody else replaces it
// meanwhile, Apply starts over with what is there then.
//
// An error with nil outcomes means that the file is as it was.
func (t *Target) Apply(ctx context.Context, changes []pipeline.Change) ([]pipeline.Outcome, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(changes) == 0 {
		return []pipeline.Outcome{}, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for range rewritesMax {
		outcomes, err := t.rewrite(ctx, changes)
		if !errors.Is(err, errChanged) {
			return outcomes, err
		}
	}
	return nil, fmt.Errorf("write %s: %w, %d times over; try again when nothing else writes to it", t.config.Path, errChanged, rewritesMax)
}

func (t *Target) rewrite(ctx context.Context, changes []pipeline.Change) ([]pipeline.Outcome, error) {
	d, err := t.read(ctx)
	if err != nil {
		return nil, err
	}
	a := newApplication(t, d)
	a.expect(changes)
	outcomes := make([]pipeline.Outcome, len(changes))
	for i := range changes {
		outcomes[i] = a.carryOut(&changes[i])
	}
	if a.edits.none() {
		return outcomes, nil
	}
	err = t.replace(ctx, d, a.edits)
	switch {
	case errors.Is(err, errNotDurable):
		for i, o := range outcomes {
			if o.Status == pipeline.Sent {
				outcomes[i].Status, outcomes[i].Message = pipeline.Unknown, err.Error()
			}
		}
		return outcomes, fmt.Errorf("write %s: %w", t.config.Path, err)
	case err != nil:
		return nil, fmt.Errorf("write %s: %w", t.config.Path, bare(err))
	}
	return outcomes, nil
}

// replace writes the edited document over the file, unless the file is no
// longer the one that the document was read from.
func (t *Target) replace(ctx context.Context, d *document, e *edits) error {
	p, err := create(t.path)
	if err != nil {
		return err
	}
	defer p.discard()
	packed, err := pack(t.packing, p)
	if err != nil {
		return err
	}
	err = d.body.encode(packed, t.schema, e)
	if closed := packed.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	now, err := stampOf(t.path)
	if err != nil {
		return err
	}
	if !now.same(d.stamp) {
		return errChanged
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return p.publish()
}
