package dsl

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// lookupDef is one entry of lookups.
type lookupDef struct {
	name     string
	source   *sourceDef
	keys     []string
	keyTypes []pipeline.Type
	schema   *pipeline.Schema
	first    bool // on_duplicate: first
	used     bool
	table    *lookupTable
}

func (l *loader) readLookups(n *yaml.Node) {
	l.lookups = map[string]*lookupDef{}
	if n == nil {
		return
	}
	for _, e := range l.mapping(n, "lookups") {
		if def := l.readLookup(e); def != nil {
			l.lookups[e.key.Value] = def
		}
	}
}

func (l *loader) readLookup(e entry) *lookupDef {
	def := &lookupDef{name: e.key.Value}
	s := l.section(e.value, "lookup "+def.name, "source", "key", "on_duplicate")
	name, ok := s["source"]
	if !ok {
		l.at(e.key, diag.Diagnostic{Code: "no-source", Message: fmt.Sprintf("lookup %s does not say its source", def.name)})
		return nil
	}
	if def.source = l.sourceNamed(name.value); def.source == nil {
		return nil
	}
	def.source.used, def.source.looked, def.schema = true, true, def.source.schema
	key, ok := s["key"]
	if !ok {
		l.at(e.key, diag.Diagnostic{Code: "no-key", Message: fmt.Sprintf("lookup %s does not say its key", def.name), Hint: "key: COLUMN, or key: [A, B]"})
		return nil
	}
	def.keys = l.texts(key.value, "key")
	if def.schema != nil {
		for _, k := range def.keys {
			f, ok := def.schema.Lookup(k)
			if !ok {
				l.at(key.value, diag.Diagnostic{Code: "unknown-column", Message: fmt.Sprintf("source %s has no column %q", def.source.name, k), Hint: diag.DidYouMean(k, def.schema.Names())})
				f.Type = pipeline.String
			}
			def.keyTypes = append(def.keyTypes, f.Type)
		}
	}
	if d, ok := s["on_duplicate"]; ok {
		def.first = l.oneOf(d.value, "on_duplicate", "first", "null") == "first"
	}
	def.table = &lookupTable{def: def}
	return def
}

func (l *loader) sourceNamed(n *yaml.Node) *sourceDef {
	name, ok := l.text(n, "source")
	if !ok {
		return nil
	}
	def, ok := l.sources[name]
	if !ok {
		l.at(n, diag.Diagnostic{Code: "unknown-source", Message: fmt.Sprintf("there is no source %q", diag.Shorten(name, 60)), Hint: diag.DidYouMean(name, sortedKeys(l.sources))})
		return nil
	}
	return def
}

// lookupTable is a loaded lookup. It is loaded once per run, told by the
// time of the run.
type lookupTable struct {
	def *lookupDef

	mu    sync.Mutex
	at    time.Time
	known bool
	rows  map[string]pipeline.Record
}

// load reads the source whole, unless it was read for this run already.
func (t *lookupTable) load(ctx context.Context, now time.Time) ([]diag.Finding, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known && t.at.Equal(now) {
		return nil, nil
	}
	rows, repeated := map[string]pipeline.Record{}, map[string]int{}
	for b, err := range t.def.source.source.Read(ctx) {
		if err != nil {
			return nil, fmt.Errorf("lookup %s: %w", t.def.name, err)
		}
		columns := make([]*pipeline.Column, len(t.def.keys))
		for i, k := range t.def.keys {
			if columns[i] = b.ColumnOf(k); columns[i] == nil {
				return nil, fmt.Errorf("lookup %s: source %s has no column %q", t.def.name, t.def.source.name, k)
			}
		}
		for i := range b.Len() {
			key, whole := rowKey(columns, i)
			if !whole {
				continue
			}
			if _, twice := rows[key]; twice {
				repeated[key]++
				continue
			}
			rows[key] = pipeline.Record{Batch: b, Row: i}
		}
	}
	if !t.def.first {
		for key := range repeated {
			delete(rows, key)
		}
	}
	t.rows, t.at, t.known = rows, now, true
	return t.repeated(len(repeated)), nil
}

func (t *lookupTable) repeated(n int) []diag.Finding {
	if n == 0 {
		return nil
	}
	what := "each gives null; on_duplicate: first takes the first row instead"
	if t.def.first {
		what = "the first row of each is taken"
	}
	return []diag.Finding{{Severity: diag.Warning, Code: "duplicate-lookup-key", Count: n,
		Message: fmt.Sprintf("lookup %s: %d keys are in source %s more than once; %s", t.def.name, n, t.def.source.name, what)}}
}

// find returns the row of the keys, none of which is null.
func (t *lookupTable) find(keys []pipeline.Value) (pipeline.Record, bool) {
	var b strings.Builder
	for _, v := range keys {
		writeKey(&b, v)
	}
	r, ok := t.rows[b.String()]
	return r, ok
}

func rowKey(columns []*pipeline.Column, row int) (key string, whole bool) {
	var b strings.Builder
	for _, c := range columns {
		if c.IsNull(row) {
			return "", false
		}
		writeKey(&b, c.Value(row))
	}
	return b.String(), true
}

// writeKey writes a value so that different lists of values never look alike.
func writeKey(b *strings.Builder, v pipeline.Value) {
	text := v.String()
	b.WriteString(strconv.Itoa(len(text)))
	b.WriteByte(':')
	b.WriteString(text)
}
