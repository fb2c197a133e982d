package retry

import (
	"net/http"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// promise is that a request leaves soon or not at all; nil: nobody asked for that.
type promise struct {
	t     *Transport
	write bool
	most  time.Duration
	begun time.Time
}

// promise is what the context of a request asks for.
func (t *Transport) promise(req *http.Request) *promise {
	most, limited := pipeline.PromptOf(req.Context())
	if !limited {
		return nil
	}
	return &promise{t, req.Method != http.MethodGet, most, t.c.Now()}
}

// late is why the request must not be sent after another wait; nil: it may be.
func (p *promise) late(wait time.Duration, busy bool) error {
	if p == nil || wait <= 0 || p.t.c.Now().Sub(p.begun)+wait <= p.most {
		return nil
	}
	return &pipeline.LateError{Wait: wait, Busy: busy}
}

// tooMany is how many answers of 429 came in a row: n to this request, or to it and those
// in the place of which it came.
func (p *promise) tooMany(n int) int {
	if p == nil {
		return n
	}
	p.t.learned.mu.Lock()
	defer p.t.learned.mu.Unlock()
	p.t.learned.streak++
	return p.t.learned.streak
}

// waits is how long the request has waited after 429, or it and those in the place of
// which it came.
func (p *promise) waits(waited, delay time.Duration) time.Duration {
	if p == nil {
		return waited
	}
	p.t.learned.mu.Lock()
	defer p.t.learned.mu.Unlock()
	all := p.t.learned.waited + delay
	if p.t.learned.waited = all; all > p.t.c.Patience {
		p.t.learned.streak, p.t.learned.waited = 0, 0 // what comes next is not about it
	}
	return all
}

// answered notes that a write was answered with something else than 429.
func (p *promise) answered(resp *http.Response) {
	if p == nil || !p.write || resp.StatusCode == http.StatusTooManyRequests {
		return
	}
	p.t.learned.mu.Lock()
	defer p.t.learned.mu.Unlock()
	p.t.learned.streak, p.t.learned.waited = 0, 0
}
