package similar_test

// The distances as their papers define them: slow, and plain to see.

// chars are the characters of s; a byte that is no valid UTF-8 is one, too.
func chars(s string) []string {
	var list []string
	for i, c := range s {
		if size := len(string(c)); c != '\uFFFD' || len(s) >= i+size && s[i:i+size] == "\uFFFD" {
			list = append(list, s[i:i+size])
		} else {
			list = append(list, s[i:i+1])
		}
	}
	return list
}

func editDistance(x, y string, swaps bool) int {
	a, b := chars(x), chars(y)
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		for j := range d[i] {
			switch {
			case i == 0:
				d[i][j] = j
			case j == 0:
				d[i][j] = i
			default:
				cost := 1
				if a[i-1] == b[j-1] {
					cost = 0
				}
				d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
				if swaps && i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
					d[i][j] = min(d[i][j], d[i-2][j-2]+1)
				}
			}
		}
	}
	return d[len(a)][len(b)]
}

// renamed writes each character of a and b as one byte, the same for equal
// ones, so that what compares bytes compares characters; ok is false where
// there are more than 256.
func renamed(a, b string) (x, y string, ok bool) {
	names := map[string]byte{}
	rename := func(s string) string {
		var out []byte
		for _, c := range chars(s) {
			if _, known := names[c]; !known {
				names[c] = byte(len(names))
			}
			out = append(out, names[c])
		}
		return string(out)
	}
	x, y = rename(a), rename(b)
	return x, y, len(names) <= 256
}
