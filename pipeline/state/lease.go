package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// Acquire takes the lease of a target, or says who holds it.
func (s *Store) Acquire(ctx context.Context, target, holder string, now time.Time, ttl time.Duration) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		var other string
		var since, until int64
		err := tx.QueryRowContext(ctx, "SELECT holder, since, until FROM leases WHERE target = ?", target).Scan(&other, &since, &until)
		switch {
		case errors.Is(err, sql.ErrNoRows):
		case err != nil:
			return err
		case other != holder && now.Before(micros(until)):
			return &pipeline.LeaseHeldError{Target: target, Holder: other, Since: micros(since), Until: micros(until)}
		}
		_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO leases (target, holder, since, until) VALUES (?, ?, ?, ?)",
			target, holder, now.UnixMicro(), now.Add(ttl).UnixMicro())
		return err
	})
}

// Renew extends a lease that is still the holder's.
func (s *Store) Renew(ctx context.Context, target, holder string, now time.Time, ttl time.Duration) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		r, err := tx.ExecContext(ctx, "UPDATE leases SET until = ? WHERE target = ? AND holder = ? AND until > ?",
			now.Add(ttl).UnixMicro(), target, holder, now.UnixMicro())
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n != 1 {
			return errors.Join(fmt.Errorf("the lease of %s ran out or was taken over", target), err)
		}
		return nil
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

// Take books a request at now when at least leave further ones could leave, too, or
// says how long to wait.
func (b *Budget) Take(ctx context.Context, now time.Time, leave int) (wait time.Duration, err error) {
	err = b.store.write(ctx, func(tx *sql.Tx) error {
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
