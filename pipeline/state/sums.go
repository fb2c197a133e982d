package state

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// A bit that flips in a value is nothing that SQLite sees: its pages carry no sums.
// So each row that decides what is written, or what is not, carries one of its own,
// and a row that does not fit its sum is left out, on the side on which nothing is
// written that should not be.

// sumsVersion is the version from which on rows carry sums.
const sumsVersion = 6

// leaseSumsVersion is the version from which on runs and leases carry sums, too.
const leaseSumsVersion = 7

// leaseSumColumns add them. That of how a run ended is absent until it has.
const leaseSumColumns = `
ALTER TABLE runs ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN end_sum INTEGER;
ALTER TABLE leases ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
`

// sumColumns add the sums. Those of calls stand before the texts, since a text of
// many pages would have to be walked through to reach what is behind it.
const sumColumns = `
ALTER TABLE links ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE made ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE declines ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE marks ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE weights ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run_plans ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run_outcomes ADD COLUMN sum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE calls RENAME TO calls_unsummed;
DROP INDEX calls_plan;
CREATE TABLE calls (
  run TEXT NOT NULL, seq INTEGER NOT NULL, target TEXT NOT NULL, digest TEXT NOT NULL,
  route TEXT NOT NULL, at INTEGER NOT NULL,
  sum INTEGER NOT NULL DEFAULT 0, verdict_sum INTEGER, changes TEXT NOT NULL,
  settled INTEGER, outcomes TEXT,
  PRIMARY KEY (run, seq)
);
INSERT INTO calls (run, seq, target, digest, route, at, changes, settled, outcomes)
  SELECT run, seq, target, digest, route, at, changes, settled, outcomes FROM calls_unsummed ORDER BY rowid;
DROP TABLE calls_unsummed;
`

// summed is a kind of row that carries a sum.
type summed struct {
	table, sum string
	keys       []string // what tells the row from others
	rest       []string
	by         []string // the key of the table, where it is another one
	where      string   // rows that carry the sum; "": all
	leads      bool     // it is followed to find whose data something is
	what       string   // what such a row is, in words, with a place for each of its keys
	since      int      // the version from which on it carries the sum
	clear      string   // what takes the part with this sum out; "": the whole row goes
}

// summedRows are all kinds of rows that carry sums.
func summedRows() []summed { // those without a version carry them since sumsVersion
	return []summed{
		{table: "links", sum: "sum", keys: []string{"target", "pipeline", "source", "id"}, rest: []string{"record"}, leads: true, what: "the link of target %s, pipeline %s, source %s, row %s"},
		{table: "ledger", sum: "sum", keys: []string{"target", "record", "field"}, rest: []string{"sent", "shown", "at", "pipeline"}, leads: true, what: "the ledger of target %s, record %s, field %s"},
		{table: "made", sum: "sum", keys: []string{"target", "record"}, rest: []string{"pipeline"}, leads: true, what: "the note, for target %s, of who created record %s"},
		{table: "calls", sum: "sum", keys: []string{"run", "seq", "target", "digest"}, rest: []string{"route", "at", "changes"}, by: []string{"rowid"}, leads: true, what: "the journal of run %s, call %s, to target %s, by plan %s"},
		{table: "calls", sum: "verdict_sum", keys: []string{"run", "seq"}, rest: []string{"settled", "outcomes"}, by: []string{"rowid"}, where: "verdict_sum IS NOT NULL OR settled IS NOT NULL OR outcomes IS NOT NULL", leads: true, what: "the answer in the journal of run %s to call %s", clear: "settled = NULL, outcomes = NULL, verdict_sum = NULL"},
		{table: "run_plans", sum: "sum", keys: []string{"run"}, rest: []string{"binding"}, leads: true, what: "what run %s was about"},
		{table: "run_outcomes", sum: "sum", keys: []string{"run"}, rest: []string{"outcomes"}, leads: true, what: "what became of run %s"},
		{table: "declines", sum: "sum", keys: []string{"target", "change"}, rest: []string{"at"}, what: "what was declined for target %s, which is change %s,"},
		{table: "marks", sum: "sum", keys: []string{"pipeline", "target", "source"}, rest: []string{"mark", "fingerprint", "at"}, what: "the mark of pipeline %s for target %s, source %s"},
		{table: "weights", sum: "sum", keys: []string{"of"}, rest: []string{"weights", "learned"}, what: "the row of the weights of %s"},
		{table: "runs", sum: "sum", since: leaseSumsVersion, keys: []string{"id"}, rest: []string{"pipeline", "target", "digest", "start"}, leads: true, what: "the row of run %s"},
		{table: "runs", sum: "end_sum", since: leaseSumsVersion, keys: []string{"id"}, rest: []string{finishText, "coalesce(status, '')", "coalesce(counts, '')"},
			where: "end_sum IS NOT NULL OR finish IS NOT NULL OR status IS NOT NULL OR counts IS NOT NULL", what: "how run %s ended", clear: "finish = NULL, status = NULL, counts = NULL, end_sum = NULL"},
		{table: "leases", sum: "sum", since: leaseSumsVersion, keys: []string{"target"}, rest: []string{"holder", "since", "until"}, what: "the lease of %s"},
	}
}

