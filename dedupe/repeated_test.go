package dedupe_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// TestRepeatedRows has customers of whom each is there in many equal rows, as in a
// list of orders, without an e-mail: each is one contact, and the one that the
// target has.
func TestRepeatedRows(t *testing.T) {
	for _, size := range [][2]int{{1, 3}, {1, 400}, {5, 40}, {50, 40}, {200, 15}} {
		customers, each := size[0], size[1]
		var rows, target []row
		for c := range customers {
			for range each {
				r := benchContact(c)
				delete(r.cells, "email")
				r.id, r.line = fmt.Sprintf("a%d", len(rows)), int32(len(rows)+2)
				rows = append(rows, r)
			}
			r := benchContact(c)
			delete(r.cells, "email")
			r.source, r.id = "plandocket", fmt.Sprintf("T%d", c)
			target = append(target, r)
		}
		for _, there := range [][]row{nil, target} {
			res := match(t, contactMatcher(t), rows, there)
			linked := 0
			for _, l := range res.Links {
				if l.Target >= 0 && l.Block == nil {
					linked++
				}
			}
			if len(res.Clusters) != customers || linked != len(there) {
				t.Errorf("%d customers in %d rows each, of whom the target has %d: %d clusters, %d linked, %d questions",
					customers, each, len(there), len(res.Clusters), linked, len(res.Questions))
			}
		}
	}
}

// TestEqualRowsOfTwoNumbers has equal rows with numbers that forbid them to be
// one: each finds its own record of the target, however many there are.
func TestEqualRowsOfTwoNumbers(t *testing.T) {
	var rows, target []row
	for i := range 20 {
		r := benchContact(1)
		delete(r.cells, "email")
		r.id, r.line = fmt.Sprint(i), int32(i+2)
		r.cells["customer_number"] = fmt.Sprint(100 + i)
		rows = append(rows, r)
	}
	same := benchContact(1)
	delete(same.cells, "email")
	same.source, same.id = "plandocket", "T1"
	target = append(target, same)
	res := match(t, contactMatcher(t), rows, target)
	if len(res.Clusters) != len(rows) {
		t.Fatalf("%d clusters of %d numbers", len(res.Clusters), len(rows))
	}
	for c, l := range res.Links {
		if l.Block == nil && l.Target < 0 {
			t.Errorf("cluster %d would be created, though the target has a contact that is equal to it", c)
		}
	}
}

// TestPeopleOfOneHomeAreAsked has two people who share a family name, a phone and
// an address, and have first names that are alike: likeness joins none of them,
// in a short list and in one from which weights are learned.
func TestPeopleOfOneHomeAreAsked(t *testing.T) {
	for _, others := range []int{0, 600} {
		for _, pair := range [][2]string{{"Lena", "Lea"}, {"Lisa", "Luisa"}, {"Jonas", "Jona"}, {"Nina", "Tina"}, {"Klaus", "Klara"}, {"Hans Peter", "Hans Georg"},
			{"Anna Maria", "Maria"}, {"Anna Maria", "Maria Luise"}} {
			var rows []row
			for i := range others {
				rows = append(rows, benchContact(i))
			}
			for i, first := range pair {
				rows = append(rows, row{source: "home", id: fmt.Sprint(i), line: int32(i + 2), cells: map[string]string{"first_name": first, "last_name": "Maier",
					"phone": "+49221123456", "city": "Köln", "postal_code": "50667", "address": "Domstr. 1"}})
			}
			if res := match(t, contactMatcher(t), rows, nil); len(res.Clusters) != len(rows) {
				t.Errorf("%s and %s of one home, among %d others, are one", pair[0], pair[1], others)
			}
		}
	}
}

// TestNamesakesElsewhere has people of one name in streets of one name: a road
// that every town has joins nobody, and writes over nobody.
func TestNamesakesElsewhere(t *testing.T) {
	place := func(id, street, postcode, city string) row {
		return row{source: "people", id: id, line: 2, cells: map[string]string{"first_name": "Anna", "last_name": "Weber", "address": street, "postal_code": postcode, "city": city}}
	}
	for _, pair := range [][2]row{
		{place("1", "Hauptstr. 5", "", "Berlin"), place("2", "Hauptstr. 17", "", "Köln")},
		{place("1", "Hauptstr. 5", "10115", "Berlin"), place("2", "Hauptstr. 5", "80331", "München")},
		{place("1", "Hauptstr. 5", "", "Berlin"), place("2", "Hauptstr. 7", "", "Berlin")},
	} {
		if res := match(t, contactMatcher(t), pair[:], nil); len(res.Clusters) != 2 {
			t.Errorf("%v and %v are one", pair[0].cells, pair[1].cells)
		}
		there := pair[1]
		there.source = "plandocket"
		if res := match(t, contactMatcher(t), pair[:1], []row{there}); res.Links[0].Target >= 0 && res.Links[0].Block == nil {
			t.Errorf("%v is written over %v", pair[0].cells, there.cells)
		}
	}
}

// TestFatherInTheTarget has a record of the target that is marked as senior, and a
// row that is not: a person is asked.
func TestFatherInTheTarget(t *testing.T) {
	of := func(source, last string) row {
		return row{source: source, id: "1", line: 2, cells: map[string]string{"first_name": "Karl", "last_name": last, "phone": "+493012345678",
			"address": "Hauptstr. 5", "postal_code": "10115", "city": "Berlin"}}
	}
	res := match(t, contactMatcher(t), []row{of("people", "Weber")}, []row{of("plandocket", "Weber sen.")})
	if res.Links[0].Block == nil || len(res.Questions) != 1 {
		t.Errorf("link %+v and %d questions, want a question", res.Links[0], len(res.Questions))
	}
}

// TestOrderOfManyRecords shuffles so many records that weights are learned and
// blocks are made.
func TestOrderOfManyRecords(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var rows, target []row
	for i := range 800 {
		c := benchContact(i % 600)
		c.id, c.line = fmt.Sprintf("p%d", i), int32(i+2)
		switch r.IntN(5) {
		case 0:
			delete(c.cells, "email")
		case 1:
			c.cells["first_name"], c.cells["last_name"] = c.cells["last_name"], c.cells["first_name"]
		case 2:
			c.cells["first_name"] = c.cells["first_name"][:1] + "."
		}
		if r.IntN(4) == 0 {
			c.cells["customer_number"] = fmt.Sprint(r.IntN(400))
		}
		rows = append(rows, c)
		if i%3 == 0 {
			c.source, c.id = "plandocket", fmt.Sprintf("T%d", i)
			target = append(target, c)
		}
	}
	m := contactMatcher(t)
	matched := func() string {
		in := pipeline.MatchInput{Records: tableOf(t, rows, func() bool { return r.IntN(50) == 0 }), Target: tableOf(t, target, uncut), TargetNamespace: "plandocket"}
		res, err := m.Match(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		checkResult(t, in, res)
		checkNever(t, in, res)
		return render(in, res)
	}
	want := matched()
	r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	r.Shuffle(len(target), func(i, j int) { target[i], target[j] = target[j], target[i] })
	if got := matched(); got != want {
		t.Error("another order of 800 rows gives another result")
	}
}
