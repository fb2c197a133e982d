package pipeline

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// Incremental is a source that can go on from where an earlier reading came to. What
// it then gives are whole rows, but not all of them: nothing is taken for missing.
type Incremental interface {
	// After returns the source limited to what changed since a mark that Mark
	// returned, and to what may have changed shortly before, so that neither a slow
	// reading nor a clock that is behind loses a change.
	After(mark string) (Source, error)
	// Mark says, once the source has been read, how far that came; "" when it cannot
	// tell, or when nobody asked for it.
	Mark() string
}

// DatedMarks is an incremental source whose marks stand for times.
type DatedMarks interface {
	// MarkTime is the time that a mark of the source stands for, to be shown; false for
	// a mark that it did not make.
	MarkTime(mark string) (time.Time, bool)
}

// AccountMarks is an incremental source whose marks tell whether they are of what it reads
// now: a credential alone may choose the account of a service.
type AccountMarks interface {
	// Anew says why the reading that ended last was one of everything in spite of the mark
	// that After was given; "" when it was not.
	Anew() string
}

// shownMark is a mark as a person reads it: its time, where it stands for one.
func shownMark(s Source, mark string) string {
	if dated, ok := s.(DatedMarks); ok {
		if at, ok := dated.MarkTime(mark); ok {
			return at.UTC().Format(time.RFC3339)
		}
	}
	return "mark " + diag.Shorten(mark, 60)
}

// Watermarks remembers up to where sources were read, and everything in them was
// applied.
type Watermarks interface {
	// Watermarks returns the marks of a pipeline's sources for a target.
	Watermarks(ctx context.Context, pipeline, target string) (map[string]Watermark, error)
	SaveWatermarks(ctx context.Context, pipeline, target string, marks map[string]Watermark) error
}

// Watermark is how far a source was read, by which pipeline file.
type Watermark struct {
	Mark        string
	Fingerprint string // of the pipeline; another one may say other things of the same rows
	At          time.Time
}

// ReadMark is from where on a source was read for a plan, and how far.
type ReadMark struct {
	From string `json:"from,omitempty"` // "": from the beginning
	To   string `json:"to,omitempty"`   // "": nobody knows
}

// readsAfter finds out which sources of the pipeline's models go on from where they
// were read before. A model that goes to several targets does so where all of them
// had everything up to the same mark; else it is read in full. So is everything from
// which weights are learned anew: the few rows that changed tell nothing of the others.
func (p *Pipeline) readsAfter(ctx context.Context, opt *Options) error {
	if opt.Watermarks == nil || opt.Relearn {
		return nil
	}
	marks := map[*Model]map[string]string{}
	for _, b := range p.Bindings {
		if !slices.ContainsFunc(b.Model.From, func(f *From) bool { _, can := f.Source.(Incremental); return can }) {
			continue
		}
		known, err := opt.Watermarks.Watermarks(ctx, p.Name, markedTarget(b.Target.Identity(), b.Model.Name))
		if err != nil {
			return fmt.Errorf("read up to where the sources were read: %w", err)
		}
		these := map[string]string{}
		for source, w := range known {
			if w.Fingerprint == p.Fingerprint {
				these[source] = w.Mark
			}
		}
		if before, other := marks[b.Model]; other && !maps.Equal(before, these) {
			these = nil
		}
		marks[b.Model] = these
	}
	opt.after = map[*From]readAfter{}
	for m, these := range marks {
		for _, f := range m.From {
			source, can := f.Source.(Incremental)
			if mark := these[f.Name]; can && mark != "" {
				limited, err := source.After(mark)
				if err != nil {
					return fmt.Errorf("source %s: go on from where it was read: %w", f.Name, err)
				}
				opt.after[f] = readAfter{limited, mark}
			}
		}
	}
	return nil
}

// readAfter is a source from a mark on.
type readAfter struct {
	source Source
	mark   string
}

// source is what is read of a source of a model.
func (o *Options) source(f *From) Source {
	if a, ok := o.after[f]; ok {
		return a.source
	}
	return f.Source
}

// markedTarget is under which name the marks of a model for a target are kept.
func markedTarget(identity, model string) string { return identity + " " + model }

