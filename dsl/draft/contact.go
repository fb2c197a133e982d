package draft

import (
	"fmt"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/canon"
)

// seriesMax is how many columns of one kind a field is taken from, such as
// E-Mail 1 to E-Mail 3.
const seriesMax = 3

// firstOf is an expression for the first of some columns that has a value.
func firstOf(list []*column) string {
	if len(list) == 1 {
		return list[0].text()
	}
	texts := make([]string, len(list))
	for i, c := range list {
		texts[i] = c.text()
	}
	return "first_nonempty(" + strings.Join(texts, ", ") + ")"
}

// evidence collects what is said of columns.
func evidence(list []*column, say func(*column) string) []string {
	var why []string
	for _, c := range list {
		why = append(why, say(c))
	}
	return why
}

func (s *source) mapEmail() {
	var list []*column
	for _, c := range s.named(canon.MeansEmail) {
		if c.typ == pipeline.String && (c.filled == 0 || c.most(c.emails, shareByName)) {
			list = append(list, c)
		}
	}
	if len(list) == 0 {
		for _, c := range s.free() {
			if c.most(c.emails, shareByContent) {
				list = append(list, c)
			}
		}
	}
	if list = list[:min(len(list), seriesMax)]; len(list) > 0 {
		s.add("email", "parse_email("+firstOf(list)+")", list, evidence(list, func(c *column) string { return c.share(c.emails, "are e-mail addresses") })...)
	}
	s.mapMixed()
}

// mapMixed maps a column in which some cells are e-mail addresses and others
// phone numbers.
func (s *source) mapMixed() {
	for _, c := range s.free() {
		if !c.most(c.emails, shareMixed) || !c.most(c.phones, shareMixed) || !c.most(c.emails+c.phones, shareByContent) {
			continue
		}
		why := fmt.Sprintf("%s mixes two things: %s of %s values are e-mail addresses, %s phone numbers", quoted(c.name), thousands(c.emails), thousands(c.filled), thousands(c.phones))
		if s.field("email") == nil {
			s.add("email", fmt.Sprintf(`parse_email(%s contains "@" ? %s : nil)`, c.ref(), c.ref()), []*column{c}, why)
		}
		if len(s.phoneColumns(canon.MeansPhone)) == 0 {
			s.add("phone", s.phone(fmt.Sprintf(`%s contains "@" ? nil : %s`, c.ref(), c.ref())), []*column{c}, why)
		}
		return
	}
}

// call writes a call with the country as its second argument, if it is known.
func call(function, value, region string) string {
	if region == "" {
		return function + "(" + value + ")"
	}
	return function + "(" + value + ", " + region + ")"
}

func (s *source) phone(value string) string {
	return call("parse_phone", value, s.region())
}

func (s *source) mapNames() {
	s.mapText("first_name", canon.MeansFirstName)
	s.mapText("last_name", canon.MeansLastName)
	first, last := s.field("first_name") != nil, s.field("last_name") != nil
	if names := s.named(canon.MeansName); first && !last && len(names) > 0 {
		c := names[0]
		s.add("last_name", "squish("+c.text()+")", []*column{c}, c.byName()+", since another column holds the first name")
		last = true
	}
	if first || last {
		return
	}
	for _, m := range []canon.Meaning{canon.MeansFullName, canon.MeansName, canon.MeansContact} {
		for _, c := range s.named(m) {
			if s.mapWholeName(c, m) {
				return
			}
		}
	}
}

