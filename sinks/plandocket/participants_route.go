package plandocket

import (
	"fmt"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// The routes by which a change of a participant is written, beside RoutePatch
// and RouteDelete.
const (
	RouteEnrolByNumber   = "participants-create-number"
	RouteEnrolByEmail    = "participants-create-email"
	RouteConfirmByNumber = "participants-update-number"
	RouteConfirmByEmail  = "participants-update-email"
)

// bulkUpdateFrom is the number of updates of one event from which a bulk call,
// and the trial of one before it, take fewer requests than a PATCH each.
const bulkUpdateFrom = 3 // changes

var enrolRoutes = map[string]bulkRoute{
	RouteEnrolByNumber:   {"create", fieldNumber},
	RouteEnrolByEmail:    {"create", fieldEmail},
	RouteConfirmByNumber: {"update", fieldNumber},
	RouteConfirmByEmail:  {"update", fieldEmail},
}

// Route chooses for each change the way that takes the fewest requests and
// cannot do harm, and writes down in Change.Key what a bulk call will match by.
//
// A participant is enrolled in bulk, event by event, by a customer number or
// e-mail that leads to that contact and to no other; a repetition is skipped by
// the server. Updates go the same way when there are enough of them and
// everything was read whole, else each is a PATCH by id. Deletes go by id.
func (p *Participants) Route(changes []pipeline.Change, present *pipeline.Present) []pipeline.Unroutable {
	var lost []pipeline.Unroutable
	all := make([]ways, len(changes))
	taken := p.placesTaken(present)
	for i := range changes {
		c := &changes[i]
		planned := c.Route
		c.Route = ""
		switch {
		case c.Action == pipeline.Create:
			way, refused := p.waysToEnrol(c)
			if refused == nil && !way.leads(planned) {
				way, refused = ways{}, &pipeline.Unroutable{Code: CodeKeyTaken, Reason: "what the plan enrols the contact by, " + diag.Shorten(c.Key.Value, 60) + ", no longer leads to that contact alone",
					Hint: "make a new plan"}
			}
			if refused != nil {
				refused.Index = i
				lost = append(lost, *refused)
			}
			all[i] = way.asEnrolled(planned)
		case c.Target == "":
			lost = append(lost, pipeline.Unroutable{Index: i, Code: CodeNoRecord, Reason: fmt.Sprintf("the %s does not say which participant it is about", c.Action)})
		case c.Action == pipeline.Delete:
			c.Route = RouteDelete
		default:
			c.Route = RoutePatch
			if p.people != nil && p.people.whole && present != nil && present.Evidence.Grade == pipeline.Proven {
				all[i] = waysToConfirm(c, taken).asEnrolled(planned)
			}
		}
	}
	for _, of := range p.byEvent(changes, all) {
		of.choose(changes, all)
	}
	return lost
}

// leads reports whether the key of a planned route still is a way; a change without a route
// may go any way.
func (w ways) leads(route string) bool {
	switch route {
	case RouteEnrolByEmail:
		return w.email != ""
	case RouteEnrolByNumber:
		return w.number != ""
	}
	return true
}

// asEnrolled leaves the way of a planned route alone, if it is there.
func (w ways) asEnrolled(route string) ways {
	switch {
	case route == RoutePatch:
		return ways{}
	case (route == RouteEnrolByEmail || route == RouteConfirmByEmail) && w.email != "":
		return ways{email: w.email}
	case (route == RouteEnrolByNumber || route == RouteConfirmByNumber) && w.number != "":
		return ways{number: w.number}
	}
	return w
}

// placesTaken counts the participants by each of their keys.
func (p *Participants) placesTaken(present *pipeline.Present) map[pipeline.Key]int {
	taken := map[pipeline.Key]int{}
	if present == nil {
		return taken
	}
	for i := range present.Records.Len() {
		for _, k := range p.Keys() {
			if v := present.Records.Record(i).Get(k).Str(); v != "" {
				taken[pipeline.Key{Field: k, Value: v}]++
			}
		}
	}
	return taken
}

// waysToEnrol are the keys by which the server finds the contact of a create,
// and no other contact. A contact that was there when the plan was made must
// still be that one.
func (p *Participants) waysToEnrol(c *pipeline.Change) (ways, *pipeline.Unroutable) {
	if p.people == nil {
		return ways{}, &pipeline.Unroutable{Code: CodeAbsentUnknown, Reason: "the contacts were not read, so that nobody knows who would be enrolled"}
	}
	planned := ""
	for i := range c.Fields {
		if c.Fields[i].Field == fieldContact {
			planned = c.Fields[i].After.Str()
		}
	}
	var way ways
	for _, k := range c.Keys {
		_, value := splitPlace(k.Value)
		switch at, found := p.people.matched(k.Field, value); {
		case !found || planned != "" && p.people.people[at].id != planned:
		case k.Field == fieldByNumber:
			way.number = k.Value
		case k.Field == fieldByEmail:
			way.email = k.Value
		}
	}
	if way == (ways{}) {
		return way, &pipeline.Unroutable{Code: CodeKeyless, Reason: "there is no customer number or e-mail by which the server would find this contact and no other",
			Hint: "give the contact a customer number of its own"}
	}
	return way, nil
}

// matched is the contact that the server finds by the value of a key.
func (d *directory) matched(key, value string) (int, bool) {
	if key == fieldByNumber {
		found := d.numbers[foldNumber(value)]
		return first(found), len(found) == 1 && d.matchNumber(&d.people[found[0]]) == value
	}
	found := d.emails[foldEmail(value)]
	return first(found), len(found) == 1 && foldEmail(d.matchEmail(&d.people[found[0]])) == foldEmail(value)
}

func first(list []int) int {
	if len(list) == 0 {
		return -1
	}
	return list[0]
}

// waysToConfirm are the keys of a participation that nobody else has, such as a
// second participation of the contact.
func waysToConfirm(c *pipeline.Change, taken map[pipeline.Key]int) ways {
	var w ways
	for _, k := range c.Keys {
		switch {
		case taken[k] != 1:
		case k.Field == fieldByNumber:
			w.number = k.Value
		case k.Field == fieldByEmail:
			w.email = k.Value
		}
	}
	return w
}

// callsOf is the changes that one event has in common.
type callsOf struct{ create, update []int }

// byEvent are the changes that have a bulk way, by event.
func (p *Participants) byEvent(changes []pipeline.Change, all []ways) map[string]*callsOf {
	events := map[string]*callsOf{}
	for i, w := range all {
		key := w.number
		if key == "" {
			key = w.email
		}
		if key == "" {
			continue
		}
		event, _ := splitPlace(key)
		of := events[event]
		if of == nil {
			of = &callsOf{}
			events[event] = of
		}
		if changes[i].Action == pipeline.Create {
			of.create = append(of.create, i)
		} else {
			of.update = append(of.update, i)
		}
	}
	return events
}

// choose takes the numbers, or the e-mails where all have one and not all a
// number, so that one call does.
func (of *callsOf) choose(changes []pipeline.Change, all []ways) {
	for _, list := range [][]int{of.create, of.update} {
		byEmail, byNumber := true, true
		for _, i := range list {
			byEmail, byNumber = byEmail && all[i].email != "", byNumber && all[i].number != ""
		}
		for _, i := range list {
			c, key := &changes[i], pipeline.Key{Field: fieldByNumber, Value: all[i].number}
			if key.Value == "" || byEmail && !byNumber {
				key = pipeline.Key{Field: fieldByEmail, Value: all[i].email}
			}
			switch {
			case c.Action == pipeline.Create && key.Field == fieldByNumber:
				c.Route, c.Key = RouteEnrolByNumber, key
			case c.Action == pipeline.Create:
				c.Route, c.Key = RouteEnrolByEmail, key
			case len(list) < bulkUpdateFrom: // they stay as they are, a PATCH
			case key.Field == fieldByNumber:
				c.Route, c.Key = RouteConfirmByNumber, key
			default:
				c.Route, c.Key = RouteConfirmByEmail, key
			}
		}
	}
}

// Pack makes calls of at most 1,000 changes of one route and one event, and of
// one change each for PATCH and DELETE; deletes come last.
func (p *Participants) Pack(changes []pipeline.Change) [][]pipeline.Change {
	type call struct{ route, event string }
	var order []call
	bulk := map[call][]pipeline.Change{}
	var single, deletes [][]pipeline.Change
	for i := range changes {
		c := changes[i : i+1 : i+1]
		_, isBulk := enrolRoutes[c[0].Route]
		switch {
		case c[0].Route == RouteDelete:
			deletes = append(deletes, c)
		case !isBulk:
			single = append(single, c)
		default:
			event, _ := splitPlace(c[0].Key.Value)
			at := call{c[0].Route, event}
			if bulk[at] == nil {
				order = append(order, at)
			}
			bulk[at] = append(bulk[at], c[0])
		}
	}
	var calls [][]pipeline.Change
	for _, at := range order {
		for all := bulk[at]; len(all) > 0; {
			n := min(len(all), callRecordsMax)
			calls = append(calls, all[:n:n])
			all = all[n:]
		}
	}
	return append(append(calls, single...), deletes...)
}
