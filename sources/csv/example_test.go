package csv_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/reconkit/reconkit/sources/csv"
)

func ExampleSource() {
	people := "id;name;city\n1;Anna;Köln\n2;\"Ben;Bonn\n3;\"Meyer; Sons\";Kiel\n"
	source, err := csv.New(csv.Config{Path: "-", Stdin: strings.NewReader(people)})
	if err != nil {
		fmt.Println(err)
		return
	}
	for batch, err := range source.Read(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		names := batch.ColumnOf("name")
		for i := range batch.Len() {
			fmt.Printf("%s: %s\n", batch.Origin(i), names.Str(i))
		}
		for _, reject := range batch.Rejects() {
			fmt.Println(reject.Finding)
		}
	}
	// Output:
	// standard input:2: Anna
	// standard input:4: Meyer; Sons
	// standard input:3: the quote that opens on line 3 does not close; close the quote, or write it twice inside a quoted cell where it belongs to the text
}
