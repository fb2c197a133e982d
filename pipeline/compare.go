package pipeline

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/reconkit/reconkit/pipeline/canon"
)

// sameValue reports whether the target would take both values as one. An
// erase and a null are both empty to it, and so is an empty text or list.
func sameValue(f Field, a, b Value) bool {
	if blank(a) || blank(b) {
		return blank(a) && blank(b)
	}
	switch {
	case a.Type() != b.Type():
		return false
	case f.Type == String && f.FoldCase:
		return strings.EqualFold(a.Str(), b.Str())
	case f.Type == StringList && f.Unordered:
		return slices.Equal(set(a.List()), set(b.List()))
	default:
		return a.Equal(b)
	}
}

// blank reports whether a value is empty to a person.
func blank(v Value) bool {
	return v.Empty() || (v.Type() == String && v.Str() == "") || (v.Type() == StringList && len(v.List()) == 0)
}

// set is the members of a list, sorted, each once.
func set(list []string) []string {
	members := slices.Sorted(slices.Values(list))
	return slices.Compact(members)
}

// added is the list with the members of more that it lacks at its end.
func added(list, more []string) []string {
	all := slices.Clone(list)
	for _, m := range more {
		if !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	return all
}

// fieldLabels says what kind of change a field goes through; key says that the
// target knows its records by the field.
func fieldLabels(f Field, key bool, before, after Value) []string {
	var labels []string
	switch {
	case f.Reference:
	case f.Kind == KindEmail:
		labels = append(labels, LabelEmail)
	case f.Kind == KindIdentifier || key:
		labels = append(labels, LabelIdentity)
	}
	if f.Outward && truth(before) != truth(after) {
		labels = append(labels, LabelOutward)
	}
	switch {
	case after.IsErase():
		labels = append(labels, LabelBlank)
	case blank(before):
	case before.Type() == StringList && after.Type() == StringList:
		if a, b := looks(f, before.List()), looks(f, after.List()); slices.Equal(a, b) {
			labels = append(labels, LabelSameLook)
		} else if f.Unordered && LookOf(before, after) == LabelLookAlike {
			labels = append(labels, LabelLookAlike)
		}
	case before.Type() == String && after.Type() == String:
		if l := textLabel(before.Str(), after.Str()); l != "" {
			labels = append(labels, l)
		}
	}
	return labels
}

// textLabel is the label of a text that gives way to another one; "" for one that says
// something else, and for what is no valid UTF-8.
func textLabel(before, after string) string {
	if saysElse(before, after) {
		return ""
	}
	if !utf8.ValidString(before) || !utf8.ValidString(after) {
		return ""
	}
	look := lookLabel(before, after)
	switch {
	case look != "":
		return look
	case strings.EqualFold(before, after):
		return LabelCaseOnly
	case sameWriting(before, after):
		return LabelFormatOnly
	}
	return ""
}

// saysElse reports whether two texts are ASCII and have other letters and digits, so that
// no label is about them. That is so of nearly all texts that give way to others.
func saysElse(before, after string) bool {
	i, j := 0, 0
	for {
		a, b := byte(0), byte(0) // the next letter or digit of each; 0 behind the last
		for ; i < len(before) && a == 0; i++ {
			a = plainSignificant[before[i]]
		}
		for ; j < len(after) && b == 0; j++ {
			b = plainSignificant[after[j]]
		}
		switch {
		case a >= utf8.RuneSelf || b >= utf8.RuneSelf:
			return false // not told by bytes
		case a != b:
			return latin(before[i:]) && latin(after[j:])
		case a == 0:
			return false
		}
	}
}

// plainSignificant are the letters, in lower case, and digits of ASCII; what is not
// ASCII stands for itself, and 0 for all the rest.
var plainSignificant = func() (of [256]byte) {
	for c := range of {
		switch {
		case 'A' <= c && c <= 'Z':
			of[c] = byte(c) + 'a' - 'A'
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c >= utf8.RuneSelf:
			of[c] = byte(c)
		}
	}
	return of
}()

// truth is a yes or no as those outside see it: what is not said is a no.
func truth(v Value) bool { return v.Type() == Bool && v.Bool() }

// significant is the letters and digits of a text, in lower case.
func significant(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// sameButForm reports whether two texts are one but for how they are written:
// the same letters and digits, with the 00 in front of a phone number for its +.
func sameButForm(f Field, a, b Value) bool {
	if blank(a) || blank(b) || a.Type() != String || b.Type() != String {
		return false
	}
	x, y := significant(a.Str()), significant(b.Str())
	if f.Kind == KindPhone {
		x, y = strings.TrimPrefix(x, "00"), strings.TrimPrefix(y, "00")
	}
	return x != "" && x == y
}

// LabelOf names a record for people by the kinds of its fields: the person,
// else the company, and the e-mail or number behind it; without a name by
// e-mail, phone or number, or the first value that there is.
func LabelOf(r Record) string {
	name, email := nameOf(r), r.said(KindEmail)
	key := email
	if key == "" {
		key = r.said(KindIdentifier)
	}
	switch {
	case name != "" && key != "":
		return name + " <" + key + ">"
	case name != "":
		return name
	}
	if key = cmp.Or(email, r.said(KindPhone), key); key != "" {
		return key
	}
	for i := range r.Batch.schema.fields {
		if v := r.Value(i); !blank(v) {
			return v.String()
		}
	}
	return "(empty record)"
}

// nameOf is the name of a record: the person's, else the company's.
func nameOf(r Record) string {
	name := strings.TrimSpace(r.said(KindFirstName) + " " + r.said(KindLastName))
	for _, kind := range [...]Kind{KindPersonName, KindCompany} {
		if name == "" {
			name = r.said(kind)
		}
	}
	return name
}

// said is the first text that a record has in a field of a kind.
func (r Record) said(kind Kind) string {
	for i := range r.Batch.schema.fields {
		if r.Batch.schema.fields[i].Kind != kind {
			continue
		}
		if text := strings.TrimSpace(r.Value(i).String()); text != "" {
			return text
		}
	}
	return ""
}

// namesDiffer reports whether rows that are one have different first names: an
// initial or a second name is no other name, and Gerda is another one than Gerd.
// An equal key joins such rows, and a person should see it.
func namesDiffer(records *Table, members []int32) bool {
	for f, field := range records.schema.fields {
		if field.Kind != KindFirstName || field.Type != String {
			continue
		}
		longest := ""
		for _, m := range members {
			name := strings.TrimRight(strings.TrimSpace(records.Value(int(m), f).String()), ".")
			if !beginsAlike(canon.Fold, name, longest) && !beginsAlike(canon.FoldGerman, name, longest) {
				return true
			}
			if len(name) > len(longest) {
				longest = name
			}
		}
	}
	return false
}

// beginsAlike reports whether one of two folded names is the other's initial, or
// its first words.
func beginsAlike(fold func(string) string, a, b string) bool {
	x, y := fold(a), fold(b)
	if len(x) > len(y) {
		x, y = y, x
	}
	return strings.HasPrefix(y, x) && (utf8.RuneCountInString(x) <= 1 || len(x) == len(y) || strings.ContainsAny(y[len(x):len(x)+1], " -"))
}
