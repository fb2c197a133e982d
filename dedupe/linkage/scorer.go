package linkage

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/reconkit/reconkit/pipeline"
)

// ScorerConfig says how single records are scored. Only Weights is required.
type ScorerConfig struct {
	// Weights are those of a run, with their frequencies, as Result.Pinned gives
	// them.
	Weights *Weights

	// MatchAbove and ReviewAbove are those of the run; 0 means the default. They
	// say what a question is, which is the most that the members of a series are.
	MatchAbove, ReviewAbove float64
}

// Scorer scores records and makes block keys for an engine that holds the records
// itself, on many machines. It gives two records of the run that its weights are of
// the weight that they had there, and new ones that of a run of the list and these two,
// by the same frequencies. What it gives depends on the two records alone, in any
// company and order.
//
// Of a few things that a run would see it does not know: that a name which one record
// of the list bears, and none of its mailboxes tells, is a name, when a new mailbox tells
// it; that two new companies, or one beside those of the list, make a series; and who
// else is new, such as a third user of a phone. Prepare takes no notice of others
// either. Weights that are learned anew now and then know all of these.
//
// It says what the values of two records say. Same, Never, Answers and lists are
// rules about records that it does not see, and are the engine's to apply; so are
// clusters. Two records that are equal in every column are the same where one list was
// searched for duplicates. Where lists were linked their values are weighed, as the run
// did with two of different lists; two of a list that was open to duplicates were the
// same there. It is immutable and safe for concurrent use.
type Scorer struct {
	columns []Column
	schema  *pipeline.Schema
	often   *Frequencies
	by      map[string]*valueCounts
	votes   dateVotes
	firms   bool // companies are compared
	keys    []string
	limits  limits
	scorer  *scorer
}

// NewScorer makes a scorer. It takes some milliseconds, and longer for frequencies
// of long lists.
func NewScorer(c ScorerConfig) (*Scorer, error) {
	w := c.Weights
	if w == nil {
		return nil, fmt.Errorf("scoring needs the weights of a run")
	}
	if w.Frequencies == nil {
		return nil, fmt.Errorf("scoring needs the frequencies of values beside the weights; take what Result.Pinned gives")
	}
	l, err := New(Config{Columns: w.Columns, Weights: w, MatchAbove: c.MatchAbove, ReviewAbove: c.ReviewAbove})
	if err != nil {
		return nil, err
	}
	s := &Scorer{columns: w.Columns, often: w.Frequencies, limits: l.limits(), votes: dateVotes{settled: true}}
	switch w.Frequencies.Dates {
	case "day first":
		s.votes.days = 1
	case "month first":
		s.votes.months = 1
	}
	if s.by, err = w.Frequencies.read(); err != nil {
		return nil, err
	}
	if err := checkUsers(w.Columns, s.by); err != nil {
		return nil, err
	}
	fields := make([]pipeline.Field, len(w.Columns))
	for i, c := range w.Columns {
		fields[i] = pipeline.Field{Name: c.Name, Type: pipeline.String}
	}
	if s.schema, err = pipeline.NewSchema(fields...); err != nil {
		return nil, err
	}
	s.firms = slices.ContainsFunc(w.Fields, func(f FieldWeights) bool { return f.Field == fieldNames[fieldFirm] })
	return s, s.prime(w)
}

// prime makes what all records are scored by.
func (s *Scorer) prime(w *Weights) error {
	db, err := s.load([][]string{make([]string, len(s.columns))})
	if err != nil {
		return err
	}
	if err := w.fits(db); err != nil {
		return err
	}
	s.scorer = newScorer(db, w.pinned(db))
	s.scorer.fillTables(func(field) int { return boostsMax })
	s.scorer.db = nil // each few records have their own
	all := newParts(db).keys(db)
	chosen := chosenKeys(all, w.Keys)
	if len(w.Keys) == 0 {
		chosen = withoutFew(all)
	}
	s.keys = newKinds(db, chosen).names
	return nil
}

