package eval_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/reconkit/reconkit/dsl/eval"
	"github.com/reconkit/reconkit/pipeline"
)

var rapidColumns = pipeline.MustSchema(
	pipeline.Field{Name: "s1", Type: pipeline.String}, pipeline.Field{Name: "s2", Type: pipeline.String},
	pipeline.Field{Name: "i1", Type: pipeline.Int}, pipeline.Field{Name: "i2", Type: pipeline.Int},
	pipeline.Field{Name: "f1", Type: pipeline.Float}, pipeline.Field{Name: "f2", Type: pipeline.Float},
	pipeline.Field{Name: "b1", Type: pipeline.Bool}, pipeline.Field{Name: "b2", Type: pipeline.Bool},
	pipeline.Field{Name: "l1", Type: pipeline.StringList}, pipeline.Field{Name: "l2", Type: pipeline.StringList},
)

var (
	someTexts  = []string{"", "a", "b", "ab", "Müller", "straße", "ﬁ", "a\x00b", "日本", "1"}
	oddTexts   = append([]string{"\xff", "a\xc3", "\xe2\x82"}, someTexts...)
	someInts   = []int64{0, 1, 2, -1, -2, 3, 7, 1 << 53, 1<<53 + 1, math.MaxInt64, math.MaxInt64 - 1}
	oddInts    = append([]int64{math.MinInt64, math.MinInt64 + 1}, someInts...)
	someFloats = []float64{0, 0.5, 1, 2, -1.5, 3, 1e300, 1e-300, 1 << 53, 9.3e18}
	oddFloats  = append([]float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), math.MaxFloat64, -9223372036854775808}, someFloats...)
)

// grow makes a random tree of a static type. Inside is whether # is there.
type grower struct {
	t      *rapid.T
	inside string // type of #; "" outside of predicates
	acc    string // type of #acc; "" outside of reduce
	vars   bool   // inside let, whose variable must not be declared again
}

func (g grower) pick(n int) int { return rapid.IntRange(0, n-1).Draw(g.t, "pick") }

func (g grower) tree(typ string, depth int) *tree {
	if depth <= 0 || g.pick(6) == 0 {
		return g.leaf(typ)
	}
	if g.pick(4) == 0 {
		return g.anyType(typ, depth-1)
	}
	switch typ {
	case "bool":
		return g.bool(depth - 1)
	case "int":
		return g.int(depth - 1)
	case "float":
		return g.float(depth - 1)
	case "string":
		return g.string(depth - 1)
	default:
		return g.list(typ, depth-1)
	}
}

func (g grower) leaf(typ string) *tree {
	column := g.pick(3) > 0
	prefix := map[string]string{"string": "s", "int": "i", "float": "f", "bool": "b", "strings": "l"}[typ]
	switch {
	case g.acc == typ && g.pick(2) == 0:
		return &tree{op: "acc", typ: typ}
	case g.inside == typ && g.pick(2) == 0:
		return &tree{op: "member", typ: typ}
	case g.inside != "" && typ == "int" && g.pick(3) == 0:
		return &tree{op: "index", typ: typ}
	case column && prefix != "":
		return &tree{op: "column", typ: typ, name: prefix + []string{"1", "2"}[g.pick(2)]}
	case typ == "strings":
		return &tree{op: "list", typ: typ, kids: []*tree{g.leaf("string"), g.leaf("string")}}
	case typ == "ints":
		return &tree{op: "list", typ: typ, kids: []*tree{g.leaf("int"), g.leaf("int"), g.leaf("int")}}
	case typ == "floats":
		return &tree{op: "list", typ: typ, kids: []*tree{g.leaf("float"), g.leaf("int"), g.leaf("float")}}
	}
	lit := pipeline.BoolValue(g.pick(2) == 0)
	switch typ {
	case "string":
		lit = pipeline.StringValue(someTexts[g.pick(len(someTexts))])
	case "int":
		lit = pipeline.IntValue(someInts[g.pick(len(someInts))])
	case "float":
		lit = pipeline.FloatValue(someFloats[g.pick(len(someFloats))])
	}
	return &tree{op: "literal", typ: typ, lit: lit}
}

