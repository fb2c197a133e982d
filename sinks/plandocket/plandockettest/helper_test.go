package plandockettest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// clock is a clock that a test moves.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 3, 1, 12, 30, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// api is a tenant with a client that knows its key.
type api struct {
	t testing.TB
	*plandockettest.Server
	client *http.Client
	key    string
}

func open(t testing.TB, o plandockettest.Options) *api {
	t.Helper()
	s, err := plandockettest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &api{t, s, &http.Client{Transport: faults.Transport(s.Handler())}, plandockettest.DefaultKey}
}

// obj and arr are JSON in tests.
type (
	obj = map[string]any
	arr = []any
)

type answer struct {
	status int
	header http.Header
	raw    string
	json   obj // nil if the body is no object
	err    error
}

// data is what the answer has under "data".
func (a answer) data() obj { m, _ := a.json["data"].(obj); return m }

func (a answer) list() arr { l, _ := a.json["data"].(arr); return l }

func (a answer) meta() obj { m, _ := a.json["meta"].(obj); return m }

// bulk are the counts of a bulk import, wherever they stand.
func (a answer) bulk() obj {
	if d := a.data(); d != nil {
		return d
	}
	return a.json
}

// column is one field of every row of a list.
func (a answer) column(name string) []string {
	var out []string
	for _, r := range a.list() {
		out = append(out, fmt.Sprint(r.(obj)[name]))
	}
	return out
}

func (a *api) do(method, path string, body any) answer {
	a.t.Helper()
	var reader io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			a.t.Fatal(err)
		}
		if text, ok := body.(string); ok {
			b = []byte(text)
		}
		reader = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, "https://acme.plandocket.com/api/v1/"+path, reader)
	if err != nil {
		a.t.Fatal(err)
	}
	if a.key != "" {
		req.Header.Set("Authorization", "Bearer "+a.key)
	}
	return a.send(req)
}

func (a *api) send(req *http.Request) answer {
	a.t.Helper()
	resp, err := a.client.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	got := answer{status: resp.StatusCode, header: resp.Header, raw: string(raw), err: err}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if d.Decode(&got.json) != nil {
		got.json = nil
	}
	return got
}

// must is do for a call that the test needs to go well.
func (a *api) must(method, path string, body any) answer {
	a.t.Helper()
	got := a.do(method, path, body)
	if got.err != nil || got.status >= 300 {
		a.t.Fatalf("%s %s: status %d, error %v, body %.300s", method, path, got.status, got.err, got.raw)
	}
	return got
}

// id creates a contact and returns its id as text.
func (a *api) id(body obj) string {
	a.t.Helper()
	got := a.must("POST", "contacts", body).data()
	for _, key := range []string{"id", "contact_id"} {
		if v, ok := got[key]; ok {
			return fmt.Sprint(v)
		}
	}
	a.t.Fatalf("no id in %v", got)
	return ""
}

func (a *api) contacts() []plandockettest.Contact {
	a.t.Helper()
	all, err := a.Contacts()
	if err != nil {
		a.t.Fatal(err)
	}
	return all
}

// emails are the addresses of all contacts in the order of their ids.
func (a *api) emails() []string {
	out := []string{}
	for _, c := range a.contacts() {
		out = append(out, c.Email)
	}
	return out
}

func (a *api) add(c plandockettest.Contact) int64 {
	a.t.Helper()
	id, err := a.Add(c)
	if err != nil {
		a.t.Fatal(err)
	}
	return id
}

func (a *api) seed(n int) {
	a.t.Helper()
	if err := a.Seed(1, n); err != nil {
		a.t.Fatal(err)
	}
}

// counts are created, updated, skipped and the number of errors of a bulk answer.
func (a answer) counts() [4]int {
	b := a.bulk()
	number := func(name string) int {
		n, err := b[name].(json.Number).Int64()
		if err != nil {
			return -1
		}
		return int(n)
	}
	failed := 0
	switch e := b["errors"].(type) {
	case arr:
		failed = len(e)
	case obj:
		failed = len(e)
	}
	return [4]int{number("created"), number("updated"), number("skipped"), failed}
}

func want[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
