package plandocket_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// crashWorld is what the crash points of a plan are enumerated in.
type crashWorld struct {
	name    string
	kinds   []int // of people, see storm.person
	dialect plandockettest.Dialect
	lag     time.Duration
	noWait  bool
	share   int // each so many effects are tried; 0: all
	sitters int // people with places at events and custom fields, instead of kinds
}

// crashWorlds are plans of 30 rows, and of a few, on servers of several habits.
func crashWorlds() []crashWorld {
	thirty := []int{0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 6, 6, 7, 7, 7}
	return []crashWorld{
		{name: "thirty rows", kinds: thirty},
		{name: "nobody waits", kinds: []int{0, 0, 2, 3, 4, 5, 7}, noWait: true},
		{name: "a server with a form of its own", kinds: []int{0, 0, 2, 3, 4, 4, 5, 6, 7}, dialect: plandockettest.Dialect{Normalise: plandockettest.NormaliseBoth, BulkBody: plandockettest.BulkInData}},
		{name: "a list that lags", kinds: []int{0, 0, 2, 3, 4, 5, 7}, lag: 4 * time.Minute},
		{name: "pages of two", kinds: []int{0, 0, 2, 3, 4, 5, 7}, dialect: plandockettest.Dialect{Paging: plandockettest.PagingPage, PageSize: 2}},
		{name: "participants", sitters: 5},
		{name: "participants, and nobody waits", sitters: 3, share: 4, noWait: true},
		{name: "participants in a list that lags", sitters: 3, share: 4, lag: 4 * time.Minute},
		{name: "participants on pages of two", sitters: 3, share: 4, dialect: plandockettest.Dialect{Paging: plandockettest.PagingPageBare, PageSize: 2, ParticipantTwice: plandockettest.ParticipantTwiceSecond}},
	}
}

// openCrash makes a world and its plan.
func openCrash(t *testing.T, server *plandockettest.Server, w crashWorld) *storm {
	t.Helper()
	l := must(openLab(server, plandockettest.Options{Dialect: w.dialect}))
	l.noWait = w.noWait
	s := &storm{lab: l, ctx: t.Context(), random: rand.New(rand.NewPCG(1, 1))}
	for i, kind := range w.kinds {
		s.person(i, kind)
	}
	s.before = s.contacts()
	if w.sitters > 0 {
		s.seating = &seating{}
		s.seat(w.sitters, inTurn())
	}
	s.plan = must(l.plan(s.ctx))
	switch {
	case w.sitters > 0:
		if n := len(s.plan.Changes); n < 2*w.sitters || n > 30 || len(s.plan.Blocked) > 0 {
			t.Fatalf("%s: the plan has %d changes; blocked %v", w.name, n, s.plan.Blocked)
		}
	case len(s.plan.Changes) != len(w.kinds):
		t.Fatalf("%s: the plan has %d changes, want %d; blocked %v", w.name, len(s.plan.Changes), len(w.kinds), s.plan.Blocked)
	}
	server.SetReadLag(w.lag)
	s.life = &life{}
	return s
}

// inTurn draws each kind of a thing in its turn.
func inTurn() func(of string, n int) int {
	order := map[string][]int{"place": {0, 6, 3, 1, 5, 2, 4, 7, 8}, "contact": {1, 0, 3, 2}, "badge": {2, 1, 3, 4, 0}, "events": {1, 0}, "number": {0, 1}}
	next := map[string]int{}
	return func(of string, _ int) int {
		list := order[of]
		next[of]++
		return list[(next[of]-1)%len(list)]
	}
}

// deathsIn are the ways to die in an effect.
func deathsIn(effect string) []death {
	switch effect {
	case "POST", "PATCH", "PUT", "DELETE", "GET":
		return []death{diesBefore, diesSent, diesAfter, diesAnswered}
	}
	return []death{diesBefore, diesAfter}
}

