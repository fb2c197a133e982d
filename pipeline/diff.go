package pipeline

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/pipeline/internal/safeguard"
)

// DiffInput is what should be, what is, and what is remembered.
type DiffInput struct {
	Binding *Binding
	Records *Table // the mapped rows that Match was made from
	Match   *MatchResult
	Present *Present
	Ledger  LedgerView        // may be nil
	Links   map[RowKey]string // remembered of this pipeline's rows; may be nil
	// unverified is what came of creates that no apply read back; Match knows these links, too.
	unverified unverifiedRows
	// Pipeline is the name of this one. Created is the pipeline that created each
	// record, and Shared the other ones that have rows which became it; both by
	// record id, and nil where nothing is remembered.
	Pipeline string
	Created  map[string]string
	Shared   map[string][]string
	Sources  map[string]Evidence // of the sources that give any
	// Held are rows that a source holds though they are not in Records under
	// their id: rejected ones, and those that share an id. Their records are
	// not missing. Rejected are rejected rows as far as they could be mapped; may be
	// nil. Unnamed counts rejected rows of which nothing can be told, by source.
	Held     map[RowKey]bool
	Rejected *Table
	Unnamed  map[string]int
	// Words are the values that fields may hold, of fields whose target knows
	// all; others are not written.
	Words map[string]map[string]bool
	// Read counts the rows of each source. Filtered are the sources of which a condition leaves
	// rows out, each with the word for it in a pipeline. Both may be nil.
	Read     map[string]int
	Filtered map[string]string
	// Declined are the changes, and the sides of conflicts, that a person said no to
	// earlier; may be nil.
	Declined map[string]time.Time
	// Partial are sources of which only what changed was read.
	Partial map[string]bool
	// Anew says of incremental sources why everything of them was read in spite of a mark.
	Anew map[string]string
	// NotRead are the links, among Links, of rows of sources that the pipeline reads no
	// more; may be nil.
	NotRead map[RowKey]string
	// Repeated are the ids that several rows of a source have, which no row of Records has
	// therefore; may be nil.
	Repeated map[RowKey]bool
	// Damage is what of the memory is damaged, and is not in Links, Ledger and Created.
	Damage Damage
	// Counterparts asks what becomes of each row; see Counterpart.
	Counterparts bool
	// Named are, by row, the records that its own may belong to, where an earlier binding
	// does not write that row since nobody can tell which of them it is; may be nil.
	Named map[Origin][]string
}

// Difference is what Diff decides.
type Difference struct {
	Changes  []Change     // in key order
	Blocked  []BlockedRow // in order of model, code and label
	Links    []RowLink    // newly known, of records that need no change
	Findings []diag.Finding
	Counts   Counts // those that Diff knows
	// Unsaid is the number of records of which values are not sent, since the target does
	// not know them yet.
	Unsaid  int
	numbers *numbers // nil: numbers are not reserved
	// apart are records that may have a key of a change in common with it, by its id; see
	// MatchResult.Apart. It is nil where two records may not: a target that routes its
	// changes chooses another key to write by.
	apart map[string][]string
	looks int // requests to look at what hangs on records that are to be deleted
	// left are the clusters that are not written though they should be, and clusters those
	// of the changes, by their ids; both are nil where nobody asks, see Counterpart.
	left     map[int32]leftCluster
	clusters map[string]int32
	claiming map[Origin][]string // the records that rows claim; see claim
}

