package pipeline

import (
	"context"
	"log/slog"
	"time"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// Source is one foreign form of data, read as batches.
//
// Schema may look at the data (a header, the footer of a file) but reads as
// little as it can. Read returns a stream that can be iterated more than once;
// every batch has the schema that Schema returned. Rows that cannot be read
// travel in [Batch.Rejects] of the batch in whose place they stand; they never
// end the stream.
type Source interface {
	Schema(ctx context.Context) (*Schema, error)
	Read(ctx context.Context) Stream
}

// MemorySource is a source that reads into memory that is used again: the texts
// of its batches are lent by m. ReadInto(ctx, nil) is Read(ctx).
type MemorySource interface {
	ReadInto(ctx context.Context, m *Memory) Stream
}

// Projector is a source that can read some of its columns alone. Project
// returns a source with the named columns, in the order of the original schema;
// a name that the schema lacks is an error. The original stays as it was.
type Projector interface {
	Project(columns []string) (Source, error)
}

// SourceEvidence is a source that can say, once it has been read, whether it
// was read whole. A source without it is taken as whole: a file that ends.
type SourceEvidence interface {
	Evidence() Evidence
}

// Sink carries out changes.
//
// Apply sends the changes of one call; they have one resource and one route, and are not
// to be changed: they may be those of the plan.
// The outcomes have the length and the order of the changes, always. An error
// beside them says why the run should stop; nil outcomes come only with an
// error that says that nothing was sent at all. Apply returns
// without sending when ctx is done beforehand.
type Sink interface {
	Apply(ctx context.Context, changes []Change) ([]Outcome, error)
}

// Packer is a sink that decides which changes travel in one call. Pack returns
// runs of the changes in a stable order; each change is in exactly one run. The changes that it
// is given stay as they are, and the runs may be parts of them.
// Without it, each change is a call of its own.
type Packer interface {
	Pack(changes []Change) [][]Change
}

// Target is a Sink that shows its present state. One whose reading takes requests must
// be a PresentReader: Read of any other may be called while the sources are still read,
// also for a plan that then fails for them.
type Target interface {
	Source
	Sink
	// Identity names the target and resource, such as
	// "plandocket https://demo.example.com contacts", without secrets. A plan is bound to it.
	Identity() string
	// Keys are the fields that identify a record, best first.
	Keys() []string
}

// PresentReader is a target that reads its present state with evidence that
// the reading was whole. Known are the ids of records that are expected to
// exist; the ones missing from the list are asked for one by one, as far as
// the target can. Without it, Read is trusted as proven.
type PresentReader interface {
	Present(ctx context.Context, known []string) (*Present, error)
}

// WholeCaller is a target that may carry out a call whole or not at all. Such
// calls are not cut to try one change first: that would protect nothing, and
// two records could not trade their keys.
type WholeCaller interface {
	WholeCalls() bool
}

// Router is a target with more than one way to write a change. Route sets
// Change.Route of each change, in place, and returns those that no way can
// carry out without risk, by position.
type Router interface {
	Route(changes []Change, present *Present) []Unroutable
}

// Unroutable is a change that no route can carry out.
type Unroutable struct {
	Index  int // in the changes that were given
	Code   string
	Reason string
	Hint   string
	// NeedsNumber says of a create that its keys do not do, and that a key of the kind
	// identifier of its own would.
	NeedsNumber bool
}

// Present is the state of a target as it was read. The ID of each record is
// the target's own.
type Present struct {
	Records  *Table
	Evidence Evidence
	ReadAt   time.Time
	Requests int // that the reading took
	Asked    int // of these, for records that are expected to exist and that the list does not show
}

// Grade says how sure it is that a list was whole.
type Grade string

// The grades. The zero Grade is not valid.
const (
	Proven   Grade = "proven"
	Likely   Grade = "likely"
	Unproven Grade = "unproven"
)

// Evidence is a grade and what it rests on.
type Evidence struct {
	Grade   Grade    `json:"grade"`
	Reasons []string `json:"reasons,omitempty"` // one sentence each, in the order in which they were found
	Records int      `json:"records"`
}

// Mapping makes target fields from source fields. It is safe for concurrent
// use once Prepare has returned.
type Mapping interface {
	// Map returns the mapped records in the order of the batch, without
	// those that a condition left out, and drops the rows that an expression
	// failed on.
	Map(b *Batch) (Mapped, error)
}

// Mapped is what a mapping, or the rules after it, made of a batch. Records
// that go no further are dropped by their number: to copy the others would cost
// more than most expressions. What it holds belongs to who is given it: the memory
// of the rejects is used again.
type Mapped struct {
	Batch    *Batch
	Dropped  []int32        // rows of Batch, ascending; their values mean nothing
	Rejected []Reject       // of the batch that was mapped, in order: the dropped rows and others that have no record
	Found    []Found        // besides the rejects, in any order; those about one row as they come
	More     []MoreFindings // that Found leaves out, since nobody would read them
}

// Found is a finding about a row.
type Found struct {
	Row int // as [Origin] has it, by which findings about a batch are put in order
	diag.Finding
}

// MoreFindings are further findings of a code and rule of which Found tells those
// of the first WarningsKeptMax rows of the batch.
type MoreFindings struct {
	Code, Rule string
	N          int
}

// Kept returns the batch without the dropped rows.
func (m Mapped) Kept() *Batch { return m.Batch.Without(m.Dropped) }

// Preparer is a mapping that must read something first, such as lookups. Now
// is the time of the run, the same for every expression.
type Preparer interface {
	Prepare(ctx context.Context, now time.Time) ([]diag.Finding, error)
}

// Hushable is a mapping that need not put findings into words that nobody will
// read.
type Hushable interface {
	// Enough says that WarningsKeptMax findings of a code and rule were told by
	// batches before all that are not mapped yet: further ones are counted, in
	// Mapped.More. It is called beside Map, and what it said ends with the next
	// call of Prepare.
	Enough(code, rule string)
}

// Rules check mapped records.
type Rules interface {
	// Check returns the batch with what the rules set, and drops what they
	// reject. It does not look at the rows that are dropped already, ascending,
	// which are dropped in the result, too, without a reject. An error means
	// that a rule aborts the run.
	Check(b *Batch, dropped []int32) (Mapped, error)
	// CheckModel checks what needs the whole model, such as unique. It returns
	// the records to leave out, ascending, with the reject for each.
	// Without such a rule, Whole is false and CheckModel need not be called.
	CheckModel(t *Table) (out []int32, rejected []Reject, warned []diag.Finding, err error)
	// Whole reports whether any rule needs the whole model.
	Whole() bool
}

// Secret is text that must not be shown. It prints as stars everywhere; only
// Reveal gives it away.
type Secret struct{ text string }

// NewSecret hides text.
func NewSecret(text string) Secret { return Secret{text: text} }

// Reveal returns the text, for the one header that carries it.
func (s Secret) Reveal() string { return s.text }

// IsSet reports whether the secret holds anything.
func (s Secret) IsSet() bool { return s.text != "" }

func (Secret) String() string { return "***" }

// GoString hides the secret from %#v.
func (Secret) GoString() string { return "***" }

// MarshalText hides the secret from JSON and other text forms.
func (Secret) MarshalText() ([]byte, error) { return []byte("***"), nil }

// LogValue hides the secret from logs.
func (Secret) LogValue() slog.Value { return slog.StringValue("***") }

// Progress is told how far a long act is. It is called from one goroutine at a
// time, often; it must return at once.
type Progress func(Step)

// Step is one report of progress.
type Step struct {
	What  string // such as "read people" or "apply"
	Done  int64  // rows, or changes
	Total int64  // 0: not known
	Calls int    // requests so far, where it matters
}
