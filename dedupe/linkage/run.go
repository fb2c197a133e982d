package linkage

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"runtime"
	"slices"
)

// linked is the inside of a result.
type linked struct {
	db     *records
	kinds  *kinds
	scorer *scorer
	rules  *rules
	limits limits
	edges  []edge // from PairsAbove on, by record number
	doubts []doubt
	aside  []KeyAside // kinds of block key that were not used for their cost
	added             // what Update needs

	later func() // gives the records the numbers of their rows; nil: they have them
}

const (
	pairsPerTask  = 1 << 14
	sampleMax     = 200_000 // pairs sampled to learn what strangers look like
	planSampleMax = 50_000  // the same, to choose block keys
	exhaustiveMax = 600_000 // possible pairs up to which all are compared
	perKeyMin     = 100_000 // pairs that each kind of key may always make
)

func (l *Linker) run(ctx context.Context, in Input) (*Result, error) {
	workers := l.config.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	r, err := l.evidence(ctx, in, workers)
	if err != nil {
		return nil, err
	}
	if err := l.cluster(ctx, r, workers); err != nil {
		return nil, err
	}
	r.data.db.tidy()
	return r, nil
}

// evidence does all that comes before clustering.
func (l *Linker) evidence(ctx context.Context, in Input, workers int) (*Result, error) {
	p := newProgress(l.config.Progress)
	p.begin(StageRead, 0)
	gone, err := in.goneFlags()
	if err != nil {
		return nil, err
	}
	if gone != nil {
		if in.Records, err = blanked(in.Records, gone); err != nil {
			return nil, err
		}
	}
	table, err := newReader(ctx, in.Records, l.config.Columns)
	if err != nil {
		return nil, err
	}
	table.numberFrom = cmp.Or(l.number, numberFrom)
	db, err := load(table, in, workers)
	if err != nil {
		return nil, err
	}
	if db.gone = gone; gone != nil && db.rows != nil {
		db.gone = inOrder(gone, db.rows)
	}
	if w := l.config.Weights; w != nil {
		if err := w.fits(db); err != nil {
			return nil, err
		}
		if err := db.pin(w.Frequencies); err != nil {
			return nil, err
		}
	}
	d := &linked{db: db, limits: l.limits()}
	db.progress = p
	if d.rules, err = l.loadRules(table, db, newComparer(db)); err != nil {
		return nil, err
	}
	b, recall, err := l.block(ctx, d, workers)
	if err != nil {
		return nil, err
	}
	r := &Result{data: d}
	if err := l.weigh(ctx, r, b, workers); err != nil {
		return nil, err
	}
	r.Report.Recall, r.Report.KeysAside = recall, d.aside
	r.pinKeys()
	return r, nil
}

// exhaustive reports whether there are so few records that all pairs are
// compared.
func (db *records) exhaustive() bool {
	n := float64(db.distinct())
	return n*(n-1)/2 <= exhaustiveMax
}

// block chooses the kinds of block key and finds the pairs to compare.
func (l *Linker) block(ctx context.Context, d *linked, workers int) (b *blocker, recall float64, err error) {
	db := d.db
	db.progress.begin(StageBlock, 0)
	p := partsBy(db, workers)
	keys, second := p.keys(db), p.splitters()
	perKind := pairsPerKind(l.config.PairsPerRecord, db.n)
	recall = 1
	if db.exhaustive() {
		keys = withoutFew(keys)
	}
	if pinned := l.pinnedKeys(keys); len(pinned) > 0 && !db.exhaustive() {
		keys, recall = pinned, l.config.Weights.Recall
	} else if !db.exhaustive() {
		plan := &planner{db: db, keys: keys, second: second, workers: workers, budget: l.config.PairsPerRecord, perKind: perKind, tried: l.tried}
		if keys, recall, err = plan.choose(ctx); err != nil {
			return nil, 0, err
		}
		d.aside = plan.aside
	}
	d.kinds = newKinds(db, keys)
	db.tidy()
	b = &blocker{db: db, keys: keys, second: second, workers: workers}
	if db.distinct() < db.n {
		b.among = slices.Clone(db.order)
		slices.Sort(b.among) // so that what their keys are made of is near
	}
	err = b.run(ctx, perKind)
	db.tidy()
	return b, recall, err
}

