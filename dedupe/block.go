package dedupe

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// Limits of blocks.
const (
	blockPairsMax = 1500 // pairs of one block that are all weighed
	windowRecords = 8    // neighbours that a record of a degraded block is weighed with
	chunkEntries  = 4096 // entries of a block key that a goroutine takes at a time
	phoneTail     = 7    // digits
	postcodeHead  = 3    // characters
	localBytesMin = 4    // of an e-mail before the @
)

// blockKeys is the number of block keys of a record.
const blockKeys = 8

// keysOf returns the block keys of a record: hashes of text, 0 where there is
// nothing to make one of. Two records meet when one key is equal.
func (u *universe) keysOf(i int32, keys *[blockKeys]uint64) {
	*keys = [blockKeys]uint64{}
	first, last := uint64(u.sounds[u.first[i]]), uint64(u.sounds[u.last[i]])
	town := u.townOf(i)
	if first != 0 && last != 0 {
		keys[0] = mix(min(first, last), max(first, last))
	}
	if last != 0 && town != 0 {
		keys[1] = mix(last, town)
	}
	if u.phone[i] != 0 {
		number := u.tel.text[u.phone[i]]
		keys[2] = hashText(number[max(0, len(number)-phoneTail):])
	}
	if e := u.email[i]; e != 0 && !u.role[e] && len(u.words.text[u.local[e]]) >= localBytesMin {
		keys[3] = u.words.hash[u.local[e]]
	}
	if firm := u.firm[i]; firm != 0 {
		word, _, _ := strings.Cut(u.words.text[firm], " ")
		if last != 0 {
			keys[4] = mix(u.words.hash[firm], last)
		}
		if u.nature[i] != person {
			keys[5] = u.words.hash[firm]
			if town != 0 {
				keys[6] = mix(hashText(word), town)
			}
		}
	}
	if u.street[i] != 0 {
		initial := u.words.text[u.last[i]] + u.words.text[u.firm[i]]
		keys[7] = mix(mix(u.words.hash[u.street[i]], town), firstByte(initial))
	}
}

func firstByte(s string) uint64 {
	if s == "" {
		return 0
	}
	return uint64(s[0])
}

// townOf is a hash of the head of the postcode, or of the city.
func (u *universe) townOf(i int32) uint64 {
	if p := u.words.text[u.postcode[i]]; p != "" {
		return hashText(p[:min(len(p), postcodeHead)])
	}
	return u.words.hash[u.city[i]]
}

// secondKeys are what a block that is too large is split by: records of it
// meet when they also agree on one of these.
func (u *universe) secondKeys() [][]uint32 {
	return [][]uint32{u.phone, u.email, u.street, u.firm, u.postcode, u.first, u.city}
}

// entry is a record in a block.
type entry struct {
	key uint64
	i   int32
}

// meeting is the search for pairs that are alike.
type meeting struct {
	*run
	keys     [][blockKeys]uint64
	capped   []uint8         // by record: bit k is set when not all pairs with its key of kind k were weighed
	degraded map[uint64]bool // those keys of the present kind
}

// meet weighs the records that share a block key and have no answer yet. It
// adds to edges, asks and offers.
func (r *run) meet(ctx context.Context) error {
	m := &meeting{run: r, keys: make([][blockKeys]uint64, r.u.n), capped: make([]uint8, r.u.n)}
	for i := range m.keys {
		r.u.keysOf(int32(i), &m.keys[i])
	}
	for k := range blockKeys {
		entries := m.entries(k)
		if err := m.weighBlocks(ctx, k, entries); err != nil {
			return err
		}
		for _, e := range entries {
			if len(m.degraded) > 0 && m.degraded[e.key] {
				m.capped[e.i] |= 1 << k
			}
		}
	}
	return nil
}

// entries are the records with a key of kind k, sorted by key and then by
// content, without the blocks that hold no pair to weigh.
func (m *meeting) entries(k int) []entry {
	entries := make([]entry, 0, m.u.n/2)
	for i := range m.keys {
		if key := m.keys[i][k]; key != 0 {
			entries = append(entries, entry{key, int32(i)})
		}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if a.key != b.key {
			return cmp.Compare(a.key, b.key)
		}
		return cmp.Compare(m.u.rank[a.i], m.u.rank[b.i])
	})
	return entries
}

// weighBlocks gives runs of whole blocks to goroutines and joins what they
// found. The order does not matter: edges are sorted later.
func (m *meeting) weighBlocks(ctx context.Context, k int, entries []entry) error {
	m.degraded = map[uint64]bool{}
	var wait sync.WaitGroup
	var mutex sync.Mutex
	chunks := make(chan []entry)
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			f := finder{meeting: m, k: k}
			for chunk := range chunks {
				if ctx.Err() == nil {
					f.blocks(ctx, chunk)
				}
			}
			mutex.Lock()
			defer mutex.Unlock()
			m.collect(&f)
		})
	}
	for len(entries) > 0 {
		end := min(len(entries), chunkEntries)
		for end < len(entries) && entries[end].key == entries[end-1].key {
			end++
		}
		chunks <- entries[:end]
		entries = entries[end:]
	}
	close(chunks)
	wait.Wait()
	if len(m.degraded) > 0 {
		m.degradedNote(k)
	}
	return ctx.Err()
}

var blockNames = [blockKeys]string{"sound of the name", "last name and town", "phone", "e-mail before the @", "company and last name", "company", "company and town", "street and initial"}

