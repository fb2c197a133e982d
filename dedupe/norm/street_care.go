package norm

import "strings"

// takeCare takes who takes in the mail, and gives the line without it.
func (a *Street) takeCare(line string) string {
	from, name := careOf(line)
	if name == 0 {
		return line
	}
	to := len(line)
	if end := strings.IndexAny(line[name:], ",;\n|"); end >= 0 {
		to = name + end
	}
	a.Care = AppendWords(a.Care, line[name:to])
	return line[:from] + line[to:]
}

// careOf is where c/o stands in a line, and where the name behind it begins; 0
// for none. C/ before a street is a calle: C/ O'Donnell.
func careOf(line string) (from, name int) {
	for at := 1; at+2 < len(line); at++ {
		next := strings.IndexByte(line[at:], '/')
		if next < 0 {
			break
		}
		at += next
		if at+2 >= len(line) || line[at-1]|0x20 != 'c' || line[at+1]|0x20 != 'o' || !careEnd(line[at+2]) {
			continue
		}
		if at == 1 || streetSign(line, at-2) || line[at-2] == '.' {
			return at - 1, at + 2
		}
	}
	return 0, 0
}

// careEnd reports what may stand between c/o and a name.
func careEnd(c byte) bool { return c == ' ' || c == '.' || c == ':' || c == '\t' }
