package norm

import (
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline/canon"
	"golang.org/x/text/unicode/norm"
)

// formWordsMax is the number of words that a legal form has at most.
const formWordsMax = 8

// formTable holds legal forms as one word each.
type formTable struct {
	after  map[string]bool // that end a name
	before map[string]bool // that begin one
	first  map[string]bool // first words of those that begin
	last   map[string]bool // last words of those that end
	single map[string]bool // of one word, that are no word or surname of a language
	sure   map[string]bool // of these, those that are a form wherever they stand
	joined []string        // written without a space
	lines  [][]string      // the spellings of each form, as one word
}

// moreForms are spellings that only comparing takes for a legal form.
var moreForms = [...]string{"P/L", "Group", "Grp", "Holding", "Holdings", "Gruppe", "Groupe", "Holding Group", "and Company", "and Co", "& Company", "Co"}

// legalForms reads lines such as "after GmbH | Gesellschaft mit beschränkter
// Haftung".
var legalForms = sync.OnceValue(func() *formTable {
	t := &formTable{
		after: map[string]bool{}, before: map[string]bool{}, first: map[string]bool{}, last: map[string]bool{},
		single: map[string]bool{}, sure: map[string]bool{},
	}
	for _, line := range canon.ListLegalForms.Entries() {
		where, spellings, _ := strings.Cut(line, " ")
		var keys []string
		for spelling := range strings.SplitSeq(spellings, "|") {
			if key := t.add(where, strings.TrimSpace(spelling)); key != "" {
				keys = append(keys, key)
			}
		}
		t.lines = append(t.lines, keys)
	}
	for _, spelling := range moreForms {
		t.add("weak", spelling)
	}
	return t
})

// sureLettersMin is the length from which a strong form of one word is one also
// in the middle of a name; shorter ones but AG and KG are words too often.
const sureLettersMin = 3

// add adds a spelling and returns it as one word, "" where that is none.
func (t *formTable) add(where, spelling string) (key string) {
	if where == "joined" {
		t.joined = append(t.joined, spelling)
		return ""
	}
	words := wordsOfForm(spelling)
	if len(words) == 0 {
		return ""
	}
	key = strings.Join(words, "")
	if where != "before" {
		t.after[key] = true
		t.last[words[len(words)-1]] = true
	}
	if where == "before" || where == "both" {
		t.before[key] = true
		t.first[words[0]] = true
	}
	if where == "after" && len(words) == 1 {
		t.single[key] = true
		if len(key) >= sureLettersMin || key == "ag" || key == "kg" {
			t.sure[key] = true
		}
	}
	return key
}

// wordsOfForm are the words of a spelling that count: "&" does not.
func wordsOfForm(spelling string) []string {
	return slices.DeleteFunc(strings.Fields(string(AppendWords(nil, spelling))), func(w string) bool { return connects([]byte(w)) })
}

// firstEastAsian is the first Hangul letter: scripts that write a legal form
// without a space, and signs such as ㈱, are at or above it.
const firstEastAsian = 0x1100

// joinedForm reports a legal form of a script that puts no space before it.
func joinedForm(name string) bool {
	wide := false
	for i := 0; i < len(name); i++ {
		if name[i] >= 0xe1 { // U+1000 and above
			wide = true
			break
		}
	}
	if !wide || strings.IndexFunc(name, func(r rune) bool { return r >= firstEastAsian && r != utf8.RuneError }) < 0 {
		return false
	}
	name = norm.NFKC.String(name)
	for _, form := range legalForms().joined {
		if strings.Contains(name, form) {
			return true
		}
	}
	return false
}

// withoutJoinedForm takes the first such form out, unless nothing would be left.
func (c *Company) withoutJoinedForm(name string) string {
	name = norm.NFKC.String(name)
	for _, form := range legalForms().joined {
		if rest := strings.Replace(name, form, " ", 1); rest != name && len(AppendFold(nil, rest)) > 0 {
			c.Form = AppendFold(c.Form, form)
			return rest
		}
	}
	return name
}

// What companyShort says of words that are not compared.
const (
	wordSmall   = " "
	wordArticle = "  "
)

// companyShort is the short spelling of a word of company names.
var companyShort = sync.OnceValue(func() map[string]string {
	t := map[string]string{}
	for _, word := range []string{"and", "und", "u", "et", "of"} {
		t[word] = wordSmall
	}
	for _, word := range []string{"the", "die", "der", "das"} {
		t[word] = wordArticle
	}
	entries := canon.ListCompanyShort.Entries()
	shorts := map[string]bool{}
	for _, line := range entries {
		short, _, _ := strings.Cut(line, ":")
		shorts[short] = true
	}
	for _, line := range entries {
		short, spellings, _ := strings.Cut(line, ":")
		for spelling := range strings.SplitSeq(spellings, ",") {
			key := string(AppendWords(nil, spelling))
			if _, taken := t[key]; !taken && !shorts[key] {
				t[key] = short
			}
		}
	}
	return t
})

// companyEndings are the ends of words that nobody is called (-verlag), by
// their last byte.
var companyEndings = sync.OnceValue(func() *[256][]string {
	var t [256][]string
	for _, word := range canon.ListCompanyWords.Entries() {
		if ending, ok := strings.CutPrefix(word, "-"); ok {
			key := string(AppendWords(nil, ending))
			last := key[len(key)-1]
			t[last] = append(t[last], key)
		}
	}
	return &t
})

// companyEnding reports a word that ends as only organisations do.
func companyEnding(word []byte) bool {
	for _, ending := range companyEndings()[word[len(word)-1]] {
		if len(word) > len(ending)+2 && string(word[len(word)-len(ending):]) == ending {
			return true
		}
	}
	return false
}
