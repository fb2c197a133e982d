package plandocket_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// withAudit are the keys of a tenant that lets its audit log be read.
func withAudit() map[string][]string { return map[string][]string{apiKey: {"audit"}} }

// atCall does something right before the n-th request of a method.
func (l *lab) atCall(method string, n int, do func()) {
	calls := 0
	l.server.BeforeRequest(func(q *http.Request) {
		if q.Method != method {
			return
		}
		if calls++; calls == n {
			do()
		}
	})
}

// heard counts the readings of the audit log.
func (l *lab) heard() int {
	n := 0
	for _, r := range l.server.Requests() {
		if r.Path == "/api/v1/audit-log" {
			n++
		}
	}
	return n
}

// TestAuditLogIsEvidence loses the answer of a call that was carried out, while the
// list lags behind by eight minutes. A log that tells of our own writes settles the
// call at once; one that cannot be read, lags, has gaps, or tells too little is not
// believed, and the list decides later. Nothing is lost or doubled either way.
func TestAuditLogIsEvidence(t *testing.T) {
	for _, c := range []struct {
		name     string
		audit    plandockettest.Audit
		noScope  bool
		paging   plandockettest.Paging
		pageSize int
		believed bool
	}{
		{name: "all writes", believed: true},
		{name: "no order", audit: plandockettest.AuditShuffled, believed: true},
		{name: "edits by hand are missing", audit: plandockettest.AuditUnmanned, believed: true},
		{name: "pages that are told of", paging: plandockettest.PagingPage, pageSize: 5, believed: true},
		{name: "pages by cursor", paging: plandockettest.PagingCursor, pageSize: 5, believed: true},
		{name: "pages that nobody tells of", paging: plandockettest.PagingPageBare, pageSize: 5},
		{name: "cut", audit: plandockettest.AuditCut, pageSize: 5},
		{name: "no scope", noScope: true},
		{name: "nothing of the API", audit: plandockettest.AuditSilent},
		{name: "gaps", audit: plandockettest.AuditGaps},
		{name: "late", audit: plandockettest.AuditLate},
		{name: "no values", audit: plandockettest.AuditBare},
		{name: "other words", audit: plandockettest.AuditWords, believed: true},
		{name: "entries of what was not written", audit: plandockettest.AuditPhantom, believed: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := plandockettest.Options{Dialect: plandockettest.Dialect{Audit: c.audit, Paging: c.paging, PageSize: c.pageSize}, Keys: withAudit()}
			if c.noScope {
				o.Keys = nil
			}
			inLab(t, o, func(t *testing.T, l *lab) {
				l.wishes = many(12)
				p := must(l.plan(t.Context()))
				const lag = 8 * time.Minute
				l.atCall(http.MethodPost, 2, func() { l.server.SetReadLag(lag) })
				l.schedule.Add(faults.Fault{Route: "POST *", From: 2, Count: 1, Kind: faults.CutAfter})
				begin := time.Now()
				r, err := l.apply(t.Context(), p, false)
				took := time.Since(begin)
				if n := r.Count(); err != nil || n[pipeline.Verified] != 12 {
					t.Fatalf("%v, %v, want all 12 verified", err, n)
				}
				if lost, doubled := l.against(12); lost+doubled != 0 || l.server.BulkCalls() != 2 {
					t.Errorf("%d lost, %d doubled, %d bulk calls, want 2", lost, doubled, l.server.BulkCalls())
				}
				if believed := took < lag; believed != c.believed {
					t.Errorf("it took %s: the log was believed: %t, want %t", took, believed, c.believed)
				}
				if n := l.heard(); n == 0 || c.noScope && n != 1 {
					t.Errorf("the log was read %d times", n)
				}
			})
		})
	}
}

