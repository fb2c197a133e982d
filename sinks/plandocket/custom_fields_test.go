package plandocket_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket"
)

// customServer serves two contacts whose custom fields are given as text, and
// takes what is written.
func customServer(values string, wrote *string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/definitions"):
			_, _ = io.WriteString(w, `{"data":[{"id":1,"entity_type":"contact","field_key":"badge","field_type":"text","field_options":null,"is_active":true},
				{"id":2,"entity_type":"contact","field_key":"staff","field_type":"number","is_active":1},
				{"id":3,"entity_type":"contact","field_key":"old","field_type":"text","is_active":false},
				{"id":4,"entity_type":"event","field_key":"hall","field_type":"text","is_active":true}]}`)
		case strings.Contains(r.URL.Path, "/custom-fields/contact/") && r.Method == http.MethodPut:
			body, _ := io.ReadAll(r.Body) // what is missing fails the comparison
			*wrote = string(body)
			_, _ = io.WriteString(w, `{"data":{}}`)
		case strings.Contains(r.URL.Path, "/custom-fields/contact/"):
			_, _ = io.WriteString(w, values)
		case strings.HasPrefix(r.URL.Path, "/api/v1/contacts/"):
			http.Error(w, `{"error":"not found"}`, http.StatusNotFound)
		default:
			_, _ = io.WriteString(w, `{"data":[{"id":1,"email":"a@x.example","created_at":"2026-01-01T00:00:00Z"},{"id":2,"email":"b@x.example","created_at":"2026-01-02T00:00:00Z"}],"meta":{"total":2}}`)
		}
	})
}

func customTarget(t *testing.T, h http.Handler, fields map[string]string) *plandocket.CustomFields {
	t.Helper()
	target, err := plandocket.NewCustomFields(plandocket.Config{BaseURL: "https://demo.example.com", APIKey: pipeline.NewSecret(apiKey), CustomFields: fields,
		Client: &http.Client{Transport: faults.Transport(h)}, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// TestCustomFieldsInAnyForm: the form of the answer is not documented. A write
// sends back what it does not change.
func TestCustomFieldsInAnyForm(t *testing.T) {
	for name, values := range map[string]string{
		"by key":            `{"data":{"badge":"Ann","staff":3,"other":[1,"x",{"y":null}]}}`,
		"by key, in values": `{"data":{"values":{"badge":"Ann","staff":"3","other":[1,"x",{"y":null}]}}}`,
		"a list":            `{"data":[{"field_key":"badge","value":"Ann"},{"field_key":"staff","value":3},{"field_key":"other","value":[1,"x",{"y":null}]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			wrote := ""
			target := customTarget(t, customServer(values, &wrote), map[string]string{"badge": "string", "staff": "int"})
			p, err := target.Present(t.Context(), []string{"1"})
			if err != nil {
				t.Fatal(err)
			}
			r := p.Records.Record(0)
			if r.Get("badge").Str() != "Ann" || r.Get("staff").Int() != 3 {
				t.Errorf("read as %s and %s", r.Get("badge"), r.Get("staff"))
			}
			if other := p.Records.Record(1); !other.Get("badge").IsNull() {
				t.Errorf("contact 2, of whom nobody asked, has %s", other.Get("badge"))
			}
			changes := []pipeline.Change{{ID: "c", Action: pipeline.Update, Target: "1",
				Fields: []pipeline.FieldChange{{Field: "badge", Before: pipeline.StringValue("Ann"), After: pipeline.StringValue("=cmd \"A\"\u202e")}}}}
			if lost := target.Route(changes, p); len(lost) > 0 {
				t.Fatalf("no route: %+v", lost)
			}
			outcomes, err := target.Apply(t.Context(), changes)
			if err != nil || outcomes[0].Status != pipeline.Sent {
				t.Fatalf("outcomes %+v, error %v", outcomes, err)
			}
			if !strings.Contains(wrote, `"other":[1,"x",{"y":null}]`) || !strings.Contains(wrote, `"badge":"=cmd \"A\"`) || !strings.Contains(wrote, `"staff":`) {
				t.Errorf("sent %s", wrote)
			}
		})
	}
}

// TestHostileCustomFields are an error, never a state to plan against.
func TestHostileCustomFields(t *testing.T) {
	for name, values := range map[string]string{
		"no object": `{"data":"x"}`, "no data": `{}`, "a list of nothing": `{"data":[1]}`, "a list of the nameless": `{"data":[{"value":1}]}`,
		"no number": `{"data":{"staff":"three"}}`, "a list for a text": `{"data":{"badge":["x"]}}`, "a web page": `<html>`, "nothing": ``, "not UTF-8": "{\"data\":{\"badge\":\"\xff\"}}",
	} {
		t.Run(name, func(t *testing.T) {
			wrote := ""
			if _, err := customTarget(t, customServer(values, &wrote), map[string]string{"badge": "string", "staff": "int"}).Present(t.Context(), []string{"1"}); err == nil {
				t.Error("it was read")
			}
		})
	}
}

// TestCustomFieldsThatAreNotThere are named before anything is read.
func TestCustomFieldsThatAreNotThere(t *testing.T) {
	for _, c := range []struct{ field, kind, want string }{
		{"badges", "string", `did you mean "badge"?`}, {"old", "string", `no active custom field "old"`}, {"hall", "string", `no active custom field "hall"`}, {"staff", "bool", "write int"},
	} {
		wrote := ""
		_, err := customTarget(t, customServer(`{"data":{}}`, &wrote), map[string]string{c.field: c.kind}).Present(t.Context(), nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("field %s: %v, want %q", c.field, err, c.want)
		}
	}
	for name, fields := range map[string]map[string]string{"none": nil, "a list": {"badge": "list of string"}, "no type": {"badge": "text"}, "a name that is taken": {"email": "string"}} {
		if _, err := plandocket.NewCustomFields(plandocket.Config{BaseURL: "https://demo.example.com", APIKey: pipeline.NewSecret(apiKey), CustomFields: fields, Now: clock}); err == nil {
			t.Errorf("%s: a target was made", name)
		}
	}
}

// TestCustomFieldsAreReadOnce: what was read and not written since is not asked
// for again, and more contacts than are allowed are not asked for at all.
func TestCustomFieldsAreReadOnce(t *testing.T) {
	wrote, asked := "", []string{}
	inner := customServer(`{"data":{"badge":"Ann"}}`, &wrote)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/contact/") {
			asked = append(asked, r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:])
		}
		inner.ServeHTTP(w, r)
	})
	target := customTarget(t, h, map[string]string{"badge": "string"})
	for range 2 {
		if _, err := target.Present(t.Context(), []string{"2", "1", "1", "77"}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"1", "2"}, asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	c := plandocket.Config{BaseURL: "https://demo.example.com", APIKey: pipeline.NewSecret(apiKey), CustomFields: map[string]string{"badge": "string"}, CustomFieldRequests: 1,
		Client: &http.Client{Transport: faults.Transport(h)}, Now: clock}
	limited, err := plandocket.NewCustomFields(c)
	if err != nil {
		t.Fatal(err)
	}
	asked = nil
	limit := (*pipeline.LimitError)(nil)
	if _, err := limited.Present(t.Context(), []string{"1", "2"}); !errors.As(err, &limit) || len(asked) > 0 {
		t.Errorf("asked for %v, error %v", asked, err)
	}
}
