package sonderplantest_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/reconkit/reconkit/sources/sonderplan/sonderplantest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func serve(t *testing.T, o sonderplantest.Options) *sonderplantest.Server {
	t.Helper()
	s, err := sonderplantest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func seeded(t *testing.T, o sonderplantest.Options) *sonderplantest.Server {
	t.Helper()
	s := serve(t, o)
	if err := s.Seed(1, 50, 20); err != nil {
		t.Fatal(err)
	}
	return s
}

// result is an answer, as far as the tests look at it.
type result struct {
	status int
	header http.Header
	body   string
	Data   []map[string]any
	Meta   struct{ Pagination map[string]any }
	// Success holds the id as it was sent.
	Success struct{ ID json.RawMessage }
}

func ask(t *testing.T, s *sonderplantest.Server, method, target, body string) result {
	t.Helper()
	return askAs(t, s, sonderplantest.DefaultToken, method, target, body)
}

func askAs(t *testing.T, s *sonderplantest.Server, token, method, target, body string) result {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	raw, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	got := result{status: w.Code, header: w.Header(), body: string(raw)}
	if w.Code == http.StatusOK {
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatalf("%s %s: %v in %s", method, target, err, raw)
		}
	}
	return got
}

// uuids lists the uuids of a listing, in order.
func (r result) uuids() []string {
	var uuids []string
	for _, row := range r.Data {
		uuids = append(uuids, row["uuid"].(string))
	}
	return uuids
}

func TestTokensAndPermissions(t *testing.T) {
	s := seeded(t, sonderplantest.Options{Tokens: []sonderplantest.Token{
		{Text: "rw", Contact: sonderplantest.ReadWrite, Admin: sonderplantest.ReadWrite},
		{Text: "ro", Contact: sonderplantest.ReadOnly, Admin: sonderplantest.ReadOnly},
		{Text: "no"},
		{Text: "old", Contact: sonderplantest.ReadWrite, Expires: sonderplantest.Epoch().Add(-time.Second)},
		{Text: "gone", Contact: sonderplantest.ReadWrite},
	}})
	if err := errors.Join(s.RevokeToken("gone"), s.AddToken(sonderplantest.Token{Text: "later", Contact: sonderplantest.ReadOnly})); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		token, method, path string
		want                int
	}{
		{"", "GET", "/v2/contact", 401}, {"unknown", "GET", "/v2/contact", 401}, {"old", "GET", "/v2/contact", 401}, {"gone", "GET", "/v2/contact", 401},
		{"later", "GET", "/v2/contact", 200}, {"later", "GET", "/v2/custom-field", 403},
		{"no", "GET", "/v2/contact", 403}, {"no", "GET", "/v2/custom-field", 403},
		{"ro", "GET", "/v2/contact", 200}, {"ro", "GET", "/v2/custom-field", 200},
		{"ro", "POST", "/v2/contact", 403}, {"ro", "PUT", "/v2/contact?uuid=p1", 403}, {"ro", "DELETE", "/v2/contact?uuid=p1", 403}, {"ro", "POST", "/v2/custom-field", 403},
		{"rw", "PUT", "/v2/contact", 400}, {"rw", "PUT", "/v2/contact?uuid=x", 404}, {"rw", "DELETE", "/v2/contact", 400},
		{"rw", "PATCH", "/v2/contact", 405}, {"rw", "GET", "/v2/contact/1", 404},
	} {
		if got := askAs(t, s, test.token, test.method, test.path, "{}"); got.status != test.want {
			t.Errorf("%s %s as %q: got %d, want %d", test.method, test.path, test.token, got.status, test.want)
		}
	}
}

func TestOneIDInBothTables(t *testing.T) {
	s := seeded(t, sonderplantest.Options{})
	if got := ask(t, s, "GET", "/v2/contact?id=3", "").uuids(); !slices.Equal(got, []string{"o3", "p3"}) {
		t.Errorf("got %v for id 3, want both contacts", got)
	}
	if got := ask(t, s, "GET", "/v2/contact?uuid=p3,o4", "").uuids(); !slices.Equal(got, []string{"p3", "o4"}) {
		t.Errorf("got %v for two uuids", got)
	}
}

