package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// handwork is what somebody did by hand in a tenant with custom fields.
type handwork struct {
	*tenant
	random *rand.Rand
	n      int
	notes  map[int64]string // of contacts
	badges map[int64]string
	runs   []string // applies that may be undone
}

// TestUndoSparesWhatIsDoneByHand plays histories of plans, applies that lose answers or
// are given up, edits by hand, merged and deleted contacts, and undos, in an order that a
// seed draws. What somebody wrote is there after each undo as before it. (An undo that is
// undone writes over what it had put back.)
func TestUndoSparesWhatIsDoneByHand(t *testing.T) {
	t.Parallel()
	seeds := uint64(60)
	if testing.Short() {
		seeds = 15
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			inBadges(t, tenantOptions{}, func(w *tenant) {
				w.text = strings.Replace(w.text, `where: ID == "new"`, `where: ID startsWith "new"`, 1)
				w.text = strings.Replace(w.text, "custom_field_requests: 4", "custom_field_requests: 40", 1)
				w.check(w.pd.SetKey(tenantKey, "contacts", "custom_fields", "participants", "events"))
				w.check(w.pd.AddEvent(plandockettest.Event{Key: "expo", Title: "expo", From: time.Now(), To: time.Now()}))
				h := &handwork{tenant: w, random: rand.New(rand.NewPCG(seed, 3)), notes: map[int64]string{}, badges: map[int64]string{}}
				for range 14 {
					h.step()
					time.Sleep(time.Duration(1+h.random.IntN(100)) * time.Minute)
				}
			})
		})
	}
}

func (h *handwork) step() {
	switch h.random.IntN(9) {
	case 0, 1, 2, 3:
		h.planAndApply()
	case 4:
		h.editByHand()
	case 5:
		if h.random.IntN(3) == 0 {
			h.mergeOrDelete()
		}
	default:
		h.undoOne()
	}
}

// planAndApply writes another CSV and applies its plan, perhaps with a lost answer, and
// perhaps in parts.
func (h *handwork) planAndApply() {
	rows := []string{"ID,Email,Number,Badge,Staff,OptIn,Diet"}
	for _, id := range []string{"new", "new1", "new2", "ada", "bert"} {
		if h.random.IntN(4) > 0 {
			rows = append(rows, fmt.Sprintf("%s,%s@x.example,,%s,%d,%s,%s", id, id, []string{"", "Badge", "Other"}[h.random.IntN(3)], h.random.IntN(3), []string{"yes", "no"}[h.random.IntN(2)], []string{"", "vegan"}[h.random.IntN(2)]))
		}
	}
	h.writeCSV(strings.Join(rows, "\n") + "\n")
	p, err := h.tryPlan()
	if err != nil {
		return
	}
	if h.random.IntN(3) == 0 {
		route := []string{"POST /api/v1/bulk-import/contacts", "PUT /api/v1/custom-fields/contact/*"}[h.random.IntN(2)]
		h.faults.Add(faults.Fault{Route: route, Count: 1, Kind: []faults.Kind{faults.CutAfter, faults.CutBefore}[h.random.IntN(2)]})
	}
	for resumed := range 1 + h.random.IntN(3) {
		_, _ = h.apply(p, resumed > 0) // an apply that stops is resumed, or not
		h.runs = append(h.runs, fmt.Sprintf("run-%d", h.tenant.runs))
		if h.random.IntN(4) == 0 {
			h.editByHand()
		}
		time.Sleep(pipeline.SettleDefault + 6*time.Minute)
	}
}

func (h *handwork) anyContact() (plandockettest.Contact, bool) {
	all := h.contacts()
	if len(all) == 0 {
		return plandockettest.Contact{}, false
	}
	last := all[len(all)-min(len(all), 3):] // most likely made by a run
	return last[h.random.IntN(len(last))], true
}

func (h *handwork) editByHand() {
	c, ok := h.anyContact()
	if !ok {
		return
	}
	h.n++
	text := fmt.Sprintf("by hand %d", h.n)
	switch h.random.IntN(3) {
	case 0:
		h.check(h.pd.Edit(c.ID, func(c *plandockettest.Contact) { c.Notes = text }))
		h.notes[c.ID] = text
	case 1:
		h.badges[c.ID] = fmt.Sprintf("%q", text)
		h.check(h.pd.SetCustom(c.ID, map[string]string{"badge_name": h.badges[c.ID]}))
	default:
		_, _ = h.pd.Enrol(c.ID, "expo", false) // he may take part already
	}
}

func (h *handwork) mergeOrDelete() {
	c, ok := h.anyContact()
	other, _ := h.anyContact()
	if !ok || c.ID == other.ID {
		return
	}
	delete(h.notes, other.ID)
	delete(h.badges, other.ID)
	delete(h.notes, c.ID)
	delete(h.badges, c.ID)
	if h.random.IntN(2) == 0 {
		h.check(h.pd.Merge(c.ID, other.ID))
		return
	}
	h.check(h.pd.Delete(other.ID))
}

// standing is what was done by hand and is still there.
func (h *handwork) standing() map[string]string {
	out := map[string]string{}
	places, err := h.pd.Participants()
	h.check(err)
	for _, p := range places {
		out[fmt.Sprintf("place of %d", p.ContactID)] = p.EventKey
	}
	for _, c := range h.contacts() {
		if n := h.notes[c.ID]; n != "" && c.Notes == n {
			out[fmt.Sprintf("note of %d", c.ID)] = n
		}
		if b := h.badges[c.ID]; b != "" && h.customOf(int(c.ID))["badge_name"] == b {
			out[fmt.Sprintf("badge of %d", c.ID)] = b
		}
	}
	return out
}

func (h *handwork) undoOne() {
	if len(h.runs) == 0 {
		return
	}
	run := h.runs[max(0, len(h.runs)-1-h.random.IntN(4))]
	before := h.standing()
	undo := h.undoOf(run)
	_, err := h.apply(undo, false)
	h.check(err)
	after := h.standing()
	for what, text := range before {
		if after[what] != text {
			h.t.Errorf("undo of %s lost the %s: %s; it had %d changes, blocked %+v", run, what, text, len(undo.Changes), undo.Blocked)
		}
	}
}
