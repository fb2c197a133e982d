package plandocket

import "testing"

// A customer number that says there is none leads to nobody, even where one contact of
// the target has the same word, and speaks against nobody.
func TestNumbersThatSayNone(t *testing.T) {
	d := indexPeople([]person{{id: "1", email: "anna@example.com", number: "n/a"}, {id: "2", email: "ben@example.com", number: "K2"}}, true)
	for _, c := range []struct{ email, number, id, block string }{
		{"", "n/a", "", CodeKeyless},
		{"ben@example.com", "n/a", "2", ""},
		{"anna@example.com", "K1", "1", ""},
		{"anna@example.com", "K2", "", CodeKeysConflict},
		{"", "K2", "2", ""},
	} {
		at, block := d.find(c.email, c.number)
		switch {
		case c.block != "" && (block == nil || block.Code != c.block):
			t.Errorf("%q and %q give %v, want %s", c.email, c.number, block, c.block)
		case c.block == "" && (block != nil || d.people[at].id != c.id):
			t.Errorf("%q and %q lead to %d with %v, want contact %s", c.email, c.number, at, block, c.id)
		}
	}
}

// What earlier models made of a row comes before its keys, and says nothing of a row that
// speaks of somebody else.
func TestFindOfCounterparts(t *testing.T) {
	d := indexPeople([]person{
		{id: "anna", email: "home@example.com", number: "K1"}, {id: "ben", email: "home@example.com", number: "K2"},
		{id: "cleo", email: "cleo@example.com", number: "K3"}, {id: "dora", number: "K3"},
		{change: "new", email: "new@example.com", number: "K9"},
	}, true)
	anna, ben, cleo, made := d.byID["anna"], d.byID["ben"], d.byID["cleo"], d.byChange["new"]
	is := func(who int, email, number string) counterpart {
		return counterpart{model: "contacts", person: who, email: email, number: number}
	}
	left := func(who int, email, number string) counterpart {
		c := is(who, email, number)
		c.why = "is blocked"
		return c
	}
	for name, c := range map[string]struct {
		email, number string
		own           []counterpart
		want          int
		block         string
	}{
		"nobody else speaks of it":                    {"cleo@example.com", "", nil, cleo, ""},
		"it is the one that its keys say":             {"cleo@example.com", "", []counterpart{is(cleo, "cleo@example.com", "")}, cleo, ""},
		"it is another one than its keys say":         {"cleo@example.com", "", []counterpart{is(anna, "cleo@example.com", "")}, -1, CodeContactUndecided},
		"it is new, and its keys are another's":       {"cleo@example.com", "", []counterpart{is(made, "cleo@example.com", "")}, -1, CodeContactUndecided},
		"it speaks of a guest":                        {"cleo@example.com", "", []counterpart{is(anna, "home@example.com", "K1")}, cleo, ""},
		"it speaks of a guest by number":              {"", "K2", []counterpart{is(anna, "home@example.com", "")}, ben, ""},
		"a guest whom nobody knows":                   {"guest@example.com", "", []counterpart{is(anna, "home@example.com", "K1")}, -1, CodeContactUnknown},
		"nobody has its e-mail":                       {"old@example.com", "", []counterpart{is(anna, "old@example.com", "K1")}, anna, ""},
		"nobody has its e-mail, and it is new":        {"old@example.com", "", []counterpart{is(made, "old@example.com", "")}, made, ""},
		"two have its e-mail":                         {"home@example.com", "", []counterpart{is(ben, "home@example.com", "")}, ben, ""},
		"two have its number":                         {"", "K3", []counterpart{is(cleo, "", "k3")}, cleo, ""},
		"two have its e-mail, and it is a third":      {"home@example.com", "", []counterpart{is(cleo, "home@example.com", "")}, -1, CodeContactAmbiguous},
		"two have its number, and nobody its e-mail":  {"nobody@example.com", "K3", []counterpart{is(cleo, "", "k3")}, cleo, ""},
		"two have its e-mail, and nobody its number":  {"home@example.com", "K7", []counterpart{is(ben, "home@example.com", "")}, -1, CodeContactAmbiguous},
		"its keys are of two, whoever it is":          {"cleo@example.com", "K1", []counterpart{is(anna, "", "k1")}, -1, CodeKeysConflict},
		"two counterparts that are two":               {"home@example.com", "", []counterpart{is(anna, "home@example.com", ""), is(ben, "home@example.com", "")}, -1, CodeContactAmbiguous},
		"two counterparts, of which one is known":     {"home@example.com", "", []counterpart{left(-1, "home@example.com", ""), is(ben, "home@example.com", "")}, ben, ""},
		"nobody can tell who it is":                   {"cleo@example.com", "", []counterpart{left(-1, "cleo@example.com", "")}, -1, CodeContactUndecided},
		"nobody can tell who it is, by another key":   {"", "K2", []counterpart{left(-1, "ben@example.com", "")}, -1, CodeContactUndecided},
		"nobody can tell who its host is":             {"cleo@example.com", "", []counterpart{left(-1, "home@example.com", "")}, cleo, ""},
		"it is left as it is":                         {"cleo@example.com", "", []counterpart{left(cleo, "cleo@example.com", "")}, cleo, ""},
		"it is left as it is, with another's e-mail":  {"cleo@example.com", "", []counterpart{left(anna, "cleo@example.com", "")}, -1, CodeContactUndecided},
		"it is left as it is, with an e-mail of none": {"old@example.com", "", []counterpart{left(anna, "old@example.com", "")}, anna, ""},
		"what it is by now is not told":               {"cleo@example.com", "", []counterpart{is(-1, "cleo@example.com", "")}, cleo, ""},
		"it is not created":                           {"old@example.com", "", []counterpart{left(-1, "old@example.com", "")}, -1, CodeContactUnknown},
	} {
		at, block := d.findOf(c.email, c.number, c.own)
		got := ""
		if block != nil {
			got = block.Code
		}
		if at != c.want || got != c.block {
			t.Errorf("%s: got %d and %q, want %d and %q", name, at, got, c.want, c.block)
		}
	}
}