func TestPaging(t *testing.T) {
	s := seeded(t, sonderplantest.Options{LimitMax: 15})
	first := ask(t, s, "GET", "/v2/contact", "")
	want := map[string]any{"total": 70.0, "count": 10.0, "per_page": 10.0, "current_page": 1.0}
	if diff := cmp.Diff(want, first.Meta.Pagination); diff != "" || len(first.Data) != 10 {
		t.Errorf("pagination of a request without limit, %d rows (-want +got):\n%s", len(first.Data), diff)
	}
	last := ask(t, s, "GET", "/v2/contact?limit=1000&page=5", "")
	want = map[string]any{"total": 70.0, "count": 10.0, "per_page": 15.0, "current_page": 5.0}
	if diff := cmp.Diff(want, last.Meta.Pagination); diff != "" || len(last.Data) != 10 {
		t.Errorf("last page under a maximum of 15, %d rows (-want +got):\n%s", len(last.Data), diff)
	}
}

func TestFiltersAreJoinedWithOr(t *testing.T) {
	s := seeded(t, sonderplantest.Options{})
	total := func(query string) float64 {
		return ask(t, s, "GET", "/v2/contact?"+query, "").Meta.Pagination["total"].(float64)
	}
	people, both := total("type=person"), total("type=person&id=3")
	if people != 50 || both != 51 {
		t.Errorf("got %v people and %v for a person or id 3, want 50 and 51", people, both)
	}
	if got := total("type=person&id=3&filter_operator=AND"); got != 1 {
		t.Errorf("got %v with AND, want 1", got)
	}
	if got := total("custom_field_7823=4"); got != 70 {
		t.Errorf("got %v for a custom field that is not in fields, want all 70", got)
	}
	if got := total("custom_field_7823=4&fields=id,custom_field_7823"); got == 0 || got >= 50 {
		t.Errorf("got %v for a custom field that is in fields, want some", got)
	}
	if got := total("name=MADONNA"); got != 1 {
		t.Errorf("got %v for a part of a name, want 1", got)
	}
}

func TestFieldsAreExactlyThoseNamed(t *testing.T) {
	s := seeded(t, sonderplantest.Options{})
	got := ask(t, s, "GET", "/v2/contact?uuid=p4&fields=uuid,user,nonsense,custom_field_7823,email_1", "").Data[0]
	want := map[string]any{"uuid": "p4", "user": false, "custom_field_7823": got["custom_field_7823"], "email_1": ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("named fields (-want +got):\n%s", diff)
	}
	all := ask(t, s, "GET", "/v2/contact?uuid=p4", "").Data[0]
	for name, shown := range map[string]bool{"user": false, "resource": false, "deleted": false, "email_1": true, "custom_fields": true} {
		if _, ok := all[name]; ok != shown {
			t.Errorf("%s in the default set: got %v, want %v", name, ok, shown)
		}
	}
}

