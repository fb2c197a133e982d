package linkage

// shippedSame are the weights of the class "same" that learning begins with and
// that stand where learning is not trusted: by field, the shares of the levels
// from 1 on. They are means over contact lists of people and companies. Of fields
// that tell nothing there are none.
func shippedSame(db *records) (m [fieldsMax][levelsMax]float64) {
	set := func(f field, shares ...float64) {
		sum := 0.0
		for _, x := range shares {
			sum += x
		}
		for i, x := range shares {
			m[f][i+1] = x / sum
		}
	}
	set(fieldGiven, .03, .03, .03, .05, .05, .09, .02, .35, .35, .003)
	set(fieldFamily, .04, .02, .01, .04, .02, .08, .01, .39, .39)
	set(fieldFirm, .02, .02, .01, .03, .05, .06, .08, .12, .6)
	set(fieldEmployer, .02, .02, .01, .03, .05, .06, .08, .12, .6)
	set(fieldDate, .02, .02, .02, .03, .02, .07, .01, .4, .4)
	set(fieldEmail, .2, .03, .03, .06, .03, .05, .05, .1, .5)
	m[fieldEmail][mailOfName] = 0
	set(fieldPhone, .2, .03, .01, .01, .01, .06, .02, .1, .55)
	if db.street.on() {
		set(fieldAddress, .06, .01, .03, .03, .03, .03, .03, .02, .03, .02, .1, .02, .05, .5)
	} else {
		set(fieldAddress, 0, .08, .05, 0, 0, .43, .43) // towns and postcodes alone
	}
	set(fieldNature, .002, .9, .1)
	for i, x := range db.extras {
		if x.kind == Identifier {
			set(fieldExtra+field(i), .05, .03, .07, .85)
		} else {
			set(fieldExtra+field(i), .12, .04, .84)
		}
	}
	for _, f := range db.constants() {
		m[f] = [levelsMax]float64{}
	}
	return m
}

// shippedPairs are the pairs of each class in a list of 60 contacts. Where
// learning is not trusted they count beside those at hand, so that two records
// of a name are not taken for one because there are no others.
var shippedPairs = [classes]float64{same: 12, household: 12, colleagues: 30, branches: 1, strangers: 60*59/2 - 55}

// strangersWeight is how many pairs the shipped weights of strangers count as,
// where the records are too few to tell: soon outweighed where a list has one
// place or one employer, and never by its own duplicates where it is about names.
func strangersWeight(f field) float64 {
	if f == fieldGiven || f == fieldFamily {
		return 15_000
	}
	return 3000
}

// shippedStrangers are the weights of the class "strangers" for records that
// are too few to show them.
func shippedStrangers(db *records) (m [fieldsMax][levelsMax]float64) {
	set := func(f field, different float64, others ...float64) {
		sum := different
		for i, x := range others {
			m[f][i+2] = x
			sum += x
		}
		m[f][1] = different
		for lv := range m[f] {
			m[f][lv] /= sum
		}
	}
	set(fieldGiven, .96, .01, .003, .005, .003, .002, 2e-5, .008, .002, 1e-5)
	set(fieldFamily, .985, .004, 1e-6, .002, 5e-4, .001, 1e-6, .003, .001)
	set(fieldFirm, .97, .02, 1e-5, .003, .003, .001, 5e-4, 3e-4, 3e-4)
	set(fieldEmployer, .99, .002, 1e-5, .002, .002, .001, 5e-4, 3e-4, .002)
	set(fieldDate, .97, .01, .015, .001, 1e-5, .001, 1e-6, 5e-4, 2e-4)
	set(fieldEmail, .97, .01, 1e-5, 5e-4, 2e-4, 5e-4, 1e-4, 5e-4, 2e-4)
	m[fieldEmail][mailOfName] = 0
	set(fieldPhone, .99, .001, 1e-6, 1e-6, 1e-6, 5e-4, 3e-4, .001, 3e-4)
	if db.street.on() {
		set(fieldAddress, .55, .3, .05, .01, .01, .03, .005, .002, .002, 5e-4, 3e-4, 1e-4, 1e-4, 3e-4)
	} else {
		set(fieldAddress, 0, .93, .04, 0, 0, .02, .01)
	}
	set(fieldNature, .15, .8, .05)
	for i, x := range db.extras {
		if x.kind == Identifier {
			set(fieldExtra+field(i), .999, 5e-4, 1e-4, 1e-4)
		} else {
			set(fieldExtra+field(i), .7, .02, .28)
		}
	}
	return m
}

// firmOfBranches are the shares of the levels of names of two places of one
// organisation, from level 0 on.
var firmOfBranches = [levelsMax]float64{0, .10, .15, 0, .20, .20, .10, .10, .05, .10}

// mailOfRelated are the shares of the levels of e-mails of two people of one
// household or employer, from level 0 on, where they are not learned: a mailbox
// that two of them use is seldom taken for that of one.
var mailOfRelated = [levelsMax]float64{0, .49, .35, .005, .01, .005, .01, .005, .1, .025}

// Limits of what learning may believe.
const (
	disagreeMax     = .12  // share of the same that may disagree in a personal field
	elsewhereMax    = .15  // share of related pairs that may live at different places
	surnameOfHome   = .97  // share of households in which the surname is shared
	employerOfHome  = .5   // share of households that have one employer, where both are known
	surnameAtWork   = .01  // share of colleagues who share a surname beyond chance
	namesakesAtHome = .04  // share of two people of one household who have one given name, father and son
	namesakesEqual  = .7   // share of these whose names are written alike beyond what those of one person are
	namesakesMarked = .2   // share of those of whom one record is marked as junior or senior, and the other is not
	marksUsual      = 5e-4 // share of records with such a mark from which on that is so
	leakGiven       = .01  // share of colleagues who agree in the given name beyond chance
	leakFirm        = .01
	leakDate        = .01 // twins, and dates that stand for none
	leakNumber      = .0005
	placeOfBranches = .05   // share of branches that agree in the address beyond chance
	mailOfBranches  = .6    // share of branches that share a mailbox
	relatedMin      = .03   // households, and colleagues, for each pair that is the same, at least
	staffMin        = .1    // share of colleagues of which one is the company, at least
	naturesMixed    = .0005 // share of the same of which one is taken for a company
	colleagueMix    = .3    // share of colleagues of which one is the company
)
