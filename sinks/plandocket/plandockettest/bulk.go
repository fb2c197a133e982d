package plandockettest

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline/faults"
)

// recordsMax is how many records one bulk import may carry.
const recordsMax = 1000 // records

// A bulk is a bulk import on its way.
type bulk struct {
	*call
	mode           string // create, update, upsert
	match          int    // column that records are matched by
	skipOnError    bool
	createContacts bool
	eventID        int64 // participants only
	records        []bulkRecord

	total, created, updated, skipped, contactsCreated int
	problems                                          []problem
	details                                           []detail
}

// A bulkRecord is one record of the request.
type bulkRecord struct {
	index   int
	fields  map[string]json.RawMessage
	key     string // match value as compared; "" is blank
	ids     []int64
	known   bool // ids were looked up before the first record was processed
	refused string
	passed  bool // an earlier record of the same key that is not looked at
}

type problem struct {
	index   int
	email   string
	message string
}

type detail struct {
	index  int
	id     int64
	email  string
	action string
}

// failed is the error of one record; the request goes on or stops as the client wishes.
type failed string

func (f failed) Error() string { return string(f) }

func bulkContacts(c *call) (reply, error) {
	b, err := c.decodeBulk(false)
	if err != nil {
		return reply{}, err
	}
	return b.run((*bulk).contactRecord)
}

func bulkParticipants(c *call) (reply, error) {
	b, err := c.decodeBulk(true)
	if err != nil {
		return reply{}, err
	}
	return b.run((*bulk).participantRecord)
}

// decodeBulk reads and checks everything but the records' own fields.
func (c *call) decodeBulk(participants bool) (*bulk, error) {
	body, err := c.decodeBody()
	if err != nil {
		return nil, err
	}
	bad := make(fieldErrors)
	b := &bulk{call: c, skipOnError: true, createContacts: true}
	b.mode = choice(body, "mode", bad, "create", "update", "upsert")
	b.match = columnEmail
	if choice(body, "match_field", bad, "email", "customer_number") == "customer_number" {
		b.match = columnCustomerNumber
	}
	for name, target := range map[string]*bool{"skip_on_error": &b.skipOnError, "create_contacts": &b.createContacts} {
		if raw, ok := body[name]; ok && !isNull(raw) {
			if *target, ok = looseBool(raw); !ok {
				bad.add(name, "The %s field must be true or false.", name)
			}
		}
	}
	var mapping map[string]string
	if raw, ok := body["field_mapping"]; ok && json.Unmarshal(raw, &mapping) != nil {
		bad.add("field_mapping", "The field_mapping field must be an object of strings.")
	}
	var records []json.RawMessage
	switch err := json.Unmarshal(body["records"], &records); {
	case err != nil || len(records) == 0:
		bad.add("records", "The records field is required and must be an array.")
	case len(records) > recordsMax:
		bad.add("records", "The records field must not have more than %d items.", recordsMax)
	}
	var eventKey string
	if raw, ok := body["event_key"]; participants && (!ok || json.Unmarshal(raw, &eventKey) != nil || eventKey == "") {
		bad.add("event_key", "The event_key field is required.")
	}
	if len(bad) > 0 {
		return nil, invalid(bad)
	}
	if participants {
		if b.eventID, err = c.event(eventKey); err != nil {
			return nil, err
		}
	}
	b.total = len(records)
	for i, raw := range records {
		b.records = append(b.records, b.decodeRecord(i, raw, mapping))
	}
	return b, nil
}

// choice reads one word of a list; the first is the default.
func choice(body map[string]json.RawMessage, name string, bad fieldErrors, words ...string) string {
	raw, ok := body[name]
	if !ok || isNull(raw) {
		return words[0]
	}
	var got string
	if json.Unmarshal(raw, &got) == nil {
		for _, w := range words {
			if got == w {
				return w
			}
		}
	}
	bad.add(name, "The selected %s is invalid: use one of %s.", name, strings.Join(words, ", "))
	return words[0]
}

func (b *bulk) decodeRecord(index int, raw json.RawMessage, mapping map[string]string) bulkRecord {
	rec := bulkRecord{index: index}
	if json.Unmarshal(raw, &rec.fields) != nil || rec.fields == nil {
		rec.refused = "The record must be an object."
		return rec
	}
	for from, to := range mapping {
		if v, ok := rec.fields[from]; ok && from != to {
			delete(rec.fields, from)
			rec.fields[to] = v
		}
	}
	value, ok := jsonText(rec.fields[textColumns[b.match]])
	if !ok {
		value = ""
	}
	rec.key = b.comparable(value)
	return rec
}

