package linkage

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// columnsOfDate are the words by which a column says that it holds a part of a date,
// and what the part is at least and at most.
var columnsOfDate = [...]struct {
	kind        Kind
	words       []string
	least, most int
}{
	{Year, []string{"year", "yr", "yyyy", "y", "by", "yob", "jahr", "année", "annee", "año", "ano", "anno", "rok", "jaar", "år"}, 1850, 2100},
	{Month, []string{"month", "mon", "mo", "mm", "m", "bm", "mob", "monat", "mois", "mes", "mese", "maand", "måned"}, 1, 12},
	{Day, []string{"day", "dy", "dd", "d", "bd", "tag", "jour", "día", "dia", "giorno", "dag"}, 1, 31},
}

// datePart is a column that may hold a part of a date.
type datePart struct {
	column *guessed
	of     string // the rest of its name
}

// dateInParts finds a date whose year, month and day have a column each, where no
// column holds a whole date. Their names are alike but for the part ("dob_year",
// "dob_month") and tell of a birth or foundation, or are short for parts of a birth
// ("by"); their values are numbers that can be the part. Any other date, such as that of
// a wedding or a visit, may be one that a whole family shares.
func (g *guesser) dateInParts() {
	for i := range g.columns {
		if c := &g.columns[i]; c.Kind == Date && c.look.days >= shareSure*c.look.looked {
			return
		}
	}
	var parts [len(columnsOfDate)][]datePart
	for i := range g.columns {
		c := &g.columns[i]
		if c.Kind != 0 && c.Kind != Date || c.other {
			continue
		}
		for k := range columnsOfDate {
			if of, is := g.partOfDate(c, k); is {
				parts[k] = append(parts[k], datePart{c, of})
			}
		}
	}
	for _, year := range parts[0] {
		set := []*guessed{year.column}
		for k := 1; k < len(parts); k++ {
			if at := slices.IndexFunc(parts[k], func(p datePart) bool { return p.of == year.of }); at >= 0 {
				set = append(set, parts[k][at].column)
			}
		}
		if len(set) == len(columnsOfDate) {
			for k, c := range set {
				c.take(columnsOfDate[k].kind, fmt.Sprintf("its name and values say %s of a date, with %s", columnsOfDate[k].kind, shortName(set[(k+1)%len(set)])))
			}
			return
		}
	}
}

// partOfDate reports whether a column holds a part of a date, and what its name
// says beside the part.
func (g *guesser) partOfDate(c *guessed, k int) (of string, is bool) {
	part := &columnsOfDate[k]
	words := strings.Fields(canon.FoldWords(c.Name))
	at := slices.IndexFunc(words, func(w string) bool {
		return slices.ContainsFunc(part.words, func(p string) bool { return canon.FoldWords(p) == w })
	})
	short := len(words) == 1 && strings.HasPrefix(words[0], "b") && len(words[0]) == 2
	if at < 0 || c.look.looked == 0 || !short && kindOfPart(c.Name) != Date {
		return "", false
	}
	within := 0.0
	g.rows(func(texts []string) {
		if n, err := strconv.Atoi(texts[0]); err == nil && n >= part.least && n <= part.most {
			within++
		}
	}, c)
	if within < shareCountry*min(c.look.filled, guessTogetherMax) {
		return "", false
	}
	return strings.Join(slices.Delete(words, at, at+1), " "), true
}

// namesOfPlaces takes a column called "name" for the company where rows have an
// address or phone and nothing else says whose: so are lists of restaurants,
// shops and schools, whose names have the form neither of people nor of firms.
func (g *guesser) namesOfPlaces() {
	if g.best(GivenName) != nil || g.best(FamilyName) != nil || g.best(PersonName) != nil || g.best(Company) != nil || g.best(Street) == nil && g.best(Phone) == nil {
		return
	}
	for i := range g.columns {
		c := &g.columns[i]
		if l := &c.look; c.named && c.Kind == 0 && l.letters >= shareSure*l.looked && l.emails+l.times+l.days == 0 && l.various(shareListed*l.looked) {
			c.take(Company, "its name says a name, and no column says whose the addresses are")
			return
		}
	}
}

// trades compares what people are, where they have no company and no mailbox of
// one: their title there would follow from it.
func (g *guesser) trades() {
	if g.best(Company) != nil || g.best(Email) != nil || len(g.nameColumns()) == 0 {
		return
	}
	for i := range g.columns {
		c := &g.columns[i]
		if c.Kind == 0 && c.Why == headerSkips[canon.MeansJobTitle] && c.look.various(differentMin) {
			c.take(Text, "its name says what somebody does, and no column says for whom")
		}
	}
}
