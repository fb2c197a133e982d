package linkage

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"

	"github.com/reconkit/reconkit/pipeline"
)

// UpdateReport tells how records were added to a result.
type UpdateReport struct {
	Added int   `json:"added"` // records
	Gone  int   `json:"gone"`  // records that were there before
	Pairs int64 `json:"pairs"` // that were compared for them

	// StartedOver says why all records were linked anew, by the same weights; "":
	// they were not.
	StartedOver string `json:"started_over,omitempty"`

	// MayDiffer says where the clusters may differ from those of a run from
	// scratch by the same weights. Empty: nowhere.
	MayDiffer []Difference `json:"may_differ,omitempty"`
}

// Difference is a reason for which pairs with some records were compared that a run
// from scratch would not compare, or the other way round, in this update or one
// that it goes on from. The clusters that hold
// none of the records, and none that competes for them, are not concerned.
type Difference struct {
	Why     string  `json:"why"` // what is the matter with the records
	Records []int32 `json:"records"`
}

// ErrSpent says that another result goes on from the one that was to be updated.
var ErrSpent = errors.New("records were added to this result already; add to the result of that")

// Update adds records to a result: in holds the records of previous, in their
// order, and the added ones behind them. They are weighed as those of previous
// were, whatever Config.Weights says, and compared only with the records that
// share a block key with them; the answers and rules are those of l, whose
// columns must be those of previous. How frequent a value is stays as it was when
// the weights were learned, and a new one counts as rare, until a run from scratch
// learns anew; so the pairs of before keep their scores, and only the clusters
// around the added records are made again.
//
// The result is that of a run from scratch by the weights and frequencies of
// Result.Pinned but for what its Report.Update names. Where adding would not pay, or where too much changes with
// the added records, it is a run from scratch, and the report says why.
//
// Previous can still be read, but only one result can go on from it; asking for a
// second one is ErrSpent. After any other error it can be updated as before.
// Records that are gone in previous stay gone.
func (l *Linker) Update(ctx context.Context, previous *Result, in Input) (*Result, error) {
	switch {
	case previous == nil:
		return nil, fmt.Errorf("there is no result to add records to")
	case in.Records == nil:
		return nil, fmt.Errorf("linking got no records")
	case in.Records.Len() < len(previous.Clusters):
		return nil, fmt.Errorf("there are %d records, fewer than the %d of the result that they are added to; give these first, then the added ones", in.Records.Len(), len(previous.Clusters))
	case (in.Lists != nil) != previous.data.db.links || in.Open != previous.data.db.open:
		return nil, fmt.Errorf("the records of the result that others are added to were of one list, or of several, and now they are not")
	case in.Lists != nil && len(in.Lists) != in.Records.Len():
		return nil, fmt.Errorf("linking got %d records and the lists of %d", in.Records.Len(), len(in.Lists))
	}
	if err := previous.Weights.check(l.config.Columns); err != nil {
		return nil, fmt.Errorf("add records to a result: %w", err)
	}
	if !previous.spent.CompareAndSwap(false, true) {
		return nil, ErrSpent
	}
	previous.data.settle()
	u := &updater{l: l, previous: previous, in: in, workers: l.config.Workers}
	if before := previous.Report.Update; before != nil {
		u.differ = slices.Clone(before.MayDiffer)
	}
	if u.workers == 0 {
		u.workers = runtime.GOMAXPROCS(0)
	}
	r, err := u.run(ctx)
	if err != nil {
		previous.spent.Store(false)
	}
	return r, err
}

// updater adds records to one result.
type updater struct {
	l        *Linker
	previous *Result
	in       Input
	workers  int
	differ   []Difference
	gone     []bool  // by record; nil: all are there
	newly    []int32 // of the records of previous, that were there
}

