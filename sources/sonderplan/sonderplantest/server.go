// Package sonderplantest is an emulator of the contacts of the Sonderplan HTTP
// API, for tests and for trying pipelines without an account.
//
// It keeps the documented rules, and the traps among them: ids that two
// contacts share, filters that are joined with OR, ten rows a page. Where the
// documentation is silent a [Dialect] chooses the behaviour, so that a client
// can be tested under every choice. Faults come from a schedule of package
// faults; the kinds of this package spoil the pages of a listing.
//
// The state lives in SQLite, in memory or in a file, and is behind a lock: all
// methods may be called while requests are served.
package sonderplantest

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/reconkit/reconkit/pipeline/faults"
)

// DefaultToken is the token that a server knows when no other is named. It
// may read and write everything.
const DefaultToken = "sandbox"

// bodyBytesMax is the longest body of a request that is read.
const bodyBytesMax = 1 << 20 // bytes

// Options are the choices of a server. The zero value keeps its state in
// memory, has the default dialect, one token and a clock that stands still.
type Options struct {
	Path    string // file of the state; "" keeps it in memory
	Dialect Dialect
	// Now is the clock of the server; nil: it stands still at Epoch.
	Now func() time.Time
	// Tokens are known in addition to those of the state; nil and none in the
	// state: DefaultToken.
	Tokens []Token
	// OrganizationPrefix begins the uuids of organizations; "" is "o". It is
	// not "p", which is that of people.
	OrganizationPrefix string
	// LimitMax is the largest page, in rows; a larger limit is lowered without
	// a word. 0: none.
	LimitMax int
	// RequestsPerSecond is how many requests are answered in any second; the
	// rest gets 429 without a header. 0: no limit.
	RequestsPerSecond int
	// Lag is the time until a write shows in what is read.
	Lag time.Duration
	// ClockSkew is added to the Date header, not to updated.
	ClockSkew time.Duration
	// Faults is what goes wrong; nil: nothing.
	Faults *faults.Schedule
	// Before is called before each request with its number, from 1, outside
	// the lock: it may change the data. nil: nothing.
	Before func(s *Server, n int, r *http.Request)
}

// Epoch is the time at which a clock that nobody set stands still.
func Epoch() time.Time { return time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC) }

// Server is the emulator.
type Server struct {
	options Options

	mu       sync.Mutex
	store    *store
	requests int
	served   []time.Time // within the last second
	pending  []pendingWrite
}

// New opens the state and makes a server of it. The caller closes it.
func New(o Options) (*Server, error) {
	if o.OrganizationPrefix == "" {
		o.OrganizationPrefix = "o"
	}
	if o.OrganizationPrefix == "p" {
		return nil, fmt.Errorf("organization prefix: \"p\" is that of people, uuids would not be unique")
	}
	if o.Now == nil {
		o.Now = Epoch
	}
	st, err := openStore(o.Path, o.OrganizationPrefix)
	if err != nil {
		return nil, err
	}
	s := &Server{options: o, store: st}
	if err := s.prepareTokens(); err != nil {
		_ = st.db.Close() // the first error says more
		return nil, err
	}
	return s, nil
}

// Close writes what still lags and closes the state.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	flushed := s.commitPending(true)
	if err := s.store.db.Close(); err != nil {
		return err
	}
	return flushed
}

// Handler answers requests, with the faults of the options.
func (s *Server) Handler() http.Handler {
	return s.options.Faults.Wrap(http.HandlerFunc(s.serve))
}

// Requests is the number of requests that reached the server so far; one that
// a fault answered in its place is not among them.
func (s *Server) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

func (s *Server) now() int64 { return s.options.Now().Unix() }

// call is one request on its way through the server.
type call struct {
	*http.Request
	token Token
	body  []byte
}

// reply is an answer: a body, or a problem.
type reply struct {
	status  int
	body    []byte
	problem string
}

func problem(status int, format string, args ...any) reply {
	return reply{status: status, problem: fmt.Sprintf(format, args...)}
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests++
	n := s.requests
	s.mu.Unlock()
	if s.options.Before != nil {
		s.options.Before(s, n, r)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyBytesMax))
	if err != nil {
		s.write(w, problem(http.StatusRequestEntityTooLarge, "the body cannot be read"))
		return
	}
	s.write(w, s.answer(&call{Request: r, body: body}))
}