// TestAuditLogOutlastsTheSettling has a list that lags for longer than calls take to
// settle: what the log tells of is not sent again.
func TestAuditLogOutlastsTheSettling(t *testing.T) {
	for _, late := range []plandockettest.Audit{plandockettest.AuditWrites, plandockettest.AuditLate} {
		inLab(t, plandockettest.Options{Keys: withAudit(), Dialect: plandockettest.Dialect{Audit: late}}, func(t *testing.T, l *lab) {
			l.wishes = many(12)
			p := must(l.plan(t.Context()))
			l.atCall(http.MethodPost, 2, func() { l.server.SetReadLag(time.Hour) })
			l.schedule.Add(faults.Fault{Route: "POST *", From: 2, Count: 1, Kind: faults.CutAfter})
			r, err := l.apply(t.Context(), p, false)
			if n := r.Count(); err != nil || n[pipeline.Verified] != 12 || l.server.BulkCalls() != 2 {
				t.Errorf("%v, %v, %d bulk calls, want all 12 verified by 2", err, n, l.server.BulkCalls())
			}
		})
	}
}

// TestAuditLogTellsWhoDeleted loses an answer, and then somebody deletes one of the
// contacts that the call made and changes another: what the log tells of is neither
// made again nor written over, and the outcome says who did it.
func TestAuditLogTellsWhoDeleted(t *testing.T) {
	inLab(t, plandockettest.Options{Keys: withAudit()}, func(t *testing.T, l *lab) {
		l.wishes = many(6)
		p := must(l.plan(t.Context()))
		lists := 0
		l.server.BeforeRequest(func(q *http.Request) {
			if q.Method == http.MethodPost && l.server.BulkCalls() == 1 {
				lists = 1
			}
			if q.Method == http.MethodGet && lists == 1 {
				lists = 2
				must("", l.server.Delete(3))
				must("", l.server.Edit(4, func(c *plandockettest.Contact) { c.LastName = "Married" }))
			}
		})
		l.schedule.Add(faults.Fault{Route: "POST *", From: 2, Count: 1, Kind: faults.CutAfter})
		r, err := l.apply(t.Context(), p, false)
		if n := r.Count(); err != nil || n[pipeline.Verified] != 4 || n[pipeline.Drifted] != 2 {
			t.Fatalf("%v, %v, want 4 verified and 2 drifted", err, n)
		}
		said := ""
		for _, o := range r.Outcomes {
			if o.Status == pipeline.Drifted {
				said += o.Message + "\n"
			}
		}
		for _, want := range []string{"record 3", "deleted at", "record 4", "changed at", "Sandbox Admin"} {
			if !strings.Contains(said, want) {
				t.Errorf("the outcomes say %q, want %q in it", said, want)
			}
		}
		if all := l.contacts(); len(all) != 5 || all[4].LastName != "Married" {
			t.Errorf("%d contacts, want 5: %v", len(all), all)
		}
	})
}

// TestAuditLogThatTellsOfNothingReal cuts a call in the middle while the log tells of
// all its records: those that are not there are written all the same.
func TestAuditLogThatTellsOfNothingReal(t *testing.T) {
	inLab(t, plandockettest.Options{Keys: withAudit(), Dialect: plandockettest.Dialect{Audit: plandockettest.AuditPhantom}}, func(t *testing.T, l *lab) {
		l.wishes = many(12)
		p := must(l.plan(t.Context()))
		l.schedule.Add(faults.Fault{Route: "POST *", From: 2, Count: 1, Kind: plandockettest.BulkPartialCommit, N: 4})
		r, err := l.apply(t.Context(), p, false)
		if n := r.Count(); err != nil || n[pipeline.Verified] != 12 || l.heard() == 0 {
			t.Errorf("%v, %v, want all 12 verified", err, n)
		}
		if lost, doubled := l.against(12); lost+doubled != 0 {
			t.Errorf("%d lost, %d doubled", lost, doubled)
		}
	})
}