func TestWritesMoveUpdated(t *testing.T) {
	now := sonderplantest.Epoch()
	s := serve(t, sonderplantest.Options{Now: func() time.Time { return now }})
	if err := s.Seed(1, 50, 20); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Hour)
	created := ask(t, s, "POST", "/v2/contact", `{"type": "person", "name": "Nina", "client": 1, "linked_organization_id": "3", "uuid": "x", "custom_fields": [{"id": 7824, "value_id": 8973}]}`)
	if string(created.Success.ID) != "51" {
		t.Fatalf("got id %s, want the next of people, 51", created.Success.ID)
	}
	now = now.Add(time.Hour)
	ask(t, s, "PUT", "/v2/contact?uuid=p51", `{"email_1": "n@example.com", "id": 7, "updated": 1}`)
	got, ok, err := s.Contact("p51")
	if err != nil || !ok {
		t.Fatalf("p51 is not there: %v", err)
	}
	want := sonderplantest.Contact{Type: sonderplantest.Person, ID: 51, UUID: "p51", Name: "Nina", Client: true, LinkedOrganizationID: 3, Email1: "n@example.com",
		Created: now.Add(-time.Hour).Unix(), CreatedID: 3, CreatedName: "John Smith", Updated: now.Unix(), UpdatedID: 3, UpdatedName: "John Smith",
		Custom: map[int64]sonderplantest.CustomValue{7824: {Text: "Prospect", Option: 8973}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("contact (-want +got):\n%s", diff)
	}
	ask(t, s, "DELETE", "/v2/contact?uuid=p51", "")
	if n := len(ask(t, s, "GET", "/v2/contact?uuid=p51", "").Data); n != 0 {
		t.Error("a deleted contact is still listed")
	}
	changed := ask(t, s, "GET", "/v2/contact?filter_operator=AND&type=person&updated_after="+itoa(now.Unix()), "")
	if len(changed.Data) != 1 || changed.Data[0]["deleted"] != true {
		t.Errorf("got %v as changes, want the deleted contact with its marker", changed.Data)
	}
}

func itoa(n int64) string { b, _ := json.Marshal(n); return string(b) } // an integer always encodes

func TestRulesOfCustomFields(t *testing.T) {
	s := seeded(t, sonderplantest.Options{})
	made := ask(t, s, "POST", "/v2/custom-field", `{"name": "Source", "type": "text", "module": "people", "required": true}`)
	if made.status != 200 {
		t.Fatalf("got %d for a new field: %s", made.status, made.body)
	}
	id := string(made.Success.ID)
	for body, want := range map[string]int{
		`{"type": "person", "name": "X"}`:                                                                   422,
		`{"type": "person", "name": "X", "custom_field_` + id + `": "fair"}`:                                200,
		`{"type": "organization", "name": "X"}`:                                                             200,
		`{"type": "organization", "name": "X", "custom_fields": [{"id": ` + id + `, "value": "no"}]}`:       422,
		`{"type": "person", "name": "X", "custom_field_` + id + `": "a", "custom_field_7824": "no option"}`: 422,
		`{"name": "X"}`:      422,
		`{"type": "person"}`: 422,
		`[]`:                 400,
	} {
		if got := ask(t, s, "POST", "/v2/contact", body); got.status != want {
			t.Errorf("POST %s: got %d, want %d: %s", body, got.status, want, got.body)
		}
	}
	if ask(t, s, "DELETE", "/v2/custom-field?id="+id, "").status != 200 || len(ask(t, s, "GET", "/v2/custom-field?id="+id, "").Data) != 0 {
		t.Error("the field is still there")
	}
	option := ask(t, s, "GET", "/v2/custom-field?id=7824", "").Data[0]["options"].([]any)[1].(map[string]any)
	if diff := cmp.Diff(map[string]any{"id": "8974", "name": "Key account", "order": "2"}, option); diff != "" {
		t.Errorf("renamed option (-want +got):\n%s", diff)
	}
}

// emailOf and linkedTo look into the state of the server.
func emailOf(t *testing.T, s *sonderplantest.Server, uuid string) string {
	t.Helper()
	c, _, err := s.Contact(uuid)
	if err != nil {
		t.Fatal(err)
	}
	return c.Email1
}

func linkedTo(t *testing.T, s *sonderplantest.Server, organization int64) (uuid string) {
	t.Helper()
	contacts, err := s.Contacts()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range contacts {
		if c.LinkedOrganizationID == organization {
			return c.UUID
		}
	}
	t.Fatalf("nobody is linked to organization %d", organization)
	return ""
}

// underDialect is what must hold of a seeded server of a dialect.
type underDialect struct {
	dialect sonderplantest.Dialect
	check   func(t *testing.T, s *sonderplantest.Server)
}

func runUnder(t *testing.T, tests map[string]underDialect) {
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test.check(t, seeded(t, sonderplantest.Options{Dialect: test.dialect})) })
	}
}

