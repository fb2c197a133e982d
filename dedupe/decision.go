package dedupe

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
)

// Decision is the remembered answer of a person about two records. It comes
// before links, keys and similarity; only Never is stronger. An answer about
// records that are not there has no effect.
type Decision struct {
	A, B Who
	Same bool
	// Seen is what the person saw of the records. Once one of them has other
	// values, the answer does not hold any longer and the pair is a question
	// again. The zero Seen holds whatever the values become.
	Seen Seen
	// Place says where the answer stands, such as decisions.yaml:3, for findings.
	Place string
}

// Who names records in a decision: by source row, by id of a record of the
// target, or by the values of fields, all of which must be equal after
// normalisation. Exactly one of the three is set.
type Who struct {
	Row    pipeline.RowKey
	Target string
	Fields map[string]string
}

// Seen is a fingerprint of the values of two records: what a person saw when
// deciding about them.
type Seen struct {
	Fields []string // that were looked at, in this order; nil: nothing was noted
	A, B   string   // of the records A and B of the decision; see Fingerprint
}

// SeenFields are the fields that matching looks at, in the order of the model:
// those of Same, Never, Keys and Compare.
func (m *Matcher) SeenFields() []string {
	var at []int
	for _, k := range m.keys {
		at = append(at, k.field)
	}
	for _, c := range m.compare {
		at = append(at, c.fields...)
	}
	slices.Sort(at)
	var names []string
	for _, f := range slices.Compact(at) {
		names = append(names, m.schema.Field(f).Name)
	}
	return names
}

// fingerprintBytes is the length of a fingerprint: enough for no two values of
// one record to have the same by chance, and too little to be a record of them.
const fingerprintBytes = 8 // bytes of SHA-256

// Fingerprint names the values of some fields of a record, in hexadecimal
// digits. It stays the same when letters change their case, spaces are added
// between words, or a phone is written with other marks between its digits. A
// field that the record does not have is like an empty one.
func Fingerprint(r pipeline.Record, fields []string) string {
	h := sha256.New()
	for _, name := range fields {
		f, _ := r.Batch.Schema().Lookup(name)
		fmt.Fprintf(h, "%s\x00%s\x00", name, seenText(f.Kind, r.Get(name).String()))
	}
	return hex.EncodeToString(h.Sum(nil)[:fingerprintBytes])
}

// seenText is a value as a fingerprint takes it. It goes by letters and digits
// alone, so that answers stay when this program learns more about numbers or
// names.
func seenText(kind pipeline.Kind, s string) string {
	if kind == pipeline.KindPhone {
		return strings.Map(func(r rune) rune {
			if r >= '0' && r <= '9' || r == '+' {
				return r
			}
			return -1
		}, s)
	}
	return strings.ToLower(canon.Squish(s))
}

// WhoIs names a record so that decisions find it again: a record of the target
// by its id, a row by its source and id, and a row without an id by the keys
// of the model, or, when it has none of these, by all fields that matching
// looks at. False means that the record has nothing to name it by.
func (m *Matcher) WhoIs(r pipeline.Record, target bool) (Who, bool) {
	switch id := r.ID(); {
	case target:
		return Who{Target: id}, id != ""
	case id != "":
		return Who{Row: pipeline.RowKey{Source: r.Batch.Source(), ID: id}}, true
	}
	fields := map[string]string{}
	add := func(name string, kind pipeline.Kind) {
		if text := r.Get(name).String(); normalKey(kind, text, func() string { return "" }) != "" {
			fields[name] = text
		}
	}
	for _, k := range m.keys {
		add(k.name, k.kind)
	}
	if len(fields) == 0 {
		for _, name := range m.SeenFields() {
			f, _ := m.schema.Lookup(name)
			add(name, f.Kind)
		}
	}
	return Who{Fields: fields}, len(fields) > 0
}

// Key is the name of the record as one text: equal for equal names.
func (w Who) Key() string {
	switch {
	case w.Row != (pipeline.RowKey{}):
		return "row\x00" + w.Row.Source + "\x00" + w.Row.ID
	case w.Target != "":
		return "target\x00" + w.Target
	}
	key := "fields"
	for _, name := range slices.Sorted(maps.Keys(w.Fields)) {
		key += "\x00" + name + "\x00" + w.Fields[name]
	}
	return key
}

// String names the record for people.
func (w Who) String() string {
	switch {
	case w.Row != (pipeline.RowKey{}):
		return w.Row.Source + ":" + w.Row.ID
	case w.Target != "":
		return "#" + w.Target
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(w.Fields)) {
		parts = append(parts, name+"="+w.Fields[name])
	}
	return strings.Join(parts, " ")
}

func (m *Matcher) checkDecisions() error {
	for i, d := range m.config.Decisions {
		for _, w := range []Who{d.A, d.B} {
			set := 0
			if w.Row != (pipeline.RowKey{}) {
				set++
			}
			if w.Target != "" {
				set++
			}
			if len(w.Fields) > 0 {
				set++
			}
			if set != 1 {
				return fmt.Errorf("decision %d: each side must be named by exactly one of row, target and fields", i+1)
			}
			for name := range w.Fields {
				if m.schema.Index(name) < 0 {
					return unknown(fmt.Sprintf("decision %d: the model has no field", i+1), name, m.schema.Names())
				}
			}
		}
	}
	return nil
}