// comparable is the form in which match values are compared.
func (b *bulk) comparable(value string) string {
	v := sql.NullString{String: value, Valid: true}
	switch {
	case b.match != columnEmail || b.d.EmailMatch == EmailExact:
		return value
	case b.d.EmailMatch == EmailTrimmed:
		return trimmed(v).String
	default:
		return folded(v).String
	}
}

// find looks up the contacts that a record means, in the order of their ids.
func (b *bulk) find(key string) ([]int64, error) {
	column := textColumns[b.match]
	if b.match == columnEmail {
		column = map[EmailMatch]string{EmailFolded: "email_folded", EmailExact: "email", EmailTrimmed: "email_trimmed"}[b.d.EmailMatch]
	}
	if strings.TrimSpace(key) == "" {
		if b.d.BlankMatch == BlankNew {
			return nil, nil
		}
		return b.ids(`SELECT id FROM contacts WHERE ` + column + ` IS NULL OR ` + column + ` = '' ORDER BY id`)
	}
	ids, err := b.ids(`SELECT id FROM contacts WHERE `+column+` = ? ORDER BY id`, key)
	if b.newest > 0 {
		ids = slices.DeleteFunc(ids, func(id int64) bool { return id >= int64(b.newest) })
	}
	return ids, err
}

// chosen applies the dialect to several matches.
func (b *bulk) chosen(ids []int64) ([]int64, error) {
	if len(ids) < 2 {
		return ids, nil
	}
	switch b.d.SeveralMatches {
	case SeveralAll:
		return ids, nil
	case SeveralLast:
		return ids[len(ids)-1:], nil
	case SeveralError:
		return nil, failed(fmt.Sprintf("%d contacts have this %s.", len(ids), textColumns[b.match]))
	default:
		return ids[:1], nil
	}
}

// prepare decides about records of the same key, as the dialect wants it.
func (b *bulk) prepare() error {
	last := make(map[string]int)
	for i := range b.records {
		rec := &b.records[i]
		blank := strings.TrimSpace(rec.key) == ""
		if rec.refused == "" && blank && b.d.BlankMatch == BlankError {
			rec.refused = fmt.Sprintf("The %s field is required to match the record.", textColumns[b.match])
		}
		if rec.refused != "" || blank {
			continue
		}
		earlier, twice := last[rec.key]
		last[rec.key] = i
		switch {
		case b.d.SameKeyTwice == SameKeyCreates:
			ids, err := b.find(rec.key)
			if err != nil {
				return err
			}
			rec.ids, rec.known = ids, true
		case twice && b.d.SameKeyTwice == SameKeyError:
			rec.refused = fmt.Sprintf("The %s occurs twice in this request.", textColumns[b.match])
		case twice && b.d.SameKeyTwice == SameKeyLast:
			b.records[earlier].passed = true
		}
	}
	return nil
}

// limitCheck refuses a whole import that would pass the contact limit.
func (b *bulk) limitCheck() error {
	limit := b.server.tenant.ContactLimit
	if limit == 0 || b.d.ContactLimit == ContactLimitRecord {
		return nil
	}
	have, err := b.count(`SELECT count(*) FROM contacts`)
	if err != nil || have <= limit {
		return err
	}
	return b.checkLimit(0)
}

// run processes the records and makes the answer.
func (b *bulk) run(one func(*bulk, *bulkRecord) (detail, error)) (reply, error) {
	if err := b.prepare(); err != nil {
		return reply{}, err
	}
	trouble, _ := faults.Take(b.request, BulkRecordsFail, BulkMiscount, BulkErrorsHidden, BulkDetailsShuffled, BulkPartialCommit, BulkPartialRefusal)
	records := b.records
	switch trouble.Kind {
	case BulkPartialRefusal:
		records = records[:min(partOf(trouble.N, len(records)), max(0, len(records)-1))]
	case BulkPartialCommit:
		records = records[:partOf(trouble.N, len(records))]
		if err := b.phantoms(b.records[len(records):]); err != nil {
			return reply{}, err
		}
	}
	stopped := false
	for i := range records {
		if b.d.BulkCap > 0 && i >= b.d.BulkCap { // told as if it were done
			if b.mode == "update" {
				b.updated++
			} else {
				b.created++
			}
			continue
		}
		rec := &records[i]
		if trouble.Kind == BulkRecordsFail && rec.refused == "" && (i+1)%every(trouble.N) == 0 {
			rec.refused = "The record could not be saved."
		}
		done, err := b.process(rec, one)
		var bad failed
		if err != nil && !errors.As(err, &bad) {
			return reply{}, err
		}
		if err == nil {
			b.details = append(b.details, done)
			continue
		}
		b.problems = append(b.problems, problem{rec.index, rec.email(), string(bad)})
		b.details = append(b.details, detail{rec.index, 0, rec.email(), "failed"})
		if !b.skipOnError {
			b.skipped += len(b.records) - i - 1
			stopped = true
			break
		}
	}
	switch trouble.Kind {
	case BulkPartialCommit:
		return reply{cut: true}, nil
	case BulkPartialRefusal:
		return b.d.limitRefusal().reply(), nil
	}
	if err := b.limitCheck(); err != nil {
		return reply{}, err
	}
	rollback := stopped && b.d.BulkStop == BulkStopRollBack
	if rollback {
		b.skipped = b.total - len(b.problems)
		b.created, b.updated, b.contactsCreated = 0, 0, 0
		b.details = b.details[len(b.details)-1:]
	}
	a := b.answer(trouble)
	a.rollback = rollback
	return a, nil
}

