package pipeline

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// hostileText draws texts with what JSON escapes.
func hostileText() *rapid.Generator[string] {
	return rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "Anna", "=cmd|' /C calc'!A0", "<b>&amp;</b>", "a\u2028b\u2029", "\x1b[31m", "\u202eabc",
		"\x00", "\xff\xfe", "é\xc3", "\\\"\b\f\n\r\t\x7f", "\ufffd", "日本"}))
}

func drawnValue() *rapid.Generator[Value] {
	return rapid.OneOf(
		rapid.Just(Null()), rapid.Just(Erase()), rapid.Map(hostileText(), StringValue), rapid.Map(rapid.Int64(), IntValue),
		rapid.Map(rapid.Float64(), FloatValue), rapid.Map(rapid.Bool(), BoolValue), rapid.Map(rapid.Int64(), MicrosValue),
		rapid.Map(rapid.SliceOfN(hostileText(), 0, 3), ListValue))
}

// few draws a list that may be nil.
func few[T any](t *rapid.T, label string, draw func() T) []T {
	n := rapid.IntRange(-1, 2).Draw(t, label)
	if n < 0 {
		return nil
	}
	list := make([]T, n)
	for i := range list {
		list[i] = draw()
	}
	return list
}

// drawnChange draws a change in which every field may be empty.
func drawnChange(t *rapid.T) Change { return drawnChangeOf(t, hostileText(), drawnValue()) }

func drawnChangeOf(t *rapid.T, someText *rapid.Generator[string], someValue *rapid.Generator[Value]) Change {
	text := func() string { return someText.Draw(t, "text") }
	value := func() Value { return someValue.Draw(t, "value") }
	number := func() int { return rapid.IntRange(-1, 3).Draw(t, "number") }
	flag := func(name string) bool { return rapid.Bool().Draw(t, name) }
	score := func() float64 {
		return rapid.OneOf(rapid.Float64Range(-100, 100), rapid.SampledFrom([]float64{0, 1, 1e-7, 1e21, -1e-9, .99})).Draw(t, "score")
	}
	origin := func() Origin { return Origin{text(), text(), number(), number(), text()} }
	rowValue := func() RowValue { return RowValue{origin(), value(), flag("undated")} }
	texts := func() []string { return few(t, "texts", text) }
	key := func() Key { return Key{text(), text()} }
	link := func() RowLink { return RowLink{Source: text(), ID: text(), Target: text(), Pipeline: text()} }
	reason := func() Reason {
		return Reason{text(), score(), score(), few(t, "parts", func() EvidencePart { return EvidencePart{text(), text(), text(), score(), text()} }), text()}
	}
	c := Change{ID: text(), Action: Action(text()), Resource: text(), Model: text(), Binding: number(), Target: text(), Key: key(), Route: text(), Label: text(),
		Labels: texts(), Needs: texts(), Rows: few(t, "rows", origin), Keys: few(t, "keys", key), Known: few(t, "known", link),
		Joined: few(t, "joined", func() Join { return Join{origin(), origin(), reason()} }),
		Kept:   few(t, "kept", func() KeptField { return KeptField{text(), value()} })}
	if rapid.Bool().Draw(t, "matched") {
		r := reason()
		c.Match = &r
	}
	var from []RowValue // fields of one change are mostly made of the same rows
	c.Fields = few(t, "fields", func() FieldChange {
		if rapid.Bool().Draw(t, "same rows") {
			from = few(t, "from", rowValue)
		}
		return FieldChange{text(), value(), value(), Provenance{from, number(), text(), few(t, "lost", rowValue), number()}, texts(), flag("ours"), flag("yields"), texts(), texts()}
	})
	return c
}

// TestChangesAreWrittenAsJSON compares what is written by hand with encoding/json.
func TestChangesAreWrittenAsJSON(t *testing.T) {
	type digestedField struct {
		Field         string
		Before, After Value
	}
	type digestedChange struct {
		ID, Model, Resource, Target, Route string
		Binding                            int
		Action                             Action
		Key                                Key
		Keys                               []Key
		Needs                              []string  `json:",omitempty"`
		Known                              []RowLink `json:",omitempty"`
		Fields                             []digestedField
	}
	rapid.Check(t, func(t *rapid.T) {
		c := drawnChange(t)
		want, err := marshalText(c)
		if err != nil {
			t.Fatal(err)
		}
		var w jsonWriter
		if w.change(&c); w.err != nil || !bytes.Equal(w.b, want) {
			t.Fatalf("%v\ngot  %s\nwant %s", w.err, w.b, want)
		}
		d := digestedChange{ID: c.ID, Model: c.Model, Resource: c.Resource, Binding: c.Binding, Target: c.Target, Route: c.Route, Action: c.Action, Key: c.Key, Keys: c.Keys, Needs: c.Needs, Known: c.Known}
		for _, f := range c.Fields {
			d.Fields = append(d.Fields, digestedField{f.Field, f.Before, f.After})
		}
		if want, err = json.Marshal(d); err != nil {
			t.Fatal(err)
		}
		w = jsonWriter{html: true}
		if w.digested(&c); w.err != nil || !bytes.Equal(w.b, want) {
			t.Fatalf("%v\ngot  %s\nwant %s", w.err, w.b, want)
		}
	})
}

