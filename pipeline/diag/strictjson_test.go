package diag_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline/diag"
)

type strict struct {
	Name string          `json:"name"`
	Open *bool           `json:"open"`
	Many int             `json:"many"`
	Rows []strictRow     `json:"rows"`
	Any  json.Number     `json:"any"`
	Free json.RawMessage `json:"free"`
}

type strictRow struct {
	ID string `json:"id"`
}

func TestDecodeJSONIsStrictAndSpeaksPlainly(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"all is well", `{"name": "a", "open": null, "rows": [{"id": "1"}], "free": {"x": 1, "X": 2}}`, ""},
		{"no key at all", `{}`, ""},
		{"nothing", "\n ", "there is nothing in it"},
		{"cut off", "{\n\"name\": \"a", "line 2: it ends in the middle"},
		{"cut off behind a value", "{\"name\": \"a\"\n", "line 1: it ends in the middle"},
		{"not JSON", "{\n\"name\": yes}", `line 2: "yes}" does not belong there`},
		{"YAML", "name: a\n", `line 1: "name: a" does not belong there`},
		{"something behind", "{}\n{}", "line 2: there is something behind its end"},
		{"text for a switch", "{\n\n\"open\": \"maybe\"}", `line 3: "open" holds text, and should hold true or false`},
		{"a number for a list", `{"rows": 3}`, `"rows" holds a number, and should hold a list`},
		{"text for a number", `{"many": "3"}`, `"many" holds text, and should hold a number`},
		{"a list for all", `[]`, `it holds a list, and should hold an object`},
		{"a key twice", "{\"name\": \"a\",\n\"name\": \"b\"}", `line 2: the key "name" stands twice`},
		{"a key twice below", `{"rows": [{"id": "1", "id": "2"}]}`, `the key "id" stands twice in "rows"`},
		{"a key in capitals", `{"Name": "a"}`, `there is no key "Name"; it is written "name"`},
		{"a key in capitals below", `{"rows": [{"ID": "1"}]}`, `there is no key "ID" in "rows"; it is written "id"`},
		{"a slip", `{"nme": "a"}`, `there is no key "nme"; did you mean "name"?`},
		{"what a terminal would act on", "{\"a\x1b[2J\": 1}", "line 1:"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := diag.DecodeJSON[strict]([]byte(tt.text))
			if tt.want == "" {
				if err != nil || got == nil {
					t.Fatalf("got %v", err)
				}
				return
			}
			wrong := (*diag.JSONError)(nil)
			if !errors.As(err, &wrong) || !strings.Contains(err.Error(), tt.want) || strings.ContainsRune(err.Error(), '\x1b') {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
			if strings.Contains(err.Error(), "json:") || strings.Contains(err.Error(), "invalid character") {
				t.Errorf("these are words for programmers: %v", err)
			}
		})
	}
}
