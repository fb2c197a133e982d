package faults_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/reconkit/reconkit/pipeline/faults"
)

const answer = `{"data":[{"name":"Anna"},{"name":"Bert"}],"meta":{"request_id":"req_1"}}`

// counting answers every request with a JSON body and counts how often it was called.
func counting(calls *atomic.Int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, answer)
	})
}

type seen struct {
	status int
	header http.Header
	body   []byte
	err    error
}

func call(c *http.Client, method, url string) seen {
	req, err := http.NewRequest(method, url, strings.NewReader("{}"))
	if err != nil {
		return seen{err: err}
	}
	resp, err := c.Do(req)
	if err != nil {
		return seen{err: err}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return seen{resp.StatusCode, resp.Header, body, err}
}

// clients runs a test against a handler in memory and over a real socket: a fault must look alike on both.
func clients(t *testing.T, h http.Handler, run func(t *testing.T, c *http.Client, base string)) {
	t.Helper()
	t.Run("memory", func(t *testing.T) {
		run(t, &http.Client{Transport: faults.Transport(h)}, "http://tenant.test")
	})
	t.Run("socket", func(t *testing.T) {
		srv := httptest.NewServer(h)
		defer srv.Close()
		run(t, srv.Client(), srv.URL)
	})
}

func TestKinds(t *testing.T) {
	whole := func(t *testing.T, s seen) {
		t.Helper()
		if s.err != nil {
			t.Fatalf("error %v, want an answer", s.err)
		}
	}
	status := func(want int, kind string) func(*testing.T, seen) {
		return func(t *testing.T, s seen) {
			t.Helper()
			whole(t, s)
			if s.status != want || !strings.HasPrefix(s.header.Get("Content-Type"), kind) {
				t.Errorf("status %d, type %q, want %d %s", s.status, s.header.Get("Content-Type"), want, kind)
			}
			if kind == "application/json" && !json.Valid(s.body) {
				t.Errorf("body %q is no JSON", s.body)
			}
		}
	}
	broken := func(t *testing.T, s seen) {
		t.Helper()
		if s.err == nil {
			t.Errorf("got %d %q, want a broken connection", s.status, s.body)
		}
	}
	same := func(t *testing.T, s seen) {
		t.Helper()
		whole(t, s)
		if string(s.body) != answer {
			t.Errorf("body %q, want the handler's", s.body)
		}
	}
	spoilt := func(check func([]byte) bool) func(*testing.T, seen) {
		return func(t *testing.T, s seen) {
			t.Helper()
			whole(t, s)
			if s.status != http.StatusOK || !check(s.body) {
				t.Errorf("status %d, body %q does not show the fault", s.status, s.body)
			}
		}
	}
	tests := []struct {
		kind    faults.Kind
		handled bool
		check   func(*testing.T, seen)
	}{
		{faults.TooMany, false, status(429, "application/json")},
		{faults.TooManyRetryAfter, false, func(t *testing.T, s seen) {
			status(429, "application/json")(t, s)
			if s.header.Get("Retry-After") != "1" {
				t.Errorf("Retry-After %q, want 1", s.header.Get("Retry-After"))
			}
		}},
		{faults.ServerError, false, status(500, "application/json")},
		{faults.BadGatewayHTML, false, func(t *testing.T, s seen) {
			if s.status < 502 || s.status > 504 || !strings.HasPrefix(s.header.Get("Content-Type"), "text/html") {
				t.Errorf("got %+v, want a gateway's page", s)
			}
		}},
		{faults.LoginHTML, false, status(200, "text/html")},
		{faults.CutBefore, false, broken},
		{faults.CutAfter, true, broken},
		{faults.Slow, true, same},
		{faults.Drip, true, same},
		{faults.Truncated, true, spoilt(func(b []byte) bool { return !json.Valid(b) && strings.HasPrefix(answer, string(b)) && len(b) > 0 })},
		{faults.Trailing, true, spoilt(func(b []byte) bool { return !json.Valid(b) && strings.HasPrefix(string(b), answer) })},
		{faults.WrongLength, true, func(t *testing.T, s seen) {
			if !errors.Is(s.err, io.ErrUnexpectedEOF) {
				t.Errorf("error %v, want an unexpected end", s.err)
			}
			if string(s.body) != answer {
				t.Errorf("body %q, want all that the handler wrote", s.body)
			}
		}},
		{faults.EmptyBody, true, spoilt(func(b []byte) bool { return len(b) == 0 })},
		{faults.Gzip, true, same},
		{faults.BOM, true, spoilt(func(b []byte) bool { return bytes.HasPrefix(b, []byte("\xef\xbb\xbf{")) })},
		{faults.InvalidUTF8, true, spoilt(func(b []byte) bool { return !utf8.Valid(b) && len(b) == len(answer)+1 })},
		{faults.DuplicateKeys, true, spoilt(func(b []byte) bool { return json.Valid(b) && bytes.Count(b, []byte(`"data":`)) == 2 })},
		{faults.Unauthorized, false, status(401, "application/json")},
		{faults.Forbidden, false, status(403, "application/json")},
		{faults.Closed, false, broken},
	}
	if len(tests) != len(faults.Kinds()) {
		t.Errorf("%d kinds tested, %d exist", len(tests), len(faults.Kinds()))
	}
	for _, tt := range tests {
		t.Run(string(tt.kind), func(t *testing.T) {
			var calls atomic.Int64
			schedule := faults.New(
				faults.Fault{Route: "POST /memory", Kind: tt.kind, Count: 1, Delay: time.Millisecond},
				faults.Fault{Route: "POST /socket", Kind: tt.kind, Count: 1, Delay: time.Millisecond},
			)
			clients(t, schedule.Wrap(counting(&calls)), func(t *testing.T, c *http.Client, base string) {
				calls.Store(0)
				before := schedule.Fired(tt.kind)
				tt.check(t, call(c, http.MethodPost, base+"/"+path.Base(t.Name())))
				if got := calls.Load() == 1; got != tt.handled {
					t.Errorf("handler called: %v, want %v", got, tt.handled)
				}
				if got := schedule.Fired(tt.kind) - before; got != 1 {
					t.Errorf("%d hits counted, want 1", got)
				}
			})
		})
	}
}

func statuses(c *http.Client, n int, method, url string) []int {
	var got []int
	for range n {
		got = append(got, call(c, method, url).status)
	}
	return got
}

func TestWhen(t *testing.T) {
	tests := []struct {
		name   string
		faults []faults.Fault
		want   []int
	}{
		{"none", nil, []int{200, 200, 200, 200}},
		{"forever from the first", []faults.Fault{{Kind: faults.TooMany}}, []int{429, 429, 429, 429}},
		{"a stretch in the middle", []faults.Fault{{Kind: faults.TooMany, From: 2, Count: 2}}, []int{200, 429, 429, 200}},
		{"the first that is due wins", []faults.Fault{{Kind: faults.TooMany, From: 2, Count: 1}, {Kind: faults.Forbidden, From: 1, Count: 3}}, []int{403, 429, 403, 200}},
		{"gateways take turns", []faults.Fault{{Kind: faults.BadGatewayHTML}}, []int{502, 503, 504, 502}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var calls atomic.Int64
			c := &http.Client{Transport: faults.Transport(faults.New(tt.faults...).Wrap(counting(&calls)))}
			if diff := cmp.Diff(tt.want, statuses(c, 4, http.MethodGet, "http://a/x")); diff != "" {
				t.Errorf("statuses (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRoutes(t *testing.T) {
	tests := []struct {
		route, method, path string
		want                bool
	}{
		{"", "GET", "/api/v1/contacts", true},
		{"GET /api/v1/contacts", "GET", "/api/v1/contacts", true},
		{"GET /api/v1/contacts", "POST", "/api/v1/contacts", false},
		{"GET /api/v1/contacts", "GET", "/api/v1/contacts/7", false},
		{"GET /api/v1/contacts/*", "GET", "/api/v1/contacts/7", true},
		{"* /api/v1/contacts*", "DELETE", "/api/v1/contacts/7", true},
		{"/api/v1/*", "PATCH", "/api/v1/contacts/7", true},
		{"/api/*/contacts", "PATCH", "/api/v1/contacts/7", false},
		{"POST *import*", "POST", "/api/v1/bulk-import/contacts", true},
		{"DELETE", "DELETE", "/anything", true},
		{"DELETE", "GET", "/anything", false},
		{"*", "GET", "/anything", true},
	}
	for _, tt := range tests {
		t.Run(tt.route+" "+tt.method+" "+tt.path, func(t *testing.T) {
			s := faults.New(faults.Fault{Route: tt.route, Kind: faults.TooMany})
			var calls atomic.Int64
			c := &http.Client{Transport: faults.Transport(s.Wrap(counting(&calls)))}
			got := call(c, tt.method, "http://a"+tt.path+"?q=1").status == http.StatusTooManyRequests
			if got != tt.want {
				t.Errorf("fails: %v, want %v", got, tt.want)
			}
			if tt.want {
				want := []faults.Hit{{Route: tt.method + " " + tt.path, N: 1, Kind: faults.TooMany}}
				if diff := cmp.Diff(want, s.Hits()); diff != "" {
					t.Errorf("hits (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestAnAnswerWithoutBodyIsSpared(t *testing.T) {
	var calls atomic.Int64
	s := faults.New(faults.Fault{Kind: faults.Truncated})
	clients(t, s.Wrap(counting(&calls)), func(t *testing.T, c *http.Client, base string) {
		if got := call(c, http.MethodDelete, base); got.status != http.StatusNoContent || got.err != nil {
			t.Errorf("got %+v, want 204", got)
		}
	})
	if hits := s.Hits(); len(hits) != 0 {
		t.Errorf("hits %v, want none: nothing was spoilt", hits)
	}
}

func TestRandomRepeats(t *testing.T) {
	run := func(seed uint64) []faults.Hit {
		var calls atomic.Int64
		s := faults.Random(seed, 0.3, faults.TooMany, faults.ServerError, faults.CutAfter)
		statuses(&http.Client{Transport: faults.Transport(s.Wrap(counting(&calls)))}, 200, http.MethodGet, "http://a/x")
		return s.Hits()
	}
	first := run(1)
	if len(first) < 30 || len(first) > 90 {
		t.Errorf("%d of 200 requests failed, want about 60", len(first))
	}
	if diff := cmp.Diff(first, run(1)); diff != "" {
		t.Errorf("the same seed differs:\n%s", diff)
	}
	if cmp.Equal(first, run(2)) {
		t.Error("another seed gives the same faults")
	}
}

func TestTake(t *testing.T) {
	const own faults.Kind = "miscount"
	s := faults.New(faults.Fault{Kind: own, From: 2, Count: 1, N: 7})
	h := s.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := faults.Take(r, "another"); ok {
			t.Error("took a kind that is not due")
		}
		if f, ok := faults.Take(r, "another", own); ok {
			w.WriteHeader(500 + f.N)
		}
	}))
	c := &http.Client{Transport: faults.Transport(h)}
	if diff := cmp.Diff([]int{200, 507, 200}, statuses(c, 3, http.MethodGet, "http://a/x")); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	if got := s.Fired(own); got != 1 {
		t.Errorf("%d hits, want 1", got)
	}
}

func TestNilScheduleServes(t *testing.T) {
	var s *faults.Schedule
	var calls atomic.Int64
	c := &http.Client{Transport: faults.Transport(s.Wrap(counting(&calls)))}
	if got := call(c, http.MethodGet, "http://a/x"); got.status != 200 || len(s.Hits()) != 0 {
		t.Errorf("status %d, hits %v, want 200 and none", got.status, s.Hits())
	}
}

func TestSlowBeyondTheClientsPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		s := faults.New(faults.Fault{Kind: faults.Slow, Count: 1, Delay: time.Minute})
		c := &http.Client{Transport: faults.Transport(s.Wrap(counting(&calls))), Timeout: 10 * time.Second}
		start := time.Now()
		got := call(c, http.MethodPost, "http://a/x")
		if !errors.Is(got.err, context.DeadlineExceeded) || time.Since(start) != 10*time.Second {
			t.Errorf("error %v after %v, want a deadline after 10s", got.err, time.Since(start))
		}
		if calls.Load() != 1 {
			t.Errorf("handler called %d times, want 1: it did the work before it was slow", calls.Load())
		}
		if again := call(c, http.MethodPost, "http://a/x"); again.status != 200 {
			t.Errorf("the next call: %+v", again)
		}
	})
}

func TestDripIsSpreadOverTheDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		s := faults.New(faults.Fault{Kind: faults.Drip, Delay: 32 * time.Second})
		c := &http.Client{Transport: faults.Transport(s.Wrap(counting(&calls)))}
		start := time.Now()
		if got := call(c, http.MethodGet, "http://a/x"); string(got.body) != answer {
			t.Errorf("got %q, %v", got.body, got.err)
		}
		if d := time.Since(start); d < 30*time.Second || d > 32*time.Second {
			t.Errorf("took %v, want about 32s", d)
		}
	})
}

func TestClosedIsAReset(t *testing.T) {
	var calls atomic.Int64
	s := faults.New(faults.Fault{Kind: faults.Closed})
	clients(t, s.Wrap(counting(&calls)), func(t *testing.T, c *http.Client, base string) {
		if got := call(c, http.MethodPost, base); !errors.Is(got.err, syscall.ECONNRESET) {
			t.Errorf("error %v, want a reset", got.err)
		}
	})
}

func TestGzipStaysPackedForAClientThatAsked(t *testing.T) {
	var calls atomic.Int64
	s := faults.New(faults.Fault{Kind: faults.Gzip})
	clients(t, s.Wrap(counting(&calls)), func(t *testing.T, c *http.Client, base string) {
		req, _ := http.NewRequest(http.MethodGet, base, nil)
		req.Header.Set("Accept-Encoding", "identity")
		resp, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil || !bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
			t.Errorf("body %q, %v, want gzip", body, err)
		}
	})
}

func TestTransportStreamsAndCancels(t *testing.T) {
	defer goleak.VerifyNone(t)
	gone := make(chan struct{})
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "first")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		close(gone)
	})
	ctx, cancel := context.WithCancel(t.Context())
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://a/x?q=1", nil)
	resp, err := faults.Transport(h).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 5)
	if _, err := io.ReadFull(resp.Body, b); err != nil || string(b) != "first" {
		t.Fatalf("read %q, %v before the handler ended, want first", b, err)
	}
	cancel()
	if _, err := resp.Body.Read(b); !errors.Is(err, context.Canceled) {
		t.Errorf("read after cancel: %v, want context.Canceled", err)
	}
	<-gone
	resp.Body.Close()
}