// Diff decides what to create, update and delete. It is pure, and its result
// does not depend on the order of the records.
func Diff(in DiffInput) *Difference {
	d := &differ{DiffInput: in, out: &Difference{}, fields: pairFields(in.Match.Golden.Schema(), in.Present.Records.Schema()),
		allowed: map[Action]bool{}, edits: map[string][]string{}, kept: map[string]kept{}, nameless: map[string]int{}, lost: in.Damage.rowsOf(in.Pipeline), traced: tracer{records: in.Records, match: in.Match}}
	d.reserver, d.reserves = newReserver(in.Binding, d.fields, in.Present.Records.Schema())
	for _, a := range in.Binding.Policy.Allow {
		d.allowed[a] = true
	}
	if _, ok := in.Binding.Target.(Router); ok {
		d.out.apart = map[string][]string{}
	}
	if in.Counterparts {
		d.out.left, d.out.clusters = map[int32]leftCluster{}, map[string]int32{}
	}
	d.findLone()
	d.decide(d.settleAlike())
	d.missing()
	d.blockShared()
	d.out.blockTaken(in.Binding.Target.Keys(), in.Present.Records)
	d.finish()
	if cap(d.out.Changes) > 2*len(d.out.Changes) { // they are kept as long as the plan is
		d.out.Changes = append(make([]Change, 0, len(d.out.Changes)), d.out.Changes...)
	}
	return d.out
}

type differ struct {
	DiffInput
	out     *Difference
	fields  []pairedField
	allowed map[Action]bool
	edits   map[string][]string // records of which a field is left alone because of an edit in the target, by field
	kept    map[string]kept
	stayed  []string // records without rows that a person said should stay
	joined  joined
	traced  tracer

	ownValues map[string][]Value // see targetMakes
	entriesOf string             // the record whose ledger entries were looked at last
	entries   []LedgerEntry

	inSources map[RowKey]bool      // see stillHeld
	unread    map[string]bool      // see unreadRows
	lone      map[string][]RowLink // see findLone
	loneAt    map[string]int
	keyed     []string // see keyNames
	named     string   // see identity
	scratch   []byte   // see changeID
	reserver  reserver
	reserves  bool
	lost      map[RowKey]bool  // rows of this pipeline whose link is damaged
	reserved  map[string]int32 // records of the target by number; see reservedRecord
	nameless  map[string]int   // contacts whose reserved number is made of their values, by source
}

// cluster decides about one desired record.
func (d *differ) cluster(i int) {
	c, link := &d.Match.Clusters[i], &d.Match.Links[i]
	golden := d.Match.Golden.Record(i)
	switch {
	case c.Block != nil:
		d.block(i, recordOf(link, d.Present), *c.Block, tieReason(c))
	case link.Block != nil:
		d.block(i, "", *link.Block, d.Match.LinkReason(i))
	case link.Target >= 0:
		d.countUnsaid(golden)
		d.update(i, golden, d.Present.Records.Record(int(link.Target)), d.Match.LinkReason(i))
	case link.Made:
		d.countUnsaid(golden)
		d.updateMade(i, golden)
	default:
		d.countUnsaid(golden)
		d.create(i, golden)
	}
}

func tieReason(c *Cluster) *Reason {
	if len(c.Ties) == 0 {
		return nil
	}
	return &c.Ties[0].Reason
}

// block blocks a cluster; record is the id of the one that it is known to be, or "".
func (d *differ) block(i int, record string, b Block, why *Reason) {
	d.out.stop(BlockedRow{Model: d.Binding.Model.Name, Label: LabelOf(d.Match.Golden.Record(i)),
		Rows: d.rows(i), Block: b, Match: why}, int32(i), record)
	d.out.Counts.Blocked++
}

// rows are the origins of the members of a cluster, survivor first.
func (d *DiffInput) rows(i int) []Origin {
	members := d.Match.Clusters[i].Members
	rows := make([]Origin, len(members))
	for k, m := range members {
		rows[k] = d.Records.Record(int(m)).Origin()
	}
	return rows
}

