package plandockettest

import (
	"database/sql"
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

// hostile draws texts with what JSON escapes.
func hostile() *rapid.Generator[string] {
	return rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "Anna", "<b>&", "a\u2028b\u2029", "\xff", "\\\"\n\t\x01/", "\ufffd", "null"}))
}

// TestLoggedContacts compares what is written by hand with encoding/json.
func TestLoggedContacts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := row{rating: rapid.Int64Range(1, 5).Draw(t, "rating"), access: rapid.Bool().Draw(t, "access")}
		for i := range r.text {
			r.text[i] = sql.NullString{String: hostile().Draw(t, textColumns[i]), Valid: rapid.Bool().Draw(t, "given")}
		}
		want, err := json.Marshal(r.fields())
		if err != nil {
			t.Fatal(err)
		}
		if got := r.logged(); got != string(want) {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	})
}

// TestTextsAreRead compares the short way of reading a JSON string with encoding/json.
func TestTextsAreRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := hostile().Draw(t, "text")
		marshalled, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range []string{string(marshalled), `"` + s + `"`, s, "null", "", "1", `"`} {
			var want string
			read := json.Unmarshal([]byte(raw), &want) == nil
			if got, ok := jsonText([]byte(raw)); ok != read || ok && got != want {
				t.Fatalf("%q is read as %q, %t, want %q, %t", raw, got, ok, want, read)
			}
		}
	})
}
