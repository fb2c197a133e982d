package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// errDamagedLease says that nobody knows who is at work.
var errDamagedLease = errors.New("a lease is not as it was written, so that nobody knows whether an apply is at work: wait until none is, then see reconkit state check")

// lease is a row of the leases.
type lease struct {
	target, holder string
	since, until   int64
	found          soundness
}

// leases are those that are taken or were left.
func leases(ctx context.Context, tx *sql.Tx) (list []lease, err error) {
	var sums summer
	err = eachRow(ctx, tx, func(scan func(...any) error) error {
		var l lease
		var sum int64
		odd, err := scanKinds(scan, &l.target, &l.holder, &l.since, &l.until, &sum)
		if err != nil {
			return err
		}
		if l.found = judge(sum, sums.lease(l.target, l.holder, l.since, l.until)); odd == 0 {
			l.found = unsound
		} else if odd > 0 {
			l.found = max(l.found, keySound)
		}
		list = append(list, l)
		return nil
	}, "SELECT target, holder, since, until, sum FROM leases ORDER BY target")
	return list, err
}

// keeps is why a lease keeps somebody from the target, or from all targets where that
// is "".
func (l *lease) keeps(target, holder string, now time.Time) error {
	meant := target == "" || l.target == target
	switch {
	case l.found == unsound, l.found != sound && meant:
		return errDamagedLease
	case meant && l.holder != holder && now.Before(micros(l.until)):
		return &pipeline.LeaseHeldError{Target: l.target, Holder: l.holder, Since: micros(l.since), Until: micros(l.until)}
	}
	return nil
}

// idle is a *pipeline.LeaseHeldError while an apply holds a lease, and errDamagedLease
// where none does as far as can be told, and one is damaged.
func idle(ctx context.Context, tx *sql.Tx, now time.Time) error {
	list, err := leases(ctx, tx)
	for i := range list {
		if kept := list[i].keeps("", "", now); kept != nil && (err == nil || errors.Is(err, errDamagedLease)) {
			err = kept
		}
	}
	return err
}

// Acquire takes the lease of a target, or says who holds it. Where a lease that may be
// that of the target is damaged, nobody gets it.
func (s *Store) Acquire(ctx context.Context, target, holder string, now time.Time, ttl time.Duration) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		list, err := leases(ctx, tx)
		if err != nil {
			return err
		}
		for i := range list {
			if err := list[i].keeps(target, holder, now); err != nil {
				return err
			}
		}
		return putLease(ctx, tx, lease{target: target, holder: holder, since: now.UnixMicro(), until: now.Add(ttl).UnixMicro()})
	})
}

func putLease(ctx context.Context, tx *sql.Tx, l lease) error {
	_, err := tx.ExecContext(ctx, "INSERT OR REPLACE INTO leases (target, holder, since, until, sum) VALUES (?, ?, ?, ?, ?)",
		l.target, l.holder, l.since, l.until, new(summer).lease(l.target, l.holder, l.since, l.until))
	return err
}

// Renew extends a lease that is still the holder's.
func (s *Store) Renew(ctx context.Context, target, holder string, now time.Time, ttl time.Duration) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		list, err := leases(ctx, tx)
		if err != nil {
			return err
		}
		for _, l := range list {
			switch {
			case l.target != target:
			case l.found != sound:
				return errDamagedLease
			case l.holder == holder && now.Before(micros(l.until)):
				l.until = now.Add(ttl).UnixMicro()
				return putLease(ctx, tx, l)
			}
		}
		return fmt.Errorf("the lease of %s ran out or was taken over", target)
	})
}

// Release gives a lease back; one that is no longer the holder's stays.
func (s *Store) Release(ctx context.Context, target, holder string) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM leases WHERE target = ? AND holder = ?", target, holder)
		return err
	})
}

// window is the time over which a budget counts: an hour, and a margin because
// a request reaches the server a little after it was booked.
const window = time.Hour + 2*time.Second

// Budget lets at most perHour requests leave in any sliding hour, over all
// processes that share the store.
type Budget struct {
	store   *Store
	name    string
	perHour int
}

// Budget returns the budget of that name, such as the address of a server.
// perHour must be at least 1.
func (s *Store) Budget(name string, perHour int) (*Budget, error) {
	if perHour < 1 {
		return nil, fmt.Errorf("a budget of %d requests an hour lets nothing leave", perHour)
	}
	return &Budget{store: s, name: name, perHour: perHour}, nil
}

// Left is how many requests could leave at now, and when so many could. Nothing is booked.
func (b *Budget) Left(ctx context.Context, now time.Time, wanted int) (left int, at time.Time, err error) {
	err = b.store.db.QueryRowContext(ctx, "SELECT count(*) FROM requests WHERE budget = ? AND (typeof(at) <> 'integer' OR at > ?)", b.name, now.Add(-window).UnixMicro()).Scan(&left)
	if err != nil {
		return 0, now, err
	}
	left = max(0, b.perHour-left)
	if wanted = min(wanted, b.perHour); wanted <= left {
		return left, now, nil
	}
	var last any // of the requests that must be an hour old by then
	err = b.store.db.QueryRowContext(ctx, "SELECT at FROM requests WHERE budget = ? ORDER BY at DESC LIMIT 1 OFFSET ?", b.name, b.perHour-wanted).Scan(&last)
	if micro, ok := last.(int64); ok {
		return left, micros(micro).Add(window), err
	}
	return left, now.Add(window), err
}

// Take books a request at now when at least leave further ones could leave, too, or
// says how long to wait. A request whose time is damaged counts as one of now.
func (b *Budget) Take(ctx context.Context, now time.Time, leave int) (wait time.Duration, err error) {
	err = b.store.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "UPDATE requests SET at = ? WHERE typeof(at) <> 'integer' AND budget = ?", now.UnixMicro(), b.name); err != nil {
			return err
		}
		from := now.Add(-window).UnixMicro()
		if _, err := tx.ExecContext(ctx, "DELETE FROM requests WHERE budget = ? AND at <= ?", b.name, from); err != nil {
			return err
		}
		var at int64
		err := tx.QueryRowContext(ctx, "SELECT at FROM requests WHERE budget = ? ORDER BY at DESC LIMIT 1 OFFSET ?", b.name, max(0, b.perHour-leave-1)).Scan(&at)
		if err == nil {
			wait = max(micros(at).Add(window).Sub(now), time.Millisecond)
			return nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO requests (budget, at) VALUES (?, ?)", b.name, now.UnixMicro())
		return err
	})
	return wait, err
}
