package pipeline_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// feed is a source of rows that say when they changed, and that can be read from a
// moment on.
type feed struct {
	rows  []row
	ids   []string
	at    []int // when each row changed
	since int
	reads *[]int // from where it was read each time
}

func (f *feed) put(id string, at int, r row) {
	i := slices.Index(f.ids, id)
	if i < 0 {
		f.rows, f.ids, f.at = append(f.rows, r), append(f.ids, id), append(f.at, at)
		return
	}
	f.rows[i], f.at[i] = r, at
}

func (f *feed) Schema(context.Context) (*pipeline.Schema, error) { return schema, nil }
func (f *feed) Mark() string                                     { return strconv.Itoa(slices.Max(f.at)) }

func (f *feed) After(mark string) (pipeline.Source, error) {
	since, err := strconv.Atoi(mark)
	later := *f
	later.since = since
	return &later, err
}

func (f *feed) Evidence() pipeline.Evidence {
	if f.since > 0 {
		return pipeline.Evidence{Grade: pipeline.Unproven, Reasons: []string{"only what changed was read"}}
	}
	return pipeline.Evidence{Grade: pipeline.Proven}
}

func (f *feed) Read(context.Context) pipeline.Stream {
	return func(yield func(*pipeline.Batch, error) bool) {
		*f.reads = append(*f.reads, f.since)
		var rows []row
		var ids []string
		for i, at := range f.at {
			if at >= f.since {
				rows, ids = append(rows, f.rows[i]), append(ids, f.ids[i])
			}
		}
		yield(batchOf(new(testing.T), schema, "feed", ids, rows...), nil)
	}
}

// fed is a job whose source is a feed.
type fed struct {
	*kept
	feed *feed
	full bool
	anew bool // what agreements mean is learned
}

func newFed(t testing.TB, existing ...row) *fed {
	return &fed{kept: newKept(t, existing, nil), feed: &feed{reads: new([]int)}}
}

