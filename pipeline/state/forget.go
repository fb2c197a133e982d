package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// Forgotten is what was erased of a person.
type Forgotten struct {
	Person      *pipeline.Person // with the records and rows that were found
	Entries     int              // of the ledger
	Links       int
	Changes     int // of the journal, with their before-images
	Mentions    int // changes of others that no longer tell what the person's rows said
	ClusterRows int
	Elsewhere   []string // tables in which the address still occurs
	// Unsettled are the digests of plans of which a call got no answer: they are
	// needed to find out what came of it.
	Unsettled map[string]bool
	Proof     Proof
}

// Any reports whether anything was erased.
func (f *Forgotten) Any() bool {
	return f.Entries+f.Links+f.Changes+f.Mentions+f.ClusterRows > 0
}

// personRounds is how often records and rows that belong together are looked for:
// a row leads to its records, and they to their other rows.
const personRounds = 8

// Forget erases the data of the person of an e-mail address: the records that have
// or had the address, with their entries in the ledger and their links, and their
// changes in the journal but for what a resumed apply needs, which holds no values.
// It is a *pipeline.LeaseHeldError while an apply is at work, and an error, with nothing
// erased, while a row that leads to people is damaged.
//
// What lies elsewhere, such as plan files, is left to opt.First, while no apply can
// begin; where it fails, nothing is erased here.
//
// What was erased is then looked for in the bytes of the files; see Proof. So is an
// address of which nothing is found: an earlier Forget may have been cut off before the
// file was written anew. No other Store of this process may have the file open: reading
// the file by itself would take its locks away (POSIX).
func Forget(ctx context.Context, path, email string, now time.Time, opt ForgetOptions) (*Forgotten, error) {
	s, err := Open(ctx, path)
	if err != nil {
		return nil, err
	}
	e, err := s.forget(ctx, email, now, opt)
	if err = errors.Join(err, s.Close()); err != nil {
		return nil, fmt.Errorf("forget in %s: %w", path, err)
	}
	if opt.Dry && e.out.Any() {
		return e.out, nil
	}
	e.out.Proof, err = s.prove(e.person, e.longer, e.values)
	return e.out, err
}

// ForgetOptions say how much Forget does.
type ForgetOptions struct {
	Dry   bool                   // only say what would be erased
	First func(*Forgotten) error // called before anything is erased here; may be nil
}

func (s *Store) forget(ctx context.Context, email string, now time.Time, opt ForgetOptions) (*eraser, error) {
	e := &eraser{person: pipeline.NewPerson(email), dry: opt.Dry, first: opt.First, longer: map[string]bool{}, values: map[string]bool{}}
	if !strings.Contains(e.person.Email, "@") {
		return nil, fmt.Errorf("%q is no e-mail address", email)
	}
	e.out = &Forgotten{Person: e.person, Unsettled: map[string]bool{}}
	err := s.write(ctx, func(tx *sql.Tx) error {
		if err := idle(ctx, tx, now); err != nil {
			return err
		}
		e.tx = tx
		return e.run(ctx)
	})
	if err != nil || opt.Dry {
		return e, err
	}
	return e, s.shrink(ctx)
}

// eraser erases a person in one transaction.
type eraser struct {
	tx     *sql.Tx
	person *pipeline.Person
	dry    bool
	out    *Forgotten
	first  func(*Forgotten) error
	values map[string]bool // texts that were erased
	longer map[string]bool // addresses that stay, of which the person's is a part
}

func (e *eraser) run(ctx context.Context) error {
	if err := intact(ctx, e.tx); err != nil {
		return err
	}
	for range personRounds {
		grown := len(e.person.Records) + len(e.person.Rows)
		for _, find := range []func(context.Context) error{e.findLedger, e.findJournal, e.findLinks, e.findParts} {
			if err := find(ctx); err != nil {
				return err
			}
		}
		if len(e.person.Records)+len(e.person.Rows) == grown {
			break
		}
	}
	open, err := openPlans(ctx, e.tx)
	if err != nil {
		return err
	}
	for plan := range open {
		e.out.Unsettled[plan.digest] = true
	}
	if e.first != nil && !e.dry {
		if err := e.first(e.out); err != nil {
			return err
		}
	}
	for _, erase := range []func(context.Context) error{e.eraseLedger, e.eraseLinks, e.eraseJournal, e.eraseClusters, e.elsewhere} {
		if err := erase(ctx); err != nil {
			return err
		}
	}
	return nil
}

