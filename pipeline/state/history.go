package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// historyVersion is the version from which on a store has historyTables.
const historyVersion = 3

// historyTables say what each run was about, what became of each change, and which
// changes a person declined.
const historyTables = `
CREATE TABLE run_plans (run TEXT PRIMARY KEY, binding TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE run_outcomes (run TEXT PRIMARY KEY, outcomes TEXT NOT NULL);
CREATE TABLE declines (
  target TEXT NOT NULL, change TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (target, change)
) WITHOUT ROWID;
`

var (
	_ pipeline.History    = (*Store)(nil)
	_ pipeline.RunJournal = (*Store)(nil)
	_ pipeline.Declines   = (*Store)(nil)
)

// aboutRun is what is kept of the plan of a run: the binding, and beside its keys who
// agreed to it.
type aboutRun struct {
	*pipeline.PlanBinding
	Approval *pipeline.Approval `json:"approval,omitempty"`
	Extends  *string            `json:"extends,omitempty"`
}

// StartRun notes that an apply begins. Resuming under the same id begins anew.
func (s *Store) StartRun(ctx context.Context, r pipeline.RunRecord) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		err := putRun(ctx, tx, r)
		if err != nil || r.Binding == nil {
			return err
		}
		text, err := toJSON(aboutRun{r.Binding, r.Approval, r.Extends})
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO run_plans (run, binding, sum) VALUES (?, ?, ?)", r.ID, text, new(summer).of("run_plans", 1, r.ID, text))
		return err
	})
}

// putRun writes that a run began.
func putRun(ctx context.Context, tx *sql.Tx, r pipeline.RunRecord) error {
	start := r.Start.UnixMicro()
	_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO runs (id, pipeline, target, digest, start, sum) VALUES (?, ?, ?, ?, ?, ?)",
		r.ID, r.Pipeline, r.Target, r.Digest, start, new(summer).run(r.ID, r.Pipeline, r.Target, r.Digest, start))
	return err
}

// KeepOutcomes remembers what became of each change of a run.
func (s *Store) KeepOutcomes(ctx context.Context, run string, outcomes []pipeline.Outcome) error {
	text := string(pipeline.AppendOutcomes(nil, outcomes))
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO run_outcomes (run, outcomes, sum) VALUES (?, ?, ?)", run, text, new(summer).of("run_outcomes", 1, run, text))
		return err
	})
}

// EndRun notes how an apply ended.
func (s *Store) EndRun(ctx context.Context, run string, at time.Time, status string, counts map[pipeline.Status]int) error {
	text, err := toJSON(counts)
	if err != nil {
		return err
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		finish := at.UnixMicro()
		_, err := tx.ExecContext(ctx, "UPDATE runs SET finish = ?, status = ?, counts = ?, end_sum = ? WHERE id = ?", finish, status, text,
			new(summer).ended(run, number(finish), status, text), run)
		return err
	})
}

// Runs returns every run, the oldest first, without outcomes. Of one that is not as it was
// written only is told what is.
func (s *Store) Runs(ctx context.Context) ([]pipeline.RunSummary, error) {
	var runs []pipeline.RunSummary
	var sums summer
	lost := false // calls of some run may be
	err := s.query(ctx, func(scan func(...any) error) error {
		r, err := scanRun(&sums, scan)
		runs = append(runs, r)
		lost = lost || r.Calls == 0 && r.Kept
		return err
	}, `SELECT r.id, r.pipeline, r.target, r.digest, r.start, r.finish, r.status, r.counts, p.binding, r.sum, r.end_sum, p.sum,
  (SELECT count(*) FROM calls c WHERE c.run = r.id), EXISTS (SELECT 1 FROM run_outcomes o WHERE o.run = r.id)
FROM runs r LEFT JOIN run_plans p ON p.run = r.id ORDER BY r.start, r.id`)
	if err != nil {
		return nil, fmt.Errorf("read the runs: %w", err)
	}
	if !lost {
		return runs, nil
	}
	// A call that belongs to no run may be that of one that has none.
	strange := false
	if err := s.db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM calls WHERE run NOT IN (SELECT id FROM runs))").Scan(&strange); err != nil {
		return nil, fmt.Errorf("read the runs: %w", err)
	}
	for i := range runs {
		r := &runs[i]
		r.Damaged = r.Damaged || strange && r.Calls == 0 && r.Kept && r.Wrote()
	}
	return runs, nil
}

