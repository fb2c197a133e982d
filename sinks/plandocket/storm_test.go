package plandocket_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/pipeline/retry"
	"github.com/reconkit/reconkit/sinks/plandocket"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "the one schedule of TestStorms to run; 0: all")
	stormFlag = flag.Int("storms", 0, "how many schedules TestStorms runs; 0: as many as fit the kind of run")
)

// stormScale is how many schedules a test of storms runs.
type stormScale struct {
	full  int
	short int // with -short, and at least where -timeout leaves less than stormsTimeout
	raced int // under the race detector
}

// stormsTimeout is the -timeout from which on all schedules must have run. Where tests
// have less, such as the ten minutes that they have unless somebody says otherwise, as
// many run as there is time for.
const stormsTimeout = 20 * time.Minute

// stormsLog names a file to which the counts of storms are appended, so that they are
// seen where tests pass in silence.
const stormsLog = "STORMS_LOG"

var stormsOfContacts = stormScale{full: 20_000, short: 2_000, raced: 600}

// storm is one schedule: a world, a plan, and all that happens while it is
// applied.
type storm struct {
	*lab
	seed   uint64
	random *rand.Rand
	ctx    context.Context

	dialect plandockettest.Dialect
	before  map[int64]plandockettest.Contact
	plan    *pipeline.Plan
	edits   []handEdit
	resets  bool           // the server resets what a bulk update leaves out
	capped  bool           // the list may turn out not to be proven whole, later
	harmed  map[string]int // contacts of which the server did so, by route
	deaths  int
	stopped bool // the apply stopped by itself, since the server does more than it is told
	audited bool // the audit log can be read
	seating *seating
}

// handEdit is what somebody else did while the plan was applied.
type handEdit struct {
	id          int64
	field, text string
	sent        bool // the record had been sent by then
	gone        bool // the record was deleted
	window      bool // when the call that was to write it had left, which rests on an earlier reading
}

func TestStorms(t *testing.T) {
	all := stormsOf(t, stormsOfContacts, runStorm)
	all.tell(t, all.schedules)
}

// schedules is how many schedules are to run, and how many of them must.
func (c stormScale) schedules() (n, least int) {
	timeout := flag.Lookup("test.timeout").Value.(flag.Getter).Get().(time.Duration)
	switch {
	case *seedFlag != 0:
		return 1, 1
	case *stormFlag != 0:
		return *stormFlag, *stormFlag
	case raced:
		n = c.raced
	case testing.Short():
		n = c.short
	default:
		n = c.full
	}
	if timeout > 0 && timeout < stormsTimeout {
		return n, min(n, c.short)
	}
	return n, n
}

// stormsOf runs schedules on all processors, until one does not hold. It stops once half
// of the time of the tests is left where not all must run, and else a tenth, and fails
// where fewer ran than must.
func stormsOf(t *testing.T, scale stormScale, run func(*testing.T, *plandockettest.Server, uint64, *stormCount)) *stormCount {
	n, least := scale.schedules()
	var all stormCount
	var late, failed atomic.Bool // late is set from outside of virtual time
	if deadline, ok := t.Deadline(); ok {
		left := time.Until(deadline)
		most := left / 2
		if least == n {
			most = left - left/10
		}
		defer time.AfterFunc(most, func() { late.Store(true) }).Stop()
	}
	t.Run("schedules", func(t *testing.T) {
		workers := min(runtime.GOMAXPROCS(0), n)
		for w := range workers {
			t.Run(fmt.Sprint(w), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					server := must(plandockettest.New(plandockettest.Options{Now: time.Now}))
					defer server.Close()
					var mine stormCount
					for i := w; i < n && !failed.Load() && !late.Load(); i += workers {
						seed := uint64(i + 1)
						if *seedFlag != 0 {
							seed = *seedFlag
						}
						run(t, server, seed, &mine)
						if t.Failed() {
							failed.Store(true)
						}
					}
					all.add(&mine)
				})
			})
		}
	})
	switch {
	case failed.Load():
	case all.schedules < least:
		t.Errorf("%d of %d schedules ran before the tests had little time left: give them more with -timeout, or run fewer with -short or -storms", all.schedules, least)
	case all.schedules < n:
		t.Logf("%d of %d schedules ran before the tests had little time left; with -timeout %s all must", all.schedules, n, stormsTimeout)
	}
	return &all
}

// runStorm runs the schedule of a seed and reports the laws that did not hold.
func runStorm(t *testing.T, server *plandockettest.Server, seed uint64, count *stormCount) {
	t.Helper()
	s := newStorm(t, seed, 7)
	people := 1 + s.random.IntN(5)
	s.open(t, server, s.drawDialect(), 30)
	if s.audited {
		people += 2
	}
	s.populate(people)
	s.before = s.contacts()
	s.play(t, "TestStorms", count, func() {
		s.blow()
		s.aim("PATCH *", "DELETE *", "GET /api/v1/contacts/*")
		s.aimLate()
		s.aimAtLog()
	})
	count.hit(s.schedule.Hits())
	count.edits += len(s.edits)
}

