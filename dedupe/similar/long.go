package similar

import "unicode/utf8"

// longSpace is what comparisons of long texts need beside the pattern.
type longSpace struct {
	rest         Pattern // for what is left between common start and end
	a, b         []rune
	usedA, usedB []bool
	rows         [3][]int
}

func (p *Pattern) space() *longSpace {
	if p.long == nil {
		p.long = new(longSpace)
	}
	return p.long
}

// longJaroWinkler compares texts of any length, as the definition says.
func (p *Pattern) longJaroWinkler(t Text) float64 {
	w := p.space()
	w.a = charsOf(w.a[:0], t, CharsMax)
	w.b = charsOf(w.b[:0], p.text, CharsMax)
	a, b := w.a, w.b
	w.usedA, w.usedB = zeroed(w.usedA, len(a)), zeroed(w.usedB, len(b))
	reach := max(max(len(a), len(b))/2-1, 0)
	common := 0
	for i, c := range a {
		for j := max(i-reach, 0); j < min(i+reach+1, len(b)); j++ {
			if c == b[j] && !w.usedB[j] {
				w.usedA[i], w.usedB[j] = true, true
				common++
				break
			}
		}
	}
	if common == 0 {
		return 0
	}
	unaligned, j := 0, 0
	for i, c := range a {
		if !w.usedA[i] {
			continue
		}
		for !w.usedB[j] {
			j++
		}
		if c != b[j] {
			unaligned++
		}
		j++
	}
	start := 0
	for start < min(prefixMax, len(a), len(b)) && a[start] == b[start] {
		start++
	}
	return boosted(jaroOf(common, unaligned/2, len(a), len(b)), start)
}

func zeroed(buf []bool, n int) []bool {
	if cap(buf) < n {
		return make([]bool, n)
	}
	buf = buf[:n]
	clear(buf)
	return buf
}

// longDistance compares what is left of two texts between their common start
// and end: by words of bits if it is short, else in a table.
func (p *Pattern) longDistance(t Text, limit int, m metric) int {
	a, b := uncommon(t.s, p.text.s)
	w := p.space()
	rest := NewText(a)
	w.rest.Set(NewText(b))
	longer := max(rest.Chars(), w.rest.text.Chars())
	if longer <= wordChars {
		return w.rest.distance(rest, limit, m)
	}
	if longer > CharsMax || rest.chars == 0 || w.rest.text.chars == 0 {
		return longer
	}
	w.a = charsOf(w.a[:0], rest, CharsMax)
	w.b = charsOf(w.b[:0], w.rest.text, CharsMax)
	return w.table(min(limit, longer), m)
}

// table computes the distance of w.a and w.b row by row, in the band of the
// table that can hold distances up to limit.
func (w *longSpace) table(limit int, m metric) int {
	a, b := w.a, w.b
	for i := range w.rows {
		if cap(w.rows[i]) < len(b)+1 {
			w.rows[i] = make([]int, CharsMax+1)
		}
		w.rows[i] = w.rows[i][:len(b)+1]
	}
	before, last, row := w.rows[0], w.rows[1], w.rows[2]
	for j := range last {
		last[j] = j
	}
	leastBefore := 0 // of the last row; a swap reaches over one
	for i := 1; i <= len(a); i++ {
		from, to := max(i-limit, 1), min(i+limit, len(b))
		if from > to {
			return limit + 1
		}
		row[from-1] = limit + 1
		if from == 1 {
			row[0] = i
		}
		if to == i+limit { // the band is one wider than in the last row
			last[to] = limit + 1
		}
		least := limit + 1
		for j := from; j <= to; j++ {
			if a[i-1] == b[j-1] {
				row[j] = last[j-1]
			} else {
				row[j] = 1 + min(last[j-1], last[j], row[j-1])
			}
			if m == alignment && i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > limit && leastBefore > limit {
			return limit + 1
		}
		leastBefore = least
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// uncommon cuts the common start and the common end off two texts, where both
// have a whole character.
func uncommon(a, b string) (restA, restB string) {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	for n > 0 && !(startsAt(a, n) && startsAt(b, n)) {
		n--
	}
	a, b = a[n:], b[n:]
	n = 0
	for n < min(len(a), len(b)) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	for n > 0 && !startsAt(a, len(a)-n) {
		n--
	}
	return a[:len(a)-n], b[:len(b)-n]
}

// startsAt reports whether no character goes over the border before s[i].
func startsAt(s string, i int) bool {
	return i == len(s) || utf8.RuneStart(s[i])
}
