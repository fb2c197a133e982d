package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// unjoinedPipeline is sharedPipeline without a dedupe section.
var unjoinedPipeline = strings.Replace(sharedPipeline, "    dedupe: { same: [customer_number, email], decisions: decisions.yaml }\n", "", 1)

const (
	reusedHead = "ID,Email,Number,First,Last,City\n"
	annaQuandt = "1,anna@x.example,,Anna,Quandt,Mainz\n"
	bodoWeber  = "1,bodo@y.example,K7,Bodo,Weber,Trier\n"
)

// reuseDay has a plan of some rows made, applied, and looked at, a day after the one before.
func (w *tenant) reuseDay(rows string) *pipeline.Plan {
	w.t.Helper()
	time.Sleep(24 * time.Hour)
	w.writeCSV(reusedHead + rows)
	p := w.plan()
	_, err := w.apply(p, false)
	w.check(err)
	return p
}

func (w *tenant) wantReused(p *pipeline.Plan, rows ...string) {
	w.t.Helper()
	var got []string
	for _, b := range p.Blocked {
		if b.Code == "reused-id" {
			got = append(got, b.Rows[0].ID)
		}
	}
	slices.Sort(got)
	wantEqual(w.t, "rows that wait as reused-id", rows, got)
}

// people are the contacts: their addresses, numbers and names.
func (w *tenant) people() []string {
	var out []string
	for _, c := range w.contacts() {
		out = append(out, strings.Join([]string{c.Email, c.CustomerNumber, c.FirstName, c.LastName}, " "))
	}
	return out
}

func inReuse(t *testing.T, text string, run func(w *tenant)) {
	t.Helper()
	t.Parallel()
	inTenant(t, tenantOptions{pipeline: text, csv: reusedHead, empty: true}, func(w *tenant) {
		w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte("[]\n"), 0o600))
		run(w)
	})
}

// TestRowsOfOneContactDoNotVouchForEachOther has rows that became one contact, of which one is
// somebody else by now: the contact stays who it is, for as many days as nobody says more.
func TestRowsOfOneContactDoNotVouchForEachOther(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"joined": sharedPipeline, "unjoined": unjoinedPipeline} {
		t.Run("a row in front of line numbers, "+name, func(t *testing.T) {
			inReuse(t, text, func(w *tenant) {
				w.reuseDay("1,bodo@x.example,,Bodo,Weber,Trier\n")
				for range 3 {
					w.wantReused(w.reuseDay("1,zoe@x.example,K9,Zoe,Neu,Kiel\n2,bodo@x.example,,Bodo,Weber,Trier\n"), "1")
					wantEqual(t, "contacts", []string{"bodo@x.example  Bodo Weber"}, w.people())
				}
				w.wantReused(w.reuseDay("1,zoe@x.example,K9,Zoe,Neu,Kiel\n2,bodo@new.example,,Bodo,Weber,Trier\n"), "1")
				wantEqual(t, "contacts", []string{"bodo@new.example  Bodo Weber"}, w.people())
			})
		})
	}
	t.Run("a duplicate", func(t *testing.T) {
		inReuse(t, sharedPipeline, func(w *tenant) {
			double := strings.Replace(annaQuandt, "1,", "2,", 1)
			w.reuseDay(annaQuandt + double)
			for range 2 {
				w.wantReused(w.reuseDay(annaQuandt+strings.Replace(bodoWeber, "1,", "2,", 1)), "2")
				wantEqual(t, "contacts", []string{"anna@x.example  Anna Quandt"}, w.people())
			}
			w.wantReused(w.reuseDay(annaQuandt + double))
		})
	})
}

// TestReusedIDsWithoutEqualKinds gives the id of a row to somebody of whom, or of whose
// predecessor, no key of the same kind is known.
func TestReusedIDsWithoutEqualKinds(t *testing.T) {
	t.Parallel()
	unnamed := strings.Replace(unjoinedPipeline, "first_name: First, last_name: Last, ", "", 1)
	for name, c := range map[string]struct{ text, first, then, contact string }{
		"the newcomer has no key":       {unjoinedPipeline, annaQuandt, "1,,,Bodo,Weber,Trier\n", "anna@x.example  Anna Quandt"},
		"the newcomer has another kind": {unjoinedPipeline, annaQuandt, "1,,K7,Bodo,Weber,Trier\n", "anna@x.example  Anna Quandt"},
		"the record has only a number":  {unjoinedPipeline, "1,,K1,Anna,Quandt,Mainz\n", "1,bodo@y.example,,Bodo,Weber,Trier\n", " K1 Anna Quandt"},
		"numbers of the source": {strings.Replace(unjoinedPipeline, ", identifiers: { customer_number: plandocket }", "", 1),
			"1,,K1,Anna,Quandt,Mainz\n", "1,,K9,Zoe,Neu,Kiel\n", " K1 Anna Quandt"},
		"a reserved number": {sharedPipeline, "1,,,Anna,Quandt,Mainz\n", "1,,,Bodo,Weber,Trier\n", ""},
		"no names, and the address has a row": {unnamed, "1,anna@x.example,,,,Mainz\n",
			"1,zoe@x.example,,,,Kiel\n2,anna@x.example,,,,Mainz\n", "anna@x.example   "},
	} {
		t.Run(name, func(t *testing.T) {
			inReuse(t, c.text, func(w *tenant) {
				w.reuseDay(c.first)
				before := w.contacts()
				w.wantReused(w.reuseDay(c.then), "1")
				wantEqual(t, "contacts", before, w.contacts())
				if c.contact != "" {
					wantEqual(t, "contacts", []string{c.contact}, w.people())
				}
			})
		})
	}
}

