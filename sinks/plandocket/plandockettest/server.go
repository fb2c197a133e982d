// Package plandockettest is PlanDocket's HTTP API for tests: a whole tenant over SQLite, in memory or in a file, with a
// dialect for every question that the documentation leaves open, faults on schedule, and hands to change its data behind
// a client's back.
//
//	server, err := plandockettest.New(plandockettest.Options{})
//	client := &http.Client{Transport: faults.Transport(server.Handler())} // or httptest.NewServer(server.Handler())
//
// Key "sandbox" may do everything. Nothing in the answers is random but what a seed decides.
package plandockettest

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/reconkit/reconkit/pipeline/faults"
)

// DefaultKey is the API key of a server whose options name none. It has every scope.
const DefaultKey = "sandbox"

// statementsMax is how many statements stay prepared.
const statementsMax = 500

// requestsKept is how many requests the log remembers, in requests; older ones are dropped, the counts go on.
const requestsKept = 100_000

// Options say what a tenant is like. The zero value is a working tenant in memory.
type Options struct {
	Path    string           // SQLite file whose state survives the server; "" keeps it in memory
	Now     func() time.Time // the tenant's clock; nil is one that starts at noon of 1 March 2026 and ticks when read
	Dialect Dialect
	Faults  *faults.Schedule // nil: none. The kinds of this package are among those that it may name

	RequestsPerHour int                 // per key; 0 means no limit. Documented plans have 1,000 and 5,000
	Keys            map[string][]string // key to scopes; nil is DefaultKey with AllScopes
	Tenant          Tenant
}

// A Tenant holds the settings that its admin can change at any time, see [Server.SetTenant].
type Tenant struct {
	Name            string // subdomain. A request to NAME.plandocket.com for another name gets 404; "" is every name
	GenerateNumbers bool   // a contact created without customer_number gets one
	ContactLimit    int    // how many contacts the subscription allows; 0 means no limit
	CategoryLimit   int    // how many categories the subscription allows; 0 means no limit
	Off             bool   // the API is switched off
}

// AllScopes lists the scopes that a key can have.
func AllScopes() []string {
	return []string{
		"events", "contacts", "participants", "applications", "categories", "invoices", "payments", "tasks", "documents",
		"submissions", "booths", "checkins", "services", "service_orders", "newsletter", "custom_fields", "plans",
		"schedules", "webhooks", "reports", "audit", "calendar-feed",
	}
}

// A Server is one tenant. All its methods may be called at any time from any goroutine.
type Server struct {
	dialect Dialect
	now     func() time.Time
	faults  *faults.Schedule
	limit   int
	routes  []route

	mu       sync.Mutex // guards what follows, and the one use of conn at a time
	db       *sql.DB
	conn     *sql.Conn            // the one connection
	stmts    map[string]*sql.Stmt // prepared on it, by their text
	tenant   Tenant
	keys     map[string][]string
	spent    map[string][]time.Time // per key, the requests of the last hour
	late     []lateCommit
	lag      time.Duration
	memo     memo
	shelf    shelf
	shuffles uint64 // requests that ordered ties anew

	logMu    sync.Mutex // guards what follows
	hook     func(*http.Request)
	requests []Request
	counts   map[string]int
	serial   uint64
	run      string // makes request ids differ between servers
}