// withoutFew leaves out kinds of block key that add nothing where all pairs are
// compared.
func withoutFew(keys []blockKey) []blockKey {
	return slices.DeleteFunc(keys, func(k blockKey) bool { return k.most > 0 && k.most <= fewMax })
}

// weigh compares the pairs, learns what their agreement means, and keeps those
// that may be the same.
func (l *Linker) weigh(ctx context.Context, r *Result, b *blocker, workers int) error {
	d, db := r.data, r.data.db
	sample, each := b.pairs, 1.0
	switch most := cmp.Or(l.most, learnAllMax); {
	case len(b.pairs) <= most:
	case l.config.Weights != nil:
		sample, each = nil, 0 // nothing is learned
	default:
		sample, each = db.sampleCompared(b.pairs, min(most, learnSample))
	}
	db.progress.begin(StageCompare, len(sample))
	found := compareAll(ctx, db, sample, workers)
	found.times(each)
	le := &learner{db: db, rows: found.rows, each: each, possible: db.possible(), prior: shippedSame(db)}
	if l.config.Weights == nil {
		le.sampleOutside(ctx, b.pairs, sampleMax, workers)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m, why := l.learn(db, found.rows, found.half, le)
	d.scorer = newScorer(db, m)
	if each == 1 {
		d.scoreAll(ctx, b.pairs, found, workers)
	} else {
		db.progress.begin(StageWeigh, len(b.pairs))
		d.scoreAll(ctx, sample, found, workers)
		scored := d.edges
		d.sift(ctx, b.pairs, sample, workers)
		d.include(scored)
	}
	if sample == nil {
		m.found[same] = likelySame(d.edges)
	}
	if db.exhaustive() {
		d.scoreRest(ctx, b.pairs)
	}
	d.limitSeries(d.edges, workers)
	d.include(d.rules.forced)
	r.Report = l.report(db, b, m)
	r.Report.WeightsWhy = why
	if l.config.Weights == nil {
		r.Report.Notes = append(r.Report.Notes, db.constantNotes()...)
	}
	r.Weights = m.weights(l.config.Columns, db)
	return ctx.Err()
}

// likelySame is how many of some pairs are the same, as their scores have it.
func likelySame(edges []edge) (n float64) {
	for _, e := range edges {
		n += e.score.Probability()
	}
	return n
}

// include adds edges that are decided by other than evidence, and orders all of
// them by record number. Of one pair the best score counts.
func (d *linked) include(decided []edge) {
	decided = slices.Clone(decided)
	for _, list := range [][]edge{d.edges, decided} {
		if !slices.IsSortedFunc(list, byRecords) {
			slices.SortFunc(list, byRecords)
		}
	}
	if len(decided) == 0 {
		return // no pair is an edge twice by evidence alone
	}
	all := make([]edge, 0, len(d.edges)+len(decided))
	for _, e := range d.edges {
		for len(decided) > 0 && byRecords(decided[0], e) < 0 {
			all, decided = append(all, decided[0]), decided[1:]
		}
		all = append(all, e)
	}
	all = append(all, decided...)
	d.edges = slices.CompactFunc(all, func(x, y edge) bool { return x.a == y.a && x.b == y.b })
}

// byRecords orders edges by record number, the best of one pair first.
func byRecords(x, y edge) int {
	return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b), cmp.Compare(y.score, x.score))
}

// cluster joins the records twice, by the best guess and by what is sure.
func (l *Linker) cluster(ctx context.Context, r *Result, workers int) error {
	d := r.data
	d.db.tidy()
	d.db.progress.begin(StageCluster, 0)
	f := l.form(ctx, d, d.likely(l.least()), d.rules, workers)
	together(workers, 2, func(_, i int) {
		if i == 0 {
			r.Best = f.best.labels()
		} else {
			r.Clusters = f.sure.labels()
		}
	})
	d.doubts = f.doubts
	r.Report.ClusterLargest = f.best.largest()
	d.includeSaid()
	d.tellRows(workers)
	r.Questions = l.questions(d, &r.Report)
	r.Report.Bins = Reliability(r.Pairs(), nil)
	return ctx.Err()
}

