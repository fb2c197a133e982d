package main

import (
	"cmp"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
	"github.com/reconkit/reconkit/sources/sonderplan/sonderplantest"
)

// The story: a list of exhibitors and the people of Sonderplan go to a tenant
// that knows some of them. Each subject stands for one way to be written or for
// one reason not to be.

const storyPipeline = `version: 1
name: story
sources:
  people:
    type: sonderplan
    base_url: https://api.sonderplan.test
    token: ${SONDERPLAN_TOKEN}
    filter: { type: person }
  exhibitors:
    type: csv
    path: exhibitors.csv
    id: row["id"]
    identifiers: { customer_number: plandocket }
models:
  contacts:
    from:
      - source: people
        map:
          email: lower(email_1)
          first_name: parse_person(name).first
          last_name: parse_person(name).last
          phone: phone_1
          city: address_city
      - source: exhibitors
        map:
          email: trim(mail)
          company_name: firma
          first_name: vorname
          last_name: nachname
          phone: tel
          customer_number: nr
          postal_code: plz
          city: 'ort == "-" ? nil : ort'
          notes: note
          category_keys: split(gruppe, "|")
    dedupe:
      same: [email, customer_number]
targets:
  plandocket:
    type: plandocket
    base_url: https://demo.plandocket.test
    api_key: ${PLANDOCKET_API_KEY}
    requests_per_hour: PER_HOUR
sinks:
  - model: contacts
    target: plandocket
    resource: contacts
    fields:
      notes: fill_empty
`

// In storyCSV the id is the subject.
const storyCSV = `id;nr;mail;firma;vorname;nachname;tel;plz;ort;note;gruppe
anna;K-1001;anna@weber.example;;Anna;Weber;+493411111;01067;Dresden;;press|vip
chris;00777;;;Chris;Null;+49 341 777;;;;
ida;K-1010;Ida@Neu.example;;Ida;Ilse;;;;;new
juergen;;jürgen@süd.example;;Jürgen;Süd;;;Ulm;;
petra;;info@shared.example;;Petra;Geteilt;;;;;
emil;;emil@frei.example;;;;;;Bonn;imported;
hugo;;hugo@leer.example;;Hugo;Leer;;;-;;
greta;K-2001;Greta@Neu.example;Neu AG;Greta;Neu;;10115;Berlin;met at the fair;vip
nummer;K-2002;;Nur Nummer KG;;;;;Köln;;
zoe;;zoe@zirkus.example;;Zoë;"🎪 O'Hara ""Q"" <b>";;;;;
ghost;;ghost@geist.example;;Geist;;;;;;nosuch
joern;;jörn@öst.example;;Jörn;Öst;;;;;
niemand;;;;Niemand;;;;;;
`

// storyPeople are the subjects of the people of Sonderplan, by uuid.
var storyPeople = map[string]string{"p1": "fred", "p2": "bert", "p3": "greta"}

func (w *tenant) tellStory() {
	w.t.Helper()
	_, err := w.sp.Add(
		sonderplantest.Contact{Type: sonderplantest.Person, ID: 1, Name: "Fred Feuer", Email1: "Fred@Feuer.example", Phone1: "+49 351 123-4", City: "Dresden"},
		sonderplantest.Contact{Type: sonderplantest.Person, ID: 2, Name: "Bert Bau", Email1: "bert@bau.example", Phone1: "+4930555"},
		sonderplantest.Contact{Type: sonderplantest.Person, ID: 3, Name: "Greta Neu", Email1: "greta@neu.example", Phone1: "+49301234"},
		sonderplantest.Contact{Type: sonderplantest.Organization, ID: 1, Name: "Feuer GmbH", Email1: "firma@feuer.example"})
	w.check(err)
	for _, key := range []string{"press", "vip", "old", "new"} {
		w.check(w.pd.AddCategory(plandockettest.Category{Key: key, Title: key}))
	}
	at := time.Date(2025, 1, 1, 8, 0, 0, 0, time.UTC)
	for i, c := range storyBefore() {
		c.CreatedAt = at.AddDate(0, 0, i)
		c.UpdatedAt = c.CreatedAt
		_, err := w.pd.Add(c)
		w.check(err)
	}
}

