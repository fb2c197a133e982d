package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

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
		c := pipeline.CallRecord{Call: pipeline.Call{Target: target, Digest: digest}}
		var at int64
		var changes string
		var settled sql.NullInt64
		var outcomes sql.NullString
		if err := scan(&c.Run, &c.Seq, &c.Route, &at, &changes, &settled, &outcomes); err != nil {
			return err
		}
		c.At = micros(at)
		if err := json.Unmarshal([]byte(changes), &c.Changes); err != nil {
			return fmt.Errorf("journal, call %d of run %s: %w", c.Seq, c.Run, err)
		}
		if settled.Valid {
			c.Verdict = &pipeline.Verdict{Run: c.Run, Seq: c.Seq, At: micros(settled.Int64)}
			if err := json.Unmarshal([]byte(outcomes.String), &c.Verdict.Outcomes); err != nil {
				return fmt.Errorf("journal, verdict %d of run %s: %w", c.Seq, c.Run, err)
			}
			if len(c.Verdict.Outcomes) != len(c.Changes) {
				return fmt.Errorf("journal, call %d of run %s: %d outcomes for %d changes", c.Seq, c.Run, len(c.Verdict.Outcomes), len(c.Changes))
			}
		}
		calls = append(calls, c)
		return nil
	}, "SELECT run, seq, route, at, changes, settled, outcomes FROM calls WHERE target = ? AND digest = ? ORDER BY rowid", target, digest)
	return calls, err
}

// EndRun notes how an apply ended.
func (s *Store) EndRun(ctx context.Context, run string, at time.Time, status string, counts map[pipeline.Status]int) error {
	text, err := toJSON(counts)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE runs SET finish = ?, status = ?, counts = ? WHERE id = ?", at.UnixMicro(), status, text, run)
		return err
	})
}
