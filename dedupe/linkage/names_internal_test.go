package linkage

import (
	"fmt"
	"testing"
)

// A mailbox that is made of the name which two records bear says nothing beside it,
// however the name is written in either.
func TestMailboxesMadeOfOneName(t *testing.T) {
	rows := crowdRows(60)
	from := len(rows)
	cases := []struct {
		why  string
		a, b []string
		says bool
	}{
		{"both have it", []string{"Joe", "Stone", "jstone@alpha.example"}, []string{"Joe", "Stone", "jstone@beta.example"}, false},
		{"turned in one", []string{"Thorpe", "Daleysa", "dthorpe@alpha.example"}, []string{"Daleysa", "Thorpe", "dthorpe@beta.example"}, false},
		{"half of it, mistyped", []string{"", "Ston", "jstone@alpha.example"}, []string{"Joe", "Stone", "jstone@beta.example"}, false},
		{"called by the mailbox", []string{"Gigi", "Martin", "martin.antonio@alpha.example"}, []string{"Antonio", "Martin", "martin.antonio@beta.example"}, false},
		{"made of one of several given names", []string{"Bettina Carola", "Stone", "carola.stone@alpha.example"}, []string{"Bettina Carola", "Stone", "carola.stone@beta.example"}, false},
		{"made of the only one that a record has", []string{"Bettina Carola", "Stone", "carola.stone@alpha.example"}, []string{"Carola", "Stone", "carola.stone@beta.example"}, false},
		{"a word of one's own", []string{"Thorpe", "Daleysa", "sunflower@alpha.example"}, []string{"Daleysa", "Thorpe", "sunflower@beta.example"}, true},
		{"another family", []string{"", "Ahrend", "jstone@alpha.example"}, []string{"Joe", "Stone", "jstone@beta.example"}, true},
	}
	for _, c := range cases {
		for _, names := range [][]string{c.a, c.b} {
			rows = append(rows, append(append([]string{}, names...), make([]string, len(crowdColumns)-len(names))...))
		}
	}
	db := linkRows(t, rows, Config{}, 0).data.db
	for i, c := range cases {
		a := int32(from + 2*i)
		if level := newComparer(db).compare(a, a+1).level(fieldEmail); (level == mailLocal) != c.says {
			t.Errorf("%s: %v and %v have level %d, same mailbox: want %v", c.why, c.a, c.b, level, c.says)
		}
	}
}

// Names that are turned tell the less the more people bear them, in either way.
func TestTurnedNamesOfMany(t *testing.T) {
	rows := crowdRows(900)
	for i := range rows { // some are written in the wrong columns, as is learned from them
		if i%3 == 2 && i%5 == 0 {
			rows[i][0], rows[i][1] = rows[i][1], rows[i][0]
		}
	}
	person := func(given, family string) {
		rows = append(rows, []string{given, family, fmt.Sprintf("x%d@mail.example", len(rows)*7919), "", "", "", "", "", ""})
	}
	for range 60 {
		person("James", "Thomas")
		person("Thomas", "James")
	}
	common := int32(len(rows) - 2)
	person("Wyatt", "Frisby")
	person("Frisby", "Wyatt")
	rare := int32(len(rows) - 2)
	r := linkRows(t, rows, Config{}, 0)
	if !r.Report.Learned {
		t.Fatalf("nothing was learned: %s", r.Report.WeightsWhy)
	}
	few, many := r.Explain(rare, rare+1).Sum, r.Explain(common, common+1).Sum
	if many > few-2 {
		t.Errorf("turned names of many weigh %v bits, of few %v", many, few)
	}
	if pinned := linkPinned(t, rows, r).Explain(common, common+1).Sum; pinned != many {
		t.Errorf("with the pinned weights they weigh %v, not %v", pinned, many)
	}
}

// linkPinned links rows with the weights and frequencies of a result.
func linkPinned(t *testing.T, rows [][]string, r *Result) *Result {
	t.Helper()
	return linkRows(t, rows, Config{Weights: r.Pinned()}, 0)
}

// Two of a household are written alike more often than one person is who is entered
// twice, and do not share an employer for living together.
func TestHouseholdsAreTied(t *testing.T) {
	r := linkRows(t, crowdRows(900), Config{}, 0)
	p := &r.data.scorer.m.p
	if !r.Report.Learned {
		t.Fatalf("nothing was learned: %s", r.Report.WeightsWhy)
	}
	if slips := p[same][fieldFamily][nameTypo]; p[household][fieldFamily][nameTypo] > slips/2 {
		t.Errorf("family names of a household are mistyped in %v, of one person in %v", p[household][fieldFamily][nameTypo], slips)
	}
	for level := uint8(firmLoose); level < firmEqual; level++ {
		if p[household][fieldEmployer][level] > max(p[same][fieldEmployer][level], p[strangers][fieldEmployer][level]) {
			t.Errorf("employers of a household are at level %d in %v, of one person in %v", level, p[household][fieldEmployer][level], p[same][fieldEmployer][level])
		}
	}
}

// A mailbox that is made of the name that a record has does not tell that another one,
// who has a name beside it or is the son, is the same.
func TestMailboxesTellNoOtherGivenName(t *testing.T) {
	rows := append(crowdRows(60),
		[]string{"Bettina Carola", "Stone", "bettina.stone@alpha.example", "", "", "", "", "", ""},
		[]string{"Bettina Ottilie", "Stone", "stone@beta.example", "", "", "", "", "", ""},
		[]string{"Bettina", "Stone", "stone@gamma.example", "", "", "", "", "", ""}, // so that it is a name of the list
		[]string{"Konrad sen.", "Stone", "konrad.stone@alpha.example", "", "", "", "", "", ""},
		[]string{"Konrad jun.", "Stone", "stone@beta.example", "", "", "", "", "", ""},
		[]string{"Konrad", "Stone", "stone@gamma.example", "", "", "", "", "", ""})
	db := linkRows(t, rows, Config{}, 0).data.db
	if level := newComparer(db).compare(60, 61).level(fieldGiven); level != nameAlike {
		t.Errorf("Bettina Carola and Bettina Ottilie have level %d, want %d", level, nameAlike)
	}
	if level := newComparer(db).compare(63, 64).level(fieldGiven); level != nameOther {
		t.Errorf("father and son have level %d, want %d", level, nameOther)
	}
}

// Records meet by the first of several given names, and who is written with it and with
// several is one user of a mailbox.
func TestFirstNamesMeet(t *testing.T) {
	rows := crowdRows(60)
	for _, given := range []string{"Guangjun", "Guangjun Xiaoming", "Guangjun Baozhai", "Guangjun Taras"} {
		rows = append(rows, []string{given, "Zhang", "sonne77@alpha.example", "", "", "", "", "", ""})
	}
	db := linkRows(t, rows, Config{}, 0).data.db
	firsts := newParts(db).given
	for i := 61; i < len(rows); i++ {
		if firsts.hashes[firsts.ids[i]] != firsts.hashes[firsts.ids[60]] {
			t.Errorf("%s and Guangjun have no block key in common", rows[i][0])
		}
	}
	if level := newComparer(db).compare(60, 61).level(fieldEmail); level != mailPrivate {
		t.Errorf("the mailbox of one person under four spellings has level %d, want %d", level, mailPrivate)
	}
}
