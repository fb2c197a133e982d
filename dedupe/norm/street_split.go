package norm

import (
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// wordKind is the kind of a word of address lines, as the list has it.
type wordKind uint8

const (
	kindNone   wordKind = iota
	kindWord            // written shorter
	kindEnding          // also at the end of a longer word
	kindDrop            // left out
	kindUnit            // a flat: its number or letter follows
	kindFloor           // a unit by itself
	kindBox             // a post office box: its number follows
	kindNumber          // the house number follows
)

type streetWord struct {
	kind  wordKind
	short string
}

// streetTable holds the words and, by the last byte, the endings.
type streetTable struct {
	words   map[string]streetWord
	endings []streetEnding
}

type streetEnding struct{ ending, short string }

// streetWords reads lines such as "word ave: avenue, av".
var streetWords = sync.OnceValue(func() *streetTable {
	t := &streetTable{words: map[string]streetWord{}}
	kinds := map[string]wordKind{"word": kindWord, "ending": kindEnding, "drop": kindDrop, "unit": kindUnit, "floor": kindFloor, "box": kindBox, "number": kindNumber}
	shorts := map[string]bool{}
	entries := canon.ListStreetWords.Entries()
	for _, line := range entries {
		head, _, _ := strings.Cut(line, ":")
		kind, short, _ := strings.Cut(head, " ")
		if kinds[kind] == kindWord || kinds[kind] == kindEnding {
			shorts[short] = true
		}
	}
	for _, line := range entries {
		head, spellings, _ := strings.Cut(line, ":")
		name, short, _ := strings.Cut(head, " ")
		kind := kinds[name]
		t.add(short, kind, short)
		for spelling := range strings.SplitSeq(spellings, ",") {
			if key := string(compact(AppendWords(nil, spelling))); !shorts[key] {
				t.add(key, kind, short)
			}
			if kind == kindEnding {
				t.endings = append(t.endings, streetEnding{string(AppendWords(nil, spelling)), short})
			}
		}
	}
	return t
})

func (t *streetTable) add(key string, kind wordKind, short string) {
	if _, taken := t.words[key]; !taken && key != "" {
		t.words[key] = streetWord{kind, short}
	}
}

// of is what the list says of a word. For a word that is longer than a listed
// ending, longer is the length of that ending.
func (t *streetTable) of(word []byte) (w streetWord, longer int) {
	if w, ok := t.words[string(word)]; ok {
		return w, 0
	}
	for _, e := range t.endings {
		if n := len(word) - len(e.ending); n >= endingAfterMin && string(word[n:]) == e.ending {
			return streetWord{kindEnding, e.short}, len(e.ending)
		}
	}
	return streetWord{}, 0
}

// endingAfterMin is the length that a name before an ending has at least.
const endingAfterMin = 3

// split cuts the line into tokens.
func (a *Street) split(line string) {
	a.words, a.tokens = a.words[:0], a.tokens[:0]
	sign, segment := byte(' '), 0
	for at := 0; at < len(line); {
		c := line[at]
		if streetSign(line, at) {
			switch c {
			case ',', ';', '\n', '|':
				if len(a.tokens) > 0 && segment < segmentsMax {
					segment++
				}
				sign = ' '
			case '/', '-', '#':
				sign = c
			}
			at++
			continue
		}
		end := at + 1
		for end < len(line) && !streetSign(line, end) {
			end++
		}
		before := len(a.tokens)
		a.piece(line[at:end], sign, uint8(segment))
		if len(a.tokens) > before {
			a.tokens[len(a.tokens)-1].stop = end-at > 1 && line[end-1] == '.'
			sign = ' '
		}
		at = end
	}
}

// streetSign reports whether the byte at i parts tokens. A full stop does so
// before a digit.
func streetSign(line string, i int) bool {
	switch line[i] {
	case ' ', ',', ';', '\n', '|', '/', '-', '#', '(', ')', '\t', '\r', ':', '"', 0:
		return true
	case '.':
		return i+1 < len(line) && line[i+1] >= '0' && line[i+1] <= '9'
	}
	return false
}

// piece appends the tokens of a text without signs.
func (a *Street) piece(text string, sign byte, segment uint8) {
	start := len(a.words)
	a.words = AppendWords(a.words, text)
	for from := start; from < len(a.words); {
		word, _ := NextWord(a.words[from:])
		next := from + len(word) + 1
		if cut := gluedNumber(word); cut > 0 {
			a.token(from, from+cut, sign, segment)
			a.token(from+cut, from+len(word), ' ', segment)
		} else {
			a.token(from, from+len(word), sign, segment)
		}
		sign, from = ' ', next
	}
}

// gluedLettersMin is the number of letters from which digits behind them are a
// number of their own: Hauptstraße12, but not B12.
const gluedLettersMin = 3

// gluedNumber is where the number at the end of a word begins, 0 without one.
func gluedNumber(word []byte) int {
	cut := len(word)
	for cut > 0 && word[cut-1] >= '0' && word[cut-1] <= '9' {
		cut--
	}
	if cut == len(word) || cut < gluedLettersMin || word[0] < 'a' && word[0] < utf8.RuneSelf {
		return 0
	}
	return cut
}

func (a *Street) token(from, to int, sign byte, segment uint8) {
	word := a.words[from:to]
	t := streetToken{from: int32(from), to: int32(to), sign: sign, segment: segment}
	for int(t.digits) < len(word) && word[t.digits] >= '0' && word[t.digits] <= '9' {
		t.digits++
	}
	listed, longer := streetWords().of(word)
	t.kind, t.short, t.ending = listed.kind, listed.short, int32(longer)
	if letters := len(word) - int(t.digits); letters > numberLettersMax || ordinal(word[t.digits:]) {
		t.digits = 0 // 5th, 17juni
	}
	a.tokens = append(a.tokens, t)
}

// numberLettersMax is the number of letters that a house number has at most.
const numberLettersMax = 2

func ordinal(letters []byte) bool {
	switch string(letters) {
	case "st", "nd", "rd", "th":
		return true
	}
	return false
}
