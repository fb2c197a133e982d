package pipeline_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/reconkit/reconkit/pipeline"
)

func yes() *bool { b := true; return &b }
func no() *bool  { b := false; return &b }

// decided is a job with two creates, an update of an e-mail, one of a phone, and one
// that empties a note.
func decided(t *testing.T) (*kept, *pipeline.Plan) {
	t.Helper()
	k := newKept(t, []row{person(1), person(2).with("phone", text("1")), person(3).with("note", text("n"))},
		[]row{person(1).with("email", text("new@example.com")), person(2).with("phone", text("2")), person(3).with("note", pipeline.Erase()), person(4), person(5)})
	k.policy.RequireApproval = []string{"identity", "blank"}
	return k, k.plan(t)
}

func (k *kept) applyWith(t *testing.T, p *pipeline.Plan, change func(*pipeline.ApplyOptions)) (map[string]pipeline.Status, error) {
	t.Helper()
	opt := k.options()
	opt.State = k.store
	change(&opt)
	r, err := pipeline.Apply(t.Context(), p, opt)
	if err != nil {
		return nil, err
	}
	got := map[string]pipeline.Status{}
	for label, s := range statuses(p, r) {
		got[strings.Fields(label)[1]] = s
	}
	return got, nil
}

func TestOnlyWhatIsAcceptedIsWritten(t *testing.T) {
	const v, d, b = pipeline.Verified, pipeline.Declined, pipeline.Blocked
	all := func(s ...pipeline.Status) map[string]pipeline.Status {
		return map[string]pipeline.Status{"01": s[0], "02": s[1], "03": s[2], "04": s[3], "05": s[4]}
	}
	byLabel := func(p *pipeline.Plan, number string) string {
		for _, c := range p.Changes {
			if strings.Contains(c.Label, number) {
				return c.ID
			}
		}
		return ""
	}
	class := func(d *pipeline.Approvals, begins string, said *bool) {
		for i := range d.Classes {
			if strings.HasPrefix(d.Classes[i].Class, begins) {
				d.Classes[i].Accept = said
			}
		}
	}
	row := func(d *pipeline.Approvals, id string, said *bool) {
		for i := range d.Rows {
			if d.Rows[i].Change == id {
				d.Rows[i].Accept = said
			}
		}
	}
	tests := []struct {
		name   string
		change func(p *pipeline.Plan, o *pipeline.ApplyOptions)
		want   map[string]pipeline.Status
	}{
		{"a mere yes does not approve what needs approval", func(*pipeline.Plan, *pipeline.ApplyOptions) {}, all(b, v, b, v, v)},
		{"a person saw it all", func(_ *pipeline.Plan, o *pipeline.ApplyOptions) { o.Approved = true }, all(v, v, v, v, v)},
		{"nothing decided", func(p *pipeline.Plan, o *pipeline.ApplyOptions) { o.Approvals = p.Undecided() }, all(b, b, b, b, b)},
		{"the rest is accepted", func(p *pipeline.Plan, o *pipeline.ApplyOptions) {
			o.Approvals = p.Undecided()
			o.Approvals.Rest = yes()
		}, all(v, v, v, v, v)},
		{"a class is accepted, a row of it is not", func(p *pipeline.Plan, o *pipeline.ApplyOptions) {
			o.Approvals = p.Undecided()
			class(o.Approvals, "create", yes())
			row(o.Approvals, byLabel(p, "05"), no())
			o.Approvals.Rest = no()
		}, all(d, d, d, v, d)},
		{"a class is declined, a row of it is not", func(p *pipeline.Plan, o *pipeline.ApplyOptions) {
			o.Approvals = p.Undecided()
			class(o.Approvals, "create", no())
			row(o.Approvals, byLabel(p, "05"), yes())
		}, all(b, b, b, d, v)},
		{"a part of the plan", func(p *pipeline.Plan, o *pipeline.ApplyOptions) {
			o.Only = map[string]bool{byLabel(p, "02"): true, byLabel(p, "01"): true}
		}, all(b, v, d, d, d)},
		{"a part of what is accepted", func(p *pipeline.Plan, o *pipeline.ApplyOptions) {
			o.Approvals = p.Undecided()
			class(o.Approvals, "create", yes())
			o.Only = map[string]bool{byLabel(p, "02"): true, byLabel(p, "05"): true}
		}, all(d, b, d, d, v)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, p := decided(t)
			before := k.target.copied()
			got, err := k.applyWith(t, p, func(o *pipeline.ApplyOptions) { tt.change(p, o) })
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("statuses (-got +want):\n%s", diff)
			}
			// What a person did not accept is untouched; the rest can be had later.
			for i, id := range []string{"t001", "t002", "t003"} {
				if touched := cmp.Diff(fmt.Sprint(k.target.records[id]), fmt.Sprint(before[id])) != ""; touched != (got[fmt.Sprintf("%02d", i+1)] == v) {
					t.Errorf("record %s: touched is %t, its status %s", id, touched, got[fmt.Sprintf("%02d", i+1)])
				}
			}
			again, err := k.applyWith(t, p, func(o *pipeline.ApplyOptions) { o.Approved = true })
			if err != nil {
				t.Fatal(err)
			}
			for label, s := range again {
				if !s.Done() {
					t.Errorf("afterwards %s is %s", label, s)
				}
			}
		})
	}
}

