package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/reconkit/reconkit/pipeline"
)

// journalRow is a call with the text of its changes and outcomes.
type journalRow struct {
	rowid       int64
	run, target string
	pipeline    string // whose rows it is about; "": not known
	changes     []pipeline.Change
	outcomes    []pipeline.Outcome
	settled     bool

	seq           int
	digest, route string
	at, settledAt int64
}

// eachCall hands out every call of the journal; a call that cannot be read is an
// error, because nobody knows whose it is.
func (e *eraser) eachCall(ctx context.Context, do func(r *journalRow) error) error {
	return eachRow(ctx, e.tx, func(scan func(...any) error) error {
		var r journalRow
		var changes string
		var outcomes sql.NullString
		var settled sql.NullInt64
		if err := scan(&r.rowid, &r.run, &r.target, &r.pipeline, &changes, &outcomes, &r.seq, &r.digest, &r.route, &r.at, &settled); err != nil {
			return err
		}
		r.settledAt = settled.Int64
		if err := json.Unmarshal([]byte(changes), &r.changes); err != nil {
			return fmt.Errorf("journal of run %s: %w; look at it with state check", r.run, err)
		}
		if r.settled = outcomes.Valid; r.settled {
			if err := json.Unmarshal([]byte(outcomes.String), &r.outcomes); err != nil || len(r.outcomes) != len(r.changes) {
				return fmt.Errorf("journal of run %s: a verdict cannot be read; look at it with state check", r.run)
			}
		}
		return do(&r)
	}, `SELECT c.rowid, c.run, c.target,
  coalesce(CASE WHEN json_valid(p.binding) THEN json_extract(p.binding, '$.pipeline') END, r.pipeline, ''), c.changes, c.outcomes,
  c.seq, c.digest, c.route, c.at, c.settled
FROM calls c LEFT JOIN runs r ON r.id = c.run LEFT JOIN run_plans p ON p.run = c.run ORDER BY c.rowid`)
}

// eraseJournal takes the person's changes out of the calls, and what was said of
// them out of the runs.
func (e *eraser) eraseJournal(ctx context.Context) error {
	var changed []*journalRow
	erased := map[string]map[string]bool{} // ids of changes by run
	err := e.eachCall(ctx, func(r *journalRow) error {
		touched := false
		for i := range r.changes {
			ch, named := &r.changes[i], e.named(r, i)
			switch record := r.record(i); {
			case e.person.Owns(r.pipeline, r.target, ch) || record != "" && e.person.Records[pipeline.RecordKey{Target: r.target, Record: record}]:
				e.erase(r, i)
				if erased[r.run] == nil {
					erased[r.run] = map[string]bool{}
				}
				erased[r.run][ch.ID] = true
			case e.mentions(ch):
				e.out.Mentions++
				if *ch = ch.Unexplained(); e.mentions(ch) {
					e.erase(r, i)
				}
			case named:
				e.out.Mentions++
			default:
				continue
			}
			if touched = true; named {
				r.outcomes[i].Message = ""
			}
		}
		if touched {
			changed = append(changed, r)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range changed {
		if err := e.rewrite(ctx, r); err != nil {
			return err
		}
	}
	if err := e.eraseOutcomes(ctx, erased); err != nil {
		return err
	}
	return e.eraseNotes(ctx, erased)
}

func (r *journalRow) record(i int) string {
	if !r.settled {
		return ""
	}
	return r.outcomes[i].Target
}

// mentions reports whether a change or an outcome holds the address anywhere.
func (e *eraser) mentions(v any) bool {
	text, err := json.Marshal(v)
	return err != nil || e.person.MentionedIn(text)
}

// erase empties one change of a call.
func (e *eraser) erase(r *journalRow, i int) {
	ch := &r.changes[i]
	if slices.Contains(ch.Labels, pipeline.LabelErased) {
		return
	}
	for _, f := range ch.Fields {
		e.note(f.Before)
		e.note(f.After)
	}
	*ch = ch.Erased()
	if r.settled {
		r.outcomes[i] = pipeline.Outcome{Change: ch.ID, Status: r.outcomes[i].Status, Existed: r.outcomes[i].Existed, Partly: r.outcomes[i].Partly}
	}
	e.out.Changes++
}

// named reports whether the answer to a change names the person, be it somebody else's: a
// server that refuses a whole call may say of each of its changes which one was wrong.
func (e *eraser) named(r *journalRow, i int) bool {
	return r.settled && e.mentions(&r.outcomes[i].Message)
}

func (e *eraser) rewrite(ctx context.Context, r *journalRow) error {
	changes, err := toJSON(r.changes)
	if err != nil {
		return err
	}
	var sums summer
	sum := sums.call(r.run, r.seq, r.target, r.digest, r.route, r.at, changes)
	if !r.settled {
		return e.exec(ctx, "UPDATE calls SET changes = ?, sum = ? WHERE rowid = ?", changes, sum, r.rowid)
	}
	outcomes, err := toJSON(r.outcomes)
	if err != nil {
		return err
	}
	return e.exec(ctx, "UPDATE calls SET changes = ?, sum = ?, outcomes = ?, verdict_sum = ? WHERE rowid = ?",
		changes, sum, outcomes, sums.verdict(r.run, r.seq, r.settledAt, outcomes), r.rowid)
}
