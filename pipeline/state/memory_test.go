package state

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/pipeline"
)

// TestWhatIsRememberedLastCounts remembers links and entries in pieces of any size, among them
// the same ones several times: of each the last one is there, as if they had been written one
// by one.
func TestWhatIsRememberedLastCounts(t *testing.T) {
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		path := filepath.Join(t.TempDir(), fmt.Sprint(n, ".db"))
		s := open(t, path)
		defer s.Close()
		ctx := t.Context()
		links, entries := map[pipeline.RowKey]string{}, map[pipeline.RecordField]string{}
		drawn := rapid.IntRange(0, 2*rowsAtOnce+2)
		word := func(label string) string { return fmt.Sprint(rapid.IntRange(0, 40).Draw(rt, label)) }
		for range rapid.IntRange(1, 3).Draw(rt, "times") {
			var some []pipeline.RowLink
			for range drawn.Draw(rt, "links") {
				l := pipeline.RowLink{Source: "s", ID: word("row"), Target: word("record"), Pipeline: rapid.SampledFrom([]string{"", "p"}).Draw(rt, "pipeline")}
				some = append(some, l)
			}
			given := slices.Clone(some)
			must(t, s.SaveLinks(ctx, "t", some))
			if !slices.Equal(some, given) {
				rt.Fatal("the caller's links were changed")
			}
			for _, l := range some {
				key := pipeline.RowKey{Source: l.Pipeline, ID: l.ID}
				links[key] = l.Target
			}
			for _, l := range some { // a row of a pipeline is no longer one of before pipelines were told apart
				if l.Pipeline != "" {
					delete(links, pipeline.RowKey{ID: l.ID})
				}
			}
			var fields []pipeline.LedgerEntry
			for range drawn.Draw(rt, "entries") {
				e := pipeline.LedgerEntry{Record: word("record"), Field: rapid.SampledFrom([]string{"city", "email"}).Draw(rt, "field"), Sent: pipeline.StringValue(word("sent")), At: noon}
				e.Shown = e.Sent
				fields = append(fields, e)
				entries[pipeline.RecordField{Record: e.Record, Field: e.Field}] = e.Sent.Str()
			}
			must(t, s.SaveEntries(ctx, "t", fields))
		}
		got := map[pipeline.RowKey]string{}
		must(t, s.EachLink(ctx, "t", func(l pipeline.RowLink) error {
			got[pipeline.RowKey{Source: l.Pipeline, ID: l.ID}] = l.Target
			return nil
		}))
		if !maps.Equal(got, links) {
			rt.Fatalf("got links %v, want %v", got, links)
		}
		ledger, err := s.Entries(ctx, "t")
		must(t, err)
		shown := map[pipeline.RecordField]string{}
		for record, list := range ledger {
			for _, e := range list {
				shown[pipeline.RecordField{Record: record, Field: e.Field}] = e.Shown.Str()
			}
		}
		if !maps.Equal(shown, entries) {
			rt.Fatalf("got entries %v, want %v", shown, entries)
		}
	})
}

// TestSumsOfLongTexts compares the sums of long texts, which are taken in parts, with what they
// are by their definition, by which stores of earlier versions were written.
func TestSumsOfLongTexts(t *testing.T) {
	var sums summer
	rapid.Check(t, func(t *rapid.T) {
		parts := make([]string, rapid.IntRange(1, 5).Draw(t, "parts"))
		for i := range parts {
			parts[i] = strings.Repeat(rapid.StringN(1, 3, -1).Draw(t, "text"), rapid.SampledFrom([]int{0, 1, sumCopyMax / 2, sumCopyMax, 3*sumCopyMax + 1}).Draw(t, "times"))
		}
		keys := rapid.IntRange(0, len(parts)).Draw(t, "keys")
		row, told := []byte("calls\x00"), len("calls\x00")
		for i, p := range parts {
			row = append(binary.AppendUvarint(row, uint64(len(p))), p...)
			if i < keys {
				told = len(row)
			}
		}
		want := int64(uint64(crc32.Checksum(row[:told], castagnoli))<<32 | uint64(crc32.Checksum(row, castagnoli)))
		if got := sums.of("calls", keys, parts...); got != want {
			t.Fatalf("got %x, want %x", got, want)
		}
	})
}
