package plandocket

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
)

var errNoObject = errors.New("the answer is no JSON object")

func isJSONObject(body []byte) bool {
	n, err := parseJSON(body, nil)
	return err == nil && n.kind == objectNode
}

// judgeStatus settles the statuses that mean the same for every write.
func (t *Target) judgeStatus(a *answer, changes []pipeline.Change) (outcomes []pipeline.Outcome, settled bool, err error) {
	switch {
	case a.status == http.StatusUnauthorized || a.status == http.StatusForbidden || a.status == http.StatusTooManyRequests:
		return nil, true, t.refusal(a)
	case a.status < 200 || (a.status >= 300 && a.status < 400) || a.status == http.StatusRequestTimeout || a.status >= 500:
		return all(changes, pipeline.Unknown, t.refusal(a).Error()), true, nil
	}
	return nil, false, nil
}

// judgeBulk reads the answer to a bulk call. One that refuses the call as a whole says nothing
// about how far the server came with its records.
func (t *Target) judgeBulk(a *answer, b bulkRoute, changes []pipeline.Change) ([]pipeline.Outcome, error) {
	if e := t.refusal(a); a.status == http.StatusForbidden && len(changes) > 1 { // as at a limit of the tenant
		return partly(changes, pipeline.Pending, e.Error()), e
	}
	if outcomes, settled, err := t.judgeStatus(a, changes); settled {
		return outcomes, err
	}
	if a.status == http.StatusNotFound || a.status == http.StatusMethodNotAllowed {
		e := t.refusal(a)
		e.Kind = ErrNoAPI
		return nil, e
	}
	r, err := readBulk(a.body)
	switch {
	case err == nil:
		return t.judgeCounts(a, r, b, changes), nil
	case a.status >= 400 && isJSONObject(a.body):
		return partly(changes, pipeline.Refused, t.refusal(a).Error()), nil
	}
	return all(changes, pipeline.Unknown, t.speak(a.nonsense(err).Error())), nil
}

// partly gives every change of a call that was refused as a whole the same outcome.
func partly(changes []pipeline.Change, s pipeline.Status, message string) []pipeline.Outcome {
	outcomes := all(changes, s, message)
	for i := range outcomes {
		outcomes[i].Partly = len(changes) > 1
	}
	return outcomes
}

// bulkResult is what a bulk answer says. A count that is missing is -1.
type bulkResult struct {
	total, created, updated, skipped int
	faults                           []entry
	details                          []entry
}

// entry is an element of errors or details, whose form is not documented.
type entry struct {
	key     string // the name under which it stands, "" in an array
	node    *node
	message string
}

// readBulk finds the counts, at the top or in data. An answer without counts
// is an error.
func readBulk(body []byte) (*bulkResult, error) {
	n, err := parseJSON(body, nil)
	if err != nil {
		return nil, err
	}
	if n.kind != objectNode {
		return nil, errNoObject
	}
	if data := n.get("data"); data != nil && data.kind == objectNode {
		n = data
	}
	r := &bulkResult{total: n.count("total"), created: n.count("created"), updated: n.count("updated"), skipped: n.count("skipped"),
		faults: entries(n.get("errors")), details: entries(n.get("details"))}
	if r.created < 0 && r.updated < 0 && r.total < 0 {
		return nil, errors.New("the answer has no counts")
	}
	return r, nil
}

func entries(n *node) []entry {
	if n == nil {
		return nil
	}
	var found []entry
	for i := range n.items {
		found = append(found, entry{node: &n.items[i], message: messageOf(&n.items[i])})
	}
	for i := range n.members {
		found = append(found, entry{key: n.members[i].name, node: &n.members[i].value, message: messageOf(&n.members[i].value)})
	}
	return found
}

// messageOf is what an element says for people.
func messageOf(n *node) string {
	if n.kind == objectNode {
		for _, name := range []string{"message", "error", "errors", "reason"} {
			if m := n.get(name); m != nil && m.phrase() != "" {
				return m.phrase()
			}
		}
	}
	return n.phrase()
}