// mark notes how far a source was read. Of one that a model reads twice, both
// readings must say the same.
func (c *collector) mark(f *From) {
	source, can := c.opt.source(f).(Incremental)
	if !can {
		return
	}
	m := ReadMark{From: c.opt.after[f].mark, To: source.Mark()}
	if told, ok := source.(AccountMarks); ok && told.Anew() != "" {
		m.From, c.out.anew[f.Name] = "", told.Anew()
	}
	if old, twice := c.out.Marks[f.Name]; twice && old != m {
		m.To = ""
	}
	if m != (ReadMark{}) {
		c.out.Marks[f.Name] = m
		c.out.shownMarks[f.Name] = ReadMark{From: shownMark(c.opt.source(f), m.From), To: shownMark(c.opt.source(f), m.To)}
	}
}

// partial are the sources that were read from a mark on.
func (c *Collected) partial() map[string]bool {
	partial := map[string]bool{}
	for name, m := range c.Marks {
		if m.From != "" {
			partial[name] = true
		}
	}
	return partial
}

// tellMarks says which sources were read in part, and which were not in spite of a mark.
func (c *Collected) tellMarks(model string) (found []diag.Finding) {
	for _, name := range slices.Sorted(maps.Keys(c.anew)) {
		found = append(found, diag.Finding{Severity: diag.Warning, Code: "read-anew",
			Message: fmt.Sprintf("model %s: of source %s everything was read, since %s", model, name, c.anew[name]),
			Hint:    "where the account is another one, name another state for it (state:, --state): a row that has the id of one there counts as that one"})
	}
	for _, name := range slices.Sorted(maps.Keys(c.partial())) {
		found = append(found, diag.Finding{Severity: diag.Note, Code: "incremental",
			Message: fmt.Sprintf("model %s: of source %s only what changed since %s was read, up to %s; nothing is taken for missing", model, name, c.shownMarks[name].From, c.shownMarks[name].To),
			Hint:    "plan --full reads all of it"})
	}
	return found
}

// holdMarks are how far sources were read, as apply may remember it: not at all where values
// wait for the target to know them, since their rows must be read again then.
func (d *Difference) holdMarks(read map[string]ReadMark) map[string]ReadMark {
	if d.Unsaid == 0 {
		return read
	}
	held := make(map[string]ReadMark, len(read))
	for name, m := range read {
		held[name] = ReadMark{From: m.From}
	}
	records := "1 record"
	if d.Unsaid > 1 {
		records = fmt.Sprintf("%d records", d.Unsaid)
	}
	d.Findings = append(d.Findings, diag.Finding{Severity: diag.Note, Code: "mark-held", Count: d.Unsaid,
		Message: fmt.Sprintf("values of %s are not sent, since the target does not know them; until it does, later plans read from where this one did", records)})
	return held
}

// CodePartlyRead says that a record has rows which an incremental reading left out.
const CodePartlyRead = "partly-read"

// unreadRows reports whether a record has rows of a source that was read in part,
// and not these: what they say about its fields is not known.
func (d *differ) unreadRows(record string) bool {
	if len(d.Partial) == 0 {
		return false
	}
	if d.unread == nil {
		d.unread = map[string]bool{}
		held := d.stillHeld()
		for row, id := range d.Links {
			if d.Partial[row.Source] && !held(row) {
				d.unread[id] = true
			}
		}
	}
	return d.unread[record]
}

// rememberMarks remembers up to where the sources of the binding were read, once
// everything that it said was applied, so that it need not be read again.
func (a *applier) rememberMarks(ctx context.Context) error {
	memory, ok := a.opt.State.(Watermarks)
	if !ok || len(a.binding.Marks) == 0 || a.opt.Only != nil || a.binding.Counts.Rejected > 0 || a.binding.Counts.Blocked > 0 || a.result.Stopped != "" {
		return nil
	}
	for _, ch := range a.changes {
		if s := a.status(ch); s != Verified && s != Already {
			return nil
		}
	}
	marks := map[string]Watermark{}
	for name, m := range a.binding.Marks {
		if m.To != "" {
			marks[name] = Watermark{Mark: m.To, Fingerprint: a.plan.Header.Fingerprint, At: a.opt.Now()}
		}
	}
	if err := memory.SaveWatermarks(ctx, a.plan.RowsOf(&a.binding), markedTarget(a.binding.Identity, a.binding.Model), marks); err != nil {
		return fmt.Errorf("remember up to where the sources were read: %w", err)
	}
	return nil
}
