package dedupe

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/reconkit/reconkit/pipeline"
)

// contentOrder gives each record a place in an order that depends on content
// alone: by the first key that it has, then by all its values, then by where
// it comes from. Records of the target follow, by id. Every tie of matching is
// broken by it.
func (u *universe) contentOrder() []int32 {
	rank := make([]int32, u.n)
	var both sync.WaitGroup
	both.Go(func() { u.rankRows(rank[:u.rows]) })
	both.Go(func() { u.rankTarget(rank[u.rows:]) })
	both.Wait()
	return rank
}

// heading is a record and how the text by which it is ordered begins. Most
// records are told apart by that, without a look at their text.
type heading struct {
	first, second uint64 // the text's first bytes, big-endian
	i             int32
}

// headingOf begins with a byte that stands before all text.
func headingOf(i int32, before byte, text string) heading {
	var b [16]byte
	b[0] = before
	copy(b[1:], text)
	return heading{binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:]), i}
}

func (h heading) compare(other heading) int {
	if c := cmp.Compare(h.first, other.first); c != 0 {
		return c
	}
	return cmp.Compare(h.second, other.second)
}

// rankRows ranks the records of the model.
func (u *universe) rankRows(rank []int32) {
	order := make([]heading, u.rows)
	for i := range order {
		order[i] = headingOf(int32(i), u.keyPlace(int32(i)), u.orderText(int32(i)))
	}
	slices.SortFunc(order, func(x, y heading) int {
		if c := x.compare(y); c != 0 {
			return c
		}
		return strings.Compare(u.orderText(x.i), u.orderText(y.i))
	})
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && order[to].compare(order[from]) == 0 && u.orderText(order[to].i) == u.orderText(order[from].i) {
			to++
		}
		if to-from > 1 {
			u.sortByContent(order[from:to])
		}
		from = to
	}
	for place, h := range order {
		rank[h.i] = int32(place)
	}
}

// sortByContent orders records of one key by all their values, then by where
// they come from.
func (u *universe) sortByContent(records []heading) {
	type entry struct {
		content [sha256.Size]byte
		h       heading
	}
	entries := make([]entry, len(records))
	var buffer []byte
	for n, h := range records {
		r := u.record(h.i)
		buffer = appendContent(buffer[:0], r.Batch, r.Row)
		entries[n] = entry{sha256.Sum256(buffer), h}
	}
	slices.SortFunc(entries, func(x, y entry) int {
		if c := bytes.Compare(x.content[:contentBytes], y.content[:contentBytes]); c != 0 {
			return c
		}
		return cmp.Or(compareOrigins(u.record(x.h.i).Origin(), u.record(y.h.i).Origin()), cmp.Compare(x.h.i, y.h.i))
	})
	for n, e := range entries {
		records[n] = e.h
	}
}

// contentBytes is how much of the hash of a record's values orders it.
const contentBytes = 16

// rankTarget ranks the records of the target behind those of the model.
func (u *universe) rankTarget(rank []int32) {
	order := make([]heading, len(rank))
	for i := range order {
		order[i] = headingOf(int32(i), 0, u.in.Target.Record(i).ID())
	}
	slices.SortFunc(order, func(x, y heading) int {
		if c := x.compare(y); c != 0 {
			return c
		}
		return cmp.Or(strings.Compare(u.in.Target.Record(int(x.i)).ID(), u.in.Target.Record(int(y.i)).ID()), cmp.Compare(x.i, y.i))
	})
	for place, h := range order {
		rank[h.i] = int32(u.rows + place)
	}
}

// orderText is the value of the first key that the record has, or its name.
func (u *universe) orderText(i int32) string {
	for k := range u.keys {
		if id := u.keys[k].ids[i]; id != 0 {
			return u.keys[k].values.text[id]
		}
	}
	if id := u.last[i]; id != 0 {
		return u.words.text[id]
	}
	return u.words.text[u.firm[i]]
}

// keyPlace is the place of the first key that the record has; records without
// one come last.
func (u *universe) keyPlace(i int32) byte {
	place := len(u.keys)
	for k := range u.keys {
		if u.keys[k].ids[i] != 0 {
			place = k
			break
		}
	}
	return byte(min(place, math.MaxUint8))
}

func compareOrigins(a, b pipeline.Origin) int {
	return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.ID, b.ID), strings.Compare(a.Place, b.Place),
		cmp.Compare(a.Page, b.Page), cmp.Compare(a.Row, b.Row))
}

// appendContent writes a record so that different records give different bytes.
func appendContent(buffer []byte, b *pipeline.Batch, row int) []byte {
	for f := range b.Schema().Len() {
		c := b.Column(f)
		switch {
		case c.IsErase(row):
			buffer = append(buffer, 'e')
		case c.IsNull(row):
			buffer = append(buffer, 'n')
		case c.Type() == pipeline.String:
			buffer = appendText(append(buffer, 's'), c.Str(row))
		case c.Type() == pipeline.StringList:
			list := c.List(row)
			buffer = binary.BigEndian.AppendUint32(append(buffer, 'l'), uint32(len(list)))
			for _, s := range list {
				buffer = appendText(buffer, s)
			}
		case c.Type() == pipeline.Float:
			buffer = binary.BigEndian.AppendUint64(append(buffer, 'f'), math.Float64bits(c.Float(row)))
		case c.Type() == pipeline.Bool:
			buffer = append(buffer, 'b', byte(c.Value(row).Int()))
		default:
			buffer = binary.BigEndian.AppendUint64(append(buffer, 'i'), uint64(c.Int(row)))
		}
	}
	us, known := b.Micros(row)
	if known {
		buffer = binary.BigEndian.AppendUint64(append(buffer, 't'), uint64(us))
	}
	return buffer
}

func appendText(buffer []byte, s string) []byte {
	return append(binary.BigEndian.AppendUint32(buffer, uint32(len(s))), s...)
}