// number is an int where a float is wanted, at times.
func (g grower) number(typ string, depth int) *tree {
	if typ == "float" && g.pick(3) == 0 {
		typ = "int"
	}
	return g.tree(typ, depth)
}

// anyType is an operator that there is for every type.
func (g grower) anyType(typ string, depth int) *tree {
	null := &tree{op: "literal", typ: "nil", lit: pipeline.Null()}
	switch g.pick(4) {
	case 0:
		return &tree{op: "?", typ: typ, kids: []*tree{g.tree("bool", depth), g.tree(typ, depth), null}}
	case 1:
		return &tree{op: "??", typ: typ, kids: []*tree{g.tree(typ, depth), g.number(typ, depth)}}
	case 2:
		return &tree{op: "??", typ: typ, kids: []*tree{g.tree(typ, depth), null}}
	default:
		return &tree{op: "?", typ: typ, kids: []*tree{g.tree("bool", depth), g.number(typ, depth), g.tree(typ, depth)}}
	}
}

// member makes what is computed of each member of a list of the type.
func (g grower) member(elem string) grower {
	g.inside, g.acc = elem, ""
	return g
}

// someList is a type of list and that of its members.
func (g grower) someList() (list, elem string) {
	i := g.pick(4) % 3
	return []string{"strings", "ints", "floats"}[i], []string{"string", "int", "float"}[i]
}

func (g grower) bool(depth int) *tree {
	out := &tree{typ: "bool"}
	switch g.pick(11) {
	case 9:
		out.op, out.kids = []string{"hasPrefix", "hasSuffix"}[g.pick(2)], []*tree{g.tree("string", depth), g.tree("string", depth)}
	case 10:
		out.op, out.name, out.kids = "matches", []string{"^a", "b$", "[^a-z]", "^.?$"}[g.pick(4)], []*tree{g.tree("string", depth)}
	case 0, 1:
		out.op = []string{"and", "or"}[g.pick(2)]
		out.kids = []*tree{g.tree("bool", depth), g.tree("bool", depth)}
	case 2:
		out.op, out.kids = "not", []*tree{g.tree("bool", depth)}
	case 3:
		typ := []string{"string", "int", "float"}[g.pick(3)]
		out.op = []string{"<", "<=", ">", ">="}[g.pick(4)]
		out.kids = []*tree{g.number(typ, depth), g.number(typ, depth)}
	case 4:
		typ := []string{"string", "int", "float", "bool", "strings", "ints"}[g.pick(6)]
		out.op = []string{"==", "!="}[g.pick(2)]
		out.kids = []*tree{g.number(typ, depth), g.number(typ, depth)}
	case 5:
		out.op = []string{"contains", "startsWith", "endsWith"}[g.pick(3)]
		out.kids = []*tree{g.tree("string", depth), g.tree("string", depth)}
	case 6:
		out.op = []string{"in", "not in"}[g.pick(2)]
		if g.pick(2) == 0 {
			out.kids = []*tree{g.tree("string", depth), g.tree("strings", depth)}
		} else {
			out.kids = []*tree{g.number("float", depth), g.tree("ints", depth)}
		}
	case 7:
		out.op = []string{"is nil", "is not nil"}[g.pick(2)]
		out.kids = []*tree{g.tree([]string{"string", "int", "float", "bool", "strings", "ints"}[g.pick(6)], depth)}
	default:
		out.op = []string{"any", "all", "none", "one"}[g.pick(4)]
		list, elem := g.someList()
		out.kids = []*tree{g.tree(list, depth), g.member(elem).tree("bool", depth)}
	}
	return out
}

