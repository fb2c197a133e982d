package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// plainMirror is mirrored without a dedupe section.
var plainMirror = strings.Replace(mirrored, "    dedupe: { same: [customer_number, email], decisions: decisions.yaml }\n", "", 1)

// days applies a plan of the rows of each day, and returns the last one.
func (w *tenant) days(rows ...string) (p *pipeline.Plan) {
	w.t.Helper()
	w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte("[]\n"), 0o600))
	for _, r := range rows {
		time.Sleep(24 * time.Hour)
		w.writeCSV(goneHead + r)
		p = w.plan()
		_, err := w.apply(p, false)
		w.check(err)
	}
	return p
}

// called are the names of the contacts, by their ids.
func (w *tenant) called() string {
	names := map[int64]string{}
	for _, c := range w.contacts() {
		names[c.ID] = c.FirstName + " " + c.LastName
	}
	var called []string
	for _, id := range w.ids() {
		called = append(called, names[id])
	}
	return strings.Join(called, ", ")
}

// TestAMirrorComparesAsTargetsDo takes the row of a contact away while another one, which is
// new or rejected, says the same in another form. That contact stays; where the other row
// says something else, it goes.
func TestAMirrorComparesAsTargetsDo(t *testing.T) {
	t.Parallel()
	rules := strings.Replace(plainMirror, "\ntargets:", "\n    validate:\n      - { check: 'city != \"Nowhere\"', field: city, message: no city }\ntargets:", 1)
	const bodo = "2,bodo@x.example,K2,Bodo,Weber,Trier\n"
	for name, c := range map[string]struct {
		before, after string
		kept          bool
	}{
		"domain in letters":       {"1,j@xn--mller-kva.example,,Jana,Kern,Mainz\n", "9,j@müller.example,,Jana,Lang,Nowhere\n", true},
		"another domain":          {"1,j@xn--mller-kva.example,,Jana,Kern,Mainz\n", "9,j@moller.example,,Jana,Lang,Nowhere\n", false},
		"number with a space":     {"1,j@x.example,K 1,Jana,Kern,Mainz\n", "9,z@x.example,k1,Jana,Lang,Nowhere\n", true},
		"number with zeros":       {"1,j@x.example,0017,Jana,Kern,Mainz\n", "9,z@x.example,17,Jana,Lang,Nowhere\n", true},
		"new, number with zeros":  {"1,j@x.example,0017,Jana,Kern,Mainz\n", "9,z@x.example,17,Jana,Lang,Ulm\n", true},
		"zeros inside a number":   {"1,j@x.example,K017,Jana,Kern,Mainz\n", "9,z@x.example,K17,Jana,Lang,Nowhere\n", false},
		"name with a title":       {"1,j@x.example,,Jana,Kern,Mainz\n", "9,z@x.example,,Dr. Jana,Kern,Nowhere\n", true},
		"the title of somebody":   {"1,j@x.example,,Jana,Kern,Mainz\n", "9,z@x.example,,Dr. Bea,Kern,Nowhere\n", false},
		"a number of its own":     {"1,j@x.example,K1,Jana,Kern,Mainz\n", "9,z@x.example,K9,Jana,Kern,Nowhere\n", false},
		"says that there is none": {"1,j@x.example,n/a,Jana,Kern,Mainz\n", "9,z@x.example,N/A,Jana,Lang,Nowhere\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inTenant(t, tenantOptions{pipeline: rules, csv: goneHead, empty: true}, func(w *tenant) {
				p := w.days(c.before+bodo, bodo+c.after)
				wantEqual(t, "the contact is kept", c.kept, strings.Contains(w.called(), "Jana Kern"))
				wantEqual(t, "it is asked about", c.kept, strings.Contains(strings.Join(blockedCodes(p), " "), pipeline.CodeNotSurelyGone))
			})
		})
	}
}

