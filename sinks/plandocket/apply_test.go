package plandocket_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket"
)

// three creates that travel in one call.
func three() []pipeline.Change {
	changes := make([]pipeline.Change, 3)
	for i := range changes {
		email := fmt.Sprintf("p%d@example.com", i)
		changes[i] = creating(fmt.Sprintf("c%d", i), "email", email, "city", "Bonn")
		changes[i].Route, changes[i].Key = plandocket.RouteCreateByEmail, pipeline.Key{Field: "email", Value: email}
	}
	return changes
}

func statuses(outcomes []pipeline.Outcome) string {
	var s []string
	for _, o := range outcomes {
		s = append(s, string(o.Status))
	}
	return strings.Join(s, " ")
}

func TestBulkAnswers(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   string
		want   string
		say    string // in the messages
	}{
		{"all created", 200, `{"total":3,"created":3,"updated":0,"skipped":0,"errors":[],"details":[]}`, "sent sent sent", ""},
		{"in data, 201", 201, `{"data":{"total":3,"created":3,"skipped":0,"errors":[]},"meta":{}}`, "sent sent sent", ""},
		{"no total", 200, `{"created":3}`, "sent sent sent", ""},
		{"total is wrong", 200, `{"total":2,"created":3,"errors":[]}`, "unknown unknown unknown", "do not add up"},
		{"one too few", 200, `{"total":3,"created":2,"updated":0,"skipped":0,"errors":[]}`, "unknown unknown unknown", "do not add up"},
		{"updated though asked to create", 200, `{"total":3,"created":2,"updated":1,"skipped":0,"errors":[]}`, "unknown unknown unknown", "do not add up"},
		{"one skipped, nobody knows which", 200, `{"total":3,"created":2,"skipped":1,"errors":[]}`, "unknown unknown unknown", "does not say which"},
		{"one skipped, with details out of order", 207, `{"total":3,"created":2,"skipped":1,"errors":[],"details":[{"email":"p2@example.com","action":"created","id":9},{"email":"p1@example.com","action":"skipped"},{"email":"p0@example.com","action":"created"}]}`, "sent unknown sent", "skipped"},
		{"error by e-mail", 422, `{"total":3,"created":2,"skipped":0,"errors":[{"index":5,"email":"P1@example.com","message":"Rating is bad"}]}`, "sent refused sent", "Rating is bad"},
		{"error by index from 0", 200, `{"total":3,"created":2,"skipped":0,"errors":[{"index":0,"message":"Rating is bad"}]}`, "refused sent sent", "Rating is bad"},
		{"error by row from 1", 200, `{"total":3,"created":2,"skipped":0,"errors":["Row 3: Rating is bad"]}`, "sent sent refused", "Rating is bad"},
		{"error by a number of unknown base", 200, `{"total":3,"created":2,"skipped":0,"errors":["Row 1: Rating is bad"]}`, "unknown unknown sent", "Rating is bad"},
		{"base from details", 200, `{"total":3,"created":2,"skipped":0,"errors":[{"index":1,"message":"bad"}],"details":[{"index":0,"email":"p0@example.com","action":"created"},{"index":2,"email":"p2@example.com","action":"created"}]}`, "sent refused sent", "bad"},
		{"keyed map", 207, `{"total":3,"created":1,"skipped":0,"errors":{"0":["bad"],"2":["worse"]}}`, "refused sent refused", "worse"},
		{"keyed by e-mail", 207, `{"total":3,"created":2,"skipped":0,"errors":{"p2@example.com":"bad"}}`, "sent sent refused", "bad"},
		{"error about nobody", 200, `{"total":3,"created":2,"skipped":0,"errors":[{"message":"bad"}]}`, "unknown unknown unknown", ""},
		{"validation of the call", 422, `{"error":"Validation failed","errors":{"records.0.email":["is no address"]}}`, "refused refused refused", "is no address"},
		{"bad request", 400, `{"error":"Bad request"}`, "refused refused refused", "Bad request"},
		{"no counts", 200, `{"data":{"ok":true}}`, "unknown unknown unknown", "no counts"},
		{"web page", 200, `<html>Login</html>`, "unknown unknown unknown", "web page"},
		{"empty", 200, ``, "unknown unknown unknown", "empty"},
		{"truncated", 200, `{"total":3,"crea`, "unknown unknown unknown", "ends after"},
		{"trailing", 200, `{"total":3,"created":3,"errors":[]}}`, "unknown unknown unknown", "something follows"},
		{"server error", 500, `{"error":"Server error"}`, "unknown unknown unknown", "500"},
		{"gateway", 502, `<html>Bad gateway</html>`, "unknown unknown unknown", "502"},
		{"redirect", 302, ``, "unknown unknown unknown", "302"},
		{"the key in the words", 400, `{"error":"no ` + apiKey + `"}`, "refused refused refused", "***"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := target(t, answering(test.status, test.body)).Apply(t.Context(), three())
			if err != nil {
				t.Fatal(err)
			}
			if statuses(got) != test.want {
				t.Errorf("got %s, want %s: %+v", statuses(got), test.want, got)
			}
			said := ""
			for i, o := range got {
				if o.Change != fmt.Sprintf("c%d", i) {
					t.Errorf("outcome %d belongs to %s", i, o.Change)
				}
				if o.Status != pipeline.Sent && o.Message == "" {
					t.Errorf("outcome %d does not say why", i)
				}
				said += o.Message + " "
			}
			if !strings.Contains(said, test.say) || strings.Contains(said, apiKey) {
				t.Errorf("messages %q, want %q in them and no key", said, test.say)
			}
		})
	}
}

