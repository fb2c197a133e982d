package linkage

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/reconkit/reconkit/dedupe/norm"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// Frequencies say how often values were found among the records that weights were
// learned from. Pinned with the weights they make that a pair of records which
// stay as they are keeps its score, however many others come and go. A value that
// they do not hold counts as found once.
//
// Values are kept as hashes. Who uses a phone or a mailbox is no frequency: a run
// looks at that in the records at hand, so that a switchboard is known as one as
// soon as it is. What is written down of it, and of whatever else the list as a
// whole tells, is for a Scorer, which has no list at hand.
type Frequencies struct {
	Records int                           `json:"records"` // that they are of
	Typical [fieldsMax][levelsMax]float64 `json:"typical"` // by exact level: how often its values are found, seen from one of them
	Names   nameTable                     `json:"names"`   // the same of whole names
	Mean    [2]float64                    `json:"mean"`    // of given and family names: the chance that two are equal
	Values  []ValueCounts                 `json:"values"`
	Dates   string                        `json:"dates,omitempty"`  // how dates are meant whose year is last: "day first" or "month first", if that is known
	Linked  bool                          `json:"linked,omitempty"` // the records were of several lists, of which equal ones need not be one contact
}

// ValueCounts are the values of a column that more than one record had: for each
// the upper six bytes of its hash, ascending, and how many as a varint.
type ValueCounts struct {
	Of     string `json:"of"`
	Counts []byte `json:"counts"`
}

// What is counted beside the values of columns.
const (
	countsOfNames   = "whole name"
	countsOfWords   = "word of a company"
	countsOfDomains = "domain that is anybody's"
)

// countsOf names the k-th column of its name.
func countsOf(name string, k int) string { return fmt.Sprintf("%s %d", name, k+1) }

// Pinned returns the weights with the frequencies of values, for Config.Weights
// of a run that is to score pairs as this one did, and for a Scorer.
func (r *Result) Pinned() *Weights {
	w := r.RunWeights()
	w.Frequencies.addAllUsers(r.data.db)
	return w
}

// RunWeights returns what Pinned does for runs alone: without who uses phones and
// mailboxes, which is more than half, and which runs find out for themselves.
func (r *Result) RunWeights() *Weights { return r.data.pinnedWeights(r.Weights) }

// Pinned returns the weights with the frequencies of values, for Config.Weights of
// a run that is to score pairs as this one did, as Result.RunWeights does: a Scorer
// needs more.
func (e *Evidence) Pinned() *Weights { return e.data.pinnedWeights(e.Weights) }

func (d *linked) pinnedWeights(w *Weights) *Weights {
	out := *w
	out.Frequencies = d.frequencies()
	return &out
}

// frequencies writes down what the scores of d stand on.
func (d *linked) frequencies() *Frequencies {
	db, s := d.db, d.scorer
	f := &Frequencies{Records: db.counted, Typical: s.typical, Names: s.full, Mean: s.avg, Linked: db.links}
	seen := map[string]int{}
	for _, c := range db.all() {
		f.add(countsOf(c.name, seen[c.name]), len(c.col.counts), func(id int) (uint64, int32) { return c.col.values.hashes[id], c.col.counts[id] })
		seen[c.name]++
	}
	if db.given.on() {
		f.add(countsOfNames, len(db.fullCounts), func(id int) (uint64, int32) { return db.fullHash(id), db.fullCounts[id] })
	}
	if db.firm.on() {
		counts := db.tokenCounts()
		f.add(countsOfWords, len(counts), func(id int) (uint64, int32) { return hashText(db.tokens[id].text.String()), counts[id] })
	}
	if db.domains != nil {
		f.add(countsOfDomains, len(db.freeDomain), func(id int) (uint64, int32) {
			if db.freeDomain[id] {
				return db.domains.hashes[id], 2
			}
			return 0, 0
		})
	}
	f.addFacts(db)
	return f
}