func (f *fed) plan(t testing.TB) *pipeline.Plan {
	t.Helper()
	p := f.pipeline()
	p.Fingerprint = "f1"
	p.Models[0].From[0] = &pipeline.From{Name: "feed", Source: f.feed, Mapping: identity{}}
	opt := pipeline.Options{Now: f.w.Now(), Links: f.store, Ledger: f.store, Watermarks: f.store.(pipeline.Watermarks), Relearn: f.anew}
	if f.full {
		opt.Watermarks = nil
	}
	plan, err := p.Plan(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func (f *fed) lastRead() int { return (*f.feed.reads)[len(*f.feed.reads)-1] }

// Once everything of a reading is in the target, the next one begins where it came
// to; nothing that was not read is taken for missing.
func TestIncrementalReading(t *testing.T) {
	f := newFed(t)
	f.policy.OnMissing = pipeline.DeleteMissing
	f.feed.put("a", 10, person(1))
	f.feed.put("b", 20, person(2))
	p := f.plan(t)
	f.plan(t)
	if got := *f.feed.reads; !slices.Equal(got, []int{0, 0}) {
		t.Fatalf("read from %v, although nothing was applied", got)
	}
	f.run(t, p)
	f.feed.put("b", 30, person(2).with("phone", text("1")))
	f.feed.put("c", 31, person(3))
	p = f.plan(t)
	if n := p.Total(); f.lastRead() != 20 || n.Create != 1 || n.Update != 1 || n.Delete+n.Missing != 0 || p.Header.Bindings[0].Marks["feed"] != (pipeline.ReadMark{From: "20", To: "31"}) {
		t.Errorf("read from %d, planned %q, %+v", f.lastRead(), shown(p), p.Header.Bindings[0].Marks)
	}
	if m := findingOf(p, "incremental"); !strings.Contains(m, "only what changed since mark 20 was read, up to mark 31") {
		t.Errorf("the plan says %q", m)
	}
	f.run(t, p)
	if p = f.plan(t); f.lastRead() != 31 || len(p.Changes) != 0 {
		t.Errorf("read from %d, planned %q", f.lastRead(), shown(p))
	}
	f.full = true
	if p = f.plan(t); f.lastRead() != 0 || p.Total().Unchanged != 3 {
		t.Errorf("in full it is read from %d: %+v", f.lastRead(), p.Total())
	}
}

// What is blocked, rejected or left out would not be read again, so that the mark
// stays where it was.
func TestMarkStaysWhereSomethingIsLeft(t *testing.T) {
	for name, leave := range map[string]func(*testing.T, *fed) (string, error){
		"a row is rejected": func(t *testing.T, f *fed) (string, error) {
			f.feed.put("x", 15, row{"name": text("bad")})
			return f.run(t, f.plan(t)), nil
		},
		"a record is blocked": func(t *testing.T, f *fed) (string, error) {
			f.feed.put("x", 15, row{"name": text("nobody can tell")}) // no key
			return f.run(t, f.plan(t)), nil
		},
		"only a part is applied": func(t *testing.T, f *fed) (string, error) {
			opt := f.options()
			opt.State, opt.Only = f.store, map[string]bool{}
			_, err := pipeline.Apply(t.Context(), f.plan(t), opt)
			return opt.Run, err
		},
		"a change is refused": func(t *testing.T, f *fed) (string, error) {
			f.target.faults[1] = refuse
			opt := f.options()
			opt.State = f.store
			_, err := pipeline.Apply(t.Context(), f.plan(t), opt)
			return opt.Run, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFed(t)
			f.feed.put("a", 10, person(1))
			f.feed.put("b", 20, person(2))
			if _, err := leave(t, f); err != nil {
				t.Fatal(err)
			}
			if f.plan(t); f.lastRead() != 0 {
				t.Errorf("the next reading begins at %d", f.lastRead())
			}
		})
	}
}

// What the target confirms and does not show may not be there.
func TestMarkStaysWhereAWriteIsNotShown(t *testing.T) {
	f := newFed(t)
	f.feed.put("a", 10, person(1))
	f.target.lag = 100
	f.run(t, f.plan(t))
	f.target.lag = 0
	if f.plan(t); f.lastRead() != 0 {
		t.Errorf("the next reading begins at %d", f.lastRead())
	}
	f.run(t, f.plan(t))
	if f.plan(t); f.lastRead() != 10 {
		t.Errorf("once it is shown, the next reading begins at %d", f.lastRead())
	}
}

// learning is a target that comes to know more tags.
type learning struct {
	*target
	words []string
}

func (l *learning) Words(context.Context, []string) (map[string]pipeline.KnownWords, error) {
	return map[string]pipeline.KnownWords{"tags": {Values: l.words}}, nil
}

// What the target does not know yet is sent once it does, though its row did not change.
func TestMarkWaitsForWordsThatTheTargetDoesNotKnow(t *testing.T) {
	f := newFed(t)
	target := &learning{target: f.target, words: []string{"vip"}}
	plan := func() *pipeline.Plan {
		p := f.pipeline()
		p.Fingerprint, p.Bindings[0].Target = "f1", target
		p.Models[0].From[0] = &pipeline.From{Name: "feed", Source: f.feed, Mapping: identity{}}
		plan, err := p.Plan(t.Context(), pipeline.Options{Now: f.w.Now(), Links: f.store, Ledger: f.store, Watermarks: f.store.(pipeline.Watermarks)})
		must(t, err)
		return plan
	}
	f.feed.put("a", 10, person(1).with("tags", pipeline.ListValue([]string{"vip", "new"})))
	p := plan()
	if m := findingOf(p, "mark-held"); !strings.Contains(m, "values of 1 record are not sent") {
		t.Errorf("the plan says %q", m)
	}
	f.run(t, p)
	if plan(); f.lastRead() != 0 {
		t.Errorf("a value waits, and the next reading begins at %d", f.lastRead())
	}
	target.words = append(target.words, "new")
	p = plan()
	if len(p.Changes) != 1 {
		t.Errorf("the target knows the value by now, and planned is %q", shown(p))
	}
	f.run(t, p)
	if plan(); f.lastRead() != 10 {
		t.Errorf("everything is in the target, and the next reading begins at %d", f.lastRead())
	}
}

// What agreements mean is not learned from the few rows that changed.
func TestRelearningReadsEverything(t *testing.T) {
	f := newFed(t)
	f.feed.put("a", 10, person(1))
	f.run(t, f.plan(t))
	f.anew = true
	if f.plan(t); f.lastRead() != 0 {
		t.Errorf("it is learned from what changed since %d", f.lastRead())
	}
}

// Another pipeline file may say other things of the same rows.
func TestMarkIsOfOnePipelineFile(t *testing.T) {
	f := newFed(t)
	f.feed.put("a", 10, person(1))
	p := f.plan(t)
	p.Header.Fingerprint = "an older file" // it is not in the digest
	f.run(t, p)
	if f.plan(t); f.lastRead() != 0 {
		t.Errorf("the next reading begins at %d", f.lastRead())
	}
}

// A record with several rows is not made of those alone that changed.
func TestRecordIsNotMadeOfAPartOfItsRows(t *testing.T) {
	f := newFed(t, person(1))
	must(t, f.store.SaveLinks(t.Context(), "fake shop", []pipeline.RowLink{{Pipeline: "p", Source: "feed", ID: "other", Target: "t001"}}))
	must(t, f.store.(pipeline.Watermarks).SaveWatermarks(t.Context(), "p", "fake shop people", map[string]pipeline.Watermark{"feed": {Mark: "5", Fingerprint: "f1"}}))
	f.feed.put("a", 10, person(1).with("phone", text("1")))
	p := f.plan(t)
	if len(p.Changes) != 0 || len(p.Blocked) != 1 || p.Blocked[0].Code != pipeline.CodePartlyRead {
		t.Errorf("planned %q, blocked %+v", shown(p), p.Blocked)
	}
	f.full = true
	f.feed.put("other", 3, person(1))
	if slices.ContainsFunc(f.plan(t).Blocked, func(b pipeline.BlockedRow) bool { return b.Code == pipeline.CodePartlyRead }) {
		t.Error("read in full, it is blocked as well")
	}
	if slices.ContainsFunc(p.Findings, func(x diag.Finding) bool { return x.Code == "incremental" && x.Hint == "" }) {
		t.Error("the plan does not say how to read all of it")
	}
}

// accountFeed is a feed whose marks tell of which account they are.
type accountFeed struct {
	*feed
	anew string
}

func (f accountFeed) Anew() string { return f.anew }

func (f accountFeed) After(mark string) (pipeline.Source, error) {
	if f.anew != "" {
		return f, nil // the mark is of no use
	}
	return f.feed.After(mark)
}

// TestAReadingThatBeganAnew is one of everything, and the plan says why it was read. What
// it lacks is counted as missing, and not deleted: it may be in another account.
func TestAReadingThatBeganAnew(t *testing.T) {
	for name, anew := range map[string]string{"goes on": "", "begins anew": "the token leads to another account"} {
		t.Run(name, func(t *testing.T) {
			k := newKept(t, nil, nil)
			k.policy.OnMissing = pipeline.DeleteMissing
			var reads []int
			f := &feed{reads: &reads}
			f.put("N01", 1, person(1))
			f.put("N02", 2, person(2))
			plan := func(source pipeline.Source) *pipeline.Plan {
				p := k.pipeline()
				p.Models[0].From[0].Name, p.Models[0].From[0].Source = "feed", source
				plan, err := p.Plan(t.Context(), pipeline.Options{Now: k.w.Now(), Links: k.store, Ledger: k.store, Watermarks: k.store.(pipeline.Watermarks)})
				if err != nil {
					t.Fatal(err)
				}
				return plan
			}
			k.run(t, plan(f))
			other := &feed{reads: &reads}
			other.put("N02", 2, person(2))
			other.put("N03", 3, person(3))
			p := plan(accountFeed{other, anew})
			n, told, held := p.Total(), findingOf(p, "read-anew"), findingOf(p, "delete-not-proven")
			if want := map[bool]int{true: 1}[anew != ""]; n.Create != 1 || n.Missing != want || n.Delete != 0 || !strings.HasSuffix(told, anew) || (told != "") != (anew != "") {
				t.Errorf("counts %+v, said %q, marks %v", n, told, p.Header.Bindings[0].Marks)
			}
			if strings.Contains(held, "in spite of its mark") != (anew != "") {
				t.Errorf("of deletions it says %q", held)
			}
			if m := p.Header.Bindings[0].Marks["feed"]; m.To != "3" || (m.From == "") != (anew != "") {
				t.Errorf("marks %+v", m)
			}
		})
	}
}