// New opens a tenant. The caller closes it.
func New(o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = tickingClock()
	}
	if o.Keys == nil {
		o.Keys = map[string][]string{DefaultKey: AllScopes()}
	}
	if o.RequestsPerHour < 0 || o.Dialect.PageSize < 0 {
		return nil, errors.New("open PlanDocket emulator: requests per hour and page size must not be negative")
	}
	if err := knownScopes(o.Keys); err != nil {
		return nil, fmt.Errorf("open PlanDocket emulator: %w", err)
	}
	db, err := openStore(o.Path)
	if err != nil {
		return nil, fmt.Errorf("open PlanDocket emulator %s: %w", o.Path, err)
	}
	conn, err := db.Conn(context.Background())
	if err != nil {
		return nil, fmt.Errorf("open PlanDocket emulator %s: %w", o.Path, errors.Join(err, db.Close()))
	}
	s := &Server{
		dialect: o.Dialect, now: o.Now, faults: o.Faults, limit: o.RequestsPerHour,
		db: db, conn: conn, stmts: make(map[string]*sql.Stmt), tenant: o.Tenant, keys: make(map[string][]string), spent: make(map[string][]time.Time),
		counts: make(map[string]int), memo: memo{off: o.Path != ""}, run: fmt.Sprintf("%08x", uint32(o.Now().UnixNano())),
	}
	for k, scopes := range o.Keys {
		s.keys[k] = slices.Clone(scopes)
	}
	s.routes = s.table()
	return s, nil
}

// tickingClock moves on by a second whenever it is read, so that runs repeat and no two moments are the same.
func tickingClock() func() time.Time {
	var seconds atomic.Int64
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return func() time.Time { return start.Add(time.Duration(seconds.Add(1)) * time.Second) }
}

func knownScopes(keys map[string][]string) error {
	for _, scopes := range keys {
		for _, scope := range scopes {
			if !slices.Contains(AllScopes(), scope) {
				return fmt.Errorf("no scope %q: the known ones are %s", scope, strings.Join(AllScopes(), ", "))
			}
		}
	}
	return nil
}

// Close ends the tenant; what was to be committed late is lost, as with a server that goes down. Requests that still
// come get status 500.
func (s *Server) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.forget(), s.conn.Close(), s.db.Close())
}

// Handler returns the tenant's API. It may be served over sockets and in memory at once.
func (s *Server) Handler() http.Handler {
	inner := s.faults.Wrap(http.HandlerFunc(s.serve))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		entry := Request{
			Method: r.Method, Path: r.URL.Path, Query: publicQuery(r.URL.Query()), Bytes: r.ContentLength, Time: s.now(),
		}
		if hook := s.beforeRequest(); hook != nil {
			hook(r)
		}
		seen := &statusWriter{ResponseWriter: w}
		defer func() { // also when the connection is cut
			entry.Status = seen.status
			s.log(entry)
		}()
		inner.ServeHTTP(seen, r)
	})
}

// statusWriter remembers the status for the log.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// bodyBytesMax is the largest request body that is read, in bytes.
const bodyBytesMax = 32 << 20

// serve reads the request, answers it under the lock, and sends the answer without it.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyBytesMax))
	if err != nil {
		s.send(w, failure(http.StatusBadRequest, "Bad request"))
		return
	}
	answer := s.answer(r, body)
	if answer.cut {
		panic(http.ErrAbortHandler)
	}
	s.send(w, answer)
}

// A reply is an answer before it is sent.
type reply struct {
	status   int
	body     []byte           // JSON; empty with 204
	before   iter.Seq[[]byte] // what comes before body, in parts; may be nil
	header   http.Header
	cut      bool // end the connection without an answer
	rollback bool // nothing that the request wrote stays
}

