package linkage

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// numbered checks a dict against a map that numbers the same texts.
type numbered struct {
	d    *dict
	want map[string]uint32
	l    lookup
}

func (n *numbered) add(t *testing.T, some []string) {
	t.Helper()
	k := copy(n.l.texts[:], some)
	n.l.add(n.d, k, func(k int, id uint32) {
		if _, seen := n.want[some[k]]; seen {
			t.Fatalf("%q is said to be new a second time", some[k])
		}
		n.want[some[k]] = id
	})
	for k, s := range some[:k] {
		if got := n.l.ids[k]; got != n.want[s] {
			t.Fatalf("%q has the number %d, want %d", s, got, n.want[s])
		}
	}
}

func (n *numbered) check(t *testing.T) {
	t.Helper()
	if n.d.len() != len(n.want)+1 {
		t.Fatalf("%d numbers, want %d", n.d.len()-1, len(n.want))
	}
	for s, id := range n.want {
		if got := n.d.text(id); got != s {
			t.Fatalf("number %d is %q, want %q", id, got, s)
		}
		if got := n.d.find(s); got != id {
			t.Fatalf("%q is found as %d, want %d", s, got, id)
		}
		if again, fresh := n.d.add(s); again != id || fresh {
			t.Fatalf("%q is added as %d, new %v; want %d", s, again, fresh, id)
		}
	}
	if n.d.find("no such text") != 0 || n.d.find("") != 0 || n.d.text(0) != "" {
		t.Error("what is missing has a number")
	}
}

func TestDictNumbersAsAMapDoes(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	n := &numbered{d: newDict(0), want: map[string]uint32{}}
	for range 300 {
		some := make([]string, random.IntN(lookupMax)+1)
		for k := range some {
			switch random.IntN(20) {
			case 0:
			case 1:
				some[k] = strings.Repeat("x", random.IntN(2*pieceBytes))
			default:
				some[k] = fmt.Sprintf("%x", random.IntN(4000))
			}
		}
		n.add(t, some)
	}
	delete(n.want, "")
	n.check(t)
}

func FuzzDict(f *testing.F) {
	f.Add("anna,anne,,anna,\x00,\xff,anna ", uint8(3))
	f.Add(strings.Repeat("a,b,", 200), uint8(0))
	f.Fuzz(func(t *testing.T, text string, hint uint8) {
		n := &numbered{d: newDict(int(hint)), want: map[string]uint32{}}
		all := strings.Split(text, ",")
		for len(all) > 0 {
			k := min(len(all), lookupMax)
			n.add(t, all[:k])
			all = all[k:]
		}
		delete(n.want, "")
		if n.want["no such text"] == 0 {
			n.check(t)
		}
	})
}

// The records of a column get equal numbers where their values are read alike,
// however often values come again and however the rows are cut into batches.
func TestScanNumbersAlikeWhatIsReadAlike(t *testing.T) {
	schema := pipeline.MustSchema(pipeline.Field{Name: "a", Type: pipeline.String}, pipeline.Field{Name: "b", Type: pipeline.String})
	for name, distinct := range map[string]int{"few": 100, "most": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			var want []string
			table := pipeline.NewTable(schema)
			random := rand.New(rand.NewPCG(1, uint64(distinct)))
			for len(want) < 100_000 {
				n := 1 + random.IntN(9000)
				a, b := pipeline.NewColumnBuilder(pipeline.String, n), pipeline.NewColumnBuilder(pipeline.String, n)
				for range n {
					x, y := fmt.Sprint(random.IntN(distinct)), ""
					if random.IntN(9) == 0 {
						x = ""
					}
					if random.IntN(3) == 0 {
						y = "B"
					}
					a.AppendString(x)
					b.AppendString(y)
					want = append(want, strings.ToLower(strings.TrimSpace(x+" "+y)))
				}
				batch, err := pipeline.NewBatch(pipeline.BatchData{Schema: schema, Len: n, Columns: []*pipeline.Column{a.Finish(), b.Finish()}})
				if err != nil {
					t.Fatal(err)
				}
				table.Append(batch)
			}
			r, err := newReader(context.Background(), table, []Column{{"a", Text}, {"b", Text}})
			if err != nil {
				t.Fatal(err)
			}
			check := func(how string, ids []uint32, values *dict) {
				for i, id := range ids {
					if got := values.text(id); got != want[i] {
						t.Fatalf("%s: record %d is read as %q, want %q", how, i, got, want[i])
					}
				}
			}
			one := make([]uint32, r.n)
			values := newDict(0)
			r.scan([]int{0, 1}, one, func(raw string) uint32 { return values.id(strings.ToLower(raw)) })
			check("scan", one, values)
			many, again := make([]uint32, r.n), newDict(0)
			fresh := 0
			r.scanMany([]int{0, 1}, many, reading{
				values: again,
				normal: func(b []byte, _ int, raw string) []byte { return append(b, strings.ToLower(raw)...) },
				fresh:  func(news []int, _ *lookup) { fresh += len(news) },
			})
			check("scanMany", many, again)
			if fresh != again.len()-1 || again.len() != values.len() {
				t.Errorf("%d values were said to be new, and there are %d, or %d", fresh, again.len()-1, values.len()-1)
			}
		})
	}
}

