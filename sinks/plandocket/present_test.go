package plandocket_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/plandocket"
)

func TestCompleteness(t *testing.T) {
	noEmail := func(rows []row, every int) []row {
		for i := range rows {
			if i%every == 0 {
				rows[i].email = ""
			}
		}
		return rows
	}
	tests := []struct {
		name        string
		server      fakeList
		want        pipeline.Grade
		rows        int // that must be seen; -1: any number
		requestsMax int
	}{
		{"empty", fakeList{}, pipeline.Proven, 0, 1},
		{"one", fakeList{rows: people(1)}, pipeline.Proven, 1, 6},
		{"seven", fakeList{rows: people(7)}, pipeline.Proven, 7, 2},
		{"seven, ties by id", fakeList{rows: people(7), tieByID: true}, pipeline.Proven, 7, 2},
		{"a round number", fakeList{rows: people(100)}, pipeline.Proven, 100, 5},
		{"five thousand of one time behind a silent cap", fakeList{rows: sameTime(people(5000)), cap: 1000}, pipeline.Unproven, -1, 12},
		{"the same, ties by id", fakeList{rows: sameTime(people(5000)), cap: 1000, tieByID: true}, pipeline.Unproven, -1, 12},
		{"the same, and nothing tells them apart", fakeList{rows: func() []row {
			rows := make([]row, 5000)
			for i := range rows {
				rows[i] = row{id: i + 1, created: 1}
			}
			return rows
		}(), cap: 1000, tieByID: true}, pipeline.Unproven, -1, 12},
		{"the same, empty e-mails last in both orders", fakeList{rows: noEmail(sameTime(people(5000)), 2), cap: 1000, tieByID: true, nullLast: true}, pipeline.Unproven, -1, 14},
		{"a cap of seven", fakeList{rows: people(8), cap: 7}, pipeline.Unproven, 8, 8},
		{"a cap, sort ignored", fakeList{rows: people(3000), cap: 1000, unsorted: true}, pipeline.Unproven, -1, 14},
		{"a cap with a total", fakeList{rows: sameTime(people(300)), cap: 100, total: true, tieByID: true}, pipeline.Unproven, -1, 6},
		{"one time, all shown, some without e-mail", fakeList{rows: noEmail(sameTime(people(33)), 3)}, pipeline.Proven, 33, 8},
		{"one time, all shown, ids both ways", fakeList{rows: sameTime(people(33))}, pipeline.Proven, 33, 2},
		{"one time, all shown, all with everything", fakeList{rows: sameTime(people(33)), tieByID: true}, pipeline.Likely, 33, 8},
		{"one time, all shown, a total", fakeList{rows: sameTime(people(33)), tieByID: true, total: true}, pipeline.Proven, 33, 2},
		{"pages with a total", fakeList{rows: people(230), cap: 25, paging: "page", total: true}, pipeline.Proven, 230, 22},
		{"pages without a word", fakeList{rows: people(230), cap: 100, paging: "page"}, pipeline.Proven, 230, 12},
		{"offsets without a word", fakeList{rows: people(230), cap: 100, paging: "offset"}, pipeline.Proven, 230, 12},
		{"a cursor", fakeList{rows: people(230), cap: 100, paging: "cursor"}, pipeline.Proven, 230, 8},
		{"pages of one time", fakeList{rows: noEmail(sameTime(people(230)), 3), cap: 100, paging: "page"}, pipeline.Proven, 230, 24},
		{"a last page for ever", fakeList{rows: people(230), cap: 100, paging: "page", endless: true}, pipeline.Proven, 230, 16},
		{"pages, ties by id", fakeList{rows: sameTime(people(60)), cap: 25, paging: "page", tieByID: true}, pipeline.Likely, 60, 30},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := test.server
			p, err := target(t, &server).Present(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if p.Evidence.Grade != test.want {
				t.Errorf("grade %s, want %s: %s", p.Evidence.Grade, test.want, strings.Join(p.Evidence.Reasons, " "))
			}
			if test.rows >= 0 && p.Records.Len() != test.rows {
				t.Errorf("%d contacts, want %d", p.Records.Len(), test.rows)
			}
			if server.requests > test.requestsMax || p.Requests != server.requests {
				t.Errorf("%d requests, %d told, want at most %d: %s", server.requests, p.Requests, test.requestsMax, strings.Join(p.Evidence.Reasons, " "))
			}
			inOrder(t, p)
		})
	}
}

