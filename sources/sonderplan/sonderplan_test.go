package sonderplan_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sources/sonderplan"
	"github.com/reconkit/reconkit/sources/sonderplan/sonderplantest"
	"github.com/reconkit/reconkit/sources/sourcetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "t0p-Secret/token+value"

// serve starts an emulator that knows the token, with so many people and
// organizations.
func serve(t testing.TB, o sonderplantest.Options, people, organizations int) *sonderplantest.Server {
	t.Helper()
	if o.Tokens == nil {
		o.Tokens = []sonderplantest.Token{{Text: token, Contact: sonderplantest.ReadWrite, UserID: 3, UserName: "John Smith"}}
	}
	s, err := sonderplantest.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Seed(7, people, organizations); err != nil {
		t.Fatal(err)
	}
	return s
}

func customFields() map[string]string {
	return map[string]string{"7823": "score", "7824": "segment", "7830": "sector"}
}

// open makes a source that reads the emulator. Empty options get those of most
// tests.
func open(t testing.TB, s *sonderplantest.Server, c sonderplan.Config) *sonderplan.Source {
	t.Helper()
	c.Token, c.Name = pipeline.NewSecret(token), "sp"
	c.BaseURL = cmp.Or(c.BaseURL, "http://sonderplan.test")
	c.PageSize = cmp.Or(c.PageSize, 10)
	if c.CustomFields == nil {
		c.CustomFields = customFields()
	}
	if c.Client == nil {
		c.Client = &http.Client{Transport: faults.Transport(s.Handler())}
	}
	src, err := sonderplan.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// read returns the records by uuid, each as text by column, without its nulls.
func read(ctx context.Context, src pipeline.Source) (map[string]map[string]string, error) {
	records := map[string]map[string]string{}
	for b, err := range src.Read(ctx) {
		if err != nil {
			return nil, err
		}
		for _, reject := range b.Rejects() {
			return nil, fmt.Errorf("rejected: %v", reject.Finding)
		}
		for i := range b.Len() {
			record := map[string]string{}
			for f, name := range b.Schema().Names() {
				if v := b.Value(i, f); !v.IsNull() {
					record[name] = v.String()
				}
			}
			if records[b.ID(i)] != nil {
				return nil, fmt.Errorf("%s came twice", b.ID(i))
			}
			records[b.ID(i)] = record
		}
	}
	return records, nil
}

// truth is what a perfect client reads, in the form of read, without
// custom_fields, whose text depends on the dialect.
func truth(t testing.TB, s *sonderplantest.Server, passes func(sonderplantest.Contact) bool) map[string]map[string]string {
	t.Helper()
	contacts, err := s.Contacts()
	if err != nil {
		t.Fatal(err)
	}
	return recordsOf(contacts, passes)
}

// recordsOf writes the contacts that pass, or all, in the form of read.
func recordsOf(contacts []sonderplantest.Contact, passes func(sonderplantest.Contact) bool) map[string]map[string]string {
	records := map[string]map[string]string{}
	for _, c := range contacts {
		if passes == nil || passes(c) {
			records[c.UUID] = record(c)
		}
	}
	return records
}

func record(c sonderplantest.Contact) map[string]string {
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	at := func(n int64) string { return time.Unix(n, 0).UTC().Format(time.RFC3339) }
	r := map[string]string{
		"id": number(c.ID), "uuid": c.UUID, "name": c.Name, "type": string(c.Type),
		"client": strconv.FormatBool(c.Client), "user": strconv.FormatBool(c.User), "resource": strconv.FormatBool(c.Resource),
		"email_1": c.Email1, "email_2": c.Email2, "email_3": c.Email3, "phone_1": c.Phone1, "phone_2": c.Phone2, "phone_3": c.Phone3,
		"address_line_1": c.AddressLine1, "address_line_2": c.AddressLine2, "address_line_3": c.AddressLine3,
		"address_city": c.City, "address_state": c.State, "address_postcode": c.Postcode, "address_country": c.Country,
		"website": c.Website, "icon": c.Icon,
		"created": at(c.Created), "created_id": number(c.CreatedID), "created_name": c.CreatedName,
		"updated": at(c.Updated), "updated_id": number(c.UpdatedID), "updated_name": c.UpdatedName,
		"score": c.Custom[7823].Text, "segment": c.Custom[7824].Text, "sector": c.Custom[7830].Text,
	}
	if c.LinkedOrganizationID != 0 {
		r["linked_organization_id"] = number(c.LinkedOrganizationID)
	}
	if c.LinkedResourceID != 0 {
		r["linked_resource_id"] = number(c.LinkedResourceID)
	}
	for name, text := range r {
		if text == "" {
			delete(r, name)
		}
	}
	return r
}

// allButJSON projects custom_fields away, which truth does not know.
func allButJSON(t testing.TB, src *sonderplan.Source) pipeline.Source {
	t.Helper()
	schema, err := src.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, name := range schema.Names() {
		if name != "custom_fields" {
			names = append(names, name)
		}
	}
	part, err := src.Project(names)
	if err != nil {
		t.Fatal(err)
	}
	return part
}

func grade(src pipeline.Source) pipeline.Grade { return src.(pipeline.SourceEvidence).Evidence().Grade }

func TestContract(t *testing.T) {
	s := serve(t, sonderplantest.Options{}, 45, 12)
	contacts, err := s.Contacts()
	if err != nil {
		t.Fatal(err)
	}
	columns := []string{"id int", "uuid", "name", "type", "linked_organization_id int", "client bool", "email_1", "address_postcode", "updated timestamp", "score"}
	want := sourcetest.Want{Columns: columns}
	for _, c := range contacts {
		values, row := record(c), sourcetest.Row{ID: c.UUID, Origin: "sp:" + c.UUID}
		for _, column := range columns {
			name, _, _ := strings.Cut(column, " ")
			row.Cells = append(row.Cells, cmp.Or(values[name], sourcetest.Null))
		}
		want.Rows = append(want.Rows, row)
	}
	sourcetest.Run(t, func(t *testing.T, batchRows int) pipeline.Source {
		src := open(t, s, sonderplan.Config{BatchRows: batchRows})
		var names []string
		for _, column := range columns {
			name, _, _ := strings.Cut(column, " ")
			names = append(names, name)
		}
		part, err := src.Project(names)
		if err != nil {
			t.Fatal(err)
		}
		return part
	}, want)
}

func TestEveryDialectGivesTheTruth(t *testing.T) {
	for _, d := range sonderplantest.Dialects(1) {
		t.Run(d.String(), func(t *testing.T) {
			for _, limitMax := range []int{0, 7} {
				s := serve(t, sonderplantest.Options{Dialect: d, LimitMax: limitMax}, 60, 20)
				src := allButJSON(t, open(t, s, sonderplan.Config{}))
				got, err := read(t.Context(), src)
				if err != nil {
					t.Fatal(err)
				}
				if diff := gocmp.Diff(truth(t, s, nil), got); diff != "" {
					t.Errorf("contacts (-truth +read):\n%s", diff)
				}
				if g := grade(src); g != pipeline.Proven {
					t.Errorf("got grade %s, want proven: %v", g, src.(pipeline.SourceEvidence).Evidence().Reasons)
				}
			}
		})
	}
}

func TestEveryDialectFilters(t *testing.T) {
	filters := []struct {
		filter map[string]string
		passes func(sonderplantest.Contact) bool
	}{
		{map[string]string{"type": "person", "client": "true"}, func(c sonderplantest.Contact) bool {
			return c.Type == sonderplantest.Person && c.Client
		}},
		{map[string]string{"client": "false", "address_country": "Germany"}, func(c sonderplantest.Contact) bool {
			return !c.Client && c.Country == "Germany"
		}},
		{map[string]string{"id": "3, 4", "type": "organization"}, func(c sonderplantest.Contact) bool {
			return c.Type == sonderplantest.Organization && (c.ID == 3 || c.ID == 4)
		}},
		{map[string]string{"uuid": "p3,o3,p999"}, func(c sonderplantest.Contact) bool { return c.ID == 3 }},
		{map[string]string{"name": "SCHMIDT", "score": "4"}, func(c sonderplantest.Contact) bool {
			return strings.Contains(strings.ToLower(c.Name), "schmidt") && strings.Contains(c.Custom[7823].Text, "4")
		}},
		{map[string]string{"custom_field_7831": "1003"}, func(c sonderplantest.Contact) bool {
			return c.Custom[7831].Text == "0001003"
		}},
		{map[string]string{"email_1": "", "type": "person"}, func(c sonderplantest.Contact) bool {
			return c.Email1 == "" && c.Type == sonderplantest.Person
		}},
		{map[string]string{"user": "true"}, func(c sonderplantest.Contact) bool { return c.User }},
		{map[string]string{"linked_organization_id": "3"}, func(c sonderplantest.Contact) bool { return c.LinkedOrganizationID == 3 }},
		{map[string]string{"linked_organization_id": "0", "type": "person"}, func(c sonderplantest.Contact) bool {
			return c.LinkedOrganizationID == 0 && c.Type == sonderplantest.Person
		}},
	}
	for _, d := range sonderplantest.Dialects(2) {
		t.Run(d.String(), func(t *testing.T) {
			s := serve(t, sonderplantest.Options{Dialect: d}, 70, 20)
			contacts, err := s.Contacts()
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range filters {
				want := recordsOf(contacts, f.passes)
				if len(want) == 0 && f.filter["score"] == "" {
					t.Fatalf("%v: the data has no such contact", f.filter)
				}
				src := allButJSON(t, open(t, s, sonderplan.Config{Filter: f.filter, PageSize: 50}))
				got, err := read(t.Context(), src)
				if err != nil {
					t.Fatalf("%v: %v", f.filter, err)
				}
				if diff := gocmp.Diff(want, got); diff != "" {
					t.Errorf("%v (-truth +read):\n%s", f.filter, diff)
				}
				if n := src.(pipeline.SourceEvidence).Evidence().Records; n != len(want) {
					t.Errorf("%v: evidence counts %d records, want %d", f.filter, n, len(want))
				}
			}
		})
	}
}

func TestEveryDialectReadsChanges(t *testing.T) {
	for _, d := range sonderplantest.Dialects(3) {
		t.Run(d.String(), func(t *testing.T) {
			now := sonderplantest.Epoch()
			s := serve(t, sonderplantest.Options{Dialect: d, ClockSkew: -48 * time.Hour, Now: func() time.Time { return now }}, 60, 20)
			config := sonderplan.Config{Incremental: true, Filter: map[string]string{"client": "true"}}
			first := open(t, s, config)
			if _, err := read(t.Context(), first); err != nil {
				t.Fatal(err)
			}
			var clients []string
			for uuid := range truth(t, s, func(c sonderplantest.Contact) bool { return c.Client && c.ID > 20 }) {
				clients = append(clients, uuid)
			}
			edited, deleted, left := clients[0], clients[1], clients[2]
			config.Since = first.Changes().Updated
			now = now.Add(time.Hour)
			added, err := s.Add(
				sonderplantest.Contact{Type: sonderplantest.Person, Name: "Nina New", Client: true},
				// written in the second of the first reading, after it
				sonderplantest.Contact{Type: sonderplantest.Person, Name: "Sam Second", Client: true, Created: config.Since, Updated: config.Since})
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(
				s.Edit(edited, func(c *sonderplantest.Contact) { c.Name = "Edith Edited" }),
				s.Edit(left, func(c *sonderplantest.Contact) { c.Client = false }),
				s.Delete(deleted)); err != nil {
				t.Fatal(err)
			}
			second := open(t, s, config)
			got, err := read(t.Context(), second)
			if err != nil {
				t.Fatal(err)
			}
			if got[edited]["name"] != "Edith Edited" || got[added[0].UUID]["name"] != "Nina New" || got[added[1].UUID]["name"] != "Sam Second" {
				t.Errorf("the edited and the added contacts are not among %v", got)
			}
			changes := second.Changes()
			if diff := gocmp.Diff(sonderplan.Changes{Updated: changes.Updated, Deleted: []string{deleted}, Left: []string{left}}, changes); diff != "" {
				t.Errorf("changes (-want +got):\n%s", diff)
			}
			if changes.Updated < now.Unix() {
				t.Errorf("got %d as the newest second, want at least %d", changes.Updated, now.Unix())
			}
			if g := second.Evidence().Grade; g != pipeline.Unproven {
				t.Errorf("got grade %s for a reading of changes, want unproven", g)
			}
		})
	}
}

// A reading goes on from the mark of the one before, and from somewhat earlier; the
// mark never goes back.
func TestReadingGoesOnFromItsMark(t *testing.T) {
	now := sonderplantest.Epoch()
	s := serve(t, sonderplantest.Options{Now: func() time.Time { return now }}, 30, 10)
	first := open(t, s, sonderplan.Config{Incremental: true})
	if first.Mark() != "" {
		t.Errorf("before it was read it is at %q", first.Mark())
	}
	all, err := read(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	mark := first.Mark()
	at, dated := first.MarkTime(mark)
	second := at.Unix()
	if !dated || second != first.Changes().Updated {
		t.Fatalf("the mark is %q, the newest second %d", mark, first.Changes().Updated)
	}
	// Written while the first reading went on, by a clock that is behind.
	late, err := s.Add(sonderplantest.Contact{Type: sonderplantest.Person, Name: "Lena Late", Created: second - 1800, Updated: second - 1800})
	if err != nil {
		t.Fatal(err)
	}
	after, err := first.After(mark)
	if err != nil {
		t.Fatal(err)
	}
	got, err := read(t.Context(), after.(*sonderplan.Source))
	if err != nil {
		t.Fatal(err)
	}
	if got[late[0].UUID]["name"] != "Lena Late" || len(got) >= len(all) {
		t.Errorf("%d of %d contacts were read, the late one is %v", len(got), len(all), got[late[0].UUID])
	}
	if again := after.(pipeline.Incremental).Mark(); again != mark {
		t.Errorf("after nothing new the mark is %q, want %q", again, mark)
	}
	if full := open(t, s, sonderplan.Config{}); full.Mark() != "" {
		t.Error("a source that nobody asked for has a mark")
	}
	for _, bad := range []string{"", "x", "-1", "0", "0-x", "99999999999"} {
		if _, err := first.After(bad); err == nil {
			t.Errorf("%q is taken for a mark", bad)
		}
	}
}

// TestAMarkOfAnotherAccount: the token alone chooses the account. A mark that is not of the
// account that it leads to by now is of no use, and everything is read; a replaced token of
// the same account goes on from it.
func TestAMarkOfAnotherAccount(t *testing.T) {
	now := func() time.Time { return sonderplantest.Epoch() }
	ours := serve(t, sonderplantest.Options{Now: now}, 30, 10)
	first := open(t, ours, sonderplan.Config{Incremental: true})
	if _, err := read(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	mark := first.Mark()
	newest := ""
	for uuid, r := range mustRead(t, open(t, ours, sonderplan.Config{})) {
		if at, _ := first.MarkTime(mark); r["updated"] == at.Format(time.RFC3339) {
			newest = uuid
		}
	}
	theirs, err := sonderplantest.New(sonderplantest.Options{Now: now, Tokens: []sonderplantest.Token{{Text: token, Contact: sonderplantest.ReadOnly}}})
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	if err := theirs.Seed(8, 25, 5); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		server *sonderplantest.Server
		mark   string
		before func() error
		whole  int // contacts, where everything is read
	}{
		{name: "the same account", server: ours, mark: mark},
		{name: "the same account, and the contact of the mark changed", server: ours, mark: mark,
			before: func() error { return ours.Edit(newest, func(c *sonderplantest.Contact) { c.Name = "Other" }) }},
		{name: "another account", server: theirs, mark: mark, whole: 30},
		{name: "a mark of an older version", server: ours, mark: strings.SplitN(mark, "-", 2)[0], whole: 40},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.before != nil {
				if err := c.before(); err != nil {
					t.Fatal(err)
				}
			}
			later, err := open(t, c.server, sonderplan.Config{Incremental: true}).After(c.mark)
			if err != nil {
				t.Fatal(err)
			}
			source := later.(*sonderplan.Source)
			got := mustRead(t, source)
			if anew := source.Anew() != ""; anew != (c.whole > 0) || anew && len(got) != c.whole || !anew && len(got) >= 40 {
				t.Errorf("%d contacts were read, anew: %q", len(got), source.Anew())
			}
			if c.whole > 0 && source.Evidence().Grade != pipeline.Proven {
				t.Errorf("evidence %+v", source.Evidence())
			}
			again, err := source.After(source.Mark())
			if err != nil {
				t.Fatal(err)
			}
			if next := again.(*sonderplan.Source); len(mustRead(t, next)) > len(got) || next.Anew() != "" {
				t.Errorf("the next reading begins anew: %q", next.Anew())
			}
		})
	}
}

func mustRead(t *testing.T, src *sonderplan.Source) map[string]map[string]string {
	t.Helper()
	got, err := read(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	return got
}
