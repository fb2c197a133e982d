package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/reconkit/reconkit/pipeline"
)

var _ pipeline.LedgerViewer = (*Store)(nil)

// Entries returns what was last written to each record; see Damage for what was left
// out.
func (s *Store) Entries(ctx context.Context, target string) (map[string][]pipeline.LedgerEntry, error) {
	view, err := s.view(ctx, target)
	entries := make(map[string][]pipeline.LedgerEntry, len(view.runs))
	for _, record := range view.Records() {
		entries[record] = view.Of(record)
	}
	return entries, err
}

// View returns the same entries, held in less memory; see Damage for what was left out.
func (s *Store) View(ctx context.Context, target string) (pipeline.LedgerView, error) {
	view, err := s.view(ctx, target)
	return view, err
}

// ledgerView holds the entries of a target in a few large pieces without pointers, since
// there are millions of them: a collection of garbage does not look at them.
type ledgerView struct {
	names names
	text  []byte
	kept  [][]keptEntry // each of ledgerPiece entries, but for the last one
	n     int
	odd   []pipeline.Value      // those that are no plain texts
	runs  map[string]entryRun   // by record
	again map[string][]entryRun // further runs of a record, which only a damaged file has

	record []byte // that is being read, and its first entry
	from   int
}

// entryRun is entries of one record that follow each other.
type entryRun struct{ from, to int }

// keptEntry is an entry without its record.
type keptEntry struct {
	at              int64
	sent, shown     keptValue
	field, pipeline int32 // see names
}

// keptValue is a text of the view, or a value that is none.
type keptValue struct {
	at   uint32 // in text; in odd
	size int32  // bytes; or one of these
}

const (
	nullValue int32 = -1
	oddValue  int32 = -2

	ledgerPiece = 1 << 13 // entries
)

// ledgerText is what each row of the ledger is read as. What is as in most rows is
// NULL, since each text that is read costs.
const ledgerText = `SELECT record, field, sent, nullif(shown, sent), at, nullif(pipeline, ?2), sum
FROM ledger WHERE target = ?1 ORDER BY record, field`

func (s *Store) view(ctx context.Context, target string) (*ledgerView, error) {
	v := &ledgerView{runs: map[string]entryRun{}, again: map[string][]entryRun{}}
	left, err := v.read(ctx, s, target)
	if err == nil {
		s.leftOut(target, func(d *pipeline.Damage) { d.Entries = left })
	}
	return v, err
}

// read reads the entries of a target and counts those that are not as they were written.
func (v *ledgerView) read(ctx context.Context, s *Store, target string) (left int, err error) {
	var usual string
	if err := s.db.QueryRowContext(ctx, "SELECT pipeline FROM ledger WHERE target = ? LIMIT 1", target).Scan(&usual); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	var record, field, sent, shown, by sql.RawBytes
	var at, sum any
	var sums summer
	usualBy := []byte(usual)
	err = s.read(ctx, []any{&record, &field, &sent, &shown, &at, &by, &sum}, func() error {
		same := shown == nil
		if same {
			shown = sent
		}
		if by == nil {
			by = usualBy
		}
		when, timed := at.(int64)
		carried, summed := sum.(int64)
		if !timed || !summed || judge(carried, sumEntry(&sums, target, record, field, sent, shown, when, by)) != sound {
			left++
			return nil
		}
		e := keptEntry{at: when, field: v.names.of(field), pipeline: v.names.of(by)}
		var wrong error
		if e.sent, wrong = v.keep(sent); wrong == nil && same {
			e.shown = e.sent
		} else if wrong == nil {
			e.shown, wrong = v.keep(shown)
		}
		if wrong != nil {
			return fmt.Errorf("ledger of record %s, field %s: %w", record, field, wrong)
		}
		v.add(record, e)
		return nil
	}, ledgerText, target, usual)
	v.done()
	return left, err
}

// keep takes a value over, as it is written.
func (v *ledgerView) keep(written []byte) (keptValue, error) {
	if string(written) == "null" {
		return keptValue{size: nullValue}, nil
	}
	if text, plain := plainText(written); plain && len(v.text)+len(text) <= math.MaxUint32 && len(text) <= math.MaxInt32 {
		v.text = append(v.text, text...)
		return keptValue{uint32(len(v.text) - len(text)), int32(len(text))}, nil
	}
	var value pipeline.Value
	if err := fromJSON(string(written), &value); err != nil {
		return keptValue{}, err
	}
	v.odd = append(v.odd, value)
	return keptValue{uint32(len(v.odd) - 1), oddValue}, nil
}

// plainText is the text of a JSON string in which each byte stands for itself.
func plainText(written []byte) ([]byte, bool) {
	if len(written) < 2 || written[0] != '"' || written[len(written)-1] != '"' {
		return nil, false
	}
	text := written[1 : len(written)-1]
	for _, c := range text {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return nil, false
		}
	}
	return text, true
}

// add takes an entry over; done ends the last record.
func (v *ledgerView) add(record []byte, e keptEntry) {
	if v.n%ledgerPiece == 0 {
		v.kept = append(v.kept, make([]keptEntry, 0, ledgerPiece))
	}
	if v.n == 0 || string(v.record) != string(record) {
		v.done()
		v.record = append(v.record[:0], record...)
	}
	last := &v.kept[len(v.kept)-1]
	*last = append(*last, e)
	v.n++
}

func (v *ledgerView) done() {
	if v.n == v.from {
		return
	}
	run := entryRun{v.from, v.n}
	v.from = v.n
	if _, twice := v.runs[string(v.record)]; twice {
		v.again[string(v.record)] = append(v.again[string(v.record)], run)
		return
	}
	v.runs[string(v.record)] = run
}

// Records returns the records that have entries, in order.
func (v *ledgerView) Records() []string {
	records := make([]string, 0, len(v.runs))
	for record := range v.runs {
		records = append(records, record)
	}
	slices.Sort(records)
	return records
}

// Of returns the entries of a record, in order of field.
func (v *ledgerView) Of(record string) []pipeline.LedgerEntry {
	run, known := v.runs[record]
	if !known {
		return nil
	}
	entries := make([]pipeline.LedgerEntry, 0, run.to-run.from)
	for _, run := range append([]entryRun{run}, v.again[record]...) {
		for i := run.from; i < run.to; i++ {
			e := &v.kept[i/ledgerPiece][i%ledgerPiece]
			entries = append(entries, pipeline.LedgerEntry{Record: record, Field: v.names.list[e.field], Sent: v.value(e.sent), Shown: v.value(e.shown),
				At: micros(e.at), Pipeline: v.names.list[e.pipeline]})
		}
	}
	return entries
}

func (v *ledgerView) value(k keptValue) pipeline.Value {
	switch k.size {
	case nullValue:
		return pipeline.Null()
	case oddValue:
		return v.odd[k.at]
	}
	return pipeline.StringValue(string(v.text[k.at : int(k.at)+int(k.size)]))
}

// names gives each text that comes again and again a number.
type names struct {
	list []string
	at   map[string]int32
}

func (n *names) of(text []byte) int32 {
	if at, known := n.at[string(text)]; known {
		return at
	}
	if n.at == nil {
		n.at = map[string]int32{}
	}
	name := string(text)
	n.at[name] = int32(len(n.list))
	n.list = append(n.list, name)
	return n.at[name]
}

// once is the text itself, each of them once.
func (n *names) once(text string) string {
	if at, known := n.at[text]; known {
		return n.list[at]
	}
	return n.list[n.of([]byte(text))]
}