// storyBefore are the contacts of the tenant, with the ids that they get.
func storyBefore() []plandockettest.Contact {
	return []plandockettest.Contact{
		{ID: 1, Email: "anna@weber.example", CustomerNumber: "K-1001", FirstName: "Anna", LastName: "Weber", Phone: "+493411111",
			PostalCode: "04109", City: "Leipzig", Country: "DE", Notes: "calls back", Rating: 5, CategoryKeys: []string{"press"}},
		{ID: 2, Email: "Bert@Bau.example", FirstName: "Bert", LastName: "Bau", CompanyName: "Bau GmbH", Rating: 2, AccountAccessEnabled: true},
		{ID: 3, CustomerNumber: "00777", FirstName: "Chris", LastName: "Null", Rating: 3},
		{ID: 4, CustomerNumber: "777", CompanyName: "Siebenhundert", Rating: 3},
		{ID: 5, Email: "info@shared.example", FirstName: "Petra", Rating: 3},
		{ID: 6, Email: "info@shared.example", FirstName: "Paul", Rating: 3},
		{ID: 7, Email: "dora@fern.example", CustomerNumber: "0042", FirstName: "Dora", LastName: "Fern", Address: "Weg 1", State: "BY", Country: "DE",
			Fax: "089-1", Mobile: "0170 1", Website: "https://fern.example", TaxID: "DE1", Notes: "x", Rating: 1, CategoryKeys: []string{"old", "vip"}},
		{ID: 8, Email: "emil@frei.example", City: "Bonn", Notes: "by hand", Rating: 4},
		{ID: 9, Email: "hugo@leer.example", FirstName: "Hugo", LastName: "Leer", City: "Kiel", Rating: 3},
		{ID: 10, Email: "ida@alt.example", CustomerNumber: "K-1010", FirstName: "Ida", LastName: "Ilse", Rating: 3, CategoryKeys: []string{"old"}},
		{ID: 11, Email: "jürgen@süd.example", FirstName: "Jürgen", LastName: "Süd", City: "Augsburg", Rating: 3},
	}
}

// storyAfter are the contacts once the whole story is written by a server that
// does as it is told; those that were created have no id.
func storyAfter() map[string]plandockettest.Contact {
	after := map[string]plandockettest.Contact{}
	for i, c := range storyBefore() {
		name := []string{"anna", "bert", "chris", "777", "petra", "paul", "dora", "emil", "hugo", "ida", "juergen"}[i]
		after[name] = c
	}
	set := func(name string, change func(c *plandockettest.Contact)) {
		c := after[name]
		change(&c)
		after[name] = c
	}
	set("anna", func(c *plandockettest.Contact) {
		c.PostalCode, c.City, c.CategoryKeys = "01067", "Dresden", []string{"press", "vip"}
	})
	set("bert", func(c *plandockettest.Contact) { c.Phone = "+4930555" })
	set("chris", func(c *plandockettest.Contact) { c.Phone = "+49 341 777" })
	set("ida", func(c *plandockettest.Contact) { c.Email, c.CategoryKeys = "ida@neu.example", []string{"new"} })
	set("juergen", func(c *plandockettest.Contact) { c.City = "Ulm" })
	after["fred"] = plandockettest.Contact{Email: "fred@feuer.example", FirstName: "Fred", LastName: "Feuer", Phone: "+49 351 123-4", City: "Dresden", Rating: 3}
	after["greta"] = plandockettest.Contact{Email: "greta@neu.example", CustomerNumber: "K-2001", CompanyName: "Neu AG", FirstName: "Greta", LastName: "Neu",
		Phone: "+49301234", PostalCode: "10115", City: "Berlin", Notes: "met at the fair", Rating: 3, CategoryKeys: []string{"vip"}}
	after["nummer"] = plandockettest.Contact{CustomerNumber: "K-2002", CompanyName: "Nur Nummer KG", City: "Köln", Rating: 3}
	after["zoe"] = plandockettest.Contact{Email: "zoe@zirkus.example", FirstName: "Zoë", LastName: `🎪 O'Hara "Q" <b>`, Rating: 3}
	after["ghost"] = plandockettest.Contact{Email: "ghost@geist.example", FirstName: "Geist", Rating: 3}
	return after
}

// storyBlocked are the rows that no server gets, and why.
func storyBlocked() map[string]string {
	return map[string]string{"petra": "ambiguous-target", "joern": "email-not-plain", "niemand": "keyless"}
}

// storyOutcomes are what becomes of each change on a server that does as it is
// told. The category of ghost does not exist, and such a server passes over it.
func storyOutcomes() map[string]pipeline.Status {
	return map[string]pipeline.Status{
		"anna": pipeline.Verified, "bert": pipeline.Verified, "chris": pipeline.Verified, "ida": pipeline.Verified, "juergen": pipeline.Verified,
		"fred": pipeline.Verified, "greta": pipeline.Verified, "nummer": pipeline.Verified, "zoe": pipeline.Verified, "ghost": pipeline.Unverified,
	}
}

// storyCreates are the subjects that are created.
var storyCreates = []string{"fred", "greta", "nummer", "zoe", "ghost"}

// wantContacts compares the contacts of the tenant with those by subject.
// Contacts without id were created in any order.
func (w *tenant) wantContacts(want map[string]plandockettest.Contact) {
	w.t.Helper()
	before := int64(0)
	var wanted []plandockettest.Contact
	for _, c := range want {
		wanted = append(wanted, c)
		before = max(before, c.ID)
	}
	got := w.contacts()
	for i := range got {
		if got[i].ID > before {
			got[i].ID = 0
		}
	}
	for _, l := range [][]plandockettest.Contact{got, wanted} {
		slices.SortFunc(l, func(a, b plandockettest.Contact) int {
			return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Email, b.Email), cmp.Compare(a.CustomerNumber, b.CustomerNumber))
		})
	}
	if diff := gocmp.Diff(wanted, got, cmpopts.EquateEmpty()); diff != "" {
		w.t.Errorf("contacts of the tenant (-want +got):\n%s", diff)
	}
}

func wantEqual[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