// TestEveryCrashPoint lets the process die at each write of the journal and at
// each request, in every way, and again at each effect of the run that resumes
// it: in the end the target is as planned, and nothing is doubled.
func TestEveryCrashPoint(t *testing.T) {
	stride, second := 1, 40 // each so many effects are tried, and of those of the run that resumes
	switch {
	case raced:
		stride, second = 9, 0
	case testing.Short():
		stride, second = 4, 0
	}
	var points, pairs atomic.Int64
	t.Run("worlds", func(t *testing.T) {
		for _, w := range crashWorlds() {
			for part := range min(2, runtime.GOMAXPROCS(0)) {
				t.Run(fmt.Sprintf("%s/%d", w.name, part), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						server := must(plandockettest.New(plandockettest.Options{Now: time.Now}))
						defer server.Close()
						c := &crasher{t: t, server: server, world: w, second: second, points: &points, pairs: &pairs}
						if len(w.kinds) > 9 || w.sitters > 0 {
							c.second = 0
						}
						c.enumerate(part, max(1, w.share)*stride*min(2, runtime.GOMAXPROCS(0)))
					})
				})
			}
		}
	})
	t.Logf("%d crash points, %d pairs of them", points.Load(), pairs.Load())
	if points.Load() < 1_500/int64(stride) {
		t.Errorf("%d crash points are too few to mean anything", points.Load())
	}
}

type crasher struct {
	t             *testing.T
	server        *plandockettest.Server
	world         crashWorld
	second        int
	points, pairs *atomic.Int64
}

// enumerate tries every parts-th effect from part on.
func (c *crasher) enumerate(part, parts int) {
	s := openCrash(c.t, c.server, c.world)
	r, err := s.lab.apply(s.ctx, s.plan, false)
	if err != nil || unfinished(r) {
		c.t.Fatalf("undisturbed: %v, %+v", err, r)
	}
	effects := s.life.points
	var count stormCount
	s.judge(r, &count)
	s.report(c.t, "undisturbed")
	for at := 1 + part; at <= len(effects) && !c.t.Failed(); at += parts {
		for _, how := range deathsIn(effects[at-1]) {
			after := c.dies(at, how, 0, "")
			c.points.Add(1)
			for i := 1 + (at % max(1, c.second)); c.second > 0 && i <= len(after); i += c.second {
				ways := deathsIn(after[i-1])
				c.dies(at, how, i, ways[i%len(ways)])
				c.pairs.Add(1)
			}
		}
	}
}

// dies lets a process die at an effect, and the one that resumes it at another
// (0: at none), and returns the effects of the resuming one.
func (c *crasher) dies(at int, how death, again int, howAgain death) []string {
	s := openCrash(c.t, c.server, c.world)
	s.life.dieAt, s.life.how = at, how
	name := fmt.Sprintf("%s: dies %s effect %d", c.world.name, how, at)
	if _, err := s.lab.apply(s.ctx, s.plan, false); !s.life.dead.Load() {
		c.t.Errorf("%s: the process lives: %v", name, err)
		return nil
	}
	s.revive()
	var effects []string
	if again > 0 {
		name += fmt.Sprintf(", again %s effect %d", howAgain, again)
		s.life.dieAt, s.life.how = again, howAgain
		if _, _ = s.lab.apply(s.ctx, s.plan, true); !s.life.dead.Load() {
			s.life = &life{} // it ended before
		}
		s.revive()
	}
	first := s.life
	r, err := s.lab.apply(s.ctx, s.plan, true)
	effects = first.points
	for n := 0; err == nil && unfinished(r) && n < 5; n++ {
		time.Sleep(pipeline.SettleDefault + time.Minute)
		r, err = s.lab.apply(s.ctx, s.plan, true)
	}
	if err != nil || unfinished(r) {
		c.t.Errorf("%s: resuming does not end: %v, %+v", name, err, r)
		return nil
	}
	var count stormCount
	s.judge(r, &count)
	for i, o := range r.Outcomes {
		if !o.Status.Done() {
			s.fail("I11: %s %s ended %s: %s", s.plan.Changes[i].Action, s.plan.Changes[i].Key.Value, o.Status, o.Message)
		}
	}
	s.report(c.t, name)
	return effects
}
