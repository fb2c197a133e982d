package linkage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/reconkit/reconkit/dedupe/norm"
	"github.com/reconkit/reconkit/pipeline/canon"
)

// Limits of guessing by what stands in one row.
const (
	guessTogetherMax = 50_000 // rows that are looked at
	repeatsMin       = 10     // rows that must repeat a value before it tells anything
	differentMin     = 5      // names that must be different
	shareInMail      = .3     // of the names that stand in the e-mail address beside them
	shareOneContact  = .9     // of rows with one number, that have one name too
	shareManyPeople  = .5     // of rows with one postcode, that may have one name too
	townsMin         = 3      // towns without which nothing is a postcode
	numbersMin       = 20     // numbers that are all different before that tells anything
	numberBytesMin   = 4      // of a number that names contacts
)

// share counts rows.
type share struct{ n, in float64 }

func (s share) most() bool { return s.n > 0 && s.in > shareDenied*s.n }

// rows calls visit with the texts of some columns in each row, until there were
// enough.
func (g *guesser) rows(visit func(texts []string), columns ...*guessed) {
	schema := g.table.Schema()
	at := make([]int, len(columns))
	for i, c := range columns {
		at[i] = schema.Index(c.Name)
	}
	texts, n := make([]string, len(columns)), 0
	for _, b := range g.table.Batches() {
		for row := range b.Len() {
			if n++; n > guessTogetherMax {
				return
			}
			for i, c := range at {
				text := strings.TrimSpace(cellText(b.Column(c), row))
				texts[i] = text[:min(len(text), norm.BytesMax)]
			}
			visit(texts)
		}
	}
}

// within counts the rows in which the words of one column stand in another.
func (g *guesser) within(part, whole *guessed) share {
	var s share
	g.rows(func(texts []string) {
		if texts[0] == "" || texts[1] == "" {
			return
		}
		s.n++
		have := strings.Fields(canon.FoldWords(texts[1]))
		for w := range strings.FieldsSeq(canon.FoldWords(texts[0])) {
			if !slices.Contains(have, w) {
				return
			}
		}
		s.in++
	}, part, whole)
	return s
}

// namesInMail finds the missing part of the name among columns whose headers
// say nothing: its words stand in the e-mail addresses of their rows.
func (g *guesser) namesInMail() {
	mail, given, family := g.best(Email), g.best(GivenName), g.best(FamilyName)
	if mail == nil || g.best(PersonName) != nil || given != nil && family != nil {
		return
	}
	var found *guessed
	var most share
	for i := range g.columns {
		c := &g.columns[i]
		l := &c.look
		if !c.blank || c.Kind != 0 || l.looked == 0 {
			continue
		}
		whole := given == nil && family == nil
		if whole && l.people < shareSure*l.looked || !whole && l.single < .7*l.looked {
			continue
		}
		if s := g.inMail(c, mail); s.n >= repeatsMin && s.in >= shareInMail*s.n && s.in*max(most.n, 1) > most.in*s.n {
			found, most = c, s
		}
	}
	if found == nil {
		return
	}
	kind := PersonName
	switch {
	case given != nil:
		kind = FamilyName
	case family != nil:
		kind = GivenName
	}
	found.take(kind, fmt.Sprintf("%.0f %% of its values stand in the e-mail address beside them", 100*most.in/most.n))
}

// inMail counts the rows in which the last word of a column stands before the @.
func (g *guesser) inMail(c, mail *guessed) share {
	var s share
	var e norm.Email
	different := map[string]bool{}
	g.rows(func(texts []string) {
		words := strings.Fields(canon.FoldWords(texts[0]))
		if e.Read(texts[1]); len(words) == 0 || !e.Valid || e.Role {
			return
		}
		s.n++
		w := words[len(words)-1]
		local := strings.ReplaceAll(canon.FoldWords(string(e.Words)), " ", "")
		if len(w) >= 3 && (strings.Contains(local, w) || strings.Contains(local, strings.ReplaceAll(canon.FoldGerman(texts[0]), " ", ""))) {
			s.in++
			different[w] = true
		}
	}, c, mail)
	if float64(len(different)) < max(differentMin, s.in/100) { // a word of many addresses is no name
		return share{}
	}
	return s
}

