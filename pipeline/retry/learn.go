package retry

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What is learned from a server that says "too many" without saying when to
// come again: the time between two requests doubles with each such answer, and
// halves after a while without one.
const (
	gapMin     = time.Second
	gapMax     = time.Minute
	gapAnswers = 50 // in a row that were no 429, until the gap halves
)

// learned is what the answers of a server tell about its rate beyond one
// request. It is safe for concurrent use.
type learned struct {
	mu    sync.Mutex
	gap   time.Duration // between two requests; 0: none
	good  int           // answers in a row that were no 429
	left  time.Time     // when the last request left
	quiet time.Time     // the server said that nothing is left before this

	// Of requests that were not sent again since they would have been late.
	streak int           // answers of 429 in a row
	waited time.Duration // what they asked for
}

// silent lets no request leave before a moment.
func (l *learned) silent(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.quiet) {
		l.quiet = until
	}
}

// silence is how much longer the server wants no requests.
func (l *learned) silence(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return min(l.quiet.Sub(now), paceWaitMax)
}

// wait returns how long a request has to wait at now; when that is nothing, it
// is taken to leave.
func (l *learned) wait(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := l.quiet.Sub(now)
	if l.gap > 0 {
		d = max(d, l.left.Add(l.gap).Sub(now))
	}
	if d <= 0 {
		l.left = now
		return 0
	}
	return min(d, paceWaitMax)
}

// note learns from an answer.
func (l *learned) note(resp *http.Response, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	hint, hinted := hintDelay(resp.Header, now)
	switch {
	case resp.StatusCode == http.StatusTooManyRequests && !hinted:
		l.good, l.gap = 0, min(max(2*l.gap, gapMin), gapMax)
	case resp.StatusCode == http.StatusTooManyRequests:
		l.good = 0
	default:
		if l.good++; l.good%gapAnswers == 0 {
			if l.gap /= 2; l.gap < gapMin {
				l.gap = 0
			}
		}
		if strings.TrimSpace(resp.Header.Get("X-RateLimit-Remaining")) == "0" && hinted && resetAhead(resp.Header, now) {
			l.quiet = now.Add(hint)
		}
	}
}

// resetAhead reports whether X-RateLimit-Reset is a moment within the next
// hour; any other value is no reason to be silent.
func resetAhead(h http.Header, now time.Time) bool {
	reset, err := strconv.ParseInt(strings.TrimSpace(h.Get("X-RateLimit-Reset")), 10, 64)
	if err != nil || reset < unixTimeMin {
		return false
	}
	d := time.Unix(reset, 0).Sub(now)
	return d > 0 && d <= time.Hour+time.Minute
}

// slow waits as the server has taught.
func (t *Transport) slow(ctx context.Context, p *promise) error {
	for {
		if late := p.late(t.learned.silence(t.c.Now()), false); late != nil {
			return late
		}
		d := t.learned.wait(t.c.Now())
		if d <= 0 {
			return nil
		}
		if err := Sleep(ctx, d); err != nil {
			return err
		}
	}
}