// version is that from which on rows of the kind carry sums.
func (k *summed) version() int { return max(k.since, sumsVersion) }

// named is a row of the kind in words, of the values of its columns.
func (k *summed) named(parts []any) string {
	names := make([]any, len(k.keys))
	for i := range names {
		names[i] = diag.Shorten(plain(parts[i]), 100)
	}
	return fmt.Sprintf(k.what, names...)
}

// summer computes sums in memory that is used again. A sum holds two: one of what
// tells the row from others, and one of all of it, so that a row whose value is
// damaged can be named.
type summer struct {
	row  []byte // what the sum so far lacks
	key  uint32 // the sum of what tells the row from others
	part uint32 // the sum so far
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sumCopyMax is how many bytes of a text are copied to be summed with others; the text of
// a call is of megabytes.
const sumCopyMax = 1 << 10

// of is the sum of a row of a table, of which the first parts tell it from others.
func (s *summer) of(table string, keys int, parts ...string) int64 {
	s.begin(table)
	for _, p := range parts[:keys] {
		s.text(p)
	}
	s.keyed()
	for _, p := range parts[keys:] {
		s.text(p)
	}
	return s.sum()
}

func (s *summer) begin(table string) {
	s.row, s.part = append(append(s.row[:0], table...), 0), 0
}

func (s *summer) text(p string) { addText(s, p) }

func addText[T ~string | ~[]byte](s *summer, p T) {
	s.row = binary.AppendUvarint(s.row, uint64(len(p)))
	for len(p) > sumCopyMax {
		s.row = append(s.row, p[:sumCopyMax]...)
		s.flush()
		p = p[sumCopyMax:]
	}
	s.row = append(s.row, p...)
}

// number adds what text adds of a number in words.
func (s *summer) number(n int64) {
	at := len(s.row)
	s.row = strconv.AppendInt(append(s.row, 0), n, 10)
	s.row[at] = byte(len(s.row) - at - 1)
}

func (s *summer) flush() {
	s.part = crc32.Update(s.part, castagnoli, s.row)
	s.row = s.row[:0]
}

// keyed says that all parts that tell the row from others were added.
func (s *summer) keyed() {
	s.flush()
	s.key = s.part
}

func (s *summer) sum() int64 {
	s.flush()
	return int64(uint64(s.key)<<32 | uint64(s.part))
}

// soundness is what the sum of a row says of it.
type soundness int

const (
	sound    soundness = iota // as it was written
	keySound                  // what tells the row from others is as it was written; the rest is not
	unsound
)

// judge compares the sum that a row carries with that of what it holds.
func judge(carried, holds int64) soundness {
	switch {
	case uint32(carried) == uint32(holds):
		return sound
	case carried>>32 == holds>>32:
		return keySound
	default:
		return unsound
	}
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// The sums of each kind of row.

func (s *summer) link(target string, l pipeline.RowLink) int64 {
	return s.of("links", 4, target, l.Pipeline, l.Source, l.ID, l.Target)
}

func sumEntry[T ~string | ~[]byte](s *summer, target string, record, field, sent, shown T, at int64, by T) int64 {
	s.begin("ledger")
	s.text(target)
	addText(s, record)
	addText(s, field)
	s.keyed()
	addText(s, sent)
	addText(s, shown)
	s.number(at)
	addText(s, by)
	return s.sum()
}

func (s *summer) made(target, record, by string) int64 { return s.of("made", 2, target, record, by) }

func (s *summer) call(run string, seq int, target, digest, route string, at int64, changes string) int64 {
	return s.of("calls", 4, run, strconv.Itoa(seq), target, digest, route, number(at), changes)
}

func (s *summer) verdict(run string, seq int, settled int64, outcomes string) int64 {
	return s.of("calls", 2, run, strconv.Itoa(seq), number(settled), outcomes)
}

func (s *summer) run(id, pipeline, target, digest string, start int64) int64 {
	return s.of("runs", 1, id, pipeline, target, digest, number(start))
}

// ended is the sum of how a run ended, each part as text, and empty where it is absent.
func (s *summer) ended(id, finish, status, counts string) int64 {
	return s.of("runs", 1, id, finish, status, counts)
}

func (s *summer) lease(target, holder string, since, until int64) int64 {
	return s.of("leases", 1, target, holder, number(since), number(until))
}

// leftOut tells of a reading for a target that came to its end what it left out. What an
// earlier one left out is told no longer: it may have been written anew since.
func (s *Store) leftOut(target string, tell func(*pipeline.Damage)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left == nil {
		s.left = map[string]*pipeline.Damage{}
	}
	if s.left[target] == nil {
		s.left[target] = &pipeline.Damage{}
	}
	tell(s.left[target])
}

var _ pipeline.DamageTeller = (*Store)(nil)

// Damage tells what the last reading of each kind left out of what is remembered of a
// target, since it is not as it was written.
func (s *Store) Damage(target string) pipeline.Damage {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.left[target]
	if d == nil {
		return pipeline.Damage{}
	}
	out := *d
	out.Links = slices.Clone(d.Links)
	return out
}

// eachSum hands out every row of a kind, by the key of its table, with what it
// carries and holds.
func eachSum(ctx context.Context, query querier, k *summed, do func(by, parts []any, found soundness, holds int64) error) error {
	by := k.by
	if by == nil {
		by = k.keys
	}
	parts := slices.Concat(k.keys, k.rest)
	columns := slices.Concat(by, []string{k.sum}, parts)
	text := "SELECT " + strings.Join(columns, ", ") + " FROM " + k.table + " NOT INDEXED"
	if k.where != "" {
		text += " WHERE " + k.where
	}
	rows, err := query.QueryContext(ctx, text)
	if err != nil {
		return err
	}
	defer rows.Close()
	var sums summer
	for rows.Next() {
		values, places := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			places[i] = &values[i]
		}
		if err := rows.Scan(places...); err != nil {
			return err
		}
		for i, v := range values {
			if b, ok := v.([]byte); ok && b == nil {
				values[i] = []byte{} // which is no NULL, as nil would be where a row is looked for
			}
		}
		held := values[len(by)+1:]
		texts := make([]string, len(held))
		for i, v := range held {
			texts[i] = plain(v)
		}
		carried, ok := values[len(by)].(int64)
		holds := sums.of(k.table, len(k.keys), texts...)
		found := judge(carried, holds)
		switch odd := oddAt(parts, held); {
		case !ok, odd >= 0 && odd < len(k.keys):
			found = unsound
		case odd >= 0:
			found = max(found, keySound)
		}
		if err := do(values[:len(by)], held, found, holds); err != nil {
			return err
		}
	}
	return rows.Err()
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// sumAtOnce is how many rows are given their sums at a time.
const sumAtOnce = 10_000

// sumAll gives every row its sum, as it is now, of which a store of a version had none.
func sumAll(ctx context.Context, tx *sql.Tx, version int) error {
	for _, k := range summedRows() {
		if k.version() <= version {
			continue
		}
		if err := k.sumRows(ctx, tx); err != nil {
			return fmt.Errorf("sums of %s: %w", k.table, err)
		}
	}
	return nil
}

type sumOfRow struct {
	by  []any
	sum int64
}

func (k *summed) sumRows(ctx context.Context, tx *sql.Tx) error {
	by := k.by
	if by == nil {
		by = k.keys
	}
	put, err := tx.PrepareContext(ctx, "UPDATE "+k.table+" SET "+k.sum+" = ? WHERE "+strings.Join(by, " = ? AND ")+" = ?")
	if err != nil {
		return err
	}
	defer put.Close()
	var due []sumOfRow
	flush := func() error {
		for _, d := range due {
			if _, err := put.ExecContext(ctx, append([]any{d.sum}, d.by...)...); err != nil {
				return err
			}
		}
		due = due[:0]
		return nil
	}
	err = eachSum(ctx, tx, k, func(by, _ []any, _ soundness, holds int64) error {
		// Rows are changed behind the place that is read, and not in their keys.
		if due = append(due, sumOfRow{by, holds}); len(due) < sumAtOnce {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	return flush()
}
