package plandocket_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/plandocket"
)

// labMemory is a State of the laboratory: it outlives processes, and what it
// keeps went through the JSON that a store on disk writes.
type labMemory struct {
	lab   *lab
	mu    sync.Mutex
	links map[pipeline.RowKey]string
	told  map[[2]string]pipeline.LedgerEntry
	made  map[string]map[string]string // pipeline by record, of each target
	calls []pipeline.CallRecord
	lease pipeline.LeaseHeldError // nobody's when Holder is ""
	// Of the resources that hang on contacts, by the identity of the target.
	places map[string]*labPlaces
}

// labPlaces is what is remembered of a resource that hangs on contacts.
type labPlaces struct {
	links map[pipeline.RowKey]string
	told  map[[2]string]pipeline.LedgerEntry
	lease pipeline.LeaseHeldError
}

// of is what is remembered of a target. The caller holds the lock.
func (m *labMemory) of(target string) (map[pipeline.RowKey]string, map[[2]string]pipeline.LedgerEntry, *pipeline.LeaseHeldError) {
	if strings.HasSuffix(target, plandocket.Resource) {
		return m.links, m.told, &m.lease
	}
	p := m.places[target]
	if p == nil {
		p = &labPlaces{links: map[pipeline.RowKey]string{}, told: map[[2]string]pipeline.LedgerEntry{}}
		m.places[target] = p
	}
	return p.links, p.told, &p.lease
}

var (
	_ pipeline.State       = (*labMemory)(nil)
	_ pipeline.Ownership   = (*labMemory)(nil)
	_ pipeline.OpenJournal = (*labMemory)(nil)
)

func newLabMemory(l *lab) *labMemory {
	return &labMemory{lab: l, links: map[pipeline.RowKey]string{}, told: map[[2]string]pipeline.LedgerEntry{}, made: map[string]map[string]string{}, places: map[string]*labPlaces{}}
}

// write is one durable write of the process that lives now.
func (m *labMemory) write(ctx context.Context, what string, do func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	life := m.lab.life
	if life.dead.Load() {
		return errDead
	}
	if !life.reached(what) {
		return do()
	}
	if life.how == diesAfter || life.how == diesAnswered {
		_ = do()
	}
	return errDead
}

func throughJSON[T any](v T) T {
	var c T
	if err := json.Unmarshal(must(json.Marshal(v)), &c); err != nil {
		panic(err)
	}
	return c
}

func (m *labMemory) Links(_ context.Context, target string) (map[pipeline.RowKey]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	links := map[pipeline.RowKey]string{}
	known, _, _ := m.of(target)
	for k, v := range known {
		links[k] = v
	}
	return links, nil
}

func (m *labMemory) SaveLinks(ctx context.Context, target string, links []pipeline.RowLink) error {
	if len(links) == 0 {
		return nil
	}
	return m.write(ctx, "links", func() error {
		known, _, _ := m.of(target)
		for _, l := range links {
			known[pipeline.RowKey{Source: l.Source, ID: l.ID}] = l.Target
		}
		return nil
	})
}

func (m *labMemory) Entries(_ context.Context, target string) (map[string][]pipeline.LedgerEntry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	entries := map[string][]pipeline.LedgerEntry{}
	_, told, _ := m.of(target)
	for k, e := range told {
		entries[k[0]] = append(entries[k[0]], e)
	}
	return entries, nil
}

func (m *labMemory) SaveEntries(ctx context.Context, target string, entries []pipeline.LedgerEntry) error {
	if len(entries) == 0 {
		return nil
	}
	return m.write(ctx, "ledger", func() error {
		_, told, _ := m.of(target)
		for _, e := range entries {
			told[[2]string{e.Record, e.Field}] = e
		}
		return nil
	})
}

func (m *labMemory) Created(_ context.Context, target string) (map[string]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.made[target]), nil
}

func (m *labMemory) SaveCreated(ctx context.Context, target, by string, records []string) error {
	if len(records) == 0 {
		return nil
	}
	return m.write(ctx, "created", func() error {
		for _, r := range records {
			m.make(target, r, by)
		}
		return nil
	})
}

func (m *labMemory) Disown(ctx context.Context, target string, fields []pipeline.RecordField, gone []string) error {
	if len(fields)+len(gone) == 0 {
		return nil
	}
	return m.write(ctx, "disown", func() error {
		_, told, _ := m.of(target)
		for _, f := range fields {
			delete(told, [2]string{f.Record, f.Field})
		}
		for _, record := range gone {
			delete(m.made[target], record)
			maps.DeleteFunc(told, func(k [2]string, _ pipeline.LedgerEntry) bool { return k[0] == record })
		}
		return nil
	})
}

