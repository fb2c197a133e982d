package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

const mendHint = "restore the file from a backup; or reconkit state mend takes such rows out, after which nothing is remembered of what they said"

// sums looks whether every row is as it was written.
func (c *checker) sums(ctx context.Context) error {
	if c.health.Version < sumsVersion {
		return nil
	}
	for _, k := range summedRows() {
		if c.health.Version < k.version() {
			continue
		}
		err := eachSum(ctx, c.store.db, &k, func(_, parts []any, found soundness, _ int64) error {
			if found == sound {
				return nil
			}
			message := k.named(parts) + " is not as it was written, and does not count"
			if found == unsound {
				message += "; not even whose it is is certain"
			}
			c.add(diag.Error, "row-damaged", message, mendHint)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Mended is what Mend took out.
type Mended struct {
	Rows  int // of the memory
	Calls int // of the journal, of which only is left that they were
	// Answers are calls whose answer is not known any more; apply --resume looks what
	// came of them.
	Answers int
}

// Any reports whether anything was damaged.
func (m Mended) Any() bool { return m.Rows+m.Calls+m.Answers > 0 }

// Mend takes out every row that is not as it was written, so that what follows is that
// nothing is remembered of what it said; with dry set, it only counts them. Of a call
// in the journal stays that it was. It is a *pipeline.LeaseHeldError while an apply is at
// work, and takes no call out as long as one may still be carried out.
func (s *Store) Mend(ctx context.Context, now time.Time, dry bool) (Mended, error) {
	var m Mended
	err := s.write(ctx, func(tx *sql.Tx) error {
		if err := idle(ctx, tx, now); err != nil && !errors.Is(err, errDamagedLease) {
			return err
		}
		gone := map[string]bool{} // rows of which nothing is left to look at
		for _, k := range summedRows() {
			var damaged []damagedRow
			err := eachSum(ctx, tx, &k, func(by, _ []any, found soundness, _ int64) error {
				if found != sound && !gone[rowOf(k.table, by)] {
					damaged = append(damaged, damagedRow{slices.Clone(by), found})
				}
				return nil
			})
			if err != nil {
				return err
			}
			m.count(&k, len(damaged))
			if m.Calls+m.Answers > 0 && !dry || k.table == "leases" && len(damaged) > 0 && !dry {
				if err := settled(ctx, tx, now); err != nil {
					return err
				}
			}
			for _, row := range damaged {
				if k.sum == "sum" {
					gone[rowOf(k.table, row.by)] = true
				}
				if dry {
					continue
				}
				if err := k.takeOut(ctx, tx, row, now); err != nil {
					return err
				}
			}
		}
		if dry {
			return nil
		}
		if err := fillCalls(ctx, tx); err != nil {
			return err
		}
		return fillRuns(ctx, tx)
	})
	if err != nil {
		return m, fmt.Errorf("mend %s: %w", s.path, err)
	}
	if !dry {
		s.mu.Lock()
		s.left = nil
		s.mu.Unlock()
	}
	return m, nil
}

// rowOf tells a row of a table from all others, whatever its key is of.
func rowOf(table string, by []any) string { return fmt.Sprintf("%s %#v", table, by) }

func (m *Mended) count(k *summed, n int) {
	switch {
	case k.table != "calls":
		m.Rows += n
	case k.sum == "sum":
		m.Calls += n
	default:
		m.Answers += n
	}
}

// settled is an error as long as a request that left shortly before may be carried out:
// what is known of calls keeps them from being sent again meanwhile.
func settled(ctx context.Context, tx *sql.Tx, now time.Time) error {
	var last sql.NullInt64
	err := tx.QueryRowContext(ctx, "SELECT max(at) FROM requests WHERE typeof(at) = 'integer'").Scan(&last)
	if err != nil {
		return err
	}
	free := micros(last.Int64).Add(pipeline.SettleDefault)
	if !last.Valid || !now.Before(free) || micros(last.Int64).After(now) {
		return nil // a time of the future is a damaged one, or that of another clock
	}
	return fmt.Errorf("a request of a moment ago may still be carried out: try again after %s", clock(free))
}

// damagedRow is a row by the key of its table, and how much of it is damaged.
type damagedRow struct {
	by    []any
	found soundness
}

// takeOut removes one damaged row, or the damaged part of a call.
func (k *summed) takeOut(ctx context.Context, tx *sql.Tx, row damagedRow, now time.Time) error {
	keys := k.by
	if keys == nil {
		keys = k.keys
	}
	if k.table == "calls" && k.sum == "sum" && row.found == keySound {
		return forgetCall(ctx, tx, row.by[0], now)
	}
	text := "DELETE FROM " + k.table
	if k.clear != "" {
		text = "UPDATE " + k.table + " SET " + k.clear
	}
	n := 0
	if oddAt(keys, row.by) < 0 {
		var err error
		if n, err = count(tx.ExecContext(ctx, text+" WHERE "+strings.Join(keys, " = ? AND ")+" = ?", row.by...)); err != nil {
			return err
		}
	}
	if n > 0 || k.clear != "" {
		return nil
	}
	// It is not where rows of its key are, or a column makes what it is compared with a
	// value of its own kind: every row is looked at, as it is.
	return k.rebuild(ctx, tx, "+"+strings.Join(keys, " IS ? AND +")+" IS ?", row.by)
}

// rebuild writes a table anew without a row that stands where SQLite does not find it to
// take it out: a table without row numbers is kept in order of its keys.
func (k *summed) rebuild(ctx context.Context, tx *sql.Tx, is string, by []any) error {
	if _, err := tx.ExecContext(ctx, "CREATE TEMP TABLE mended AS SELECT * FROM "+k.table+" WHERE NOT ("+is+")", by...); err != nil {
		return err
	}
	for _, text := range []string{"DELETE FROM " + k.table, "INSERT OR IGNORE INTO " + k.table + " SELECT * FROM temp.mended", "DROP TABLE temp.mended"} {
		if _, err := tx.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// forgetCall leaves of a call only that it was, and when it was over as far as its
// answer tells. What it sent may still be carried out when nobody answered. A time of
// the future is a damaged one, for which nobody is to wait.
func forgetCall(ctx context.Context, tx *sql.Tx, rowid any, now time.Time) error {
	var c pipeline.CallRecord
	var at int64
	var settled, sum sql.NullInt64
	var outcomes sql.NullString
	odd, err := scanKinds(tx.QueryRowContext(ctx, "SELECT run, seq, target, digest, at, settled, outcomes, verdict_sum FROM calls WHERE rowid = ?", rowid).Scan,
		&c.Run, &c.Seq, &c.Target, &c.Digest, &at, &settled, &outcomes, &sum)
	if err != nil {
		return err
	}
	const key, answer = 4, 5 // places behind what tells the call from others; of its answer
	if odd == key {
		at = now.UnixMicro()
	}
	c.At = micros(min(at, now.UnixMicro()))
	answered := odd < answer && settled.Valid && sum.Valid && judge(sum.Int64, new(summer).verdict(c.Run, c.Seq, settled.Int64, outcomes.String)) == sound
	if answered {
		c.Verdict = &pipeline.Verdict{At: micros(settled.Int64)}
	}
	return putForgotten(ctx, tx, &c, rowid)
}

// putForgotten writes a call that says nothing, but for when it was over if anybody
// knows.
func putForgotten(ctx context.Context, tx *sql.Tx, c *pipeline.CallRecord, rowid any) error {
	const nothing = "[]"
	var sums summer
	var settled, outcomes, verdict any
	if c.Verdict != nil {
		over := c.Verdict.At.UnixMicro()
		settled, outcomes, verdict = over, nothing, sums.verdict(c.Run, c.Seq, over, nothing)
	}
	at := c.At.UnixMicro()
	_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO calls (rowid, run, seq, target, digest, route, at, changes, sum, settled, outcomes, verdict_sum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, rowid, c.Run, c.Seq, c.Target, c.Digest, pipeline.RouteForgotten, at, nothing,
		sums.call(c.Run, c.Seq, c.Target, c.Digest, pipeline.RouteForgotten, at, nothing), settled, outcomes, verdict)
	return err
}

// fillRuns puts runs of which nothing is known but their calls in the place of those that
// are missing.
func fillRuns(ctx context.Context, tx *sql.Tx) error {
	var missing []pipeline.RunRecord
	err := eachRow(ctx, tx, func(scan func(...any) error) error {
		var r pipeline.RunRecord
		var at int64
		if err := scan(&r.ID, &r.Target, &r.Digest, &at); err != nil {
			return err
		}
		r.Start = micros(at)
		missing = append(missing, r)
		return nil
	}, "SELECT run, min(target), min(digest), min(at) FROM calls WHERE run NOT IN (SELECT id FROM runs) GROUP BY run ORDER BY run")
	if err != nil {
		return err
	}
	for _, r := range missing {
		if err := putRun(ctx, tx, r); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE runs SET status = ?, end_sum = ? WHERE id = ?", pipeline.RunMended, new(summer).ended(r.ID, "", pipeline.RunMended, ""), r.ID); err != nil {
			return err
		}
	}
	return nil
}

// missingCall is a call of which nothing is left, and the row behind which it was.
type missingCall struct {
	pipeline.CallRecord
	behind int64
}

// fillCalls puts calls that say nothing in the place of those that are missing, so
// that the history tells that they were.
func fillCalls(ctx context.Context, tx *sql.Tx) error {
	last, behind := map[string]int{}, map[string]int64{}
	var missing []missingCall
	err := eachRow(ctx, tx, func(scan func(...any) error) error {
		var c missingCall
		var at, row int64
		if err := scan(&row, &c.Run, &c.Seq, &c.Target, &c.Digest, &at); err != nil {
			return err
		}
		c.At, c.behind = micros(at), behind[c.Run]
		c.Verdict = &pipeline.Verdict{At: c.At} // it was over before the next one began
		seq := c.Seq
		for c.Seq = last[c.Run] + 1; c.Seq < seq; c.Seq++ {
			missing = append(missing, c)
		}
		last[c.Run], behind[c.Run] = seq, row
		return nil
	}, "SELECT rowid, run, seq, target, digest, at FROM calls ORDER BY run, seq")
	if err != nil {
		return err
	}
	for i := range missing {
		// The row that was taken out is free, and so is another one before the next call.
		var free int64
		err := tx.QueryRowContext(ctx, `SELECT min(n) FROM (SELECT ?1 + 1 AS n UNION ALL SELECT rowid + 1 FROM calls WHERE rowid > ?1)
WHERE n NOT IN (SELECT rowid FROM calls WHERE rowid > ?1)`, missing[i].behind).Scan(&free)
		if err != nil {
			return err
		}
		if err := putForgotten(ctx, tx, &missing[i].CallRecord, free); err != nil {
			return err
		}
	}
	return nil
}