func TestDeclinesAreRemembered(t *testing.T) {
	k, p := decided(t)
	if _, err := k.applyWith(t, p, func(o *pipeline.ApplyOptions) {
		o.Approvals = p.Undecided()
		o.Approvals.Rest = no()
	}); err != nil {
		t.Fatal(err)
	}
	plan := func(declines pipeline.Declines) *pipeline.Plan {
		t.Helper()
		p, err := k.pipeline().Plan(t.Context(), pipeline.Options{Now: k.w.Now(), Links: k.store, Ledger: k.store, Declines: declines})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	memory := k.store.(pipeline.Declines)
	again := plan(memory)
	if len(again.Changes) != 0 || len(again.Blocked) != 5 || again.Blocked[0].Code != pipeline.CodeDeclined || !strings.Contains(again.Blocked[0].Reason, "2026-03-01") {
		t.Fatalf("planned again: %v, blocked %v", again.Changes, blockedCodes(again))
	}
	// Going on with the same plan does not write it by a mere yes.
	if got, err := k.applyWith(t, p, func(*pipeline.ApplyOptions) {}); err != nil || len(got) != 5 || got["02"] != pipeline.Declined || got["04"] != pipeline.Declined {
		t.Errorf("applied again: %v, %v", got, err)
	}
	// Agreeing to a part of it says nothing about the rest.
	if _, err := k.applyWith(t, p, func(o *pipeline.ApplyOptions) { o.Approved, o.Only = true, map[string]bool{} }); err != nil {
		t.Fatal(err)
	}
	if declined, err := memory.Declined(t.Context(), k.target.Identity()); err != nil || len(declined) != 5 {
		t.Errorf("after a part was agreed to, %d are declined, want 5: %v", len(declined), err)
	}
	// Other values are another change.
	k.want(t, person(2).with("phone", text("3")), person(4))
	if p := plan(memory); len(p.Changes) != 1 || len(p.Blocked) != 1 {
		t.Errorf("with another phone: %d changes, blocked %v", len(p.Changes), blockedCodes(p))
	}
	// Asked again and accepted, it is declined no more.
	k.want(t, person(4))
	asked := plan(nil)
	if _, err := k.applyWith(t, asked, func(o *pipeline.ApplyOptions) {
		o.Approvals = asked.Undecided()
		o.Approvals.Rest = yes()
	}); err != nil {
		t.Fatal(err)
	}
	if declined, err := memory.Declined(t.Context(), k.target.Identity()); err != nil || len(declined) != 4 {
		t.Errorf("%d are declined still, want 4: %v", len(declined), err)
	}
}

// Approvals are taken as editors of Windows save them: with a byte order mark, and with
// CR and LF at the end of each line.
func TestApprovalsOfAnEditorOfWindows(t *testing.T) {
	_, p := decided(t)
	var file bytes.Buffer
	if err := p.Undecided().Write(&file); err != nil {
		t.Fatal(err)
	}
	answered := strings.Replace(file.String(), `"rest": null`, `"rest": true`, 1)
	d, err := pipeline.ReadApprovals(strings.NewReader("\ufeff" + strings.ReplaceAll(answered, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Fit(p); err != nil || d.Rest == nil || !*d.Rest {
		t.Errorf("they say %+v: %v", d, err)
	}
}

// What people write to their decisions is kept with the run, and nothing of it is sent.
func TestNotesAreKeptAndNotSent(t *testing.T) {
	k, p := decided(t)
	d := p.Undecided()
	d.Rest, d.Note = yes(), "looked at, secret"
	d.Classes[0].Note = "class secret"
	d.Rows[0].Accept, d.Rows[0].Note = no(), "row secret"
	if _, err := k.applyWith(t, p, func(o *pipeline.ApplyOptions) { o.Approvals = d }); err != nil {
		t.Fatal(err)
	}
	runs, err := k.store.Runs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []pipeline.ApprovalNote{{On: pipeline.NoteOnAll, Said: "accepted", Note: "looked at, secret"},
		{On: pipeline.NoteOnClass, Name: d.Classes[0].Class, Note: "class secret"},
		{On: pipeline.NoteOnChange, Name: d.Rows[0].Change, Record: p.Changes[0].Target, Said: "declined", Note: "row secret"}}
	if got := runs[len(runs)-1].Approval.Notes; !slices.Equal(got, want) {
		t.Errorf("kept are %+v, want %+v", got, want)
	}
	if sent := fmt.Sprintf("%+v", k.target.calls); len(k.target.calls) == 0 || strings.Contains(sent, "secret") {
		t.Errorf("sent was %s", sent)
	}
}

func TestApprovalsThatDoNotFit(t *testing.T) {
	k, p := decided(t)
	other := *p
	other.Digest = strings.Repeat("0", 64)
	var file bytes.Buffer
	if err := p.Undecided().Write(&file); err != nil {
		t.Fatal(err)
	}
	whole := file.String()
	replaced := func(old, now string) string {
		if !strings.Contains(whole, old) {
			t.Fatalf("%q is not in %s", old, whole)
		}
		return strings.Replace(whole, old, now, 1)
	}
	wide := func(text string) string { // UTF-16, low byte first, as far as the text is ASCII
		return strings.Join(strings.Split(text, ""), "\x00") + "\x00"
	}
	tests := []struct{ name, text, want string }{
		{"UTF-16", "\xff\xfe" + wide(whole), "were saved as UTF-16, which some editors call Unicode; save them as UTF-8"},
		{"UTF-16 without a mark", wide(whole), "save them as UTF-8"},
		{"UTF-16, high byte first", "\xfe\xff\x00" + strings.TrimSuffix(wide(whole), "\x00"), "save them as UTF-8"},
		{"cut off", whole[:len(whole)/2], "cut off"},
		{"nothing", "", "there is nothing in it"},
		{"another kind of file", "[]", "not an approvals file"},
		{"no approvals", `{"same": true}`, "format 0"},
		{"a newer form", replaced(`"format": 1`, `"format": 9`), "format 9"},
		{"another word", replaced(`"rest"`, `"others"`), `there is no key "others"`},
		{"neither yes nor no", replaced(`"accept": null`, `"accept": "maybe"`), "line"},
		{"something behind it", whole + "{}", "something behind its end"},
		{"about another plan", replaced(p.Digest, other.Digest), "are about plan 000000000000 of pipeline \"p\", and this is plan " + p.Digest[:12] + ": its changes, its target or its policy are others by now"},
		{"about a plan that is called alike", replaced(p.Digest, p.Digest[:12]+other.Digest[12:]), "and this is plan " + p.Digest + ":"},
		{"about no plan", replaced(p.Digest, "0011"), `name the plan "0011", which is no digest of a plan`},
		{"about another pipeline", strings.Replace(replaced(`"pipeline": "p"`, `"pipeline": "q"`), p.Digest, other.Digest, 1), `name the approvals of this plan, or write them anew`},
		{"a change that is not there", replaced(p.Changes[0].ID, "0123"), `the change "0123"`},
		{"a change named twice", replaced(`"rows": [`, `"rows": [ {"change": "`+p.Changes[0].ID+`"},`), "or name it twice"},
		{"a class that is not there", replaced(`"class": "create`, `"class": "delete`), "the class"},
		{"a class of another size", replaced(`"changes": 2`, `"changes": 41`), "which has 2 changes of it"},
		{"a class that needs nothing", replaced(`"needs_approval": [
    "blank"
   ]`, `"needs_approval": []`), "tell it otherwise than the plan"},
		{"another label", replaced(`"label": "Person 05`, `"label": "Person 06`), `call it "Person 06`},
		{"another class of a change", replaced(p.Changes[0].ID+`",
   "class": "`, p.Changes[0].ID+`",
   "class": "delete `), "in the plan it has the class"},
		{"a key that stands twice", replaced(`"rest": null`, `"rest": true, "rest": null`), `line 7: the key "rest" stands twice`},
		{"a key in capitals", replaced(`"accept": null`, `"Accept": true`), `there is no key "Accept" in "classes"; it is written "accept"`},
		{"a name without an end", replaced(`"by": ""`, `"by": "`+strings.Repeat("x", 1<<20)+`"`), "at most 200 characters"},
		{"a long note", replaced(`"note": ""`, `"note": "`+strings.Repeat("x", 501)+`"`), "the note on the whole has more than 500 characters"},
		{"a day that is none", replaced(`"when": ""`, `"when": "yesterday"`), "write a day such as"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := pipeline.ReadApprovals(strings.NewReader(tt.text))
			if err == nil {
				_, err = k.applyWith(t, p, func(o *pipeline.ApplyOptions) { o.Approvals = d })
			}
			wrong := (*pipeline.ApprovalsError)(nil)
			if !errors.As(err, &wrong) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want a refusal with %q", err, tt.want)
			}
		})
	}
	if len(k.target.calls) != 0 {
		t.Error("something was sent")
	}
}

func TestLostMemoryBlocksWhatItDecides(t *testing.T) {
	j := newJob(t, []row{person(1)}, []row{person(1).with("phone", text("1")), person(2).with("phone", text("2"))})
	j.policy.Fields = map[string]pipeline.FieldPolicy{"phone": pipeline.ProtectEdits}
	j.policy.OnMissing = pipeline.DeleteMissing
	plan := func() *pipeline.Plan {
		t.Helper()
		p, err := j.pipeline().Plan(t.Context(), pipeline.Options{Now: j.w.Now(), Links: j.state, Ledger: j.state, MemoryNeeded: true})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := plan()
	if len(p.Changes) != 1 || p.Changes[0].Action != pipeline.Create || len(p.Blocked) != 1 || p.Blocked[0].Code != pipeline.CodeStateMissing {
		t.Errorf("without memory: %v, %v", p.Changes, blockedCodes(p))
	}
	if len(p.Findings) != 1 || p.Findings[0].Code != pipeline.CodeStateMissing {
		t.Errorf("that nothing is deleted is not said: %v", p.Findings)
	}
	j.apply(t, p)
	if p = plan(); len(p.Changes) != 1 || len(p.Blocked) != 0 {
		t.Errorf("with memory: %v, %v", p.Changes, blockedCodes(p))
	}
}

// TestDeclinedRowsShowTheirNotes: a later plan tells why a person said no: what was
// written to the change, or else to its class, or to all of them.
func TestDeclinedRowsShowTheirNotes(t *testing.T) {
	k, p := decided(t)
	a := p.Undecided()
	a.Rest, a.Note = no(), "not before the fair"
	for i := range a.Classes {
		if strings.HasPrefix(a.Classes[i].Class, "create") {
			a.Classes[i].Accept, a.Classes[i].Note = no(), "no newcomers"
		}
	}
	for i := range a.Rows {
		if strings.Contains(a.Rows[i].Label, "Person 05") {
			a.Rows[i].Accept, a.Rows[i].Note = no(), "is \"away\""
		}
	}
	if _, err := k.applyWith(t, p, func(o *pipeline.ApplyOptions) { o.Approvals = a }); err != nil {
		t.Fatal(err)
	}
	k.w.advance(time.Hour)
	other := newKept(t, nil, []row{person(7)}) // of which nothing was declined
	other.store, other.runs = k.store, k.runs
	other.run(t, other.plan(t))
	carry, err := a.Carry("p")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"01": "not before the fair", "02": "not before the fair", "03": "not before the fair", "04": "no newcomers", "05": `is \"away\"`}
	for name, c := range map[string]struct {
		declines pipeline.Declines
		want     map[string]string
	}{
		"remembered":                  {k.store.(pipeline.Declines), want},
		"remembered, and in the file": {carry.Over(k.store.(pipeline.Declines), k.w.Now()), want},
		"in the file alone":           {carry.Over(nil, k.w.Now()), map[string]string{"05": `is \"away\"`}},
	} {
		again, err := k.pipeline().Plan(t.Context(), pipeline.Options{Now: k.w.Now(), Links: k.store, Ledger: k.store, Declines: c.declines})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, b := range again.Blocked {
			if _, note, told := strings.Cut(b.Reason, `; the note: "`); told && b.Code == pipeline.CodeDeclined {
				got[strings.Fields(b.Label)[1]] = strings.TrimSuffix(note, `"`)
			}
		}
		if diff := cmp.Diff(got, c.want); diff != "" {
			t.Errorf("%s: the notes (-got +want):\n%s", name, diff)
		}
	}
}
