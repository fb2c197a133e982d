package similar

// Levenshtein returns the distance of a and b; see Pattern.Levenshtein, which
// is faster where a value is compared more than once.
func Levenshtein(a, b string) int {
	var p Pattern
	p.Set(NewText(a))
	return p.Levenshtein(NewText(b))
}

// OSA returns the distance of a and b; see Pattern.OSA, which is faster where a
// value is compared more than once.
func OSA(a, b string) int {
	var p Pattern
	p.Set(NewText(a))
	return p.OSA(NewText(b))
}

// Levenshtein returns the least number of characters to insert, delete or
// replace that makes the pattern's text and t equal. It is a metric.
//
// Where more than CharsMax characters of either text are left between their
// common start and their common end, the distance is not computed: the result
// is then its upper bound, the characters left in the longer one.
//
// Sources: V. I. Levenshtein, "Binary codes capable of correcting deletions,
// insertions and reversals", Soviet Physics Doklady 10 (1966) 707-710;
// G. Myers, "A fast bit-vector algorithm for approximate string matching based
// on dynamic programming", JACM 46 (1999) 395-415, in the form of H. Hyyrö, "A
// bit-vector algorithm for computing Levenshtein and Damerau edit distances",
// Nordic Journal of Computing 10 (2003) 29-39.
func (p *Pattern) Levenshtein(t Text) int {
	return p.distance(t, max(t.Chars(), p.text.Chars()), levenshtein)
}

// LevenshteinWithin reports whether Levenshtein(t) <= k. Mostly it knows that
// it is not from the lengths and the letter bags alone.
func (p *Pattern) LevenshteinWithin(t Text, k int) bool {
	return p.within(t, k, levenshtein)
}

// OSA returns the distance of optimal string alignment of the pattern's text
// and t: as Levenshtein's, but exchanging two neighbours counts as one act,
// too, where no character is changed twice: 1 from ab to ba, 3 from ca to abc.
// It is symmetric but no metric: the triangle inequality does not hold.
//
// Of long texts the same is true as for Levenshtein.
//
// Sources: F. J. Damerau, "A technique for computer detection and correction of
// spelling errors", CACM 7 (1964) 171-176; Hyyrö 2003, see Levenshtein, for the
// words of bits; L. Boytsov, "Indexing methods for approximate dictionary
// searching", JEA 16 (2011), for the difference to the unrestricted distance.
func (p *Pattern) OSA(t Text) int {
	return p.distance(t, max(t.Chars(), p.text.Chars()), alignment)
}

// OSAWithin reports whether OSA(t) <= k. Mostly it knows that it is not from
// the lengths and the letter bags alone.
func (p *Pattern) OSAWithin(t Text, k int) bool {
	return p.within(t, k, alignment)
}

// metric is a distance: a mask for the places where neighbours may be
// exchanged.
type metric uint64

const (
	levenshtein metric = 0
	alignment   metric = 1<<wordChars - 1
)

func (p *Pattern) within(t Text, k int, m metric) bool {
	if max(t.Chars()-p.text.Chars(), p.text.Chars()-t.Chars(), BagDistance(t.bag, p.text.bag), 0) > k {
		return false
	}
	return p.distance(t, k, m) <= k
}

// distance is exact up to limit; above, it is any number above limit.
func (p *Pattern) distance(t Text, limit int, m metric) int {
	la, lb := t.Chars(), p.text.Chars()
	switch {
	case la == 0 || lb == 0:
		return max(la, lb)
	case la == lb && t.start == p.text.start && t.s == p.text.s:
		return 0
	case la > wordChars || lb > wordChars:
		return p.longDistance(t, limit, m)
	}
	return distance(p.sequence(t), lb, limit, m)
}

// distance compares texts of at most wordChars characters: seq has, for each
// character of the one, its places in the other, which has lb characters. The
// words hold one column of the table of distances: bit i of up says that it
// grows from row i to i+1, of down that it falls.
func distance(seq []uint64, lb, limit int, m metric) int {
	up, down := ^uint64(0), uint64(0)
	var diagonal, before uint64 // where the last column came from, and its places
	result := lb
	last := (lb - 1) & 63
	for i, places := range seq {
		swapped := (^diagonal & places) << 1 & before & uint64(m)
		diagonal = (places&up + up) ^ up | places | down | swapped
		before = places
		right, left := down|^(diagonal|up), diagonal&up
		result += int(right>>last&1) - int(left>>last&1)
		if result-(len(seq)-1-i) > limit {
			return limit + 1
		}
		right = right<<1 | 1
		up, down = left<<1|^(diagonal|right), diagonal&right
	}
	return result
}
