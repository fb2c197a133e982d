package csv

import (
	"bytes"
	"fmt"
)

// delimiters are the ones that are tried, in the order of preference where
// several fit equally well: the rarer in ordinary text, the better.
var delimiters = []byte{'\t', ';', '|', ','}

// parseDelimiter reads the option; 0 means that it is to be detected.
func parseDelimiter(text string) (byte, error) {
	switch text {
	case "", "auto":
		return 0, nil
	case "tab", `\t`:
		return '\t', nil
	}
	if len(text) != 1 || text[0] >= 0x80 || text[0] == '"' || text[0] == '\r' || text[0] == '\n' || text[0] == 0 {
		return 0, fmt.Errorf("delimiter: %q must be one ASCII character, tab or auto", text)
	}
	return text[0], nil
}

// detectDelimiter chooses the delimiter of a text by its beginning: the one
// that makes more than one column and under which the most rows have as many
// cells as the first. A text that no delimiter divides has one column, and
// the comma is taken unless it occurs in it. Whole says that the sample is all
// of the text; else its last row may be cut and does not count.
func detectDelimiter(sample []byte, whole bool, d dialect) byte {
	best, bestScore, bestWide := byte(','), -1.0, false
	for _, delim := range delimiters {
		d.delim = delim
		score, wide := fit(sample, whole, d)
		better := score > bestScore
		if wide != bestWide {
			better = wide
		} else if !wide && score == bestScore {
			better = delim == ','
		}
		if better {
			best, bestScore, bestWide = delim, score, wide
		}
	}
	return best
}

// fit is the share of the rows of the sample that are sound and have as many
// cells as the first, and whether those are more than one.
func fit(sample []byte, whole bool, d dialect) (score float64, wide bool) {
	r := rowsOf(sample, d)
	total, good := 0, 0
	last := false
	for {
		w, err := r.next()
		if err != nil {
			break
		}
		last = w.fault == sound && !r.ragged(w)
		if total == 0 && w.fault == sound {
			r.width = w.width
		}
		if total == 0 && w.fault != sound {
			return 0, false
		}
		total++
		if last {
			good++
		}
	}
	if !whole && total > 1 {
		total--
		if last {
			good--
		}
	}
	if total == 0 {
		return 0, false
	}
	return float64(good) / float64(total), r.width > 1
}

// declaredDelimiter reads a first line such as "sep=;", by which Excel is told
// the delimiter. Size is the length of that line.
func declaredDelimiter(sample []byte) (delim byte, size int) {
	rest, ok := bytes.CutPrefix(sample, []byte("sep="))
	if !ok || len(rest) < 2 {
		return 0, 0
	}
	switch delim = rest[0]; {
	case delim == '"' || delim == '\r' || delim == '\n' || delim == 0 || delim >= 0x80:
		return 0, 0
	case rest[1] == '\n':
		return delim, len("sep=;\n")
	case len(rest) > 2 && rest[1] == '\r' && rest[2] == '\n':
		return delim, len("sep=;\r\n")
	}
	return 0, 0
}