// least is the score from which on an edge says something of clusters.
func (l *Linker) least() Weight {
	return weightAt(min(BestAbove, l.config.MatchAbove, l.config.ReviewAbove))
}

// includeSaid adds what was answered to be the same, where nothing forbids it.
func (d *linked) includeSaid() {
	said := slices.Clone(d.rules.said)
	d.include(slices.DeleteFunc(said, func(e edge) bool {
		w, _ := d.rules.decided(e.a, e.b)
		return w < 0
	}))
}

// possible is the number of pairs that there are.
func (db *records) possible() float64 {
	n := float64(db.distinct())
	all := n * (n - 1) / 2
	if db.links {
		var per [256]float64
		for _, l := range db.lists {
			per[l]++
		}
		for list, k := range per {
			if list > 0 || !db.open {
				all -= k * (k - 1) / 2
			}
		}
	}
	return max(all, 1)
}

// sampleOutside estimates how often pairs that were not compared show each
// level: all of them where there are few, else a sample that depends on what
// the records hold alone.
func (l *learner) sampleOutside(ctx context.Context, pairs []uint64, most, workers int) {
	db := l.db
	sample := db.sampleOf(pairs, most)
	found := compareAll(ctx, db, sample, workers)
	if ctx.Err() != nil {
		return
	}
	var counts [fieldsMax][levelsMax]float64
	var names nameTable
	for _, r := range found.rows {
		names[nameOf(r.v)] += r.n
		for f := field(0); f < fieldsMax; f++ {
			counts[f][r.v.level(f)] += r.n
		}
	}
	n, scale := float64(len(sample)), 0.0
	if n > 0 {
		scale = max(0, l.possible-float64(len(pairs))) / n
	}
	for f := range counts {
		for lv := 1; lv < levelsMax; lv++ {
			if !silent(field(f), uint8(lv)) {
				l.outside[f][lv] = counts[f][lv] * scale
			}
		}
	}
	l.namesOutside(&names, n, scale)
}

// sampleOf lists pairs of records that are not among those that were compared,
// in order, some of them more than once: all where there are few, else of at
// most so many draws.
func (db *records) sampleOf(compared []uint64, most int) []uint64 {
	var sample []uint64
	add := func(i, j uint32) {
		if i != j && !db.barred(i, j) {
			sample = append(sample, uint64(min(i, j))<<32|uint64(max(i, j)))
		}
	}
	order := db.byContent()
	if all := float64(len(order)) * float64(len(order)-1) / 2; all <= exhaustiveMax {
		for k, i := range order {
			for _, j := range order[k+1:] {
				add(i, j)
			}
		}
	} else {
		h := uint64(1)
		sample = make([]uint64, 0, most)
		for range most {
			h = mix2(h, 1)
			add(order[h>>32%uint64(len(order))], order[h&(1<<32-1)%uint64(len(order))])
		}
	}
	new(sortSpace).sortPairs(sample)
	return slices.DeleteFunc(sample, func(p uint64) bool {
		for len(compared) > 0 && compared[0] < p {
			compared = compared[1:]
		}
		return len(compared) > 0 && compared[0] == p
	})
}

// score is the weight of a pair: what the rules say, else the evidence.
func (d *linked) score(v vector, a, b int32) Weight {
	if w, _ := d.rules.verdict(a, b); w != 0 {
		return w
	}
	return d.scorer.score(v, a, b)
}

// scoreAll keeps the pairs that may be the same.
func (d *linked) scoreAll(ctx context.Context, pairs []uint64, found *compared, workers int) {
	tasks := ranges(len(pairs), pairsPerTask)
	kept := make([][]edge, tasks)
	b := d.newBounds(found.rows, weightAt(PairsAbove))
	together(workers, tasks, func(_, t int) {
		if ctx.Err() != nil {
			return
		}
		var names namesSeen
		for i := t * pairsPerTask; i < min(len(pairs), (t+1)*pairsPerTask); i++ {
			r := found.at[i]
			a, c := int32(pairs[i]>>32), int32(uint32(pairs[i]))
			if !b.mayReach(r, a, c, &names) {
				continue
			}
			if s := b.score(r, a, c, &names); s >= b.floor {
				kept[t] = append(kept[t], edge{a, c, s, b.rows[r].v})
			}
		}
	})
	d.edges = slices.Concat(kept...)
}