// fullHash is the hash of a whole name.
func (db *records) fullHash(id int) uint64 {
	k := db.fullKeys[id]
	return mix2(db.given.values.hashes[k>>32], db.given.values.hashes[uint32(k)])
}

// tokenCounts are the records of each word of companies, as their rarity has it.
func (db *records) tokenCounts() []int32 {
	counts := make([]int32, len(db.tokens))
	for id := 1; id < len(db.tokens); id++ {
		counts[id] = int32(db.counted)
		if idf := db.tokens[id].idf; idf > everywhere {
			counts[id] = int32(math.Round(float64(db.counted) / math.Exp(idf)))
		}
	}
	return counts
}

// hashBytes is how much of a hash is kept: of a million values one in some
// hundred million others is taken for one of them.
const hashBytes = 6

// counted is a value and what is written down of it, which is more than 1.
type counted struct {
	hash  uint64
	count int32
}

// add writes down the values, numbered from 1 on, that were found more than once.
func (f *Frequencies) add(of string, n int, value func(id int) (hash uint64, count int32)) {
	var list []counted
	for id := 1; id < n; id++ {
		if h, count := value(id); count > 1 {
			list = append(list, counted{h, count})
		}
	}
	f.write(of, list)
}

func (f *Frequencies) write(of string, list []counted) {
	list = inHashOrder(list)
	out := make([]byte, 0, len(list)*(hashBytes+1))
	var eight [8]byte
	for k, c := range list {
		if k > 0 && c.kept() == list[k-1].kept() {
			continue // as good as equal: the more frequent one counts
		}
		binary.BigEndian.PutUint64(eight[:], c.hash)
		out = append(out, eight[:hashBytes]...)
		out = binary.AppendUvarint(out, uint64(c.count))
	}
	f.Values = append(f.Values, ValueCounts{Of: of, Counts: out})
}

// kept is what is written down of the hash.
func (c *counted) kept() uint64 { return c.hash >> (64 - 8*hashBytes) }

// inHashOrder orders values by what is kept of their hashes, the more frequent one
// first where that is equal.
func inHashOrder(list []counted) []counted {
	order := make([]uint64, len(list))
	for i, c := range list {
		order[i] = c.hash>>32<<32 | uint64(i)
	}
	sortHigh(order)
	out := make([]counted, len(list))
	for k, i := range order {
		out[k] = list[uint32(i)]
	}
	for from, to := 0, 0; from < len(out); from = to {
		for to = from + 1; to < len(out) && order[from]>>32 == order[to]>>32; to++ {
		}
		slices.SortFunc(out[from:to], func(a, b counted) int {
			return cmp.Or(cmp.Compare(a.kept(), b.kept()), cmp.Compare(b.count, a.count))
		})
	}
	return out
}

// valueCounts finds counts by hash.
type valueCounts struct {
	hashes []uint64
	counts []int32
	starts []uint32 // by the upper bits of a hash: where these begin
	shift  int
}

// read takes counts apart that add wrote.
func (v *ValueCounts) read() (*valueCounts, error) {
	out := &valueCounts{}
	damaged := fmt.Errorf("the pinned frequencies of %s cannot be read: they are damaged", diag.Shorten(v.Of, 60))
	for b := v.Counts; len(b) > 0; {
		if len(b) <= hashBytes {
			return nil, damaged
		}
		var eight [8]byte
		copy(eight[8-hashBytes:], b)
		h := binary.BigEndian.Uint64(eight[:])
		n, size := binary.Uvarint(b[hashBytes:])
		if size <= 0 || n < 2 || n > RecordsMax || len(out.hashes) > 0 && h <= out.hashes[len(out.hashes)-1] {
			return nil, damaged
		}
		out.hashes, out.counts = append(out.hashes, h), append(out.counts, int32(n))
		b = b[hashBytes+size:]
	}
	width := max(1, bits.Len(uint(len(out.hashes))))
	out.shift = 8*hashBytes - width
	out.starts = make([]uint32, 1<<width+1)
	for _, h := range out.hashes {
		out.starts[h>>out.shift+1]++
	}
	for i := range out.starts[1:] {
		out.starts[i+1] += out.starts[i]
	}
	return out, nil
}

