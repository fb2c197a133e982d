package plandockettest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A route is one endpoint.
type route struct {
	method string   // one method; PUT and PATCH are two routes
	path   []string // segments after /api/v1; "{id}" stands for an integer
	scope  string
	handle func(*call) (reply, error)
}

// A call is one request on its way through a handler.
type call struct {
	*unit
	server  *Server
	d       *Dialect
	request *http.Request
	body    []byte
	id      int64 // of the path, if it has one
	newest  int   // contacts from this id on are not seen, since they came later; 0: all are
	seated  int   // and participations from this id on
}

func (c *call) query(name string) string { return c.request.URL.Query().Get(name) }

// table lists the endpoints.
func (s *Server) table() []route {
	var out []route
	add := func(methods, path, scope string, handle func(*call) (reply, error)) {
		for _, m := range strings.Fields(methods) {
			out = append(out, route{m, strings.Split(path, "/"), scope, handle})
		}
	}
	crud := func(path, scope string, list, show, create, update, remove func(*call) (reply, error)) {
		add("GET", path, scope, list)
		add("GET", path+"/{id}", scope, show)
		add("POST", path, scope, create)
		add("PUT PATCH", path+"/{id}", scope, update)
		add("DELETE", path+"/{id}", scope, remove)
	}
	crud("contacts", "contacts", listContacts, showContact, createContact, updateContact, deleteContact)
	crud("participants", "participants", listParticipants, showParticipant, createParticipant, updateParticipant, deleteParticipant)
	crud("events", "events", listEvents, showEvent, createEvent, updateEvent, deleteEvent)
	crud("categories", "categories", listCategories, showCategory, createCategory, updateCategory, deleteCategory)
	add("POST", "bulk-import/contacts", "contacts", bulkContacts)
	add("POST", "bulk-import/participants", "participants", bulkParticipants)
	add("GET", "custom-fields/definitions", "custom_fields", listDefinitions)
	add("GET", "custom-fields/{word}/{id}", "custom_fields", showCustomValues)
	add("PUT", "custom-fields/{word}/{id}", "custom_fields", updateCustomValues)
	add("GET", "audit-log", "audit", listAudit)
	add("GET", "audit-log/{id}", "audit", showAudit)
	return out
}

// find looks up the route of a request; without one the reply is 404 or 405.
func (s *Server) find(r *http.Request) (match route, id int64, refused reply, ok bool) {
	path, under := strings.CutPrefix(r.URL.Path, "/api/v1/")
	known := false
	if under {
		segments := strings.Split(path, "/")
		for _, candidate := range s.routes {
			n, fits := candidate.fits(segments)
			if !fits {
				continue
			}
			if candidate.method == r.Method {
				return candidate, n, reply{}, true
			}
			known = true
		}
	}
	if known {
		return route{}, 0, failure(http.StatusMethodNotAllowed, "Method not allowed"), false
	}
	return route{}, 0, failure(http.StatusNotFound, "Not found"), false
}

func (t route) fits(segments []string) (id int64, ok bool) {
	if len(segments) != len(t.path) {
		return 0, false
	}
	for i, want := range t.path {
		switch want {
		case "{id}":
			n, err := strconv.ParseInt(segments[i], 10, 64)
			if err != nil {
				return 0, false
			}
			id = n
		case "{word}":
		default:
			if segments[i] != want {
				return 0, false
			}
		}
	}
	return id, true
}

// admit checks what comes before any key: the tenant's name and the feature switch.
func (s *Server) admit(r *http.Request) (reply, bool) {
	host, _, _ := strings.Cut(r.Host, ":")
	name, public := strings.CutSuffix(strings.ToLower(host), ".plandocket.com")
	if public && s.tenant.Name != "" && name != s.tenant.Name {
		return failure(http.StatusNotFound, "Tenant not found"), false
	}
	if s.tenant.Off {
		if s.dialect.FeatureOff == FeatureOffNotFound {
			return failure(http.StatusNotFound, "Not found"), false
		}
		return failure(http.StatusForbidden, "The API is not enabled for this account"), false
	}
	return reply{}, true
}

// authenticate finds the key in its three places.
func (s *Server) authenticate(r *http.Request) (string, bool) {
	key := r.URL.Query().Get("api_key")
	if h := r.Header.Get("X-API-Key"); h != "" {
		key = h
	}
	if h := r.Header.Get("Authorization"); h != "" {
		kind, token, _ := strings.Cut(h, " ")
		if !strings.EqualFold(kind, "Bearer") {
			return "", false
		}
		key = strings.TrimSpace(token)
	}
	_, ok := s.keys[key]
	return key, ok
}

// spend counts the request against the hour of its key. A refused request does not count.
func (s *Server) spend(key string, now time.Time) (http.Header, bool) {
	if s.limit == 0 {
		return nil, true
	}
	start, reset := now.Add(-time.Hour), now.Add(time.Hour)
	if s.dialect.RateWindow == RateFixed {
		hour := now.Truncate(time.Hour)
		start, reset = hour.Add(-1), hour.Add(time.Hour)
	}
	spent := slices.DeleteFunc(s.spent[key], func(t time.Time) bool { return !t.After(start) })
	ok := len(spent) < s.limit
	if ok {
		spent = append(spent, now)
	}
	s.spent[key] = spent
	if s.dialect.RateHeaders == RateHeadersNone {
		return nil, ok
	}
	if s.dialect.RateWindow == RateSliding {
		reset = spent[0].Add(time.Hour)
	}
	h := make(http.Header)
	h.Set("X-RateLimit-Limit", strconv.Itoa(s.limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(s.limit-len(spent)))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(ceilUnix(reset), 10))
	return h, ok
}

