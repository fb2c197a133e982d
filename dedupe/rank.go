package dedupe

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
)

// contentOrder gives each record a place in an order that depends on content
// alone: by the first key that it has, then by all its values, then by where
// it comes from. Records of the target follow, by id. Every tie of matching is
// broken by it.
func (u *universe) contentOrder() []int32 {
	type entry struct {
		prefix  uint64 // place of the key and first bytes of its value
		content [16]byte
		i       int32
	}
	entries := make([]entry, u.rows)
	var buffer []byte
	start := 0
	for _, b := range u.in.Records.Batches() {
		for row := range b.Len() {
			i := int32(start + row)
			buffer = appendContent(buffer[:0], b, row)
			sum := sha256.Sum256(buffer)
			entries[i] = entry{prefix: u.keyPrefix(i), i: i}
			copy(entries[i].content[:], sum[:])
		}
		start += b.Len()
	}
	slices.SortFunc(entries, func(x, y entry) int {
		if c := cmp.Compare(x.prefix, y.prefix); c != 0 {
			return c
		}
		if c := cmp.Compare(u.orderText(x.i), u.orderText(y.i)); c != 0 {
			return c
		}
		if c := bytes.Compare(x.content[:], y.content[:]); c != 0 {
			return c
		}
		return cmp.Or(compareOrigins(u.record(x.i).Origin(), u.record(y.i).Origin()), cmp.Compare(x.i, y.i))
	})
	rank := make([]int32, u.n)
	for place, e := range entries {
		rank[e.i] = int32(place)
	}
	targets := make([]int32, 0, u.n-u.rows)
	for i := u.rows; i < u.n; i++ {
		targets = append(targets, int32(i))
	}
	slices.SortFunc(targets, func(x, y int32) int {
		return cmp.Or(cmp.Compare(u.record(x).ID(), u.record(y).ID()), cmp.Compare(x, y))
	})
	for place, i := range targets {
		rank[i] = int32(u.rows + place)
	}
	return rank
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

// keyPrefix orders as the place of the key and orderText do, as far as seven
// bytes can.
func (u *universe) keyPrefix(i int32) uint64 {
	place := len(u.keys)
	for k := range u.keys {
		if u.keys[k].ids[i] != 0 {
			place = k
			break
		}
	}
	var first [8]byte
	copy(first[1:], u.orderText(i))
	first[0] = byte(min(place, math.MaxUint8))
	return binary.BigEndian.Uint64(first[:])
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
