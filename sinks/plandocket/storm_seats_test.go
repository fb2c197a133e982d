package plandocket_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// seating is what a storm knows of participants and custom fields.
type seating struct {
	before map[int64]plandockettest.Participant
	custom map[int64]map[string]string // by contact
	edits  []seatEdit
}

// seatEdit is what somebody else did to a participation, or to the custom fields
// of a contact.
type seatEdit struct {
	resource  string
	id        int64
	confirmed bool
	gone      bool
	badge     string // JSON
	sent      bool   // the change had been sent by then
}

var stormsOfSeats = stormScale{full: 4_000, short: 500, raced: 120}

// TestStormsOfSeats is TestStorms with what hangs on contacts: participants that
// are enrolled, confirmed and removed, of contacts that are there or that the same
// plan creates, and custom fields.
func TestStormsOfSeats(t *testing.T) {
	all := stormsOf(t, stormsOfSeats, runSeatStorm)
	all.tellSeats(t)
}

// runSeatStorm is runStorm with what hangs on contacts.
func runSeatStorm(t *testing.T, server *plandockettest.Server, seed uint64, count *stormCount) {
	t.Helper()
	s := newStorm(t, seed, 11)
	s.seating = &seating{}
	d := s.drawDialect()
	if d.Paging == plandockettest.PagingCap {
		d.PageSize += len(labCustom) // of a cut list of definitions nothing can be planned
	}
	s.open(t, server, d, 60)
	s.seat(1+s.random.IntN(5), func(of string, n int) int { return s.random.IntN(n) })
	s.play(t, "TestStormsOfSeats", count, func() {
		s.blow()
		s.edited()
		s.aim("DELETE /api/v1/participants/*", "PATCH /api/v1/participants/*")
		s.aimLate()
	})
	count.hitSeats(s.schedule.Hits())
	for _, ch := range s.plan.Changes {
		what := string(ch.Action) + " " + ch.Resource
		if ch.MadeBy() != "" {
			what += " of the new"
		}
		count.cells[[2]string{"changes", what}]++
	}
	count.edits += len(s.seating.edits)
}

// labEvents are the events of the laboratory.
var labEvents = []string{"expo", "fair"}

// seat makes n people with places at events and custom fields; draw says which kind
// each is.
func (s *storm) seat(n int, draw func(of string, n int) int) {
	s.seats = &seats{}
	for _, key := range labEvents {
		if err := s.server.AddEvent(plandockettest.Event{Key: key, Title: key, From: time.Now(), To: time.Now()}); err != nil {
			panic(err)
		}
	}
	for _, key := range []string{"badge_name", "table_number", "kept"} {
		kind := "text"
		if key == "table_number" {
			kind = "number"
		}
		if err := s.server.AddCustomField(plandockettest.CustomField{Key: key, Label: key, Type: kind}); err != nil {
			panic(err)
		}
	}
	for i := range n {
		id, c := s.sitter(i, draw)
		for k := range 1 + draw("events", 2) {
			s.placeOf(fmt.Sprintf("s%02d%d", i, k), labEvents[k], id, c, draw("place", 9))
		}
		s.badgeOf(fmt.Sprintf("b%02d", i), id, c, draw("badge", 5))
	}
	s.before = s.contacts()
	s.seating.before, s.seating.custom = s.participants(), map[int64]map[string]string{}
	for id := range s.before {
		s.seating.custom[id] = must(s.server.Custom(id))
	}
}