// inOrder holds that a present state gives a reason for its grade, and contacts in the
// order of their ids.
func inOrder(t *testing.T, p *pipeline.Present) {
	t.Helper()
	if len(p.Evidence.Reasons) == 0 {
		t.Error("no reason is given")
	}
	for i := 1; i < p.Records.Len(); i++ {
		a, _ := strconv.Atoi(p.Records.Record(i - 1).ID())
		b, _ := strconv.Atoi(p.Records.Record(i).ID())
		if a >= b {
			t.Fatalf("contact %d stands before %d", a, b)
		}
	}
}

func TestContactsThatComeAndGoWhileReading(t *testing.T) {
	insert := func(f *fakeList, n int, _ *http.Request) {
		if n == 2 {
			f.rows = append(f.rows, row{id: 900, email: "new@example.com", created: 1_800_000_000})
		}
	}
	remove := func(f *fakeList, n int, _ *http.Request) {
		if n == 2 {
			f.rows = f.rows[1:]
		}
	}
	tests := []struct {
		name   string
		server fakeList
		rows   int
	}{
		{"one comes", fakeList{rows: people(7), before: insert}, 8},
		{"one goes", fakeList{rows: people(7), before: remove}, 6},
		{"one comes between pages", fakeList{rows: people(130), cap: 30, paging: "page", total: true, before: insert}, 131},
		{"one goes between pages", fakeList{rows: people(130), cap: 30, paging: "page", total: true, before: remove}, 129},
		{"one goes between silent pages", fakeList{rows: people(130), cap: 30, paging: "offset", before: remove}, 129},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, err := target(t, &test.server).Present(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if p.Evidence.Grade != pipeline.Proven || p.Records.Len() != test.rows {
				t.Errorf("%d contacts, %s, want %d proven: %q", p.Records.Len(), p.Evidence.Grade, test.rows, p.Evidence.Reasons)
			}
		})
	}
}

func TestKnownContacts(t *testing.T) {
	t.Run("gone", func(t *testing.T) {
		server := fakeList{rows: people(7)}
		p, err := target(t, &server).Present(t.Context(), []string{"3", "77", "78", "77", ""})
		if err != nil {
			t.Fatal(err)
		}
		if p.Evidence.Grade != pipeline.Proven || p.Requests != 4 {
			t.Errorf("%s after %d requests: %q", p.Evidence.Grade, p.Requests, p.Evidence.Reasons)
		}
	})
	t.Run("hidden", func(t *testing.T) {
		server := fakeList{rows: people(8), before: nil}
		server.before = func(f *fakeList, n int, r *http.Request) {
			f.rows = people(8)
			if !strings.HasSuffix(r.URL.Path, "/8") {
				f.rows = f.rows[:7]
			}
		}
		p, err := target(t, &server).Present(t.Context(), []string{"8"})
		if err != nil {
			t.Fatal(err)
		}
		if p.Evidence.Grade != pipeline.Unproven || p.Records.Len() != 8 {
			t.Errorf("%d contacts, %s: %q", p.Records.Len(), p.Evidence.Grade, p.Evidence.Reasons)
		}
	})
}

