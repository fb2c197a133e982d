// Package faults makes an HTTP handler fail the way real servers and networks fail, on a schedule that a test controls.
package faults

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// A Kind names one way to fail. The constants below are carried out by [Schedule.Wrap]. A handler may define further
// kinds of its own (a bulk answer that miscounts, a page served twice): Wrap hands those to the handler, which asks for
// them with [Take].
type Kind string

// The kinds that Wrap carries out. "Before" means that the handler never sees the request; "after" means that it did
// its work and only the answer suffers. A kind that spoils a body spares an answer that has none (204, HEAD).
const (
	TooMany           Kind = "too-many"             // before: 429 with a JSON body and no further header
	TooManyRetryAfter Kind = "too-many-retry-after" // before: 429 with Retry-After, Delay in whole seconds, at least 1
	ServerError       Kind = "server-error"         // before: 500 with a JSON body
	BadGatewayHTML    Kind = "bad-gateway-html"     // before: 502, 503, 504 in turn, each with an HTML page
	LoginHTML         Kind = "login-html"           // before: 200 with an HTML login page
	CutBefore         Kind = "cut-before"           // before: the connection ends without an answer
	CutAfter          Kind = "cut-after"            // after: the work is done, the connection ends without an answer
	Slow              Kind = "slow"                 // after: the whole answer comes Delay later
	Drip              Kind = "drip"                 // after: the answer comes in small pieces spread over Delay
	Truncated         Kind = "truncated"            // after: the second half of the body is missing, the HTTP frame is whole
	Trailing          Kind = "trailing"             // after: the body is followed by text that does not belong to it
	WrongLength       Kind = "wrong-length"         // after: Content-Length promises more bytes than follow
	EmptyBody         Kind = "empty-body"           // after: 200 without any body
	Gzip              Kind = "gzip"                 // after: the body is compressed, asked for or not
	BOM               Kind = "bom"                  // after: a UTF-8 byte order mark precedes the body
	InvalidUTF8       Kind = "invalid-utf8"         // after: a byte that no UTF-8 text contains stands in the body
	DuplicateKeys     Kind = "duplicate-keys"       // after: the first key of the JSON object comes again at its end, as null
	Unauthorized      Kind = "unauthorized"         // before: 401 with a JSON body, as when a key is revoked
	Forbidden         Kind = "forbidden"            // before: 403 with a JSON body, as when a scope is removed
	Closed            Kind = "closed"               // before: the connection is reset, as when a kept-alive connection was closed
)

// Kinds lists every kind that Wrap carries out, in a fixed order.
func Kinds() []Kind {
	return []Kind{
		TooMany, TooManyRetryAfter, ServerError, BadGatewayHTML, LoginHTML, CutBefore, CutAfter, Slow, Drip, Truncated,
		Trailing, WrongLength, EmptyBody, Gzip, BOM, InvalidUTF8, DuplicateKeys, Unauthorized, Forbidden, Closed,
	}
}

// delayDefault is how long Slow and Drip take when a fault names no Delay.
const delayDefault = 100 * time.Millisecond

// A Fault says which requests fail and how.
type Fault struct {
	// Route selects requests by method and path, such as "POST /api/v1/contacts". The star stands for any run of
	// characters, slashes included. Without a method ("/api/v1/*") every method matches, without a path ("DELETE")
	// every path; "" matches every request. The query is not looked at.
	Route string
	// From is the first matching request that fails, counted from 1 for each fault by itself; 0 means 1.
	From int
	// Count is how many matching requests in a row fail; 0 means all that follow.
	Count int
	Kind  Kind
	// Delay belongs to Slow, Drip and TooManyRetryAfter, and to kinds of the handler's own; 0 means a tenth of a second.
	Delay time.Duration
	// N belongs to kinds of the handler's own: how many records, which page. Wrap does not look at it.
	N int
}

// A Hit is one fault that really fired.
type Hit struct {
	Route string // method and path of the request that met it
	N     int    // which matching request of that fault it was, from 1
	Kind  Kind
}

// A Schedule decides which request meets which fault and remembers what fired. It may wrap several handlers and serve
// many requests at once; a nil Schedule never fails anything.
type Schedule struct {
	mu     sync.Mutex
	faults []*counted
	hits   []Hit
	random *rand.Rand // nil without a random part
	rate   float64
	kinds  []Kind
	delays []time.Duration // one of them belongs to each random fault; none: delayDefault
	seen   int
	pages  int // how many gateway pages were served; they take turns
}

type counted struct {
	Fault
	seen int
}

// New makes a schedule of the given faults. Where several match one request, each counts it and the first that is due
// fires.
func New(faults ...Fault) *Schedule {
	s := new(Schedule)
	s.Add(faults...)
	return s
}