// create plans a new record.
func (d *differ) create(i int, golden Record) {
	if !d.allowed[Create] {
		d.leave(i, "")
		return
	}
	if !d.Present.Evidence.Grade.AtLeast(d.Binding.Policy.Accept) && safeguard.On(safeguard.Completeness) {
		d.block(i, "", Block{Code: "absence-not-proven", Reason: "it is not in the list that the target gave, but that list is not proven to be whole (" + string(d.Present.Evidence.Grade) + ")",
			Hint: absenceHint(d.Present.Evidence.Grade)}, nil)
		return
	}
	if d.forgotten(i) {
		d.block(i, "", damagedBlock(), nil)
		return
	}
	if block, made := d.mayBeMade(i); made {
		d.block(i, "", block, nil)
		return
	}
	if n, ok := d.reservedRecord(i); ok {
		d.updateReserved(i, golden, n)
		return
	}
	ch := d.change(i, Create, golden)
	if ch.Known = d.knownLinks(i); len(ch.Known) > 0 {
		ch.Labels = append(ch.Labels, LabelAgain)
	}
	ch.Fields = make([]FieldChange, 0, len(d.fields))
	for _, f := range d.fields {
		v, _ := d.sayable(f.Field, golden.Value(f.model))
		if (f.ReadOnly && !f.Reference) || blank(v) {
			continue
		}
		ch.Fields = append(ch.Fields, d.fieldChange(i, f, Null(), v))
	}
	if len(ch.Fields) == 0 {
		d.block(i, "", Block{Code: "empty-record", Reason: "every field is empty", Hint: "leave such rows out with where:, or reject them with a rule"}, nil)
		return
	}
	if ch.Keys = d.keysOf(golden, true); d.blockKnown(i, ch.Keys) {
		return
	}
	if len(ch.Keys) == 0 && !d.reserve(i, &ch) {
		d.block(i, "", Block{Code: "keyless", Reason: "it has no " + strings.Join(d.Binding.Target.Keys(), " and no ") + ", so that a lost answer could double it",
			Hint: "give it a key in map:, or let the sink reserve a number with keyless: reserve(PREFIX)"}, nil)
		return
	}
	ch.Key = ch.Keys[0]
	d.out.Counts.Create++
	d.keep(ch)
	d.noteNumber(i)
	d.noteApart(i)
	d.noteCluster(i)
}

func absenceHint(g Grade) string {
	if g == Likely {
		return "set accept_completeness: likely in the sink, if you trust the list"
	}
	return "see the completeness of the target in the plan's header"
}

// AtLeast reports whether the evidence is as good as wanted; an empty want is
// Proven.
func (g Grade) AtLeast(want Grade) bool {
	rank := map[Grade]int{Unproven: 1, Likely: 2, Proven: 3}
	least, known := rank[want]
	if !known {
		least = rank[Proven]
	}
	return rank[g] >= least
}

// change starts the change of a cluster.
func (d *differ) change(i int, action Action, golden Record) Change {
	ch := Change{Action: action, Resource: d.Binding.Resource, Model: d.Binding.Model.Name, Label: LabelOf(golden), Rows: d.rows(i), Needs: d.Match.Clusters[i].Needs}
	if c := &d.Match.Clusters[i]; len(c.Members) > 1 {
		ch.Labels = append(ch.Labels, LabelMerge)
		if namesDiffer(d.Records, c.Members) {
			ch.Labels = append(ch.Labels, LabelNames)
		}
		ch.Match = tieReason(c)
		for _, t := range c.Ties {
			ch.Joined = append(ch.Joined, Join{A: d.Records.Record(int(t.A)).Origin(), B: d.Records.Record(int(t.B)).Origin(), Reason: t.Reason})
		}
	}
	return ch
}