func (g grower) int(depth int) *tree {
	out := &tree{typ: "int"}
	switch g.pick(13) {
	case 8:
		out.op = []string{"bitand", "bitor", "bitxor", "bitnand", "bitshl", "bitshr", "bitushr"}[g.pick(7)]
		out.kids = []*tree{g.tree("int", depth), g.tree("int", depth)}
	case 9:
		out.op, out.kids = []string{"bitnot", "round", "ceil", "floor"}[g.pick(4)], []*tree{g.tree("int", depth)}
	case 10:
		return g.reduce("int", depth)
	case 11:
		out.op, out.kids = "int", []*tree{g.tree("string", depth)}
	case 12:
		out.op, out.kids = []string{"indexOf", "lastIndexOf"}[g.pick(2)], []*tree{g.tree("string", depth), g.tree("string", depth)}
	case 0, 1:
		out.op = []string{"+", "-", "*", "%"}[g.pick(4)]
		out.kids = []*tree{g.tree("int", depth), g.tree("int", depth)}
	case 2:
		out.op, out.kids = []string{"-", "abs"}[g.pick(2)], []*tree{g.tree("int", depth)}
	case 3:
		out.op, out.kids = "len", []*tree{g.tree([]string{"string", "strings", "ints"}[g.pick(3)], depth)}
	case 4:
		list, elem := g.someList()
		out.op, out.kids = []string{"count", "findIndex", "findLastIndex"}[g.pick(3)], []*tree{g.tree(list, depth), g.member(elem).tree("bool", depth)}
	case 5:
		out.op, out.kids = "sum", []*tree{g.tree("ints", depth)}
	case 6:
		out.op, out.kids = []string{"max", "min"}[g.pick(2)], []*tree{g.tree("int", depth), g.tree("int", depth)}
	default:
		out.op, out.kids = "at", []*tree{g.tree("ints", depth), g.tree("int", depth)}
	}
	return out
}

// reduce takes in lists of numbers or texts, with a start or without.
func (g grower) reduce(typ string, depth int) *tree {
	out := &tree{op: "reduce", typ: typ}
	list, elem := map[string]string{"string": "strings", "int": "ints", "float": "floats"}[typ], typ
	start := g.pick(2) == 0
	if start {
		list, elem = g.someList()
	}
	of, body := g.tree(list, depth), g
	body.inside, body.acc = elem, typ
	out.kids = []*tree{of, body.tree(typ, depth)}
	if start {
		out.kids = append(out.kids, g.tree(typ, depth))
	}
	return out
}

func (g grower) float(depth int) *tree {
	switch g.pick(10) {
	case 0, 1:
		return &tree{op: []string{"mean", "median"}[g.pick(2)], typ: "float", kids: []*tree{g.tree([]string{"ints", "floats"}[g.pick(2)], depth)}}
	case 2:
		return &tree{op: []string{"abs", "round", "ceil", "floor"}[g.pick(4)], typ: "float", kids: []*tree{g.tree("float", depth)}}
	case 3:
		return g.reduce("float", depth)
	case 4:
		return &tree{op: "half", typ: "float", kids: []*tree{g.number("float", depth)}}
	case 5:
		return &tree{op: []string{"max", "min"}[g.pick(2)], typ: "float", kids: []*tree{g.tree("float", depth), g.number("float", depth)}}
	case 6:
		return &tree{op: []string{"sum", "first", "last"}[g.pick(3)], typ: "float", kids: []*tree{g.tree("floats", depth)}}
	}
	if g.pick(4) == 0 {
		return &tree{op: "/", typ: "float", kids: []*tree{g.tree("int", depth), g.tree("int", depth)}}
	}
	return &tree{op: []string{"+", "-", "*", "/"}[g.pick(4)], typ: "float", kids: []*tree{g.tree("float", depth), g.number("float", depth)}}
}

