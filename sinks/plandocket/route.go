package plandocket

import (
	"fmt"
	"net/mail"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// The routes by which a change is written.
const (
	RouteCreateByEmail  = "bulk-create-email"
	RouteCreateByNumber = "bulk-create-number"
	RouteUpdateByNumber = "bulk-update-number"
	RouteUpdateByEmail  = "bulk-update-email"
	RoutePatch          = "patch"
	RouteDelete         = "delete"
)

// The codes of changes that no route carries out.
const (
	CodeKeyless       = "keyless"         // a create with neither e-mail nor customer number
	CodeKeyTaken      = "key-taken"       // a create whose key another contact has
	CodeKeyShared     = "key-shared"      // creates of one plan that share a key
	CodeEmailNotPlain = "email-not-plain" // a create whose only key is an e-mail that is not plain ASCII
	CodeAbsentUnknown = "absence-unknown" // a create without a present state
	CodeUnwritable    = "unwritable"      // a value that the API cannot take
	CodeNoRecord      = "no-record"       // an update or delete without the id of its contact
)

// callRecordsMax is the number of records that one bulk call may carry.
const callRecordsMax = 1000 // records

// Route chooses for each change the way that takes the fewest requests and
// cannot do harm, and writes down in Change.Key what a bulk call will match by.
//
// A create travels in a form that can be repeated without doubling: matched by
// an e-mail of plain ASCII, or by a customer number, that no contact has and
// no other change of the plan gives. Every e-mail that is written is sent
// trimmed and in lower case, and the change says so, because servers differ in
// what they match.
//
// An update travels in bulk when its contact has a number or e-mail, as the
// target stored it, that is nobody else's, before and after, and that does not
// itself change; else it is a PATCH by id. Where the present state is not proven
// whole, every update is a PATCH, because a contact that the list hides could
// have the key as well. A blank value never matches anything.
//
// A change that has a route keeps it as long as that is safe, so that a part of
// a plan goes the way that was chosen for the whole.
func (t *Target) Route(changes []pipeline.Change, present *pipeline.Present) []pipeline.Unroutable {
	w := newWorld(t.stockOf(present), changes)
	var lost []pipeline.Unroutable
	creates, updates := make([]ways, len(changes)), make([]ways, len(changes))
	for i := range changes {
		c := &changes[i]
		planned := c.Route
		c.Route = ""
		switch err := t.writable(c); {
		case err != nil:
			lost = append(lost, pipeline.Unroutable{Index: i, Code: CodeUnwritable, Reason: err.Error()})
		case hidesCategories(c):
			lost = append(lost, pipeline.Unroutable{Index: i, Code: CodeCategoriesHidden, Reason: "the server does not show the contact's categories, so that nobody can tell which of them a write would take away",
				Hint: "leave category_keys out of the model"})
		case c.Action == pipeline.Create:
			way, refused := w.waysToCreate(c)
			if refused == nil && planned == "" { // later, its siblings of the plan may be there
				if refused = w.unknownHolder(c); refused != nil {
					way = ways{}
				}
			}
			if refused != nil {
				refused.Index = i
				lost = append(lost, *refused)
			}
			creates[i] = way.asPlanned(planned)
		case c.Target == "":
			lost = append(lost, pipeline.Unroutable{Index: i, Code: CodeNoRecord,
				Reason: fmt.Sprintf("the %s does not say which contact it is about", c.Action)})
		case c.Action == pipeline.Delete:
			c.Route = RouteDelete
		default:
			c.Route = RoutePatch
			updates[i] = w.waysToUpdate(c).asPlanned(planned)
		}
	}
	choose(creates, preferEmail, func(i int, byEmail bool) {
		if byEmail {
			changes[i].Route, changes[i].Key = RouteCreateByEmail, pipeline.Key{Field: fieldEmail, Value: creates[i].email}
		} else {
			changes[i].Route, changes[i].Key = RouteCreateByNumber, pipeline.Key{Field: fieldNumber, Value: creates[i].number}
		}
	})
	choose(updates, preferNumber, func(i int, byEmail bool) {
		if byEmail {
			changes[i].Route, changes[i].Key = RouteUpdateByEmail, pipeline.Key{Field: fieldEmail, Value: updates[i].email}
		} else {
			changes[i].Route, changes[i].Key = RouteUpdateByNumber, pipeline.Key{Field: fieldNumber, Value: updates[i].number}
		}
	})
	for i := range changes {
		if changes[i].Route != "" {
			sayEmail(&changes[i])
		}
	}
	return lost
}

// writable finds the first value of a change that cannot be written.
func (t *Target) writable(c *pipeline.Change) error {
	if c.Action == pipeline.Delete {
		return nil
	}
	for i := range c.Fields {
		if c.Fields[i].After.IsNull() {
			continue
		}
		if _, err := t.fieldJSON(&c.Fields[i]); err != nil {
			return err
		}
	}
	return nil
}

// sayEmail makes a change say its e-mail as it is sent. White space alone stays
// as it is: without it, the change would empty the field.
func sayEmail(c *pipeline.Change) {
	for i := range c.Fields {
		f := &c.Fields[i]
		if f.Field != fieldEmail {
			continue
		}
		if sent := foldEmail(f.After.Str()); sent != "" {
			f.After = pipeline.StringValue(sent)
		}
	}
}

// ways are the match values that a change may travel by; "" is none.
type ways struct{ email, number string }

// asPlanned leaves the way of a route alone, if it is there. A PATCH that was
// planned needs none.
func (w ways) asPlanned(route string) ways {
	switch {
	case route == RoutePatch:
		return ways{}
	case (route == RouteCreateByEmail || route == RouteUpdateByEmail) && w.email != "":
		return ways{email: w.email}
	case (route == RouteCreateByNumber || route == RouteUpdateByNumber) && w.number != "":
		return ways{number: w.number}
	}
	return w
}

type preference bool

const (
	preferEmail  preference = true
	preferNumber preference = false
)

// choose decides for each change between two ways. Those that have both go
// where they need the fewest calls; a tie goes to the preferred way.
func choose(all []ways, prefer preference, set func(i int, byEmail bool)) {
	var emails, numbers, both int
	for _, w := range all {
		switch {
		case w.email != "" && w.number != "":
			both++
		case w.email != "":
			emails++
		case w.number != "":
			numbers++
		}
	}
	calls := func(n int) int { return (n + callRecordsMax - 1) / callRecordsMax }
	best, bestCalls := 0, 1<<30
	// What fills the last call of either way up is worth a try beside all and none.
	free := func(n int) int { return (callRecordsMax - n%callRecordsMax) % callRecordsMax }
	options := []int{both, 0, both - min(both, free(numbers)), min(both, free(emails))}
	if prefer == preferNumber {
		options[0], options[1] = options[1], options[0]
	}
	for _, byEmail := range options {
		if n := calls(emails+byEmail) + calls(numbers+both-byEmail); n < bestCalls {
			best, bestCalls = byEmail, n
		}
	}
	for i, w := range all {
		switch {
		case w.email != "" && w.number != "":
			set(i, best > 0)
			best--
		case w.email != "" || w.number != "":
			set(i, w.email != "")
		}
	}
}

// stock is the keys of all contacts of a reading.
type stock struct {
	present         *pipeline.Present
	table           *pipeline.Table
	email, number   int // the places of the fields
	rows            map[string]int32
	emails, numbers map[string]int32 // how many contacts have the folded key
}

// stockOf are the keys of a reading. They are kept until the next one, since each call
// of a wave is routed by the same.
func (t *Target) stockOf(present *pipeline.Present) *stock {
	if present == nil {
		return &stock{}
	}
	if t.stock != nil && t.stock.present == present && t.stock.table == present.Records && len(t.stock.rows) == present.Records.Len() {
		return t.stock
	}
	n := present.Records.Len()
	s := &stock{present: present, table: present.Records, email: t.schema.Index(fieldEmail), number: t.schema.Index(fieldNumber),
		rows: make(map[string]int32, n), emails: make(map[string]int32, n), numbers: map[string]int32{}}
	for i := range n {
		s.rows[present.Records.Record(i).ID()] = int32(i)
		have := s.keys(int32(i))
		if have.email != "" {
			s.emails[foldEmail(have.email)]++
		}
		if have.number != "" {
			s.numbers[foldNumber(have.number)]++
		}
	}
	t.stock = s
	return s
}

// keys are those of a contact, as they are stored.
func (s *stock) keys(row int32) ways {
	return ways{s.table.Value(int(row), s.email).Str(), s.table.Value(int(row), s.number).Str()}
}

// world is what is known of the contacts and of what the changes make of them.
type world struct {
	*stock
	known, whole              bool             // the present state was read, and is proven whole
	givenEmails, givenNumbers map[string]int32 // how many changes give the folded key
}

func newWorld(s *stock, changes []pipeline.Change) *world {
	w := &world{stock: s, known: s.present != nil, givenEmails: make(map[string]int32, len(changes)), givenNumbers: map[string]int32{}}
	w.whole = w.known && s.present.Evidence.Grade == pipeline.Proven
	for i := range changes {
		// A contact that keeps its key is counted once, since only what changes is among
		// the fields of a change.
		keys := given(&changes[i])
		if keys.email != "" {
			w.givenEmails[foldEmail(keys.email)]++
		}
		if keys.number != "" {
			w.givenNumbers[foldNumber(keys.number)]++
		}
	}
	return w
}

// withEmail and withNumber count the contacts that have a folded key, now or after
// some change.
func (w *world) withEmail(folded string) int32  { return w.emails[folded] + w.givenEmails[folded] }
func (w *world) withNumber(folded string) int32 { return w.numbers[folded] + w.givenNumbers[folded] }

// given are the keys that a change writes.
func given(c *pipeline.Change) ways {
	var w ways
	for i := range c.Fields {
		switch f := &c.Fields[i]; f.Field {
		case fieldEmail:
			w.email = f.After.Str()
		case fieldNumber:
			w.number = f.After.Str()
		}
	}
	return w
}

// foldEmail and foldNumber make equal what a server might take for equal.
func foldEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

func foldNumber(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if bare := strings.TrimLeft(s, "0"); bare != "" && isDigits(s) {
		return bare
	}
	return s
}

func (w *world) waysToCreate(c *pipeline.Change) (ways, *pipeline.Unroutable) {
	g := given(c)
	email, number := foldEmail(g.email), strings.TrimSpace(g.number)
	refuse := func(code, reason, hint string) (ways, *pipeline.Unroutable) {
		return ways{}, &pipeline.Unroutable{Code: code, Reason: reason, Hint: hint}
	}
	switch {
	case !w.known:
		return refuse(CodeAbsentUnknown, "the present state was not read, so nobody knows whether the contact exists", "")
	case email == "" && number == "":
		return refuse(CodeKeyless, "the contact has neither e-mail nor customer number, so that a lost answer could not be told from a lost request",
			"map one of them, or set keyless: reserve(PREFIX)")
	case number != "" && w.numbers[foldNumber(number)] > 0:
		return refuse(CodeKeyTaken, fmt.Sprintf("another contact has the customer number %s", diag.Shorten(number, 60)), "find out whether they are one contact")
	case number != "" && w.withNumber(foldNumber(number)) > 1:
		return refuse(CodeKeyShared, fmt.Sprintf("another change gives the customer number %s too", diag.Shorten(number, 60)), "a number must belong to one contact")
	}
	var way ways
	plain := plainEmail(email)
	if plain && w.emails[email] == 0 && w.withEmail(email) == 1 {
		way.email = email
	}
	if number != "" && number == g.number {
		way.number = number
	}
	const own = "give the contact a customer number of its own, in the source or by mapping one"
	numberless := func(code, reason string) (ways, *pipeline.Unroutable) {
		u := &pipeline.Unroutable{Code: code, Reason: reason, Hint: own, NeedsNumber: number == ""}
		if u.NeedsNumber {
			u.Hint += ", or set keyless: reserve(PREFIX)"
		}
		return ways{}, u
	}
	switch {
	case way != ways{}:
		return way, nil
	case email != "" && !plain:
		return numberless(CodeEmailNotPlain, fmt.Sprintf("servers differ in how they compare the e-mail %s", diag.Shorten(email, 60)))
	case w.emails[email] > 0 && number == "":
		return numberless(CodeKeyTaken, fmt.Sprintf("another contact has the e-mail %s, by which alone this one could be written", diag.Shorten(email, 60)))
	case number != "":
		return refuse(CodeKeyless, fmt.Sprintf("the customer number %q begins or ends with a space", diag.Shorten(g.number, 60)), "trim it")
	}
	return numberless(CodeKeyShared, fmt.Sprintf("another change gives the e-mail %s too", diag.Shorten(email, 60)))
}

// unknownHolder refuses a create whose e-mail contacts have of which the plan does not know
// that they are others, also where another change takes it from them.
func (w *world) unknownHolder(c *pipeline.Change) *pipeline.Unroutable {
	email := foldEmail(given(c).email)
	others := w.emails[email]
	for _, known := range c.Known {
		if row, there := w.rows[known.Target]; there && known.Source == "" && foldEmail(w.keys(row).email) == email {
			others--
		}
	}
	if email == "" || others <= 0 {
		return nil
	}
	return &pipeline.Unroutable{Code: CodeKeyTaken, Reason: fmt.Sprintf("another contact has the e-mail %s", diag.Shorten(email, 60)),
		Hint: "where they are two that share it, say so in the decisions (same: false); where it moves from one to the other, apply this plan and make the next"}
}

// waysToUpdate are the keys of the contact, as they are stored, that are safe
// to match by; none means that only its id is.
func (w *world) waysToUpdate(c *pipeline.Change) ways {
	row, known := w.rows[c.Target]
	if !known || !w.whole {
		return ways{}
	}
	stored := w.keys(row)
	var changesEmail, changesNumber bool
	for i := range c.Fields {
		changesEmail = changesEmail || c.Fields[i].Field == fieldEmail
		changesNumber = changesNumber || c.Fields[i].Field == fieldNumber
	}
	var way ways
	if n := stored.number; n != "" && n == strings.TrimSpace(n) && !changesNumber && w.withNumber(foldNumber(n)) == 1 {
		way.number = n
	}
	if e := stored.email; plainEmail(strings.ToLower(e)) && !changesEmail && w.withEmail(foldEmail(e)) == 1 {
		way.email = e
	}
	return way
}

// plainEmail reports whether every server compares the address alike: printable
// ASCII without spaces, with an @ inside.
func plainEmail(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	at := strings.LastIndexByte(s, '@')
	if at < 1 || at == len(s)-1 {
		return false
	}
	_, err := mail.ParseAddress(s)
	return err == nil
}
