package linkage

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// Records that were extended hold what records that were loaded together hold:
// whatever is kept for each record or value is kept for the added ones, too.
func TestExtendedRecordsAreWhole(t *testing.T) {
	kinds := []Kind{PersonName, GivenName, FamilyName, Email, Phone, Company, Date, Street, HouseNumber, City, Postcode, Identifier, Text}
	var columns []Column
	var fields []pipeline.Field
	for _, k := range kinds {
		columns = append(columns, Column{Name: k.String(), Kind: k})
		fields = append(fields, pipeline.Field{Name: k.String(), Type: pipeline.String})
	}
	schema := pipeline.MustSchema(fields...)
	const from, n = 1300, 1400
	builders := make([]*pipeline.ColumnBuilder, len(kinds))
	for c := range builders {
		builders[c] = pipeline.NewColumnBuilder(pipeline.String, n)
	}
	for i := range n {
		x := fmt.Sprint(rune('a'+i%26), rune('a'+i/26%26))
		name := fmt.Sprintf("%c%c%cla", 'a'+i%23, 'e'+i%5, 'a'+i/23%19)
		row := []string{"", name, name + "son", fmt.Sprintf("%s@host%d.example", name, i%90), fmt.Sprintf("030 55%05d", i%1350*7), fmt.Sprintf("%s Bau %d GmbH", name, i%40),
			fmt.Sprintf("1970-%02d-%02d", 1+i%12, 1+i%28), name + "weg", fmt.Sprint(i % 70), "Ort" + name, fmt.Sprintf("%05d", 10000+i), fmt.Sprint("N", i), x}
		if i%9 == 0 {
			row[0], row[1], row[2] = name+" "+name+"er", "", ""
		}
		if i%11 == 0 {
			row[1], row[2] = "", ""
		}
		for c, text := range row {
			builders[c].AppendString(text)
		}
	}
	filled := make([]*pipeline.Column, len(builders))
	for c, b := range builders {
		filled[c] = b.Finish()
	}
	batch, err := pipeline.NewBatch(pipeline.BatchData{Schema: schema, Len: n, Columns: filled})
	if err != nil {
		t.Fatal(err)
	}
	whole, part := pipeline.NewTable(schema), pipeline.NewTable(schema)
	whole.Append(batch)
	part.Append(batch.Take(rowsFrom(0, from)))
	l, err := New(Config{Columns: columns, Never: []string{"identifier"}})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	first, err := l.Run(ctx, Input{Records: part})
	if err != nil {
		t.Fatal(err)
	}
	updated, err := l.Update(ctx, first, Input{Records: whole})
	if err != nil {
		t.Fatal(err)
	}
	if why := updated.Report.Update.StartedOver; why != "" {
		t.Fatalf("started over: %s", why)
	}
	scratch, err := l.Run(ctx, Input{Records: whole})
	if err != nil {
		t.Fatal(err)
	}
	sizes(t, "records", reflect.ValueOf(*updated.data.db), reflect.ValueOf(*scratch.data.db))
	if !slices.Equal(updated.data.db.hash, scratch.data.db.hash) || !slices.Equal(updated.data.db.order, scratch.data.db.order) {
		t.Error("the records have other hashes, or another order")
	}
	if !slices.Equal(printed(updated.data.db.phoneUsers), printed(scratch.data.db.phoneUsers)) || !slices.Equal(printed(updated.data.db.mailUsers), printed(scratch.data.db.mailUsers)) {
		t.Error("phones or mailboxes are used by others")
	}
	if got, want := updated.Report.Columns, scratch.Report.Columns; !slices.Equal(got, want) {
		t.Errorf("columns are reported as %+v, want %+v", got, want)
	}
}

// printed writes users out; those of values that one record has are nil.
func printed(all []*users) (list []string) {
	for _, u := range all {
		list = append(list, fmt.Sprint(u))
	}
	return list
}

// sizes compares the lengths of all lists of two values; those of hash tables and
// of stored texts depend on how they grew.
func sizes(t *testing.T, name string, got, want reflect.Value) {
	t.Helper()
	switch got.Kind() {
	case reflect.Pointer:
		if got.IsNil() != want.IsNil() {
			t.Errorf("%s: one is nil", name)
		} else if !got.IsNil() {
			sizes(t, name, got.Elem(), want.Elem())
		}
	case reflect.Struct:
		for i := range got.NumField() {
			if got.Type() == reflect.TypeFor[texts]() && got.Type().Field(i).Name != "at" {
				continue
			}
			sizes(t, name+"."+got.Type().Field(i).Name, got.Field(i), want.Field(i))
		}
	case reflect.Slice:
		if got.Len() != want.Len() && !strings.HasSuffix(name, ".slots") {
			t.Errorf("%s has %d entries, want %d", name, got.Len(), want.Len())
			return
		}
		if got.Type().Elem().Kind() == reflect.Struct && got.Len() < fieldsMax { // columns, not values
			for i := range got.Len() {
				sizes(t, fmt.Sprintf("%s[%d]", name, i), got.Index(i), want.Index(i))
			}
		}
	}
}