// newStorm makes the storm of a seed, in one of several streams of it.
func newStorm(t *testing.T, seed, stream uint64) *storm {
	return &storm{seed: seed, random: rand.New(rand.NewPCG(seed, stream)), ctx: t.Context()}
}

// open makes the tenant of a storm. Where it limits requests, an hour allows from so
// many up to twice as many.
func (s *storm) open(t *testing.T, server *plandockettest.Server, d plandockettest.Dialect, perHour int) {
	t.Helper()
	s.resets = d.BulkUpdate == plandockettest.BulkUpdateResets
	s.capped = d.Paging == plandockettest.PagingCap || d.List == plandockettest.ListObject || d.Ties == plandockettest.TiesShuffled
	o := plandockettest.Options{Dialect: d}
	if s.random.IntN(6) == 0 {
		o.RequestsPerHour = perHour + s.random.IntN(perHour)
	}
	if s.audited = s.random.IntN(2) == 0; s.audited {
		o.Keys = withAudit()
	}
	lab, err := openLab(server, o)
	if err != nil {
		t.Fatal(err)
	}
	s.lab, s.dialect = lab, d
	if o.RequestsPerHour > 0 {
		s.budget, s.perHour = must(retry.NewHourlyBudget(o.RequestsPerHour)), o.RequestsPerHour
	}
	s.noWait = s.random.IntN(3) == 0
}

// play plans, lets the storm begin, applies the plan through it, and judges what came
// of it.
func (s *storm) play(t *testing.T, test string, count *stormCount, begin func()) {
	t.Helper()
	var err error
	if s.plan, err = s.lab.plan(s.ctx); err != nil {
		t.Fatalf("seed %d: plan: %v", s.seed, err)
	}
	s.judgePlan()
	begin()
	s.rival()
	result, err := s.weather()
	if err != nil {
		s.fail("%v", err)
	}
	if result != nil {
		s.judge(result, count)
	}
	count.schedules++
	count.changes += len(s.plan.Changes)
	count.runs += s.runs
	count.deaths += s.deaths
	count.requests += s.requests
	if len(s.broken) == 0 {
		return
	}
	s.report(t, fmt.Sprintf("seed %d (go test ./sinks/plandocket -run '%s$' -seed %d)", s.seed, test, s.seed))
	t.Logf("dialect %+v\nhits %v", s.dialect, s.schedule.Hits())
	if s.seating != nil {
		t.Logf("edits %+v", s.seating.edits)
	}
	if result != nil {
		for i, o := range result.Outcomes {
			ch := s.plan.Changes[i]
			t.Logf("%s %s %s %s %v: %+v", ch.Action, ch.Resource, ch.Route, ch.Target, ch.Key, o)
		}
	}
}

// drawDialect draws the habits of the server.
func (s *storm) drawDialect() plandockettest.Dialect {
	if s.random.IntN(3) == 0 {
		return plandockettest.Dialect{}
	}
	d := plandockettest.SampleDialects(s.seed, 1)[0].Dialect
	d.FeatureOff, d.ContactLimit = "", ""
	if s.random.IntN(2) == 0 {
		d.Paging = ""
	}
	if s.random.IntN(4) > 0 {
		d.BulkUpdate = ""
	}
	d.PageSize = 1 + s.random.IntN(6)
	return d
}

// populate makes n people, some of whom the tenant has.
func (s *storm) populate(n int) {
	for i := range n {
		s.person(i, s.random.IntN(12))
	}
}

