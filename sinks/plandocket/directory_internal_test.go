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