func TestTolerantDecoding(t *testing.T) {
	const body = `{"data": [{"contact_id": "12", "id": 12, "email": "A@x.de", "customer_number": 007, "postal_code": 1067, "city": "",
		"rating": "4", "account_access_enabled": "1", "has_account": 0, "created_at": 1704067200, "updated_at": "2024-01-01 00:00:01",
		"categories": [{"id": 1, "category_key": "press"}, {"id": 2, "category_key": null}]}], "meta": {"total": 1}}`
	p, err := target(t, answering(200, body)).Present(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r := p.Records.Record(0)
	for field, want := range map[string]string{"email": "A@x.de", "customer_number": "007", "postal_code": "1067", "city": "", "rating": "4",
		"account_access_enabled": "true", "has_account": "false", "created_at": "2024-01-01T00:00:00Z", "updated_at": "2024-01-01T00:00:01Z", "category_keys": "press"} {
		if got := r.Get(field).String(); got != want {
			t.Errorf("%s is %q, want %q", field, got, want)
		}
	}
	if !r.Get("city").IsNull() {
		t.Error("an empty text is not null")
	}
	if r.ID() != "12" {
		t.Errorf("id %q", r.ID())
	}
	if all := strings.Join(p.Evidence.Reasons, " "); !strings.Contains(all, "without a key") {
		t.Errorf("no word about the category without a key: %s", all)
	}
}

func TestCategoryShapes(t *testing.T) {
	for shape, want := range map[string]string{
		`["b", "a", "b"]`:                            "a, b",
		`[{"key": "a"}]`:                             "a",
		`{"a": {"title": "A"}, "b": true}`:           "a, b",
		`{"7": {"id": 7, "category_key": "a"}}`:      "a",
		`{"data": [{"id": 7, "category_key": "a"}]}`: "a",
		`[]`: "",
	} {
		p, err := target(t, answering(200, `{"data": [{"id": 1, "categories": `+shape+`}], "meta": {"total": 1}}`)).Present(t.Context(), nil)
		if err != nil {
			t.Errorf("%s: %v", shape, err)
			continue
		}
		if v := p.Records.Record(0).Get("category_keys"); v.IsNull() || v.String() != want {
			t.Errorf("%s is %q, want %q", shape, v, want)
		}
	}
	p, err := target(t, answering(200, `{"data": [{"id": 1}], "meta": {"total": 1}}`)).Present(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if !p.Records.Record(0).Get("category_keys").IsNull() || !strings.Contains(strings.Join(p.Evidence.Reasons, " "), "unknown") {
		t.Errorf("categories that are not shown must be unknown, and a reason must say so: %q", p.Evidence.Reasons)
	}
}

func TestAnswersThatAreNoList(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   string
		want   string
		is     error
	}{
		{"web page", 200, "<!doctype html><title>Login</title>", "web page", nil},
		{"empty", 200, "", "empty", nil},
		{"truncated", 200, `{"data": [{"id": 1}`, "ends after", nil},
		{"trailing", 200, `{"data": []} oops`, "something follows", nil},
		{"invalid UTF-8", 200, "{\"data\": [{\"id\": 1, \"city\": \"M\xfcnchen\"}]}", "UTF-8", nil},
		{"no data", 200, `{"items": []}`, `no "data"`, nil},
		{"data is null", 200, `{"data": null}`, "no list", nil},
		{"two ids", 200, `{"data": [{"id": 1, "contact_id": 2}]}`, "id is 1 and contact_id is 2", nil},
		{"no id", 200, `{"data": [{"email": "a@b.de"}]}`, "row 1: it has neither id nor contact_id", nil},
		{"rating is text", 200, `{"data": [{"id": 1, "rating": "good"}]}`, `contact 1: field rating: "good"`, nil},
		{"401", 401, `{"error": "Unauthenticated"}`, "Unauthenticated", plandocket.ErrUnauthorized},
		{"403", 403, `{"error": "No permission"}`, "scope contacts", plandocket.ErrForbidden},
		{"404", 404, `{"error": "Not found"}`, "check base_url", plandocket.ErrNoAPI},
		{"429", 429, `{"error": "Rate limit exceeded"}`, "too many requests", plandocket.ErrRateLimited},
		{"500", 500, `{"error": "oops ` + apiKey + `"}`, "500", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := target(t, answering(test.status, test.body)).Present(t.Context(), nil)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want one with %q", err, test.want)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("error %v is not %v", err, test.is)
			}
			if !strings.Contains(err.Error(), "/api/v1/contacts") || strings.Contains(err.Error(), apiKey) {
				t.Errorf("error %v must name the path and not the key", err)
			}
		})
	}
}