// scoreRest compares the pairs without a common key as well, where there are
// few pairs in all. They were learned from as strangers.
func (d *linked) scoreRest(ctx context.Context, pairs []uint64) {
	c := newComparer(d.db)
	floor := weightAt(PairsAbove)
	order := d.db.byContent()
	for k, i := range order {
		if ctx.Err() != nil {
			return
		}
		for _, j := range order[k+1:] {
			a, b := int32(min(i, j)), int32(max(i, j))
			if d.db.barred(uint32(a), uint32(b)) {
				continue
			}
			if _, compared := slices.BinarySearch(pairs, uint64(a)<<32|uint64(b)); compared {
				continue
			}
			v := c.compare(a, b)
			if s := d.score(v, a, b); s >= floor {
				d.edges = append(d.edges, edge{a, b, s, v})
			}
		}
	}
}

func (d *linked) pairs() iter.Seq[Pair] {
	return func(yield func(Pair) bool) {
		for _, e := range d.edges {
			if !yield(Pair{e.a, e.b, e.score, e.score.Probability()}) {
				return
			}
		}
	}
}

// doubt is two clusters that may be one contact, by their best pair.
type doubt struct {
	edge
	joins float64 // pairs of records that the answer is expected to join
}

// doubtOrder puts those first whose answer is expected to join most, and the best
// pair of equal ones.
func (d *linked) doubtOrder(x, y doubt) int {
	return cmp.Or(cmp.Compare(y.joins, x.joins), d.db.edgeOrder(x.edge, y.edge))
}

// questions asks about the clusters that are in doubt, as many as there may be
// questions.
func (l *Linker) questions(d *linked, r *Report) []Pair {
	most := l.config.QuestionsMax
	if most == 0 {
		most = max(QuestionsMin, d.db.n*QuestionsPerThousand/1000)
	}
	r.QuestionsLeft = max(0, len(d.doubts)-most)
	out := make([]Pair, min(most, len(d.doubts)))
	for i, e := range d.doubts[:len(out)] {
		out[i] = Pair{e.a, e.b, e.score, e.score.Probability()}
	}
	return out
}

func (l *Linker) report(db *records, b *blocker, m *model) Report {
	r := Report{
		Records: db.n, Columns: db.report, Keys: b.report, Pairs: int64(len(b.pairs)), Possible: db.possible(),
		Learned: m.learned, Iterations: m.iterations, SamePairs: m.found[same], Notes: db.notes, NoneNotes: db.none,
	}
	if db.exhaustive() {
		r.Pairs = int64(r.Possible)
		if db.distinct() < 2 {
			r.Pairs = 0
		}
	}
	if len(b.report) == 0 && db.distinct() > 1 && !db.exhaustive() {
		r.Notes = append(r.Notes, "no pairs were compared: no two records agree in anything that would make them likely the same")
	}
	for _, k := range b.report {
		switch {
		case k.Left == 0 || db.exhaustive():
		case k.Name == namesakesKey:
			r.Notes = append(r.Notes, fmt.Sprintf("%d names are borne by more than %d records each; of their %d pairs those were compared that agree in something else, too", k.Split, namesakesMax, k.Left))
		case k.Most == 0: // that rare values are common somewhere is no news
			r.Notes = append(r.Notes, fmt.Sprintf("%d blocks of %s were too large and were split by further values; at least %d pairs in them were not made", k.Split, k.Name, k.Left))
		}
	}
	return r
}

// fieldName is the name of a field in explanations.
func (db *records) fieldName(f field) string {
	if i := int(f) - int(fieldExtra); i >= 0 && i < len(db.extras) {
		return db.extras[i].name
	}
	return fieldNames[f]
}

func (db *records) levelNames(f field) []string {
	if i := int(f) - int(fieldExtra); i >= 0 && i < len(db.extras) {
		if db.extras[i].kind == Identifier {
			return numberLevels
		}
		return textLevels
	}
	return levelNames[f]
}
