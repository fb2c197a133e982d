package linkage

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// Weights is what was learned from some records: how often each level of
// agreement is seen among pairs of each class. They can be kept as JSON and
// pinned in Config.Weights, so that a later run weighs as this one did.
type Weights struct {
	Columns  []Column       `json:"columns"` // they were learned for
	Fields   []FieldWeights `json:"fields"`
	Share    [5]float64     `json:"share"`    // of all possible pairs: same, household, colleagues, branches, strangers
	Names    [4]float64     `json:"names"`    // of strangers whose given and family names are equal: both common, one, the other, none
	Marked   float64        `json:"marked"`   // share of two people of one household and given name of whom one is marked as junior or senior
	Possible float64        `json:"possible"` // pairs that there were
	Records  int            `json:"records"`
	Learned  bool           `json:"learned"`
	Keys     []string       `json:"keys,omitempty"`   // kinds of block key that were chosen; none: all pairs were compared
	Recall   float64        `json:"recall,omitempty"` // estimated share of the same pairs that these find

	// Frequencies are pinned with the weights; nil: those of the records at hand
	// count. Result.Pinned gives them. A Scorer needs them.
	Frequencies *Frequencies `json:"frequencies,omitempty"`
}

// FieldWeights is one compared field. The lists hold the probability of each
// level among pairs of a class where both sides have a value, by number of the
// level. Level 0 is the share of pairs of the class that lack a value, where that
// is evidence; else it is 0.
type FieldWeights struct {
	Field      string    `json:"field"`
	Levels     []string  `json:"levels"`
	Same       []float64 `json:"same"`
	Household  []float64 `json:"household"`
	Colleagues []float64 `json:"colleagues"`
	Branches   []float64 `json:"branches"`
	Strangers  []float64 `json:"strangers"`
}

func (f *FieldWeights) lists() [classes][]float64 {
	return [classes][]float64{f.Same, f.Household, f.Colleagues, f.Branches, f.Strangers}
}

// ErrOtherWeights says that weights are whole, and were learned for other columns
// or by a version that compares in another way.
var ErrOtherWeights = errors.New("the weights were learned for other columns or levels")

// misfitError is an ErrOtherWeights that says which.
type misfitError struct{ why string }

func (e *misfitError) Error() string        { return e.why }
func (e *misfitError) Is(target error) bool { return target == ErrOtherWeights }

// check refuses weights that were learned for other columns.
func (w *Weights) check(columns []Column) error {
	if !slices.Equal(w.Columns, columns) {
		return &misfitError{fmt.Sprintf("the pinned weights were learned for other columns (%d, now %d); learn them anew, or name the columns as then", len(w.Columns), len(columns))}
	}
	seen := map[string]bool{}
	for _, f := range w.Fields {
		if seen[f.Field] {
			return fmt.Errorf("the pinned weights hold %s twice", diag.Shorten(f.Field, 60))
		}
		seen[f.Field] = true
		for _, list := range f.lists() {
			if len(list) != len(f.Levels) || len(list) > levelsMax || len(list) < 2 {
				return fmt.Errorf("the pinned weights of %s have %d values for %d levels", diag.Shorten(f.Field, 60), len(list), len(f.Levels))
			}
			if err := checkChances(f.Field, list); err != nil {
				return err
			}
		}
		for _, list := range f.lists() {
			if all := sum(list[1:]); all > 1+sharesRounding || all < sharesRounding && sum(f.Strangers[1:]) > sharesRounding {
				return fmt.Errorf("the pinned weights of %s add up to %v: the file is damaged", diag.Shorten(f.Field, 60), all)
			}
		}
	}
	if w.Records < 1 || !(w.Possible >= 1) || w.Possible > max(1, float64(w.Records)*float64(w.Records-1)/2) {
		return fmt.Errorf("the pinned weights do not say how many records and pairs they were learned from")
	}
	if err := checkShares("classes", w.Share[:]); err != nil {
		return err
	}
	if w.Frequencies != nil {
		if err := w.Frequencies.check(); err != nil {
			return err
		}
	}
	return checkChances("names", append(w.Names[:], w.Marked))
}

