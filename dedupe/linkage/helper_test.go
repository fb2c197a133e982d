package linkage_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
	"github.com/reconkit/reconkit/pipeline"
)

// people are the columns of most tests.
var people = []linkage.Column{
	{Name: "given", Kind: linkage.GivenName}, {Name: "family", Kind: linkage.FamilyName}, {Name: "email", Kind: linkage.Email},
	{Name: "phone", Kind: linkage.Phone}, {Name: "company", Kind: linkage.Company}, {Name: "street", Kind: linkage.Street},
	{Name: "city", Kind: linkage.City}, {Name: "postcode", Kind: linkage.Postcode}, {Name: "number", Kind: linkage.Identifier},
}

// tableOf makes a table of text; "" is null.
func tableOf(t testing.TB, columns []linkage.Column, rows [][]string) *pipeline.Table {
	t.Helper()
	fields := make([]pipeline.Field, len(columns))
	builders := make([]*pipeline.ColumnBuilder, len(columns))
	for i, c := range columns {
		fields[i] = pipeline.Field{Name: c.Name, Type: pipeline.String}
		builders[i] = pipeline.NewColumnBuilder(pipeline.String, len(rows))
	}
	for _, row := range rows {
		for i, b := range builders {
			if i >= len(row) || row[i] == "" {
				b.AppendNull()
			} else {
				b.AppendString(row[i])
			}
		}
	}
	filled := make([]*pipeline.Column, len(builders))
	for i, b := range builders {
		filled[i] = b.Finish()
	}
	schema := pipeline.MustSchema(fields...)
	batch, err := pipeline.NewBatch(pipeline.BatchData{Schema: schema, Len: len(rows), Columns: filled})
	if err != nil {
		t.Fatal(err)
	}
	table := pipeline.NewTable(schema)
	table.Append(batch)
	return table
}

func run(t testing.TB, c linkage.Config, rows [][]string) *linkage.Result {
	t.Helper()
	return runLists(t, c, rows, nil)
}

func runLists(t testing.TB, c linkage.Config, rows [][]string, lists []uint8) *linkage.Result {
	t.Helper()
	if c.Columns == nil {
		c.Columns = people
	}
	l, err := linkage.New(c)
	if err != nil {
		t.Fatal(err)
	}
	r, err := l.Run(context.Background(), linkage.Input{Records: tableOf(t, c.Columns, rows), Lists: lists})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// pick takes one of some words by a number that is mixed first.
func pick(words []string, n int) string {
	h := uint64(n)*0x9e3779b97f4a7c15 + 1
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	return words[(h>>33)%uint64(len(words))]
}

var (
	givenNames  = []string{"Anna", "Bernd", "Clara", "David", "Elena", "Felix", "Greta", "Henrik", "Ines", "Jonas", "Karla", "Lukas", "Marta", "Niklas", "Olga", "Pavel", "Quirin", "Rosa", "Stefan", "Tilda", "Ulrich", "Vera", "Walter", "Xenia", "Yannick", "Zelda"}
	familyNames = []string{"Ahrens", "Bergmann", "Castellano", "Dombrowski", "Eichinger", "Fuhrmann", "Grabowski", "Hollander", "Ivanova", "Jankowski", "Kellermann", "Lindqvist", "Morgenstern", "Nowotny", "Oberhauser", "Petersen", "Quandt", "Rosenthal", "Sandoval", "Thorwald", "Umbreit", "Vandenberg", "Weidenfeld", "Xanthos", "Yilmaz", "Zimmerer"}
	streetNames = []string{"Ahornweg", "Birkenallee", "Clarastr.", "Dorfplatz", "Eichenweg", "Feldstr.", "Gartenweg", "Hafenstr.", "Inselweg", "Jahnstr.", "Kirchgasse", "Lindenstr.", "Marktplatz", "Nordring", "Ostring", "Parkweg"}
	cityNames   = []string{"Altdorf", "Bernau", "Celle", "Dorsten", "Erfurt", "Fulda", "Gotha", "Husum", "Itzehoe", "Jena"}
)

// crowd makes some hundred people, every third of whom is there twice, the
// second time with a slip or a gap; truth numbers the people.
func crowd(n int) (rows [][]string, truth []int) {
	for i := 0; len(rows) < n; i++ {
		given, family := pick(givenNames, i), pick(familyNames, 7*i+1)
		c := i * 17 % 100
		row := []string{given, family, fmt.Sprintf("%s.%s%d@mail%d.example", given, family, i%89, i%7), fmt.Sprintf("+49 30 %07d", 1000003*i%9999991),
			"", fmt.Sprintf("%s %d", pick(streetNames, 3*i), 1+i%120), cityNames[c/10], fmt.Sprintf("%05d", 10000+131*c), ""}
		rows, truth = append(rows, row), append(truth, i)
		if i%3 != 0 {
			continue
		}
		again := slices.Clone(row)
		switch i / 3 % 4 {
		case 0:
			again[2], again[1] = "", again[1][:2]+again[1][3:]
		case 1:
			again[3] = ""
		case 2:
			again[0], again[5] = again[0][:1]+".", ""
		default:
			again[2] = ""
		}
		rows, truth = append(rows, again), append(truth, i)
	}
	return rows[:n], truth[:n]
}
