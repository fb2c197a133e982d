package dedupe_test

import "testing"

// Neighbours of one name in two flats of a house are not one contact unasked, and
// what is asked about them says why.
func TestUnitsAreAskedAbout(t *testing.T) {
	var rows []row
	for i, street := range []string{"Lindenweg 4, Wohnung 1", "Lindenweg 4, Wohnung 2", "Lindenweg 4, Apt 12", "Lindenweg 4, 3. OG links", "Lindenweg 4, c/o Weber", "Lindenweg 4, c/o Keller"} {
		rows = append(rows, row{source: "people", id: string(rune('1' + i)), line: int32(2 + i), cells: map[string]string{
			"first_name": "Anna", "last_name": "Müller", "address": street, "city": "Hamburg", "postal_code": "20095"}})
	}
	res := match(t, contactMatcher(t), rows[:4], nil)
	if len(res.Clusters) != 4 || len(res.Questions) == 0 {
		t.Errorf("%d clusters and %d questions of four flats, want 4 and some", len(res.Clusters), len(res.Questions))
	}
	res = match(t, contactMatcher(t), rows[4:], nil)
	if len(res.Clusters) != 2 || len(res.Questions) != 1 {
		t.Errorf("%d clusters and %d questions of two guests, want 2 and 1", len(res.Clusters), len(res.Questions))
	}
}
