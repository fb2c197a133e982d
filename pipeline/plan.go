package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/pipeline/internal/safeguard"
)

// PlanFormat is the version of the form of a plan. It is another one as soon as any
// field comes, goes, or means something else, so that nobody takes a plan for what it
// is not: Apply carries out this one alone, and ReadPlan refuses newer ones. Those from
// PlanFormatRead on are read, to be shown, redacted, or searched for a person; what
// they do not hold is zero.
//
// Since 2, From of a field lists all rows of which the value was made. Since 3, a
// binding holds the weights of its matching, and a plan may be an undo or a redacted
// twin, name what needs approval, and tell the members that a list gains and loses;
// several versions wrote it with more and more fields, such as how far sources were
// read, whose rows a binding is about, and conflicts. Since 4, every field counts. Since
// 5, a binding names records that were seen, and an update may be of a record that the
// plan creates. Since 6, a binding says what all readings of an apply take, and a
// question why it is one however likely. Since 7, a binding holds what is remembered of
// questions.
const (
	PlanFormat     = 7
	PlanFormatRead = 3
)

// Plan is all differences, ordered, with a digest. It is complete: applying it
// needs the target and nothing else.
type Plan struct {
	Header     Header
	Changes    []Change
	Blocked    []BlockedRow
	Rejected   []RejectedRow   // the first RejectsKeptMax of each model
	Reasons    []RejectedGroup // why rows were rejected, all of them
	Questions  []PlanQuestion
	Duplicates []PlanDuplicate
	Findings   []diag.Finding
	Stopped    []StoppedModel // of which nothing is planned; such a plan is for reading only
	Digest     string         // SHA-256 of what would be written, hexadecimal
}

// RejectedGroup is rows of a model that were rejected for reasons that are alike.
type RejectedGroup struct {
	Model string `json:"model"`
	diag.GroupSummary
}

// StoppedModel is a model of which too many rows were rejected.
type StoppedModel struct {
	Model    string         `json:"model"`
	Read     map[string]int `json:"read"` // rows by source
	Rejected int            `json:"rejected"`
}

// Header says what a plan is about.
type Header struct {
	Format      int           `json:"format"`
	Pipeline    string        `json:"pipeline"`
	Fingerprint string        `json:"fingerprint"`
	Version     string        `json:"version"` // of the tool
	Made        time.Time     `json:"made"`
	Expires     time.Time     `json:"expires"`
	State       string        `json:"state,omitempty"` // where the memory of earlier runs is: as the pipeline names it, or absolute where a run named another
	Bindings    []PlanBinding `json:"bindings"`
	// Redacted is the digest of the plan of which this is the twin without personal
	// data; such a plan is for reading only. "" for a plan that can be applied.
	Redacted string `json:"redacted,omitempty"`
	// Undo is the name of the apply that the plan takes back; "" for any other plan.
	Undo string `json:"undo,omitempty"`
}

// PlanBinding is one model and the resource that it goes to.
type PlanBinding struct {
	Model      string              `json:"model"`
	Resource   string              `json:"resource"`
	Identity   string              `json:"identity"`           // of the target; apply refuses another one
	Pipeline   string              `json:"pipeline,omitempty"` // whose rows it is about, if not that of the header, as in an undo
	Connection Connection          `json:"connection"`
	Policy     Policy              `json:"policy"`
	Evidence   Evidence            `json:"evidence"` // that the present state was read whole
	Sources    map[string]Evidence `json:"sources,omitempty"`
	ReadAt     time.Time           `json:"read_at"`
	Counts     Counts              `json:"counts"`
	Requests   Cost                `json:"requests"`
	Ledger     bool                `json:"ledger"`            // whether earlier runs are remembered
	Weights    *MatchWeights       `json:"weights,omitempty"` // by which its records were matched; nil: they were not weighed
	// Asked is what apply remembers of the questions, so that they are asked until somebody
	// answers; see MatchResult.
	Asked []byte `json:"asked,omitempty"`
	// Marks say how far incremental sources were read; apply remembers it once all that
	// they said is in the target.
	Marks map[string]ReadMark `json:"marks,omitempty"`
	// Seen are some records that the target showed; apply refuses an account without them.
	Seen []SeenRecord `json:"seen,omitempty"`
	// Links are source rows whose record is known now and needs no change.
	Links []RowLink `json:"links,omitempty"`
}