// mapWholeName maps a column of whole names: of people, or of people and of
// organisations. It reports whether the column holds people.
func (s *source) mapWholeName(c *column, m canon.Meaning) bool {
	named := m == canon.MeansFullName
	people := c.most(c.persons, shareMixed) && !c.most(c.companies, shareByContent) && c.most(c.persons+c.companies, shareByName)
	if c.typ != pipeline.String || !named && !people {
		return false
	}
	ref := c.ref()
	if !c.most(c.companies, shareMixed) || len(s.named(canon.MeansCompany)) > 0 {
		s.add("first_name", "parse_person("+ref+").first", []*column{c}, c.share(c.persons, "can be split into a first and a last name"))
		s.add("last_name", "parse_person("+ref+").last", []*column{c})
		return true
	}
	why := fmt.Sprintf("%s mixes two things: %s of %s values are people, %s organisations", quoted(c.name), thousands(c.persons), thousands(c.filled), thousands(c.companies))
	s.add("first_name", "parse_person("+ref+").first", []*column{c}, why)
	s.add("last_name", fmt.Sprintf("parse_person(%s).company ? nil : parse_person(%s).last", ref, ref), []*column{c})
	s.add("company_name", fmt.Sprintf("parse_person(%s).company ? squish(%s) : nil", ref, ref), []*column{c})
	return true
}

func (s *source) mapCompany() {
	if s.field("company_name") != nil {
		return
	}
	s.mapText("company_name", canon.MeansCompany)
	if s.field("company_name") != nil {
		return
	}
	for _, c := range s.named(canon.MeansName) {
		if c.typ == pipeline.String && c.most(c.companies, shareByName) {
			s.add("company_name", "squish("+c.text()+")", []*column{c}, c.share(c.companies, "have a legal form or another word of organisations"))
			return
		}
	}
}

// mapText maps a field of text by the name of a column.
func (s *source) mapText(name string, m canon.Meaning) {
	if list := s.named(m); len(list) > 0 {
		s.add(name, "squish("+list[0].text()+")", list[:1], list[0].byName())
	}
}

// phoneColumns are the columns that are called like phone numbers and do not
// hold something else.
func (s *source) phoneColumns(m canon.Meaning) []*column {
	var list []*column
	for _, c := range s.named(m) {
		if c.filled == 0 || c.typ == pipeline.Int || c.most(c.phones, shareByName) {
			list = append(list, c)
		}
	}
	return list[:min(len(list), seriesMax)]
}

func (s *source) mapPhones() {
	for _, kind := range []struct {
		field   string
		meaning canon.Meaning
	}{{"phone", canon.MeansPhone}, {"mobile", canon.MeansMobile}, {"fax", canon.MeansFax}} {
		if s.field(kind.field) != nil {
			continue
		}
		list := s.phoneColumns(kind.meaning)
		if kind.field == "phone" && len(list) == 0 {
			for _, c := range s.free() {
				if c.most(c.phones, shareByContent) {
					list = []*column{c}
					break
				}
			}
		}
		if len(list) > 0 {
			why := evidence(list, (*column).phoneEvidence)
			s.add(kind.field, s.phone(firstOf(list)), list, append(why, s.phoneHint(kind.field, list)...)...)
		}
	}
}

// phoneHint says what to do about numbers without the code of a country where
// nothing says whose they are.
func (s *source) phoneHint(field string, list []*column) []string {
	unread := 0
	for _, c := range list {
		unread += c.phones - c.international
	}
	if unread == 0 || s.region() != "" {
		return nil
	}
	expr := call("parse_phone", firstOf(list), "vars."+defaultCountry)
	return []string{"Those are kept as they are, with a warning. If they are of one country, say which, such as DE:",
		"vars: { " + defaultCountry + ": DE }, and here: " + field + ": " + yamlExpression(expr)}
}

func (c *column) phoneEvidence() string {
	if c.typ == pipeline.Int {
		return fmt.Sprintf("%s: by its name; it holds whole numbers, so that leading zeros are lost", quoted(c.name))
	}
	why := c.share(c.phones, "are written like phone numbers")
	if c.phones > c.international {
		why += fmt.Sprintf(", %s without the code of a country", thousands(c.phones-c.international))
	}
	return why
}

