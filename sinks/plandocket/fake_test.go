package plandocket_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket"
)

const apiKey = "key-that-nobody-may-see"

// row is a contact of the fake server; zero values are null.
type row struct {
	id      int
	email   string
	number  string
	last    string
	created int64
}

// fakeList serves a list of contacts with the habits of a server.
type fakeList struct {
	rows     []row
	cap      int    // rows in one answer; 0: all
	paging   string // "", page, offset, cursor
	total    bool   // meta tells a total
	unsorted bool   // sort and order are ignored
	nullLast bool   // rows without a value come last in both orders
	tieByID  bool   // rows that sort alike are in the order of ids in both orders
	endless  bool   // pages past the end repeat the last one
	before   func(f *fakeList, n int, r *http.Request)
	requests int
}

func (f *fakeList) key(r row, field string) string {
	switch field {
	case "created_at":
		return fmt.Sprintf("%020d", r.created)
	case "email":
		return r.email
	case "customer_number":
		return r.number
	case "last_name":
		return r.last
	}
	return ""
}

func (f *fakeList) sorted(field, order string) []row {
	rows := slices.Clone(f.rows)
	if f.unsorted {
		return rows
	}
	sign := 1
	if order == "DESC" {
		sign = -1
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		x, y := f.key(a, field), f.key(b, field)
		if f.nullLast && (x == "") != (y == "") {
			if x == "" {
				return 1
			}
			return -1
		}
		ties := sign * cmp.Compare(a.id, b.id)
		if f.tieByID {
			ties = cmp.Compare(a.id, b.id)
		}
		return cmp.Or(sign*strings.Compare(x, y), ties)
	})
	return rows
}

func (f *fakeList) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.requests++
	if f.before != nil {
		f.before(f, f.requests, r)
	}
	if r.Header.Get("Authorization") != "Bearer "+apiKey {
		w.WriteHeader(401)
		return
	}
	if id, ok := strings.CutPrefix(r.URL.Path, "/api/v1/contacts/"); ok {
		for _, one := range f.rows {
			if strconv.Itoa(one.id) == id {
				writeJSON(w, 200, map[string]any{"data": shape(one)})
				return
			}
		}
		writeJSON(w, 404, map[string]any{"error": "Not found"})
		return
	}
	q := r.URL.Query()
	rows := f.sorted(q.Get("sort"), q.Get("order"))
	if s := q.Get("search"); s != "" {
		rows = slices.DeleteFunc(rows, func(r row) bool { return !strings.Contains(r.email+r.last, s) })
	}
	meta := map[string]any{"request_id": "req_1"}
	if f.total {
		meta["total"] = len(rows)
	}
	writeJSON(w, 200, map[string]any{"data": f.cut(rows, q.Get, meta), "meta": meta})
}

// cut is the page that is asked for.
func (f *fakeList) cut(rows []row, query func(string) string, meta map[string]any) []map[string]any {
	size, from := f.cap, 0
	if size == 0 {
		size = len(rows)
	}
	number := func(name string) int { n, _ := strconv.Atoi(query(name)); return n }
	switch f.paging {
	case "page":
		if n := number("per_page"); n > 0 {
			size = min(size, n)
		}
		from = max(0, number("page")-1) * size
	case "offset":
		if n := number("limit"); n > 0 {
			size = min(size, n)
		}
		from = number("offset")
	case "cursor":
		from = number("cursor")
		if from+size < len(rows) {
			meta["next_cursor"] = strconv.Itoa(from + size)
		}
	}
	if f.endless && from >= len(rows) && size > 0 {
		from = (len(rows) - 1) / size * size
	}
	from = min(from, len(rows))
	out := []map[string]any{}
	for _, r := range rows[from:min(from+size, len(rows))] {
		out = append(out, shape(r))
	}
	return out
}

func shape(r row) map[string]any {
	null := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	return map[string]any{"id": r.id, "email": null(r.email), "customer_number": null(r.number), "last_name": null(r.last),
		"rating": 3, "created_at": time.Unix(r.created, 0).UTC().Format(time.RFC3339), "categories": []string{}}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a test notices what is missing
}

// people makes n contacts, each created a second after the one before.
func people(n int) []row {
	rows := make([]row, n)
	for i := range rows {
		rows[i] = row{id: i + 1, email: fmt.Sprintf("p%05d@example.com", i), number: fmt.Sprintf("K%05d", i), last: fmt.Sprintf("Weber%d", i%50), created: 1_700_000_000 + int64(i)}
	}
	return rows
}

// sameTime makes every contact created at one moment.
func sameTime(rows []row) []row {
	for i := range rows {
		rows[i].created = 1_700_000_000
	}
	return rows
}

// target makes a target that talks to the handler in memory.
func target(t testing.TB, h http.Handler) *plandocket.Target {
	t.Helper()
	tg, err := plandocket.New(plandocket.Config{BaseURL: "https://demo.example.com", APIKey: pipeline.NewSecret(apiKey),
		Client: &http.Client{Transport: faults.Transport(h)}, Now: func() time.Time { return time.Unix(1_700_000_000, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	return tg
}

func answering(status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})
}

func clock() time.Time { return time.Unix(1_700_000_000, 0) }