// load reads a few records as a part of the list.
func (s *Scorer) load(rows [][]string) (*records, error) {
	columns := make([]*pipeline.Column, len(s.columns))
	for i := range columns {
		b := pipeline.NewColumnBuilder(pipeline.String, len(rows))
		for k, row := range rows {
			if len(row) != len(s.columns) {
				return nil, fmt.Errorf("record %d has %d values; the weights are for %d columns", k, len(row), len(s.columns))
			}
			b.AppendString(row[i])
		}
		columns[i] = b.Finish()
	}
	batch, err := pipeline.NewBatch(pipeline.BatchData{Schema: s.schema, Len: len(rows), Columns: columns})
	if err != nil {
		return nil, err
	}
	table := pipeline.NewTable(s.schema)
	table.Append(batch)
	r, err := newReader(context.Background(), table, s.columns)
	if err != nil {
		return nil, err
	}
	r.votes = s.votes
	db, err := load(r, Input{}, 1)
	if err != nil {
		return nil, err
	}
	switch on := db.firm.on(); {
	case s.firms && !on:
		db.admitFirms()
	case !s.firms && on:
		return nil, fmt.Errorf("a record names a company in a column of %s; there was none where the weights were learned: %w", PersonName, ErrOtherWeights)
	}
	db.placeIn(s.often, s.by)
	return db, nil
}

// Prepared are a few records that are ready to be scored with each other. It is
// immutable and safe for concurrent use.
type Prepared struct {
	data      *linked
	comparers sync.Pool // of *comparer
}

// Prepare makes records ready, such as those of a block or of a partition. Their
// values are in the order of Weights.Columns, "" where missing; each has as many as
// there are columns. Preparing takes much longer than scoring, and least for each
// record where there are many.
func (s *Scorer) Prepare(rows ...[]string) (*Prepared, error) {
	db, err := s.load(rows)
	if err != nil {
		return nil, err
	}
	own := *s.scorer
	own.db = db
	d := &linked{db: db, kinds: &kinds{db: db, names: s.keys}, scorer: &own, rules: &rules{db: db}, limits: s.limits}
	return &Prepared{data: d, comparers: sync.Pool{New: func() any { return newComparer(db) }}}, nil
}

// Weigh is what two of the records say, by their places in Prepare. Two that are
// equal in every column, and hold enough to be one contact, are the same, but where
// lists were linked. It panics when a or b is not the place of a record, as an index does.
func (p *Prepared) Weigh(a, b int) Weight {
	x, y := int32(min(a, b)), int32(max(a, b))
	if w, _ := p.data.rules.verdict(x, y); w != 0 {
		return w
	}
	c := p.comparers.Get().(*comparer)
	defer p.comparers.Put(c)
	return p.data.weight(c, c.compare(x, y), x, y)
}

// Explain says why two of the records are the same, or are not. It panics when a or
// b is not the place of a record, as an index does.
func (p *Prepared) Explain(a, b int) Explanation {
	c := p.comparers.Get().(*comparer)
	defer p.comparers.Put(c)
	return p.data.explainBy(c, int32(min(a, b)), int32(max(a, b)))
}

// BlockKeys returns the block keys of a record, of the kinds that the run chose: two
// records that share one are worth comparing. Keys of very many records, such as a
// postcode, are for the engine to leave out.
func (p *Prepared) BlockKeys(i int) []uint64 {
	var out []uint64
	for k, kind := range p.data.kinds.all() {
		if h := kind.of(int32(i)); h != 0 {
			out = append(out, mix2(h, uint64(k)+1))
		}
	}
	return out
}

// Score says why two records are the same, or are not. It prepares them, so that
// Prepare is the faster way for records that are compared more than once. The only
// error is about records that the weights are not for.
func (s *Scorer) Score(a, b []string) (Explanation, error) {
	p, err := s.Prepare(a, b)
	if err != nil {
		return Explanation{}, err
	}
	return p.Explain(0, 1), nil
}

// BlockKeys returns the block keys of a record, as Prepared.BlockKeys does.
func (s *Scorer) BlockKeys(record []string) ([]uint64, error) {
	p, err := s.Prepare(record)
	if err != nil {
		return nil, err
	}
	return p.BlockKeys(0), nil
}
