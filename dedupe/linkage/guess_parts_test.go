package linkage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// registers are columns of the registers and test sets that people match: with
// the values that they have, and what they are to be taken for.
var registers = map[string]string{
	// A date of birth in three columns, and names in two parts.
	"fname_c1=given_name|fname_c2=given_name|lname_c1=family_name|by=year|bm=month|bd=day|ent_id=-": "given|rarely given|family|year|month|day|row",
	"DOB_DAY=day|DOB_MON=month|DOB_YEAR=year|ENUMPC=postcode":                                       "day|month|year|UK postcode",
	"Vorname=given_name|Geburtsname=-|Jahr Geburt=year|Monat Geburt=month|Tag Geburt=day":           "given|family|year|month|day",
	// A whole date counts for more than its parts. Children are born in the same years.
	"first_name=given_name|dob=date|dob_year=-|dob_month=-|dob_day=-":    "given|date|year|month|day",
	"first_name=given_name|born_year=year|born_month=month|born_day=day": "given|late year|month|day",
	// What a family has in common is none.
	"Vorname=given_name|Jahr=-|Monat=-|Tag=-":                                       "given|year|month|day",
	"first_name=given_name|entry_year=-|entry_month=-|entry_day=-":                  "given|year|month|day",
	"first_name=given_name|wedding year=-|wedding month=-|wedding day=-|mail=email": "given|year|month|day|mail",
	// What a program has written behind or before the name.
	"fname_std=given_name|sname_std=family_name|postcode_clean=postcode|city_norm=city|dob_fake=date|tel_no_1=phone|email_addr_raw=email": "given|family|UK postcode|city|date|phone|mail",
	// A list of voters.
	"voter_reg_num=-|last_name=family_name|first_name=given_name|birth_place=text|phone_num=phone|res_city_desc=city|state_cd=region|zip_code=postcode|registr_dt=-": "long number|family|given|city|phone|city|state|digits|date",
	// Lives of people, and what they did; beside an employer their title follows from it.
	"full_name=person_name|dob=date|birth_place=text|postcode_fake=postcode|gender=-|occupation=text": "whole|date|city|UK postcode|gender|trade",
	"first_name=given_name|last_name=family_name|employer=company|occupation=-":                       "given|family|company|trade",
	// Restaurants.
	"id=-|name=company|addr=street|city=city|phone=phone|type=-": "row|place|street|city|phone|type",
	"name=-|amount=-": "place|row",
}

// valueFor makes the i-th value of one of the sorts that registers name.
func valueFor(sort string, i int) string {
	given, family := pick(givenNames, i), pick(familyNames, 7*i+1)
	switch sort {
	case "given":
		return strings.ToUpper(given)
	case "rarely given":
		if i%20 == 0 {
			return given
		}
		return ""
	case "family":
		return family
	case "whole":
		return strings.ToLower(given + " " + family)
	case "year":
		return fmt.Sprint(1925 + i*7%80)
	case "late year":
		return fmt.Sprint(2019 + i%5)
	case "month":
		return fmt.Sprint(1 + i*5%12)
	case "day":
		return fmt.Sprint(1 + i*11%31)
	case "date":
		return fmt.Sprintf("%d-%02d-%02d", 1925+i*7%80, 1+i*5%12, 1+i*11%28)
	case "UK postcode":
		return fmt.Sprintf("%s%d %d%s", pick([]string{"BS", "EX", "M", "OX"}, i), 1+i%29, i%10, pick([]string{"AB", "QZ", "DN"}, i+1))
	case "city":
		return pick(cityNames, i)
	case "state":
		return pick([]string{"NC", "SC", "VA"}, i)
	case "digits":
		return fmt.Sprint(27000 + i%90)
	case "phone":
		return fmt.Sprintf("919 555 %04d", i)
	case "long number":
		return fmt.Sprintf("%012d", 100000000000+i*7919)
	case "mail":
		return fmt.Sprintf("m%d@mail.example", i)
	case "company":
		return family + " Ltd"
	case "gender":
		return pick([]string{"male", "female"}, i)
	case "trade":
		return pick([]string{"painter", "politician", "cricketer", "engineer", "priest", "botanist", "writer", "actor"}, i)
	case "place":
		return strings.ToLower(pick([]string{"chez", "the old", "cafe", "little"}, i) + " " + pick(familyNames, 3*i) + " " + pick([]string{"grill", "house", "on the lake"}, i+2))
	case "street":
		return fmt.Sprintf("%d %s st.", 1+i, strings.ToLower(pick(streetNames, i)))
	case "type":
		return pick([]string{"french", "american"}, i)
	}
	return fmt.Sprint(i)
}

// Columns of registers are taken for what they are, without being told.
func TestGuessRegisters(t *testing.T) {
	for columns, sorts := range registers {
		t.Run(columns[:strings.IndexByte(columns, '|')], func(t *testing.T) {
			var header []string
			want := map[string]string{}
			for pair := range strings.SplitSeq(columns, "|") {
				name, kind, _ := strings.Cut(pair, "=")
				header, want[name] = append(header, name), kind
			}
			var rows [][]string
			for i := range 300 {
				var row []string
				for sort := range strings.SplitSeq(sorts, "|") {
					row = append(row, valueFor(sort, i))
				}
				rows = append(rows, row)
			}
			kinds, why := guessed(t, header, rows)
			for name, kind := range want {
				if kinds[name] != kind {
					t.Errorf("%s, with values such as %q, is guessed to be %s, want %s: %s", name, rows[1], kinds[name], kind, why[name])
				}
			}
		})
	}
}

// A date in three columns is compared as one: a slip in the day is a slip in the
// date, a missing day leaves year and month, and years that follow each other
// are one slip apart although two digits differ.
func TestDateInThreeColumns(t *testing.T) {
	columns := []linkage.Column{{Name: "given", Kind: linkage.GivenName}, {Name: "family", Kind: linkage.FamilyName},
		{Name: "by", Kind: linkage.Year}, {Name: "bm", Kind: linkage.Month}, {Name: "bd", Kind: linkage.Day}}
	rows := [][]string{
		{"Anna", "Ahrens", "1940", "3", "7"}, {"Anna", "Ahrens", "1940", "3", "8"}, {"Anna", "Ahrens", "1939", "3", "7"},
		{"Anna", "Ahrens", "1940", "3"}, {"Anna", "Ahrens", "1940", "March", "07"}, {"Anna", "Ahrens"},
	}
	r := run(t, linkage.Config{Columns: columns}, rows)
	for i, want := range []string{1: "one slip apart", 2: "one slip apart", 3: "one slip apart", 4: "equal"} {
		if i == 0 {
			continue
		}
		var got string
		for _, p := range r.Explain(0, int32(i)).Parts {
			if p.Field == "date" {
				got = p.Level
			}
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("%v and %v: the date is %q, want %q", rows[0], rows[i], got, want)
		}
	}
	for _, p := range r.Explain(0, 5).Parts {
		if p.Field == "date" && p.Weight != 0 {
			t.Errorf("a missing date weighs %v", p.Weight)
		}
	}
}