// TestAListThatIsNumberedAnew is a mirror of a list whose running number is the id and the
// customer number of a row. Whoever moves up does not become the one before, with the last
// one deleted; a row that keeps its name is its contact, whatever else it takes over.
func TestAListThatIsNumberedAnew(t *testing.T) {
	t.Parallel()
	const three = "1,anna@x.example,1,Anna,Quandt,Mainz\n2,bodo@x.example,2,Bodo,Weber,Trier\n3,cleo@x.example,3,Cleo,Kern,Ulm\n"
	const all = "Anna Quandt, Bodo Weber, Cleo Kern"
	for name, c := range map[string]struct{ before, after, left string }{
		"the first one left":               {three, "1,bodo@x.example,1,Bodo,Weber,Trier\n2,cleo@x.example,2,Cleo,Kern,Ulm\n", all},
		"a new id takes an address over":   {three, "1,anna@x.example,1,Anna,Quandt,Mainz\n9,bodo@x.example,,Cleo,Kern,Ulm\n", all},
		"the last one left":                {three, "1,anna@x.example,1,Anna,Quandt,Mainz\n2,bodo@x.example,2,Bodo,Weber,Trier\n", "Anna Quandt, Bodo Weber"},
		"the last one left, and a wedding": {three, "1,anna@x.example,1,Anna,Weber,Mainz\n2,bodo@x.example,2,Bodo,Weber,Trier\n", "Anna Weber, Bodo Weber"},
		"a successor has the address":      {three, "1,anna@x.example,1,Anna,Quandt,Mainz\n2,cleo@x.example,2,Bodo,Weber,Trier\n", "Anna Quandt, Bodo Weber"},
		"a contact that was there twice":   {strings.Replace(three, ",1,", ",K1,", 1) + "4,a.q@x.example,K4,Anna,Quandt,Mainz\n", strings.NewReplacer("anna@x", "a.q@x", ",1,", ",K1,").Replace(three), all},
		"one of two of one name, or both":  {three + "4,a.q@x.example,4,Anna,Quandt,Mainz\n", strings.Replace(three, "anna@x", "a.q@x", 1), "Anna Quandt, " + all},
		"a namesake left":                  {three + "4,a.q@x.example,4,Anna,Quandt,Mainz\n", strings.Replace(three, "Mainz", "Kiel", 1), all},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inTenant(t, tenantOptions{pipeline: plainMirror, csv: goneHead, empty: true}, func(w *tenant) {
				w.days(c.before, c.after, c.after)
				wantEqual(t, "contacts", c.left, w.called())
			})
		})
	}
}

// TestWhoMayHaveMovedIsAskedAbout answers whether the row of a contact has become another one,
// whose row is gone: it keeps its own where it has not, and else waits for its address.
func TestWhoMayHaveMovedIsAskedAbout(t *testing.T) {
	t.Parallel()
	const bodo = "2,bodo@x.example,K2,Bodo,Weber,Trier\n"
	for same, c := range map[string]struct {
		contacts string
		blocked  []string
	}{
		"true":  {"Anna Quandt, Bodo Weber, Cleo Kern", []string{"key-taken"}},
		"false": {"Cleo Kern, Bodo Weber", nil},
	} {
		t.Run(same, func(t *testing.T) {
			t.Parallel()
			inTenant(t, tenantOptions{pipeline: mirrored, csv: goneHead, empty: true}, func(w *tenant) {
				p := w.days("1,anna@x.example,,Anna,Quandt,Mainz\n"+bodo+"3,cleo@x.example,,Cleo,Kern,Ulm\n", "1,anna@x.example,,Cleo,Kern,Mainz\n"+bodo)
				wantEqual(t, "blocked", []string{pipeline.CodeNotSurelyGone, pipeline.CodeNotSurelyGone}, blockedCodes(p))
				w.check(os.WriteFile(filepath.Join(w.dir, "decisions.yaml"), []byte("- { a: { source: rows, id: \"1\" }, b: { target: \"3\" }, same: "+same+" }\n"), 0o600))
				for range 2 {
					time.Sleep(24 * time.Hour)
					p = w.plan()
					wantEqual(t, "blocked", c.blocked, blockedCodes(p))
					w.applyEvents(p)
					wantEqual(t, "contacts", c.contacts, w.called())
				}
			})
		})
	}
}