// of is how often the value with a hash was found.
func (v *valueCounts) of(hash uint64) int32 {
	h := hash >> (64 - 8*hashBytes)
	from, to := v.starts[h>>v.shift], v.starts[h>>v.shift+1]
	if at, found := slices.BinarySearch(v.hashes[from:to], h); found {
		return v.counts[int(from)+at]
	}
	return 1
}

// check refuses frequencies that are none.
func (f *Frequencies) check() error {
	if f.Records < 1 || f.Records > RecordsMax {
		return fmt.Errorf("the pinned frequencies do not say of how many records they are")
	}
	for _, list := range f.Typical {
		if err := checkChances("frequencies", list[:]); err != nil {
			return err
		}
	}
	if err := checkChances("names", f.Names[:]); err != nil {
		return err
	}
	for i, mean := range f.Mean {
		if !(mean >= 0 && mean <= 1) || f.Names != (nameTable{}) && !(f.Mean[i] > 0) {
			return fmt.Errorf("the pinned frequencies of names have the mean %v, which is none", mean)
		}
	}
	return nil
}

// pin makes the records count each value as often as f says, whatever they hold
// themselves.
func (db *records) pin(f *Frequencies) error {
	if f == nil {
		return nil
	}
	by, err := f.read()
	if err != nil {
		return err
	}
	db.pinCounts(f, by)
	return nil
}

// read takes all counts apart, by what they are of.
func (f *Frequencies) read() (map[string]*valueCounts, error) {
	by := map[string]*valueCounts{}
	for i := range f.Values {
		v, err := f.Values[i].read()
		if err != nil {
			return nil, err
		}
		by[f.Values[i].Of] = v
	}
	return by, nil
}

func (db *records) pinCounts(f *Frequencies, by map[string]*valueCounts) {
	db.often, db.counted = f, f.Records
	counts := func(of string, n int, hash func(id int) uint64) []int32 {
		out, v := make([]int32, n), by[of]
		for id := 1; id < n; id++ {
			if out[id] = 1; v != nil {
				out[id] = v.of(hash(id))
			}
		}
		return out
	}
	seen := map[string]int{}
	for _, c := range db.all() {
		hashes := c.col.values.hashes
		c.col.counts = counts(countsOf(c.name, seen[c.name]), c.col.values.len(), func(id int) uint64 { return hashes[id] })
		seen[c.name]++
	}
	if db.given.on() {
		db.fullCounts = counts(countsOfNames, len(db.fullCounts), db.fullHash)
	}
	if db.firm.on() {
		db.rare(counts(countsOfWords, len(db.tokens), func(id int) uint64 { return hashText(db.tokens[id].text.String()) }))
	}
	if db.domains != nil {
		anybodys := counts(countsOfDomains, len(db.freeDomain), func(id int) uint64 { return db.domains.hashes[id] })
		for id := 1; id < len(anybodys); id++ {
			db.freeDomain[id] = anybodys[id] > 1 || db.freeDomain[id] && norm.FreeMailHost(db.domains.text(uint32(id)))
		}
	}
}

// rare weighs the words of companies by how many records have them.
func (db *records) rare(counts []int32) {
	for id := 1; id < len(db.tokens); id++ {
		db.tokens[id].idf = idfOf(db.counted, float64(counts[id]))
	}
	for id := range db.firms {
		f := &db.firms[id]
		f.weight = 0
		for _, t := range f.tokens {
			f.weight += db.tokens[t].idf
		}
	}
}

// everywhere is how rare a word is at least, in nats: that of all records.
var everywhere = math.Log(1.01)

// idfOf is how rare a word is that some of the records have, in nats.
func idfOf(records int, count float64) float64 {
	return max(everywhere, math.Log(float64(records)/count))
}
