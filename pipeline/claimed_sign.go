package pipeline

import (
	"slices"
	"strings"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// Whether a row may be about a record which is gone is told by signs that the two have in
// common. They are compared at least as widely as matchers and targets compare keys: what
// one of these takes for equal would find, or stand in the way of, the record that is deleted.

// sign is something by which a record is told: in is what it belongs to, such as an
// event, of a record that belongs to others.
type sign struct{ in, by, value string }

// signName is the sign of a whole name.
const signName = "name"

// signs are those of a record of the target, or of a row.
func (d *differ) signs(r Record) []sign {
	owner, in := belongsBy(d.Binding.Target), d.belongsIn(r)
	var signs []sign
	for _, f := range d.Present.Records.Schema().fields {
		refers := f.Reference && (f.Kind == KindEmail || f.Kind == KindIdentifier || f.Name == owner)
		v := r.Get(f.Name)
		if !refers && !slices.Contains(d.keyNames(), f.Name) || blank(v) {
			continue
		}
		value := foldKey(v.String())
		if f.Name != owner {
			value = keyForm(f.Kind, v.String())
		}
		if value != "" {
			signs = append(signs, sign{in, f.Name, value})
		}
	}
	if owner != "" {
		return signs
	}
	for _, name := range spellings(r) {
		signs = append(signs, sign{in, signName, name})
	}
	return signs
}

// keyForm is the form of a value of a key in which signs are compared; "" for a number that
// says that there is none. An e-mail has one form in letters and as xn--. Of a number,
// neither case nor spaces count, nor zeros before digits alone.
func keyForm(kind Kind, s string) string {
	switch kind {
	case KindEmail:
		if e, err := canon.ParseEmail(s); err == nil {
			return strings.ToLower(e.Address)
		}
	case KindIdentifier:
		if canon.SaysNone(s) {
			return ""
		}
		number := strings.ReplaceAll(canon.Squish(strings.ToLower(s)), " ", "")
		if strings.Trim(number, "0123456789") == "" {
			number = strings.TrimLeft(number, "0")
		}
		return number
	}
	return foldKey(s)
}

// spellings are the forms of the whole name of a record: as it stands and without a title,
// both also with the German letters written out, and each with its words in one order. There
// are none where it has no name.
func spellings(r Record) (forms []string) {
	name := nameOf(r)
	if name == "" {
		return nil
	}
	untitled := canon.ParsePerson(name)
	untitled.Title = ""
	for _, spelled := range [...]string{name, untitled.String()} {
		for _, text := range [...]string{spelled, canon.FoldGerman(spelled)} {
			words := strings.Fields(canon.FoldWords(text))
			slices.Sort(words)
			if form := strings.Join(words, " "); form != "" && !slices.Contains(forms, form) {
				forms = append(forms, form)
			}
		}
	}
	return forms
}

// otherName and sameName report whether two records have names, and not the same, or the
// same one.
func otherName(a, b Record) bool { named, same := compareNames(a, b); return named && !same }
func sameName(a, b Record) bool  { named, same := compareNames(a, b); return named && same }

// compareNames reports whether both records have names, and whether these are the same.
func compareNames(a, b Record) (named, same bool) {
	x, y := spellings(a), spellings(b)
	return len(x) > 0 && len(y) > 0, slices.ContainsFunc(x, func(form string) bool { return slices.Contains(y, form) })
}

// otherNumber reports whether a row and a record have a number of one kind, and not the
// same: then an equal name is that of two.
func (d *differ) otherNumber(row, record Record) bool {
	return slices.ContainsFunc(d.Present.Records.Schema().fields, func(f Field) bool {
		if !d.numbers(f) {
			return false
		}
		a, b := d.numberIn(row, f), d.numberOf(record, f)
		return a != "" && b != "" && a != b
	})
}

// numbers reports whether a field holds numbers by which the target knows its records.
func (d *differ) numbers(f Field) bool {
	return f.Kind == KindIdentifier && slices.Contains(d.keyNames(), f.Name)
}

// numberIn is the number that a row has in a field; "" where it has none, or one that was
// reserved for a contact without a key.
func (d *differ) numberIn(r Record, f Field) string {
	v := r.Get(f.Name)
	if blank(v) || d.reserves && f.Name == d.reserver.field.Name && strings.HasPrefix(v.String(), d.reserver.prefix) {
		return ""
	}
	return keyForm(f.Kind, v.String())
}

// numberOf is the number that tells a record of the target from others; "" where it has
// none, or one that the target gave it of its own accord, which no source can know.
func (d *differ) numberOf(record Record, f Field) string {
	number := d.numberIn(record, f)
	if number == "" {
		return ""
	}
	if e, known := d.entry(record.ID(), f.Name); known && e.Sent.IsNull() && sameValue(f, e.Shown, record.Get(f.Name)) {
		return ""
	}
	return number
}

// signColumns are the fields of a model that hold signs of a record: its names, and the keys
// of the target.
func (d *differ) signColumns() []pairedField {
	if belongsBy(d.Binding.Target) != "" {
		return nil // it is told by what it belongs to, which decides where it is placed
	}
	return slices.DeleteFunc(slices.Clone(d.fields), func(f pairedField) bool {
		switch f.Kind {
		case KindFirstName, KindLastName, KindPersonName, KindCompany:
			return false
		}
		return !slices.Contains(d.keyNames(), f.Name)
	})
}

// signsOfPlaced are those of a row that is a record, and had none of them before. A row of
// which the name is that of its record is no other one, whatever its keys are. Where nearly
// all rows say what their records hold, only columns are compared.
func (d *differ) signsOfPlaced(row, own Record, columns []pairedField) []sign {
	says := func(f pairedField) bool {
		v := row.Value(f.model)
		return !blank(v) && !v.Equal(own.Value(f.target))
	}
	if !slices.ContainsFunc(columns, says) || sameName(row, own) {
		return nil
	}
	had := d.signs(own)
	return slices.DeleteFunc(d.signs(row), func(s sign) bool { return slices.Contains(had, s) })
}

// ownerSigns are those of records that belong to one of which a row that is not written
// may be.
func (d *differ) ownerSigns(r Record, b *Block) []sign {
	owner := belongsBy(d.Binding.Target)
	if owner == "" {
		return nil
	}
	owners := d.Named[r.Origin()]
	if b != nil && b.Of != "" && b.Of != d.Binding.Resource {
		owners = slices.Concat(owners, b.Candidates)
	}
	in, signs := d.belongsIn(r), make([]sign, len(owners))
	for i, id := range owners {
		signs[i] = sign{in, owner, foldKey(id)}
	}
	return signs
}

// belongsIn is what a record that belongs to another one refers to beside that.
func (d *differ) belongsIn(r Record) string {
	owner, in := belongsBy(d.Binding.Target), ""
	for _, f := range d.Present.Records.Schema().fields {
		if owner != "" && f.Reference && f.Kind == KindPlain && f.Name != owner {
			in += r.Get(f.Name).String() + "\x00"
		}
	}
	return in
}
