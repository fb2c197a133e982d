package linkage

import (
	"fmt"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// twinsMax is how many records that are equal in every column are compared with
// others. They teach how often one contact agrees with itself; more of them
// would cost without end.
const twinsMax = 8

// findTwins finds records that are equal in every compared column and hold
// enough to be one contact. All but the first few of them are left out of what
// follows, so that a row that is there a million times costs what a few do.
func (db *records) findTwins() {
	if db.links && !db.open {
		return
	}
	order := db.byContent()
	kept := make([]uint32, 0, db.n)
	columns := db.contents()
	first, same := uint32(0), 0
	for k, i := range order {
		if k == 0 || db.hash[i] != db.hash[first] || db.barred(i, first) || !db.sure(i) || !equalIn(columns, i, first) {
			kept = append(kept, i)
			first, same = i, 1
			continue
		}
		if db.twin == nil {
			db.twin = make([]uint32, db.n)
			for j := range db.twin {
				db.twin[j] = uint32(j)
			}
		}
		db.twin[i] = first
		if same++; same <= twinsMax {
			kept = append(kept, i)
		}
	}
	db.order = kept
	if left := db.n - len(kept); left > 0 {
		db.noteTwins(left)
	}
}

func (db *records) noteTwins(left int) {
	db.notes = append(db.notes, fmt.Sprintf("%s not compared: more than %d others are equal to each in every column, and are one with it", diag.Plural(left, "record was", "records were"), twinsMax-1))
}

// sure reports whether a record has a whole name, or that of an organisation,
// and something that few people share.
func (db *records) sure(i uint32) bool {
	named := db.named(int32(i)) || db.firm.on() && db.firm.ids[i] != 0
	if !named {
		return false
	}
	for _, c := range db.emails {
		if id := c.ids[i]; id != 0 && (!db.mails[id].role || db.isFirm[i]) {
			return true
		}
	}
	for _, c := range db.phones {
		if c.ids[i] != 0 {
			return true
		}
	}
	for k := range db.extras { // by place: their sketches may be made meanwhile
		if x := &db.extras[k]; x.kind == Identifier && x.col.ids[i] != 0 {
			return true
		}
	}
	return db.date.on() && db.date.ids[i] != 0 || db.street.on() && db.street.ids[i] != 0
}

func equalIn(columns []namedColumn, a, b uint32) bool {
	for _, c := range columns {
		if c.col.ids[a] != c.col.ids[b] {
			return false
		}
	}
	return true
}

// twins reports whether two records are equal in every column.
func (db *records) twins(a, b int32) bool { return db.twin != nil && db.twin[a] == db.twin[b] }

// distinct is the number of records that are compared.
func (db *records) distinct() int {
	return len(db.byContent())
}