// Random makes a schedule under which every request fails with probability rate, by one of kinds (none named: any of
// [Kinds]). The same seed gives the same faults for the same sequence of requests.
func Random(seed uint64, rate float64, kinds ...Kind) *Schedule {
	if len(kinds) == 0 {
		kinds = Kinds()
	}
	return &Schedule{random: rand.New(rand.NewPCG(seed, 0)), rate: rate, kinds: kinds}
}

// Storm makes a schedule in use fail at random from now on, as one of [Random]. Each fault takes one of the delays, a
// tenth of a second when there are none.
func (s *Schedule) Storm(seed uint64, rate float64, delays []time.Duration, kinds ...Kind) {
	if len(kinds) == 0 {
		kinds = Kinds()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.random, s.rate, s.kinds, s.delays = rand.New(rand.NewPCG(seed, 0)), rate, kinds, delays
}

// Calm ends all faults, scheduled and random. What fired before stays told.
func (s *Schedule) Calm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.random, s.faults = nil, nil
}

// Add appends faults to a schedule in use. Their requests count from now.
func (s *Schedule) Add(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		f.From = max(f.From, 1)
		if f.Delay <= 0 {
			f.Delay = delayDefault
		}
		s.faults = append(s.faults, &counted{Fault: f})
	}
}

// Hits tells every fault that fired so far, in order. A fault that was due but could not fire (a body to spoil in an
// answer without body, a kind the handler did not ask for) is not among them.
func (s *Schedule) Hits() []Hit {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Hit(nil), s.hits...)
}

// Fired counts the hits of one kind.
func (s *Schedule) Fired(kind Kind) int {
	n := 0
	for _, h := range s.Hits() {
		if h.Kind == kind {
			n++
		}
	}
	return n
}

// due counts the request for every fault and returns the one that it meets.
func (s *Schedule) due(r *http.Request) (*pending, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	route := r.Method + " " + r.URL.Path
	var met *pending
	for _, f := range s.faults {
		if !matches(f.Route, r.Method, r.URL.Path) {
			continue
		}
		f.seen++
		if met == nil && f.seen >= f.From && (f.Count == 0 || f.seen < f.From+f.Count) {
			met = &pending{Fault: f.Fault, schedule: s, hit: Hit{Route: route, N: f.seen, Kind: f.Kind}}
		}
	}
	if s.random != nil {
		s.seen++
		fails, kind := s.random.Float64() < s.rate, s.kinds[s.random.IntN(len(s.kinds))]
		if met == nil && fails {
			f := Fault{From: s.seen, Count: 1, Kind: kind, Delay: delayDefault}
			if len(s.delays) > 0 {
				f.Delay = s.delays[s.random.IntN(len(s.delays))]
			}
			met = &pending{Fault: f, schedule: s, hit: Hit{Route: route, N: s.seen, Kind: kind}}
		}
	}
	return met, met != nil
}

// pending is a fault on its way to one request.
type pending struct {
	Fault
	schedule *Schedule
	hit      Hit
	once     sync.Once
}

func (p *pending) fire() {
	p.once.Do(func() {
		p.schedule.mu.Lock()
		defer p.schedule.mu.Unlock()
		p.schedule.hits = append(p.schedule.hits, p.hit)
	})
}

// gateway returns the next status of a gateway that is out of order.
func (s *Schedule) gateway() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.pages
	s.pages++
	return http.StatusBadGateway + n%3
}

type contextKey struct{}

// Take asks whether the request is to fail by one of the handler's own kinds, and counts the hit if so. Call it where
// the handler really carries the fault out.
func Take(r *http.Request, kinds ...Kind) (Fault, bool) {
	p, ok := r.Context().Value(contextKey{}).(*pending)
	if !ok {
		return Fault{}, false
	}
	for _, k := range kinds {
		if p.Kind == k {
			p.fire()
			return p.Fault, true
		}
	}
	return Fault{}, false
}

func withPending(r *http.Request, p *pending) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), contextKey{}, p))
}

// matches compares a route with a request, see [Fault.Route].
func matches(route, method, path string) bool {
	if route == "" {
		return true
	}
	wantMethod, wantPath, both := strings.Cut(route, " ")
	if !both {
		if !strings.HasPrefix(route, "/") && route != "*" {
			return wildcard(route, method)
		}
		return wildcard(route, path)
	}
	return wildcard(wantMethod, method) && wildcard(strings.TrimSpace(wantPath), path)
}

// wildcard reports whether text is pattern with every star replaced by some run of characters.
func wildcard(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	first, last := parts[0], parts[len(parts)-1]
	if !strings.HasPrefix(text, first) {
		return false
	}
	text = text[len(first):]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(text, p)
		if i < 0 {
			return false
		}
		text = text[i+len(p):]
	}
	return strings.HasSuffix(text, last)
}
