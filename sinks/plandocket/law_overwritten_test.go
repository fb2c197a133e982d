package plandocket_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// TestWhatARemovalTookIsNamed confirms who takes part between the reading of his
// participation and the call that removes it.
func TestWhatARemovalTookIsNamed(t *testing.T) {
	for _, edited := range []bool{true, false} {
		t.Run(fmt.Sprint(edited), func(t *testing.T) {
			inLab(t, plandockettest.Options{Keys: withAudit()}, func(t *testing.T, l *lab) {
				s := &storm{lab: l}
				l.seats = &seats{}
				must("", l.server.AddEvent(plandockettest.Event{Key: "expo", Title: "Expo", From: time.Now(), To: time.Now()}))
				for i := range 2 {
					c := plandockettest.Contact{Email: fmt.Sprintf("p%d@example.com", i), LastName: "P", CreatedAt: time.Now().Add(time.Duration(i-9) * time.Hour)}
					s.placeOf(fmt.Sprintf("s%02d", i), "expo", must(l.server.Add(c)), c, 6)
				}
				l.seats.places = []place{{id: "s00", event: "expo", email: "p0@example.com"}} // the other goes
				p := must(l.plan(t.Context()))
				l.atCall(http.MethodDelete, 1, func() {
					if edited {
						must("", l.server.Confirm(2, true))
					}
				})
				r := must(l.apply(t.Context(), p, false))
				if len(r.Outcomes) != 1 || r.Outcomes[0].Status != pipeline.Verified || r.Unheard > 0 {
					t.Fatalf("outcomes %+v, %d unheard", r.Outcomes, r.Unheard)
				}
				if named := strings.Contains(r.Outcomes[0].Message, "overwritten: is_confirmed, which somebody changed at "); named != edited || (r.Overwritten == 1) != edited {
					t.Errorf("%d overwritten, %q", r.Overwritten, r.Outcomes[0].Message)
				}
			})
		})
	}
}

// TestOverwrittenCustomFieldsAreNamed edits a custom field right before the write that
// gives it another value, after all readings, or one that the write sends back as it was
// read.
func TestOverwrittenCustomFieldsAreNamed(t *testing.T) {
	for field, named := range map[string]bool{"badge_name": true, "kept": true, "": false} {
		t.Run(field, func(t *testing.T) {
			inLab(t, plandockettest.Options{Keys: withAudit()}, func(t *testing.T, l *lab) {
				s := &storm{lab: l, seating: &seating{}}
				s.seat(0, nil)
				person := plandockettest.Contact{Email: "p0@example.com", LastName: "P", CreatedAt: time.Now().Add(-1000 * time.Hour)}
				id := must(l.server.Add(person))
				l.wishes = append(l.wishes, wish{id: "r0", email: person.Email, last: person.LastName})
				s.badgeOf("b0", id, person, 2)
				time.Sleep(time.Hour)
				p := must(l.plan(t.Context()))
				l.atCall(http.MethodPut, 1, func() {
					if field != "" {
						must("", l.server.SetCustom(id, map[string]string{field: `"by hand"`}))
					}
				})
				r := must(l.apply(t.Context(), p, false))
				if len(r.Outcomes) != 1 || r.Outcomes[0].Status != pipeline.Verified || r.Unheard > 0 {
					t.Fatalf("outcomes %+v, %d unheard", r.Outcomes, r.Unheard)
				}
				if got := strings.Contains(r.Outcomes[0].Message, "overwritten: "+field+", which somebody changed at "); got != named || (r.Overwritten == 1) != named {
					t.Errorf("%d overwritten, %q", r.Overwritten, r.Outcomes[0].Message)
				}
			})
		})
	}
}