func TestDialectsOfPut(t *testing.T) {
	runUnder(t, map[string]underDialect{
		"success id as text": {sonderplantest.Dialect{SuccessID: sonderplantest.AsString}, func(t *testing.T, s *sonderplantest.Server) {
			if got := string(ask(t, s, "PUT", "/v2/contact?uuid=p3", `{}`).Success.ID); got != `"3"` {
				t.Errorf("got id %s", got)
			}
		}},
		"put partial": {sonderplantest.Dialect{}, func(t *testing.T, s *sonderplantest.Server) {
			ask(t, s, "PUT", "/v2/contact?uuid=p2", `{"name": "X"}`)
			if got := emailOf(t, s, "p2"); got != "family@example.com" {
				t.Errorf("got e-mail %q", got)
			}
		}},
		"put full": {sonderplantest.Dialect{Put: sonderplantest.PutFull}, func(t *testing.T, s *sonderplantest.Server) {
			ask(t, s, "PUT", "/v2/contact?uuid=p2", `{"name": "X"}`)
			if got := emailOf(t, s, "p2"); got != "" {
				t.Errorf("got e-mail %q", got)
			}
		}},
		"flat custom ignored": {sonderplantest.Dialect{FlatCustom: sonderplantest.FlatIgnored}, func(t *testing.T, s *sonderplantest.Server) {
			ask(t, s, "PUT", "/v2/contact?uuid=p2", `{"custom_field_7823": "99"}`)
			if c, _, err := s.Contact("p2"); err != nil || c.Custom[7823].Text == "99" {
				t.Errorf("the value was taken (%v)", err)
			}
		}},
		"custom replaced": {sonderplantest.Dialect{PutCustom: sonderplantest.CustomReplaceAll}, func(t *testing.T, s *sonderplantest.Server) {
			ask(t, s, "PUT", "/v2/contact?uuid=o2", `{"custom_fields": [{"id": 7831, "value": "1"}]}`)
			if c, _, err := s.Contact("o2"); err != nil || len(c.Custom) != 1 {
				t.Errorf("got %v (%v)", c.Custom, err)
			}
		}},
		"custom merged": {sonderplantest.Dialect{}, func(t *testing.T, s *sonderplantest.Server) {
			ask(t, s, "PUT", "/v2/contact?uuid=o2", `{"custom_fields": [{"id": 7831, "value": "1"}]}`)
			if c, _, err := s.Contact("o2"); err != nil || len(c.Custom) != 2 {
				t.Errorf("got %v (%v)", c.Custom, err)
			}
		}},
	})
}

func TestDialectsOfPost(t *testing.T) {
	runUnder(t, map[string]underDialect{
		"post with uuid updates": {sonderplantest.Dialect{}, func(t *testing.T, s *sonderplantest.Server) {
			ask(t, s, "POST", "/v2/contact?uuid=p2", `{"type": "person", "name": "X", "email_1": "new@example.com"}`)
			if got := emailOf(t, s, "p2"); got != "new@example.com" {
				t.Errorf("got e-mail %q", got)
			}
		}},
		"post with uuid doubles": {sonderplantest.Dialect{PostUUID: sonderplantest.PostDuplicates}, func(t *testing.T, s *sonderplantest.Server) {
			got := ask(t, s, "POST", "/v2/contact?uuid=p2", `{"type": "person", "name": "X"}`)
			if string(got.Success.ID) != "51" {
				t.Errorf("got id %s, want a new one", got.Success.ID)
			}
		}},
		"post with uuid not allowed": {sonderplantest.Dialect{PostUUID: sonderplantest.PostNotAllowed}, func(t *testing.T, s *sonderplantest.Server) {
			if got := ask(t, s, "POST", "/v2/contact?uuid=p2", `{"type": "person", "name": "X"}`); got.status != 405 {
				t.Errorf("got %d", got.status)
			}
		}},
	})
}

