package pipeline_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// memory is a State that lives as long as the test. What it keeps went through
// the JSON that a store on disk writes.
type memory struct {
	w       *world // nil: nothing ever goes wrong
	mu      sync.Mutex
	links   map[string]map[pipeline.RowKey]string
	ledger  map[string]map[[2]string]pipeline.LedgerEntry
	created map[string]map[string]string // pipeline by target and record
	calls   []pipeline.CallRecord
	leases  map[string]lease
	runs    map[string]pipeline.RunRecord
	ends    map[string]string
	renewed func() error // instead of Renew
}

type lease struct {
	holder       string
	since, until time.Time
}

var (
	_ pipeline.State      = (*memory)(nil)
	_ pipeline.Ownership  = (*memory)(nil)
	_ pipeline.Withdrawer = (*memory)(nil)
)

func newMemory(w *world) *memory {
	return &memory{w: w, links: map[string]map[pipeline.RowKey]string{}, ledger: map[string]map[[2]string]pipeline.LedgerEntry{}, created: map[string]map[string]string{},
		leases: map[string]lease{}, runs: map[string]pipeline.RunRecord{}, ends: map[string]string{}}
}

// write is one durable write; err is what the write itself refuses.
func (m *memory) write(ctx context.Context, what string, do func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.w == nil {
		return do()
	}
	var err error
	if died := m.w.effect(what, 1, func(n int) {
		if n > 0 {
			err = do()
		}
	}); died != nil {
		return died
	}
	return err
}

func copyOf[T any](v T) T {
	b, err := json.Marshal(v)
	if err == nil {
		var c T
		if err = json.Unmarshal(b, &c); err == nil {
			return c
		}
	}
	panic(err)
}

func (m *memory) Links(_ context.Context, target string) (map[pipeline.RowKey]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	links := map[pipeline.RowKey]string{}
	maps.Copy(links, m.links[target])
	return links, nil
}

func (m *memory) SaveLinks(ctx context.Context, target string, links []pipeline.RowLink) error {
	if len(links) == 0 {
		return nil
	}
	return m.write(ctx, "links", func() error {
		if m.links[target] == nil {
			m.links[target] = map[pipeline.RowKey]string{}
		}
		for _, l := range links {
			m.links[target][pipeline.RowKey{Source: l.Source, ID: l.ID}] = l.Target
		}
		return nil
	})
}

func (m *memory) Entries(_ context.Context, target string) (map[string][]pipeline.LedgerEntry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	entries := map[string][]pipeline.LedgerEntry{}
	keys := slices.Collect(maps.Keys(m.ledger[target]))
	slices.SortFunc(keys, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	for _, k := range keys {
		entries[k[0]] = append(entries[k[0]], m.ledger[target][k])
	}
	return entries, nil
}

func (m *memory) SaveEntries(ctx context.Context, target string, entries []pipeline.LedgerEntry) error {
	if len(entries) == 0 {
		return nil
	}
	return m.write(ctx, "ledger", func() error {
		if m.ledger[target] == nil {
			m.ledger[target] = map[[2]string]pipeline.LedgerEntry{}
		}
		for _, e := range entries {
			e = copyOf(e)
			e.At = e.At.UTC().Truncate(time.Microsecond)
			m.ledger[target][[2]string{e.Record, e.Field}] = e
		}
		return nil
	})
}

func (m *memory) Created(_ context.Context, target string) (map[string]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.created[target]), nil
}

func (m *memory) SaveCreated(ctx context.Context, target, by string, records []string) error {
	if len(records) == 0 {
		return nil
	}
	return m.write(ctx, "created", func() error {
		if m.created[target] == nil {
			m.created[target] = map[string]string{}
		}
		for _, r := range records {
			m.created[target][r] = by
		}
		return nil
	})
}

func (m *memory) Disown(ctx context.Context, target string, fields []pipeline.RecordField, gone []string) error {
	if len(fields)+len(gone) == 0 {
		return nil
	}
	return m.write(ctx, "disown", func() error {
		for _, f := range fields {
			delete(m.ledger[target], [2]string{f.Record, f.Field})
		}
		for _, record := range gone {
			delete(m.created[target], record)
			maps.DeleteFunc(m.ledger[target], func(k [2]string, _ pipeline.LedgerEntry) bool { return k[0] == record })
		}
		return nil
	})
}