// judgeCounts gives each change its outcome. When the counts do not add up,
// nothing is believed.
func (t *Target) judgeCounts(a *answer, r *bulkResult, b bulkRoute, changes []pipeline.Change) []pipeline.Outcome {
	n := len(changes)
	wrote, other := r.created, r.updated
	if b.mode == "update" {
		wrote, other = r.updated, r.created
	}
	wrote, other, skipped := max(wrote, 0), max(other, 0), max(r.skipped, 0)
	if (r.total >= 0 && r.total != n) || other != 0 || wrote+skipped+len(r.faults) != n {
		return all(changes, pipeline.Unknown, fmt.Sprintf("POST %s: the counts do not add up: %d sent; total %d, created %d, updated %d, skipped %d, %d errors",
			a.path, n, r.total, r.created, r.updated, r.skipped, len(r.faults)))
	}
	if wrote == n {
		outcomes := all(changes, pipeline.Sent, "")
		newFinder(changes).nameTargets(r.details, outcomes)
		return outcomes
	}
	return t.judgeRecords(r, b, changes)
}

// judgeRecords finds out which records of a call were not written.
func (t *Target) judgeRecords(r *bulkResult, b bulkRoute, changes []pipeline.Change) []pipeline.Outcome {
	f := newFinder(changes)
	outcomes := all(changes, pipeline.Sent, "")
	doubt := false // something was not written, and nobody knows which record it was
	f.learnBase(append(append([]entry(nil), r.faults...), r.details...))
	for _, e := range r.faults {
		sure, maybe := f.find(e)
		switch words := t.speak(e.message); {
		case sure >= 0:
			outcomes[sure].Status, outcomes[sure].Message = pipeline.Refused, "the server refused it: "+words
		case len(maybe) > 0:
			for _, i := range maybe {
				if outcomes[i].Status == pipeline.Sent {
					outcomes[i].Status, outcomes[i].Message = pipeline.Unknown, "the server refused this record or the one beside it: "+words
				}
			}
		default:
			doubt = true
		}
	}
	skips := 0
	for _, e := range r.details {
		if i, _ := f.find(e); i >= 0 && e.action() == "skipped" && outcomes[i].Status == pipeline.Sent {
			skips++
			outcomes[i].Status, outcomes[i].Message, outcomes[i].Existed = pipeline.Unknown, t.speak("the server skipped it: "+e.message), b.mode == "create"
		}
	}
	miscounted, allThere := skips != max(r.skipped, 0), b.mode == "create" && r.skipped == len(changes)
	if doubt || miscounted {
		for i := range outcomes {
			outcomes[i].Existed = outcomes[i].Existed && !miscounted || allThere
			if outcomes[i].Status == pipeline.Sent {
				outcomes[i].Status = pipeline.Unknown
				outcomes[i].Message = fmt.Sprintf("of %d records the server skipped %d and refused %d, and does not say which", len(changes), max(r.skipped, 0), len(r.faults))
			}
		}
	}
	f.nameTargets(r.details, outcomes)
	return outcomes
}

// action is what a detail says was done, in one of the words of the counts.
func (e entry) action() string {
	for _, name := range []string{"action", "status", "result"} {
		if a := e.node.get(name); a != nil && a.kind == textNode {
			return strings.ToLower(a.text)
		}
	}
	return ""
}

// finder finds the change that an element of errors or details means. The
// values of keys are proof; a number is proof once it is known to count from 0
// or from 1, which is not the same for every kind of number: a server may say
// "index": 0 and "Row 1" of one record.
type finder struct {
	n     int
	match map[string]int // by key; -1: of several changes
	base  map[string]int // where numbers of a kind count from; a kind that is missing is not known
}

func newFinder(changes []pipeline.Change) *finder {
	f := &finder{n: len(changes), match: map[string]int{}, base: map[string]int{}}
	for i := range changes {
		c := &changes[i]
		f.know(i, c.Key)
		for _, k := range c.Keys {
			f.know(i, k)
		}
		g := given(c)
		f.know(i, pipeline.Key{Field: fieldEmail, Value: g.email})
		f.know(i, pipeline.Key{Field: fieldNumber, Value: g.number})
	}
	return f
}