func (u *updater) run(ctx context.Context) (*Result, error) {
	from := u.previous.data.db.n
	if err := u.leave(); err != nil {
		return nil, err
	}
	switch {
	case u.previous.data.db.exhaustive():
		return u.anew(ctx, "there were so few records that all pairs are compared")
	case u.previous.data.limits != u.l.limits():
		return u.anew(ctx, "another match_above or review_above limits the score of records that are numbered in a series")
	}
	reader, err := newReader(ctx, u.in.Records, u.l.config.Columns)
	if err != nil {
		return nil, err
	}
	reader.gone = u.gone
	more, why, err := u.load(ctx, from)
	if err != nil {
		return nil, err
	}
	if why != "" {
		return u.anew(ctx, why)
	}
	d := &linked{kinds: u.previous.data.kinds, limits: u.l.limits()}
	if d.added, err = u.previous.data.stand(ctx, reader, u.workers); err != nil {
		return nil, err
	}
	d.standing = d.standing.next()
	d.standing.limit(u.budget(from))
	old := u.previous.data.db
	if len(u.newly) > 0 {
		if old = old.without(u.newly, d.standing); old == nil {
			return u.anew(ctx, "of many records that are equal in every column some are gone")
		}
		d.standing.drop(old.gone)
	}
	d.db = old.extend(more, d.standing)
	if d.db.findStems(); !maps.Equal(d.db.stems, u.previous.data.db.stems) {
		return u.anew(ctx, "other companies than before are known to be members of a series")
	}
	if d.rules, err = u.l.loadRules(reader, d.db, newComparer(d.db)); err != nil {
		return nil, err
	}
	r := &Result{data: d}
	m, err := u.meet(ctx, d, more)
	if err != nil {
		return nil, err
	}
	otherwise, err := u.weigh(ctx, r, m)
	if err != nil {
		return nil, err
	}
	if err := u.cluster(ctx, r, otherwise); err != nil {
		return nil, err
	}
	d.standing.wait(d.db, from)
	return r, nil
}

// anew links all records from scratch by the weights of before.
func (u *updater) anew(ctx context.Context, why string) (*Result, error) {
	pinned := Linker{config: u.l.config}
	pinned.config.Weights = u.previous.RunWeights()
	in := u.in
	in.Gone = nil
	for i, is := range u.gone {
		if is {
			in.Gone = append(in.Gone, int32(i))
		}
	}
	r, err := pinned.Run(ctx, in)
	if err != nil {
		return nil, err
	}
	r.Report.Update = &UpdateReport{Added: r.Report.Records - u.previous.data.db.n, Gone: len(u.newly), Pairs: r.Report.Pairs, StartedOver: why}
	return r, nil
}

// leave finds the records that are gone, those of before among them.
func (u *updater) leave() (err error) {
	old := u.previous.data.db
	if u.gone, err = u.in.goneFlags(); err != nil {
		return err
	}
	if u.gone == nil && old.gone != nil {
		u.gone = make([]bool, u.in.Records.Len())
	}
	for i := range u.gone[:min(len(u.gone), old.n)] {
		switch was := old.gone != nil && old.gone[i]; {
		case was:
			u.gone[i] = true
		case u.gone[i]:
			u.newly = append(u.newly, int32(i))
		}
	}
	return nil
}

// budget is how many pairs each kind of key may make of some records.
func (u *updater) budget(records int) int64 {
	return pairsPerKind(u.l.config.PairsPerRecord, records)
}

// addedMax is the share of the records of before that may be added; with more
// of them a run from scratch costs hardly more and has nothing to leave out.
const addedMax = 0.5