func (m *meeting) degradedNote(k int) {
	m.notes.add(diag.Note, "blocks-capped", len(m.degraded),
		fmt.Sprintf("%d groups of records with an equal %s were too large to compare every pair: only records that also share a phone, e-mail, street, company, town or first name, or are next to each other in order, were compared", len(m.degraded), blockNames[k]),
		"rows that differ in more than that may stay apart")
}

func (m *meeting) collect(f *finder) {
	m.edges = append(m.edges, f.edges...)
	m.asks = append(m.asks, f.asks...)
	m.offers = append(m.offers, f.offers...)
	for _, key := range f.degraded {
		m.degraded[key] = true
	}
}

// finder is one goroutine's part of a meeting.
type finder struct {
	*meeting
	k        int
	edges    []edge
	asks     []edge
	offers   []offer
	degraded []uint64
	large    bool // the present block is too large to weigh every pair
	evidence evidence
	sub      []entry
}

func (f *finder) blocks(ctx context.Context, entries []entry) {
	for start := 0; start < len(entries) && ctx.Err() == nil; {
		end := start + 1
		for end < len(entries) && entries[end].key == entries[start].key {
			end++
		}
		f.block(ctx, entries[start:end])
		start = end
	}
}

// pairs is the number of pairs of a block that could be weighed: no two
// records of the target. Entries of a block are sorted, rows first.
func (f *finder) pairs(block []entry) int {
	rows, _ := slices.BinarySearchFunc(block, int32(f.u.rows), func(e entry, rows int32) int {
		return cmp.Compare(f.u.rank[e.i], rows)
	})
	return rows*(rows-1)/2 + rows*(len(block)-rows)
}

func (f *finder) block(ctx context.Context, block []entry) {
	pairs := f.pairs(block)
	f.large = pairs > blockPairsMax
	switch {
	case pairs == 0:
		return
	case pairs <= blockPairsMax:
		f.all(block)
		return
	}
	f.degraded = append(f.degraded, block[0].key)
	for _, column := range f.u.secondKeys() {
		if ctx.Err() != nil {
			return
		}
		f.split(block, column)
	}
	f.window(block)
}

// all weighs every pair of a block.
func (f *finder) all(block []entry) {
	for x := range block {
		if int(block[x].i) >= f.u.rows {
			return
		}
		for y := x + 1; y < len(block); y++ {
			f.pair(block[x].i, block[y].i)
		}
	}
}

// split weighs the records of a large block that also agree on a column. A
// part that is still too large gets a window; one that is the whole block
// gets it from the block.
func (f *finder) split(block []entry, column []uint32) {
	f.sub = f.sub[:0]
	for _, e := range block {
		if v := column[e.i]; v != 0 {
			f.sub = append(f.sub, entry{uint64(v), e.i})
		}
	}
	slices.SortFunc(f.sub, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(f.u.rank[a.i], f.u.rank[b.i]))
	})
	for start := 0; start < len(f.sub); {
		end := start + 1
		for end < len(f.sub) && f.sub[end].key == f.sub[start].key {
			end++
		}
		if part := f.sub[start:end]; f.pairs(part) <= blockPairsMax {
			f.all(part)
		} else if len(part) < len(block) {
			f.window(part)
		}
		start = end
	}
}

// window weighs each record with its neighbours in the order of names,
// streets and companies.
func (f *finder) window(block []entry) {
	u := f.u
	sorted := slices.Clone(block)
	slices.SortFunc(sorted, func(a, b entry) int {
		for _, column := range [4][]uint32{u.last, u.first, u.street, u.firm} {
			if x, y := column[a.i], column[b.i]; x != y {
				return cmp.Compare(u.words.text[x], u.words.text[y])
			}
		}
		return cmp.Compare(u.rank[a.i], u.rank[b.i])
	})
	for x := range sorted {
		for y := x + 1; y < len(sorted) && y <= x+windowRecords; y++ {
			f.pair(sorted[x].i, sorted[y].i)
		}
	}
}

// met reports whether two records were weighed under an earlier kind of key.
// A large block does not make all its pairs meet; but two large blocks are
// split alike, so that a pair has its chance once.
func (f *finder) met(a, b int32) bool {
	for k := range f.k {
		if f.keys[a][k] != 0 && f.keys[a][k] == f.keys[b][k] && (f.large || f.capped[a]&(1<<k) == 0) {
			return true
		}
	}
	return false
}

// pair weighs two records, unless the answer is known.
func (f *finder) pair(a, b int32) {
	u := f.u
	if u.rank[a] > u.rank[b] {
		a, b = b, a
	}
	if int(a) >= u.rows {
		return
	}
	toTarget := int(b) >= u.rows
	ra := f.groups.root(a)
	switch {
	case toTarget && f.settled[ra], !toTarget && ra == f.groups.root(b):
		return
	}
	if f.met(a, b) {
		return
	}
	if f.claims.conflict(f.claim[a], f.claim[b]) || f.apart(a, b) {
		return
	}
	f.judge.weigh(a, b, &f.evidence)
	weight := f.evidence.weight
	if weight < u.m.reviewWeight {
		return
	}
	e := edge{a: a, b: b, weight: weight, rule: bySimilar}
	switch {
	case toTarget:
		f.offers = append(f.offers, offer{row: a, target: b, weight: weight, clash: u.clash(a, b)})
	case weight >= u.m.matchWeight && !u.clash(a, b):
		f.edges = append(f.edges, e)
	default:
		f.asks = append(f.asks, e)
	}
}