// fill gives every field something to say, so that one that is added and not
// written shows.
func fill(v reflect.Value) {
	switch v.Interface().(type) {
	case Value:
		v.Set(reflect.ValueOf(StringValue("value")))
		return
	case time.Time:
		v.Set(reflect.ValueOf(time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(7)
	case reflect.Uint8:
		v.SetUint(7)
	case reflect.Float64:
		v.SetFloat(.5)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key)
		fill(value)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i))
			}
		}
	}
}

// TestEveryFieldIsWritten has a change and a header in which nothing is empty. What
// is written by hand in json.go and planfile.go must know each of their fields.
func TestEveryFieldIsWritten(t *testing.T) {
	var c Change
	fill(reflect.ValueOf(&c).Elem())
	want, err := marshalText(c)
	if err != nil {
		t.Fatal(err)
	}
	var w jsonWriter
	if w.change(&c); w.err != nil || string(w.b) != string(want) {
		t.Errorf("%v\ngot  %s\nwant %s", w.err, w.b, want)
	}
	var h Header
	fill(reflect.ValueOf(&h).Elem())
	if want, err = marshalText(planLine{Header: &h}); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	l := newLineWriter(&got, func(int64) error { return nil })
	if l.header(&h); l.err != nil || got.String() != string(want)+"\n" {
		t.Errorf("%v\ngot  %s\nwant %s", l.err, got.Bytes(), want)
	}
}

// TestHeadersAreWrittenAsJSON does so for headers with links.
func TestHeadersAreWrittenAsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := func() string { return rapid.OneOf(hostileText(), rapid.Just(`"bindings":[]`)).Draw(t, "text") }
		h := Header{Pipeline: text(), Redacted: text(), Undo: text()}
		h.Bindings = few(t, "bindings", func() PlanBinding {
			b := PlanBinding{Model: text(), Connection: Connection{Name: text(), Config: map[string]string{"text": base64.StdEncoding.EncodeToString([]byte(weightsMark)), text(): text()}}}
			if rapid.Bool().Draw(t, "weighed") {
				long := rapid.SampledFrom([]int{0, weightsPerWrite - len("x"), weightsPerWrite, 2*weightsPerWrite + 1}).Draw(t, "long")
				b.Weights = &MatchWeights{Why: text(), Text: append(bytes.Repeat([]byte("x"), long), text()...)}
				b.Marks = map[string]ReadMark{"text": {}}
			}
			target := text()
			many := linksPerPiece * rapid.IntRange(0, 1).Draw(t, "many")
			for range many + rapid.IntRange(0, 2).Draw(t, "links") {
				b.Links = append(b.Links, RowLink{Source: "people", ID: "1", Target: target})
			}
			return b
		})
		want, err := marshalText(planLine{Header: &h})
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		l := newLineWriter(&got, func(int64) error { return nil })
		if l.header(&h); l.err != nil || !bytes.Equal(got.Bytes(), append(want, '\n')) {
			t.Fatalf("%v\ngot  %s\nwant %s", l.err, got.Bytes(), want)
		}
	})
}

// readBoth reads the line of a change by hand and by encoding/json; what is read by hand
// must be what the other one makes of it.
func readBoth(t interface{ Fatalf(string, ...any) }, r *jsonReader, line []byte) (byHand bool) {
	got, ok := r.change(line)
	if !ok {
		return false
	}
	var want Plan
	if _, err := want.take(2, line); err != nil || len(want.Changes) != 1 {
		t.Fatalf("%s\nis read by hand, and else: %v", line, err)
	}
	if !reflect.DeepEqual(*got, want.Changes[0]) {
		t.Fatalf("%s\nis read as %+v\nand should be %+v", line, *got, want.Changes[0])
	}
	return true
}

// TestChangesAreReadAsJSON compares what is read by hand with encoding/json, also of lines
// in which a byte is another one.
func TestChangesAreReadAsJSON(t *testing.T) {
	var r jsonReader // its words and texts last from one change to the next
	byHand := 0
	rapid.Check(t, func(t *rapid.T) {
		c := drawnChange(t)
		if rapid.Bool().Draw(t, "plain") {
			texts := rapid.SampledFrom([]string{"", "Anna", "<Zoë & Söhne>", "p7", "日本", "a, b: [c]"})
			c = drawnChangeOf(t, texts, rapid.OneOf(rapid.Just(Null()), rapid.Map(texts, StringValue), rapid.Map(rapid.Int64(), IntValue), rapid.Map(rapid.Bool(), BoolValue)))
			c.Joined, c.Kept = nil, nil
		}
		w := jsonWriter{b: []byte(`{"change":`)}
		w.change(&c)
		w.raw("}\n")
		if readBoth(t, &r, w.b) {
			byHand++
		}
		w.b[rapid.IntRange(0, len(w.b)-1).Draw(t, "place")] = rapid.SampledFrom([]byte("\"\\{}[],:0123-.e tnfulrase\xff\n")).Draw(t, "byte")
		readBoth(t, &r, w.b)
	})
	if byHand == 0 {
		t.Error("no change was read by hand")
	}
}