// partOf and every are what a fault's N means when it is 0.
func partOf(n, all int) int {
	if n == 0 {
		n = all / 2
	}
	return min(n, all)
}

func every(n int) int {
	if n <= 0 {
		return 3
	}
	return n
}

func (r *bulkRecord) email() string {
	email, ok := jsonText(r.fields["email"])
	if !ok {
		return ""
	}
	return email
}

func (b *bulk) process(rec *bulkRecord, one func(*bulk, *bulkRecord) (detail, error)) (detail, error) {
	if rec.refused != "" {
		return detail{}, failed(rec.refused)
	}
	if rec.passed {
		return b.skip(rec, 0), nil
	}
	if !rec.known {
		ids, err := b.find(rec.key)
		if err != nil {
			return detail{}, err
		}
		rec.ids = ids
	}
	return one(b, rec)
}

// phantoms logs contacts as created that never will be, under AuditPhantom.
func (b *bulk) phantoms(records []bulkRecord) error {
	if b.d.Audit != AuditPhantom || b.eventID != 0 {
		return nil
	}
	for i := range records {
		r := row{rating: ratingDefault}
		p, _ := b.d.decodePatch(records[i].fields, false)
		p.apply(&r, b.d)
		if err := b.record("created", "contact", int64(phantomID+i), r.title(), nil, r.fields()); err != nil {
			return err
		}
	}
	return nil
}

func (b *bulk) skip(rec *bulkRecord, id int64) detail {
	b.skipped++
	return detail{rec.index, id, rec.email(), "skipped"}
}

// contactRecord creates, updates or skips one contact.
func (b *bulk) contactRecord(rec *bulkRecord) (detail, error) {
	p, bad := b.d.decodePatch(rec.fields, len(rec.ids) > 0)
	b.checkKeys(&p, bad)
	if len(bad) > 0 {
		return detail{}, failed(bad.line())
	}
	switch {
	case len(rec.ids) == 0 && b.mode == "update":
		return b.skip(rec, 0), nil
	case len(rec.ids) > 0 && b.mode == "create":
		return b.skip(rec, rec.ids[0]), nil
	case len(rec.ids) == 0:
		r, err := b.newContact(&p)
		if err != nil {
			return detail{}, err
		}
		b.created++
		return detail{rec.index, r.id, rec.email(), "created"}, nil
	}
	ids, err := b.chosen(rec.ids)
	if err != nil {
		return detail{}, err
	}
	if b.d.BulkUpdate == BulkUpdateResets {
		p.reset(b.match)
	}
	for _, id := range ids {
		if err := b.updateOne(id, &p); err != nil {
			return detail{}, err
		}
	}
	b.updated++
	return detail{rec.index, ids[0], rec.email(), "updated"}, nil
}

// newContact creates a contact unless a limit or a taken number forbids it.
func (b *bulk) newContact(p *patch) (row, error) {
	bad := make(fieldErrors)
	b.checkNumber(p, 0, bad)
	if len(bad) > 0 {
		return row{}, failed(bad.line())
	}
	if limit := b.server.tenant.ContactLimit; limit > 0 && b.d.ContactLimit == ContactLimitRecord {
		have, err := b.count(`SELECT count(*) FROM contacts`)
		if err != nil {
			return row{}, err
		}
		if have >= limit {
			return row{}, failed(limitReached)
		}
	}
	return b.create(p)
}

func (b *bulk) updateOne(id int64, p *patch) error {
	r, ok, err := b.contact(id)
	if err != nil || !ok {
		return err
	}
	bad := make(fieldErrors)
	b.checkNumber(p, id, bad)
	if len(bad) > 0 {
		return failed(bad.line())
	}
	return b.change(&r, p, b.d.CategoryKeys)
}
