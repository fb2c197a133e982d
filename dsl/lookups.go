package dsl

import (
	"context"
	"fmt"
	"strconv"
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
		l.named(e.key, "a lookup")
		l.lookups[e.key.Value] = l.readLookup(e)
	}
}

var (
	lookupKeys     = []string{"source", "key", "on_duplicate"}
	duplicateWords = []string{"first", "null"}
)

// readLookup reads one lookup. One with errors has a definition, too, so that
// what names it is not reported as well.
func (l *loader) readLookup(e entry) *lookupDef {
	def := &lookupDef{name: e.key.Value}
	s := l.section(e.value, "lookup "+def.name, lookupKeys...)
	name, ok := s["source"]
	if !ok {
		l.at(e.key, diag.Diagnostic{Code: "no-source", Message: fmt.Sprintf("lookup %s does not say its source", def.name), Hint: "source: NAME"})
		return def
	}
	if def.source = l.sourceNamed(name.value); def.source == nil {
		return def
	}
	def.source.used, def.source.looked, def.schema = true, true, def.source.schema
	key, ok := s["key"]
	if !ok {
		l.at(e.key, diag.Diagnostic{Code: "no-key", Message: fmt.Sprintf("lookup %s does not say its key", def.name), Hint: "key: COLUMN, or key: [A, B]"})
		return def
	}
	nodes := l.textNodes(key.value, "key")
	for _, node := range nodes {
		def.keys = append(def.keys, node.Value)
	}
	if len(nodes) == 0 && key.value.Kind == yaml.SequenceNode {
		l.at(key.value, diag.Diagnostic{Code: "no-key", Message: fmt.Sprintf("lookup %s has no column as its key", def.name)})
	}
	if def.schema != nil {
		for i, k := range def.keys {
			f, ok := def.schema.Lookup(k)
			if !ok {
				l.at(nodes[i], diag.Diagnostic{Code: "unknown-column", Message: fmt.Sprintf("source %s has no column %q", def.source.name, diag.Shorten(k, 60)), Hint: l.near(k, def.schema.Names())})
				f.Type = pipeline.String
			}
			def.keyTypes = append(def.keyTypes, f.Type)
		}
	}
	if d, ok := s["on_duplicate"]; ok && !isNull(d.value) {
		def.first = l.oneOf(d.value, "on_duplicate", duplicateWords...) == "first"
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
		l.at(n, diag.Diagnostic{Code: "unknown-source", Message: fmt.Sprintf("there is no source %q", diag.Shorten(name, 60)), Hint: l.near(name, sortedKeys(l.sources))})
		return nil
	}
	return def
}

// lookupTable is a loaded lookup. It is loaded once per run, told by the
// time of the run.
type lookupTable struct {
	def *lookupDef

	mu   sync.Mutex
	at   time.Time
	rows lookupRows // nil: not loaded
}

// lookupRows holds the row of each key.
type lookupRows map[string]pipeline.Record

// load reads the source whole, unless it was read for this run already.
func (t *lookupTable) load(ctx context.Context, now time.Time) (lookupRows, []diag.Finding, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rows != nil && t.at.Equal(now) {
		return t.rows, nil, nil
	}
	source := t.def.source
	if source.source == nil {
		return nil, nil, fmt.Errorf("lookup %s: source %s was not opened, because the pipeline was only checked", t.def.name, source.name)
	}
	rows, repeated, bad := lookupRows{}, map[string]bool{}, 0
	for b, err := range source.source.Read(ctx) {
		if err != nil {
			return nil, nil, fmt.Errorf("lookup %s: %w", t.def.name, err)
		}
		bad += len(b.Rejects())
		columns := make([]*pipeline.Column, len(t.def.keys))
		for i, k := range t.def.keys {
			if columns[i] = b.ColumnOf(k); columns[i] == nil {
				return nil, nil, fmt.Errorf("lookup %s: source %s has no column %q", t.def.name, source.name, k)
			}
		}
		for i := range b.Len() {
			key, whole := rowKey(columns, i)
			if !whole {
				continue
			}
			if _, twice := rows[key]; twice {
				repeated[key] = true
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
	t.rows, t.at = rows, now
	found := t.repeated(len(repeated))
	if bad > 0 {
		found = append(found, diag.Finding{Severity: diag.Warning, Code: "unreadable-lookup-rows", Count: bad,
			Message: fmt.Sprintf("lookup %s: %d rows of source %s cannot be read and are not found", t.def.name, bad, source.name)})
	}
	return rows, found, nil
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

// keyBytesUsual is the length of a key that find looks up without allocating.
const keyBytesUsual = 128 // bytes

// find returns the row of the keys, none of which is null.
func (rows lookupRows) find(keys []pipeline.Value) (pipeline.Record, bool) {
	var space [keyBytesUsual]byte
	key := space[:0]
	for _, v := range keys {
		key = appendKey(key, v)
	}
	r, ok := rows[string(key)]
	return r, ok
}

func rowKey(columns []*pipeline.Column, row int) (key string, whole bool) {
	var text []byte
	for _, c := range columns {
		if c.IsNull(row) {
			return "", false
		}
		text = appendKey(text, c.Value(row))
	}
	return string(text), true
}

// appendKey writes a value so that different lists of values never look alike.
func appendKey(b []byte, v pipeline.Value) []byte {
	text := v.String()
	b = strconv.AppendInt(b, int64(len(text)), 10)
	b = append(b, ':')
	return append(b, text...)
}
