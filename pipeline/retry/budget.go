package retry

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// window is the time over which a Budget counts: an hour, and a margin because
// a request reaches the server a little after it was booked.
const window = time.Hour + 2*time.Second

// HourlyBudget lets at most a fixed number of requests leave in any sliding
// hour. It remembers them in memory; a budget that must hold over restarts
// keeps them elsewhere. It is safe for concurrent use.
type HourlyBudget struct {
	perHour int

	mu   sync.Mutex
	left []time.Time // when the last requests left; once there are perHour, a ring, oldest at next
	next int
}

// NewHourlyBudget makes a budget of perHour requests, at least 1.
func NewHourlyBudget(perHour int) (*HourlyBudget, error) {
	if perHour < 1 {
		return nil, fmt.Errorf("a budget of %d requests an hour lets nothing leave", perHour)
	}
	return &HourlyBudget{perHour: perHour}, nil
}

// ReserveOf is how many requests an hour writes should leave to readings: one in
// fifty, and no more than a few readings of a list in pages need.
func ReserveOf(perHour int) int { return min(perHour/reserveShare, reserveMax) }

// Of the requests of an hour.
const (
	reserveShare = 50
	reserveMax   = 50
)

// Take books a request at now, or says how long to wait.
func (b *HourlyBudget) Take(_ context.Context, now time.Time, leave int) (time.Duration, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if wait := b.wait(now, leave); wait > 0 {
		return wait, nil
	}
	if len(b.left) < b.perHour {
		b.left = append(b.left, now)
		return 0, nil
	}
	b.left[b.next] = now
	b.next = (b.next + 1) % b.perHour
	return 0, nil
}

// wait says how long the next request must wait: until the one that is as many
// before it as may leave is out of the window. The caller holds the lock, or is
// alone.
func (b *HourlyBudget) wait(now time.Time, leave int) time.Duration {
	n, may := len(b.left), max(1, b.perHour-leave)
	if n < may {
		return 0
	}
	return b.left[(b.next+n-may)%n].Add(window).Sub(now)
}

// steady is a budget that is kept by a second clock, too.
type steady struct {
	Budget
	mu   sync.Mutex
	ring *HourlyBudget
	now  func() time.Time
}

// Steady makes b hold also when its clock jumps forward, as far as one process can
// know: perHour requests leave in any hour of now, a clock that does not jump, such
// as the monotonic one of time.Now.
func Steady(b Budget, perHour int, now func() time.Time) (Budget, error) {
	ring, err := NewHourlyBudget(perHour)
	if err != nil {
		return nil, err
	}
	return &steady{Budget: b, ring: ring, now: now}, nil
}

// Take books a request in both, or in neither.
func (s *steady) Take(ctx context.Context, now time.Time, leave int) (time.Duration, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if wait := s.ring.wait(s.now(), leave); wait > 0 {
		return wait, nil
	}
	wait, err := s.Budget.Take(ctx, now, leave)
	if wait > 0 || err != nil {
		return wait, err
	}
	return s.ring.Take(ctx, s.now(), leave)
}
