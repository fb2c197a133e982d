package pipeline

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
)

// The interfaces of this file are what is remembered between runs. They are
// small so that a host can keep the memory elsewhere; pipeline/state keeps it
// in SQLite. Target is a target's identity everywhere.

// Links remembers which record of a target each source row became.
type Links interface {
	Links(ctx context.Context, target string) (map[RowKey]string, error)
	SaveLinks(ctx context.Context, target string, links []RowLink) error
}

// RowLink is a source row and the record of the target that it became.
type RowLink struct {
	Source string `json:"source"`
	ID     string `json:"id"`
	Target string `json:"target"` // id of the record
	// Pipeline is whose row it is, as far as the memory says; a plan leaves it out,
	// since all of its links are those of its own pipeline.
	Pipeline string `json:"-"`
}

// PipelineLinks are Links that tell the rows of pipelines apart that share a
// memory and give their sources the same names.
type PipelineLinks interface {
	Links
	// EachLink hands out the links of a target, each with its pipeline; "" for what was
	// remembered before pipelines were told apart. An error of do ends it.
	EachLink(ctx context.Context, target string, do func(RowLink) error) error
}

// Ownership remembers which pipeline created which record. Only records that are
// remembered so are deleted when their rows are gone.
type Ownership interface {
	// Created returns the pipeline that created each record of a target, by record.
	Created(ctx context.Context, target string) (map[string]string, error)
	SaveCreated(ctx context.Context, target, pipeline string, records []string) error
	// Disown forgets the ledger entries of fields that hold again what somebody else
	// made them, and everything of records that are gone but their links.
	Disown(ctx context.Context, target string, fields []RecordField, gone []string) error
}

// RecordField names a field of a record of a target.
type RecordField struct{ Record, Field string }

// Ledger remembers, per record and field, what was last sent to a target and
// what the target then showed.
type Ledger interface {
	Entries(ctx context.Context, target string) (map[string][]LedgerEntry, error) // by record id
	SaveEntries(ctx context.Context, target string, entries []LedgerEntry) error
}

// LedgerViewer is a Ledger of which the entries need not all be made, when few of very
// many are looked at.
type LedgerViewer interface {
	View(ctx context.Context, target string) (LedgerView, error)
}

// LedgerView is a ledger as it was read for one target. It is safe for concurrent use.
type LedgerView interface {
	// Of returns the entries of a record, none where nothing is remembered of it.
	Of(record string) []LedgerEntry
	// Records returns the records that have entries, in order.
	Records() []string
}

// LedgerEntries are a view of entries, by record.
type LedgerEntries map[string][]LedgerEntry

// Of returns the entries of a record.
func (l LedgerEntries) Of(record string) []LedgerEntry { return l[record] }

// Records returns the records that have entries, in order.
func (l LedgerEntries) Records() []string { return slices.Sorted(maps.Keys(l)) }

// viewLedger reads what a ledger remembers of a target.
func viewLedger(ctx context.Context, ledger Ledger, target string) (LedgerView, error) {
	if viewer, ok := ledger.(LedgerViewer); ok {
		return viewer.View(ctx, target)
	}
	entries, err := ledger.Entries(ctx, target)
	return LedgerEntries(entries), err
}

// LedgerEntry is one field of one record as it was last written by us. Where Sent
// is null, we created the record and did not send the field: Shown is what the
// target made it of its own accord.
type LedgerEntry struct {
	Record   string
	Field    string
	Sent     Value
	Shown    Value // as it was read back
	At       time.Time
	Pipeline string // that wrote it; "": not known
}

// Journal remembers what is being sent. Intend returns once the intent is
// durable; only then may anything be sent.
type Journal interface {
	Intend(ctx context.Context, c Call) error
	Settle(ctx context.Context, v Verdict) error
	// Calls returns the calls for the plan of this digest against the target,
	// in the order in which they were intended, each with its verdict if any.
	Calls(ctx context.Context, target, digest string) ([]CallRecord, error)
}

// Withdrawer is a journal out of which an intent can be taken that nothing came of: a
// call that would have had to wait too long is intended again later, with all its changes.
type Withdrawer interface {
	// Withdraw forgets a call without a verdict of which nothing was sent; its number is
	// given again.
	Withdraw(ctx context.Context, run string, seq int) error
}