// intact is an error while a row by which it is found whose data something is is not as
// it was written: it may lead to somebody else.
func intact(ctx context.Context, tx *sql.Tx) error {
	for _, k := range summedRows() {
		if !k.leads {
			continue
		}
		err := eachSum(ctx, tx, &k, func(_, parts []any, found soundness, _ int64) error {
			if found == sound {
				return nil
			}
			return fmt.Errorf("%s is not as it was written, so that nobody knows whose data it is about; %s", k.named(parts), mendHint)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// exec writes, unless nothing is to be written.
func (e *eraser) exec(ctx context.Context, text string, args ...any) error {
	if e.dry {
		return nil
	}
	_, err := e.tx.ExecContext(ctx, text, args...)
	return err
}

func (e *eraser) findLedger(ctx context.Context) error {
	return eachRow(ctx, e.tx, func(scan func(...any) error) error {
		var key pipeline.RecordKey
		var sent, shown string
		if err := scan(&key.Target, &key.Record, &sent, &shown); err != nil {
			return err
		}
		for _, text := range []string{sent, shown} {
			var v pipeline.Value
			if json.Unmarshal([]byte(text), &v) == nil && e.person.Holds(v) {
				e.person.Records[key] = true
			}
		}
		return nil
	}, "SELECT target, record, sent, shown FROM ledger")
}

func (e *eraser) findJournal(ctx context.Context) error {
	return e.eachCall(ctx, func(r *journalRow) error {
		for i := range r.changes {
			record := ""
			if r.settled {
				record = r.outcomes[i].Target
			}
			if e.person.Owns(r.pipeline, r.target, &r.changes[i]) || record != "" && e.person.Records[pipeline.RecordKey{Target: r.target, Record: record}] {
				e.person.Learn(r.pipeline, r.target, &r.changes[i], record)
			}
		}
		return nil
	})
}

func (e *eraser) findLinks(ctx context.Context) error {
	return eachRow(ctx, e.tx, func(scan func(...any) error) error {
		var row pipeline.PipelineRow
		var record pipeline.RecordKey
		if err := scan(&record.Target, &row.Pipeline, &row.Source, &row.ID, &record.Record); err != nil {
			return err
		}
		if e.person.HasRow(row) || e.person.Records[record] {
			e.person.Rows[row], e.person.Records[record] = true, true
		}
		return nil
	}, "SELECT target, pipeline, source, id, record FROM links")
}

// findParts finds what is remembered of further fields of the person's records: they have
// the ids of these in a target of their own, and need not hold the address.
func (e *eraser) findParts(ctx context.Context) error {
	parts := map[string]string{} // target of the further fields, and of the records
	err := eachRow(ctx, e.tx, func(scan func(...any) error) error {
		var target, binding string
		if err := scan(&target, &binding); err != nil {
			return err
		}
		about := aboutRun{PlanBinding: &pipeline.PlanBinding{}}
		if err := fromJSON(binding, &about); err != nil {
			return fmt.Errorf("what a run was about: %w; look at it with state check", err)
		}
		if about.Extends != nil && *about.Extends != "" {
			parts[target] = *about.Extends
		}
		return nil
	}, "SELECT r.target, p.binding FROM run_plans p JOIN runs r ON r.id = p.run")
	if err != nil || len(parts) == 0 {
		return err
	}
	return eachRow(ctx, e.tx, func(scan func(...any) error) error {
		var key pipeline.RecordKey
		if err := scan(&key.Target, &key.Record); err != nil {
			return err
		}
		if of := parts[key.Target]; of != "" && e.person.Records[pipeline.RecordKey{Target: of, Record: key.Record}] {
			e.person.Records[key] = true
		}
		return nil
	}, "SELECT DISTINCT target, record FROM ledger")
}

// note remembers the texts of a value that is erased, for the proof.
func (e *eraser) note(v pipeline.Value) {
	for _, text := range append(slices.Clone(v.List()), v.Str()) {
		if text != "" {
			e.values[text] = true
		}
	}
}

func (e *eraser) eraseLedger(ctx context.Context) error {
	for key := range e.person.Records {
		err := eachRow(ctx, e.tx, func(scan func(...any) error) error {
			var texts [2]string
			if err := scan(&texts[0], &texts[1]); err != nil {
				return err
			}
			for _, text := range texts {
				var v pipeline.Value
				if json.Unmarshal([]byte(text), &v) == nil {
					e.note(v)
				}
			}
			e.out.Entries++
			return nil
		}, "SELECT sent, shown FROM ledger WHERE target = ? AND record = ?", key.Target, key.Record)
		if err != nil {
			return err
		}
		for _, table := range []string{"ledger", "made"} {
			if err := e.exec(ctx, "DELETE FROM "+table+" WHERE target = ? AND record = ?", key.Target, key.Record); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *eraser) eraseLinks(ctx context.Context) error {
	for row := range e.person.Rows {
		var n int
		if err := e.tx.QueryRowContext(ctx, "SELECT count(*) FROM links WHERE pipeline = ? AND source = ? AND id = ?", row.Pipeline, row.Source, row.ID).Scan(&n); err != nil {
			return err
		}
		e.out.Links += n
		if err := e.exec(ctx, "DELETE FROM links WHERE pipeline = ? AND source = ? AND id = ?", row.Pipeline, row.Source, row.ID); err != nil {
			return err
		}
	}
	return nil
}

// eraseOutcomes takes the person's records and the server's words about them out
// of what became of the runs. A change may have been drifted or blocked, and never
// have been in a call, so that all of them are looked at.
func (e *eraser) eraseOutcomes(ctx context.Context, erased map[string]map[string]bool) error {
	changed := map[string]string{}
	err := eachRow(ctx, e.tx, func(scan func(...any) error) error {
		var run, target, text string
		if err := scan(&run, &target, &text); err != nil {
			return err
		}
		var list []pipeline.Outcome
		if err := json.Unmarshal([]byte(text), &list); err != nil {
			return fmt.Errorf("what became of run %s: %w; look at it with state check", run, err)
		}
		touched := false
		for i, o := range list {
			own := erased[run][o.Change] || o.Target != "" && e.person.Records[pipeline.RecordKey{Target: target, Record: o.Target}]
			if own && o.Target+o.Message != "" || e.mentions(&o) {
				list[i], touched = pipeline.Outcome{Change: o.Change, Status: o.Status}, true
			}
		}
		if !touched {
			return nil
		}
		text, err := toJSON(list)
		changed[run] = text
		return err
	}, "SELECT o.run, r.target, o.outcomes FROM run_outcomes o JOIN runs r ON r.id = o.run")
	if err != nil {
		return err
	}
	var sums summer
	for run, text := range changed {
		if err := e.exec(ctx, "UPDATE run_outcomes SET outcomes = ?, sum = ? WHERE run = ?", text, sums.of("run_outcomes", 1, run, text), run); err != nil {
			return err
		}
	}
	return nil
}

// eraseClusters removes rows that are known by the address.
func (e *eraser) eraseClusters(ctx context.Context) error {
	var keys [][2]any // as they are kept, of whatever kind
	err := eachRow(ctx, e.tx, func(scan func(...any) error) error {
		var of, key any
		if err := scan(&of, &key); err != nil {
			return err
		}
		if e.person.Mentioned(plain(key)) {
			keys = append(keys, [2]any{of, key})
		}
		return nil
	}, "SELECT of, key FROM cluster_rows")
	if err != nil {
		return err
	}
	e.out.ClusterRows = len(keys)
	for _, k := range keys {
		if err := e.exec(ctx, "DELETE FROM cluster_rows WHERE of = ? AND key = ?", k[0], k[1]); err != nil {
			return err
		}
	}
	return nil
}

// elsewhere looks at every text that is left: it names the tables in which the
// address still occurs, and notes the longer addresses of which it is a part.
func (e *eraser) elsewhere(ctx context.Context) error {
	if e.dry && e.out.Any() {
		return nil
	}
	for _, table := range tableNames(schemaVersion) {
		var columns string
		err := e.tx.QueryRowContext(ctx, "SELECT group_concat('coalesce(' || name || ', char(10))', ' || char(10) || ') FROM pragma_table_info(?) WHERE type = 'TEXT'", table).Scan(&columns)
		if err != nil {
			return err
		}
		found := false
		err = eachRow(ctx, e.tx, func(scan func(...any) error) error {
			var text string
			if err := scan(&text); err != nil {
				return err
			}
			found = found || e.person.Mentioned(text)
			for _, longer := range e.person.LongerThan(text) {
				e.longer[longer] = true
			}
			return nil
		}, "SELECT "+columns+" FROM "+table)
		if err != nil {
			return err
		}
		if found {
			e.out.Elsewhere = append(e.out.Elsewhere, table)
		}
	}
	return nil
}