// created lets the memory say that an earlier run made a record, with these values.
func (m *labMemory) created(target, record string, values map[string]pipeline.Value) {
	m.make(target, record, "p")
	_, told, _ := m.of(target)
	for field, v := range values {
		told[[2]string{record, field}] = pipeline.LedgerEntry{Record: record, Field: field, Sent: v, Shown: v, At: time.Now(), Pipeline: "p"}
	}
}

func (m *labMemory) make(target, record, by string) {
	if m.made[target] == nil {
		m.made[target] = map[string]string{}
	}
	m.made[target][record] = by
}

func (m *labMemory) Intend(ctx context.Context, c pipeline.Call) error {
	return m.write(ctx, "intend", func() error {
		m.calls = append(m.calls, pipeline.CallRecord{Call: throughJSON(c)})
		return nil
	})
}

func (m *labMemory) Settle(ctx context.Context, v pipeline.Verdict) error {
	return m.write(ctx, "verdict", func() error {
		i := slices.IndexFunc(m.calls, func(c pipeline.CallRecord) bool { return c.Run == v.Run && c.Seq == v.Seq })
		if i < 0 {
			return errors.New("no such call")
		}
		v = throughJSON(v)
		m.calls[i].Verdict = &v
		return nil
	})
}

func (m *labMemory) Withdraw(ctx context.Context, run string, seq int) error {
	return m.write(ctx, "withdraw", func() error {
		m.calls = slices.DeleteFunc(m.calls, func(c pipeline.CallRecord) bool { return c.Run == run && c.Seq == seq && c.Verdict == nil })
		return nil
	})
}

func (m *labMemory) OpenCalls(_ context.Context, target string, since time.Time) ([]pipeline.CallRecord, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var calls []pipeline.CallRecord
	for _, c := range m.calls {
		if c.Target == target && (c.Verdict == nil || !c.Verdict.At.Before(since)) {
			calls = append(calls, throughJSON(c))
		}
	}
	return calls, nil
}

func (m *labMemory) Calls(_ context.Context, target, digest string) ([]pipeline.CallRecord, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.calls), func(c pipeline.CallRecord) bool { return c.Target != target || c.Digest != digest }), nil
}

// open is the call that is under way.
func (m *labMemory) open() *pipeline.CallRecord {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.calls); n > 0 && m.calls[n-1].Verdict == nil {
		return &m.calls[n-1]
	}
	return nil
}

// intended reports whether a change was ever about to be sent.
func (m *labMemory) intended(change string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.ContainsFunc(m.calls, func(c pipeline.CallRecord) bool {
		return slices.ContainsFunc(c.Changes, func(ch pipeline.Change) bool { return ch.ID == change })
	})
}

func (m *labMemory) Acquire(ctx context.Context, target, holder string, now time.Time, ttl time.Duration) error {
	return m.write(ctx, "acquire", func() error {
		_, _, lease := m.of(target)
		if lease.Holder != "" && lease.Holder != holder && now.Before(lease.Until) {
			held := *lease
			return &held
		}
		*lease = pipeline.LeaseHeldError{Target: target, Holder: holder, Since: now, Until: now.Add(ttl)}
		return nil
	})
}

func (m *labMemory) Renew(ctx context.Context, target, holder string, now time.Time, ttl time.Duration) error {
	return m.write(ctx, "renew", func() error {
		_, _, lease := m.of(target)
		if lease.Holder != holder || !now.Before(lease.Until) {
			return errors.New("the lease is no longer held")
		}
		lease.Until = now.Add(ttl)
		return nil
	})
}

func (m *labMemory) Release(ctx context.Context, target, holder string) error {
	return m.write(ctx, "release", func() error {
		if _, _, lease := m.of(target); lease.Holder == holder {
			*lease = pipeline.LeaseHeldError{}
		}
		return nil
	})
}

// taken reports whether the target of the call that is under way, or of the last one,
// is taken by somebody.
func (m *labMemory) taken(now time.Time) (target string, taken bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.calls) == 0 {
		return "", true
	}
	target = m.calls[len(m.calls)-1].Target
	_, _, lease := m.of(target[:strings.LastIndexByte(target, ' ')+1] + plandocket.Resource) // which all resources share
	return target, lease.Holder != "" && now.Before(lease.Until)
}

func (m *labMemory) StartRun(ctx context.Context, _ pipeline.RunRecord) error {
	return m.write(ctx, "start", func() error { return nil })
}

func (m *labMemory) EndRun(ctx context.Context, _ string, _ time.Time, _ string, _ map[pipeline.Status]int) error {
	return m.write(ctx, "end", func() error { return nil })
}
