package plandocket_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/plandocket"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// fieldOf is a text of a contact by the name of its field.
func fieldOf(c *plandockettest.Contact, name string) *string {
	switch name {
	case "email":
		return &c.Email
	case "customer_number":
		return &c.CustomerNumber
	case "last_name":
		return &c.LastName
	case "phone":
		return &c.Phone
	default:
		return &c.Notes
	}
}

// labFields are the fields that the laboratory looks at.
var labFields = labSchema.Names()

// alike reports whether a server that normalises would take two texts as one.
func alike(field, a, b string) bool {
	switch field {
	case "email":
		return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
	case "phone":
		return digits(a) == digits(b) && (a == "") == (b == "")
	}
	return a == b
}

func digits(s string) string {
	only := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
	if strings.HasPrefix(s, "hand") {
		return s
	}
	return only
}

// judgePlan holds that nobody is created who is there already: neither a row that became
// a contact, nor a key that a contact has (I1).
func (s *storm) judgePlan() {
	for _, ch := range s.plan.Changes {
		if ch.Resource != plandocket.Resource || ch.Action != pipeline.Create {
			continue
		}
		for _, row := range ch.Rows {
			if id, known := s.memory.links[pipeline.RowKey{Source: row.Source, ID: row.ID}]; known {
				s.fail("I1: the plan would create row %s again, which became contact %s", row.ID, id)
			}
		}
		for id, c := range s.before {
			if strings.EqualFold(*fieldOf(&c, ch.Key.Field), ch.Key.Value) {
				s.fail("I1: the plan would create the %s %s, which contact %d has", ch.Key.Field, ch.Key.Value, id)
			}
		}
	}
}

// judge holds the laws at the end of a storm.
func (s *storm) judge(r *pipeline.Result, count *stormCount) {
	time.Sleep(time.Hour) // whatever could still come has come
	after := s.contacts()
	if count.status == nil {
		count.hit(nil)
	}
	byTarget, created := map[int64]int{}, map[int64]bool{}
	for i, ch := range s.plan.Changes {
		o := r.Outcomes[i]
		count.status[o.Status]++
		if o.Change != ch.ID {
			s.fail("outcome %d belongs to change %s, want %s", i, o.Change, ch.ID)
		}
		if ch.Resource != plandocket.Resource {
			continue
		}
		if ch.Action == pipeline.Create {
			s.judgeCreate(ch, o, after, created, count)
			continue
		}
		var id int64
		_, _ = fmt.Sscan(ch.Target, &id)
		byTarget[id] = i
	}
	for id, was := range s.before {
		i, planned := byTarget[id]
		switch {
		case !planned:
			s.untouched(id, was, after)
		case s.plan.Changes[i].Action == pipeline.Delete:
			s.judgeDelete(id, r.Outcomes[i], after)
		default:
			s.judgeUpdate(id, s.plan.Changes[i], r.Outcomes[i], after)
			s.judgeNamed(id, s.plan.Changes[i], r, r.Outcomes[i], after)
		}
	}
	for id, c := range after {
		if _, was := s.before[id]; !was && !created[id] {
			s.fail("I1, I2: contact %d came into being unplanned: %+v", id, c)
			count.twice++
		}
	}
	if s.seating != nil {
		s.judgeSeats(r, after, count)
	}
	s.keepsRate()
	if !s.stopped && !s.lagged() && // else nothing was learned of how values are shown
		!s.capped && len(s.broken) == 0 {
		s.planAgain(r)
	}
}

// judgeCreate holds that a planned create made one contact.
func (s *storm) judgeCreate(ch pipeline.Change, o pipeline.Outcome, after map[int64]plandockettest.Contact, created map[int64]bool, count *stormCount) {
	var found []int64
	for id, c := range after {
		if _, was := s.before[id]; !was && alike(ch.Key.Field, *fieldOf(&c, ch.Key.Field), ch.Key.Value) {
			found = append(found, id)
			created[id] = true
		}
	}
	switch {
	case len(found) > 1:
		s.fail("I1: %d contacts with the %s %s", len(found), ch.Key.Field, ch.Key.Value)
		count.twice += len(found) - 1
		return
	case len(found) == 0 && !s.excused(o):
		s.fail("I4: no contact with the %s %s, which is %s (%s)", ch.Key.Field, ch.Key.Value, o.Status, o.Message)
		count.lost++
		return
	case len(found) == 0:
		return
	}
	c := after[found[0]]
	for _, f := range ch.Fields {
		if got := *fieldOf(&c, f.Field); !alike(f.Field, got, f.After.Str()) {
			s.fail("I4: the created contact %s has the %s %q, want %q", ch.Key.Value, f.Field, got, f.After.Str())
		}
	}
	if !o.Status.Done() && !s.stopped {
		s.fail("I11: contact %s was created, and its row ended %s: %s", ch.Key.Value, o.Status, o.Message)
	}
}