// A dict that absorbs another one leaves that it came from as it is, closed or
// not, and numbers what it does not have behind its own.
func TestDictAbsorbs(t *testing.T) {
	for _, closed := range []bool{false, true} {
		old, more := newDict(8), newDict(8)
		for i := range 1000 {
			old.id(fmt.Sprint("text ", i))
		}
		for i := range 2000 {
			more.id(fmt.Sprint("text ", 1999-i))
		}
		more.id(strings.Repeat("long", pieceBytes))
		if closed {
			old.close()
			more.close()
		}
		fresh := 0
		grown, to := old.absorb(more, func(uint32) { fresh++ })
		if fresh != 1001 || grown.len() != 2002 || old.len() != 1001 {
			t.Fatalf("closed %v: %d texts are new, there are %d, and %d as before", closed, fresh, grown.len()-1, old.len()-1)
		}
		for id := range more.len() {
			if s := more.text(uint32(id)); grown.text(to[id]) != s || grown.find(s) != to[id] {
				t.Errorf("closed %v: text %d becomes %d, which is %.20q", closed, id, to[id], grown.text(to[id]))
			}
		}
		for id := range old.len() {
			if s := old.text(uint32(id)); grown.text(uint32(id)) != s || id > 0 && s != fmt.Sprint("text ", id-1) {
				t.Errorf("closed %v: text %d is %.20q, and was %.20q", closed, id, grown.text(uint32(id)), s)
			}
		}
	}
}

// Texts that go on behind others may be empty, and the others stay as they are.
func TestTextsGoOn(t *testing.T) {
	first, more := newTexts(4), newTexts(4)
	first.keep("one")
	first.keep("")
	more.keep("")
	more.keep("two")
	var grown texts
	grown.goOn(&first, &more)
	for id := range uint32(2) {
		grown.keep(more.text(id + 1))
	}
	for id, want := range []string{"", "one", "", "", "two"} {
		if got := grown.text(uint32(id)); got != want {
			t.Errorf("text %d is %q, want %q", id, got, want)
		}
	}
	if first.text(1) != "one" || first.text(2) != "" {
		t.Errorf("the texts before are %q and %q now", first.text(1), first.text(2))
	}
}

// A text that is kept beside another one is that text, whether it begins the other
// one or not, and the others stay what they are.
func TestTextsBesideOthers(t *testing.T) {
	d, beside := newDict(0), newTexts(0)
	all := []string{"anna", "anna.weber@mail.example", "x", strings.Repeat("x", wholePiece-1), strings.Repeat("x", wholePiece), strings.Repeat("y", pieceBytes+3)}
	var want []string
	for _, of := range all {
		id := d.id(of)
		for _, s := range []string{"", of, of[:1], of[:len(of)-1], "weber", strings.Repeat("x", wholePiece-2), strings.Repeat("x", pieceBytes+1)} {
			beside.at = push(beside.at, d.beside(id, s))
			want = append(want, s)
		}
	}
	beside.pieces = d.pieces
	for k, s := range want {
		if got := beside.text(uint32(k + 1)); got != s {
			t.Errorf("text %d is %.20q of %d bytes, want %.20q of %d", k, got, len(got), s, len(s))
		}
	}
	for k, s := range all {
		if got := d.text(uint32(k + 1)); got != s {
			t.Errorf("%.20q has become %.20q", s, got)
		}
	}
}
