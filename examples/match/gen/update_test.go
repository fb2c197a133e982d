package main

import (
	"context"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/dedupe/linkage/linkagetest"
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
			differences, n := linkagetest.Differences(r, want)
			compared += n
			for _, d := range differences {
				t.Errorf("seed %d, %d records added: %s", seed, more, d)
			}
		}
	}
	if compared < 18_000 {
		t.Errorf("the reports excuse so much that only %d clusters of records were compared", compared)
	}
}