func (g grower) string(depth int) *tree {
	out := &tree{typ: "string"}
	switch g.pick(10) {
	case 6:
		out.op, out.kids = []string{"toBase64", "fromBase64"}[g.pick(2)], []*tree{g.tree("string", depth)}
	case 7:
		return g.reduce("string", depth)
	case 8:
		out.op, out.name, out.kids = "person", []string{"first", "last"}[g.pick(2)], []*tree{g.tree("string", depth)}
	case 9:
		out.op = []string{"first_nonempty", "trimPrefix", "trimSuffix"}[g.pick(3)]
		out.kids = []*tree{g.tree("string", depth), g.tree("string", depth)}
	case 0, 1:
		out.op, out.kids = "+", []*tree{g.tree("string", depth), g.tree("string", depth)}
	case 2:
		out.op, out.kids = "slice", []*tree{g.tree("string", depth), g.tree("int", depth), g.tree("int", depth)}
	case 3:
		out.op, out.kids = "string", []*tree{g.tree([]string{"int", "bool"}[g.pick(2)], depth)}
	case 4:
		if g.vars {
			return g.leaf("string")
		}
		g.vars = true
		out.op, out.name, out.kids = "let", "+", []*tree{g.tree("string", depth)}
	default:
		if g.pick(2) == 0 {
			out.op, out.kids = "at", []*tree{g.tree("strings", depth), g.tree("int", depth)}
		} else {
			out.op, out.kids = []string{"find", "findLast"}[g.pick(2)], []*tree{g.tree("strings", depth), g.member("string").tree("bool", depth)}
		}
	}
	return out
}

func (g grower) list(typ string, depth int) *tree {
	out := &tree{typ: typ}
	elem := map[string]string{"strings": "string", "ints": "int", "floats": "float"}[typ]
	switch g.pick(9) {
	case 0:
		out.op = "list"
		out.kids = append(out.kids, g.tree(elem, depth))
		for range g.pick(4) {
			out.kids = append(out.kids, g.number(elem, depth))
		}
	case 1:
		out.op, out.kids = "filter", []*tree{g.tree(typ, depth), g.member(elem).tree("bool", depth)}
	case 2:
		list, from := g.someList()
		out.op, out.kids = "map", []*tree{g.tree(list, depth), g.member(from).tree(elem, depth)}
	case 3:
		out.op, out.kids = "slice", []*tree{g.tree(typ, depth), g.tree("int", depth), g.tree("int", depth)}
	case 4:
		out.op, out.kids = []string{"uniq", "reverse", "sort"}[g.pick(3)], []*tree{g.tree(typ, depth)}
	case 5:
		out.op, out.kids = "take", []*tree{g.tree(typ, depth), g.tree("int", depth)}
	case 6:
		key := []string{"string", "int", "float", "bool"}[g.pick(4)]
		out.op, out.name, out.kids = "sortBy", []string{"asc", "desc"}[g.pick(2)], []*tree{g.tree(typ, depth), g.member(elem).tree(key, depth)}
	case 7:
		if typ != "strings" {
			return g.leaf(typ)
		}
		out.op, out.kids = "splitAfter", []*tree{g.tree("string", depth), g.tree("string", depth)}
	default:
		out.op, out.kids = "concat", []*tree{g.tree(typ, depth), g.tree(typ, depth)}
	}
	return out
}

func randomValue(t *rapid.T, typ pipeline.Type) pipeline.Value {
	if rapid.IntRange(0, 3).Draw(t, "null") == 0 {
		return pipeline.Null()
	}
	switch typ {
	case pipeline.String:
		return pipeline.StringValue(rapid.SampledFrom(oddTexts).Draw(t, "text"))
	case pipeline.Int:
		return pipeline.IntValue(rapid.SampledFrom(oddInts).Draw(t, "int"))
	case pipeline.Float:
		return pipeline.FloatValue(rapid.SampledFrom(oddFloats).Draw(t, "float"))
	case pipeline.Bool:
		return pipeline.BoolValue(rapid.Bool().Draw(t, "bool"))
	default:
		return pipeline.ListValue(rapid.SliceOfN(rapid.SampledFrom(oddTexts), 0, 4).Draw(t, "list"))
	}
}

func rowAnswers(b *pipeline.Batch, row int) map[string]answer {
	out := map[string]answer{}
	for i, f := range b.Schema().Fields() {
		v := b.Value(row, i)
		a := plain(v)
		if v.Type() == pipeline.StringList {
			a = answer{list: true}
			for _, s := range v.List() {
				a.members = append(a.members, pipeline.StringValue(s))
			}
		}
		out[f.Name] = a
	}
	return out
}

