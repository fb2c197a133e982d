package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// memory looks at every link and every entry of the ledger.
func (c *checker) memory(ctx context.Context) error {
	err := c.store.query(ctx, func(scan func(...any) error) error {
		var target, source, id string
		if odd, err := scanKinds(scan, &target, &source, &id); err != nil || odd >= 0 {
			return err
		}
		c.add(diag.Error, "link", fmt.Sprintf("row %s of source %s is linked to a record of %s that has no id", diag.Shorten(id, 60), diag.Shorten(source, 60), diag.Shorten(target, 100)), restoreHint)
		return nil
	}, "SELECT target, source, id FROM links WHERE record = '' OR source = '' OR id = ''")
	if err != nil {
		return err
	}
	return c.store.query(ctx, func(scan func(...any) error) error {
		var record, field, sent, shown string
		var at int64
		if odd, err := scanKinds(scan, &record, &field, &sent, &shown, &at); err != nil || odd >= 0 {
			return err
		}
		var v pipeline.Value
		if json.Unmarshal([]byte(sent), &v) != nil || json.Unmarshal([]byte(shown), &v) != nil {
			c.add(diag.Error, "ledger", fmt.Sprintf("the ledger of record %s, field %s, does not hold values", diag.Shorten(record, 60), diag.Shorten(field, 60)), restoreHint)
		}
		if micros(at).After(c.now.Add(clockAheadMax)) {
			c.add(diag.Warning, "clock", fmt.Sprintf("record %s was written at %s, which is in the future", diag.Shorten(record, 60), clock(micros(at))), "mend the clock of this machine or of the one that wrote it")
		}
		return nil
	}, "SELECT record, field, sent, shown, at FROM ledger ORDER BY target, record, field")
}

// runs looks at the runs and what is kept of them.
func (c *checker) runs(ctx context.Context) error {
	err := c.store.query(ctx, func(scan func(...any) error) error {
		var id string
		var start int64
		var finish sql.NullInt64
		var counts sql.NullString
		if odd, err := scanKinds(scan, &id, &start, &finish, &counts); err != nil || odd >= 0 {
			return err
		}
		var n map[pipeline.Status]int
		if counts.Valid && json.Unmarshal([]byte(counts.String), &n) != nil {
			c.add(diag.Error, "run", "the counts of run "+diag.Shorten(id, 100)+" cannot be read", restoreHint)
		}
		if finish.Valid && finish.Int64 < start {
			c.add(diag.Warning, "clock", fmt.Sprintf("run %s ended at %s, before it began at %s", diag.Shorten(id, 100), clock(micros(finish.Int64)), clock(micros(start))), "the clock was set back meanwhile; the rate of that hour may have been exceeded")
		}
		return nil
	}, "SELECT id, start, finish, counts FROM runs ORDER BY start, id")
	if err != nil || c.health.Version < historyVersion {
		return err
	}
	return c.store.query(ctx, func(scan func(...any) error) error {
		var run, text string
		if odd, err := scanKinds(scan, &run, &text); err != nil || odd >= 0 {
			return err
		}
		var outcomes []pipeline.Outcome
		if json.Unmarshal([]byte(text), &outcomes) != nil {
			c.add(diag.Error, "run", "what became of run "+diag.Shorten(run, 100)+" cannot be read", restoreHint)
		}
		return nil
	}, "SELECT run, outcomes FROM run_outcomes ORDER BY run")
}

// planOf is a plan against a target.
type planOf struct{ target, digest string }

// journal looks whether every call can be read, belongs to a run, and has an
// outcome for each of its changes; and it counts what got no answer.
func (c *checker) journal(ctx context.Context) error {
	open := map[planOf]map[string]bool{}
	var order []planOf
	last := map[string]int{} // number of the last call of each run
	err := c.store.eachCall(ctx, c.health.Version, "", func(call pipeline.CallRecord, listed bool, err error) error {
		what := fmt.Sprintf("call %d of run %s", call.Seq, diag.Shorten(call.Run, 100))
		switch {
		case err != nil:
			c.add(diag.Error, "journal", what+": "+diag.Shorten(err.Error(), 200), restoreHint)
			return nil
		case !listed:
			c.add(diag.Error, "journal", what+" belongs to a run that is not in the list of runs", restoreHint)
		}
		if call.Seq != last[call.Run]+1 {
			c.add(diag.Error, "journal", fmt.Sprintf("before %s stands call %d: calls are missing", what, last[call.Run]), restoreHint)
		}
		last[call.Run] = call.Seq
		p := planOf{call.Target, call.Digest}
		if open[p] == nil {
			open[p] = map[string]bool{}
			order = append(order, p)
		}
		for i, ch := range call.Changes {
			switch {
			case call.Verdict == nil || call.Verdict.Outcomes[i].Open():
				open[p][ch.ID] = true
			case !call.Verdict.Outcomes[i].Existed: // which may be what an earlier call wrote
				delete(open[p], ch.ID)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, p := range order {
		if n := len(open[p]); n > 0 {
			c.add(diag.Warning, "open-calls", fmt.Sprintf("%d changes of plan %s to %s were sent and got no answer", n, short(p.digest), diag.Shorten(p.target, 100)), "reconkit apply PLAN --resume with that plan looks what came of them")
		}
	}
	return nil
}

// short is the beginning of a digest, as people are shown it.
func short(digest string) string { return digest[:min(12, len(digest))] }
