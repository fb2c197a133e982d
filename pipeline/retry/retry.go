// Package retry is an [http.RoundTripper] that repeats what is safe to repeat
// and keeps a rate. It is the only place of the program that waits.
//
// A request is repeated in two cases. A GET is repeated after a network error
// and after a status of 500 or more, a few times. Any request is repeated
// after a 429, patiently, because a 429 is proof that the server did nothing.
// No other answer repeats a POST, PUT, PATCH or DELETE: nobody knows whether
// it was carried out. An answer of 200 that makes no sense is not judged here.
//
// The transport waits as long as it must, so a client that uses it has no
// Timeout of its own; each attempt has one ([Config.Timeout]). A request of
// [pipeline.Prompt] that would wait too long is not sent; the transport then
// waits with the requests that come next.
package retry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"golang.org/x/time/rate"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/internal/safeguard"
)

// The defaults and limits of a Transport.
const (
	TimeoutDefault        = 2 * time.Minute // of one attempt, the body of its answer included
	PatienceDefault       = 2 * time.Hour   // of all waiting for one request after 429
	AttemptsDefault       = 5               // of one GET that meets network errors or 5xx
	ErrorDelayMin         = time.Second     // before the first repetition after an error; doubles
	ErrorDelayMax         = time.Minute
	TooManyDelayMin       = 15 * time.Second // after the first 429 without a hint; doubles
	TooManyDelayMax       = 5 * time.Minute  // the windows of rate limits last an hour
	HintDelayMin          = time.Second      // a server that says "now" is not taken at its word
	DrainBytesMax         = 64 << 10         // read from an unwanted answer so that its connection can be used again
	BufferBytesMax        = 256 << 20        // of a GET's answer read ahead to find out whether it was cut
	jitterLow             = 0.75             // of the delay; the jitter spreads it to jitterLow + jitterSpread
	jitterSpread          = 0.5
	roomWaitMax           = window + time.Minute // of a reading for requests that are to follow it at once
	paceWaitMax           = 24 * time.Hour       // longer means that the pace cannot be kept at all
	doublingsMax          = 20
	unixTimeMin     int64 = 100_000_000 // a smaller X-RateLimit-Reset is a number of seconds, not a time
)

// Budget says whether a request may leave now. It counts what leaves, so that
// the limit of a server is kept over all that share the budget.
type Budget interface {
	// Take books one request that leaves at now and returns 0, when at least leave
	// further ones could leave at the same time, or, where that is more than ever can,
	// when none has left for an hour; else it books nothing and returns how long to wait
	// before asking again.
	Take(ctx context.Context, now time.Time, leave int) (wait time.Duration, err error)
}

// Config is what a Transport is made of. Now is required.
type Config struct {
	Base   http.RoundTripper // nil: http.DefaultTransport
	Now    func() time.Time
	Jitter func() float64 // from 0 up to 1, safe for concurrent use; nil: always 0.5

	PerSecond float64 // pace of requests; 0: no pace
	Burst     int     // requests that may leave at once under the pace; 0: 1
	Budget    Budget  // nil: no limit an hour
	// Reserve is how many requests of the budget writes leave to readings, so that
	// what came of a write can be found out though the hour is used up. It must be
	// smaller than the budget.
	Reserve int

	Attempts int           // of a GET that fails; 0: AttemptsDefault
	Patience time.Duration // with 429 for one request; 0: PatienceDefault
	Timeout  time.Duration // of one attempt; 0: TimeoutDefault, negative: none

	OnWait func(Wait) // told before each wait but those of the pace; must return at once; nil: nobody
}

// Cause says why the transport waits.
type Cause string

// The causes of a wait.
const (
	CauseBudget  Cause = "budget"   // the requests of this hour are used up
	CauseTooMany Cause = "too-many" // the server answered 429
	CauseError   Cause = "error"    // a GET met a network error or a status of 500 or more
)

// Wait is one wait of the transport.
type Wait struct {
	Cause   Cause
	Method  string
	Path    string
	Attempt int // the attempts made so far for this request
	Status  int // of the answer, 0 for a network error or a budget
	Delay   time.Duration
	Behind  int // further requests for which it waits, too, so that they can follow at once
}

