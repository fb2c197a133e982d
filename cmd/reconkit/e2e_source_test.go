package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sources/sonderplan/sonderplantest"
)

const sourcePipeline = `version: 1
name: source
sources:
  everyone:
    type: sonderplan
    base_url: https://api.sonderplan.test
    token: ${SONDERPLAN_TOKEN}
    custom_fields: { 7823: score }
  people:
    type: sonderplan
    base_url: https://api.sonderplan.test
    token: ${SONDERPLAN_TOKEN}
    filter: { type: person, client: "true" }
models:
  records:
    from:
      - source: everyone
        map: { uuid: uuid, name: name, kind: type, email: email_1, phone: phone_2, street: address_line_1, postcode: address_postcode, country: address_country, link: linked_organization_id, client: client, score: score }
  clients:
    from:
      - source: people
        map: { uuid: uuid, name: name }
`

// seededSource is a tenant whose Sonderplan holds every trap, in pages.
func seededSource(d sonderplantest.Dialect) tenantOptions {
	o := tenantOptions{empty: true, pipeline: sourcePipeline}
	o.sonderplan.Dialect, o.sonderplan.LimitMax, o.sonderplan.RequestsPerSecond = d, 7, 2
	return o
}

func (w *tenant) seedSource() {
	w.t.Helper()
	w.check(w.sp.Seed(3, 44, 11))
}

// TestSourceUnderEveryDialect reads a Sonderplan full of traps: the records are
// what is there.
func TestSourceUnderEveryDialect(t *testing.T) {
	t.Parallel()
	for i, d := range sonderplantest.Dialects(20260301) {
		t.Run(fmt.Sprintf("%02d %s", i, d), func(t *testing.T) {
			t.Parallel()
			inTenant(t, seededSource(d), func(w *tenant) {
				w.seedSource()
				w.wantRecords(w.collect("records"), w.collect("clients"))
			})
		})
	}
}

// TestStoryUnderEverySource tells the whole story under each dialect of the
// source.
func TestStoryUnderEverySource(t *testing.T) {
	t.Parallel()
	for i, d := range sonderplantest.Dialects(20260301) {
		t.Run(fmt.Sprintf("%02d %s", i, d), func(t *testing.T) {
			t.Parallel()
			o := tenantOptions{}
			o.sonderplan.Dialect, o.sonderplan.LimitMax = d, 2
			inTenant(t, o, func(w *tenant) { w.endsAs(defaultEnd()) })
		})
	}
}

// sourceFault is what a kind of fault does to a reading.
type sourceFault struct {
	once    string // part of the error when it happens once; "": it is overcome
	forever string // the same when it goes on happening
}

// sourceFaults are explicit about every kind.
func sourceFaults() map[faults.Kind]sourceFault {
	const notWhole = "did not prove whole"
	both := func(words string) sourceFault { return sourceFault{words, words} }
	return map[faults.Kind]sourceFault{
		faults.TooMany: {"", "429"}, faults.TooManyRetryAfter: {"", "429"},
		faults.ServerError: {"", "500"}, faults.BadGatewayHTML: {"", "fault is on the server's side"},
		faults.CutBefore: {"", "EOF"}, faults.CutAfter: {"", "EOF"}, faults.Closed: {"", "reset"}, faults.WrongLength: {"", "cut"},
		faults.Slow: {"", "deadline"}, faults.Drip: {"", "deadline"},
		faults.Gzip: {}, faults.BOM: {},
		faults.LoginHTML: both("HTML page"), faults.Truncated: both("cut off"), faults.Trailing: both("goes on after its JSON"),
		faults.EmptyBody: both("no body"), faults.InvalidUTF8: both("not UTF-8"), faults.DuplicateKeys: both("twice"),
		faults.Unauthorized: both("401"), faults.Forbidden: both("403"),
		sonderplantest.PageTwice: {"", notWhole}, sonderplantest.PageShiftDelete: {"", notWhole}, sonderplantest.PageShiftInsert: {"", notWhole},
		sonderplantest.PageShiftBoth: {"", notWhole}, sonderplantest.PageTotal: {"", notWhole}, sonderplantest.PageShort: {"", notWhole},
		sonderplantest.PageCount: {}, sonderplantest.PageTwin: {}, // the count is not needed, the newer twin wins
	}
}