// load reads the added records alone. Why says what in them needs a run from
// scratch.
func (u *updater) load(ctx context.Context, from int) (more *records, why string, err error) {
	old := u.previous.data.db
	if float64(u.in.Records.Len()-from) > addedMax*float64(from) {
		return nil, fmt.Sprintf("%d records are many to be added to %d", u.in.Records.Len()-from, from), nil
	}
	if float64(len(u.newly)) > addedMax*float64(from) {
		return nil, fmt.Sprintf("%d records of %d are gone, which are many", len(u.newly), from), nil
	}
	table := pipeline.NewTable(u.in.Records.Schema())
	start := 0
	for _, b := range u.in.Records.Batches() {
		if end := start + b.Len(); end > from {
			table.Append(b.Take(rowsFrom(max(0, from-start), b.Len())))
		}
		start += b.Len()
	}
	if u.gone != nil {
		if table, err = blanked(table, u.gone[from:]); err != nil {
			return nil, "", err
		}
	}
	reader, err := newReader(ctx, table, u.l.config.Columns)
	if err != nil {
		return nil, "", err
	}
	reader.votes = old.votes
	added := Input{Open: u.in.Open}
	if u.in.Lists != nil {
		added.Lists = u.in.Lists[from:]
	}
	if more, err = load(reader, added, u.workers); err != nil {
		return nil, "", err
	}
	if u.gone != nil {
		more.gone = u.gone[from:]
	}
	switch {
	case more.votes.order() != old.votes.order():
		why = "most dates are now written with the day first that had the month first, or the other way round"
	case !slices.Equal(ruleNames(u.previous.data.rules.same), u.l.config.Same) || !slices.Equal(ruleNames(u.previous.data.rules.never), u.l.config.Never):
		why = "other columns join records, or keep them apart"
	case len(u.newly) > 0 && old.votes.close(len(u.newly)):
		why = "with some dates gone, the others may be meant otherwise"
	case len(u.newly) > 0 && old.firm.on() && len(reader.of(Company)) == 0 && !more.firm.on() && !u.firmsLeft():
		why = "all organisations are gone"
	case more.firm.on() && !old.firm.on():
		why = "there were no organisations before"
	}
	return more, why, nil
}

// firmsLeft reports whether an organisation of before is still there.
func (u *updater) firmsLeft() bool {
	for i, id := range u.previous.data.db.firm.ids {
		if id != 0 && !u.gone[i] {
			return true
		}
	}
	return false
}

func ruleNames(rules []rule) (names []string) {
	for i := range rules {
		names = append(names, rules[i].name)
	}
	return names
}

func rowsFrom(from, to int) []int32 {
	rows := make([]int32, to-from)
	for i := range rows {
		rows[i] = int32(from + i)
	}
	return rows
}

// meet finds the pairs of the added records.
func (u *updater) meet(ctx context.Context, d *linked, more *records) (*meeting, error) {
	d.standing.enrol(d.kinds.names, more)
	m := &meeting{db: d.db, s: d.standing, from: int32(u.previous.data.db.n), report: slices.Clone(u.previous.Report.Keys), budget: u.budget(d.db.n), shrunk: d.standing.shrunk}
	if err := m.run(ctx); err != nil {
		return nil, err
	}
	m.pairs = union(m.pairs, u.again(d, m))
	m.pairs = union(m.pairs, u.revived(d, m))
	return m, nil
}

// weigh compares and scores the pairs of the added records, and those of before
// of which something else is known now. All others keep their scores. It returns
// the records of which others know something else now.
func (u *updater) weigh(ctx context.Context, r *Result, m *meeting) (otherwise []int32, err error) {
	d, db := r.data, r.data.db
	scorer := *u.previous.data.scorer
	scorer.db = db
	d.scorer = &scorer
	otherwise = u.otherwise(d)
	fresh := union(m.pairs, d.known(otherwise, u.previous.data.rules.apart))
	d.sift(ctx, fresh, nil, u.workers)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d.limitSeries(d.edges, u.workers)
	d.take(fresh, d.edges, db.gone)
	d.edges = d.scored
	if len(d.rules.forced) > 0 {
		d.include(d.rules.forced)
	}
	u.report(r, m, len(fresh))
	return otherwise, nil
}

// known lists the pairs, of those that are or once were told of, of which one
// record is listed, or that were or are answered to be different.
func (d *linked) known(records []int32, apart map[[2]int32]bool) (out []uint64) {
	flags := make([]bool, d.db.n)
	for _, i := range records {
		flags[i] = true
	}
	wanted := func(a, b int32) bool {
		return flags[a] || flags[b] || len(apart) > 0 && apart[[2]int32{a, b}] || len(d.rules.apart) > 0 && d.rules.apart[[2]int32{a, b}]
	}
	if len(records)+len(apart)+len(d.rules.apart) == 0 {
		return nil
	}
	for _, e := range d.scored {
		if wanted(e.a, e.b) {
			out = append(out, pairOf(e.a, e.b))
		}
	}
	for _, p := range d.fallen {
		if wanted(int32(p>>32), int32(uint32(p))) {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	if gone := d.db.gone; gone != nil {
		out = slices.DeleteFunc(out, func(p uint64) bool { return gone[p>>32] || gone[uint32(p)] })
	}
	return out
}
