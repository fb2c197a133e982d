package linkage

import (
	"strings"

	"github.com/reconkit/reconkit/dedupe/norm"
)

// normaliser writes one value of a kind in the form in which values of the kind
// are equal.
type normaliser struct {
	kind  Kind
	email norm.Email
	phone norm.Phone
}

func (n *normaliser) text(raw string) string {
	switch n.kind {
	case Email:
		if n.email.Read(raw); n.email.NoMailbox() {
			return ""
		}
		return string(n.email.Address)
	case Phone:
		if n.phone.Read(raw, ""); !n.phone.Valid {
			return ""
		}
		return string(n.phone.National)
	case Identifier:
		id := norm.AppendIdentifier(nil, raw)
		if norm.SaysNone(id) {
			return ""
		}
		return string(id)
	case Postcode:
		return string(norm.AppendPostcode(nil, raw))
	case City:
		return string(norm.AppendCity(nil, raw))
	case Country:
		return string(norm.AppendCountry(nil, raw))
	}
	return strings.TrimSpace(foldWords(raw))
}