// TestOrdinaryChangesAreReadByHand has changes as most plans have them.
func TestOrdinaryChangesAreReadByHand(t *testing.T) {
	row := Origin{Source: "people", Place: "people.csv", Row: 7, ID: "p7"}
	update := Change{ID: "c1", Action: Update, Resource: "contacts", Model: "contacts", Target: "12", Key: Key{"email", "zoë@example.com"}, Route: "patch", Label: "Zoë",
		Match: &Reason{Rule: "link", Score: .975, Weight: 11, Parts: []EvidencePart{{Field: "email", A: "a", B: "b", Weight: -1.5}}}, Rows: []Origin{row}, Keys: []Key{{"email", "zoë@example.com"}},
		Fields: []FieldChange{{Field: "city", Before: StringValue("Köln"), After: Erase(), Labels: []string{LabelBlank}},
			{Field: "phone", Before: Null(), After: StringValue("1"), Provenance: Provenance{From: []RowValue{{Origin: row}}, Lost: []RowValue{{Origin: row, Value: IntValue(-3)}}, How: "newest"}, Ours: true}}}
	for name, change := range map[string]func(*Change){"update": func(c *Change) { c.Fields = c.Fields[1:] }, "delete": func(c *Change) { c.Action, c.Rows, c.Fields, c.Match = Delete, nil, nil, nil }} {
		c := update
		change(&c)
		w := jsonWriter{b: []byte(`{"change":`)}
		w.change(&c)
		w.raw("}\n")
		if !readBoth(t, &jsonReader{}, w.b) {
			t.Errorf("%s: %s is not read by hand", name, w.b)
		}
	}
}

// TestValuesAndChangesAreAppendedAsJSON compares with json.Marshal.
func TestValuesAndChangesAreAppendedAsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		changes := few(t, "changes", func() Change { return drawnChange(t) })
		want, err := json.Marshal(changes)
		got, errGot := AppendChanges(nil, changes)
		if err != nil || errGot != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v, %v\ngot  %s\nwant %s", err, errGot, got, want)
		}
		v := drawnValue().Draw(t, "value")
		want, err = json.Marshal(v)
		got, errGot = v.AppendJSON(nil)
		if err != nil || errGot != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v, %v\ngot  %s\nwant %s", err, errGot, got, want)
		}
	})
}

// TestOutcomesAreWrittenAsJSON compares what is written by hand with encoding/json.
func TestOutcomesAreWrittenAsJSON(t *testing.T) {
	var all Outcome
	fill(reflect.ValueOf(&all).Elem()) // a field that is added and not written shows
	rapid.Check(t, func(t *rapid.T) {
		text := func() string { return hostileText().Draw(t, "text") }
		list := few(t, "outcomes", func() Outcome {
			return Outcome{text(), Status(text()), text(), text(), rapid.Bool().Draw(t, "existed"), rapid.Bool().Draw(t, "partly")}
		})
		if list != nil && rapid.Bool().Draw(t, "full") {
			list = append(list, all)
		}
		want, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		if got := AppendOutcomes(nil, list); !bytes.Equal(got, want) {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	})
}

// TestFieldsShareTheirRows reads fields that are made of the same rows as the one before, of other
// ones, and of none: each has its own, and the same ones are held once.
func TestFieldsShareTheirRows(t *testing.T) {
	row := func(id string) []RowValue { return []RowValue{{Origin: Origin{Source: "people", Row: 1, ID: id}}} }
	field := func(name string, from, lost []RowValue) FieldChange {
		return FieldChange{Field: name, After: StringValue("x"), Provenance: Provenance{From: from, Lost: lost}}
	}
	both := append(row("1"), row("2")...)
	c := Change{ID: "c", Action: Create, Fields: []FieldChange{field("a", row("1"), nil), field("b", row("1"), row("3")), field("c", row("1"), nil),
		field("d", nil, nil), field("e", row("1"), nil), field("f", both, row("1")), field("g", both, both)}}
	w := jsonWriter{b: []byte(`{"change":`)}
	w.change(&c)
	w.raw("}\n")
	var r jsonReader
	got, ok := r.change(w.b)
	if !ok {
		t.Fatalf("%s is not read by hand", w.b)
	}
	again := jsonWriter{b: []byte(`{"change":`)}
	again.change(got)
	if again.raw("}\n"); !bytes.Equal(again.b, w.b) {
		t.Fatalf("got  %s\nwant %s", again.b, w.b)
	}
	if f := got.Fields; &f[0].From[0] != &f[2].From[0] || &f[5].From[0] != &f[6].From[0] {
		t.Error("the same rows are held twice")
	}
}