// Call is one writing request to a target, as it is intended.
type Call struct {
	Run     string // of the apply
	Seq     int    // from 1 within the run
	Target  string
	Digest  string // of the plan
	Route   string
	At      time.Time
	Changes []Change // with their before-images
}

// Verdict is what is known after a call.
type Verdict struct {
	Run      string
	Seq      int
	At       time.Time
	Outcomes []Outcome
}

// CallRecord is a call and its verdict. A nil verdict means that the process
// ended in between: the call may have been sent.
type CallRecord struct {
	Call
	Verdict *Verdict
	// Doubtful says that there was a verdict and that it is damaged: nobody knows when
	// the call was over.
	Doubtful bool
	// Lost says that the call is damaged or missing: nobody knows what it sent. At is then
	// when it was over at the latest, and zero where nobody knows that either.
	Lost bool
}

// RouteForgotten is the way of writing of a call of which only is left that it was, since
// the journal of it was damaged.
const RouteForgotten = "forgotten"

// Damage is what of a memory is not as it was written, such as by a fault of a disk,
// and was left out.
type Damage struct {
	Links    []PipelineRow // rows whose record is not known any more, in order; of the pipeline "" where it is older than pipelines are told apart
	Strange  int           // links of which not even the row can be told
	Entries  int           // of the ledger
	Created  int           // records whose creator is not known any more
	Declines int
	Calls    int // of the journal, as far as their plan may be another one
}

// Any reports whether anything is damaged.
func (d *Damage) Any() bool { return d.lostLinks() || d.Entries+d.Created+d.Declines+d.Calls > 0 }

// lostLinks reports whether a link is damaged.
func (d *Damage) lostLinks() bool { return len(d.Links)+d.Strange > 0 }

// rowsOf are the rows of a pipeline whose record is not known any more.
func (d *Damage) rowsOf(pipeline string) map[RowKey]bool {
	rows := map[RowKey]bool{}
	for _, row := range d.Links {
		if row.Pipeline == pipeline || row.Pipeline == "" {
			rows[row.RowKey] = true
		}
	}
	return rows
}

// DamageTeller is a memory that sees when it is damaged.
type DamageTeller interface {
	// Damage tells what the last call of each kind for a target left out.
	Damage(target string) Damage
}

// Lease keeps two applies from writing to one target at a time.
type Lease interface {
	// Acquire takes the lease for the holder until now + ttl, or returns a
	// *LeaseHeldError. A lease that ran out is free.
	Acquire(ctx context.Context, target, holder string, now time.Time, ttl time.Duration) error
	// Renew extends the lease; it fails when the lease is no longer the holder's.
	Renew(ctx context.Context, target, holder string, now time.Time, ttl time.Duration) error
	Release(ctx context.Context, target, holder string) error
}

// LeaseHeldError says who holds a lease and until when.
type LeaseHeldError struct {
	Target, Holder string
	Since, Until   time.Time
}

func (e *LeaseHeldError) Error() string {
	return "another apply writes to " + e.Target + ": " + e.Holder + ", since " +
		e.Since.UTC().Format(time.RFC3339) + ", lease until " + e.Until.UTC().Format(time.RFC3339) +
		"; should that process have died, its lease is free after this time, and --resume takes over"
}

// Runs remembers what was planned and applied, for people.
type Runs interface {
	StartRun(ctx context.Context, r RunRecord) error
	EndRun(ctx context.Context, run string, at time.Time, status string, counts map[Status]int) error
}

// RunRecord is one apply.
type RunRecord struct {
	ID, Pipeline, Target, Digest string
	Start                        time.Time
	Binding                      *PlanBinding // what it is about, without links; nil when nobody says
	Approval                     *Approval    // who agreed to it; kept with the binding, and nil for older runs
	// Extends is the identity of the target of whose records its own are further fields,
	// see Extension, and "" where they are none; kept with the binding, and nil for older runs.
	Extends *string
}

// RunSummary is a run as it is remembered.
type RunSummary struct {
	RunRecord
	Finish time.Time // zero: it did not come to its end
	Status string    // "" as long as Finish is zero
	Counts map[Status]int
	Calls  int // in the journal
	// Kept says that what became of its changes is remembered, which compacting takes away
	// with the calls.
	Kept bool
	// Damaged says that what is remembered of the run is not as it was written, so that
	// a part of it is left out, or that its calls are missing.
	Damaged bool
}