func (s *Server) send(w http.ResponseWriter, a reply) {
	for k, v := range a.header {
		w.Header()[k] = v
	}
	if len(a.body) == 0 {
		w.WriteHeader(a.status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	out := bufio.NewWriterSize(w, sendBytes)
	if a.before != nil {
		for part := range a.before {
			_, _ = out.Write(part) // a client that is gone has no use for an error
		}
	}
	_, _ = out.Write(a.body)
	_ = out.Flush()
}

// sendBytes is how much of an answer in parts is sent at once.
const sendBytes = 64 << 10

// answer decides the whole reply to a request.
func (s *Server) answer(r *http.Request, body []byte) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if err := s.settle(now); err != nil {
		return failure(http.StatusInternalServerError, "Internal server error")
	}
	if refused, ok := s.admit(r); !ok {
		return refused
	}
	key, ok := s.authenticate(r)
	if !ok {
		return failure(http.StatusUnauthorized, "Unauthenticated")
	}
	header, ok := s.spend(key, now)
	if !ok {
		a := failure(http.StatusTooManyRequests, "Rate limit exceeded")
		a.header = header
		return a
	}
	a := s.dispatch(r, body, key, now)
	a.header = header
	return a
}

// dispatch finds the route, checks the scope and runs the handler in a transaction.
func (s *Server) dispatch(r *http.Request, body []byte, key string, now time.Time) reply {
	match, id, refused, ok := s.find(r)
	if !ok {
		return refused
	}
	if !slices.Contains(s.keys[key], match.scope) {
		return failure(http.StatusForbidden, "Forbidden: the key lacks the scope "+match.scope)
	}
	c := &call{server: s, d: &s.dialect, request: r, body: body, id: id}
	if match.method != http.MethodGet {
		if f, ok := faults.Take(r, LateCommit, LateBlindCommit); ok {
			if f.Kind == LateBlindCommit {
				if c.newest, c.seated, ok = s.newest(now); !ok {
					return failure(http.StatusInternalServerError, "Internal server error")
				}
			}
			s.late = append(s.late, lateCommit{due: now.Add(f.Delay), route: match, call: c})
			return reply{cut: true}
		}
	}
	return s.perform(match, c, now)
}

// newest are the ids that come next, of a contact and of a participation.
func (s *Server) newest(now time.Time) (contact, participation int, ok bool) {
	err := s.unit(now, func(u *unit) (err error) {
		if contact, err = u.count(`SELECT coalesce(max(id), 0) + 1 FROM contacts`); err != nil {
			return err
		}
		participation, err = u.count(`SELECT coalesce(max(id), 0) + 1 FROM participants`)
		return err
	})
	return contact, participation, err == nil
}

// perform runs a handler in its transaction and turns errors into answers.
func (s *Server) perform(match route, c *call, now time.Time) reply {
	lag := s.lag
	if f, ok := faults.Take(c.request, StaleReads); ok && match.method != http.MethodGet {
		lag = max(lag, f.Delay)
	}
	var a reply
	err := s.unit(now, func(u *unit) error {
		u.lag = lag
		u.audit = s.dialect.Audit != AuditSilent
		u.gaps = s.dialect.Audit == AuditGaps
		u.actor = actor{name: "API", ip: "192.0.2.1", agent: c.request.UserAgent()}
		c.unit = u
		var err error
		a, err = match.handle(c)
		if err == nil && a.rollback {
			return errRollback
		}
		return err
	})
	var refused *refusal
	switch {
	case err == nil, errors.Is(err, errRollback):
		return a
	case errors.As(err, &refused):
		return refused.reply()
	default:
		return failure(http.StatusInternalServerError, "Internal server error")
	}
}

var errRollback = errors.New("the request is to leave no trace")

// unit runs f in a transaction: committed when f returns nil. The caller holds the lock.
func (s *Server) unit(now time.Time, f func(*unit) error) error {
	if len(s.stmts) > statementsMax {
		if err := s.forget(); err != nil {
			return err
		}
	}
	u := &unit{conn: s.conn, stmts: s.stmts, now: now}
	// Another process may write the same file: the lock is taken at once, not when it may be too late.
	if _, err := u.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err := f(u); err != nil {
		_, undo := u.exec("ROLLBACK")
		return errors.Join(err, undo)
	}
	_, err := u.exec("COMMIT")
	return err
}

// forget closes the prepared statements.
func (s *Server) forget() error {
	var errs []error
	for text, stmt := range s.stmts {
		errs = append(errs, stmt.Close())
		delete(s.stmts, text)
	}
	return errors.Join(errs...)
}