// sitter makes the i-th contact, or a row that the plan makes it of; then its id
// is 0.
func (s *storm) sitter(i int, draw func(of string, n int) int) (int64, plandockettest.Contact) {
	c := plandockettest.Contact{Email: fmt.Sprintf("p%d@example.com", i), LastName: fmt.Sprintf("Person %d", i), Notes: "kept",
		CreatedAt: time.Now().Add(-time.Duration(1000-i) * time.Hour)}
	if draw("number", 2) == 0 {
		c.CustomerNumber = fmt.Sprintf("K-%d", i)
	}
	w := wish{id: fmt.Sprintf("r%02d", i), email: c.Email, number: c.CustomerNumber, last: c.LastName}
	switch draw("contact", 4) {
	case 0: // the plan creates it
		s.wishes = append(s.wishes, w)
		return 0, c
	case 1: // the plan changes it
		w.phone = "+49 30 1"
		s.wishes = append(s.wishes, w)
	case 2: // nobody speaks of it but the rows of places
	case 3: // as it should be
		s.wishes = append(s.wishes, w)
	}
	return must(s.server.Add(c)), c
}

// placeOf makes a place of a contact at an event, or a row that speaks of one.
func (s *storm) placeOf(row, event string, contact int64, c plandockettest.Contact, kind int) {
	p := place{id: row, event: event, email: c.Email}
	if c.CustomerNumber != "" && len(row)%2 == 0 {
		p.email, p.number = "", c.CustomerNumber
	}
	if contact == 0 && kind > 2 {
		kind = 0
	}
	switch kind {
	case 0, 1, 2: // enrolled
		p.confirmed = []string{"yes", "no", ""}[kind]
		s.seats.places = append(s.seats.places, p)
		return
	case 3, 4: // confirmed
		p.confirmed = "yes"
	case 5: // no longer
		p.confirmed = "no"
	case 6: // removed
	case 7: // as it should be
		p.confirmed = "no"
	case 8: // somebody else's
	}
	id := must(s.server.Enrol(contact, event, kind == 5 || kind == 8))
	if kind < 6 || kind == 7 {
		s.seats.places = append(s.seats.places, p)
	}
	if kind == 8 {
		return
	}
	target := must(s.lab.open(plandocket.ResourceParticipants)).Identity()
	links, _, _ := s.memory.of(target)
	links[pipeline.RowKey{Source: "seats", ID: row}] = fmt.Sprint(id)
	s.memory.created(target, fmt.Sprint(id), map[string]pipeline.Value{"is_confirmed": pipeline.BoolValue(kind == 5)})
}

// badgeOf gives a contact custom fields, and makes a row that speaks of them. One that
// the plan creates has none.
func (s *storm) badgeOf(row string, contact int64, c plandockettest.Contact, kind int) {
	b := badge{id: row, email: c.Email, name: "Badge " + row, table: 7}
	if contact == 0 {
		if kind > 0 {
			s.seats.badges = append(s.seats.badges, b)
		}
		return
	}
	values := map[string]string{"kept": `"as it was"`}
	switch kind {
	case 0: // nobody speaks of them
		return
	case 1: // they are empty
	case 2: // they differ
		values["badge_name"], values["table_number"] = `"old"`, "1"
	case 3: // one of them does
		values["badge_name"], values["table_number"] = fmt.Sprintf("%q", b.name), "1"
	case 4: // as they should be
		values["badge_name"], values["table_number"] = fmt.Sprintf("%q", b.name), "7"
	}
	if err := s.server.SetCustom(contact, values); err != nil {
		panic(err)
	}
	s.seats.badges = append(s.seats.badges, b)
}

// participants are those of the server, as they are.
func (l *lab) participants() map[int64]plandockettest.Participant {
	by := map[int64]plandockettest.Participant{}
	for _, p := range must(l.server.Participants()) {
		by[p.ID] = p
	}
	return by
}

// edited has somebody else edit participations and custom fields, before they are
// read.
func (s *storm) edited() {
	left := s.random.IntN(3)
	s.server.BeforeRequest(func(r *http.Request) {
		q := r.URL.Query()
		begins := r.URL.Path == "/api/v1/events" || r.URL.Path == "/api/v1/contacts" && q.Get("sort") == "created_at" && q.Get("order") == "ASC"
		if r.Method != http.MethodGet || !begins || q.Has("page") || q.Has("cursor") || left == 0 || s.random.IntN(5) > 0 {
			return
		}
		left--
		if r.URL.Path == "/api/v1/events" {
			s.editPlace()
		} else {
			s.editBadge()
		}
	})
}

