// Package pipeline holds the nouns of reconciliation, joined by one run: it
// computes what should be, reads what is, writes down the difference as a
// plan, and carries out exactly that plan.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// Pipeline is a checked pipeline, ready to run. It is made by dsl.Load or by
// hand. It serves one run at a time: a run loads lookups into its mappings.
type Pipeline struct {
	Name        string
	Fingerprint string // SHA-256 of its text and of vars that were replaced, hexadecimal
	State       string // where the memory of earlier runs is kept, as the pipeline says; "" for the usual place
	Models      []*Model
	Bindings    []*Binding // which model goes where
}

// Model is a set of records that should be: where they come from and what
// must hold for them.
type Model struct {
	Name        string
	Schema      *Schema
	From        []*From
	Rules       Rules   // nil: none
	RejectedMax Limit   // of the rows read; not set: no limit
	Matcher     Matcher // finds duplicates, and the record of the target for each record
	// Namespace says whose numbers a field of kind identifier holds in the
	// records of a source; see MatchInput.
	Namespace func(source, field string) string
}

// From is one source of a model and how its rows become records.
type From struct {
	Name    string // of the source
	Source  Source
	Mapping Mapping
}

// Binding sends a model to a resource of a target, under a policy.
type Binding struct {
	Model      *Model
	Resource   string
	Connection Connection
	Target     Target
	Policy     Policy
}

// Connection is how a target is reached, in the words of the pipeline: with
// references such as ${NAME} instead of what they stand for.
type Connection struct {
	Name   string            `json:"name"` // of the target in the pipeline
	Type   string            `json:"type"`
	Dir    string            `json:"dir,omitempty"`    // where relative paths start
	Config map[string]string `json:"config,omitempty"` // option to text
	// Fields are those of the model, for a target that takes its schema from it.
	Fields []Field `json:"fields,omitempty"`
}

// Policy is what a sink may do.
type Policy struct {
	Allow     []Action               `json:"allow"`
	OnMissing OnMissing              `json:"on_missing"`
	Keyless   Keyless                `json:"keyless"`
	Fields    map[string]FieldPolicy `json:"fields,omitempty"`
	Limits    map[string]Limit       `json:"limits,omitempty"` // by create, update, delete, blank
	Accept    Grade                  `json:"accept"`           // the least evidence on which absence is believed
	// RequireApproval names what a person must accept change by change or class by
	// class: actions and the Approve words.
	RequireApproval []string `json:"require_approval,omitempty"`
}

// OnMissing says what to do about records of the target that no source holds.
type OnMissing string

// What to do about missing records.
const (
	IgnoreMissing OnMissing = "ignore"
	ReportMissing OnMissing = "report"
	DeleteMissing OnMissing = "delete" // only those that became from rows of ours
)

// Keyless says what to do about a new record without a key.
type Keyless struct {
	Reserve bool   `json:"reserve,omitempty"` // false: block it
	Prefix  string `json:"prefix,omitempty"`  // of the identifier that is reserved
}

// FieldPolicy says who owns a field once both sides have a value.
type FieldPolicy string

// The field policies. Add is for lists; the others replace them.
const (
	Overwrite    FieldPolicy = "overwrite"
	FillEmpty    FieldPolicy = "fill_empty"
	CreateOnly   FieldPolicy = "create_only"
	ProtectEdits FieldPolicy = "protect_edits"
	AddToList    FieldPolicy = "add"
)

// Limit is a number of records or a share of them. The zero Limit limits
// nothing.
type Limit struct {
	Set     bool
	Count   int
	Percent float64 // used when Count is below 0
}