// person makes the i-th person: one that the plan creates, changes or deletes,
// or leaves alone.
func (s *storm) person(i, kind int) {
	w := wish{id: fmt.Sprintf("r%02d", i), email: fmt.Sprintf("p%d@example.com", i), last: fmt.Sprintf("Person %d", i), phone: fmt.Sprintf("+49 30 10%d", i)}
	c := plandockettest.Contact{Email: w.email, LastName: w.last, Phone: fmt.Sprintf("+49 30 20%d", i), Notes: "kept", Rating: 5,
		CreatedAt: time.Now().Add(-time.Duration(1000-i) * time.Hour)}
	wanted, linked := true, true
	switch kind {
	case 0, 1: // created by e-mail
		s.wishes = append(s.wishes, w)
		return
	case 2: // created by number
		w.email, w.number = "", fmt.Sprintf("K-%d", i)
		s.wishes = append(s.wishes, w)
		return
	case 3: // updated by number
		w.number = fmt.Sprintf("K-%d", i)
		c.CustomerNumber = w.number
	case 4: // updated by e-mail
	case 5: // updated by PATCH: the e-mail changes
		w.email = fmt.Sprintf("new%d@example.com", i)
	case 6: // updated by PATCH: servers differ in how they compare the e-mail
		w.email = fmt.Sprintf("ü%d@example.com", i)
		c.Email = w.email
	case 7, 10, 11: // deleted
		wanted = false
	case 8: // as it should be
		c.Phone = w.phone
	case 9: // a stranger
		wanted, linked = false, false
	}
	if wanted {
		s.wishes = append(s.wishes, w)
	}
	if kind == 3 || kind == 4 || kind == 8 {
		linked = i%2 == 0 // the others are found by their keys
	}
	id := must(s.server.Add(c))
	if linked {
		s.memory.links[pipeline.RowKey{Source: "fair", ID: w.id}] = fmt.Sprint(id)
	}
	if linked && !wanted { // only what an earlier run created may be deleted
		s.memory.created(must(s.lab.open(plandocket.Resource)).Identity(), fmt.Sprint(id), map[string]pipeline.Value{"email": pipeline.StringValue(c.Email), "last_name": pipeline.StringValue(c.LastName),
			"phone": pipeline.StringValue(c.Phone), "notes": pipeline.StringValue(c.Notes), "rating": pipeline.IntValue(int64(c.Rating))})
	}
}

// stormDelays are how long what a fault delays may take.
var stormDelays = []time.Duration{time.Second, time.Minute, 3 * time.Minute, 7 * time.Minute, 9 * time.Minute}

// aim has faults meet kinds of request of which there are few, in some storms.
func (s *storm) aim(routes ...string) {
	if s.random.IntN(3) > 0 {
		return
	}
	kinds := stormKinds()
	for _, route := range routes {
		s.schedule.Add(faults.Fault{Route: route, From: 1 + s.random.IntN(2), Count: 1, Kind: kinds[s.random.IntN(len(kinds))], Delay: stormDelays[s.random.IntN(len(stormDelays))]})
	}
}

// aimAtLog loses calls after the first, about which the audit log is asked then, and
// has a fault meet that.
func (s *storm) aimAtLog() {
	if !s.audited || s.random.IntN(2) == 0 {
		return
	}
	for _, method := range []string{http.MethodPost, http.MethodPatch} {
		s.schedule.Add(faults.Fault{Route: method + " *", From: 2, Count: 1, Kind: faults.CutBefore})
	}
	s.aim("GET /api/v1/audit-log")
}

// aimLate has the answer of a bulk call lost, in some storms, and the call carried out
// minutes later on what was there when it came: of all that can become of a call, this
// alone makes a record twice if it is sent again too soon.
func (s *storm) aimLate() {
	if s.random.IntN(4) == 0 {
		s.schedule.Add(faults.Fault{Route: "POST *", From: 1 + s.random.IntN(3), Count: 1, Kind: plandockettest.LateBlindCommit, Delay: stormDelays[s.random.IntN(len(stormDelays))]})
	}
}

// rival has somebody else try to apply while a write is under way, in some storms: the
// target is taken (I1).
func (s *storm) rival() {
	if s.random.IntN(4) > 0 {
		return
	}
	in := 1 + s.random.IntN(3)
	s.onWrite = func() {
		if in--; in != 0 {
			return
		}
		if target, taken := s.memory.taken(time.Now()); !taken {
			s.fail("I1: nothing keeps a second apply from writing to %s while a call is on its way", target)
		}
	}
}

// blow begins the storm: faults, deaths, and somebody else's edits.
func (s *storm) blow() {
	rate := []float64{0, 0.05, 0.15, 0.3}[s.random.IntN(4)]
	kinds := stormKinds()
	if s.random.IntN(2) == 0 { // one kind alone
		kinds = kinds[:1:1]
		kinds[0] = stormKinds()[s.random.IntN(len(stormKinds()))]
		rate *= 2
	}
	s.schedule.Storm(s.seed, rate, stormDelays, kinds...)
	s.mayDie()
	if s.random.IntN(3) > 0 {
		return
	}
	left := 1 + s.random.IntN(2)
	s.server.BeforeRequest(func(r *http.Request) {
		if r.Method != http.MethodGet && left > 0 && s.random.IntN(4) == 0 {
			left--
			s.editInWindow()
			return
		}
		// Before a reading begins: what is edited while it goes on may have been read already.
		q := r.URL.Query()
		begins := q.Get("sort") == "created_at" && q.Get("order") == "ASC" && !q.Has("page") && !q.Has("cursor")
		if r.Method != http.MethodGet || !begins || left == 0 || s.random.IntN(4) > 0 {
			return
		}
		left--
		s.editByHand()
	})
}