// History is what is remembered of runs, for people and for undo.
type History interface {
	// KeepOutcomes remembers what became of each change of a run.
	KeepOutcomes(ctx context.Context, run string, outcomes []Outcome) error
	// Runs returns every run, the oldest first.
	Runs(ctx context.Context) ([]RunSummary, error)
	// RunCalls returns the calls of a run in their order, and what became of its
	// changes in the end, by id; the latter may lack changes.
	RunCalls(ctx context.Context, run string) ([]CallRecord, map[string]Outcome, error)
}

// Declines remembers which changes a person declined. The id of a change is made
// of its values, so that it is another change once they are others.
type Declines interface {
	Declined(ctx context.Context, target string) (map[string]time.Time, error) // by id of the change
	// Decline remembers declined changes, and forgets that accepted ones were.
	Decline(ctx context.Context, target string, at time.Time, declined, accepted []string) error
}

// State is all that an apply remembers.
type State interface {
	Links
	Ledger
	Journal
	Lease
	Runs
}

// Clusters remembers which rows of files or models were one contact, so that
// clusters keep their ids from run to run. Of says of which files or model.
type Clusters interface {
	// ClusterIDs returns what the last run remembered; before the first one it is
	// empty.
	ClusterIDs(ctx context.Context, of string) (*ClusterIDs, error)
	// SaveClusterIDs remembers what came of a run; rows and ids that it does not
	// list stay as they were. It is ErrOvertaken when another run was remembered
	// since those before it were read.
	SaveClusterIDs(ctx context.Context, of string, ids *ClusterIDs) error
}

// ErrOvertaken says that another run has changed what was remembered.
var ErrOvertaken = errors.New("another run has remembered its clusters in between")

// ClusterIDs is what is remembered of clusters. The zero value is that before
// the first run.
type ClusterIDs struct {
	// Run is the number of runs so far.
	Run int `json:"run"`
	// Rows say by its key in which cluster each row was when it was last there,
	// ordered by key.
	Rows []ClusterRow `json:"rows"`
	// IDs are all that were ever given to clusters, ordered. None of them is given
	// again to other rows.
	IDs []ClusterID `json:"ids"`
}

// Since returns what differs from the memory before, for SaveClusterIDs: a night
// on which little changed then writes little.
func (c *ClusterIDs) Since(before *ClusterIDs) *ClusterIDs {
	return &ClusterIDs{
		Run:  c.Run,
		Rows: others(c.Rows, before.Rows, func(a, b ClusterRow) int { return strings.Compare(a.Key, b.Key) }),
		IDs:  others(c.IDs, before.IDs, func(a, b ClusterID) int { return strings.Compare(a.ID, b.ID) }),
	}
}

// others returns the members of an ordered list that are not in another one, or
// not the same there.
func others[T comparable](list, before []T, order func(a, b T) int) (out []T) {
	for _, x := range list {
		for len(before) > 0 && order(before[0], x) < 0 {
			before = before[1:]
		}
		if len(before) == 0 || before[0] != x {
			out = append(out, x)
		}
	}
	return out
}

// ClusterRow is a row and the id of its cluster.
type ClusterRow struct {
	Key     string `json:"key"` // what makes the row the same row in the next run
	Cluster string `json:"cluster"`
}

// ClusterID is an id that was given to a cluster.
type ClusterID struct {
	ID    string `json:"id"`
	Since int    `json:"since"`          // the run that gave it, from 1
	Into  string `json:"into,omitempty"` // the id that took its place, itself not given up; "": it was not given up
	Gone  int    `json:"gone,omitempty"` // the run from which on none of its rows was there; 0: some are
}

// Weights remembers the weights by which the rows of files or models were
// matched, so that the next run decides as the last one.
type Weights interface {
	// Weights returns nil when none are remembered.
	Weights(ctx context.Context, of string) (*PinnedWeights, error)
	SaveWeights(ctx context.Context, of string, w PinnedWeights) error
}

// PinnedWeights is weights as text, and when they were learned.
type PinnedWeights struct {
	Text    []byte
	Learned time.Time
}