// sentSeat reports whether a change of a record was about to be sent already.
func (s *storm) sentSeat(resource string, id int64) bool {
	return slices.ContainsFunc(s.plan.Changes, func(ch pipeline.Change) bool {
		return ch.Resource == resource && ch.Target == fmt.Sprint(id) && s.memory.intended(ch.ID)
	})
}

func (s *storm) editPlace() {
	ids := slices.Sorted(maps.Keys(s.seating.before))
	if len(ids) == 0 {
		return
	}
	e := seatEdit{resource: plandocket.ResourceParticipants, id: ids[s.random.IntN(len(ids))], gone: s.random.IntN(4) == 0, confirmed: s.random.IntN(2) == 0}
	e.sent = s.sentSeat(e.resource, e.id)
	var err error
	if e.gone {
		err = s.server.Withdraw(e.id)
	} else {
		err = s.server.Confirm(e.id, e.confirmed)
	}
	if err == nil { // else it is gone already
		s.seating.edits = append(s.seating.edits, e)
	}
}

func (s *storm) editBadge() {
	ids := slices.Sorted(maps.Keys(s.seating.custom))
	if len(ids) == 0 {
		return
	}
	e := seatEdit{resource: plandocket.ResourceCustomFields, id: ids[s.random.IntN(len(ids))], badge: fmt.Sprintf(`"by hand %d"`, len(s.seating.edits))}
	e.sent = s.sentSeat(e.resource, e.id)
	if err := s.server.SetCustom(e.id, map[string]string{"badge_name": e.badge}); err == nil {
		s.seating.edits = append(s.seating.edits, e)
	}
}

// seatRoute is the kind of request that a fault met.
func seatRoute(route string) string {
	method, path, _ := strings.Cut(route, " /api/v1/")
	path, _, _ = strings.Cut(path, "/")
	switch method + " " + path {
	case "GET contacts", "GET participants", "GET events", "GET custom-fields", "PATCH participants", "DELETE participants", "PUT custom-fields":
		return method + " " + path
	case "POST bulk-import":
		return "POST " + route[strings.LastIndex(route, "/")+1:]
	}
	return "other"
}

func (c *stormCount) hitSeats(hits []faults.Hit) {
	c.hit(nil)
	for _, h := range hits {
		c.cells[[2]string{string(h.Kind), seatRoute(h.Route)}]++
	}
}

func (c *stormCount) tellSeats(t *testing.T) {
	t.Helper()
	c.log(t)
	routes := []string{"GET contacts", "GET events", "GET participants", "GET custom-fields", "POST contacts", "POST participants", "PATCH participants", "DELETE participants", "PUT custom-fields"}
	t.Logf("%-24s %s", "fault", strings.Join(routes, ", "))
	for _, k := range stormKinds() {
		line := fmt.Sprintf("%-24s", k)
		for _, r := range routes {
			hits := c.cells[[2]string{string(k), r}]
			line += fmt.Sprintf(" %5d", hits)
			if method, _, _ := strings.Cut(r, " "); hits == 0 && c.schedules >= stormsOfSeats.full && canMeet(k, method) {
				t.Errorf("fault %s never met %s", k, r)
			}
		}
		t.Log(line)
	}
	for _, what := range []string{"create contacts", "update contacts", "create participants", "update participants", "delete participants", "update custom_fields", "update custom_fields of the new"} {
		n := c.cells[[2]string{"changes", what}]
		t.Logf("%s: %d", what, n)
		if n == 0 && c.schedules >= stormsOfSeats.raced {
			t.Errorf("no plan would %s", what)
		}
	}
}