// An answer that says which records it found there is believed as long as it counts as many.
func TestBulkAnswersThatFoundRecordsThere(t *testing.T) {
	details := `[{"email":"p0@example.com","action":"skipped"},{"email":"p1@example.com","action":"skipped"},{"email":"p2@example.com","action":"created"}]`
	for _, tt := range []struct {
		name, body string
		want       [3]bool
	}{
		{"as many", `{"total":3,"created":1,"skipped":2,"errors":[],"details":` + details + `}`, [3]bool{true, true, false}},
		{"fewer", `{"total":3,"created":2,"skipped":1,"errors":[],"details":` + details + `}`, [3]bool{}},
		{"all", `{"total":3,"created":0,"skipped":3,"errors":[],"details":` + details + `}`, [3]bool{true, true, true}},
		{"all, without details", `{"total":3,"created":0,"skipped":3,"errors":[]}`, [3]bool{true, true, true}},
	} {
		got, err := target(t, answering(200, tt.body)).Apply(t.Context(), three())
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range got {
			if o.Existed != tt.want[i] {
				t.Errorf("%s: record %d existed: %v, want %v", tt.name, i, o.Existed, tt.want[i])
			}
		}
	}
}

func TestAnswersThatStopTheRun(t *testing.T) {
	patch := updating("u", "1", "city", "Bonn")
	patch.Route = plandocket.RoutePatch
	for status, want := range map[int]error{401: plandocket.ErrUnauthorized, 403: plandocket.ErrForbidden, 429: plandocket.ErrRateLimited} {
		for _, changes := range [][]pipeline.Change{three(), {patch}} {
			got, err := target(t, answering(status, `{"error":"No"}`)).Apply(t.Context(), changes)
			begun := status == 403 && len(changes) > 1 // the server may have come to a limit in the middle
			open := func(o pipeline.Outcome) bool { return o.Status == pipeline.Pending && o.Open() }
			if begun != (len(got) == len(changes) && !slices.ContainsFunc(got, func(o pipeline.Outcome) bool { return !open(o) })) || !begun && got != nil || !errors.Is(err, want) {
				t.Errorf("%d by %s: outcomes %v, error %v", status, changes[0].Route, got, err)
			}
			var e *plandocket.StatusError
			if !errors.As(err, &e) || e.Status != status || e.Path == "" {
				t.Errorf("error %v does not tell status and path", err)
			}
		}
	}
	if got, err := target(t, answering(404, `{"error":"Not found"}`)).Apply(t.Context(), three()); got != nil || !errors.Is(err, plandocket.ErrNoAPI) {
		t.Errorf("404: outcomes %v, error %v", got, err)
	}
}

func TestSingleAnswers(t *testing.T) {
	tests := []struct {
		name, route string
		status      int
		body        string
		want        pipeline.Status
	}{
		{"patched", plandocket.RoutePatch, 200, `{"data":{"contact_id":7}}`, pipeline.Sent},
		{"patched without a body", plandocket.RoutePatch, 204, ``, pipeline.Sent},
		{"another contact", plandocket.RoutePatch, 200, `{"data":{"id":8}}`, pipeline.Unknown},
		{"an error with 200", plandocket.RoutePatch, 200, `{"error":"no"}`, pipeline.Unknown},
		{"empty 200", plandocket.RoutePatch, 200, ``, pipeline.Unknown},
		{"gone", plandocket.RoutePatch, 404, `{"error":"Not found"}`, pipeline.Drifted},
		{"404 of a proxy", plandocket.RoutePatch, 404, `<html>`, pipeline.Unknown},
		{"invalid", plandocket.RoutePatch, 422, `{"error":"Validation failed","errors":{"city":["too long"]}}`, pipeline.Refused},
		{"server error", plandocket.RoutePatch, 503, `<html>`, pipeline.Unknown},
		{"deleted", plandocket.RouteDelete, 204, ``, pipeline.Sent},
		{"deleted with 200", plandocket.RouteDelete, 200, ``, pipeline.Sent},
		{"deleted before", plandocket.RouteDelete, 404, `{"error":"Not found"}`, pipeline.Already},
		{"delete refused", plandocket.RouteDelete, 422, `{"error":"has invoices"}`, pipeline.Refused},
		{"login page for a delete", plandocket.RouteDelete, 200, `<html>`, pipeline.Unknown},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := updating("u", "7", "city", "Bonn")
			c.Route = test.route
			got, err := target(t, answering(test.status, test.body)).Apply(t.Context(), []pipeline.Change{c})
			if err != nil || len(got) != 1 || got[0].Status != test.want || got[0].Target != "7" {
				t.Errorf("got %+v, %v, want %s", got, err, test.want)
			}
		})
	}
}

