package linkage

import "github.com/reconkit/reconkit/dedupe/norm"

// Müller GmbH and Müller AG are two legal persons, though they share a house, a
// phone and a mailbox as often as not, and so are Müller GmbH & Co. KG and its
// partner. What they share says nothing, and names are compared without forms: so
// such companies are not equal, and evidence alone never joins them. The second kind
// may well be one company whose name was written short.

// What the names of such companies say.
const (
	formField  = "legal form"
	formsWhy   = "two legal forms are two companies: a question at most"
	partnerWhy = "a company and its partner, or one that was written short: a question at most"
)

// otherForm finds where two companies have two legal forms, and no number agrees by
// which one is known that has changed its form.
func (d *linked) otherForm(v vector, a, b int32) (limit, bool) {
	if v.level(fieldFirm) == 0 {
		return limit{}, false
	}
	db := d.db
	x, y := db.form.ids[a], db.form.ids[b]
	if x == 0 || y == 0 || x == y || db.numberAgrees(v) {
		return limit{}, false
	}
	forms := members{db.form.values.text(x), db.form.values.text(y), d.limits.series}
	switch norm.CompareForms(forms.a, forms.b) {
	case norm.FormsOther:
		return limit{forms, formField, formsWhy}, true
	case norm.FormsShort:
		forms.most = d.limits.named
		return limit{forms, formField, partnerWhy}, true
	}
	return limit{}, false
}

// formsDiffer reports whether two records are companies of two legal forms.
func (db *records) formsDiffer(a, b int32) bool {
	if !db.form.on() {
		return false
	}
	x, y := db.form.ids[a], db.form.ids[b]
	return x != y && norm.CompareForms(db.form.values.text(x), db.form.values.text(y)) != norm.FormsAlike
}
