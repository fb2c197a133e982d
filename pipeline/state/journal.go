package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/reconkit/reconkit/pipeline"
)

// Intend writes the intent of a call and returns when it is on disk.
func (s *Store) Intend(ctx context.Context, c pipeline.Call) error {
	changes, err := toJSON(c.Changes)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO calls (run, seq, target, digest, route, at, changes) VALUES (?, ?, ?, ?, ?, ?, ?)",
			c.Run, c.Seq, c.Target, c.Digest, c.Route, c.At.UnixMicro(), changes)
		return err
	})
}

// Settle writes what is known after a call. A call that was not intended is an error.
func (s *Store) Settle(ctx context.Context, v pipeline.Verdict) error {
	outcomes, err := toJSON(v.Outcomes)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, "UPDATE calls SET settled = ?, outcomes = ? WHERE run = ? AND seq = ?", v.At.UnixMicro(), outcomes, v.Run, v.Seq)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n != 1 {
			return errors.Join(fmt.Errorf("the journal has no call %d of run %s", v.Seq, v.Run), err)
		}
		return nil
	})
}

// Calls returns the calls for a plan in the order in which they were intended.
func (s *Store) Calls(ctx context.Context, target, digest string) ([]pipeline.CallRecord, error) {
	var calls []pipeline.CallRecord
	err := s.query(ctx, func(scan func(...any) error) error {
		c, _, err := scanCall(scan)
		if err != nil {
			return fmt.Errorf("journal, call %d of run %s: %w", c.Seq, c.Run, err)
		}
		calls = append(calls, c)
		return nil
	}, "SELECT "+callColumns+" FROM calls c WHERE target = ? AND digest = ? ORDER BY rowid", target, digest)
	return calls, err
}

// callColumns are those that scanCall reads.
const callColumns = `c.run, c.seq, c.target, c.digest, c.route, c.at, c.changes, c.settled, c.outcomes,
  EXISTS (SELECT 1 FROM runs r WHERE r.id = c.run)`

// scanCall reads one call; beside an error, it says which one it is as far as
// that could be read. listed tells whether its run is known.
func scanCall(scan func(...any) error) (c pipeline.CallRecord, listed bool, err error) {
	var at int64
	var changes string
	var settled sql.NullInt64
	var outcomes sql.NullString
	if err := scan(&c.Run, &c.Seq, &c.Target, &c.Digest, &c.Route, &at, &changes, &settled, &outcomes, &listed); err != nil {
		return c, false, err
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
// order in which they were intended, with what is wrong with the call if anything.
func (s *Store) eachCall(ctx context.Context, run string, do func(c pipeline.CallRecord, listed bool, wrong error) error) error {
	return s.query(ctx, func(scan func(...any) error) error {
		c, listed, err := scanCall(scan)
		if err != nil && c.Run == "" {
			return err
		}
		return do(c, listed, err)
	}, "SELECT "+callColumns+" FROM calls c WHERE ? = '' OR c.run = ? ORDER BY c.rowid", run, run)
}