// Transport repeats GET and 429, and keeps a rate. It is safe for concurrent
// use.
type Transport struct {
	c       Config
	pacer   *rate.Limiter
	learned learned
}

// New checks c and makes a transport.
func New(c Config) (*Transport, error) {
	if c.Now == nil {
		return nil, errors.New("retry: no clock was given")
	}
	if c.PerSecond < 0 || c.Burst < 0 || c.Attempts < 0 || c.Patience < 0 || c.Reserve < 0 {
		return nil, errors.New("retry: rate, burst, attempts, patience and reserve must not be negative")
	}
	if c.Base == nil {
		c.Base = http.DefaultTransport
	}
	if c.Jitter == nil {
		c.Jitter = func() float64 { return 0.5 }
	}
	if c.Burst == 0 {
		c.Burst = 1
	}
	if c.Attempts == 0 {
		c.Attempts = AttemptsDefault
	}
	if c.Patience == 0 {
		c.Patience = PatienceDefault
	}
	if c.Timeout == 0 {
		c.Timeout = TimeoutDefault
	}
	if c.OnWait == nil {
		c.OnWait = func(Wait) {}
	}
	t := &Transport{c: c}
	if c.PerSecond > 0 {
		t.pacer = rate.NewLimiter(rate.Limit(c.PerSecond), c.Burst)
	}
	return t, nil
}

// NotSentError is an error of a request of which nothing is left to doubt: it
// never left, or every attempt was answered with 429.
type NotSentError struct{ Err error }

func (e *NotSentError) Error() string { return "nothing was sent: " + e.Err.Error() }

// Unwrap returns the reason.
func (e *NotSentError) Unwrap() error { return e.Err }

// NotSent reports true. It lets a caller that does not know this package ask.
func (e *NotSentError) NotSent() bool { return true }

// RoundTrip sends the request until it has an answer to give back. The last
// answer is given back whatever it is, also a 429 when the patience is over or
// the body cannot be sent again. An error that ends a wait before anything was
// carried out is a *NotSentError.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	var tooMany, failed int
	var waited time.Duration
	p := t.promise(req)
	for attempt := 1; ; attempt++ {
		send, err := t.prepare(req, attempt, p)
		if err != nil {
			closeBody(req)
			return nil, &NotSentError{err}
		}
		resp, err := t.send(send)
		if ctxErr := req.Context().Err(); ctxErr != nil && err != nil {
			return nil, err
		}
		if err == nil {
			t.learned.note(resp, t.c.Now())
			p.answered(resp)
		}
		wait := Wait{Method: req.Method, Path: req.URL.Path, Attempt: attempt}
		switch {
		case err == nil && resp.StatusCode == http.StatusTooManyRequests:
			tooMany++
			wait.Cause, wait.Status = CauseTooMany, resp.StatusCode
			wait.Delay = t.tooManyDelay(resp.Header, p.tooMany(tooMany))
			waited += wait.Delay
			if p.waits(waited, wait.Delay) > t.c.Patience || !repeatable(req) {
				return resp, nil
			}
			if late := p.late(wait.Delay, true); late != nil {
				discard(resp)
				t.c.OnWait(wait)
				t.learned.silent(t.c.Now().Add(wait.Delay))
				return nil, &NotSentError{late}
			}
		case req.Method == http.MethodGet && (err != nil || resp.StatusCode >= 500):
			failed++
			if failed >= t.c.Attempts || !repeatable(req) {
				return resp, err
			}
			wait.Cause, wait.Delay = CauseError, t.jittered(grow(ErrorDelayMin, ErrorDelayMax, failed))
			if resp != nil {
				wait.Status = resp.StatusCode
			}
		default:
			return resp, err
		}
		discard(resp)
		t.c.OnWait(wait)
		if err := Sleep(req.Context(), wait.Delay); err != nil {
			return nil, &NotSentError{err}
		}
	}
}

// prepare waits until the request may leave and returns it with a fresh body.
func (t *Transport) prepare(req *http.Request, attempt int, p *promise) (*http.Request, error) {
	if err := t.pace(req.Context()); err != nil {
		return nil, err
	}
	if err := t.slow(req.Context(), p); err != nil {
		return nil, err
	}
	if err := t.book(req, attempt, p); err != nil {
		return nil, err
	}
	pipeline.Leaves(req.Context(), t.c.Now())
	if attempt == 1 || req.Body == nil || req.Body == http.NoBody {
		return req, nil
	}
	body, err := req.GetBody()
	if err != nil {
		return nil, fmt.Errorf("read the body of %s %s again: %w", req.Method, req.URL.Path, err)
	}
	again := req.Clone(req.Context())
	again.Body = body
	return again, nil
}

