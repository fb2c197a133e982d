package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/dsl/funcs"
	"github.com/reconkit/reconkit/pipeline"
)

// A function of a host may keep what it is given, also where the memory of the
// batches is used again.
func TestHostFunctionMayKeepItsArguments(t *testing.T) {
	dir := t.TempDir()
	var rows strings.Builder
	rows.WriteString("id,name\n")
	for i := range 20_000 {
		fmt.Fprintf(&rows, "%d,name-%05d\n", i, i*7919%701)
	}
	path := filepath.Join(dir, "pipeline.yaml")
	for name, text := range map[string]string{"people.csv": rows.String(), "pipeline.yaml": `
version: 1
sources:
  people: { type: csv, path: people.csv, id: id }
models:
  contacts:
    from:
      - source: people
        map: { email: name, notes: first_spelling(name) }
`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var mu sync.Mutex
	kept := map[string]string{}
	firstSpelling := &funcs.Func{Name: "first_spelling", Doc: "The text as it was when it came first.",
		Params: []funcs.Param{{Name: "text", Types: []pipeline.Type{pipeline.String}}}, Result: pipeline.String,
		Call: func(_ *funcs.Runtime, args []pipeline.Value) (pipeline.Value, error) {
			mu.Lock()
			defer mu.Unlock()
			text := args[0].Str()
			if _, known := kept[text]; !known {
				kept[text] = text
			}
			return pipeline.StringValue(kept[text]), nil
		}}
	r, err := registry()
	if err != nil {
		t.Fatal(err)
	}
	p, found := dsl.Load(context.Background(), path, r, dsl.Host{Functions: []*funcs.Func{firstSpelling},
		Getenv: os.LookupEnv, ReadFile: os.ReadFile, SourcesOnly: true, BatchRows: 500})
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	seen := 0
	_, err = p.Models[0].Each(context.Background(), pipeline.Options{Reuse: true, Workers: 2}, func(b *pipeline.Batch, _ []int32) (func() error, error) {
		return func() error {
			for i := range b.Len() {
				seen++
				if name, spelt := b.ColumnOf("email").Str(i), b.ColumnOf("notes").Str(i); name != spelt {
					return fmt.Errorf("%s: %q was kept as %q", b.Origin(i), name, spelt)
				}
			}
			return nil
		}, nil
	})
	if err != nil || seen != 20_000 {
		t.Errorf("saw %d rows of 20,000: %v", seen, err)
	}
}