// Counts are the numbers of a plan for one binding.
type Counts struct {
	Read       map[string]int `json:"read"` // rows by source
	Rejected   int            `json:"rejected"`
	Records    int            `json:"records"` // that should be, after duplicates were joined
	Merged     int            `json:"merged"`  // source rows that joined another
	Current    int            `json:"current"` // records of the target
	Create     int            `json:"create"`
	Update     int            `json:"update"`
	Delete     int            `json:"delete"`
	Blank      int            `json:"blank"` // fields emptied
	Unchanged  int            `json:"unchanged"`
	Blocked    int            `json:"blocked"`
	NotAllowed int            `json:"not_allowed"` // differences that the policy leaves alone
	Missing    int            `json:"missing"`     // records of the target that no source holds; counted unless ignored
}

// BlockedRow is a record that is not written until something is settled.
type BlockedRow struct {
	Model string   `json:"model"`
	Label string   `json:"label"`
	Rows  []Origin `json:"rows"`
	Block
	Match *Reason `json:"match,omitempty"`
}

// PlanQuestion is a pair that a person must decide.
type PlanQuestion struct {
	Model string    `json:"model"`
	A     Reference `json:"a"`
	B     Reference `json:"b"`
	Reason
	Why string `json:"why,omitempty"` // see Question
}

// UndecidedCode is the code of the finding by which a matcher counts its questions,
// also those that are not listed.
const UndecidedCode = "undecided"

// Asked is how many questions there are, of which Questions lists the likeliest.
func (p *Plan) Asked() int {
	n := 0
	for i := range p.Findings {
		if p.Findings[i].Code == UndecidedCode {
			n += p.Findings[i].Count
		}
	}
	return max(n, len(p.Questions))
}

// PlanDuplicate is records of the target that share a key.
type PlanDuplicate struct {
	Model string `json:"model"`
	TargetDuplicate
}

// Total adds up the counts of all bindings, and the rows of stopped models. The
// rows of a model that goes to several targets are counted once.
func (p *Plan) Total() Counts {
	t := Counts{Read: map[string]int{}}
	counted := map[string]bool{}
	for _, b := range p.Header.Bindings {
		c := b.Counts
		if !counted[b.Model] {
			counted[b.Model] = true
			for source, n := range c.Read {
				t.Read[source] += n
			}
			t.Rejected += c.Rejected
			t.Records += c.Records
			t.Merged += c.Merged
		}
		t.Current += c.Current
		t.addDecided(c)
	}
	for _, s := range p.Stopped {
		for source, n := range s.Read {
			t.Read[source] += n
		}
		t.Rejected += s.Rejected
	}
	return t
}

// addDecided adds the counts of what Diff decides.
func (c *Counts) addDecided(more Counts) {
	c.Create += more.Create
	c.Update += more.Update
	c.Delete += more.Delete
	c.Blank += more.Blank
	c.Unchanged += more.Unchanged
	c.Blocked += more.Blocked
	c.NotAllowed += more.NotAllowed
	c.Missing += more.Missing
}

// digested is what the digest covers: what would be written, where, and under
// which policies; not where values came from or how they are shown.
type digested struct {
	Identity string
	Model    string
	Resource string
	Policy   Policy
}

// seal computes the digest.
func (p *Plan) seal() { p.Digest = p.digest() }

func (p *Plan) digest() string {
	h := sha256.New()
	e := json.NewEncoder(h)
	// Encoding plain data into a hash cannot fail; a value that could not be
	// encoded would have failed when the plan was written.
	for _, b := range p.Header.Bindings {
		_ = e.Encode(digested{b.Identity, b.Model, b.Resource, b.Policy})
	}
	_ = layOutList(p.Changes, changesPerPiece, true, func(w *jsonWriter, c *Change) {
		w.digested(c)
		w.raw("\n")
	}, func(text []byte) { h.Write(text) })
	return hex.EncodeToString(h.Sum(nil))
}

