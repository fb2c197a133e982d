package similar_test

import (
	"flag"
	"math/rand/v2"
	"strings"
	"testing"
)

// The laws are checked on this many pairs, the whole claim by
//
//	go test ./dedupe/similar -run Law -pairs 10000000
var (
	pairCount = flag.Int("pairs", 60_000, "pairs of texts that the laws are checked on")
	pairSeed  = flag.Uint64("seed", 0, "seed of the pairs; 0 takes a new one")
)

// pairs makes pairs of texts of all kinds that matching meets.
type pairs struct {
	*rand.Rand
}

func newPairs(t testing.TB) pairs {
	t.Helper()
	seed := *pairSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-seed %d", seed)
	return pairs{rand.New(rand.NewPCG(seed, 1))}
}

var (
	heads = strings.Fields("an ann mar mari sch schm st ber bern jo joh chr thom wal kar el sus pet fr fried ge mue bo iv ol")
	cores = strings.Fields("a e i o u ei ie au er en el ar or in il ill ann")
	tails = strings.Fields("mann er ert s t th tz el ke ner dt a e ia ova ski sen son berg stein meier ez")
	words = strings.Fields("gmbh ag hotel musik verlag gebrueder und soehne strasse am platz 12 3a 10115 berlin buero the of")
	wide  = []rune("äöüßéèçñøåλπжш王小明朋李\u0301\u200f🎺\uffff\u0000")
)

func pick[T any](p pairs, list []T) T { return list[p.IntN(len(list))] }

// name looks like a name, a company or a line of an address in folded ASCII.
func (p pairs) name() string {
	var b strings.Builder
	for i := range 1 + p.IntN(3) {
		if i > 0 {
			b.WriteByte(' ')
		}
		if p.IntN(5) == 0 {
			b.WriteString(pick(p, words))
			continue
		}
		b.WriteString(p.word())
	}
	return b.String()
}

// word looks like a first or a last name.
func (p pairs) word() string {
	w := pick(p, heads) + pick(p, cores)
	if p.IntN(3) > 0 {
		w += pick(p, tails)
	}
	return w
}

// random has up to n bytes of an alphabet of a random size.
func (p pairs) random(n int) string {
	letters := 1 + p.IntN(40)
	b := make([]byte, p.IntN(n+1))
	for i := range b {
		b[i] = byte('a' - 20 + p.IntN(letters))
	}
	return string(b)
}

// near is s with some typing errors.
func (p pairs) near(s string) string {
	b := []rune(s)
	for range 1 + p.IntN(3) {
		at := p.IntN(len(b) + 1)
		c := rune('a' + p.IntN(26))
		switch p.IntN(4) {
		case 0:
			b = append(b[:at:at], append([]rune{c}, b[at:]...)...)
		case 1:
			if at < len(b) {
				b = append(b[:at:at], b[at+1:]...)
			}
		case 2:
			if at < len(b) {
				b[at] = c
			}
		case 3:
			if at+1 < len(b) {
				b[at], b[at+1] = b[at+1], b[at]
			}
		}
	}
	return string(b)
}

// ascii is a pair of any kind in ASCII of up to 80 bytes.
func (p pairs) ascii() (a, b string) {
	switch p.IntN(8) {
	case 0, 1:
		return p.name(), p.name()
	case 2, 3:
		a = p.name()
		return a, p.near(a)
	case 4:
		return p.random(12), p.random(12)
	case 5:
		a = p.random(80)
		return a, p.near(a)
	case 6:
		return p.random(80), p.random(80)
	}
	a = p.random(12)
	return a, p.near(a)
}

// any is a pair of any kind, some of its characters in other scripts, some of
// its bytes no valid UTF-8.
func (p pairs) any() (a, b string) {
	a, b = p.ascii()
	to := pick(p, wide)
	for range p.IntN(4) {
		from := string(rune('a' + p.IntN(26)))
		a, b = strings.ReplaceAll(a, from, string(to)), strings.Replace(b, from, string(to), 1+p.IntN(3))
		to = pick(p, wide)
	}
	if p.IntN(10) == 0 {
		a = a[:p.IntN(len(a)+1)]
	}
	if p.IntN(10) == 0 {
		b = b[p.IntN(len(b)+1):] + "\xff"
	}
	return a, b
}
