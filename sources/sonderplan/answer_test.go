package sonderplan_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sources/sonderplan"
)

// answering is a client of a server that answers every request with one body.
func answering(body string) *http.Client {
	return &http.Client{Transport: faults.Transport(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(body)) // a client that is gone is tested elsewhere
	}))}
}

func answer(rows ...string) string {
	return fmt.Sprintf(`{"data": [%s], "meta": {"pagination": {"total": %d, "count": 0, "per_page": 10, "current_page": 1}}}`,
		strings.Join(rows, ", "), len(rows))
}

func reader(t testing.TB, c sonderplan.Config) *sonderplan.Source {
	t.Helper()
	c.Token, c.Name, c.PageSize, c.BaseURL = pipeline.NewSecret(token), "sp", 10, "http://sonderplan.test/v2/"
	if c.Filter == nil {
		c.Filter = map[string]string{"type": "person"}
	}
	src, err := sonderplan.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func TestTolerantDecoding(t *testing.T) {
	const base = `"uuid": "p1", "type": "person"`
	for name, test := range map[string]struct {
		row  string
		want map[string]string // without uuid and type
	}{
		"numbers as text":          {`"id": "7", "linked_organization_id": " 12 ", "updated": "1388552400"`, map[string]string{"id": "7", "linked_organization_id": "12", "updated": "2014-01-01T05:00:00Z"}},
		"whole number with a dot":  {`"id": 7.0`, map[string]string{"id": "7"}},
		"nothing in each form":     {`"name": "", "email_1": null, "id": "", "client": "", "icon": {}, "linked_organization_id": 0, "updated": 0, "created": null`, map[string]string{}},
		"truth as digits":          {`"client": 1, "user": 0, "resource": "1"`, map[string]string{"client": "true", "user": "false", "resource": "true"}},
		"truth as words":           {`"client": "true", "user": "FALSE", "resource": true`, map[string]string{"client": "true", "user": "false", "resource": "true"}},
		"text as a number":         {`"address_postcode": 2010, "name": true`, map[string]string{"address_postcode": "2010", "name": "true"}},
		"leading zeros of text":    {`"address_postcode": "04103", "phone_1": "0049"`, map[string]string{"address_postcode": "04103", "phone_1": "0049"}},
		"escapes":                  {`"name": "A\u00e9 \"q\" \\ \/ \n}], {", "n\u0061me2": 1`, map[string]string{"name": "Aé \"q\" \\ / \n}], {"}},
		"escaped key":              {`"n\u0061me": "Ann"`, map[string]string{"name": "Ann"}},
		"key twice, same value":    {`"name": "Ann", "name": "Ann"`, map[string]string{"name": "Ann"}},
		"icon as list":             {`"icon": [{"a": [1, "]"]}]`, map[string]string{"icon": `[{"a": [1, "]"]}]`}},
		"custom at the top":        {`"custom_field_5": "top"`, map[string]string{"five": "top"}},
		"custom at the top, digit": {`"custom_field_5": 5`, map[string]string{"five": "5"}},
		"custom inside":            {`"custom_fields": [{"id": "5", "value": "in"}]`, map[string]string{"five": "in", "custom_fields": `[{"id": "5", "value": "in"}]`}},
		"custom inside, none":      {`"custom_field_5": "top", "custom_fields": [{"id": 5, "value": null}, 7, {"id": 6, "value": "x"}]`, map[string]string{"five": "top", "custom_fields": `[{"id": 5, "value": null}, 7, {"id": 6, "value": "x"}]`}},
	} {
		t.Run(name, func(t *testing.T) {
			src := reader(t, sonderplan.Config{CustomFields: map[string]string{"5": "five"}, Client: answering(answer("{" + base + ", " + test.row + "}"))})
			got, err := read(t.Context(), src)
			if err != nil {
				t.Fatal(err)
			}
			test.want["uuid"], test.want["type"] = "p1", "person"
			if diff := gocmp.Diff(map[string]map[string]string{"p1": test.want}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRowsThatCannotBeRead(t *testing.T) {
	rows := []string{
		`{"uuid": "p1", "type": "person", "name": "Ann"}`,
		`{"uuid": "p2", "type": "person", "client": "perhaps"}`,
		`{"uuid": "p3", "type": "person", "id": 99999999999999999999}`,
		`{"uuid": "p4", "type": "person", "name": "A", "name": "B"}`,
		`{"uuid": "p5", "type": "robot"}`,
		`{"uuid": "p6", "type": "person", "name": {"first": "x"}}`,
		`{"uuid": "p7", "type": "person", "updated": 1388552400000000}`,
		`{"type": "person", "name": "Nobody"}`,
		`"p9"`,
	}
	want := []string{"client: \"perhaps\"", "id: \"99999999999999999999\"", "name comes twice", "type is \"robot\"", "name: {", "updated: 1388552400000000", "no uuid", "not an object"}
	src := reader(t, sonderplan.Config{Client: answering(answer(rows...))})
	var got []pipeline.Reject
	n := 0
	for b, err := range src.Read(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		n += b.Len()
		got = append(got, b.Rejects()...)
	}
	if n != 1 || len(got) != len(want) {
		t.Fatalf("got %d records and %d rejects, want 1 and %d", n, len(got), len(want))
	}
	for i, part := range want {
		if !strings.Contains(got[i].Finding.Message, part) || got[i].Origin.Row != i+2 || got[i].Origin.Page != 1 {
			t.Errorf("got reject %d at %v: %s; want row %d with %q", i, got[i].Origin, got[i].Finding.Message, i+2, part)
		}
	}
	if g := src.Evidence().Grade; g != pipeline.Likely {
		t.Errorf("got grade %s with rows that have no uuid, want likely", g)
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	for name, test := range map[string]struct{ body, want string }{
		"neither data nor success":   {`{}`, "no list under data"},
		"an error with status 200":   {`{"error": "quota"}`, "refused with status 200"},
		"data is null":               {`{"data": null, "meta": {"pagination": {"total": 0}}}`, "no list under data"},
		"no total":                   {`{"data": [], "meta": {"pagination": {}}}`, "no meta.pagination.total"},
		"no meta":                    {`{"data": []}`, "no meta.pagination.total"},
		"negative total":             {`{"data": [], "meta": {"pagination": {"total": -1}}}`, "meta.pagination.total is no number"},
		"an array":                   {`[]`, "not an object"},
		"no JSON":                    {`hello`, "not JSON at byte 1"},
		"a page":                     {"  <!DOCTYPE html>", "HTML page"},
		"pagination twice":           {`{"data": [], "meta": {"pagination": {"total": 0, "total": 5}}}`, `"total" twice`},
		"more than the total, alone": {strings.Replace(answer(`{"uuid": "p1", "type": "person"}`), `"total": 1`, `"total": 3`, 1), "total is 3 and 1 different"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := read(t.Context(), reader(t, sonderplan.Config{Client: answering(test.body)}))
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "people") {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
}

// TestATotalThatIsTooSmall has a server that lowers the page to two rows and
// says that two is all, while a second page holds a third.
func TestATotalThatIsTooSmall(t *testing.T) {
	client := &http.Client{Transport: faults.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rows := `{"uuid": "p1", "type": "person"}, {"uuid": "p2", "type": "person"}`
		if r.URL.Query().Get("page") == "2" {
			rows = `{"uuid": "p3", "type": "person"}`
		}
		fmt.Fprintf(w, `{"data": [%s], "meta": {"pagination": {"total": 2, "per_page": 2}}}`, rows)
	}))}
	_, err := read(t.Context(), reader(t, sonderplan.Config{Client: client}))
	if !errors.Is(err, sonderplan.ErrIncomplete) {
		t.Errorf("got error %v, want ErrIncomplete", err)
	}
}

// TestTheSamePageForEver has a server that ignores the page, with rows that
// nothing tells from new ones.
func TestTheSamePageForEver(t *testing.T) {
	requests := 0
	client := &http.Client{Transport: faults.Transport(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests++
		fmt.Fprint(w, `{"data": [{"type": "person"}, {"uuid": "p1", "type": "person"}], "meta": {"pagination": {"total": 90, "per_page": 2}}}`)
	}))}
	_, err := read(t.Context(), reader(t, sonderplan.Config{Client: client}))
	if !errors.Is(err, sonderplan.ErrIncomplete) {
		t.Errorf("got error %v, want ErrIncomplete", err)
	}
	if requests > 6 {
		t.Errorf("%d requests were sent, want two in each of three readings", requests)
	}
}

func TestTheNewerVersionOfAContactWins(t *testing.T) {
	older, newer := `{"uuid": "p1", "type": "person", "name": "Old", "updated": 100}`, `{"uuid": "p1", "type": "person", "name": "New", "updated": 200}`
	for _, rows := range []string{older + "," + newer, newer + "," + older} {
		body := strings.Replace(answer(rows), `"total": 2`, `"total": 1`, 1)
		got, err := read(t.Context(), reader(t, sonderplan.Config{Client: answering(body)}))
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 1 || got["p1"]["name"] != "New" {
			t.Errorf("got %v, want the newer version alone", got)
		}
	}
}

func TestAnOrganizationHasNoLink(t *testing.T) {
	src := reader(t, sonderplan.Config{Filter: map[string]string{"type": "organization"},
		Client: answering(answer(`{"uuid": "o1", "type": "organization", "linked_organization_id": 5}`))})
	got, err := read(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	if link, ok := got["o1"]["linked_organization_id"]; ok {
		t.Errorf("got link %s on an organization, want none", link)
	}
}

func TestPackedWithoutAWord(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err := z.Write([]byte(answer(`{"uuid": "p1", "type": "person"}`)))
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	got, err := read(t.Context(), reader(t, sonderplan.Config{Client: answering(packed.String())}))
	if err != nil || len(got) != 1 {
		t.Errorf("got %d contacts and error %v, want one", len(got), err)
	}
}

// TestRequests looks at what is sent: fields named, AND, an order, a limit.
func TestRequests(t *testing.T) {
	var queries []string
	client := &http.Client{Transport: faults.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		queries = append(queries, r.URL.Path+" "+r.URL.Query().Encode())
		if got := r.Header.Get("Authorization"); got != "Bearer "+token {
			t.Errorf("got authorization %q", got)
		}
		_, _ = w.Write([]byte(answer())) // as above
	}))}
	src := reader(t, sonderplan.Config{Client: client, CustomFields: map[string]string{"5": "five"},
		Filter: map[string]string{"type": "person", "client": "true", "five": "x", "user": "false", "address_city": ""}})
	part, err := src.Project([]string{"email_1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := read(t.Context(), part); err != nil {
		t.Fatal(err)
	}
	want := []string{"/v2/contact client=true&custom_field_5=x" +
		"&fields=id%2Cuuid%2Ctype%2Cname%2Cupdated%2Cemail_1%2Caddress_city%2Cclient%2Ccustom_field_5%2Cuser%2Ccustom_fields" +
		"&filter_operator=AND&limit=10&order_asc=id&page=1&type=person"}
	if diff := gocmp.Diff(want, queries); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestOptionsThatAreWrong(t *testing.T) {
	good := func() sonderplan.Config { return sonderplan.Config{Token: pipeline.NewSecret("x")} }
	for name, test := range map[string]struct {
		change func(*sonderplan.Config)
		want   string
	}{
		"no token":               {func(c *sonderplan.Config) { c.Token = pipeline.Secret{} }, "token: missing"},
		"token with a space":     {func(c *sonderplan.Config) { c.Token = pipeline.NewSecret("Bearer abc") }, "token: holds white space"},
		"address without scheme": {func(c *sonderplan.Config) { c.BaseURL = "api.sonderplan.com" }, "base_url"},
		"address with password":  {func(c *sonderplan.Config) { c.BaseURL = "https://a:b@c.test" }, "base_url"},
		"page of no rows":        {func(c *sonderplan.Config) { c.PageSize = -1 }, "page_size"},
		"rate below zero":        {func(c *sonderplan.Config) { c.RequestsPerSecond = -2 }, "requests_per_second"},
		"since too large":        {func(c *sonderplan.Config) { c.Since = 1 << 31 }, "since"},
		"unknown filter":         {func(c *sonderplan.Config) { c.Filter = map[string]string{"emial_1": "x"} }, `did you mean "email_1"`},
		"unknown type":           {func(c *sonderplan.Config) { c.Filter = map[string]string{"type": "people"} }, "person or organization"},
		"filter of another kind": {func(c *sonderplan.Config) { c.Filter = map[string]string{"client": "perhaps"} }, "client"},
		"filter by time":         {func(c *sonderplan.Config) { c.Filter = map[string]string{"updated": "1"} }, "updated"},
		"custom field by name":   {func(c *sonderplan.Config) { c.CustomFields = map[string]string{"Score": "score"} }, "custom_fields"},
		"column name taken":      {func(c *sonderplan.Config) { c.CustomFields = map[string]string{"1": "name"} }, "custom_fields"},
		"column name twice":      {func(c *sonderplan.Config) { c.CustomFields = map[string]string{"1": "a", "2": "a"} }, "custom_fields"},
	} {
		t.Run(name, func(t *testing.T) {
			c := good()
			test.change(&c)
			if _, err := sonderplan.New(c); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
	if _, err := sonderplan.New(good()); err != nil {
		t.Errorf("the defaults do not work: %v", err)
	}
	if _, err := sonderplan.New(sonderplan.Config{TokenFromTransport: true}); err != nil {
		t.Errorf("a transport that brings the token is refused: %v", err)
	}
}

// FuzzAnswer serves any body: the reading ends, and every record that comes has
// a uuid and the type that was asked for.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(answer(`{"uuid": "p1", "type": "person", "name": "A\u00e9", "custom_fields": [{"id": 5, "value": "x"}]}`)))
	f.Add([]byte(answer(`[[{"a": "}"}]]`, `1`, `null`, `{}`)))
	f.Add([]byte(`{"data": [{"uuid": "\ud800", "type": "person"}], "meta": {"pagination": {"total": "1", "per_page": 1}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		src := reader(t, sonderplan.Config{CustomFields: map[string]string{"5": "five"}, Client: answering(string(body))})
		for b, err := range src.Read(t.Context()) {
			if err != nil {
				return
			}
			for i := range b.Len() {
				if b.ID(i) == "" || b.ColumnOf("type").Str(i) != "person" {
					t.Errorf("got record %q of type %q", b.ID(i), b.ColumnOf("type").Str(i))
				}
			}
		}
	})
}