// collections are the records of the models that were read for a plan. A model
// that goes to several targets is read once, so that all of them get the same
// records and its rejected rows are kept once.
type collections map[*Model]collection

type collection struct {
	records *Collected
	err     error
}

// of reads a model, unless it was read before.
func (cs collections) of(ctx context.Context, m *Model, plan *Plan, opt Options) (*Collected, error) {
	if c, read := cs[m]; read {
		return c.records, c.err
	}
	c, err := m.Collect(ctx, opt)
	cs[m] = collection{c, err}
	limit := (*LimitError)(nil)
	switch {
	case err == nil:
		plan.Findings = append(plan.Findings, c.Findings...)
	case c != nil && errors.As(err, &limit):
		plan.Stopped = append(plan.Stopped, StoppedModel{Model: m.Name, Read: c.Read, Rejected: c.Rejected})
	default:
		return c, err
	}
	plan.Rejected = append(plan.Rejected, c.Examples...)
	for _, g := range c.Groups.All() {
		plan.Reasons = append(plan.Reasons, RejectedGroup{m.Name, g.Summary()})
	}
	return c, err
}

// bind computes the difference for one binding and adds it to the plan. A
// *LimitError comes after everything is in the plan, so that a person sees what
// was stopped.
func (p *Plan) bind(ctx context.Context, b *Binding, models collections, earlier counterparts, opt Options) error {
	collected, remembered, present, err := p.read(ctx, b, models, opt)
	if err != nil {
		return err
	}
	if err := rememberedAccount(ctx, opt.Links, b.Target); err != nil {
		return err
	}
	identity := b.Target.Identity()
	opt.Progress(Step{What: "read " + b.Connection.Name, Done: int64(present.Records.Len()), Total: int64(present.Records.Len()), Calls: present.Requests})
	unique := dropRepeatedIDs(collected.Records)
	unread, err := findUnread(ctx, b, unique.table, present, &remembered, opt, p.Header.Pipeline)
	if err != nil {
		return err
	}
	links := unread.with(remembered.own)
	if !safeguard.On(safeguard.Link) {
		links = nil
	}
	weights, err := p.recallWeights(ctx, b, opt)
	if err != nil {
		return err
	}
	asked, err := p.recallAsked(ctx, b, opt)
	if err != nil {
		return err
	}
	known, unknown, err := words(ctx, b, unique.table)
	if err != nil {
		return err
	}
	declined, err := declinedOf(ctx, identity, opt.Declines)
	if err != nil {
		return err
	}
	remembered.damage.Declines = damageOf(opt.Links, identity).Declines
	result, matched, err := p.match(ctx, b, present, earlier.of(b), MatchInput{Records: unique.table, Target: present.Records, Links: links,
		Reserved: reservedRecords(b, unique.table, present.Records), Sent: remembered.ledger, Namespace: b.Model.Namespace, TargetNamespace: b.Connection.Name, Weights: weights, Learn: opt.Relearn, Asked: asked, Created: madeOfRows(remembered.created, unread)})
	if err != nil {
		return fmt.Errorf("match model %s: %w", b.Model.Name, err)
	}
	open, err := p.openCalls(ctx, b, opt)
	if err != nil {
		return err
	}
	remembered.damage.Calls = damageOf(opt.Links, identity).Calls
	notRead := remembered.notRead(opt.sources)
	in := DiffInput{Binding: b, Records: matched, Match: result, Present: present,
		Ledger: remembered.ledger, Links: remembered.own, unverified: unread, Pipeline: p.Header.Pipeline, Created: remembered.created, Shared: remembered.shared,
		Sources: collected.Evidence, Read: b.Model.rowsRead(collected), Filtered: b.Model.filtered(),
		Held: unique.held(collected), Rejected: collected.rejected, Unnamed: collected.unnamed(remembered.own), Words: known, Partial: collected.partial(), Anew: collected.anew, Declined: declined, Damage: remembered.damage, Counterparts: earlier.asked(b), Named: earlier.named(b), NotRead: notRead, Repeated: unique.repeated}
	d := Diff(in)
	d.route(b, present)
	if opt.MemoryNeeded && !remembered.any {
		d.blockForgetful(b, present)
	}
	noteTo, err := declineNotes(ctx, identity, opt.Declines, declined, d.Changes)
	if err != nil {
		return err
	}
	d.blockDeclined(b, present, declined, noteTo)
	d.holdNamed(b, present)
	if err := p.keepAttached(ctx, b, d, present, opt); err != nil {
		return err
	}
	earlier.note(&in, d)
	if d.looks > 0 {
		opt.Progress(lookStep(b.Connection, d.looks))
	}
	d.Findings = slices.Concat(open, remembered.damage.findings(identity), unique.findings, unknown, collected.tellMarks(b.Model.Name), remembered.sameNames(b.Model), remembered.tellNotRead(b.Model, notRead), toldOf(b.Model, result, opt), d.Findings, tellUnseen(b.Model.Name, d.Changes))
	result.Weights = result.Weights.dated(opt.Now.UTC().Truncate(time.Microsecond))
	return p.add(b, collected, present, result, d, remembered.any)
}