// TestSourceFaults disturbs a reading from its first or second page on, once or
// for good: the records are what is there, or the error says why not.
func TestSourceFaults(t *testing.T) {
	t.Parallel()
	kinds := append(faults.Kinds(), sonderplantest.PageFaults()...)
	for _, kind := range kinds {
		want, known := sourceFaults()[kind]
		if !known {
			t.Errorf("nothing says what %s does", kind)
		}
		for call := 1; call <= 2; call++ {
			for count, words := range map[int]string{1: want.once, 0: want.forever} {
				if call == 1 && count == 1 && slices.Contains(sonderplantest.PageFaults(), kind) {
					continue // they act on second and later pages only
				}
				t.Run(fmt.Sprintf("%s/%d/%d", kind, call, count), func(t *testing.T) {
					t.Parallel()
					inTenant(t, seededSource(sonderplantest.Dialect{}), func(w *tenant) {
						w.seedSource()
						w.spoil.Add(faults.Fault{Route: "GET /v2/contact", From: call, Count: count, Kind: kind, Delay: slowAnswer})
						w.readsOrSays(words)
						if w.spoil.Fired(kind) == 0 {
							t.Error("the fault did not fire")
						}
					})
				})
			}
		}
	}
}

// readsOrSays reads all records, or gets an error with the words.
func (w *tenant) readsOrSays(words string) {
	w.t.Helper()
	records, err := w.tryCollect("records")
	switch {
	case words == "":
		w.check(err)
		w.wantRecords(records, nil)
	case err == nil || !strings.Contains(err.Error(), words):
		w.t.Errorf("the reading ended with %v, want an error that says %q", err, words)
	}
}

// collect reads the rows of a model.
func (w *tenant) collect(model string) [][]string {
	w.t.Helper()
	records, err := w.tryCollect(model)
	w.check(err)
	return records
}

// tryCollect returns the values of each record as text, in the order of the
// fields.
func (w *tenant) tryCollect(model string) ([][]string, error) {
	w.t.Helper()
	for _, m := range w.load().Models {
		if m.Name != model {
			continue
		}
		c, err := m.Collect(w.ctx, pipeline.Options{Now: time.Now(), Log: w.log()})
		if w.say(err) != nil {
			return nil, err
		}
		for _, e := range c.Evidence {
			if e.Grade != pipeline.Proven {
				w.t.Errorf("the reading is graded %s: %v", e.Grade, e.Reasons)
			}
		}
		if c.Rejected > 0 {
			w.t.Errorf("%d rows were rejected: %v", c.Rejected, c.Examples)
		}
		var records [][]string
		for i := range c.Records.Len() {
			var values []string
			for f := range c.Records.Schema().Len() {
				values = append(values, c.Records.Record(i).Value(f).String())
			}
			records = append(records, values)
		}
		return records, nil
	}
	w.t.Fatalf("there is no model %s", model)
	return nil, nil
}

// wantRecords compares records with the truth. Nil clients are not compared.
func (w *tenant) wantRecords(records, clients [][]string) {
	w.t.Helper()
	truth, err := w.sp.Contacts()
	w.check(err)
	var all, ofClients [][]string
	for _, c := range truth {
		link := ""
		if c.LinkedOrganizationID > 0 {
			link = strconv.FormatInt(c.LinkedOrganizationID, 10)
		}
		score := c.Custom[sonderplantest.FieldScore].Text
		all = append(all, []string{c.UUID, c.Name, string(c.Type), c.Email1, c.Phone2, c.AddressLine1, c.Postcode, c.Country, link, strconv.FormatBool(c.Client), score})
		if c.Type == sonderplantest.Person && c.Client {
			ofClients = append(ofClients, []string{c.UUID, c.Name})
		}
	}
	wantEqual(w.t, "records", all, records)
	if clients != nil {
		wantEqual(w.t, "clients", ofClients, clients)
	}
}
