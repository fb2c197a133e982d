package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/reconkit/reconkit/dedupe/measure"
	"github.com/reconkit/reconkit/pipeline"
)

// clusterColumns are the names of a column that says a contact or a cluster.
var clusterColumns = []string{"cluster_id", "cluster", "entity_id", "entity"}

// truthOf reads which rows are one contact.
func (a *app) truthOf(ctx context.Context, rows *matchRows, f matchEvalFlags) (*measure.Truth, error) {
	left := 0
	if f.link {
		left = rows.count(0)
	}
	if f.truthColumn != "" {
		return measure.FromClusters(rows.labels(f.truthColumn), left)
	}
	t, err := a.readMatchFile(ctx, f.truth, textForm{})
	if err != nil {
		return nil, fmt.Errorf("--truth: %w", err)
	}
	if slices.ContainsFunc(clusterColumns, func(n string) bool { return t.Schema().Index(n) >= 0 }) {
		labels, err := rows.labelsIn(t, f.truth, "--truth")
		if err != nil {
			return nil, err
		}
		return measure.FromClusters(labels, left)
	}
	pairs, err := rows.pairsIn(t, f.truth)
	if err != nil {
		return nil, err
	}
	truth, err := measure.FromPairs(rows.table.Len(), left, pairs)
	if err != nil {
		return nil, fmt.Errorf("--truth %s: %w", f.truth, err)
	}
	return truth, nil
}

// count counts the rows of a file.
func (r *matchRows) count(file int) int {
	n := 0
	for _, k := range r.fileOf {
		if int(k) == file {
			n++
		}
	}
	return n
}

// labels numbers the values of a column; a row without a value is a contact of
// its own.
func (r *matchRows) labels(column string) []int32 {
	values := make([]string, r.table.Len())
	for i := range values {
		values[i] = r.text(int32(i), column)
	}
	return alone(values)
}

// alone numbers labels; each empty one is one of its own.
func alone(values []string) []int32 {
	type label struct {
		text string
		row  int
	}
	all := make([]label, len(values))
	for i, v := range values {
		all[i].text = v
		if v == "" {
			all[i].row = i + 1
		}
	}
	return measure.Relabel(all)
}

// labelsOf reads the cluster of each row from a file.
func (a *app) labelsOf(ctx context.Context, rows *matchRows, path, flag string) ([]int32, error) {
	t, err := a.readMatchFile(ctx, path, textForm{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	return rows.labelsIn(t, path, flag)
}

// labelsIn takes the cluster of each row from a table with ids or lines.
func (r *matchRows) labelsIn(t *pipeline.Table, path, flag string) ([]int32, error) {
	cluster := -1
	for _, n := range clusterColumns {
		if cluster = t.Schema().Index(n); cluster >= 0 {
			break
		}
	}
	if cluster < 0 {
		return nil, fmt.Errorf("%s: %w", flag, noColumn(path, clusterColumns[0], t.Schema()))
	}
	finder, err := r.finderFor(t.Schema(), path, flag)
	if err != nil {
		return nil, err
	}
	values, seen := make([]string, r.table.Len()), make([]bool, r.table.Len())
	for i := range t.Len() {
		rec := t.Record(i)
		row, err := finder(rec)
		if err != nil {
			return nil, fmt.Errorf("%s %s:%d: %w", flag, path, rec.Origin().Row, err)
		}
		if seen[row] {
			return nil, fmt.Errorf("%s %s:%d: the row %s is there twice", flag, path, rec.Origin().Row, shown(r.name(row)))
		}
		seen[row], values[row] = true, rec.Value(cluster).String()
	}
	if missing := slices.Index(seen, false); missing >= 0 {
		return nil, fmt.Errorf("%s %s: the row %s is missing; each row must be there", flag, path, shown(r.name(int32(missing))))
	}
	return alone(values), nil
}

// finderFor finds out how a table names rows: by the column file, where there
// are two files, and by their ids or lines.
func (r *matchRows) finderFor(schema *pipeline.Schema, path, flag string) (func(pipeline.Record) (int32, error), error) {
	file, id, line := schema.Index("file"), schema.Index(r.id), schema.Index("row")
	if id < 0 {
		id = schema.Index(matchIDDefault)
	}
	switch {
	case len(r.files) == 2 && file < 0:
		return nil, fmt.Errorf("%s: %w", flag, noColumn(path, "file", schema))
	case (id < 0 || r.id == "") && line < 0:
		return nil, fmt.Errorf("%s: %w", flag, noColumn(path, matchIDDefault, schema))
	}
	return func(rec pipeline.Record) (int32, error) {
		k := 0
		if len(r.files) == 2 {
			name := rec.Value(file).String()
			if k = slices.Index(r.files, name); k < 0 {
				return 0, fmt.Errorf("there is no file %q", shown(name))
			}
		}
		if id >= 0 && r.id != "" {
			return r.ofID(k, rec.Value(id).String())
		}
		var n int
		if _, err := fmt.Sscan(rec.Value(line).String(), &n); err != nil {
			return 0, fmt.Errorf("%q is no line", shown(rec.Value(line).String()))
		}
		return r.ofLine(k, n)
	}, nil
}

// pairsIn takes true pairs from the two columns of a table. In a link set the
// first is of the first file and the second of the other.
func (r *matchRows) pairsIn(t *pipeline.Table, path string) ([]measure.Pair, error) {
	if t.Schema().Len() != 2 {
		return nil, fmt.Errorf("--truth %s: it has %d columns; it needs two of ids, a pair in each line, or a column of ids and one called %s", path, t.Schema().Len(), clusterColumns[0])
	}
	pairs := make([]measure.Pair, 0, t.Len())
	for i := range t.Len() {
		rec := t.Record(i)
		x, err := r.ofID(0, rec.Value(0).String())
		if err == nil {
			var y int32
			if y, err = r.ofID(len(r.files)-1, rec.Value(1).String()); err == nil {
				pairs = append(pairs, measure.Pair{A: x, B: y})
				continue
			}
		}
		return nil, fmt.Errorf("--truth %s:%d: %w", path, rec.Origin().Row, err)
	}
	return pairs, nil
}
