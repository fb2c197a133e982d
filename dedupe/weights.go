package dedupe

import "strings"

// The weights, in log2 odds and multiples of 1/4. They are shipped, not
// learned, and stand for contact data in general: a name and an address, or a
// name and a phone, are the same; a name and a company with two e-mails is a
// question; a household or a switchboard is never enough.
const (
	weightOdds = -13 // two records at random

	weightNameEqual     = 13
	weightNameSwapped   = 12
	weightNameWithin    = 12 // Anna and Anna Maria
	weightNameLastAlike = 10 // Meier and Meyer
	weightNameInitial   = 8
	weightNameAlike     = 7 // Daniel and Daniela, too
	weightNameBothAlike = 6
	weightNameOneOnly   = 4   // one half equal, the other half missing
	weightNameFirstOnly = 2   // a married name, or a namesake
	weightNameHousehold = -8  // one last name, two first names
	weightNameOther     = -10 // nothing alike
	weightGeneration    = -20 // senior and junior
	weightKind          = -40 // a person and a company
	weightKindByKey     = -10 // the same, when they share a key
	weightFirmEqual     = 6   // of a person
	weightFirmAlike     = 4
	weightFirmOther     = -1
	weightFirmItself    = 14 // the company is the record
	weightFirmItAlike   = 10
	weightFirmItOther   = -10
	weightPhoneEqual    = 7
	weightPhoneShared   = 2    // of a switchboard
	weightPhoneOther    = -0.5 // people have several
	weightStreetEqual   = 7
	weightStreetAlike   = 5
	weightStreetOther   = -1
	weightPostcodeEqual = 3.5
	weightCityEqual     = 1.5
	weightTownOther     = -1
	weightTownFirmOther = -3 // of a company
	weightEmailEqual    = 12 // where it is no key
	weightEmailShared   = 5  // an address that many use
	weightEmailTypo     = 4  // with equal names and nothing else, a question
	weightEmailLocal    = 1.5
	weightEmailOther    = -5
	weightTextEqual     = 3
	weightTextAlike     = 1.5
	weightTextOther     = -1

	weightKeyEmail      = 25
	weightKeyIdentifier = 40
	weightKeyOther      = 25

	// Limits of what shared phone, address and company may add together.
	placeMax          = 9 // phone and address alone: they go together
	placeNameAlikeMax = 8 // all three, with first names that are only alike
	placeNamesakeMax  = 6 // all three, first names equal and last names not, in one company
)

// weighing is the judge that adds fixed weights of log2 odds.
type weighing struct{ u *universe }

func (w weighing) weigh(a, b int32, e *evidence) {
	u := w.u
	e.parts, e.weight = e.parts[:0], 0
	e.add(aboutOdds, weightOdds, "two records at random")
	byKey := w.weighKeys(a, b, e)
	if u.nature[a] != u.nature[b] && u.nature[a] != unclear && u.nature[b] != unclear {
		if byKey {
			e.add(aboutKind, weightKindByKey, "a person and a company")
		} else {
			e.add(aboutKind, weightKind, "a person and a company are never one")
		}
	}
	names, firm, place, texts, email := missing, 0.0, 0.0, 0, -1
	for i, c := range u.m.compare {
		switch c.as {
		case asPerson:
			names = w.weighNames(i, a, b, e)
		case asCompany:
			firm = w.weighFirm(i, a, b, e)
		case asPhone:
			place += w.weighPhone(i, a, b, e)
		case asAddress:
			place += w.weighAddress(i, a, b, e)
		case asEmail:
			email = i
		case asText:
			w.weighText(i, texts, a, b, e)
			texts++
		}
	}
	if email >= 0 {
		w.weighEmail(email, names, a, b, e)
	}
	w.limitPlace(names, firm, place, e)
}

// weighKeys adds the keys that prove. A value that is evidently shared is no
// proof; the e-mail is then weighed as evidence.
func (w weighing) weighKeys(a, b int32, e *evidence) bool {
	found := false
	for k := range w.u.keys {
		c := &w.u.keys[k]
		id := c.ids[a]
		if !c.same || id == 0 || id != c.ids[b] || c.shared[id] {
			continue
		}
		found = true
		e.add(aboutKey-k, keyWeight(c.key), "equal key")
	}
	return found
}

func keyWeight(k key) float64 {
	switch {
	case isEmail(k):
		return weightKeyEmail
	case isIdentifier(k):
		return weightKeyIdentifier
	}
	return weightKeyOther
}

// weighNames compares people and says how the names agree as a whole: equal,
// within (one has more), similar (the first names are only alike), initial,
// doubtful (the last names differ), different, missing.
func (w weighing) weighNames(i int, a, b int32, e *evidence) likeness {
	u := w.u
	if u.suffix[a] != 0 && u.suffix[b] != 0 && u.suffix[a] != u.suffix[b] {
		e.add(i, weightGeneration, "two generations")
		return different
	}
	if u.swapped(a, b) {
		e.add(i, weightNameSwapped, "first and last name swapped")
		return equal
	}
	first, last := u.firstNames(u.first[a], u.first[b]), u.lastNames(u.last[a], u.last[b])
	if first == missing && last == missing {
		return missing
	}
	g := nameGrades[[2]likeness{first, last}]
	if g.note == "" {
		g = nameGrade{weightNameOther, "different names", different}
	}
	e.add(i, g.weight, g.note)
	return g.whole
}

