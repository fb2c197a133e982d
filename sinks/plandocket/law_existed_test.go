package plandocket_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// TestWhatSomebodyCreatesMeanwhileIsTheirs has somebody create the planned contact between
// the reading and the call. The server says that it skipped it: it is no contact of ours,
// whatever it holds, and is not deleted once its row is gone.
func TestWhatSomebodyCreatesMeanwhileIsTheirs(t *testing.T) {
	for name, tt := range map[string]struct {
		lost   bool // the first call gets no answer, so that nobody knows whether it made the contact
		dies   bool // the process dies behind the answer
		silent bool // the answer has no details
		phone  string
		want   pipeline.Status
		ours   bool
	}{
		"told":             {phone: "+49 30 1", want: pipeline.Already},
		"counted":          {silent: true, want: pipeline.Already},
		"before a death":   {dies: true, want: pipeline.Already},
		"by a late commit": {lost: true, phone: "+49 30 1", want: pipeline.Verified, ours: true},
	} {
		t.Run(name, func(t *testing.T) {
			dialect := plandockettest.Dialect{}
			if tt.silent {
				dialect.BulkDetails = plandockettest.BulkDetailsEmpty
			}
			inLab(t, plandockettest.Options{Dialect: dialect}, func(t *testing.T, l *lab) {
				for i, email := range []string{"a@example.com", "b@example.com"} {
					must(l.server.Add(plandockettest.Contact{Email: email, LastName: "Old", CreatedAt: time.Now().Add(time.Duration(i-9) * time.Hour)}))
				}
				l.wishes = wishes{{id: "r1", email: "new@example.com", last: "New"}}
				p := must(l.plan(t.Context()))
				meets := 1
				if tt.lost {
					l.schedule.Add(faults.Fault{Route: "POST *", From: 1, Count: 1, Kind: faults.CutBefore})
					meets = 2
				}
				l.atCall(http.MethodPost, meets, func() {
					must(l.server.Add(plandockettest.Contact{Email: "new@example.com", LastName: "New", Phone: tt.phone, CreatedAt: time.Now()}))
					if tt.dies {
						l.life.mu.Lock()
						l.life.dieAt, l.life.how = l.life.effects+2, diesBefore // the verdict is one effect, the reading another
						l.life.mu.Unlock()
					}
				})
				r := must(l.finish(t.Context(), p))
				if got := r.Outcomes[0]; got.Status != tt.want {
					t.Errorf("it is %s, want %s: %s", got.Status, tt.want, got.Message)
				}
				if _, ours := must(l.memory.Created(t.Context(), p.Header.Bindings[0].Identity))["3"]; ours != tt.ours {
					t.Errorf("it is remembered as created by us: %v, want %v", ours, tt.ours)
				}
				if tt.dies && l.runs != 2 {
					t.Errorf("%d processes, want one that died and one that went on", l.runs)
				}
				l.wishes = wishes{{id: "r2", email: "a@example.com", last: "Old"}}
				next := must(l.plan(t.Context()))
				deletes := slices.ContainsFunc(next.Changes, func(c pipeline.Change) bool { return c.Action == pipeline.Delete })
				if deletes != tt.ours {
					t.Errorf("the next plan deletes it: %v, want %v", deletes, tt.ours)
				}
			})
		})
	}
}