// engineEqualsReference draws an expression and rows and compares, for every
// row, the values and errors of the closures, of the same expression wholly on
// expr's virtual machine, and of the reference.
func engineEqualsReference(t *rapid.T) {
	typ := rapid.SampledFrom([]string{"bool", "int", "float", "string", "strings"}).Draw(t, "type")
	n := grower{t: t}.tree(typ, rapid.IntRange(1, 5).Draw(t, "depth"))
	src := n.String()
	rows := make([][]pipeline.Value, rapid.IntRange(1, 4).Draw(t, "rows"))
	for i := range rows {
		for _, f := range rapidColumns.Fields() {
			v := randomValue(t, f.Type)
			if v.IsNull() && rapid.IntRange(0, 3).Draw(t, "erase") == 0 {
				v = pipeline.Erase()
			}
			rows[i] = append(rows[i], v)
		}
	}
	b := rowsBatch(t, rows)
	env := eval.Env{Columns: rapidColumns, Funcs: testFuncs()}
	program, problems := eval.Compile(src, env)
	if program == nil {
		compareRefusal(t, n, src, b, problems)
		return
	}
	column, failed := program.Eval(b, eval.Runtime{})
	if message := differsOnVM(src, env, b, eval.Runtime{}, column, failed); message != "" {
		t.Fatal(message)
	}
	for _, twice := range eval.NewGroup(program, program).Eval(b, eval.Runtime{}) {
		if diff := cmp.Diff(failed, twice.Errors); diff != "" {
			t.Fatalf("%s\nerrors (-alone +group):\n%s", src, diff)
		}
		for row := range rows {
			if alone, both := column.Value(row), twice.Column.Value(row); !alone.Equal(both) {
				t.Fatalf("%s\nrow %v\nalone: %s\nin a group: %s", src, rows[row], show(alone), show(both))
			}
		}
	}
	errors := map[int]string{}
	for _, e := range failed {
		errors[e.Row] = e.Message
	}
	for row := range rows {
		want, err := reference(n, scope{row: rowAnswers(b, row)})
		message, bad := errors[row]
		if bad != (err != nil) {
			t.Fatalf("%s\nrow %v\nengine: %s, error %q\nreference: %v, error %v", src, rows[row], show(column.Value(row)), message, want, err)
		}
		if err == nil && !same(column.Value(row), want) {
			t.Fatalf("%s\nrow %v\nengine: %s\nreference: %+v", src, rows[row], show(column.Value(row)), want)
		}
	}
}

// compareRefusal allows the engine to refuse what fails on every row, and what
// is too large.
func compareRefusal(t *rapid.T, n *tree, src string, b *pipeline.Batch, problems []eval.Problem) {
	for _, p := range problems {
		switch p.Code {
		case "limit":
			return
		case "always-fails":
			if _, err := reference(n, scope{row: rowAnswers(b, 0)}); err != nil {
				return
			}
		}
	}
	t.Fatalf("%s\nis refused: %+v", src, problems)
}

func same(got pipeline.Value, want answer) bool {
	switch {
	case want.null:
		return got.Equal(want.v)
	case want.list:
		texts := make([]string, len(want.members))
		for i, m := range want.members {
			texts[i] = m.Str()
		}
		return got.Equal(pipeline.ListValue(texts))
	default:
		return got.Equal(want.v)
	}
}

func rowsBatch(t *rapid.T, rows [][]pipeline.Value) *pipeline.Batch {
	columns := make([]*pipeline.Column, rapidColumns.Len())
	for i := range columns {
		b := pipeline.NewColumnBuilder(rapidColumns.Field(i).Type, len(rows))
		for _, row := range rows {
			b.AppendValue(row[i])
		}
		columns[i] = b.Finish()
	}
	b, err := pipeline.NewBatch(pipeline.BatchData{Schema: rapidColumns, Len: len(rows), Columns: columns})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEngineEqualsReference(t *testing.T) { rapid.Check(t, engineEqualsReference) }

// FuzzEval grows the expression and the rows from the bytes that it is given.
func FuzzEval(f *testing.F) { f.Fuzz(rapid.MakeFuzz(engineEqualsReference)) }