// mayDie decides where the process that begins now dies, if it does.
func (s *storm) mayDie() {
	s.life = &life{}
	if s.random.IntN(2) == 0 {
		s.life.dieAt = 1 + s.random.IntN(25)
		s.life.how = []death{diesBefore, diesSent, diesAfter, diesAnswered}[s.random.IntN(4)]
	}
}

// editByHand changes or deletes one contact.
func (s *storm) editByHand() {
	ids := slices.Sorted(maps.Keys(s.before))
	if len(ids) == 0 {
		return
	}
	e := handEdit{id: ids[s.random.IntN(len(ids))], field: []string{"phone", "notes", "last_name"}[s.random.IntN(3)], text: fmt.Sprintf("hand %d", len(s.edits))}
	e.gone = s.random.IntN(5) == 0
	for _, ch := range s.plan.Changes {
		e.sent = e.sent || ch.Target == fmt.Sprint(e.id) && s.memory.intended(ch.ID)
	}
	s.carryOutByHand(e)
}

// editInWindow changes or deletes a contact that the call on its way is to write.
func (s *storm) editInWindow() {
	call := s.memory.open()
	if call == nil {
		return
	}
	var ids []int64
	for _, ch := range call.Changes {
		var id int64
		if _, err := fmt.Sscan(ch.Target, &id); err == nil && ch.Resource == plandocket.Resource {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return
	}
	e := handEdit{id: ids[s.random.IntN(len(ids))], field: []string{"phone", "notes", "last_name"}[s.random.IntN(3)], text: fmt.Sprintf("hand %d", len(s.edits)), sent: true, window: true}
	e.gone = s.random.IntN(5) == 0
	s.carryOutByHand(e)
}

// carryOutByHand makes an edit, if its contact is there.
func (s *storm) carryOutByHand(e handEdit) {
	var err error
	if e.gone {
		err = s.server.Delete(e.id)
	} else {
		err = s.server.Edit(e.id, func(c *plandockettest.Contact) { *fieldOf(c, e.field) = e.text })
	}
	if err == nil { // else it is gone already
		s.edits = append(s.edits, e)
		if *seedFlag != 0 {
			fmt.Printf("%s by hand: %+v\n", time.Now().Format("15:04:05"), e)
		}
	}
}

// stormRuns is how many processes a storm lasts at most.
const stormRuns = 6

// weather applies the plan through the storm and, once it is over, to its end.
func (s *storm) weather() (*pipeline.Result, error) {
	calm := 0
	for n := 0; ; n++ {
		r, err := s.apply(s.ctx, s.plan, n > 0)
		if *seedFlag != 0 {
			fmt.Printf("%s run %d: %v %v, effects %v\n", time.Now().Format("15:04:05"), n, r, err, s.life.points)
		}
		if err != nil && strings.Contains(err.Error(), "seems to reset") {
			s.stopped = true
			return r, nil
		}
		if err == nil && (!unfinished(r) || n > stormRuns && s.undecidable(r)) {
			s.server.BeforeRequest(nil)
			s.schedule.Calm()
			return r, s.bounded(calm)
		}
		if s.life.dead.Load() {
			s.deaths++
			time.Sleep(pipeline.LeaseTime)
		}
		if n == labResumesMax {
			return r, fmt.Errorf("still open after %d resumes: %v, %w", n, r, err)
		}
		time.Sleep(pipeline.SettleDefault + time.Minute)
		s.mayDie()
		if n >= stormRuns {
			if calm == 0 {
				calm = s.requests
			}
			s.life = &life{}
			s.schedule.Calm()
			s.server.BeforeRequest(nil)
		}
	}
}

// undecidable reports whether all that is open can be told by nobody: the list
// is no longer proven to be whole, and will not be.
func (s *storm) undecidable(r *pipeline.Result) bool {
	return s.capped && r.Stopped == "" && !slices.ContainsFunc(r.Outcomes, func(o pipeline.Outcome) bool {
		return o.Status == pipeline.Pending && !strings.HasSuffix(o.Message, "which is unknown") || o.Status == pipeline.Sent || o.Status == pipeline.Unknown && !strings.Contains(o.Message, "nobody can tell")
	})
}

// bounded holds that an apply ends within its requests once faults have
// stopped (I10).
func (s *storm) bounded(calm int) error {
	if calm == 0 {
		return nil
	}
	const listRequests = 30 // one list of a handful of contacts on small pages, read from both ends, with all doubts
	calls := len(s.plan.Changes)
	each := listRequests
	if s.seats != nil {
		each += 2*listRequests + len(s.seats.badges) // events, participants, contacts; of each binding
	}
	if most := calls + each*(calls+8*len(s.plan.Header.Bindings)); s.requests-calm > most {
		return fmt.Errorf("%d requests once the faults had stopped, want at most %d", s.requests-calm, most)
	}
	return nil
}