// pace waits for the token bucket.
func (t *Transport) pace(ctx context.Context) error {
	if t.pacer == nil {
		return ctx.Err()
	}
	now := t.c.Now()
	r := t.pacer.ReserveN(now, 1)
	delay := r.DelayFrom(now)
	if !r.OK() || delay > paceWaitMax {
		return fmt.Errorf("a pace of %g requests a second cannot be kept", t.c.PerSecond)
	}
	if err := Sleep(ctx, delay); err != nil {
		r.CancelAt(t.c.Now())
		return err
	}
	return nil
}

// book waits until the budget lets one request leave. Alone, a process finds room for
// what is to follow a reading within a window, since nothing else leaves meanwhile. Where
// others use the same hour, they may take each request that becomes free; so a reading
// that has waited for roomWaitMax takes the next one, and what follows waits for itself.
func (t *Transport) book(req *http.Request, attempt int, p *promise) error {
	if t.c.Budget == nil || !safeguard.On(safeguard.Budget) {
		return nil
	}
	ctx := req.Context()
	behind := pipeline.RoomBehind(ctx)
	room, leave := behind.Reads+behind.Writes, 0
	if req.Method != http.MethodGet || behind.Writes > 0 {
		leave = t.c.Reserve
	}
	for asked := t.c.Now(); ; {
		if req.Method == http.MethodGet && t.c.Now().Sub(asked) >= roomWaitMax {
			room, leave = 0, 0
		}
		delay, err := t.c.Budget.Take(ctx, t.c.Now(), leave+room)
		if err != nil {
			return fmt.Errorf("book a request: %w", err)
		}
		if delay <= 0 {
			return nil
		}
		if left := roomWaitMax - t.c.Now().Sub(asked); left > 0 && room > 0 {
			delay = min(delay, left)
		}
		if late := p.late(delay, false); late != nil {
			return late
		}
		t.c.OnWait(Wait{Cause: CauseBudget, Method: req.Method, Path: req.URL.Path, Attempt: attempt - 1, Delay: delay, Behind: room})
		if err := Sleep(ctx, delay); err != nil {
			return err
		}
	}
}

// send makes one attempt. The body of a GET's answer is read whole, so that an
// answer cut in the middle is a network error like any other. A write that has
// begun is finished within its timeout even when its context ends, because
// giving it up would leave open what came of it.
func (t *Transport) send(req *http.Request) (*http.Response, error) {
	ctx, cancel := req.Context(), context.CancelFunc(func() {})
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		ctx = context.WithoutCancel(ctx)
	}
	if t.c.Timeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, t.c.Timeout)
	}
	resp, err := t.c.Base.RoundTrip(req.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	resp.Body = &cancelBody{ReadCloser: resp.Body, cancel: cancel}
	if req.Method != http.MethodGet {
		return resp, nil
	}
	head, err := io.ReadAll(io.LimitReader(resp.Body, BufferBytesMax+1))
	if err != nil {
		_ = resp.Body.Close()
		return nil, fmt.Errorf("the answer was cut after %d bytes: %w", len(head), err)
	}
	if len(head) > BufferBytesMax {
		resp.Body = joined{io.MultiReader(bytes.NewReader(head), resp.Body), resp.Body}
		return resp, nil
	}
	if err := resp.Body.Close(); err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(head))
	return resp, nil
}

// cancelBody releases the attempt's context when the body is closed.
type cancelBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *cancelBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

type joined struct {
	io.Reader
	io.Closer
}

// repeatable reports whether the body can be sent again.
func repeatable(req *http.Request) bool {
	return req.Body == nil || req.Body == http.NoBody || req.GetBody != nil
}

// discard reads a little of an unwanted answer and closes it.
func discard(resp *http.Response) {
	if resp == nil {
		return
	}
	_, _ = io.CopyN(io.Discard, resp.Body, DrainBytesMax) // what cannot be read only costs the connection
	_ = resp.Body.Close()
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}
