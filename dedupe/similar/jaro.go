package similar

import "math/bits"

// The parameters that Winkler recommends: an equal start counts for texts
// above a similarity, and up to a number of characters.
const (
	boostAbove = 0.7
	prefixMax  = 4
	boostBy    = 0.1 // a character
)

// roundingMax is more than what rounding can change of a bound.
const roundingMax = 1e-9

// JaroWinkler returns the similarity of a and b; see Pattern.JaroWinkler, which
// is faster where a value is compared more than once. It does not allocate when
// both have at most 64 characters, all of one byte.
func JaroWinkler(a, b string) float64 {
	var p Pattern
	p.Set(NewText(a))
	return p.JaroWinkler(NewText(b))
}

// JaroWinkler returns the similarity of Jaro and Winkler of the pattern's text
// and t: from 0, nothing in common, to 1, equal. Two empty texts are equal; an
// empty one and another have nothing in common. The boost for an equal start of
// up to four characters applies above .7. Of texts longer than CharsMax, the
// first CharsMax characters are compared.
//
// Equal characters are partners when their places differ by less than half the
// length of the longer text, as in Winkler's own program. In texts of two or
// three characters only equal places count: al and la have nothing in common.
//
// It is symmetric, because for each character the partners are found as by two
// fingers that move forward over its places in both texts. On ASCII text it
// equals smetrics.JaroWinkler(a, b, 0.7, 4), bit for bit on machines whose
// compiler does not fuse multiplication and addition, such as amd64, and within
// 1e-12 on others. It itself gives the same bits on all machines.
//
// Sources: M. A. Jaro, "Advances in Record-Linkage Methodology as Applied to
// Matching the 1985 Census of Tampa, Florida", JASA 84 (1989) 414-420;
// W. E. Winkler, "String Comparator Metrics and Enhanced Decision Rules in the
// Fellegi-Sunter Model of Record Linkage", ASA Survey Research Methods (1990)
// 354-359. Matching characters by words of bits follows the idea of Hyyrö (see
// Levenshtein).
func (p *Pattern) JaroWinkler(t Text) float64 {
	la, lb := t.Chars(), p.text.Chars()
	if la == 0 || lb == 0 || la == lb && t.s == p.text.s {
		if la == lb {
			return 1
		}
		return 0
	}
	if la > wordChars || lb > wordChars {
		return p.longJaroWinkler(t)
	}
	return p.shortJaroWinkler(t)
}

// JaroWinklerAtLeast returns the similarity, as JaroWinkler computes it, and
// true when it is at least bound, and 0 and false when it is not. Mostly it
// then knows so from the lengths, the letter bags and the first characters
// alone.
func (p *Pattern) JaroWinklerAtLeast(t Text, bound float64) (float64, bool) {
	if !p.text.MayReach(t.Sketch, bound) {
		return 0, false
	}
	if score := p.JaroWinkler(t); score >= bound {
		return score, true
	}
	return 0, false
}

// commonStart returns the number of bytes that begin both texts, up to
// prefixMax.
func commonStart(a, b Text) int {
	return min(bits.TrailingZeros32(a.start^b.start)/8, prefixMax, len(a.s), len(b.s))
}

// shortJaroWinkler compares texts of at most wordChars characters. A bit of a
// word is a character of the pattern's text.
func (p *Pattern) shortJaroWinkler(t Text) float64 {
	la, lb := t.Chars(), p.text.Chars()
	seq := p.sequence(t)
	reach := max(max(la, lb)/2-1, 0)
	window := uint64(2)<<(reach&63) - 1 // the places that may match: i-reach to i+reach
	var found, partners, crossed uint64
	for i, places := range seq {
		free := places & window &^ partners
		first := free & -free
		crossed |= partners &^ (first - 1)
		partners |= first
		found |= (free | -free) >> 63 << (i & 63)
		window = window<<1 | uint64(i-reach)>>63 // one more place, while i < reach
	}
	common := bits.OnesCount64(partners)
	if common == 0 {
		return 0
	}
	unaligned := 0
	if crossed != 0 {
		for x, y := found, partners; x != 0; x, y = x&(x-1), y&(y-1) {
			if seq[bits.TrailingZeros64(x)&63]&(y&-y) == 0 {
				unaligned++
			}
		}
	}
	start := 0
	if t.narrow() && p.text.narrow() {
		start = commonStart(t, p.text)
	} else {
		for start < min(prefixMax, la, lb) && seq[start]>>start&1 != 0 {
			start++
		}
	}
	return boosted(jaroOf(common, unaligned/2, la, lb), start)
}

// jaroOf is Jaro's similarity: common characters, of which some are transposed,
// in texts of la and lb characters.
func jaroOf(common, transposed, la, lb int) float64 {
	m := float64(common)
	return (m/float64(la) + m/float64(lb) + (m-float64(transposed))/m) / 3
}

// boosted adds Winkler's boost for an equal start. The conversion keeps the
// compiler from fusing the operations, which would round differently.
func boosted(jaro float64, start int) float64 {
	if jaro <= boostAbove {
		return jaro
	}
	return jaro + float64(boostBy*float64(start)*(1-jaro))
}
