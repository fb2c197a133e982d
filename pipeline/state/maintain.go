package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// KeepMin is the shortest time for which Compact keeps the journal: longer than
// any plan may be applied, since the journal is what keeps a repeated apply from
// writing twice.
const KeepMin = 30 * 24 * time.Hour

// Compacted is what Compact removed.
type Compacted struct {
	Calls    int   // of the journal, with their before-images
	Requests int   // that count for no hour any more
	Leases   int   // that ran out
	Before   int64 // bytes of the store
	After    int64
}

// Compact removes what no run needs any more and gives its room back: calls that
// were answered and read back, and are older than keep, with their before-images, so that those
// runs cannot be undone; requests older than an hour; leases that ran out. Links,
// the ledger, runs and clusters stay. It is a *pipeline.LeaseHeldError while an
// apply is at work, and an error while a call of the journal is damaged; a call whose
// answer is damaged counts as one without an answer, and stays.
func (s *Store) Compact(ctx context.Context, now time.Time, keep time.Duration) (Compacted, error) {
	var c Compacted
	if keep < KeepMin {
		return c, fmt.Errorf("compact: the journal is kept for %d days at least, not %d", int(KeepMin.Hours()/24), int(keep.Hours()/24))
	}
	var err error
	if c.Before, err = s.bytes(); err != nil {
		return c, err
	}
	unread := map[planOf]bool{} // what becomes read meanwhile stays for the next time
	if err := pipeline.EachUnread(ctx, s, func(target, digest string) { unread[planOf{target, digest}] = true }); err != nil {
		return c, fmt.Errorf("compact %s: %w", s.path, err)
	}
	err = s.write(ctx, func(tx *sql.Tx) error {
		if err := idle(ctx, tx, now); err != nil {
			return err
		}
		open, err := openPlans(ctx, tx)
		if err != nil {
			return err
		}
		maps.Copy(open, unread)
		if c.Calls, err = dropCalls(ctx, tx, now.Add(-keep), open); err != nil {
			return err
		}
		if c.Requests, err = count(tx.ExecContext(ctx, "DELETE FROM requests WHERE at <= ?", now.Add(-window).UnixMicro())); err != nil {
			return err
		}
		c.Leases, err = count(tx.ExecContext(ctx, "DELETE FROM leases WHERE until <= ?", now.UnixMicro()))
		return err
	})
	if err != nil {
		return c, fmt.Errorf("compact %s: %w", s.path, err)
	}
	if err := s.shrink(ctx); err != nil {
		return c, fmt.Errorf("compact %s: %w", s.path, err)
	}
	c.After, err = s.bytes()
	return c, err
}

// openPlans are the plans of which a call got no answer, an unknown one or one that is
// damaged: their calls are needed to go on. A damaged call is an error, since nobody
// knows of which plan it is, or what it sent.
func openPlans(ctx context.Context, tx *sql.Tx) (map[planOf]bool, error) {
	open := map[planOf]bool{}
	err := eachRow(ctx, tx, func(scan func(...any) error) error {
		c, _, err := scanCall(scan)
		if err != nil {
			return fmt.Errorf("journal, call %d of run %s: %w", c.Seq, diag.Shorten(c.Run, 100), err)
		}
		if c.Verdict == nil || slices.ContainsFunc(c.Verdict.Outcomes, pipeline.Outcome.Open) {
			open[planOf{c.Target, c.Digest}] = true
		}
		return nil
	}, "SELECT "+callColumns(schemaVersion)+" FROM calls c ORDER BY c.rowid")
	return open, err
}

// dropCalls removes the calls of runs that began before the cut, so that no run
// is left with some of its calls. Those of open plans stay, and those of runs that are
// not as they were written.
func dropCalls(ctx context.Context, tx *sql.Tx, cut time.Time, open map[planOf]bool) (n int, err error) {
	type old struct {
		id string
		planOf
	}
	var runs []old
	var sums summer
	err = eachRow(ctx, tx, func(scan func(...any) error) error {
		var r old
		var by string
		var start, sum int64
		odd, err := scanKinds(scan, &r.id, &by, &r.target, &r.digest, &start, &sum)
		if err != nil {
			return err
		}
		if odd < 0 && judge(sum, sums.run(r.id, by, r.target, r.digest, start)) == sound {
			runs = append(runs, r)
		}
		return nil
	}, "SELECT id, pipeline, target, digest, start, sum FROM runs WHERE start < ? ORDER BY id", cut.UnixMicro())
	if err != nil {
		return 0, err
	}
	for _, r := range runs {
		if open[r.planOf] {
			continue
		}
		calls, err := count(tx.ExecContext(ctx, "DELETE FROM calls WHERE run = ?", r.id))
		if err != nil {
			return n, err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM run_outcomes WHERE run = ?", r.id); err != nil {
			return n, err
		}
		if calls > 0 {
			// A run that was killed says nothing else of what it wrote.
			if _, err := tx.ExecContext(ctx, "UPDATE runs SET status = ?, end_sum = ? WHERE id = ? AND finish IS NULL", pipeline.RunCompacted, sums.ended(r.id, "", pipeline.RunCompacted, ""), r.id); err != nil {
				return n, err
			}
		}
		n += calls
	}
	return n, nil
}

func count(r sql.Result, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	n, err := r.RowsAffected()
	return int(n), err
}

// shrink writes the file anew without what was deleted, and empties the log
// beside it, so that nothing of it is left in either.
func (s *Store) shrink(ctx context.Context) error {
	if _, err := s.db.ExecContext(ctx, "VACUUM"); err != nil {
		return err
	}
	var busy, frames, moved int
	if err := s.db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved); err != nil {
		return err
	}
	if busy != 0 {
		return errors.New("another process has the file open, so that what was deleted is still in the log beside it; try again when it has ended")
	}
	return nil
}

// parts are the files of a store: its own, and those that SQLite keeps beside it.
func (s *Store) parts() []string {
	return []string{s.path, s.path + "-wal", s.path + "-shm", s.path + "-journal"}
}

func (s *Store) bytes() (n int64, err error) {
	for _, p := range s.parts() {
		info, err := os.Stat(p)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return 0, err
		}
		n += info.Size()
	}
	return n, nil
}