// TestEditThatNoLogTellsOf has a log that tells of our writes, and not of those of
// others: what somebody changes between two waves stays, since the list is read, not
// the log (I3).
func TestEditThatNoLogTellsOf(t *testing.T) {
	inLab(t, plandockettest.Options{Keys: withAudit(), Dialect: plandockettest.Dialect{Audit: plandockettest.AuditUnmanned}}, func(t *testing.T, l *lab) {
		l.crowd(30, 30)
		p := must(l.plan(t.Context()))
		writes := 0
		l.server.BeforeRequest(func(q *http.Request) {
			if q.Method != http.MethodPatch {
				return
			}
			if writes++; writes == 2 { // the next wave is not read yet
				must("", l.server.Edit(25, func(c *plandockettest.Contact) { c.Phone = "by hand" }))
			}
		})
		l.schedule.Add(faults.Fault{Route: "PATCH *", From: 3, Count: 1, Kind: faults.CutBefore}) // so that the log is heard
		r, err := l.apply(t.Context(), p, false)
		if n := r.Count(); err != nil || n[pipeline.Verified] != 29 || n[pipeline.Drifted] != 1 || l.heard() == 0 {
			t.Errorf("%v, %v, the log was read %d times; want 29 verified and 1 drifted", err, n, l.heard())
		}
		if got := l.contacts()[25].Phone; got != "by hand" {
			t.Errorf("contact 25 has the phone %q: an edit by hand was lost", got)
		}
	})
}

// TestAuditLogIsHeardAgain has one reading of the log fail in passing, while the list
// lags for longer than calls take to settle: the log is heard again, and nothing is sent
// twice. One that is refused is not asked for again. Either way the requests of
// readings that failed count.
func TestAuditLogIsHeardAgain(t *testing.T) {
	for _, c := range []struct {
		kind  faults.Kind
		again bool
	}{{faults.EmptyBody, true}, {faults.Forbidden, false}} {
		inLab(t, plandockettest.Options{Keys: withAudit()}, func(t *testing.T, l *lab) {
			l.wishes = many(12)
			p := must(l.plan(t.Context()))
			l.atCall(http.MethodPost, 2, func() { l.server.SetReadLag(11 * time.Minute) })
			l.schedule.Add(faults.Fault{Route: "POST *", From: 2, Count: 1, Kind: faults.CutAfter},
				faults.Fault{Route: "GET /api/v1/audit-log", Count: 1, Kind: c.kind})
			before := len(l.server.Requests())
			r, err := l.apply(t.Context(), p, false)
			read := 0
			for _, q := range l.server.Requests()[before:] {
				if q.Method == http.MethodGet {
					read++
				}
			}
			if n := r.Count(); err != nil || n[pipeline.Verified] != 12 || r.Requests != read {
				t.Errorf("under %s: %v, %v, want all 12 verified; %d requests that read are told, the server saw %d", c.kind, err, n, r.Requests, read)
			}
			if heard, calls := l.heard(), l.server.BulkCalls(); c.again != (heard > 1) || c.again && calls != 2 {
				t.Errorf("under %s the log was read %d times; again: want %t; %d bulk calls", c.kind, heard, c.again, calls)
			}
		})
	}
}

// TestAuditLogOfOthers has entries of records that hang on contacts, whose kind ends
// like that of contacts: they tell nothing of contacts.
func TestAuditLogOfOthers(t *testing.T) {
	log := `{"data":[`
	for i, kind := range []string{`contact`, `Contact`, `App\\Models\\Contact`, `crm.contact`, `event_contact`, `App\\Models\\EventContact`, `contacts_import`} {
		if i > 0 {
			log += ","
		}
		log += `{"id":` + string(rune('1'+i)) + `,"action":"created","entity_type":"` + kind + `","entity_id":7,"created_at":"2026-05-01T12:00:00Z"}`
	}
	heard := must(target(t, answering(http.StatusOK, log+`]}`)).Testimony(t.Context(), clock()))
	if len(heard.Deeds) != 4 {
		t.Errorf("%d entries are of contacts, want the first 4: %+v", len(heard.Deeds), heard.Deeds)
	}
}
