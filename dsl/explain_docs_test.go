package dsl

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// TestExplainKeysAreDocumented holds that docs/explain.md names every key of
// the JSON that explain writes, apart from those that a plan has, too.
func TestExplainKeysAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/explain.md")
	if err != nil {
		t.Fatal(err)
	}
	_, page, _ := strings.Cut(string(text), "\n## JSON\n")
	seen := map[reflect.Type]bool{}
	var look func(reflect.Type)
	look = func(of reflect.Type) {
		for of.Kind() == reflect.Slice || of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		if of.Kind() != reflect.Struct || of.PkgPath() != reflect.TypeFor[Explanation]().PkgPath() || seen[of] {
			return
		}
		seen[of] = true
		for _, field := range reflect.VisibleFields(of) {
			if field.Anonymous {
				continue // its keys stand among those of the object
			}
			key, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if key == "" || !strings.Contains(page, "`"+key+"`") {
				t.Errorf("docs/explain.md does not name key %q of %s", key, of.Name())
			}
			look(field.Type)
		}
	}
	look(reflect.TypeFor[Explanation]())
	if len(seen) < 8 {
		t.Errorf("only %d kinds of objects were looked at", len(seen))
	}
}
