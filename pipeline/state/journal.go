package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"unsafe"

	"github.com/reconkit/reconkit/pipeline"
)

// Intend writes the intent of a call and returns when it is on disk.
func (s *Store) Intend(ctx context.Context, c pipeline.Call) error {
	text, err := pipeline.AppendChanges(nil, c.Changes)
	if err != nil {
		return err
	}
	changes := unsafe.String(unsafe.SliceData(text), len(text)) // a copy would be of megabytes, and nobody changes it
	var sums summer
	at := c.At.UnixMicro()
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO calls (run, seq, target, digest, route, at, changes, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
			c.Run, c.Seq, c.Target, c.Digest, c.Route, at, changes, sums.call(c.Run, c.Seq, c.Target, c.Digest, c.Route, at, changes))
		return err
	})
}

// Settle writes what is known after a call. A call that was not intended is an error.
func (s *Store) Settle(ctx context.Context, v pipeline.Verdict) error {
	outcomes := string(pipeline.AppendOutcomes(nil, v.Outcomes))
	var sums summer
	at := v.At.UnixMicro()
	return s.write(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, "UPDATE calls SET settled = ?, outcomes = ?, verdict_sum = ? WHERE run = ? AND seq = ?",
			at, outcomes, sums.verdict(v.Run, v.Seq, at, outcomes), v.Run, v.Seq)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n != 1 {
			return errors.Join(fmt.Errorf("the journal has no call %d of run %s", v.Seq, v.Run), err)
		}
		return nil
	})
}

// Withdraw forgets a call of which nothing was sent. One that has a verdict stays, and is
// an error.
func (s *Store) Withdraw(ctx context.Context, run string, seq int) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, "DELETE FROM calls WHERE run = ? AND seq = ? AND settled IS NULL", run, seq)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n != 1 {
			return errors.Join(fmt.Errorf("the journal has no call %d of run %s without a verdict", seq, run), err)
		}
		return nil
	})
}

// errDamagedCall says that a call is not as it was written.
var errDamagedCall = errors.New("it is not as it was written, so that nobody knows what was sent; reconkit state check says what to do")

// errMissingCall says that a call is not there, though later ones of its run are.
var errMissingCall = errors.New("it is missing, so that nobody knows what was sent; reconkit state check says what to do")

// Calls returns the calls for a plan in the order in which they were intended. One
// that is damaged or missing is an error, as is one that may be of the plan as far as can be told:
// every call of the store is looked at. An answer that is damaged counts for none.
func (s *Store) Calls(ctx context.Context, target, digest string) ([]pipeline.CallRecord, error) {
	var sums summer
	var rows []int64
	last := map[string]int{} // number of the last call of each run
	err := s.query(ctx, func(scan func(...any) error) error {
		var row, sum int64
		var seq int
		var run, to, by string
		odd, err := scanKinds(scan, &row, &run, &seq, &to, &by, &sum)
		if err != nil {
			return err
		}
		whole := odd < 0 && sums.call(run, seq, to, by, "", 0, "")>>32 == sum>>32
		meant := to == target && by == digest
		if meant || !whole {
			rows = append(rows, row)
		}
		if whole && meant && seq > last[run]+1 {
			return fmt.Errorf("journal, call %d of run %s: %w", last[run]+1, run, errMissingCall)
		}
		last[run] = max(last[run], seq)
		return nil
	}, "SELECT rowid, run, seq, target, digest, sum FROM calls NOT INDEXED ORDER BY rowid")
	if err != nil {
		return nil, err
	}
	var calls []pipeline.CallRecord
	for _, row := range rows {
		err := s.query(ctx, func(scan func(...any) error) error {
			c, _, err := scanCall(scan)
			if err != nil {
				return fmt.Errorf("journal, call %d of run %s: %w", c.Seq, c.Run, err)
			}
			if c.Target == target && c.Digest == digest {
				calls = append(calls, c)
			}
			return nil
		}, "SELECT "+callColumns(sumsVersion)+" FROM calls c WHERE rowid = ?", row)
		if err != nil {
			return nil, err
		}
	}
	return calls, nil
}

// callColumns are those that scanCall reads, of a store of a version.
func callColumns(version int) string {
	sums := "coalesce(c.sum, ''), c.verdict_sum"
	if version < sumsVersion {
		sums = "NULL, NULL"
	}
	return `c.run, c.seq, c.target, c.digest, c.route, c.at, c.changes, c.settled, c.outcomes,
  EXISTS (SELECT 1 FROM runs r WHERE r.id = c.run), ` + sums
}

// scanCall reads one call; beside an error, it says which one it is as far as
// that could be read. listed tells whether its run is known.
func scanCall(scan func(...any) error) (c pipeline.CallRecord, listed bool, err error) {
	var at int64
	var changes string
	var settled, sum, verdictSum sql.NullInt64
	var outcomes sql.NullString
	odd, err := scanKinds(scan, &c.Run, &c.Seq, &c.Target, &c.Digest, &c.Route, &at, &changes, &settled, &outcomes, &listed, &sum, &verdictSum)
	if err != nil {
		return c, false, err
	}
	const sent = 7 // places of what was sent; the answer is behind them
	if odd >= 0 && odd < sent {
		return c, listed, errDamagedCall
	}
	var sums summer
	if sum.Valid && judge(sum.Int64, sums.call(c.Run, c.Seq, c.Target, c.Digest, c.Route, at, changes)) != sound {
		return c, listed, errDamagedCall
	}
	answered := settled.Valid || outcomes.Valid || verdictSum.Valid
	if answered && sum.Valid && (odd >= sent || !verdictSum.Valid || judge(verdictSum.Int64, sums.verdict(c.Run, c.Seq, settled.Int64, outcomes.String)) != sound) {
		settled.Valid, outcomes.Valid, c.Doubtful = false, false, true
	}
	c.At = micros(at)
	if err := fromJSON(changes, &c.Changes); err != nil {
		return c, listed, fmt.Errorf("changes: %w", err)
	}
	if settled.Valid != outcomes.Valid {
		return c, listed, errors.New("its verdict is there by half")
	}
	if !settled.Valid {
		return c, listed, nil
	}
	c.Verdict = &pipeline.Verdict{Run: c.Run, Seq: c.Seq, At: micros(settled.Int64)}
	if err := fromJSON(outcomes.String, &c.Verdict.Outcomes); err != nil {
		return c, listed, fmt.Errorf("verdict: %w", err)
	}
	if len(c.Verdict.Outcomes) != len(c.Changes) {
		return c, listed, fmt.Errorf("%d outcomes for %d changes", len(c.Verdict.Outcomes), len(c.Changes))
	}
	return c, listed, nil
}

// eachCall calls do for the calls of a run, or of all runs when it is "", in the
// order in which they were intended, with what is wrong with the call if anything. The
// store is of a version.
func (s *Store) eachCall(ctx context.Context, version int, run string, do func(c pipeline.CallRecord, listed bool, wrong error) error) error {
	which, args := "", []any{}
	if run != "" {
		which, args = " WHERE c.run = ?", append(args, run)
	}
	return s.query(ctx, func(scan func(...any) error) error {
		c, listed, err := scanCall(scan)
		if err != nil && c.Run == "" {
			return err
		}
		return do(c, listed, err)
	}, "SELECT "+callColumns(version)+" FROM calls c"+which+" ORDER BY c.rowid", args...)
}
