package plandocket

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestParseJSONRefuses(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", "", "where a value is missing"},
		{"truncated", `{"data": [1, 2`, "ends after"},
		{"trailing", `{"data": []} <br>`, "something follows"},
		{"invalid UTF-8", "{\"a\": \"M\xfcller\"}", "not valid UTF-8"},
		{"invalid UTF-8 after an escape", "{\"a\": \"\\n\xfc\"}", "not valid UTF-8"},
		{"a name twice", `{"id": 1, "id": 2}`, `"id" comes twice`},
		{"data twice", `{"data": [], "data": []}`, `"data" comes twice`},
		{"no number", `{"a": -}`, "a digit"},
		{"bare control character", "\"a\nb\"", "control character"},
		{"half an escape", `"\u12`, "hexadecimal"},
		{"too deep", strings.Repeat("[", 1000), "levels"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := parseJSON([]byte(test.text), func(*node) error { return nil })
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestParseJSONTolerates(t *testing.T) {
	n, err := parseJSON([]byte("\xef\xbb\xbf"+` {"customer_number": 007, "a": 1, "a": 1, "name": "Zo\u00eb \ud83d\ude00 \/"} `), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := n.get("customer_number").text; got != "007" {
		t.Errorf("number %q, want 007 as it was sent", got)
	}
	if got := n.get("name").text; got != "Zoë \U0001f600 /" {
		t.Errorf("name %q", got)
	}
}

// FuzzParseJSON compares with encoding/json: what it refuses is refused, but
// for leading zeros, and texts are read alike.
func FuzzParseJSON(f *testing.F) {
	for _, s := range []string{`{"data":[{"id":1,"email":"a@b.c"}],"meta":{}}`, `[1,-2.5e+10,"\ud800x",null,true]`, `"\u00e9\n"`, `{"a":{"b":[[]]}}`, ` 0 `, `1E1111`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := parseJSON(b, nil)
		if err != nil {
			return
		}
		text := strings.TrimPrefix(string(b), "\xef\xbb\xbf")
		var want any
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			if huge := new(json.UnmarshalTypeError); errors.As(err, &huge) && strings.HasPrefix(huge.Value, "number") {
				return // numbers stay text here; 1E999 is one
			}
			if strings.Contains(err.Error(), "after") && strings.ContainsAny(text, "0") {
				return // a leading zero
			}
			t.Fatalf("parsed %q, which encoding/json refuses: %v", text, err)
		}
		if s, ok := want.(string); ok && (n.kind != textNode || n.text != s) {
			t.Fatalf("text %q, want %q", n.text, s)
		}
	})
}

// TestRowsAreReadAsOtherValues hands rows over one by one, whose names come in the same
// order, in others, twice, and with escapes: each is the value that it is elsewhere.
func TestRowsAreReadAsOtherValues(t *testing.T) {
	rows := []string{
		`{"id":1,"email":"a@b.c","note":"x"}`, `{"id":2,"email":"d@e.f","note":"x\ny"}`, `{"id":3,"email":"g"}`, `{}`, `{"email":"h","id":4}`,
		`{"email":"i","id":5,"email":"i"}`, `{"email":"i","id":5}`, `{"a\"b":1,"id":6}`, `{"a\"b":2,"id":7}`, `{"em\u0061il":"k","id":8}`, `{"id":{"id":9,"x":[{"id":10}]},"email":null}`,
		`7`, `{"id":11,"email":007,"note":true}`, ` { "id" : 12 , "email" : "l" } `, `{"` + strings.Repeat("n", 100) + `":1}`, `{"` + strings.Repeat("n", 100) + `":2}`,
	}
	text := []byte(`{"data":[` + strings.Join(rows, ",") + `],"meta":{"id":"m","email":"n"}}`)
	whole, err := parseJSON(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	want, i := whole.get("data").items, 0
	rest, err := parseJSON(text, func(row *node) error {
		if i >= len(want) || !row.equal(&want[i]) {
			t.Errorf("row %d, %s, is read as %+v", i, rows[min(i, len(rows)-1)], row)
		}
		i++
		return nil
	})
	if err != nil || i != len(rows) || !rest.get("meta").equal(whole.get("meta")) {
		t.Errorf("%d of %d rows, and beside them %+v: %v", i, len(rows), rest, err)
	}
	for _, bad := range []string{`[{"id":1,"a":2},{"id":1,"id":2}]`, `[{"id":1,"a":2},{"id":1,"a":2,"a":3}]`, `[{"id":1},{"id"}]`, `[{"id":1},{"id":"` + "\xfc" + `"}]`} {
		if _, err := parseJSON([]byte(`{"data":`+bad+`}`), func(*node) error { return nil }); err == nil {
			t.Errorf("%s is read", bad)
		}
	}
}

// What is kept of an answer, such as what is told beside its rows, keeps no part of the
// rows in memory, though names come in both.
func TestWhatIsKeptIsNoPartOfTheRows(t *testing.T) {
	body := []byte(`{"data": [{"total": 1}], "meta": {"total": 2}}`)
	n, err := parseJSON(body, func(*node) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	clear(body)
	if meta := n.get("meta"); meta == nil || meta.get("total") == nil {
		t.Error("a name beside the rows is a part of the answer")
	}
}