// TestReusedIDIsAnswered has a person say who a row is that waits. Then it is written, the next
// plan has nothing to do, and the answer is not needed any more.
func TestReusedIDIsAnswered(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		same string
		want []string
	}{
		"the contact is to become it": {"true", []string{"bodo@y.example K7 Bodo Weber"}},
		"it is another contact":       {"false", []string{"anna@x.example  Anna Quandt", "bodo@y.example K7 Bodo Weber"}},
	} {
		t.Run(name, func(t *testing.T) {
			inReuse(t, sharedPipeline, func(w *tenant) {
				w.reuseDay(annaQuandt)
				w.wantReused(w.reuseDay(bodoWeber), "1")
				decide := func(text string) {
					w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte(text), 0o600))
				}
				decide("- { a: { source: rows, id: \"1\" }, b: { target: \"1\" }, same: " + c.same + " }\n")
				w.wantReused(w.reuseDay(bodoWeber))
				wantEqual(t, "contacts", c.want, w.people())
				decide("[]\n")
				if p := w.reuseDay(bodoWeber); len(p.Changes)+len(p.Blocked) > 0 {
					t.Errorf("the next plan has changes %v, blocked %v", p.Changes, p.Blocked)
				}
			})
		})
	}
}

// TestEditedContactIsNoReusedID has somebody rename a contact in the target, and give it
// another address: its row says what it said before, and is written.
func TestEditedContactIsNoReusedID(t *testing.T) {
	inReuse(t, unjoinedPipeline, func(w *tenant) {
		w.reuseDay(annaQuandt)
		w.edit(1, func(c *plandockettest.Contact) {
			c.FirstName, c.LastName, c.Email = "Hilde", "Obermayr", "hilde@z.example"
		})
		w.wantReused(w.reuseDay(annaQuandt))
		wantEqual(t, "contacts", []string{"anna@x.example  Anna Quandt"}, w.people())
	})
}

// TestOfficeAddressIsNoNameOfItsOwn has somebody give a contact an address of her own. Her id
// goes to somebody else who writes from the office address that she had: he is not her.
func TestOfficeAddressIsNoNameOfItsOwn(t *testing.T) {
	for name, text := range map[string]string{"with dedupe": sharedPipeline, "without": unjoinedPipeline} {
		t.Run(name, func(t *testing.T) {
			inReuse(t, text, func(w *tenant) {
				w.reuseDay("1,bodo@y.example,,Anna,Quandt,Mainz\n")
				w.edit(1, func(c *plandockettest.Contact) { c.Email = "anna@private.example" })
				w.wantReused(w.reuseDay("1,bodo@y.example,,Bodo,Weber,Trier\n"), "1")
				wantEqual(t, "contacts", []string{"anna@private.example  Anna Quandt"}, w.people())
			})
		})
	}
}

// TestIDsMoveAmongPeopleOfOneAddress has people of one household, of whom one goes or comes, so
// that ids move, or one has the id of another: each contact stays who it is, for as many days
// as nobody says more, whether or not it is said that the rows are different.
func TestIDsMoveAmongPeopleOfOneAddress(t *testing.T) {
	t.Parallel()
	var apart strings.Builder
	for _, p := range []string{"12", "13", "23", "14", "24", "34"} {
		apart.WriteString("- { a: { source: rows, id: \"" + p[:1] + "\" }, b: { source: rows, id: \"" + p[1:] + "\" }, same: false }\n")
	}
	const anna, bodo, cosima, zoe = "home@x.example,,Anna,Quandt,Mainz\n", "home@x.example,,Bodo,Weber,Mainz\n", "home@x.example,,Cosima,Kern,Mainz\n", "home@x.example,,Zoe,Neu,Mainz\n"
	numbered := func(number, row string) string { return strings.Replace(row, ",,", ","+number+",", 1) }
	byNumber := strings.Replace(sharedPipeline, "same: [customer_number, email]", "same: [customer_number]", 1)
	three := "1," + anna + "2," + bodo + "3," + cosima
	threeNumbered := "1," + numbered("K1", anna) + "2," + numbered("K2", bodo) + "3," + numbered("K3", cosima)
	for name, c := range map[string]struct{ text, first, then string }{
		"one goes":                     {sharedPipeline, three, "1," + bodo + "2," + cosima},
		"one goes, addresses not same": {byNumber, three, "1," + bodo + "2," + cosima},
		"one goes, of three numbers":   {sharedPipeline, threeNumbered, "1," + numbered("K2", bodo) + "2," + numbered("K3", cosima)},
		"one in front":                 {sharedPipeline, three, "1,zoe@x.example,,Zoe,Neu,Kiel\n2," + anna + "3," + bodo + "4," + cosima},
		"one in front, of numbers":     {sharedPipeline, threeNumbered, "1," + numbered("K7", zoe) + "2," + numbered("K1", anna) + "3," + numbered("K2", bodo)},
		"an id of another":             {sharedPipeline, "1," + anna + "2," + bodo, "1," + zoe + "2," + bodo},
		"an id of another, a number":   {sharedPipeline, "1," + anna + "2," + bodo, "1," + numbered("K8", zoe) + "2," + bodo},
	} {
		for kept, decisions := range map[string]string{"said": apart.String(), "unsaid": "[]\n"} {
			t.Run(name+", "+kept, func(t *testing.T) {
				inReuse(t, c.text, func(w *tenant) {
					w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte(apart.String()), 0o600))
					w.reuseDay(c.first)
					before := w.contacts()
					w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte(decisions), 0o600))
					for range 2 {
						w.reuseDay(c.then)
						wantEqual(t, "those who were there", before, w.contacts()[:len(before)])
					}
				})
			})
		}
	}
}