// valuesTogether finds postcodes and numbers of contacts among columns whose
// headers say nothing, by what rows with one value share: the town, and not the
// name; or the name.
func (g *guesser) valuesTogether() {
	names := g.nameColumns()
	if len(names) == 0 {
		return
	}
	city := g.best(City)
	for i := range g.columns {
		c := &g.columns[i]
		if !c.blank || c.Kind != 0 || c.look.looked == 0 || c.look.digits < shareSure*c.look.looked {
			continue
		}
		if city != nil && g.best(Postcode) == nil && c.look.postcodes >= .95*c.look.looked {
			towns, who, different := g.repeats(c, []*guessed{city}, names)
			if towns.n >= repeatsMin && towns.in >= shareOneContact*towns.n && who.in <= shareManyPeople*who.n && different >= townsMin {
				c.take(Postcode, fmt.Sprintf("rows with one value have one %s, and different names", shortName(city)))
				continue
			}
		}
		who, _, different := g.repeats(c, names, nil)
		if who.n >= repeatsMin && who.in >= shareOneContact*who.n && different >= repeatsMin && c.look.dates < shareSure*c.look.looked {
			c.take(Identifier, "rows with one value have one name")
		}
	}
}

// numbersOfRows leaves out identifiers of which every row has another: whoever is
// there twice has two, so that they tell nobody apart.
func (g *guesser) numbersOfRows() {
	for i := range g.columns {
		c := &g.columns[i]
		if c.Kind != Identifier || c.look.filled < numbersMin || g.table.Len() > guessTogetherMax {
			continue
		}
		seen, twice := map[string]bool{}, false
		g.rows(func(texts []string) {
			number := string(norm.AppendIdentifier(nil, texts[0]))
			twice = twice || number != "" && seen[number]
			seen[number] = true
		}, c)
		if !twice {
			c.leaveOut("no two rows have one value")
		}
	}
}

// nameColumns are the columns that say whose a row is.
func (g *guesser) nameColumns() []*guessed {
	given, family, person, mail := g.best(GivenName), g.best(FamilyName), g.best(PersonName), g.best(Email)
	switch {
	case given != nil && family != nil:
		return []*guessed{given, family}
	case person != nil:
		return []*guessed{person}
	case mail != nil:
		return []*guessed{mail}
	}
	return nil
}

// repeats compares each row with the one before it of the same value in c: how
// many agree in all of some columns, and of others, where both have them; and
// how many different texts the first of them have.
func (g *guesser) repeats(c *guessed, some, others []*guessed) (agree, also share, different int) {
	last := map[string][2]string{}
	texts := map[string]bool{}
	columns := append(append([]*guessed{c}, some...), others...)
	g.rows(func(row []string) {
		if len(row[0]) < numberBytesMin {
			return
		}
		x, y := foldRow(row[1:1+len(some)]), foldRow(row[1+len(some):])
		if x != "" {
			texts[x] = true
		}
		if before, seen := last[row[0]]; seen {
			count(&agree, before[0], x)
			count(&also, before[1], y)
		}
		last[row[0]] = [2]string{x, y}
	}, columns...)
	return agree, also, len(texts)
}

func count(s *share, x, y string) {
	if x == "" || y == "" {
		return
	}
	s.n++
	s.in += one(x == y)
}

// foldRow is texts in small letters without signs, "" where one is missing.
func foldRow(texts []string) string {
	words := make([]string, len(texts))
	for i, t := range texts {
		if t == "" {
			return ""
		}
		words[i] = canon.FoldWords(t)
	}
	return strings.Join(words, "|")
}
