package similar_test

import (
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe/similar"
	"github.com/xrash/smetrics"
)

// jaroWinkler is the similarity that ours is measured by.
func jaroWinkler(a, b string) float64 { return smetrics.JaroWinkler(a, b, 0.7, 4) }

// sameScore compares two similarities: bit for bit where the compiler does not
// fuse operations.
func sameScore(a, b float64) bool {
	return a == b || runtime.GOARCH != "amd64" && math.Abs(a-b) <= 1e-12
}

func TestJaroWinklerPublished(t *testing.T) {
	// Winkler 1990, and Winkler 2006, "Overview of Record Linkage and Current
	// Research Directions", table 6, of three digits.
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"SHACKLEFORD", "SHACKELFORD", .982}, {"DUNNINGHAM", "CUNNIGHAM", .896}, {"NICHLESON", "NICHULSON", .956},
		{"JONES", "JOHNSON", .832}, {"MASSEY", "MASSIE", .933}, {"ABROMS", "ABRAMS", .922},
		{"JERALDINE", "GERALDINE", .926}, {"MARHTA", "MARTHA", .961}, {"MICHELLE", "MICHAEL", .921},
		{"JULIES", "JULIUS", .933}, {"TANYA", "TONYA", .880}, {"DWAYNE", "DUANE", .840}, {"SEAN", "SUSAN", .805},
		{"JON", "JOHN", .933}, {"DIXON", "DICKSONX", .813},
		{"", "", 1}, {"a", "", 0}, {"abc", "xyz", 0},
	} {
		if got := similar.JaroWinkler(c.a, c.b); math.Abs(got-c.want) > .0006 {
			t.Errorf("%s, %s: got %.4f, want %.3f", c.a, c.b, got, c.want)
		}
	}
}

func TestJaroWinklerLaw(t *testing.T) {
	p := newPairs(t)
	var pattern similar.Pattern
	for range *pairCount {
		a, b := p.ascii()
		x, y := similar.NewText(a), similar.NewText(b)
		want := jaroWinkler(a, b)
		pattern.Set(x)
		got := pattern.JaroWinkler(y)
		if !sameScore(got, want) {
			t.Fatalf("%q, %q: got %v, want %v", a, b, got, want)
		}
		bound := p.Float64()
		switch p.IntN(3) {
		case 0:
			bound = want
		case 1:
			bound = .8 + bound/5
		}
		checkAtLeast(t, &pattern, y, got, bound)
		pattern.Set(y)
		if back := pattern.JaroWinkler(x); back != got {
			t.Fatalf("%q, %q: %v, and exchanged %v", a, b, got, back)
		}
	}
}

func TestJaroWinklerOfCharactersLaw(t *testing.T) {
	p := newPairs(t)
	var pattern similar.Pattern
	for range *pairCount / 10 {
		a, b := p.any()
		x, y, ok := renamed(a, b)
		if !ok {
			continue
		}
		want := jaroWinkler(x, y)
		pattern.Set(similar.NewText(a))
		got := pattern.JaroWinkler(similar.NewText(b))
		if !sameScore(got, want) {
			t.Fatalf("%q, %q: got %v, want %v", a, b, got, want)
		}
		checkAtLeast(t, &pattern, similar.NewText(b), got, []float64{want, p.Float64()}[p.IntN(2)])
	}
}

// checkAtLeast checks the bounded form against the score.
func checkAtLeast(t *testing.T, pattern *similar.Pattern, other similar.Text, score, bound float64) {
	t.Helper()
	got, ok := pattern.JaroWinklerAtLeast(other, bound)
	if want := score >= bound; ok != want || ok && got != score || !ok && got != 0 {
		t.Fatalf("%q, %q at least %v: got %v, %v; the score is %v", pattern.Text(), other, bound, got, ok, score)
	}
}

func TestJaroWinklerComparesCharacters(t *testing.T) {
	if got, want := similar.JaroWinkler("王小明", "王小朋"), jaroWinkler("abc", "abd"); got != want {
		t.Errorf("three characters, the last one different: got %v, want %v", got, want)
	}
	if got := similar.JaroWinkler("明", "朋"); got != 0 {
		t.Errorf("明 and 朋 share bytes, no character: got %v", got)
	}
	if got := similar.JaroWinkler("\xe6\x98", "\xe6\x9c"); got == 1 {
		t.Errorf("different broken bytes are different characters: got %v", got)
	}
}

func TestJaroWinklerOfLongTexts(t *testing.T) {
	a := strings.Repeat("donaudampfschiff ", 40)
	for _, b := range []string{a, a[:600], a[3:] + "x", strings.ReplaceAll(a, "p", "b"), strings.ToUpper(a)} {
		if got, want := similar.JaroWinkler(a, b), jaroWinkler(a, b); !sameScore(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	megabyte := strings.Repeat("ab", 1<<19)
	other := megabyte[:similar.CharsMax] + "c"
	if got := similar.JaroWinkler(megabyte, other); got != 1 {
		t.Errorf("equal in the first CharsMax characters: got %v", got)
	}
}

func FuzzJaroWinkler(f *testing.F) {
	f.Add("martha", "marhta", .9)
	f.Add("dixon", "dicksonx", .8)
	f.Add("王小明", "王小朋", .5)
	f.Add("\xff\xfe", "\xfe", .1)
	f.Add(strings.Repeat("ab", 32), strings.Repeat("ba", 33), .7)
	f.Add("anna", "anne", math.NaN())
	var pattern similar.Pattern
	f.Fuzz(func(t *testing.T, a, b string, bound float64) {
		x, y, ok := renamed(a, b)
		if !ok || len(x) > similar.CharsMax || len(y) > similar.CharsMax {
			return
		}
		pattern.Set(similar.NewText(a))
		got := pattern.JaroWinkler(similar.NewText(b))
		if want := jaroWinkler(x, y); !sameScore(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		checkAtLeast(t, &pattern, similar.NewText(b), got, bound)
	})
}