// ParseLimit reads "500" or "5%".
func ParseLimit(text string) (Limit, error) {
	if share, ok := strings.CutSuffix(strings.TrimSpace(text), "%"); ok {
		p, err := strconv.ParseFloat(strings.TrimSpace(share), 64)
		if err != nil || !(p >= 0 && p <= 100) { // NaN is neither
			return Limit{}, fmt.Errorf("%q is no share; write 0%% to 100%%", text)
		}
		return Limit{Set: true, Count: -1, Percent: p}, nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 0 {
		return Limit{}, fmt.Errorf("%q is no limit; write a count such as 500, or a share such as 5%%", text)
	}
	return Limit{Set: true, Count: n}, nil
}

// Exceeded reports whether n of total records is more than the limit.
func (l Limit) Exceeded(n, total int) bool {
	switch {
	case !l.Set:
		return false
	case l.Count >= 0:
		return n > l.Count
	default:
		return float64(n)*100 > l.Percent*float64(total)
	}
}

func (l Limit) String() string {
	switch {
	case !l.Set:
		return "none"
	case l.Count >= 0:
		return strconv.Itoa(l.Count)
	default:
		return strconv.FormatFloat(l.Percent, 'g', -1, 64) + "%"
	}
}

// MarshalText writes what ParseLimit reads.
func (l Limit) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (l *Limit) UnmarshalText(b []byte) error {
	if string(b) == "none" {
		*l = Limit{}
		return nil
	}
	parsed, err := ParseLimit(string(b))
	*l = parsed
	return err
}

// RejectEncoder is a RejectWriter that can lay out rows before it is their turn.
type RejectEncoder interface {
	RejectWriter
	// EncodeRejects is called by several goroutines at once, and what it returns
	// by one, in order. The rows are not used any longer once it has returned.
	EncodeRejects(model string, rows []Reject) (add func() error)
}

// RejectWriter keeps rejected rows for a person to mend.
type RejectWriter interface {
	Reject(model string, r Reject) error
}

// Options are the inputs of a run beside the pipeline. The zero Options plan
// without memory of earlier runs.
type Options struct {
	Now        time.Time     // the time of the run; expressions and the plan see it
	Valid      time.Duration // how long the plan may be applied; 0: ValidDefault
	Version    string        // of the tool
	Links      Links         // nil: none remembered
	Ledger     Ledger        // nil: none
	Weights    Weights       // of earlier matchings; nil: none remembered
	Relearn    bool          // weights are learned anew, whatever Weights remembers
	Watermarks Watermarks    // up to where sources were read; nil: every reading is a full one
	// Declines are changes that a person said no to earlier, and that are blocked
	// therefore; nil: none.
	Declines Declines
	// MemoryNeeded says that earlier runs must be remembered: without, updates of
	// fields under ProtectEdits are blocked instead of filling what is empty. It is
	// for machines that may have lost the memory without anybody noticing.
	MemoryNeeded bool
	Rejects      RejectWriter // nil: rejected rows are only counted
	// Reuse says that whoever is handed a batch or a reject by Each looks at it,
	// and at texts taken from it, no longer than until the function that Work
	// returned for the batch has returned (the call itself, for a reject).
	// Memory is then used again, which saves time. Others ignore it. What a
	// function or lookup of the host is given is a copy, which it may keep.
	Reuse    bool
	Workers  int      // 0: GOMAXPROCS
	Progress Progress // nil: nobody listens
	after    map[*From]readAfter
	sources  map[string]bool // that the pipeline reads
	mirrors  bool            // records may be deleted, so that what rejected rows say is asked for
	Log      *slog.Logger    // nil: silent
}

// ValidDefault is how long a plan may be applied after it was made.
const ValidDefault = 7 * 24 * time.Hour

func (o Options) withDefaults() Options {
	if o.Valid == 0 {
		o.Valid = ValidDefault
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Progress == nil {
		o.Progress = func(Step) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// LimitError says that a limit or policy stopped a run before anything was
// written.
type LimitError struct{ Finding diag.Finding }

func (e *LimitError) Error() string { return e.Finding.String() }

// Plan computes what should be, reads what is, and returns the difference.
// It writes nothing but rejected rows. A *LimitError beside the plan says that
// too many rows were rejected, so that a model is among its Stopped, or that it
// would change more than its policy allows; such a plan is for reading only.
func (p *Pipeline) Plan(ctx context.Context, opt Options) (*Plan, error) {
	opt = opt.withDefaults()
	plan := &Plan{Header: Header{
		Format: PlanFormat, Pipeline: p.Name, Fingerprint: p.Fingerprint, Version: opt.Version, State: p.State,
		Made: opt.Now.UTC().Truncate(time.Second), Expires: opt.Now.Add(opt.Valid).UTC().Truncate(time.Second),
	}}
	if len(p.Bindings) == 0 {
		return nil, fmt.Errorf("pipeline %s has no sinks, so that there is nothing to plan; add a sink, or use export", p.Name)
	}
	if err := p.readsAfter(ctx, &opt); err != nil {
		return nil, err
	}
	opt.sources = p.sourceNames()
	opt.mirrors = slices.ContainsFunc(p.Bindings, func(b *Binding) bool { return b.Policy.OnMissing == DeleteMissing })
	var over error
	collected, earlier := collections{}, newCounterparts(p.Bindings)
	for i, b := range p.Bindings {
		err := plan.bind(ctx, b, collected, earlier, opt)
		limit := (*LimitError)(nil)
		switch {
		case errors.As(err, &limit) && errors.Is(over, err): // said for another target of the model
		case errors.As(err, &limit):
			over = errors.Join(over, err)
		case err != nil:
			return nil, err
		}
		if !slices.ContainsFunc(p.Bindings[i+1:], func(o *Binding) bool { return o.Model == b.Model }) {
			delete(collected, b.Model) // its records are not held longer than they are needed
		}
	}
	plan.forget()
	plan.seal()
	return plan, over
}

// forget gives back what only the making of a plan needs, which is more than the plan
// itself, before it is written.
func (p *Plan) forget() {
	compared := 0
	for _, b := range p.Header.Bindings {
		compared += b.Counts.Records + b.Counts.Current
	}
	GiveBack(compared)
}
