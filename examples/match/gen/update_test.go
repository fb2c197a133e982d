package main

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline"
)

var contactColumns = []linkage.Column{
	{Name: "first_name", Kind: linkage.GivenName}, {Name: "last_name", Kind: linkage.FamilyName}, {Name: "email", Kind: linkage.Email},
	{Name: "phone", Kind: linkage.Phone}, {Name: "company", Kind: linkage.Company}, {Name: "street", Kind: linkage.Street},
	{Name: "city", Kind: linkage.City}, {Name: "postcode", Kind: linkage.Postcode}, {Name: "customer_no", Kind: linkage.Identifier},
}

// contacts makes a table of generated rows, whose first column is their id.
func contacts(t *testing.T, rows [][]string) linkage.Input {
	t.Helper()
	fields, columns := make([]pipeline.Field, len(contactColumns)), make([]*pipeline.Column, len(contactColumns))
	for i, c := range contactColumns {
		fields[i] = pipeline.Field{Name: c.Name, Type: pipeline.String}
		b := pipeline.NewColumnBuilder(pipeline.String, len(rows))
		for _, row := range rows {
			b.AppendString(row[i+1])
		}
		columns[i] = b.Finish()
	}
	schema := pipeline.MustSchema(fields...)
	batch, err := pipeline.NewBatch(pipeline.BatchData{Schema: schema, Len: len(rows), Columns: columns})
	if err != nil {
		t.Fatal(err)
	}
	table := pipeline.NewTable(schema)
	table.Append(batch)
	return linkage.Input{Records: table}
}

// excused are the records whose clusters a report names, and those that compete
// for them: whoever is with one of them in any of the results.
func excused(r *linkage.Result, results ...[]int32) []bool {
	out := make([]bool, len(r.Clusters))
	for _, d := range r.Report.Update.MayDiffer {
		for _, i := range d.Records {
			out[i] = true
		}
	}
	for again := true; again; {
		again = false
		for _, labels := range results {
			held := map[int32]bool{}
			for i, l := range labels {
				held[l] = held[l] || out[i]
			}
			for i, l := range labels {
				if held[l] && !out[i] {
					out[i], again = true, true
				}
			}
		}
	}
	return out
}

// Records that are added give the clusters of a run from scratch by the same
// weights, but for those that the report names: step by step, whatever the
// share that is added.
func TestAddingGivesWhatARunFromScratchGives(t *testing.T) {
	ctx := context.Background()
	compared := 0
	for seed := range 3 {
		_, all := made(t, 2600, 0.3, uint64(seed+1))
		never := [][]string{nil, {"customer_no"}, nil}[seed]
		same := [][]string{nil, nil, {"email"}}[seed]
		config := linkage.Config{Columns: contactColumns, Never: never, Same: same, Workers: 1 + seed}
		l, err := linkage.New(config)
		if err != nil {
			t.Fatal(err)
		}
		n := 1900
		r, err := l.Run(ctx, contacts(t, all[:n]))
		if err != nil {
			t.Fatal(err)
		}
		config.Weights = r.Pinned()
		scratch, err := linkage.New(config)
		if err != nil {
			t.Fatal(err)
		}
		for _, more := range []int{1, 20, 0, 600} {
			n += more
			if r, err = l.Update(ctx, r, contacts(t, all[:n])); err != nil {
				t.Fatal(err)
			}
			if why := r.Report.Update.StartedOver; why != "" {
				t.Fatalf("seed %d: adding %d of %d records started over: %s", seed, more, n, why)
			}
			want, err := scratch.Run(ctx, contacts(t, all[:n]))
			if err != nil {
				t.Fatal(err)
			}
			free := excused(r, r.Clusters, want.Clusters, r.Best, want.Best)
			for i := range n {
				if free[i] {
					continue
				}
				compared++
				if r.Clusters[i] != want.Clusters[i] || r.Best[i] != want.Best[i] {
					t.Errorf("seed %d, %d of %d records added: %v is with %d (best guess %d), from scratch with %d (%d)",
						seed, more, n, all[i], r.Clusters[i], r.Best[i], want.Clusters[i], want.Best[i])
				}
			}
			if diff := otherPairs(r, want, free); diff != "" {
				t.Errorf("seed %d, %d of %d records added: %s", seed, more, n, diff)
			}
			if len(r.Report.Update.MayDiffer) == 0 && !slices.Equal(r.Questions, want.Questions) {
				t.Errorf("seed %d, %d of %d records added: other questions than from scratch", seed, more, n)
			}
		}
	}
	if compared < 18_000 {
		t.Errorf("the reports excuse so much that only %d clusters of records were compared", compared)
	}
}

// otherPairs tells of a pair that only one of two results has, or with another
// score, leaving out those of some records.
func otherPairs(r, want *linkage.Result, free []bool) string {
	scores := map[[2]int32]linkage.Weight{}
	for p := range want.Pairs() {
		scores[[2]int32{p.A, p.B}] = p.Score
	}
	for p := range r.Pairs() {
		score, there := scores[[2]int32{p.A, p.B}]
		delete(scores, [2]int32{p.A, p.B})
		if (there && score != p.Score || !there) && !free[p.A] && !free[p.B] {
			return fmt.Sprintf("pair %d, %d scores %v, from scratch %v (%v)\n%+v\n%+v", p.A, p.B, p.Score, score, there, r.Explain(p.A, p.B), want.Explain(p.A, p.B))
		}
		if e := r.Explain(p.A, p.B); e.Sum != p.Score {
			return fmt.Sprintf("pair %d, %d scores %v and is explained by %v", p.A, p.B, p.Score, e.Sum)
		}
	}
	for p, score := range scores {
		if !free[p[0]] && !free[p[1]] {
			return fmt.Sprintf("pair %v, that scores %v from scratch, is missing", p, score)
		}
	}
	return ""
}