func scanRun(sums *summer, scan func(...any) error) (r pipeline.RunSummary, err error) {
	var start int64
	var finish, sum, endSum, planSum sql.NullInt64
	var status, counts, binding sql.NullString
	odd, err := scanKinds(scan, &r.ID, &r.Pipeline, &r.Target, &r.Digest, &start, &finish, &status, &counts, &binding, &sum, &endSum, &planSum, &r.Calls, &r.Kept)
	if err != nil {
		return r, err
	}
	const begun, end, plan = 5, 8, 9 // places behind what tells of each
	if odd >= 0 && odd < begun || judge(sum.Int64, sums.run(r.ID, r.Pipeline, r.Target, r.Digest, start)) != sound {
		return pipeline.RunSummary{RunRecord: pipeline.RunRecord{ID: r.ID}, Calls: r.Calls, Damaged: true}, nil
	}
	r.Start = micros(start)
	ended := finish.Valid || status.Valid || counts.Valid || endSum.Valid
	switch {
	case ended && (odd >= begun && odd < end || !endSum.Valid || judge(endSum.Int64, sums.ended(r.ID, textOf(finish), status.String, counts.String)) != sound):
		r.Damaged = true
	case ended:
		if r.Status = status.String; finish.Valid {
			r.Finish = micros(finish.Int64)
		}
		if counts.Valid {
			if err := fromJSON(counts.String, &r.Counts); err != nil {
				return r, fmt.Errorf("counts of run %s: %w", r.ID, err)
			}
		}
	}
	if binding.Valid && (odd < end || odd >= plan) && judge(planSum.Int64, sums.of("run_plans", 1, r.ID, binding.String)) == sound {
		about := aboutRun{PlanBinding: &pipeline.PlanBinding{}}
		if err := fromJSON(binding.String, &about); err != nil {
			return r, fmt.Errorf("plan of run %s: %w", r.ID, err)
		}
		r.Binding, r.Approval, r.Extends = about.PlanBinding, about.Approval, about.Extends
	}
	return r, nil
}

// textOf is a number as text, and "" where there is none.
func textOf(n sql.NullInt64) string {
	if !n.Valid {
		return ""
	}
	return number(n.Int64)
}

// RunCalls returns the calls of a run in their order, and what became of its
// changes in the end by id, as far as the run came to its end and that is as it was
// written. A damaged or missing call is an error.
func (s *Store) RunCalls(ctx context.Context, run string) (calls []pipeline.CallRecord, outcomes map[string]pipeline.Outcome, err error) {
	err = s.eachCall(ctx, schemaVersion, run, func(c pipeline.CallRecord, _ bool, err error) error {
		if err != nil {
			return fmt.Errorf("journal, call %d of run %s: %w", c.Seq, c.Run, err)
		}
		if c.Seq != len(calls)+1 {
			return fmt.Errorf("journal, call %d of run %s: %w", len(calls)+1, c.Run, errMissingCall)
		}
		calls = append(calls, c)
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	outcomes, err = s.RunOutcomes(ctx, run)
	if err != nil {
		return nil, nil, err
	}
	return calls, outcomes, nil
}

// EachRunCall hands out the calls of a run in their order, without those that are damaged.
func (s *Store) EachRunCall(ctx context.Context, run string, do func(pipeline.CallRecord) error) error {
	return s.eachCall(ctx, schemaVersion, run, func(c pipeline.CallRecord, _ bool, wrong error) error {
		if wrong != nil {
			return nil
		}
		return do(c)
	})
}

// RunOutcomes returns what became of the changes of a run in the end by id, as far as the
// run came to its end and that is as it was written.
func (s *Store) RunOutcomes(ctx context.Context, run string) (map[string]pipeline.Outcome, error) {
	var text string
	var sum int64
	_, err := scanKinds(s.db.QueryRowContext(ctx, "SELECT outcomes, sum FROM run_outcomes WHERE run = ?", run).Scan, &text, &sum)
	outcomes := map[string]pipeline.Outcome{}
	switch {
	case errors.Is(err, sql.ErrNoRows), err == nil && judge(sum, new(summer).of("run_outcomes", 1, run, text)) != sound:
		return outcomes, nil
	case err != nil:
		return nil, fmt.Errorf("read what became of run %s: %w", run, err)
	}
	var list []pipeline.Outcome
	if err := fromJSON(text, &list); err != nil {
		return nil, fmt.Errorf("what became of run %s: %w", run, err)
	}
	for _, o := range list {
		outcomes[o.Change] = o
	}
	return outcomes, nil
}

// Declined returns when a person declined each change, by id of the change; see Damage
// for what was left out.
func (s *Store) Declined(ctx context.Context, target string) (map[string]time.Time, error) {
	declined := map[string]time.Time{}
	var sums summer
	left := 0
	err := s.query(ctx, func(scan func(...any) error) error {
		var of, id string
		var at, sum int64
		if _, err := scanKinds(scan, &of, &id, &at, &sum); err != nil {
			return err
		}
		switch found := judge(sum, sums.of("declines", 2, of, id, number(at))); {
		case found == unsound:
			left++
		case of == target:
			declined[id] = micros(at) // it was declined, whenever that was
		}
		return nil
	}, "SELECT target, change, at, sum FROM declines")
	if err != nil {
		return nil, fmt.Errorf("read what was declined: %w", err)
	}
	s.leftOut(target, func(d *pipeline.Damage) { d.Declines = left })
	return declined, nil
}

// Decline remembers changes that a person declined, and forgets that others were.
func (s *Store) Decline(ctx context.Context, target string, at time.Time, declined, accepted []string) error {
	if len(declined)+len(accepted) == 0 {
		return nil
	}
	return s.write(ctx, func(tx *sql.Tx) error {
		var sums summer
		for _, id := range declined {
			if _, err := tx.ExecContext(ctx, "INSERT OR IGNORE INTO declines (target, change, at, sum) VALUES (?, ?, ?, ?)",
				target, id, at.UnixMicro(), sums.of("declines", 2, target, id, number(at.UnixMicro()))); err != nil {
				return err
			}
		}
		for _, id := range accepted {
			if _, err := tx.ExecContext(ctx, "DELETE FROM declines WHERE target = ? AND change = ?", target, id); err != nil {
				return err
			}
		}
		return nil
	})
}