// excused reports whether a row may be left undone at the end: the server
// refused it in its own words, or the apply stopped.
func (s *storm) excused(o pipeline.Outcome) bool {
	if (o.Status == pipeline.Blocked || o.Status == pipeline.Unknown) && s.capped {
		return true
	}
	if s.seats != nil && o.Status == pipeline.Blocked && s.lagged() {
		return true // what was written a moment ago cannot be seen, and the apply does not wait
	}
	return s.stopped || o.Status == pipeline.Refused && s.schedule.Fired(plandockettest.BulkRecordsFail) > 0
}

// lagged reports whether the apply did not wait for lists that lag behind.
func (s *storm) lagged() bool {
	return s.noWait && s.schedule.Fired(plandockettest.StaleReads) > 0
}

// handOf is what was done by hand to a field of a contact, last.
func (s *storm) handOf(id int64, field string) (e handEdit, found bool) {
	for _, e = range slices.Backward(s.edits) {
		if e.id == id && (e.gone || e.field == field) {
			return e, true
		}
	}
	return e, false
}

func (s *storm) touched(id int64) bool {
	return slices.ContainsFunc(s.edits, func(e handEdit) bool { return e.id == id })
}

// untouched holds that a contact without a planned change is as it was (I2).
func (s *storm) untouched(id int64, was plandockettest.Contact, after map[int64]plandockettest.Contact) {
	now, there := after[id]
	for _, e := range s.edits {
		if e.id == id {
			if e.gone {
				if there {
					s.fail("I2: contact %d, deleted by hand, is back", id)
				}
				return
			}
			*fieldOf(&was, e.field) = e.text
		}
	}
	if !there {
		s.fail("I2: contact %d is gone, and no change was planned for it", id)
		return
	}
	for _, f := range labFields {
		if got, want := *fieldOf(&now, f), *fieldOf(&was, f); got != want {
			s.fail("I2: contact %d shows the %s %q, want %q, and no change was planned for it", id, f, got, want)
		}
	}
}

func (s *storm) judgeDelete(id int64, o pipeline.Outcome, after map[int64]plandockettest.Contact) {
	_, there := after[id]
	switch {
	case there && !s.touched(id) && !s.excused(o):
		s.fail("I4: contact %d is still there; its delete is %s (%s)", id, o.Status, o.Message)
	case !there && s.touched(id):
		for _, e := range s.edits {
			if e.id == id && !e.gone && !e.sent && !slices.ContainsFunc(s.edits, func(o handEdit) bool { return o.id == id && o.gone }) {
				s.fail("I3: contact %d was edited by hand before it was read, and deleted", id)
			}
		}
	}
}

func (s *storm) judgeUpdate(id int64, ch pipeline.Change, o pipeline.Outcome, after map[int64]plandockettest.Contact) {
	was, now := s.before[id], plandockettest.Contact{}
	now, there := after[id]
	if !there {
		if e, ok := s.handOf(id, ""); !ok || !e.gone {
			s.fail("I2: contact %d is gone, and an update was planned", id)
		}
		return
	}
	planned := map[string]pipeline.FieldChange{}
	for _, f := range ch.Fields {
		planned[f.Field] = f
	}
	wrong := false
	for _, f := range labFields {
		got := *fieldOf(&now, f)
		change, changes := planned[f]
		e, edited := s.handOf(id, f)
		switch {
		case s.resets && !changes && got == "": // the server did more than it was told
			wrong = wrong || *fieldOf(&was, f) != ""
		case edited && e.sent: // in the window, or after the write: either may have won
			if got != e.text && !(changes && alike(f, got, change.After.Str())) {
				s.fail("I2: contact %d shows the %s %q", id, f, got)
			}
		case edited && got != e.text:
			s.fail("I3: contact %d shows the %s %q, and was given %q by hand before it was read", id, f, got, e.text)
		case edited:
		case changes && alike(f, got, change.After.Str()):
		case changes && got == *fieldOf(&was, f) && (s.excused(o) || o.Status == pipeline.Drifted && s.touched(id)):
		case changes:
			s.fail("I4: contact %d shows the %s %q, want %q; its row is %s (%s)", id, f, got, change.After.Str(), o.Status, o.Message)
		case got != *fieldOf(&was, f):
			s.fail("I2: contact %d shows the %s %q, want %q, which was not to be changed", id, f, got, *fieldOf(&was, f))
		}
	}
	if wrong {
		s.judgeHarm(id, ch, o)
	}
	if !o.Status.Done() && !s.touched(id) && !s.excused(o) {
		s.fail("I11: the update of contact %d ended %s: %s", id, o.Status, o.Message)
	}
}