// add puts the difference of one binding into the plan and checks the limits.
func (p *Plan) add(b *Binding, c *Collected, present *Present, m *MatchResult, d *Difference, ledger bool) error {
	counts := d.Counts
	counts.Read, counts.Rejected, counts.Current = c.Read, c.Rejected, present.Records.Len()
	counts.Records, counts.Merged = len(m.Clusters), c.Records.Len()-len(m.Clusters)
	head := PlanBinding{Model: b.Model.Name, Resource: b.Resource, Identity: b.Target.Identity(), Connection: b.Connection,
		Policy: b.Policy, Evidence: present.Evidence, Sources: c.Evidence, ReadAt: present.ReadAt.UTC().Truncate(time.Second),
		Counts: counts, Requests: costOf(b.Target, present, d.Changes), Ledger: ledger, Links: d.Links, Weights: m.Weights, Asked: m.Asked, Seen: p.seenIn(b.Target, d.Changes)}
	if len(c.Marks) > 0 {
		head.Marks = d.holdMarks(c.Marks)
	}
	p.Header.Bindings = append(p.Header.Bindings, head)
	for i := range d.Changes {
		d.Changes[i].Binding = len(p.Header.Bindings) - 1
	}
	if len(p.Changes) == 0 {
		p.Changes = d.Changes
	} else {
		p.Changes = append(p.Changes, d.Changes...)
	}
	if _, own := b.Target.(OwnMatcher); !own { // whose candidates may be records of another resource
		nameCandidates(d.Blocked, b.Target.Keys(), present.Records)
	}
	p.Blocked = append(p.Blocked, d.Blocked...)
	p.Findings = append(p.Findings, d.Findings...)
	for _, q := range m.Questions {
		p.Questions = append(p.Questions, PlanQuestion{Model: b.Model.Name, A: q.A, B: q.B, Reason: q.Reason, Why: q.Why})
	}
	for _, dup := range m.TargetDuplicates {
		p.Duplicates = append(p.Duplicates, PlanDuplicate{Model: b.Model.Name, TargetDuplicate: dup})
	}
	return b.Policy.enforce(b.Model.Name, counts)
}

// limitCode is how the codes of limits begin; the name of the limit follows.
const limitCode = "limit-"