type nameGrade struct {
	weight float64
	note   string
	whole  likeness
}

// nameGrades says what first and last name mean together. A pair that is not
// here is two people.
var nameGrades = map[[2]likeness]nameGrade{
	{equal, equal}:       {weightNameEqual, "equal", equal},
	{within, equal}:      {weightNameWithin, "one has more first names", within},
	{equal, within}:      {weightNameWithin, "one has more last names", within},
	{within, within}:     {weightNameLastAlike, "one has more names", within},
	{equal, similar}:     {weightNameLastAlike, "last names alike", equal},
	{within, similar}:    {weightNameInitial, "last names alike", within},
	{initial, equal}:     {weightNameInitial, "an initial", initial},
	{initial, within}:    {weightNameAlike, "an initial", initial},
	{initial, similar}:   {weightNameOneOnly, "an initial, last names alike", initial},
	{similar, equal}:     {weightNameAlike, "first names alike", similar},
	{similar, within}:    {weightNameAlike, "first names alike", similar},
	{similar, similar}:   {weightNameBothAlike, "both names alike", similar},
	{missing, equal}:     {weightNameOneOnly, "last name alone", initial},
	{missing, within}:    {weightNameOneOnly, "last name alone", initial},
	{missing, similar}:   {0, "last names alike", initial},
	{equal, missing}:     {weightNameOneOnly, "first name alone", initial},
	{within, missing}:    {weightNameOneOnly, "first name alone", initial},
	{similar, missing}:   {0, "first names alike", initial},
	{initial, missing}:   {0, "an initial alone", initial},
	{doubtful, missing}:  {weightTextOther, "first names differ a little", similar},
	{missing, doubtful}:  {weightTextOther, "last names differ a little", similar},
	{equal, doubtful}:    {weightNameFirstOnly, "last names differ", doubtful},
	{equal, different}:   {weightNameFirstOnly, "last names differ", doubtful},
	{within, doubtful}:   {weightNameFirstOnly, "last names differ", doubtful},
	{within, different}:  {weightNameFirstOnly, "last names differ", doubtful},
	{doubtful, equal}:    {weightTextOther, "first names differ a little", similar},
	{doubtful, within}:   {weightTextOther, "first names differ a little", similar},
	{different, equal}:   {weightNameHousehold, "one last name, two first names", different},
	{different, within}:  {weightNameHousehold, "one last name, two first names", different},
	{different, similar}: {weightNameOther, "two first names", different},
}

func (w weighing) weighFirm(i int, a, b int32, e *evidence) float64 {
	u := w.u
	x, y := u.firm[a], u.firm[b]
	if x == 0 || y == 0 {
		return 0
	}
	grade, itself := similar, u.nature[a] == company && u.nature[b] == company
	switch {
	case x == y:
		grade = equal
	case u.similarity(x, y) < similarAbove && u.lastNames(x, y) != within:
		grade = different
	}
	weights := [3]float64{weightFirmEqual, weightFirmAlike, weightFirmOther}
	if itself {
		weights = [3]float64{weightFirmItself, weightFirmItAlike, weightFirmItOther}
	}
	switch grade {
	case equal:
		e.add(i, weights[0], "equal")
		return weights[0]
	case similar:
		e.add(i, weights[1], "alike")
		return weights[1]
	}
	e.add(i, weights[2], "different")
	return 0
}

func (w weighing) weighPhone(i int, a, b int32, e *evidence) float64 {
	x, y := w.u.phone[a], w.u.phone[b]
	switch {
	case x == 0 || y == 0:
		return 0
	case x != y:
		e.add(i, weightPhoneOther, "different")
		return 0
	case w.u.phoneShared[x]:
		e.add(i, weightPhoneShared, "equal, but of several people")
		return weightPhoneShared
	}
	e.add(i, weightPhoneEqual, "equal")
	return weightPhoneEqual
}

// weighAddress compares street and number where the towns do not differ, and
// the towns otherwise.
func (w weighing) weighAddress(i int, a, b int32, e *evidence) float64 {
	u := w.u
	post := both(u.postcode[a], u.postcode[b])
	city := both(u.city[a], u.city[b])
	if city == different && u.similarity(u.city[a], u.city[b]) >= similarAbove {
		city = similar
	}
	if post == different || (post == missing && city == different) {
		weight := float64(weightTownOther)
		if u.nature[a] == company && u.nature[b] == company {
			weight = weightTownFirmOther
		}
		e.add(i, weight, "different town")
		return 0
	}
	town := post == equal || city == equal || city == similar
	street := u.streets(u.street[a], u.street[b])
	switch {
	case street == equal:
		e.add(i, weightStreetEqual, "equal street and number")
		return weightStreetEqual
	case street == similar && town:
		e.add(i, weightStreetAlike, "street alike, equal number")
		return weightStreetAlike
	case street == different:
		e.add(i, weightStreetOther, "another street or number")
		return 0
	case post == equal:
		e.add(i, weightPostcodeEqual, "equal postcode")
		return weightPostcodeEqual
	case town:
		e.add(i, weightCityEqual, "equal city")
		return weightCityEqual
	}
	return 0
}