// judgeNamed holds that what a call took the place of, within the time between reading and
// writing, is named where the log of the target tells of it, and that it is said where
// nobody can tell (I3). A log may lack what was done by hand, or tell it in parts.
func (s *storm) judgeNamed(id int64, ch pipeline.Change, r *pipeline.Result, o pipeline.Outcome, after map[int64]plandockettest.Contact) {
	tells := s.audited && s.dialect.Paging == "" && slices.Contains([]plandockettest.Audit{"", plandockettest.AuditShuffled, plandockettest.AuditWords}, s.dialect.Audit)
	now, there := after[id]
	if !tells || s.runs > 1 || !there || o.Status != pipeline.Verified {
		return
	}
	for _, f := range ch.Fields {
		e, edited := s.handOf(id, f.Field)
		if edited && e.window && !e.gone && alike(f.Field, *fieldOf(&now, f.Field), f.After.Str()) && r.Unheard == 0 && !strings.Contains(o.Message, "overwritten: ") {
			s.fail("I3: the %s of contact %d was %q by hand when it was written over, and nothing names it", f.Field, id, e.text)
		}
	}
}

// judgeHarm holds that one contact of each route at most is harmed by a server that resets
// what an update leaves out, and that the apply stops then. One that does not wait for a
// list that lags cannot see what became of it: where nothing is left to be stopped, it must
// say that it did not see its write.
func (s *storm) judgeHarm(id int64, ch pipeline.Change, o pipeline.Outcome) {
	if s.harmed == nil {
		s.harmed = map[string]int{}
	}
	if s.harmed[ch.Route]++; s.harmed[ch.Route] > 1 {
		s.fail("I2: the server reset fields of contact %d, the %d. one by the route %s", id, s.harmed[ch.Route], ch.Route)
	}
	if unseen := s.lagged() && o.Status == pipeline.Unseen; !s.stopped && !unseen {
		s.fail("I2: the server reset fields of contact %d by the route %s, whose update is %s (%s), and the apply did not stop", id, ch.Route, o.Status, o.Message)
	}
}

// keepsRate holds that no hour saw more requests than may leave (I8).
func (s *lab) keepsRate() {
	if n := s.busiestHour(); s.perHour > 0 && n > s.perHour {
		s.fail("I8: %d requests within an hour of %d", n, s.perHour)
	}
}

// busiestHour is the largest number of requests that reached the server within any
// hour.
func (s *lab) busiestHour() int {
	requests, first, most := s.server.Requests(), 0, 0
	for i, r := range requests {
		for r.Time.Sub(requests[first].Time) >= time.Hour {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// planAgain holds that nothing is left to be done (I5).
func (s *storm) planAgain(r *pipeline.Result) {
	s.life = &life{}
	next, err := s.lab.plan(s.ctx)
	if err != nil {
		s.fail("I5: the next plan: %v", err)
		return
	}
	for _, ch := range next.Changes {
		var id int64
		_, _ = fmt.Sscan(ch.Target, &id)
		if ch.Resource == plandocket.Resource && s.touched(id) || s.seatTouched(ch.Resource, id) || slices.ContainsFunc(r.Outcomes, func(o pipeline.Outcome) bool { return s.excused(o) }) {
			continue
		}
		if ch.Action == pipeline.Create && slices.ContainsFunc(s.edits, func(e handEdit) bool { return e.gone }) {
			continue // it was deleted by hand, and is wanted
		}
		if ch.Action == pipeline.Create && s.seatsRemoved() {
			continue
		}
		s.fail("I5: the next plan would %s of %s %s %s %+v", ch.Action, ch.Resource, ch.Target, ch.Key.Value, ch.Fields)
	}
}