func TestASingleObjectIsNoProof(t *testing.T) {
	p, err := target(t, answering(200, `{"data": {"contact_id": 1, "created_at": 1704067200}}`)).Present(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if p.Evidence.Grade != pipeline.Unproven || p.Records.Len() != 1 {
		t.Errorf("%d contacts, %s", p.Records.Len(), p.Evidence.Grade)
	}
}

func TestUnreachable(t *testing.T) {
	tg, err := plandocket.New(plandocket.Config{BaseURL: "http://127.0.0.1:1", APIKey: pipeline.NewSecret(apiKey), Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tg.Present(t.Context(), nil); !errors.Is(err, plandocket.ErrUnreachable) || !strings.Contains(err.Error(), "127.0.0.1:1") || !strings.Contains(err.Error(), "check base_url") {
		t.Errorf("error %v", err)
	}
	c := pipeline.Change{ID: "c1", Action: pipeline.Delete, Target: "1", Route: plandocket.RouteDelete}
	if got, err := tg.Apply(t.Context(), []pipeline.Change{c}); got != nil || !errors.Is(err, plandocket.ErrUnreachable) {
		t.Errorf("outcomes %v, error %v: nothing was sent", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := tg.Present(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
}

func TestNewNamesTheOption(t *testing.T) {
	key := pipeline.NewSecret(apiKey)
	tests := []struct {
		config plandocket.Config
		want   string
	}{
		{plandocket.Config{APIKey: key, Now: clock}, "base_url"},
		{plandocket.Config{BaseURL: "demo", APIKey: key, Now: clock}, "base_url"},
		{plandocket.Config{BaseURL: "https://x:y@demo.example.com", APIKey: key, Now: clock}, "base_url"},
		{plandocket.Config{BaseURL: "https://demo.example.com/?api_key=" + apiKey, APIKey: key, Now: clock}, "base_url"},
		{plandocket.Config{BaseURL: "https://demo.example.com/api/v1/", APIKey: key, Now: clock}, "/api/v1"},
		{plandocket.Config{BaseURL: "https://demo.example.com", Now: clock}, "api_key"},
		{plandocket.Config{BaseURL: "https://demo.example.com", APIKey: pipeline.NewSecret(apiKey + "\n"), Now: clock}, "api_key"},
		{plandocket.Config{BaseURL: "https://demo.example.com", APIKey: key, RequestsPerHour: -1, Now: clock}, "requests_per_hour"},
		{plandocket.Config{BaseURL: "https://demo.example.com", APIKey: key, Resource: "invoices", Now: clock}, "invoices"},
		{plandocket.Config{BaseURL: "https://demo.example.com", APIKey: key}, "clock"},
	}
	for _, test := range tests {
		_, err := plandocket.New(test.config)
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), apiKey) {
			t.Errorf("error %v, want one with %q and without the key", err, test.want)
		}
	}
	tg, err := plandocket.New(plandocket.Config{BaseURL: "https://Demo.example.com/", KeyFromTransport: true, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := tg.Identity(), "plandocket https://demo.example.com contacts"; got != want {
		t.Errorf("identity %q, want %q", got, want)
	}
}

// TestPagesAreAskedForAgain has a server that gives all where all fits into an answer,
// whatever page is asked for, and pages else: what was learned of a list that fits does
// not hold for one that grew.
func TestPagesAreAskedForAgain(t *testing.T) {
	f := &fakeList{rows: sameTime(people(60)), unsorted: true}
	f.before = func(f *fakeList, _ int, _ *http.Request) {
		if len(f.rows) > 100 {
			f.cap, f.paging = 100, "page"
		}
	}
	tg := target(t, f)
	for _, n := range []int{60, 160} {
		f.rows = sameTime(people(n))
		p, err := tg.Present(t.Context(), nil)
		if err != nil || p.Records.Len() != n {
			t.Fatalf("of %d contacts %d are seen: %v", n, p.Records.Len(), err)
		}
	}
}