// TestANumberOfOursIsNoOtherNumber has the row of a contact without keys, which got a number
// of ours, come back under another id and with a number of its own.
func TestANumberOfOursIsNoOtherNumber(t *testing.T) {
	t.Parallel()
	reserved := strings.Replace(plainMirror, "on_missing: delete", "keyless: reserve(NEW-), on_missing: delete", 1)
	const bodo = "2,bodo@x.example,K2,Bodo,Weber,Trier\n"
	for name, c := range map[string]struct {
		before, after string
		kept          bool
	}{
		"a number":                {"1,,,Anna,Quandt,Mainz\n", "9,,K1,Anna,Quandt,Mainz\n", true},
		"a number and an address": {"1,,,Anna,Quandt,Mainz\n", "9,anna@x.example,K1,Anna,Quandt,Mainz\n", true},
		"somebody else":           {"1,,,Anna,Quandt,Mainz\n", "9,anna@x.example,K1,Anna,Kern,Mainz\n", false},
		"a number of the source":  {"1,,K7,Anna,Quandt,Mainz\n", "9,anna@x.example,K1,Anna,Quandt,Mainz\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inTenant(t, tenantOptions{pipeline: reserved, csv: goneHead, empty: true}, func(w *tenant) {
				w.days(c.before+bodo, bodo+c.after)
				kept := false
				for _, contact := range w.contacts() {
					kept = kept || contact.CustomerNumber != "" && contact.CustomerNumber[0] == 'N' || contact.CustomerNumber == "K7"
				}
				wantEqual(t, "the contact is kept", c.kept, kept)
			})
		})
	}
}

// TestAnIDThatIsMistyped gives two rows one id, so that neither is known by it. A contact that
// gets a new address the same day is not made twice, while a row that was copied and became
// somebody else is created.
func TestAnIDThatIsMistyped(t *testing.T) {
	t.Parallel()
	const anna, bodo = "1,anna@x.example,,Anna,Quandt,Mainz\n", "2,bodo@x.example,,Bodo,Weber,Trier\n"
	for name, c := range map[string]struct {
		before, after string
		contacts      int
		blocked       []string
	}{
		"a new address":                       {anna + bodo, "1,anna.q@x.example,,Anna,Quandt,Mainz\n1,bodo@x.example,,Bodo,Weber,Trier\n", 2, []string{pipeline.CodeRepeatedID}},
		"nothing else":                        {anna + bodo, "1,anna@x.example,,Anna,Quandt,Mainz\n1,bodo@x.example,,Bodo,Weber,Trier\n", 2, nil},
		"a copied row, somebody new":          {anna + bodo, anna + bodo + "1,cleo@x.example,,Cleo,Kern,Ulm\n", 3, nil},
		"and the one it was copied from, too": {anna + bodo, "1,anna.q@x.example,,Anna,Quandt,Mainz\n" + bodo + "1,cleo@x.example,,Cleo,Kern,Ulm\n", 3, []string{pipeline.CodeRepeatedID}},
		"a copied row, a namesake":            {anna + bodo, anna + bodo + "1,a.q@x.example,,Anna,Quandt,Mainz\n", 3, nil},
		"an id that never was one":            {bodo, bodo + "1,anna@x.example,,Anna,Quandt,Mainz\n1,cleo@x.example,,Cleo,Kern,Ulm\n", 3, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inTenant(t, tenantOptions{pipeline: unjoinedPipeline, csv: goneHead, empty: true}, func(w *tenant) {
				p := w.days(c.before, c.after, c.after)
				wantEqual(t, "contacts", c.contacts, len(w.contacts()))
				wantEqual(t, "blocked", c.blocked, blockedCodes(p))
			})
		})
	}
}