// update plans what a record of the target lacks; why says how it was found.
func (d *differ) update(i int, golden, current Record, why *Reason) {
	ch := d.change(i, Update, golden)
	ch.Target, ch.Match = current.ID(), why
	refused := ""
	var clashes []FieldConflict
	for _, f := range d.fields {
		if as := (pairedColumns{f.model, f.target, f.Kind == KindEmail}); f.Type == String && golden.Batch.columns[f.model].typ == String && as.same(golden, current) {
			continue // as it is for nearly all fields of most records
		}
		want, have, taken := golden.Value(f.model), current.Value(f.target), ""
		if clash, both := d.clash(f, d.worded(f, want, have), have, ch.Target); both {
			if taken = d.answered(clash); taken == "" {
				clashes = append(clashes, clash)
				continue
			}
		}
		after, changed := d.worded(f, want, have), true
		if taken != TakeOurs {
			after, changed = d.desired(f, want, have, ch.Target)
		}
		if !changed {
			continue
		}
		if after.IsErase() && !f.Erasable {
			refused = f.Name
			continue
		}
		fc := d.fieldChange(i, f, have, after)
		fc.Ours = d.ours(f.Field, fc.Before, ch.Target)
		if taken == TakeOurs || d.overEdit(f.Field, &fc, ch.Target) {
			fc.Labels = append(fc.Labels, LabelOverrides)
		}
		ch.Fields = append(ch.Fields, fc)
	}
	switch {
	case len(clashes) > 0:
		d.block(i, ch.Target, conflictBlock(clashes, ch.Target), ch.Match)
	case refused != "":
		d.block(i, ch.Target, Block{Code: "erase-refused", Reason: "field " + refused + " should be emptied, and the target is not known to accept that",
			Hint: "leave the field to the target, or empty it there by hand"}, ch.Match)
	case len(ch.Fields) == 0:
		d.unchanged(i, ch.Target)
	case d.forgotten(i):
		d.block(i, "", damagedBlock(), ch.Match)
	case d.unreadRows(ch.Target):
		d.block(i, ch.Target, Block{Code: CodePartlyRead, Reason: "only some of its rows were read, since the others did not change, and what they say about it counts, too", Hint: "plan --full"}, ch.Match)
	case !d.allowed[Update]:
		d.leave(i, ch.Target)
	default:
		ch.Keys = d.keysOf(current, false)
		if len(ch.Keys) > 0 {
			ch.Key = ch.Keys[0]
		}
		d.out.Counts.Update++
		d.keep(ch)
		d.noteApart(i)
		d.noteCluster(i)
	}
}

// unchanged counts a record that is as it should be, and notes the links of
// its rows that were not known before.
func (d *differ) unchanged(i int, record string) {
	d.out.Counts.Unchanged++
	before := len(d.out.Links)
	for _, m := range d.Match.Clusters[i].Members {
		row := d.Records.Record(int(m))
		source, id := row.Batch.source, row.ID()
		if id != "" && (len(d.Links) == 0 || d.Links[RowKey{source, id}] != record) {
			d.out.Links = append(d.out.Links, RowLink{Source: source, ID: id, Target: record})
		}
	}
	if len(d.out.Links) > before {
		d.noteJoined(&d.Match.Clusters[i])
	}
}

// keep finishes a change and adds it.
func (d *differ) keep(ch Change) {
	for _, f := range ch.Fields {
		if f.After.IsErase() {
			d.out.Counts.Blank++
		}
		for _, l := range f.Labels {
			told := l == LabelOutward || l == LabelOverrides || (l == LabelBlank || l == LabelEmail || l == LabelIdentity || l == LabelLookAlike) && ch.Action == Update
			if told && !slices.Contains(ch.Labels, l) {
				ch.Labels = append(ch.Labels, l)
			}
		}
	}
	if l := formLabel(ch.Fields); l != "" && ch.Action == Update {
		ch.Labels = append(ch.Labels, l)
	}
	slices.Sort(ch.Labels)
	ch.ID, d.scratch = changeID(d.scratch, d.identity(), &ch)
	d.out.Changes = append(d.out.Changes, ch)
}

// identity is that of the target.
func (d *differ) identity() string {
	if d.named == "" {
		d.named = d.Binding.Target.Identity()
	}
	return d.named
}

