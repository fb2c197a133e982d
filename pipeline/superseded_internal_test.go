package pipeline

import (
	"testing"
	"time"
)

// What a later run deleted is told of a create only where it is its record: others may have
// the same address.
func TestDeletionsOfOthersSupersedeNothing(t *testing.T) {
	home, own := Key{"email", "home@x.example"}, Key{"number", "7"}
	created := func(records ...string) *goneChange {
		g := &goneChange{Change: &Change{ID: "c", Action: Create, Key: own, Keys: []Key{home, own}}, wrote: true, records: map[string]bool{}}
		for _, r := range records {
			g.records[r] = true
		}
		return g
	}
	deleted := func(record string, keys ...Key) WrittenChange {
		return WrittenChange{Change: Change{Action: Delete, Target: record, Key: keys[0], Keys: keys}, Became: Outcome{Status: Verified, Target: record}}
	}
	for name, tt := range map[string]struct {
		gone  *goneChange
		later WrittenChange
		want  bool
	}{
		"its record":                            {created("t1"), deleted("t1", home, own), true},
		"its record, whose keys are others":     {created("t1"), deleted("t1", Key{"number", "8"}), true},
		"another with its address":              {created("t1"), deleted("t2", home, Key{"number", "8"}), false},
		"another that got its number":           {created("t1"), deleted("t2", own), false},
		"not known which, by its number":        {created(), deleted("t1", home, own), true},
		"not known which, another with address": {created(), deleted("t2", home, Key{"number", "8"}), false},
	} {
		t.Run(name, func(t *testing.T) {
			a := &applier{superseded: map[string]superseded{}}
			a.supersede(map[string]*goneChange{"c": tt.gone}, &RunSummary{RunRecord: RunRecord{Start: time.Unix(1, 0)}}, []WrittenChange{tt.later})
			if _, got := a.superseded["c"]; got != tt.want {
				t.Errorf("superseded: %v", got)
			}
		})
	}
}
