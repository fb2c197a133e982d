package linkage

import (
	"context"
	"fmt"

	"github.com/reconkit/reconkit/pipeline"
)

// Scorer compares single records by pinned weights, for an engine that holds
// the records itself, on many machines. It knows no frequencies of values but
// which names and dates were common, so that its scores differ a little from
// those of a run. It is immutable and safe for concurrent use.
type Scorer struct {
	columns []Column
	weights *Weights
	schema  *pipeline.Schema
	common  [fieldsMax]map[string]bool
}

// NewScorer makes a scorer of weights that a run has learned.
func NewScorer(w *Weights) (*Scorer, error) {
	if w == nil {
		return nil, fmt.Errorf("scoring needs the weights of a run")
	}
	if err := checkColumns(w.Columns); err != nil {
		return nil, err
	}
	if err := w.check(w.Columns); err != nil {
		return nil, err
	}
	fields := make([]pipeline.Field, len(w.Columns))
	for i, c := range w.Columns {
		fields[i] = pipeline.Field{Name: c.Name, Type: pipeline.String}
	}
	schema, err := pipeline.NewSchema(fields...)
	if err != nil {
		return nil, err
	}
	s := &Scorer{columns: w.Columns, weights: w, schema: schema}
	for _, c := range w.Common {
		for f, name := range fieldNames {
			if name == c.Field && name != "" {
				s.common[f] = map[string]bool{}
				for _, v := range c.Values {
					s.common[f][v] = true
				}
			}
		}
	}
	return s, nil
}

// load reads a few records; their values are in the order of Weights.Columns,
// "" where missing.
func (s *Scorer) load(rows ...[]string) (*records, error) {
	columns := make([]*pipeline.Column, len(s.columns))
	for i := range columns {
		b := pipeline.NewColumnBuilder(pipeline.String, len(rows))
		for _, row := range rows {
			if len(row) != len(s.columns) {
				return nil, fmt.Errorf("a record has %d values; the weights are for %d columns", len(row), len(s.columns))
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
	db, err := load(r, Input{}, 1)
	if err != nil {
		return nil, err
	}
	db.common = &s.common
	return db, nil
}

// Score says why two records are the same, or are not. The only error is a
// wrong number of values.
func (s *Scorer) Score(a, b []string) (Explanation, error) {
	db, err := s.load(a, b)
	if err != nil {
		return Explanation{}, err
	}
	m := s.weights.pinned(db)
	m.share = s.weights.Share
	d := &linked{db: db, kinds: newKinds(db, newParts(db).keys(db)), scorer: newScorer(db, m), rules: &rules{db: db}}
	return d.explain(0, 1), nil
}

// BlockKeys returns the block keys of a record: two records that share one are
// worth comparing. There are up to some forty. Keys of very many records, such
// as a postcode, are for the engine to leave out.
func (s *Scorer) BlockKeys(record []string) ([]uint64, error) {
	db, err := s.load(record)
	if err != nil {
		return nil, err
	}
	var out []uint64
	for i, k := range newParts(db).keys(db) {
		if h := k.of(0); h != 0 {
			out = append(out, mix2(h, uint64(i)+1))
		}
	}
	return out, nil
}
