package plandocket_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// fair is a tenant with an event, and its participants as a target. Sent are the
// writes that reached it, and answer, when set, is given instead of its own.
type fair struct {
	server *plandockettest.Server
	target *plandocket.Participants
	sent   []string
	answer string
}

func newFair(t *testing.T, d plandockettest.Dialect, contacts, enrolled int) *fair {
	t.Helper()
	f := &fair{}
	var err error
	if f.server, err = plandockettest.New(plandockettest.Options{Dialect: d, Keys: map[string][]string{apiKey: {"contacts", "participants", "events"}}}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.server.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, key := range []string{"expo", "fair"} {
		if err := f.server.AddEvent(plandockettest.Event{Key: key, Title: key, From: clock(), To: clock()}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range contacts {
		if _, err := f.server.Add(plandockettest.Contact{Email: fmt.Sprintf("p%d@x.example", i), CustomerNumber: fmt.Sprintf("K%d", i), CreatedAt: clock().Add(time.Duration(i) * time.Second)}); err != nil {
			t.Fatal(err)
		}
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			f.sent = append(f.sent, r.Method+" "+r.URL.Path+" "+string(body))
			if f.answer != "" {
				_, _ = io.WriteString(w, f.answer)
				return
			}
			r.Body = io.NopCloser(strings.NewReader(string(body)))
		}
		f.server.Handler().ServeHTTP(w, r)
	})
	for i := range enrolled {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://demo.example.com/api/v1/participants", strings.NewReader(fmt.Sprintf(`{"event_key":"expo","customer_number":"K%d"}`, i)))
		r.Header.Set("Authorization", "Bearer "+apiKey)
		f.server.Handler().ServeHTTP(httptest.NewRecorder(), r)
	}
	if f.target, err = plandocket.NewParticipants(plandocket.Config{BaseURL: "https://demo.example.com", APIKey: pipeline.NewSecret(apiKey),
		Client: &http.Client{Transport: faults.Transport(handler)}, Now: clock}); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fair) present(t *testing.T) *pipeline.Present {
	t.Helper()
	p, err := f.target.Present(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// enrolment is a change that enrols contact number i.
func enrolment(i int, event string) pipeline.Change {
	return pipeline.Change{ID: fmt.Sprintf("c%d%s", i, event), Action: pipeline.Create, Resource: "participants",
		Keys:   []pipeline.Key{{Field: "event_number", Value: fmt.Sprintf("%s/K%d", event, i)}, {Field: "event_email", Value: fmt.Sprintf("%s/p%d@x.example", event, i)}},
		Fields: []pipeline.FieldChange{{Field: "event_key", After: pipeline.StringValue(event)}, {Field: "is_confirmed", After: pipeline.BoolValue(true)}}}
}

// TestParticipantsAreProvenByTheirEvents under every way of giving lists.
func TestParticipantsAreProvenByTheirEvents(t *testing.T) {
	for _, c := range []struct {
		name string
		d    plandockettest.Dialect
		n    int
		want pipeline.Grade
	}{
		{"none", plandockettest.Dialect{}, 0, pipeline.Proven},
		{"one, shown as an object", plandockettest.Dialect{List: plandockettest.ListObject}, 1, pipeline.Proven},
		{"as many as a page", plandockettest.Dialect{}, 20, pipeline.Proven},
		{"pages", plandockettest.Dialect{Paging: plandockettest.PagingPage, PageSize: 7}, 25, pipeline.Proven},
		{"pages that say nothing", plandockettest.Dialect{Paging: plandockettest.PagingPageBare, PageSize: 7}, 25, pipeline.Proven},
		{"offsets that say nothing", plandockettest.Dialect{Paging: plandockettest.PagingOffsetBare, PageSize: 7}, 25, pipeline.Proven},
		{"a cursor", plandockettest.Dialect{Paging: plandockettest.PagingCursor, PageSize: 7}, 25, pipeline.Proven},
		{"cut without a word", plandockettest.Dialect{Paging: plandockettest.PagingCap, PageSize: 7}, 25, pipeline.Unproven},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newFair(t, c.d, 30, c.n).present(t)
			if p.Evidence.Grade != c.want {
				t.Errorf("the list is %s, want %s: %q", p.Evidence.Grade, c.want, p.Evidence.Reasons)
			}
			if c.want == pipeline.Proven && p.Records.Len() != c.n {
				t.Errorf("%d participants, want %d", p.Records.Len(), c.n)
			}
		})
	}
}

// TestParticipantsSayEverySwitch: a call left to its defaults would create
// contacts.
func TestParticipantsSayEverySwitch(t *testing.T) {
	f := newFair(t, plandockettest.Dialect{}, 5, 0)
	changes := []pipeline.Change{enrolment(1, "expo"), enrolment(2, "expo"), enrolment(3, "fair")}
	if lost := f.target.Route(changes, f.present(t)); len(lost) > 0 {
		t.Fatalf("no route: %+v", lost)
	}
	for _, call := range f.target.Pack(changes) {
		if _, err := f.target.Apply(t.Context(), call); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		`POST /api/v1/bulk-import/participants {"mode":"create","match_field":"customer_number","skip_on_error":true,"create_contacts":false,"event_key":"expo","records":[{"customer_number":"K1","is_confirmed":true},{"customer_number":"K2","is_confirmed":true}]}`,
		`POST /api/v1/bulk-import/participants {"mode":"create","match_field":"customer_number","skip_on_error":true,"create_contacts":false,"event_key":"fair","records":[{"customer_number":"K3","is_confirmed":true}]}`,
	}
	if diff := cmp.Diff(want, f.sent); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// TestACallCarriesOneThousandOfOneEvent: the API takes no more, and one event.
func TestACallCarriesOneThousandOfOneEvent(t *testing.T) {
	f := newFair(t, plandockettest.Dialect{}, 1200, 0)
	var changes []pipeline.Change
	for i := range 1200 {
		changes = append(changes, enrolment(i, "expo"))
		if i < 3 {
			changes = append(changes, enrolment(i, "fair"))
		}
	}
	if lost := f.target.Route(changes, f.present(t)); len(lost) > 0 {
		t.Fatalf("no route: %+v", lost)
	}
	var sizes []int
	for _, call := range f.target.Pack(changes) {
		sizes = append(sizes, len(call))
	}
	if diff := cmp.Diff([]int{1000, 200, 3}, sizes); diff != "" {
		t.Errorf("sizes (-want +got):\n%s", diff)
	}
}

// TestUpdatesOfParticipants travel in bulk when there are enough of them and
// nothing is in doubt.
func TestUpdatesOfParticipants(t *testing.T) {
	for _, c := range []struct {
		name string
		d    plandockettest.Dialect
		n    int
		want string
	}{
		{"few", plandockettest.Dialect{}, 2, plandocket.RoutePatch},
		{"enough", plandockettest.Dialect{}, 3, plandocket.RouteConfirmByNumber},
		{"in a list that is cut", plandockettest.Dialect{Paging: plandockettest.PagingCap, PageSize: 7}, 3, plandocket.RoutePatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFair(t, c.d, 12, 12)
			p := f.present(t)
			var changes []pipeline.Change
			for i := range c.n {
				r := p.Records.Record(i)
				changes = append(changes, pipeline.Change{ID: r.ID(), Action: pipeline.Update, Target: r.ID(),
					Keys:   []pipeline.Key{{Field: "event_number", Value: r.Get("event_number").Str()}},
					Fields: []pipeline.FieldChange{{Field: "is_confirmed", Before: pipeline.BoolValue(false), After: pipeline.BoolValue(true)}}})
			}
			if lost := f.target.Route(changes, p); len(lost) > 0 {
				t.Fatalf("no route: %+v", lost)
			}
			for i := range changes {
				if changes[i].Route != c.want {
					t.Errorf("change %d goes by %s, want %s", i, changes[i].Route, c.want)
				}
			}
		})
	}
}

// TestContactsThatWereNotWanted: a server that creates contacts although it was
// told not to stops everything.
func TestContactsThatWereNotWanted(t *testing.T) {
	f := newFair(t, plandockettest.Dialect{}, 3, 0)
	changes := []pipeline.Change{enrolment(1, "expo")}
	if lost := f.target.Route(changes, f.present(t)); len(lost) > 0 {
		t.Fatalf("no route: %+v", lost)
	}
	f.answer = `{"total":1,"created":1,"updated":0,"skipped":0,"contacts_created":1,"errors":[],"details":[]}`
	outcomes, err := f.target.Apply(t.Context(), changes)
	if err == nil || !strings.Contains(err.Error(), "created contacts") {
		t.Errorf("the apply ended with %v", err)
	}
	if len(outcomes) != 1 || outcomes[0].Status != pipeline.Sent {
		t.Errorf("outcomes %+v", outcomes)
	}
}

// TestHostileParticipants: a list of nonsense is an error, never a state to plan
// against.
func TestHostileParticipants(t *testing.T) {
	for name, body := range map[string]string{
		"no list":           `{"data":"none"}`,
		"no event":          `{"data":[{"id":1,"contact_id":2}]}`,
		"no contact":        `{"data":[{"id":1,"event_id":2,"contact_id":null}]}`,
		"two ids":           `{"data":[{"id":1,"participant_id":2,"event_id":2,"contact_id":3}]}`,
		"no yes and no no":  `{"data":[{"id":1,"event_id":2,"contact_id":3,"is_confirmed":"perhaps"}]}`,
		"a list of nothing": `{"data":[null]}`,
		"a web page":        `<html>log in</html>`,
		"nothing":           ``,
	} {
		t.Run(name, func(t *testing.T) {
			h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/participants") {
					_, _ = io.WriteString(w, body)
					return
				}
				_ = json.NewEncoder(w).Encode(map[string][]string{"data": {}})
			})
			target, err := plandocket.NewParticipants(plandocket.Config{BaseURL: "https://demo.example.com", APIKey: pipeline.NewSecret(apiKey),
				Client: &http.Client{Transport: faults.Transport(h)}, Now: clock})
			if err != nil {
				t.Fatal(err)
			}
			if p, err := target.Present(t.Context(), nil); err == nil {
				t.Errorf("it was read as %d participants", p.Records.Len())
			}
		})
	}
}

// TestParticipantsNeedTheirScopes: a key that may not read them is told which
// scopes it lacks.
func TestParticipantsNeedTheirScopes(t *testing.T) {
	f := newFair(t, plandockettest.Dialect{}, 1, 0)
	if err := f.server.SetKey(apiKey, "contacts"); err != nil {
		t.Fatal(err)
	}
	_, err := f.target.Present(t.Context(), nil)
	if !errors.Is(err, plandocket.ErrForbidden) || !strings.Contains(err.Error(), "participants and events") {
		t.Errorf("read: %v", err)
	}
}
