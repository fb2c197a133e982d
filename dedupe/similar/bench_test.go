package similar_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe/similar"
	"github.com/xrash/smetrics"
)

// benchPairs are pairs of single names as blocks bring them together: half of
// them near duplicates, half of them other names.
func benchPairs() (a, b []similar.Text) {
	p := pairs{rand.New(rand.NewPCG(1, 1))}
	for i := range 4096 {
		x, y := p.word(), p.word()
		if i%2 == 0 {
			y = p.near(x)
		}
		a, b = append(a, similar.NewText(x)), append(b, similar.NewText(y))
	}
	return a, b
}

// measure reports what one pair costs; compare compares all of them.
func measure(b *testing.B, compare func(xs, ys []similar.Text)) {
	xs, ys := benchPairs()
	b.ReportAllocs()
	for b.Loop() {
		compare(xs, ys)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(xs)), "ns/pair")
}

// greek writes each letter as one of two bytes.
func greek(t similar.Text) similar.Text {
	return similar.NewText(strings.Map(func(r rune) rune { return r - 'a' + 'α' }, t.String()))
}

func BenchmarkJaroWinkler(b *testing.B) {
	var p similar.Pattern
	probe := similar.NewText("bergmann")
	b.Run("smetrics", func(b *testing.B) {
		measure(b, func(xs, ys []similar.Text) {
			for i := range xs {
				jaroWinkler(xs[i].String(), ys[i].String())
			}
		})
	})
	b.Run("strings", func(b *testing.B) {
		measure(b, func(xs, ys []similar.Text) {
			for i := range xs {
				similar.JaroWinkler(xs[i].String(), ys[i].String())
			}
		})
	})
	b.Run("pair", func(b *testing.B) {
		measure(b, func(xs, ys []similar.Text) {
			for i := range xs {
				p.Set(xs[i])
				p.JaroWinkler(ys[i])
			}
		})
	})
	b.Run("pair at least .92", func(b *testing.B) {
		measure(b, func(xs, ys []similar.Text) {
			for i := range xs {
				p.Set(xs[i])
				p.JaroWinklerAtLeast(ys[i], .92)
			}
		})
	})
	b.Run("pair in Greek", func(b *testing.B) {
		xs, ys := benchPairs()
		for i := range xs {
			xs[i], ys[i] = greek(xs[i]), greek(ys[i])
		}
		measure(b, func(_, _ []similar.Text) {
			for i := range xs {
				p.Set(xs[i])
				p.JaroWinkler(ys[i])
			}
		})
	})
	b.Run("pattern", func(b *testing.B) {
		p.Set(probe)
		measure(b, func(_, ys []similar.Text) {
			for i := range ys {
				p.JaroWinkler(ys[i])
			}
		})
	})
	b.Run("pattern at least .92", func(b *testing.B) {
		p.Set(probe)
		measure(b, func(_, ys []similar.Text) {
			for i := range ys {
				p.JaroWinklerAtLeast(ys[i], .92)
			}
		})
	})
}

func BenchmarkDistances(b *testing.B) {
	var p similar.Pattern
	for _, c := range []struct {
		name     string
		distance func(x, y similar.Text)
	}{
		{"smetrics Levenshtein", func(x, y similar.Text) { smetrics.WagnerFischer(x.String(), y.String(), 1, 1, 1) }},
		{"smetrics Ukkonen", func(x, y similar.Text) { smetrics.Ukkonen(x.String(), y.String(), 1, 1, 1) }},
		{"Levenshtein", func(x, y similar.Text) { p.Set(x); p.Levenshtein(y) }},
		{"Levenshtein within 2", func(x, y similar.Text) { p.Set(x); p.LevenshteinWithin(y, 2) }},
		{"OSA", func(x, y similar.Text) { p.Set(x); p.OSA(y) }},
		{"OSA within 1", func(x, y similar.Text) { p.Set(x); p.OSAWithin(y, 1) }},
		{"OSA within 2", func(x, y similar.Text) { p.Set(x); p.OSAWithin(y, 2) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			measure(b, func(xs, ys []similar.Text) {
				for i := range xs {
					c.distance(xs[i], ys[i])
				}
			})
		})
	}
	b.Run("OSA pattern", func(b *testing.B) {
		p.Set(similar.NewText("bergmann"))
		measure(b, func(_, ys []similar.Text) {
			for i := range ys {
				p.OSA(ys[i])
			}
		})
	})
}

func BenchmarkNewText(b *testing.B) {
	measure(b, func(xs, _ []similar.Text) {
		for i := range xs {
			similar.NewText(xs[i].String())
		}
	})
}

func BenchmarkPhonetics(b *testing.B) {
	for _, c := range []struct {
		name string
		code func(s string)
	}{
		{"smetrics Soundex", func(s string) { smetrics.Soundex(s) }},
		{"Soundex", func(s string) { similar.Soundex(s) }},
		{"Cologne", func(s string) { similar.Cologne(s) }},
		{"DoubleMetaphone", func(s string) { similar.DoubleMetaphone(s) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			measure(b, func(xs, _ []similar.Text) {
				for i := range xs {
					c.code(xs[i].String())
				}
			})
		})
	}
}

func BenchmarkOverlap(b *testing.B) {
	p := pairs{rand.New(rand.NewPCG(1, 1))}
	var names [256][]similar.Token
	for i := range names {
		names[i] = tokens(p.name() + " " + p.name())
	}
	var s similar.Tokens
	measure(b, func(xs, _ []similar.Text) {
		for i := range xs {
			s.Overlap(names[i%256], names[(i*7+i/256)%256], .9)
		}
	})
}
