package plandocket_test

import (
	"fmt"
	"slices"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/plandocket"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// seatEditOf is what was done by hand to a record of a resource, last.
func (s *storm) seatEditOf(resource string, id int64) (e seatEdit, found bool) {
	for _, e = range slices.Backward(s.seating.edits) {
		if e.resource == resource && e.id == id {
			return e, true
		}
	}
	return e, false
}

// seatTouched reports whether somebody edited a record that hangs on a contact.
func (s *storm) seatTouched(resource string, id int64) bool {
	if s.seating == nil {
		return false
	}
	_, touched := s.seatEditOf(resource, id)
	return touched
}

// seatsRemoved reports whether somebody removed a participation by hand.
func (s *storm) seatsRemoved() bool {
	return s.seating != nil && slices.ContainsFunc(s.seating.edits, func(e seatEdit) bool { return e.gone })
}

// judgeSeats holds the laws for participations and custom fields.
func (s *storm) judgeSeats(r *pipeline.Result, contacts map[int64]plandockettest.Contact, count *stormCount) {
	after, created := s.participants(), map[int64]bool{}
	planned, custom := map[int64]int{}, map[int64]int{}
	for i, ch := range s.plan.Changes {
		var id int64
		_, _ = fmt.Sscan(ch.Target, &id)
		switch {
		case ch.MadeBy() != "":
			s.judgeNewCustom(ch, r.Outcomes[i], contacts)
		case ch.Resource == plandocket.ResourceCustomFields:
			custom[id] = i
		case ch.Resource != plandocket.ResourceParticipants:
		case ch.Action == pipeline.Create:
			s.judgeEnrolment(ch, r.Outcomes[i], contacts, after, created, count)
		default:
			planned[id] = i
		}
	}
	for id, was := range s.seating.before {
		i, ok := planned[id]
		switch {
		case !ok:
			s.sameSeat(id, was, after)
		case s.plan.Changes[i].Action == pipeline.Delete:
			s.judgeRemoval(id, r.Outcomes[i], after)
		default:
			s.judgeConfirmation(id, was, s.plan.Changes[i], r.Outcomes[i], after)
		}
	}
	for id, p := range after {
		if _, was := s.seating.before[id]; !was && !created[id] {
			s.fail("I1, I2: participation %d came into being unplanned: %+v", id, p)
			count.twice++
		}
	}
	for id, was := range s.seating.custom {
		i, ok := custom[id]
		if !ok {
			i = -1
		}
		s.judgeCustom(id, was, i, r)
	}
}

// judgeEnrolment holds that a planned participation is there once.
func (s *storm) judgeEnrolment(ch pipeline.Change, o pipeline.Outcome, contacts map[int64]plandockettest.Contact, after map[int64]plandockettest.Participant, created map[int64]bool, count *stormCount) {
	at := slices.IndexFunc(s.seats.places, func(p place) bool { return p.id == ch.Rows[0].ID })
	row := s.seats.places[at]
	var found []plandockettest.Participant
	for id, p := range after {
		c := contacts[p.ContactID]
		meant := row.email != "" && alike("email", c.Email, row.email) || row.number != "" && c.CustomerNumber == row.number
		if _, was := s.seating.before[id]; !was && meant && p.EventKey == row.event {
			found = append(found, p)
			created[id] = true
		}
	}
	switch {
	case len(found) > 1:
		s.fail("I1: %d participations of %s", len(found), ch.Key.Value)
		count.twice += len(found) - 1
	case len(found) == 0 && !s.excused(o):
		s.fail("I4: nobody takes part as %s, which is %s (%s)", ch.Key.Value, o.Status, o.Message)
		count.lost++
	case len(found) == 0:
	case found[0].Confirmed != (row.confirmed == "yes"):
		s.fail("I4: participation %s is confirmed: %t, want %q", ch.Key.Value, found[0].Confirmed, row.confirmed)
	case !o.Status.Done() && !s.stopped:
		s.fail("I11: %s was enrolled, and its row ended %s: %s", ch.Key.Value, o.Status, o.Message)
	}
}

// sameSeat holds that a participation without a planned change is as it was, or as
// somebody made it (I2).
func (s *storm) sameSeat(id int64, was plandockettest.Participant, after map[int64]plandockettest.Participant) {
	now, there := after[id]
	e, edited := s.seatEditOf(plandocket.ResourceParticipants, id)
	switch {
	case edited && e.gone:
		if there {
			s.fail("I2: participation %d, removed by hand, is back", id)
		}
	case !there:
		s.fail("I2: participation %d is gone, and no change was planned for it", id)
	case edited && now.Confirmed != e.confirmed, !edited && now.Confirmed != was.Confirmed:
		s.fail("I2: participation %d is confirmed: %t, and no change was planned for it", id, now.Confirmed)
	}
}

func (s *storm) judgeRemoval(id int64, o pipeline.Outcome, after map[int64]plandockettest.Participant) {
	_, there := after[id]
	e, edited := s.seatEditOf(plandocket.ResourceParticipants, id)
	switch {
	case there && !edited && !s.excused(o):
		s.fail("I4: participation %d is still there; its delete is %s (%s)", id, o.Status, o.Message)
	case !there && edited && !e.gone && !e.sent && e.confirmed != s.seating.before[id].Confirmed:
		s.fail("I3: participation %d was edited by hand before it was read, and deleted", id)
	}
}

func (s *storm) judgeConfirmation(id int64, was plandockettest.Participant, ch pipeline.Change, o pipeline.Outcome, after map[int64]plandockettest.Participant) {
	now, there := after[id]
	e, edited := s.seatEditOf(plandocket.ResourceParticipants, id)
	if !there {
		if !edited || !e.gone {
			s.fail("I2: participation %d is gone, and an update was planned", id)
		}
		return
	}
	want := was.Confirmed
	for _, f := range ch.Fields {
		if f.Field == "is_confirmed" {
			want = f.After.Bool()
		}
	}
	switch {
	case edited: // to what it was, or to what is planned: either may stand
	case now.Confirmed != want && !(now.Confirmed == was.Confirmed && s.excused(o)):
		s.fail("I4: participation %d is confirmed: %t, want %t; its row is %s (%s)", id, now.Confirmed, want, o.Status, o.Message)
	case !o.Status.Done() && !s.excused(o):
		s.fail("I11: the update of participation %d ended %s: %s", id, o.Status, o.Message)
	}
}

// judgeNewCustom holds that the custom fields of a contact that the plan created are as
// planned, if it is there.
func (s *storm) judgeNewCustom(ch pipeline.Change, o pipeline.Outcome, contacts map[int64]plandockettest.Contact) {
	at := slices.IndexFunc(s.seats.badges, func(b badge) bool { return b.id == ch.Rows[0].ID })
	for id, c := range contacts {
		if _, was := s.before[id]; was || !alike("email", c.Email, s.seats.badges[at].email) {
			continue
		}
		now := must(s.server.Custom(id))
		for _, f := range ch.Fields {
			want := customText(f.After)
			if got := now[f.Field]; got != want && !(got == "" && s.excused(o)) {
				s.fail("I4: custom field %s of the new contact %d is %s, want %s; its row is %s (%s)", f.Field, id, got, want, o.Status, o.Message)
			}
		}
		if !o.Status.Done() && !s.excused(o) {
			s.fail("I11: the custom fields of the new contact %d ended %s: %s", id, o.Status, o.Message)
		}
		return
	}
	if o.Status.Done() {
		s.fail("I4: the custom fields of %s are %s (%s), and the contact is not there", ch.Label, o.Status, o.Message)
	}
}

// customText is a value as the server keeps it.
func customText(v pipeline.Value) string {
	if v.Type() == pipeline.String {
		return fmt.Sprintf("%q", v.Str())
	}
	return fmt.Sprint(v.Int())
}

// gaveBadge reports whether somebody gave a contact this badge.
func (s *storm) gaveBadge(id int64, badge string) bool {
	return slices.ContainsFunc(s.seating.edits, func(e seatEdit) bool {
		return e.resource == plandocket.ResourceCustomFields && e.id == id && e.badge == badge
	})
}

// judgeCustom holds that the custom fields of a contact are as planned, and the
// others as they were.
func (s *storm) judgeCustom(id int64, was map[string]string, planned int, r *pipeline.Result) {
	now := must(s.server.Custom(id))
	want := map[string]string{}
	for k, v := range was {
		want[k] = v
	}
	e, edited := s.seatEditOf(plandocket.ResourceCustomFields, id)
	if planned < 0 {
		if edited {
			want["badge_name"] = e.badge
		}
		for _, key := range []string{"badge_name", "table_number", "kept"} {
			if now[key] != want[key] {
				s.fail("I2: custom field %s of contact %d is %s, want %s, and no change was planned for it", key, id, now[key], want[key])
			}
		}
		return
	}
	o := r.Outcomes[planned]
	fields := map[string]string{}
	for _, f := range s.plan.Changes[planned].Fields {
		fields[f.Field] = customText(f.After)
	}
	for _, key := range []string{"badge_name", "table_number", "kept"} {
		got, changes := now[key], fields[key] != ""
		switch {
		case key == "badge_name" && edited && e.sent: // either may have won, the call with all that it read
			if got != fields[key] && got != was[key] && !s.gaveBadge(id, got) {
				s.fail("I2: custom field %s of contact %d is %s", key, id, got)
			}
		case key == "badge_name" && edited:
			if got != e.badge {
				s.fail("I3: custom field %s of contact %d is %s, and was given %s by hand before it was read", key, id, got, e.badge)
			}
		case changes && got == fields[key]:
		case changes && got == was[key] && (s.excused(o) || edited && o.Status == pipeline.Drifted):
		case changes:
			s.fail("I4: custom field %s of contact %d is %s, want %s; its row is %s (%s)", key, id, got, fields[key], o.Status, o.Message)
		case got != was[key]:
			s.fail("I2: custom field %s of contact %d is %s, want %s, which was not to be changed", key, id, got, was[key])
		}
	}
	if !o.Status.Done() && !edited && !s.excused(o) {
		s.fail("I11: the custom fields of contact %d ended %s: %s", id, o.Status, o.Message)
	}
}