func TestTransportLooksLikeAServer(t *testing.T) {
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Seen", strings.Join([]string{r.Host, r.RequestURI, r.URL.Path, r.URL.RawQuery, r.Proto, string(body)}, "|"))
		if r.Method == http.MethodDelete {
			w.WriteHeader(http.StatusNoContent)
			io.WriteString(w, "never seen")
			return
		}
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, strings.Repeat("x", 100_000))
	})
	type view struct {
		Seen   string
		Status string
		Bytes  int
		Type   string
	}
	var views []view
	clients(t, h, func(t *testing.T, c *http.Client, base string) {
		for _, method := range []string{http.MethodPost, http.MethodDelete, http.MethodHead} {
			req, _ := http.NewRequest(method, base+"/a%20b?x=1#frag", strings.NewReader("{}"))
			req.Host = "tenant.test"
			resp, err := c.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			views = append(views, view{resp.Header.Get("X-Seen"), resp.Status, len(body), resp.Header.Get("Content-Type")})
		}
	})
	if diff := cmp.Diff(views[3:], views[:3]); diff != "" {
		t.Errorf("socket and memory differ (-socket +memory):\n%s", diff)
	}
}

func TestManyAtOnce(t *testing.T) {
	var calls atomic.Int64
	s := faults.New(faults.Fault{Kind: faults.ServerError, From: 11, Count: 20})
	c := &http.Client{Transport: faults.Transport(s.Wrap(counting(&calls)))}
	results := make(chan int)
	for range 8 {
		go func() {
			for range 25 {
				results <- call(c, http.MethodGet, "http://a/x").status
			}
		}()
	}
	failed := 0
	for range 200 {
		if <-results == http.StatusInternalServerError {
			failed++
		}
	}
	if failed != 20 || s.Fired(faults.ServerError) != 20 || calls.Load() != 180 {
		t.Errorf("%d failed, %d hits, %d handled, want 20, 20, 180", failed, s.Fired(faults.ServerError), calls.Load())
	}
}
