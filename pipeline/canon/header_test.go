package canon_test

import (
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline/canon"
)

func TestReadHeader(t *testing.T) {
	for _, c := range []struct {
		name string
		want canon.Header
	}{
		{"Kd.-Nr.", canon.Header{Meaning: canon.MeansCustomerNumber, Exact: true}},
		{"customerNumber", canon.Header{Meaning: canon.MeansCustomerNumber, Exact: true}},
		{"E-Mail", canon.Header{Meaning: canon.MeansEmail, Exact: true}},
		{"email_2", canon.Header{Meaning: canon.MeansEmail, Number: 2, Exact: true}},
		{"3. E-Mail-Adresse", canon.Header{Meaning: canon.MeansEmail, Number: 3, Exact: true}},
		{"Phone 1 - Value", canon.Header{Meaning: canon.MeansPhone, Number: 1, Exact: true}},
		{"STRASSE", canon.Header{Meaning: canon.MeansStreet, Exact: true}},
		{"Straße/Nr.", canon.Header{Meaning: canon.MeansStreet, Exact: true}},
		{"surname_std", canon.Header{Meaning: canon.MeansLastName}}, {"postcode_clean", canon.Header{Meaning: canon.MeansPostalCode}},
		{"Company Desc", canon.Header{}}, {"fname_c1", canon.Header{Meaning: canon.MeansFirstName, Number: 1, Exact: true}},
		{"Letzte Aenderung", canon.Header{Meaning: canon.MeansUpdated, Exact: true}},
		{"letzte Änderung", canon.Header{Meaning: canon.MeansUpdated, Exact: true}},
		{"PLZ", canon.Header{Meaning: canon.MeansPostalCode, Exact: true}},
		{"Vorname", canon.Header{Meaning: canon.MeansFirstName, Exact: true}},
		{"Billing City", canon.Header{Meaning: canon.MeansCity}},
		{"billingCity", canon.Header{Meaning: canon.MeansCity}},
		{"Address 2: City", canon.Header{Meaning: canon.MeansCity, Number: 2}},
		{"Home Phone", canon.Header{Meaning: canon.MeansPhone, Exact: true}},
		{"Home City", canon.Header{Meaning: canon.MeansCity}},
		{"Straße geschäftlich", canon.Header{Meaning: canon.MeansStreet}},
		{"Land/Region geschäftlich", canon.Header{Meaning: canon.MeansCountry}},
		{"E-mail 1 - Value", canon.Header{Meaning: canon.MeansEmail, Number: 1, Exact: true}},
		{"Address 1 - Postal Code", canon.Header{Meaning: canon.MeansPostalCode, Number: 1}},
		{"Código postal", canon.Header{Meaning: canon.MeansPostalCode, Exact: true}},
		{"Téléphone bureau", canon.Header{Meaning: canon.MeansPhone}},
		{"Ville de livraison", canon.Header{Meaning: canon.MeansCity}},
		{"Прізвище", canon.Header{Meaning: canon.MeansLastName, Exact: true}},
		{"Τ.Κ.", canon.Header{Meaning: canon.MeansPostalCode, Exact: true}},
		{"By", canon.Header{Meaning: canon.MeansCity, Exact: true}}, // Danish
		{"Created by", canon.Header{Another: true}},
		{"Sent by", canon.Header{}},
		{"Miejsce urodzenia", canon.Header{Another: true}},
		{"is_company", canon.Header{Another: true}},
		{"home", canon.Header{}},
		{"City of birth", canon.Header{Another: true}},
		{"Company size", canon.Header{}},
		{"Contact Owner Email", canon.Header{Another: true}},
		{"Email opt out", canon.Header{Another: true}},
		{"owner", canon.Header{Another: true}},
		{"", canon.Header{}},
		{"🙂", canon.Header{}},
		{"email\xff", canon.Header{}},
		{strings.Repeat("x", 300) + " email", canon.Header{}},
	} {
		if got := canon.ReadHeader(c.name); got != c.want {
			t.Errorf("ReadHeader(%q) = %+v, want %+v", c.name, got, c.want)
		}
	}
}