// sharesRounding is by how much shares that were written down may add up to
// something else than 1.
const sharesRounding = 1e-3

// checkShares refuses what are no shares of a whole.
func checkShares(of string, list []float64) error {
	if err := checkChances(of, list); err != nil {
		return err
	}
	if all := sum(list); math.Abs(all-1) > sharesRounding {
		return fmt.Errorf("the pinned weights of %s add up to %v, not to 1: the file is damaged", diag.Shorten(of, 60), all)
	}
	return nil
}

func sum(list []float64) (all float64) {
	for _, p := range list {
		all += p
	}
	return all
}

// fits refuses weights that lack a field that the records are compared in, or
// know it by other levels.
func (w *Weights) fits(db *records) error {
	for f := range field(fieldsMax) {
		names := db.levelNames(f)
		if len(names) == 0 || !db.compares(f) {
			continue
		}
		at := slices.IndexFunc(w.Fields, func(x FieldWeights) bool { return x.Field == db.fieldName(f) })
		if at < 0 || !slices.Equal(w.Fields[at].Levels, names) {
			return &misfitError{fmt.Sprintf("the pinned weights do not hold the levels of %s as this version compares them; learn them anew", diag.Shorten(db.fieldName(f), 60))}
		}
	}
	return nil
}

func checkChances(of string, list []float64) error {
	for _, p := range list {
		if !(p >= 0 && p <= 1) {
			return fmt.Errorf("the pinned weights of %s hold %v, which is no probability", of, p)
		}
	}
	return nil
}

// exactNames are the places of equal names in a nameTable, as in Weights.Names.
var exactNames = [4]int{nameAt(nameCommon, nameCommon), nameAt(nameCommon, nameRare), nameAt(nameRare, nameCommon), nameAt(nameRare, nameRare)}

// weights writes a model down.
func (m *model) weights(columns []Column, db *records) *Weights {
	w := &Weights{Columns: slices.Clone(columns), Share: m.share, Marked: m.marked, Possible: m.possible, Records: db.n, Learned: m.learned}
	for i, at := range exactNames {
		w.Names[i] = m.strangerNames[at]
	}
	for f := range field(fieldsMax) {
		names := db.levelNames(f)
		if len(names) == 0 || !db.compares(f) {
			continue
		}
		cut := func(class int) []float64 { return slices.Clone(m.p[class][f][:len(names)]) }
		w.Fields = append(w.Fields, FieldWeights{db.fieldName(f), names, cut(same), cut(household), cut(colleagues), cut(branches), cut(strangers)})
	}
	return w
}

// compares reports whether the columns give a field its levels.
func (db *records) compares(f field) bool {
	switch f {
	case fieldGiven, fieldFamily:
		return db.given.on()
	case fieldFirm, fieldEmployer, fieldNature:
		return db.firm.on()
	case fieldDate:
		return db.date.on()
	case fieldEmail:
		return len(db.emails) > 0
	case fieldPhone:
		return len(db.phones) > 0
	case fieldAddress:
		return db.street.on() || db.postcode.on() || db.city.on()
	}
	return int(f-fieldExtra) < len(db.extras)
}

// pinned reads a model that was written down, for another number of records:
// the number of related pairs grows as the records do, not as all pairs. With
// frequencies it stays as it was learned.
func (w *Weights) pinned(db *records) *model {
	m := &model{possible: db.possible(), marked: w.Marked, learned: w.Learned}
	m.setLeaks(db)
	growth := float64(db.n) / float64(w.Records) * w.Possible / m.possible
	left := 1.0
	for k := range m.share[:strangers] {
		m.share[k] = min(w.Share[k]*growth, .2)
		left -= m.share[k]
	}
	m.share[strangers] = left
	if w.Frequencies != nil {
		m.share = w.Share
	}
	for i, at := range exactNames {
		m.strangerNames[at] = w.Names[i]
	}
	for f := range field(fieldsMax) {
		name := db.fieldName(f)
		for i := range w.Fields {
			if w.Fields[i].Field == name {
				for k, list := range w.Fields[i].lists() {
					copy(m.p[k][f][:], list)
				}
			}
		}
	}
	return m
}