func TestWhatIsSent(t *testing.T) {
	var method, path, body string
	server := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		method, path, body = r.Method, r.URL.String(), string(b)
		w.WriteHeader(500)
	})
	create := creating("c", "email", "p@example.com", "company_name", `A & B <"C">`)
	create.Route, create.Key = plandocket.RouteCreateByEmail, pipeline.Key{Field: "email", Value: "p@example.com"}
	create.Fields = append(create.Fields, pipeline.FieldChange{Field: "city"}, pipeline.FieldChange{Field: "rating", After: pipeline.IntValue(4)})
	update := updating("u", "7", "city", "Bonn")
	update.Route, update.Key = plandocket.RouteUpdateByEmail, pipeline.Key{Field: "email", Value: "P@Example.com"}
	update.Fields = append(update.Fields, pipeline.FieldChange{Field: "category_keys", After: pipeline.ListValue([]string{"a", "b"})})
	patch := updating("p", "a/b", "email", "new@example.com")
	patch.Route, patch.Key = plandocket.RoutePatch, pipeline.Key{Field: "email", Value: "old@example.com"}
	patch.Fields = append(patch.Fields, pipeline.FieldChange{Field: "notes", After: pipeline.Erase()}, pipeline.FieldChange{Field: "category_keys", After: pipeline.Erase()},
		pipeline.FieldChange{Field: "account_access_enabled", After: pipeline.BoolValue(false)})
	tests := []struct {
		change pipeline.Change
		want   string
	}{
		{create, `POST https://demo.example.com/api/v1/bulk-import/contacts {"mode":"create","match_field":"email","skip_on_error":true,"create_contacts":false,"records":[{"email":"p@example.com","company_name":"A & B <\"C\">","rating":4}]}`},
		{update, `POST https://demo.example.com/api/v1/bulk-import/contacts {"mode":"update","match_field":"email","skip_on_error":true,"create_contacts":false,"records":[{"email":"P@Example.com","city":"Bonn","category_keys":["a","b"]}]}`},
		{patch, `PATCH https://demo.example.com/api/v1/contacts/a%2Fb {"email":"new@example.com","notes":null,"category_keys":[],"account_access_enabled":false}`},
	}
	for _, test := range tests {
		if _, err := target(t, server).Apply(t.Context(), []pipeline.Change{test.change}); err != nil {
			t.Fatal(err)
		}
		path = "https://demo.example.com" + strings.TrimPrefix(path, "https://demo.example.com")
		if diff := cmp.Diff(test.want, method+" "+path+" "+body); diff != "" {
			t.Error(diff)
		}
	}
}

func TestNothingIsSent(t *testing.T) {
	sent := 0
	tg := target(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { sent++; w.WriteHeader(500) }))
	blank := three()
	blank[1].Key.Value = ""
	mixed := three()
	mixed[2].Route = plandocket.RoutePatch
	readOnly := three()
	readOnly[0].Fields = append(readOnly[0].Fields, pipeline.FieldChange{Field: "has_account", After: pipeline.BoolValue(true)})
	nobody := updating("u", "", "city", "Bonn")
	nobody.Route = plandocket.RoutePatch
	for name, changes := range map[string][]pipeline.Change{"a blank match value": blank, "two routes": mixed, "a field that is read only": readOnly, "no id": {nobody}, "no route": {creating("x")}} {
		if got, err := tg.Apply(t.Context(), changes); got != nil || err == nil {
			t.Errorf("%s: outcomes %v, error %v", name, got, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := tg.Apply(ctx, three()); got != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: outcomes %v, error %v", got, err)
	}
	if sent != 0 {
		t.Errorf("%d requests were sent", sent)
	}
}

func TestACutCallIsUnknown(t *testing.T) {
	for _, kind := range []faults.Kind{faults.CutBefore, faults.CutAfter, faults.Closed, faults.WrongLength} {
		h := faults.New(faults.Fault{Kind: kind}).Wrap(answering(200, `{"total":3,"created":3,"errors":[]}`))
		got, err := target(t, h).Apply(t.Context(), three())
		if err != nil || statuses(got) != "unknown unknown unknown" {
			t.Errorf("%s: %v, %v", kind, got, err)
		}
		if strings.Contains(got[0].Message, apiKey) || !strings.Contains(got[0].Message, "/api/v1/bulk-import/contacts") {
			t.Errorf("%s: message %q", kind, got[0].Message)
		}
	}
}

func TestCancelledInFlight(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	h := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	got, err := target(t, h).Apply(ctx, three())
	if !errors.Is(err, context.Canceled) || statuses(got) != "unknown unknown unknown" {
		t.Errorf("outcomes %v, error %v: it was sent, and the run must stop", got, err)
	}
}