func (s *source) mapAddress() {
	streets := s.named(canon.MeansStreet)
	if len(streets) > 0 {
		list := streets[:min(len(streets), seriesMax)]
		parts := evidence(list, (*column).text)
		houses, more := s.named(canon.MeansHouseNumber), s.named(canon.MeansAddressMore)
		if len(houses) > 0 {
			parts[0] = "join_nonempty([" + parts[0] + ", " + houses[0].text() + `], " ")`
			list = append(list[:len(list):len(list)], houses[0])
		}
		if len(more) > 0 {
			parts = append(parts, more[0].text())
			list = append(list[:len(list):len(list)], more[0])
		}
		expr := parts[0]
		if len(parts) > 1 {
			expr = "join_nonempty([" + strings.Join(parts, ", ") + `], ", ")`
		} else if len(houses) == 0 {
			expr = "squish(" + expr + ")"
		}
		s.add("address", expr, list, evidence(list, (*column).byName)...)
	}
	if list := s.named(canon.MeansPostalCode); len(list) > 0 {
		c := list[0]
		why := []string{c.byName()}
		if c.typ != pipeline.String {
			why = append(why, "it holds numbers, so that leading zeros are lost: pad_left("+c.ref()+", 5) brings those of five digits back")
		}
		s.add("postal_code", call("parse_postcode", c.text(), s.region()), list[:1], why...)
	}
	s.mapText("city", canon.MeansCity)
	s.mapText("state", canon.MeansState)
}

func (s *source) mapOthers(target TargetKind) {
	s.mapWebsite()
	if list := s.named(canon.MeansCustomerNumber); len(list) > 0 && list[0].typ != pipeline.Float {
		c := list[0]
		s.number = c.name
		s.add("customer_number", "squish("+c.text()+")", list[:1], c.byName())
	}
	if list := s.named(canon.MeansTaxID); len(list) > 0 {
		c := list[0]
		if c.most(c.vats, shareByName) {
			s.add("tax_id", "parse_vat("+c.text()+")", list[:1], c.share(c.vats, "are VAT numbers whose check digits are right"))
		} else {
			s.add("tax_id", "squish("+c.text()+")", list[:1], c.byName())
		}
	}
	if list := s.named(canon.MeansNotes); len(list) > 0 {
		s.add("notes", "trim("+list[0].text()+")", list[:1], list[0].byName())
	}
	if list := s.named(canon.MeansRating); len(list) > 0 && list[0].isRating() {
		c := list[0]
		expr := c.ref()
		if c.typ == pipeline.String {
			expr = "int(" + expr + ")"
		}
		why := c.share(c.ratings, "are 1 to 5")
		if c.ratings < c.filled {
			why += "; the others are left out"
		}
		s.add("rating", expr, list[:1], why)
	}
	if target == TargetFile || target == TargetNone {
		if list := s.named(canon.MeansCategory); len(list) > 0 && list[0].header.Exact {
			s.add("category_keys", list[0].keys(), list[:1], list[0].byName())
		}
	}
}

// isRating reports whether the values are whole numbers, nearly all 1 to 5.
func (c *column) isRating() bool {
	whole := c.typ == pipeline.Int || c.typ == pipeline.String && c.types.integer
	return whole && c.most(c.ratings, shareByContent)
}

func (s *source) mapWebsite() {
	list := s.named(canon.MeansWebsite)
	if len(list) == 0 {
		for _, c := range s.free() {
			if c.most(c.urls, shareByContent) {
				list = append(list, c)
			}
		}
	}
	for _, c := range list {
		if c.typ == pipeline.String && (c.filled == 0 || c.most(c.urls, shareByName)) {
			s.add("website", "parse_url("+c.text()+")", []*column{c}, c.share(c.urls, "are web addresses"))
			return
		}
	}
}

// keys is an expression for the list of categories in a column.
func (c *column) keys() string {
	if c.typ == pipeline.StringList {
		return c.ref()
	}
	best := byte(0)
	for _, sign := range []byte(";|,/") {
		if c.lists[sign] > 0 && (best == 0 || c.lists[sign] > c.lists[best]) {
			best = sign
		}
	}
	if best == 0 {
		return "[" + c.text() + "]"
	}
	return "split(" + c.text() + `, "` + string(best) + `")`
}