func both(a, b uint32) likeness {
	switch {
	case a == 0 || b == 0:
		return missing
	case a == b:
		return equal
	}
	return different
}

// streets compares streets with numbers: similar means that the words are
// alike and the numbers equal.
func (u *universe) streets(a, b uint32) likeness {
	grade := both(a, b)
	if grade != different {
		return grade
	}
	x, y := u.words.text[a], u.words.text[b]
	if digits(x) == digits(y) && u.similarity(a, b) >= similarAbove {
		return similar
	}
	return different
}

// digits returns the words of s that begin with a digit.
func digits(s string) string {
	if !strings.ContainsAny(s, "0123456789") {
		return ""
	}
	var out []string
	for _, word := range strings.Fields(s[:min(len(s), 4*similarBytesMax)]) {
		if word[0] >= '0' && word[0] <= '9' {
			out = append(out, word)
		}
	}
	return strings.Join(out, " ")
}

// weighEmail compares e-mails as evidence: not again where they are a key that
// proved already. One letter is a mistake only where the names agree: daniel@
// and daniela@ are two people. A digit is none: anna1@ and anna2@ are two, too.
func (w weighing) weighEmail(i int, names likeness, a, b int32, e *evidence) {
	u := w.u
	x, y := u.email[a], u.email[b]
	if x == 0 || y == 0 {
		return
	}
	if x == y {
		switch {
		case u.emailProved(a, b):
		case u.role[x] || u.emailShared(a):
			e.add(i, weightEmailShared, "equal, but of several people")
		default:
			e.add(i, weightEmailEqual, "equal")
		}
		return
	}
	switch {
	case u.role[x] || u.role[y]:
	case names != similar && names != doubtful && names != different && typo(u.mail.text[x], u.mail.text[y]) && sameDigits(u.mail.text[x], u.mail.text[y]):
		e.add(i, weightEmailTypo, "one letter differs")
	case u.local[x] == u.local[y] && u.local[x] != 0 && !u.localIsName(a):
		e.add(i, weightEmailLocal, "equal before the @")
	default:
		e.add(i, weightEmailOther, "different")
	}
}

// emailProved reports whether an e-mail key of both was weighed as a key.
func (u *universe) emailProved(a, b int32) bool {
	for k := range u.keys {
		c := &u.keys[k]
		if c.same && isEmail(c.key) && c.ids[a] != 0 && c.ids[a] == c.ids[b] && !c.shared[c.ids[a]] {
			return true
		}
	}
	return false
}

func (u *universe) emailShared(a int32) bool {
	for k := range u.keys {
		c := &u.keys[k]
		if isEmail(c.key) && c.ids[a] != 0 && c.shared[c.ids[a]] {
			return true
		}
	}
	return false
}

// localIsName reports whether the part before the @ is made of the person's
// name, so that it proves no more than the name does.
func (u *universe) localIsName(a int32) bool {
	local := u.words.text[u.local[u.email[a]]]
	last := u.words.text[u.last[a]]
	return last != "" && strings.Contains(local, last)
}

// typo reports whether two texts differ by one letter, or by two neighbours
// swapped.
func typo(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	if i == len(a) {
		return false
	}
	if a[i+1:] == b[i+1:] {
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// sameDigits reports that two texts hold the same digits in the same order.
func sameDigits(a, b string) bool {
	only := func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}
	return strings.Map(only, a) == strings.Map(only, b)
}

func (w weighing) weighText(i, column int, a, b int32, e *evidence) {
	x, y := w.u.texts[column][a], w.u.texts[column][b]
	switch {
	case x == 0 || y == 0:
	case x == y:
		e.add(i, weightTextEqual, "equal")
	case w.u.similarity(x, y) >= similarAbove:
		e.add(i, weightTextAlike, "alike")
	default:
		e.add(i, weightTextOther, "different")
	}
}

// limitPlace takes back what a household or an office has in common anyway.
func (w weighing) limitPlace(names likeness, firm, place float64, e *evidence) {
	over, note := 0.0, "phone and address go together"
	if names != doubtful && place > placeMax {
		over, place = place-placeMax, placeMax
	}
	limit := -1.0
	switch {
	case names == different:
		limit, note = 0, "people of one household or office"
	case names == similar:
		limit, note = placeNameAlikeMax, "people of one household or office have names alike"
	case names == doubtful && firm > 0:
		limit, note = placeNamesakeMax, "colleagues share their office"
	}
	if limit >= 0 && place+firm > limit {
		over += place + firm - limit
	}
	if over > 0 {
		e.add(aboutPlace, -over, note)
	}
}