func (m *memory) Intend(ctx context.Context, c pipeline.Call) error {
	return m.write(ctx, "intend", func() error {
		for _, o := range m.calls {
			if o.Run == c.Run && o.Seq == c.Seq {
				return errors.New("a call of that run and number is there")
			}
		}
		c.Changes = copyOf(c.Changes)
		m.calls = append(m.calls, pipeline.CallRecord{Call: c})
		return nil
	})
}

func (m *memory) Settle(ctx context.Context, v pipeline.Verdict) error {
	return m.write(ctx, "settle", func() error {
		for i, c := range m.calls {
			if c.Run == v.Run && c.Seq == v.Seq {
				v = copyOf(v)
				m.calls[i].Verdict = &v
				return nil
			}
		}
		return errors.New("no such call")
	})
}

func (m *memory) Withdraw(ctx context.Context, run string, seq int) error {
	return m.write(ctx, "withdraw", func() error {
		before := len(m.calls)
		m.calls = slices.DeleteFunc(m.calls, func(c pipeline.CallRecord) bool { return c.Run == run && c.Seq == seq && c.Verdict == nil })
		if len(m.calls) == before {
			return errors.New("no such call without a verdict")
		}
		return nil
	})
}

func (m *memory) Calls(_ context.Context, target, digest string) ([]pipeline.CallRecord, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var calls []pipeline.CallRecord
	for _, c := range m.calls {
		if c.Target == target && c.Digest == digest {
			calls = append(calls, c)
		}
	}
	return calls, nil
}

func (m *memory) OpenCalls(_ context.Context, target string, since time.Time) ([]pipeline.CallRecord, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.calls), func(c pipeline.CallRecord) bool {
		return c.Target != target || c.Verdict != nil && c.Verdict.At.Before(since)
	}), nil
}

func (m *memory) Acquire(ctx context.Context, target, holder string, now time.Time, ttl time.Duration) error {
	return m.write(ctx, "acquire", func() error {
		l, taken := m.leases[target]
		if taken && l.holder != holder && now.Before(l.until) {
			return &pipeline.LeaseHeldError{Target: target, Holder: l.holder, Since: l.since, Until: l.until}
		}
		m.leases[target] = lease{holder, now, now.Add(ttl)}
		return nil
	})
}

func (m *memory) Renew(ctx context.Context, target, holder string, now time.Time, ttl time.Duration) error {
	if m.renewed != nil {
		return m.renewed()
	}
	return m.write(ctx, "renew", func() error {
		l := m.leases[target]
		if l.holder != holder || !now.Before(l.until) {
			return fmt.Errorf("the lease of %s is no longer held", target)
		}
		m.leases[target] = lease{holder, l.since, now.Add(ttl)}
		return nil
	})
}

func (m *memory) Release(ctx context.Context, target, holder string) error {
	return m.write(ctx, "release", func() error {
		if m.leases[target].holder == holder {
			delete(m.leases, target)
		}
		return nil
	})
}

func (m *memory) StartRun(ctx context.Context, r pipeline.RunRecord) error {
	return m.write(ctx, "start", func() error { m.runs[r.ID] = r; return nil })
}

func (m *memory) EndRun(ctx context.Context, run string, _ time.Time, status string, _ map[pipeline.Status]int) error {
	return m.write(ctx, "end", func() error { m.ends[run] = status; return nil })
}

// created lets the memory say that the pipeline of the job created some records as
// they are.
func (j *job) created(t testing.TB, ids ...string) {
	t.Helper()
	must(t, j.state.SaveCreated(t.Context(), j.target.Identity(), "p", ids))
	for _, id := range ids {
		for field, v := range j.target.records[id] {
			must(t, j.state.SaveEntries(t.Context(), j.target.Identity(), []pipeline.LedgerEntry{{Record: id, Field: field, Sent: v, Shown: v, At: j.w.Now(), Pipeline: "p"}}))
		}
	}
}