// answer holds the lock for the whole request, so that each is one step.
func (s *Server) answer(c *call) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tooFast() {
		return problem(http.StatusTooManyRequests, "Too many requests")
	}
	if err := s.commitPending(c.Method != http.MethodGet); err != nil {
		return problem(http.StatusInternalServerError, "%v", err)
	}
	token, ok, err := s.authorized(c.Request)
	if err != nil {
		return problem(http.StatusInternalServerError, "%v", err)
	}
	if !ok {
		return problem(http.StatusUnauthorized, "Authorization information is missing or invalid")
	}
	c.token = token
	answer, err := s.route(c)
	if err != nil {
		return problem(http.StatusInternalServerError, "%v", err)
	}
	return answer
}

func (s *Server) route(c *call) (reply, error) {
	reading := c.Method == http.MethodGet
	switch c.URL.Path {
	case "/v2/contact":
		if !c.token.Contact.allows(reading) {
			return problem(http.StatusForbidden, "No access to the CONTACT module"), nil
		}
		switch c.Method {
		case http.MethodGet:
			return s.listContacts(c)
		case http.MethodPost:
			return s.postContact(c)
		case http.MethodPut:
			return s.putContact(c)
		case http.MethodDelete:
			return s.deleteContact(c)
		}
	case "/v2/custom-field":
		if !c.token.Admin.allows(reading) {
			return problem(http.StatusForbidden, "No access to the ADMIN module"), nil
		}
		switch c.Method {
		case http.MethodGet:
			return s.listFields(c)
		case http.MethodPost, http.MethodPut:
			return s.writeField(c)
		case http.MethodDelete:
			return s.deleteField(c)
		}
	default:
		return problem(http.StatusNotFound, "Not found"), nil
	}
	return problem(http.StatusMethodNotAllowed, "Method not allowed"), nil
}

// tooFast counts the request against the rate.
func (s *Server) tooFast() bool {
	if s.options.RequestsPerSecond == 0 {
		return false
	}
	now := s.options.Now()
	recent := s.served[:0]
	for _, t := range s.served {
		if now.Sub(t) < time.Second {
			recent = append(recent, t)
		}
	}
	s.served = recent
	if len(recent) >= s.options.RequestsPerSecond {
		return true
	}
	s.served = append(s.served, now)
	return false
}

func (s *Server) write(w http.ResponseWriter, a reply) {
	w.Header().Set("Date", s.options.Now().Add(s.options.ClockSkew).UTC().Format(http.TimeFormat))
	body, kind := a.body, "application/json"
	if a.problem != "" {
		body, kind = s.options.Dialect.errorBody(a.status, a.problem)
	}
	if len(body) > 0 {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(body) // a client that is gone is its own affair
}

func (d Dialect) errorBody(status int, message string) (body []byte, contentType string) {
	b := &jsonBuilder{}
	switch d.Errors {
	case ErrorText:
		b.open('{').key("error").text(message).close('}')
	case ErrorObject:
		b.open('{').key("error").open('{').key("message").text(message).key("code").number(int64(status)).close('}').close('}')
	case ErrorList:
		b.open('{').key("message").text(message).key("errors").open('{').close('}').close('}')
	case ErrorEmpty:
		return nil, ""
	case ErrorHTML:
		page := "<html><head><title>" + http.StatusText(status) + "</title></head><body>" + message + "</body></html>"
		return []byte(page), "text/html; charset=utf-8"
	}
	return b.bytes(), "application/json"
}

// pendingWrite is a write that was answered and does not show yet.
type pendingWrite struct {
	due time.Time
	run func() error
}

// later runs a write when its lag is over, or at once when there is none.
func (s *Server) later(run func() error) error {
	if s.options.Lag == 0 {
		return run()
	}
	s.pending = append(s.pending, pendingWrite{s.options.Now().Add(s.options.Lag), run})
	return nil
}

// commitPending makes due writes visible; all of them before the next write,
// which must see what it builds on.
func (s *Server) commitPending(all bool) error {
	now := s.options.Now()
	for len(s.pending) > 0 && (all || !s.pending[0].due.After(now)) {
		p := s.pending[0]
		s.pending = s.pending[1:]
		if err := p.run(); err != nil {
			return err
		}
	}
	return nil
}

func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}