// know notes that a change has a key. One that two changes have names neither.
func (f *finder) know(i int, k pipeline.Key) {
	if k.Value == "" {
		return
	}
	name := keyName(k.Field, k.Value)
	if other, known := f.match[name]; known && other != i {
		i = -1
	}
	f.match[name] = i
}

func keyName(field, value string) string {
	return field + " " + strings.ToLower(strings.TrimSpace(value))
}

// byKey is the change whose match value the element names, or -1.
func (f *finder) byKey(e entry) int {
	places := []*node{e.node}
	for _, name := range []string{"record", "data", "row", "contact"} {
		if inner := e.node.get(name); inner != nil && inner.kind == objectNode {
			places = append(places, inner)
		}
	}
	for _, place := range places {
		for _, field := range []string{fieldEmail, fieldNumber} {
			if v := place.get(field); v != nil && v.text != "" {
				if i, ok := f.match[keyName(field, v.text)]; ok && i >= 0 {
					return i
				}
			}
		}
	}
	if e.key != "" {
		for _, field := range []string{fieldEmail, fieldNumber} {
			if i, ok := f.match[keyName(field, e.key)]; ok && i >= 0 && !isDigits(e.key) {
				return i
			}
		}
	}
	return -1
}

// A server that tells of a record in a sentence numbers it like this.
var rowInText = regexp.MustCompile(`(?i)\b(?:row|record|line|item|index)s?\s*[#.\[(:]?\s*(\d+)`)
var rowInName = regexp.MustCompile(`^(?:records?\W)?(\d+)(?:\W|$)`)

// number is the number that the element names, as it was written, or -1, and
// its kind.
func (f *finder) number(e entry) (n int, kind string) {
	for _, name := range []string{"index", "row", "record", "line", "position"} {
		if v := e.node.get(name); v != nil && (v.kind == numberNode || v.kind == textNode) {
			if i, err := strconv.Atoi(v.text); err == nil {
				return i, name
			}
		}
	}
	kind = "key"
	match := rowInName.FindStringSubmatch(e.key)
	if match == nil && e.node.kind == textNode {
		kind = "text"
		match = rowInText.FindStringSubmatch(e.node.text)
	}
	if match == nil {
		return -1, ""
	}
	i, err := strconv.Atoi(match[1])
	if err != nil {
		return -1, ""
	}
	return i, kind
}

// learnBase finds out where numbers count from: from an element that names its
// key too, from a number of 0, or from one of n.
func (f *finder) learnBase(all []entry) {
	from := map[string][2]bool{}
	for _, e := range all {
		number, kind := f.number(e)
		if number < 0 {
			continue
		}
		seen := from[kind]
		switch i := f.byKey(e); {
		case i >= 0 && (number == i || number == i+1):
			seen[number-i] = true
		case number == 0:
			seen[0] = true
		case number == f.n:
			seen[1] = true
		}
		from[kind] = seen
	}
	for kind, seen := range from {
		if seen[0] != seen[1] {
			f.base[kind] = 0
			if seen[1] {
				f.base[kind] = 1
			}
		}
	}
}

// find returns the change that is surely meant, or -1 and those that may be.
func (f *finder) find(e entry) (sure int, maybe []int) {
	if i := f.byKey(e); i >= 0 {
		return i, nil
	}
	if f.n == 1 {
		return 0, nil
	}
	number, kind := f.number(e)
	if number < 0 {
		return -1, nil
	}
	if base, known := f.base[kind]; known {
		if i := number - base; i >= 0 && i < f.n {
			return i, nil
		}
		return -1, nil
	}
	for _, i := range []int{number - 1, number} {
		if i >= 0 && i < f.n {
			maybe = append(maybe, i)
		}
	}
	return -1, maybe
}

// nameTargets takes the ids of contacts from details that name both the
// contact and the key that was sent.
func (f *finder) nameTargets(details []entry, outcomes []pipeline.Outcome) {
	for _, e := range details {
		i := f.byKey(e)
		if i < 0 || outcomes[i].Target != "" {
			continue
		}
		if id, err := decodeID(e.node, "contact_id"); err == nil {
			outcomes[i].Target = id
		}
	}
}
