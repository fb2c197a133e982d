package pipeline_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// logged is a target with a log of deeds.
type logged struct {
	*target
	deeds []pipeline.Deed
}

func (l *logged) Testimony(context.Context, time.Time) (*pipeline.Testimony, error) {
	return &pipeline.Testimony{Deeds: l.deeds, Requests: 1}, nil
}

// dying is a store of a process that dies before it can write the verdict of a call.
type dying struct {
	remembering
	at int // of the verdicts
}

type remembering interface {
	pipeline.State
	pipeline.History
}

func (d *dying) Settle(ctx context.Context, v pipeline.Verdict) error {
	if d.at--; d.at <= 0 {
		return errDead
	}
	return d.remembering.Settle(ctx, v)
}
func (d *dying) KeepOutcomes(context.Context, string, []pipeline.Outcome) error { return errDead }
func (d *dying) EndRun(context.Context, string, time.Time, string, map[pipeline.Status]int) error {
	return errDead
}

// What a process wrote over that died is named by the apply that goes on, once.
func TestWhatADeadProcessOverwroteIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		before []string // the values that somebody gave the phone before our write, by the log
		named  bool
	}{
		"an edit":                         {[]string{"hand"}, true},
		"an edit that was undone":         {[]string{"hand", "1"}, false},
		"what was there, in another form": {[]string{" 1"}, false},
		"what we wrote":                   {[]string{"2"}, false},
		"nothing":                         {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKept(t, []row{person(1).with("phone", text("1"))}, []row{person(1).with("phone", text("2"))})
			log := &logged{target: k.target}
			apply := func(p *pipeline.Plan, s pipeline.State, resume bool) (*pipeline.Result, error) {
				opt := k.options()
				opt.State, opt.Resume = s, resume
				opt.Open = func(context.Context, pipeline.PlanBinding) (pipeline.Target, error) { return log, nil }
				return pipeline.Apply(t.Context(), p, opt)
			}
			p := k.plan(t)
			for _, v := range append(c.before, "2") {
				k.w.advance(time.Second)
				log.deeds = append(log.deeds, pipeline.Deed{ID: string(rune('1' + len(log.deeds))), Action: pipeline.Update, Record: "t001", At: k.w.Now(), Shown: map[string]pipeline.Value{"phone": text(v)}})
			}
			if _, err := apply(p, &dying{k.store, 1}, false); err == nil {
				t.Fatal("the process did not die")
			}
			k.w.advance(pipeline.SettleDefault + pipeline.LeaseTime)
			for again, named := range []bool{c.named, false} {
				r, err := apply(p, k.store, true)
				must(t, err)
				o := r.Outcomes[0]
				if o.Status != pipeline.Already && o.Status != pipeline.Verified {
					t.Errorf("it is %s: %s", o.Status, o.Message)
				}
				if got := strings.Contains(o.Message, "overwritten: phone, which somebody changed at "); got != named || (r.Overwritten == 1) != named || r.Unheard > 0 {
					t.Errorf("apply %d names it: %v, want %v; %d unheard; %s", again+2, got, named, r.Unheard, o.Message)
				}
			}
		})
	}
}
