package linkage

import (
	"fmt"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// A column that has one value wherever it has one tells no two records from others,
// nor for one: country in a list of one country. Weights that are shipped do not know
// that, and would count each such agreement.

// constantMin is how many records have the one value of a column, at least, for it to
// tell nothing. Of fewer it may be what connects them.
const constantMin = 10

// constant reports whether a column has one value alone.
func (c *column) constant() bool { return c.filled >= constantMin && c.values.len() == 2 }

// constants are the fields that tell nothing: countries, regions and other texts. A
// mailbox or a number in all records is shared, or says that there is none, and is
// looked at as such; one town or company has a part in other evidence.
func (db *records) constants() (fields []field) {
	for i := range db.extras {
		if x := &db.extras[i]; x.kind != Identifier && x.col.constant() {
			fields = append(fields, fieldExtra+field(i))
		}
	}
	return fields
}

// constantNotes says of which fields nothing is learned, for that reason.
func (db *records) constantNotes() (notes []string) {
	for _, f := range db.constants() {
		notes = append(notes, fmt.Sprintf("%s is the same in all records that have it; it tells nothing, and is not weighed", diag.Shorten(db.fieldName(f), 60)))
	}
	return notes
}