// changeID names a difference by what it is, so that the same difference has
// the same id in every plan. It returns the memory that it used, for the next.
func changeID(memory []byte, identity string, ch *Change) (id string, used []byte) {
	w := jsonWriter{b: memory[:0], html: true}
	for _, part := range [...]string{identity, ch.Model, ch.Resource, string(ch.Action), cmp.Or(ch.Target, ch.MadeBy()), ch.Key.Field, ch.Key.Value} {
		w.raw(part)
		w.raw("\x00")
	}
	for i := range ch.Fields {
		f := &ch.Fields[i]
		w.raw(f.Field)
		w.raw("\x00[")
		w.value(f.Before)
		w.raw(",")
		w.value(f.After)
		w.raw("]\x00")
	}
	sum := sha256.Sum256(w.b)
	return hex.EncodeToString(sum[:8]), w.b
}

// finish orders the result and says what was left to the target.
func (d *differ) finish() {
	d.out.sortChanges()
	sortBlocked(d.out.Blocked)
	slices.SortFunc(d.out.Links, func(a, b RowLink) int {
		if a.Source != b.Source {
			return strings.Compare(a.Source, b.Source)
		}
		return strings.Compare(a.ID, b.ID)
	})
	d.out.Findings = append(d.out.Findings, d.reserver.tell(d.nameless)...)
	d.tellKept()
	d.tellJoined()
	for _, f := range d.fields {
		if records := d.edits[f.Name]; len(records) > 0 {
			d.out.Findings = append(d.out.Findings, diag.Finding{Severity: diag.Note, Code: "edit-protected", Count: len(records),
				Message: fmt.Sprintf("field %s of %s keeps the target's value: it was edited there, or nothing is remembered of it (protect_edits)", f.Name, recordsNamed(records))})
		}
	}
}

// sortChanges puts the changes in key order.
func (d *Difference) sortChanges() {
	byKey := func(i, j int32) int {
		a, b := &d.Changes[i], &d.Changes[j]
		if c := strings.Compare(a.Key.Value, b.Key.Value); c != 0 {
			return c
		}
		return cmp.Or(strings.Compare(a.Key.Field, b.Key.Field), strings.Compare(a.ID, b.ID))
	}
	order := make([]int32, len(d.Changes))
	for i := range order {
		order[i] = int32(i)
	}
	if slices.IsSortedFunc(order, byKey) { // clusters come in an order that is nearly this one
		return
	}
	slices.SortFunc(order, byKey)
	sorted := make([]Change, len(order))
	for n, i := range order {
		sorted[n] = d.Changes[i]
	}
	d.Changes = sorted
}

func sortBlocked(rows []BlockedRow) {
	slices.SortStableFunc(rows, func(a, b BlockedRow) int {
		return cmp.Or(cmp.Compare(a.Model, b.Model), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Label, b.Label), compareRows(a.Rows, b.Rows))
	})
}

func compareRows(a, b []Origin) int {
	return slices.CompareFunc(a, b, func(a, b Origin) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Place, b.Place), cmp.Compare(a.Page, b.Page), cmp.Compare(a.Row, b.Row))
	})
}

// route lets the target choose how each change is written; those that it
// cannot write without risk are blocked, and with them those that wait for a
// key of theirs.
func (d *Difference) route(b *Binding, present *Present) {
	router, ok := b.Target.(Router)
	if !ok {
		return
	}
	blocked := router.Route(d.Changes, present)
	if d.reserveFor(blocked) {
		blocked = router.Route(d.Changes, present)
	}
	if len(blocked) == 0 {
		return
	}
	out := make(map[string]Unroutable, len(blocked))
	for _, u := range blocked {
		out[d.Changes[u.Index].ID] = u
	}
	leaving := d.deletedBy()
	d.blockIf(func(ch *Change) (Block, bool) {
		u, no := out[ch.ID]
		if !no {
			return Block{}, false
		}
		return Block{Code: u.Code, Reason: u.Reason, Hint: u.Hint, Candidates: d.inTheWay(ch, leaving)}, true
	})
	d.blockTaken(b.Target.Keys(), present.Records)
	sortBlocked(d.Blocked)
}