// enforce checks the limits of a policy. This is the only place that enforces
// a limit on what may be written.
func (p Policy) enforce(model string, c Counts) error {
	for _, l := range []struct {
		name string
		n    int
	}{{"create", c.Create}, {"update", c.Update}, {"delete", c.Delete}, {"blank", c.Blank}} {
		limit, hint := p.Limits[l.name], fmt.Sprintf("look at the plan; if it is right, raise limits.%s of this sink", l.name)
		if l.name == "delete" && !limit.Set && p.OnMissing == DeleteMissing {
			limit = deletesUnasked(c.Current)
			hint = fmt.Sprintf("the sink has no limits.delete, so that a hundredth of the target's records may go, and %d at most; look at the plan, and if it is right, say how many with limits: { delete: ... }", DeletesUnaskedMax)
		}
		if !limit.Exceeded(l.n, c.Current) {
			continue
		}
		return &LimitError{diag.Finding{Severity: diag.Error, Code: limitCode + l.name,
			Message: fmt.Sprintf("model %s: the plan would %s %d, more than the limit of %s (the target has %d records)", model, l.name, l.n, limit, c.Current),
			Hint:    hint}}
	}
	return nil
}

// Where limits.delete says nothing, a mirror deletes no more than this, so that a
// mistake in a source that nothing else shows stays small.
const (
	DeletesUnaskedMax     = 10 // records
	DeletesUnaskedPercent = 1  // of the records of the target, and one at least
)

func deletesUnasked(current int) Limit {
	return Limit{Set: true, Count: max(1, min(DeletesUnaskedMax, current*DeletesUnaskedPercent/100))}
}

// Pack returns the calls that the changes take: the target's own packing, or
// one call for each change.
func Pack(t Target, changes []Change) [][]Change {
	if packer, ok := t.(Packer); ok {
		return packer.Pack(changes)
	}
	calls := make([][]Change, len(changes))
	for i := range changes {
		calls[i] = changes[i : i+1]
	}
	return calls
}

// ReadPresent reads the present state of a target, with the target's own
// evidence where it gives any. Known are ids of records that should exist.
func ReadPresent(ctx context.Context, t Target, known []string, now time.Time) (*Present, error) {
	if reader, ok := t.(PresentReader); ok {
		return reader.Present(ctx, known)
	}
	schema, err := t.Schema(ctx)
	if err != nil {
		return nil, err
	}
	p := &Present{Records: NewTable(schema), ReadAt: now}
	for b, err := range t.Read(ctx) {
		if err != nil {
			return nil, err
		}
		p.Records.Append(b)
	}
	p.Evidence = Evidence{Grade: Proven, Reasons: []string{"read to its end"}, Records: p.Records.Len()}
	return p, nil
}

// recollection is what earlier runs left for one target.
type recollection struct {
	knownLinks
	ledger  LedgerView        // nil: there is none
	written []string          // the records that have entries in it
	created map[string]string // pipeline by record
	any     bool
	damage  Damage
}

func recall(ctx context.Context, identity, pipeline string, opt Options) (recollection, error) {
	var m recollection
	var err error
	if opt.Links != nil {
		if m.knownLinks, err = linksOf(ctx, opt.Links, identity, pipeline); err != nil {
			return m, fmt.Errorf("read the links of %s: %w", identity, err)
		}
	}
	if opt.Ledger != nil {
		if m.ledger, err = viewLedger(ctx, opt.Ledger, identity); err != nil {
			return m, fmt.Errorf("read the ledger of %s: %w", identity, err)
		}
		m.written = m.ledger.Records()
	}
	if memory, ok := opt.Ledger.(Ownership); ok {
		if m.created, err = memory.Created(ctx, identity); err != nil {
			return m, fmt.Errorf("read which records of %s were created: %w", identity, err)
		}
	}
	m.damage = damageOf(opt.Links, identity)
	m.any = len(m.own) > 0 || len(m.written) > 0
	return m, nil
}

// records are the ids of the records that earlier runs wrote or found, in order.
func (m recollection) records() []string {
	ids := make([]string, 0, len(m.own)+len(m.written))
	for _, id := range m.own {
		ids = append(ids, id)
	}
	ids = append(ids, m.written...)
	slices.Sort(ids)
	return slices.Compact(ids)
}
