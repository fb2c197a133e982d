package retry

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// tooManyDelay is how long to wait after the n-th 429 of a request: what the
// server asks for, or a growing delay. The jitter of a hint only lengthens it.
func (t *Transport) tooManyDelay(h http.Header, n int) time.Duration {
	if hint, ok := hintDelay(h, t.c.Now()); ok {
		return max(hint, HintDelayMin) + time.Duration(t.c.Jitter()*float64(time.Second))
	}
	return t.jittered(grow(TooManyDelayMin, TooManyDelayMax, n))
}

// grow doubles low n-1 times, up to high.
func grow(low, high time.Duration, n int) time.Duration {
	return min(high, low<<min(n-1, doublingsMax))
}

func (t *Transport) jittered(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (jitterLow + jitterSpread*t.c.Jitter()))
}

// hintDelay reads Retry-After (seconds or a date) or X-RateLimit-Reset (a unix
// time, or seconds from now). A moment that has passed is no hint.
func hintDelay(h http.Header, now time.Time) (time.Duration, bool) {
	if text := strings.TrimSpace(h.Get("Retry-After")); text != "" {
		if s, err := strconv.ParseInt(text, 10, 32); err == nil && s >= 0 {
			return time.Duration(s) * time.Second, true
		}
		if at, err := http.ParseTime(text); err == nil && at.After(now) {
			return at.Sub(now), true
		}
	}
	reset, err := strconv.ParseInt(strings.TrimSpace(h.Get("X-RateLimit-Reset")), 10, 64)
	if err != nil || reset <= 0 {
		return 0, false
	}
	if reset < unixTimeMin {
		return time.Duration(reset) * time.Second, true
	}
	if at := time.Unix(reset, 0); at.After(now) {
		return at.Sub(now), true
	}
	return 0, false
}

// Sleep waits for d, or until ctx is done.
func Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
