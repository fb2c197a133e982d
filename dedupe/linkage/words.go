package linkage

import (
	"cmp"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/dedupe/similar"
)

// Series need no numbers: Kita Igel, Kita Eule and Kita Fuchs are three in one house
// with one phone and one mailbox. What tells them from one company whose name is
// written in several ways is the list: several companies of one place have names
// that are the same but for one word, and these words are no slips for each other.
// So what is the same of such names, with the place of the word in them, is known as
// the stem of a series, and two names of a stem are a question at most.

const (
	wordsMin    = 3   // names of one stem at one place that make a series
	wordsSlip   = .85 // Jaro-Winkler similarity from which two words may be slips for each other
	wordsField  = "series of names"
	wordsWhy    = "they differ in one word, as the members of a series in the list do: a question at most"
	codesMin    = 24  // names of one stem at one place from which on words may be codes, such as JQA and JQB, of which slips are others
	gapsMax     = 256 // names of one stem and place that are looked at
	stemWordMin = 2   // words of a name with a stem
)

// gap is one word of a company's name, and the hash of the rest at a place.
type gap struct {
	stem, at uint64 // of the rest; of that and the place
	word     uint32 // in tokens
}

// findStems finds the stems of the series of companies.
func (db *records) findStems() {
	db.stems = nil
	if !db.firm.on() {
		return
	}
	places := []func(i int) uint64{}
	if db.street.on() {
		places = append(places, db.placeOf)
	}
	if len(db.phones) > 0 {
		places = append(places, func(i int) uint64 { return hashOf(&db.phones[0], i) })
	}
	if len(db.emails) > 0 {
		places = append(places, func(i int) uint64 { return hashOf(&db.emails[0], i) })
	}
	for _, place := range places {
		db.findStemsAt(place)
	}
}

func hashOf(c *column, i int) uint64 { return c.values.hashes[c.ids[i]] }

// placeOf is a hash of the line of a record's address, with what is known of the town.
func (db *records) placeOf(i int) uint64 {
	line := hashOf(&db.street, i)
	if line == 0 {
		return 0
	}
	for _, c := range []*column{&db.postcode, &db.city} {
		if c.on() {
			line = mix2(line, hashOf(c, i))
		}
	}
	return line
}

// findStemsAt adds the stems of series of which the companies are at one place: the
// same address, phone or mailbox.
func (db *records) findStemsAt(place func(i int) uint64) {
	var named []uint64 // upper half of the place, company
	for i, firm := range db.isFirm {
		if !firm || len(db.firms[db.firm.ids[i]].tokens) < stemWordMin {
			continue
		}
		if p := place(i); p != 0 {
			named = append(named, p>>32<<32|uint64(db.firm.ids[i]))
		}
	}
	new(sortSpace).sort(named, 0, 64)
	named = slices.Compact(named)
	var all []gap
	for from := 0; from < len(named); {
		to := from + 1
		for to < len(named) && named[to]>>32 == named[from]>>32 {
			to++
		}
		if to-from >= wordsMin {
			all = db.appendGaps(all[:0], named[from:to])
			db.addStems(all)
		}
		from = to
	}
}

// appendGaps appends each word of some companies of a place.
func (db *records) appendGaps(all []gap, named []uint64) []gap {
	for _, x := range named {
		tokens := db.firms[uint32(x)].tokens
		for k, t := range tokens[:min(len(tokens), firmTokensMax)] {
			stem := db.stemOf(tokens, k)
			all = append(all, gap{stem: stem, at: mix2(stem, x>>32), word: t})
		}
	}
	slices.SortFunc(all, func(a, b gap) int {
		return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(db.tokens[a.word].text.String(), db.tokens[b.word].text.String()))
	})
	return all
}

// stemOf is a hash of the words of a name without the k-th, and of its place.
func (db *records) stemOf(tokens []uint32, k int) uint64 {
	stem := uint64(k + 1)
	for i, t := range tokens {
		if i != k {
			stem = mix2(stem, hashText(db.tokens[t].text.String()))
		}
	}
	return stem
}

// addStems adds the stems of gaps in order that have enough words which are no
// slips for each other.
func (db *records) addStems(all []gap) {
	var apart [wordsMin]uint32
	for from := 0; from < len(all); {
		n, to := 0, from
		for ; to < len(all) && all[to].at == all[from].at; to++ {
			if n == wordsMin || to-from >= gapsMax {
				continue
			}
			if !slices.ContainsFunc(apart[:n], func(w uint32) bool { return !db.wordsApart(w, all[to].word) }) {
				apart[n] = all[to].word
				n++
			}
		}
		if n == wordsMin {
			if db.stems == nil {
				db.stems = map[uint64]bool{}
			}
			stem := all[from].stem
			db.stems[stem] = db.stems[stem] || to-from >= codesMin
		}
		from = to
	}
}

// wordsApart reports whether two words are neither slips nor short forms of each other.
func (db *records) wordsApart(a, b uint32) bool {
	x, y := db.tokens[a].text.String(), db.tokens[b].text.String()
	return !strings.HasPrefix(x, y) && !strings.HasPrefix(y, x) && similar.JaroWinkler(x, y) < wordsSlip && !osaWithin(x, y, 1)
}

// seriesOf reports whether a stem is that of a series, and whether its words may be
// codes.
func (db *records) seriesOf(stem uint64) (codes, series bool) {
	if db.list != nil {
		n := db.list.stems.of(stem)
		return n > stemOfWords, n >= stemOfWords
	}
	codes, series = db.stems[stem]
	return codes, series
}

// otherWord finds where the names of two companies differ in one word alone, as the
// members of a series do, and no number agrees.
func (d *linked) otherWord(v vector, a, b int32) (limit, bool) {
	db, level := d.db, v.level(fieldFirm)
	if level == 0 || level == firmEqual || db.stems == nil && db.list == nil {
		return limit{}, false
	}
	x, y := db.firms[db.firm.ids[a]].tokens, db.firms[db.firm.ids[b]].tokens
	if len(x) != len(y) || len(x) > firmTokensMax || db.numberAgrees(v) {
		return limit{}, false
	}
	at := -1
	for k := range x {
		if x[k] != y[k] {
			if at >= 0 {
				return limit{}, false
			}
			at = k
		}
	}
	if at < 0 {
		return limit{}, false
	}
	if codes, series := db.seriesOf(db.stemOf(x, at)); !series || !codes && !db.wordsApart(x[at], y[at]) {
		return limit{}, false
	}
	words := members{db.tokens[x[at]].text.String(), db.tokens[y[at]].text.String(), d.limits.series}
	return limit{words, wordsField, wordsWhy}, true
}
