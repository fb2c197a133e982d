package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// Progress appears after a second, and then at most five times a second.
const (
	progressAfter = time.Second
	progressEvery = 200 * time.Millisecond
)

// waitTold is how long a wait is at least of which somebody without a terminal is told.
const waitTold = 10 * time.Second

// progress shows how far a long act is, on a terminal alone; elsewhere it says once what
// is waited for.
type progress struct {
	w       io.Writer // nil: nothing is shown
	now     func() time.Time
	columns func() (int, bool) // of the terminal, where they are known
	say     func(line string)  // where nothing is shown

	told time.Time // until when the wait lasts of which it was said last

	mu    sync.Mutex
	since map[string]time.Time // when each act began
	last  time.Time            // shown
	shown bool
}

// newProgress makes a progress that says what it waits for, and no more, when w is no
// terminal.
func newProgress(w io.Writer, now func() time.Time, say func(line string)) *progress {
	if !terminal(w) {
		w = nil
	}
	return &progress{w: w, now: now, columns: func() (int, bool) { return terminalColumns(w) }, say: say, since: map[string]time.Time{}}
}

// step is a pipeline.Progress.
func (p *progress) step(s pipeline.Step) { p.stage(s.What, s) }

// stage shows a step of a longer act; it appears once the act has lasted.
func (p *progress) stage(act string, s pipeline.Step) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	long, since := now.Sub(p.begun(act, now)), p.begun(s.What, now)
	if p.w == nil || long < progressAfter || now.Sub(p.last) < progressEvery {
		return
	}
	p.show(now, stepText(s, now.Sub(since)))
}

// begun is when an act began: now, where it was not heard of.
func (p *progress) begun(act string, now time.Time) time.Time {
	since, known := p.since[act]
	if !known {
		since, p.since[act] = now, now
	}
	return since
}

// wait shows a wait at once: nothing else will be said until it is over.
func (p *progress) wait(text string, long time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w != nil && long >= progressAfter {
		p.show(p.now(), text)
	}
}

// waitUntil shows a wait and why, or says it where there is no terminal. It may be one
// of several in a row, which are over at last at the latest, unless more is sent meanwhile;
// of those it is said once.
func (p *progress) waitUntil(until, last time.Time, why string) {
	now := p.now()
	text := "waiting until " + clockTime(now, until) + " " + why
	p.wait(text, until.Sub(now))
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.w != nil || until.Sub(now) < waitTold || !until.After(p.told) {
		return
	}
	if p.told = last; last.After(until) {
		text += ", and in turn until " + clockTime(now, last) + " at the latest for what was sent so far"
	}
	p.say(text)
}

// clockTime is a time as a person reads it who sees it now.
func clockTime(now, at time.Time) string {
	if at.Sub(now) > 12*time.Hour {
		return at.Format("2006-01-02 15:04:05")
	}
	return at.Format("15:04:05")
}

func (p *progress) show(now time.Time, text string) {
	p.last, p.shown = now, true
	if columns, known := p.columns(); known { // a line that goes on in the next one could not be taken off
		line := []rune(text)
		text = string(line[:min(len(line), max(1, columns-1))])
	}
	fmt.Fprintf(p.w, "\r\x1b[K%s", text)
}

// stepText is a step in words.
func stepText(s pipeline.Step, took time.Duration) string {
	if s.Done == 0 || took <= 0 {
		return s.What
	}
	rate := float64(s.Done) / took.Seconds()
	text := fmt.Sprintf("%s: %d", s.What, s.Done)
	if s.Total > 0 {
		text += fmt.Sprintf(" of %d", s.Total)
	}
	text += fmt.Sprintf(", %.0f a second", rate)
	if s.Calls > 0 {
		text += fmt.Sprintf(", %d requests", s.Calls)
	}
	if s.Total > s.Done && rate > 0 {
		text += fmt.Sprintf(", %s to go", (time.Duration(float64(s.Total-s.Done)/rate) * time.Second).Round(time.Second))
	}
	return text
}

// clear takes the line of progress off the terminal.
func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}

// end takes the last line of progress off the terminal.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}
