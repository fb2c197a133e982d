package review

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// statuses are the statuses in the order in which they are shown.
var statuses = [...]pipeline.Status{pipeline.Verified, pipeline.Unverified, pipeline.Unseen, pipeline.Already, pipeline.Sent, pipeline.Drifted,
	pipeline.Refused, pipeline.Blocked, pipeline.Unknown, pipeline.Pending, pipeline.Declined}

// ResultText writes what became of a plan for a terminal: the counts, and each
// change that did not end as planned.
func ResultText(w io.Writer, p *pipeline.Plan, r *pipeline.Result, opt Options) error {
	v := newView(w, opt)
	counts := r.Count()
	var parts []string
	for _, s := range statuses {
		if counts[s] > 0 {
			parts = append(parts, safe(string(s))+" "+group(counts[s]))
		}
	}
	if len(parts) == 0 {
		parts = append(parts, "nothing to do")
	}
	v.line("%s", v.paint(bold, "apply ")+safe(r.Run)+": "+strings.Join(parts, ", "))
	if r.Calls > 0 {
		v.line("  %s, %s; at most %s between reading a record and writing it", count(r.Calls, "writing call"), count(r.Requests, "reading request"), r.Window.Round(time.Millisecond))
		if r.Unheard > 0 {
			v.line("  of %s no log of the target tells whether it took the place of what somebody else changed within that time", count(r.Unheard, "change"))
		}
	}
	if counts[pipeline.Pending] > 0 && r.Calls+r.Requests == 0 {
		v.line("  the target was not read this time: what an earlier apply of this plan wrote counts as pending here, too")
	}
	shown, left := 0, 0
	for i, o := range r.Outcomes {
		if o.Status == pipeline.Verified && o.Message == "" || o.Status == pipeline.Already || o.Status == pipeline.Pending || o.Status == pipeline.Declined {
			continue
		}
		if shown == listedMax && !opt.All {
			left++
			continue
		}
		shown++
		v.line("  %s %s%s", v.paint(yellow, safe(string(o.Status))), safe(p.Changes[i].Label), v.aside(origins(p.Changes[i].Rows, 0)))
		if o.Message != "" {
			v.line("      %s", sentence(o.Message))
		}
	}
	if left > 0 {
		v.line("  ... %s more", group(left))
	}
	if n := len(p.Blocked); n > 0 {
		v.line("  %s: %s; show tells what to do about each", v.paint(red, "blocked in the plan, and not written"), codes(p.Blocked))
	}
	if r.Overwritten > 0 {
		v.line("  %s", v.paint(red, count(r.Overwritten, "change")+" took the place of what somebody else changed within that time; the log of the target has what it was"))
	}
	if n := counts[pipeline.Unseen]; n > 0 {
		v.line("  %s", v.paint(red, count(n, "change")+" confirmed by the target and not shown by it: what is missing may be lost; look at these records before the next plan"))
	}
	if r.Settled > 0 {
		v.line("  of fields that both sides changed %s answered: the next plan takes the side that was chosen", wereOf(r.Settled))
	}
	if r.Stopped != "" {
		v.line("%s", v.paint(red, sentence(r.Stopped)))
	}
	return v.b.Flush()
}

func wereOf(n int) string {
	if n == 1 {
		return "1 was"
	}
	return group(n) + " were"
}

// codes counts blocked rows by code.
func codes(blocked []pipeline.BlockedRow) string {
	n := map[string]int{}
	for i := range blocked {
		n[blocked[i].Code]++
	}
	var parts []string
	for _, code := range slices.Sorted(maps.Keys(n)) {
		parts = append(parts, safe(code)+" "+group(n[code]))
	}
	return strings.Join(parts, ", ")
}

// ResultJSON writes what became of a plan as one JSON document.
func ResultJSON(w io.Writer, r *pipeline.Result) error {
	e := diag.JSONEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(struct {
		Run      string                  `json:"run"`
		Counts   map[pipeline.Status]int `json:"counts"`
		Calls    int                     `json:"calls"`
		Requests int                     `json:"requests"`
		Over     int                     `json:"overwritten"` // changes that took the place of what somebody else made at that moment
		Unheard  int                     `json:"unheard"`     // changes of which no log tells that
		Settled  int                     `json:"settled"`     // fields that both sides changed, of which one side was taken
		Stopped  string                  `json:"stopped,omitempty"`
		Outcomes []pipeline.Outcome      `json:"outcomes"`
	}{r.Run, r.Count(), r.Calls, r.Requests, r.Overwritten, r.Unheard, r.Settled, r.Stopped, list(r.Outcomes)}); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}