func TestDialectsOfDelete(t *testing.T) {
	runUnder(t, map[string]underDialect{
		"organization refused": {sonderplantest.Dialect{DeleteOrg: sonderplantest.OrgRefused}, func(t *testing.T, s *sonderplantest.Server) {
			if got := ask(t, s, "DELETE", "/v2/contact?uuid=o3", ""); got.status != 409 {
				t.Errorf("got %d", got.status)
			}
		}},
		"link cleared": {sonderplantest.Dialect{DeleteOrg: sonderplantest.OrgCleared}, func(t *testing.T, s *sonderplantest.Server) {
			uuid := linkedTo(t, s, 3)
			ask(t, s, "DELETE", "/v2/contact?uuid=o3", "")
			if c, _, err := s.Contact(uuid); err != nil || c.LinkedOrganizationID != 0 {
				t.Errorf("got link %d (%v)", c.LinkedOrganizationID, err)
			}
		}},
		"link dangling": {sonderplantest.Dialect{}, func(t *testing.T, s *sonderplantest.Server) {
			ask(t, s, "DELETE", "/v2/contact?uuid=o3", "")
			linkedTo(t, s, 3)
		}},
		"tied refused": {sonderplantest.Dialect{}, func(t *testing.T, s *sonderplantest.Server) {
			if err := s.Edit("p2", func(c *sonderplantest.Contact) { c.User = true }); err != nil {
				t.Fatal(err)
			}
			if got := ask(t, s, "DELETE", "/v2/contact?uuid=p2", ""); got.status != 409 {
				t.Errorf("got %d", got.status)
			}
		}},
		"tied deleted": {sonderplantest.Dialect{DeleteTied: sonderplantest.TiedDeleted}, func(t *testing.T, s *sonderplantest.Server) {
			if err := s.Edit("p2", func(c *sonderplantest.Contact) { c.User = true }); err != nil {
				t.Fatal(err)
			}
			if got := ask(t, s, "DELETE", "/v2/contact?uuid=p2", ""); got.status != 200 {
				t.Errorf("got %d", got.status)
			}
		}},
	})
}

func TestErrorBodies(t *testing.T) {
	for body, want := range map[sonderplantest.ErrorBody]string{
		sonderplantest.ErrorText: `{"error":"Not found"}`, sonderplantest.ErrorObject: `{"error":{"message":"Not found","code":404}}`,
		sonderplantest.ErrorList: `{"message":"Not found","errors":{}}`, sonderplantest.ErrorEmpty: "", sonderplantest.ErrorHTML: "<html>",
	} {
		s := serve(t, sonderplantest.Options{Dialect: sonderplantest.Dialect{Errors: body}})
		if got := ask(t, s, "GET", "/nowhere", ""); got.status != 404 || !strings.HasPrefix(got.body, want) {
			t.Errorf("got %d %q, want 404 %q", got.status, got.body, want)
		}
	}
}

func TestRateLagAndSkew(t *testing.T) {
	now := sonderplantest.Epoch()
	s := serve(t, sonderplantest.Options{RequestsPerSecond: 2, Lag: 10 * time.Second, ClockSkew: time.Hour, Now: func() time.Time { return now }})
	statuses := []int{
		ask(t, s, "POST", "/v2/contact", `{"type": "person", "name": "X"}`).status,
		ask(t, s, "GET", "/v2/contact", "").status,
		ask(t, s, "GET", "/v2/contact", "").status,
	}
	if !slices.Equal(statuses, []int{200, 200, 429}) {
		t.Errorf("got %v at two a second", statuses)
	}
	now = now.Add(9 * time.Second)
	if n := len(ask(t, s, "GET", "/v2/contact", "").Data); n != 0 {
		t.Errorf("got %d contacts before the lag is over", n)
	}
	now = now.Add(time.Second)
	got := ask(t, s, "GET", "/v2/contact", "")
	if len(got.Data) != 1 || got.header.Get("Date") != now.Add(time.Hour).Format(http.TimeFormat) {
		t.Errorf("got %d contacts at %s after the lag", len(got.Data), got.header.Get("Date"))
	}
}

func TestStateSurvivesInAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sonderplan.db")
	s, err := sonderplantest.New(sonderplantest.Options{Path: path, Lag: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Seed(1, 50, 20)
	ask(t, s, "POST", "/v2/contact", `{"type": "organization", "name": "Late"}`)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	again := serve(t, sonderplantest.Options{Path: path})
	if got := ask(t, again, "GET", "/v2/contact?type=organization", "").Meta.Pagination["total"]; got != 21.0 {
		t.Errorf("got %v organizations, want 20 and the one that lagged", got)
	}
}

func digitsAlone(r rune) rune {
	if r < '0' || r > '9' {
		return -1
	}
	return r
}

func TestSeedIsTheSameAndHoldsTheTraps(t *testing.T) {
	first, err := seeded(t, sonderplantest.Options{}).Contacts()
	if err != nil {
		t.Fatal(err)
	}
	second, err := seeded(t, sonderplantest.Options{}).Contacts()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("two servers of one seed differ:\n%s", diff)
	}
	people, organizations := map[int64]string{}, map[int64]string{}
	for _, c := range first {
		if strings.ContainsFunc(c.Email1, func(r rune) bool { return r > unicode.MaxASCII }) {
			t.Errorf("the e-mail %q is not plain ASCII", c.Email1)
		}
		if digits := strings.Map(digitsAlone, c.Phone1); len(digits) < 10 || len(digits) > 12 || strings.Contains(c.Phone1, "#") {
			t.Errorf("the phone %q is no whole number of any place", c.Phone1)
		}
		if c.Type == sonderplantest.Person {
			people[c.ID] = c.Name
		} else {
			organizations[c.ID] = c.Name
		}
	}
	if people[1] != organizations[1] || people[1] == "" {
		t.Errorf("person 1 is %q and organization 1 %q, want one name", people[1], organizations[1])
	}
	dangling := 0
	for _, c := range first {
		if id := c.LinkedOrganizationID; id != 0 && organizations[id] == "" && people[id] != "" {
			dangling++
		}
	}
	if dangling == 0 {
		t.Error("no link goes to an id that only a person has")
	}
}

// A renamed option shows in the contacts that hold it, though nobody edited
// them.
func TestARenamedOption(t *testing.T) {
	s := serve(t, sonderplantest.Options{})
	f, err := s.AddField(sonderplantest.CustomField{Name: "Level", Type: "select", Module: "people", Options: []sonderplantest.CustomOption{{Name: "One"}}})
	if err != nil || f.ID == 0 || f.Options[0].ID == 0 {
		t.Fatalf("got field %+v, %v; want ids", f, err)
	}
	before, err := s.Add(sonderplantest.Contact{Type: sonderplantest.Person, Name: "Ada",
		Custom: map[int64]sonderplantest.CustomValue{f.ID: {Text: "One", Option: f.Options[0].ID}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.RenameOption(f.Options[0].ID, "First"); err != nil {
		t.Fatal(err)
	}
	got, _, err := s.Contact(before[0].UUID)
	if err != nil || got.Custom[f.ID].Text != "First" || got.Updated != before[0].Updated {
		t.Errorf("got %+v, updated %d, %v; want First, updated %d", got.Custom, got.Updated, err, before[0].Updated)
	}
}

func TestEveryDialectValueComesAlone(t *testing.T) {
	names := map[string]bool{}
	for _, d := range sonderplantest.Dialects(5) {
		names[d.String()] = true
	}
	for _, want := range []string{"default", "deleted=thin", "past_end=404", "past_end=last", "errors=html", "post_uuid=duplicates", "filter=ignored"} {
		if !names[want] {
			t.Errorf("no dialect is %s alone", want)
		}
	}
	if diff := cmp.Diff(sonderplantest.Dialects(5), sonderplantest.Dialects(5)); diff != "" {
		t.Errorf("two draws of one seed differ:\n%s", diff)
	}
}
