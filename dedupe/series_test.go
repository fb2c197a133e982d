package dedupe_test

import "testing"

// Members of a series are not joined by likeness: stands, branches and desks have
// names, mailboxes and phones that differ in a number.
func TestSeriesAreAskedAbout(t *testing.T) {
	for name, cells := range map[string][2]map[string]string{
		"names and mailboxes, one phone": {
			{"last_name": "Stand 1001", "email": "stand1001@fair.example", "phone": "+49 30 551234"},
			{"last_name": "Stand 1301", "email": "stand1301@fair.example", "phone": "+49 30 551234"},
		},
		"given names, too": {
			{"first_name": "Fair", "last_name": "Stand 1001", "email": "stand1001@fair.example", "phone": "+49 30 551234"},
			{"first_name": "Fair", "last_name": "Stand 1301", "email": "stand1301@fair.example", "phone": "+49 30 551234"},
		},
		"one name, mailboxes and phones": {
			{"first_name": "Fair", "last_name": "Team", "email": "stand1001@fair.example", "phone": "+49 30 551001"},
			{"first_name": "Fair", "last_name": "Team", "email": "stand1301@fair.example", "phone": "+49 30 551301"},
		},
		"one name and phone, mailboxes": {
			{"first_name": "Fair", "last_name": "Team", "email": "stand1001@fair.example", "phone": "+49 30 551234"},
			{"first_name": "Fair", "last_name": "Team", "email": "stand1301@fair.example", "phone": "+49 30 551234"},
		},
		"one name, mailboxes": {
			{"first_name": "Anna", "last_name": "Weber", "email": "anna.weber100@mail.example"},
			{"first_name": "Anna", "last_name": "Weber", "email": "anna.weber105@mail.example"},
		},
	} {
		res := match(t, contactMatcher(t), []row{
			{source: "people", id: "1", line: 2, cells: cells[0]},
			{source: "people", id: "2", line: 3, cells: cells[1]},
		}, nil)
		if len(res.Clusters) != 2 || len(res.Questions) != 1 {
			t.Errorf("%s: %d clusters and %d questions, want 2 and 1", name, len(res.Clusters), len(res.Questions))
		}
	}
}