// ceilUnix is the first full second that is not before t.
func ceilUnix(t time.Time) int64 {
	if t.Nanosecond() > 0 {
		return t.Unix() + 1
	}
	return t.Unix()
}

// publicQuery is the query without the key that may stand in it.
func publicQuery(q url.Values) string {
	if q.Has("api_key") {
		q.Set("api_key", "hidden")
	}
	return q.Encode()
}

// A refusal is an error that the client gets to see.
type refusal struct {
	status int
	text   string
	fields fieldErrors // with 422
}

// fieldErrors are messages by field.
type fieldErrors map[string][]string

func (f fieldErrors) add(field, format string, args ...any) {
	f[field] = append(f[field], fmt.Sprintf(format, args...))
}

// line is all the messages as one text, for a bulk record.
func (f fieldErrors) line() string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(f)) {
		all = append(all, strings.Join(f[name], " "))
	}
	return strings.Join(all, " ")
}

func (e *refusal) Error() string { return e.text }

func (e *refusal) reply() reply {
	if e.fields == nil {
		return failure(e.status, e.text)
	}
	body, err := json.Marshal(struct {
		Error  string      `json:"error"`
		Errors fieldErrors `json:"errors"`
	}{e.text, e.fields})
	if err != nil {
		return failure(e.status, e.text)
	}
	return reply{status: e.status, body: body}
}

func failure(status int, text string) reply {
	body, err := json.Marshal(map[string]string{"error": text})
	if err != nil {
		return reply{status: status}
	}
	return reply{status: status, body: body}
}

func notFound() error { return &refusal{status: http.StatusNotFound, text: "Not found"} }

// invalid is the validation error for the given fields.
func invalid(fields fieldErrors) error {
	return &refusal{status: http.StatusUnprocessableEntity, text: "Validation failed", fields: fields}
}

// decodeBody reads the request's JSON object.
func (c *call) decodeBody() (map[string]json.RawMessage, error) {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(c.body, &m); err != nil || m == nil {
		return nil, &refusal{status: http.StatusBadRequest, text: "The body is not a JSON object"}
	}
	return m, nil
}

// requestID makes an id that no other answer has.
func (s *Server) requestID() string {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	s.serial++
	return fmt.Sprintf("req_%s%06x", s.run, s.serial)
}

// found wraps one record; data is its JSON.
func (c *call) found(status int, data []byte) (reply, error) {
	body := append([]byte(`{"data":`), data...)
	body = append(body, `,"meta":{"request_id":"`...)
	body = append(body, c.server.requestID()...)
	return reply{status: status, body: append(body, `"}}`...)}, nil
}

func gone() (reply, error) { return reply{status: http.StatusNoContent}, nil }

// SetTenant changes the tenant's settings.
func (s *Server) SetTenant(t Tenant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tenant = t
}

// SetKey gives a key exactly these scopes, or makes it known. It returns an error for a scope that does not exist.
func (s *Server) SetKey(key string, scopes ...string) error {
	if err := knownScopes(map[string][]string{key: scopes}); err != nil {
		return fmt.Errorf("set scopes: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys[key] = slices.Clone(scopes)
	return nil
}

// Revoke makes a key unknown.
func (s *Server) Revoke(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.keys, key)
}

// SetReadLag makes lists show every contact written from now on as it was before, for that long on the tenant's clock.
// A contact asked for by id is as it is, unless the dialect says that it lags, too.
func (s *Server) SetReadLag(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lag = d
}

// A Request is one entry of the request log.
type Request struct {
	Method string
	Path   string
	Query  string // encoded, without the API key
	Status int    // 0 when the connection was cut before an answer
	Bytes  int64  // of the request's body, -1 if the client did not say
	Time   time.Time
}

func (s *Server) log(r Request) {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	if len(s.requests) == requestsKept {
		s.requests = slices.Delete(s.requests, 0, requestsKept/10)
	}
	s.requests = append(s.requests, r)
	s.counts[r.Method+" "+r.Path]++
}

// Requests returns the log in the order in which the requests ended: the last 90,000 at least, those that were cut or
// refused included.
func (s *Server) Requests() []Request {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	return slices.Clone(s.requests)
}

// Count tells how many requests of one method and path ended so far, as in Count("POST", "/api/v1/contacts").
func (s *Server) Count(method, path string) int {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	return s.counts[method+" "+path]
}

// BulkCalls tells how many bulk imports ended so far, however they ended.
func (s *Server) BulkCalls() int {
	return s.Count("POST", "/api/v1/bulk-import/contacts") + s.Count("POST", "/api/v1/bulk-import/participants")
}

// BeforeRequest sets a function that runs before each request is looked at, and before any fault: the place to change
// data in the very middle of a client's work. It may call every method of the server. nil takes it away.
func (s *Server) BeforeRequest(f func(*http.Request)) {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	s.hook = f
}

func (s *Server) beforeRequest() func(*http.Request) {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	return s.hook
}

// A lateCommit is a request whose client was cut off and whose work is done when the clock says so.
type lateCommit struct {
	due   time.Time
	route route
	call  *call
}

// settle does the work of late commits that are due, in the order in which they are. The caller holds the lock.
func (s *Server) settle(now time.Time) error {
	slices.SortStableFunc(s.late, func(a, b lateCommit) int { return a.due.Compare(b.due) })
	for len(s.late) > 0 && !s.late[0].due.After(now) {
		l := s.late[0]
		s.late = s.late[1:]
		if a := s.perform(l.route, l.call, l.due); a.status >= http.StatusInternalServerError {
			return errors.New("commit late: the server failed")
		}
	}
	return nil
}
