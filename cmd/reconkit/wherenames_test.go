package main

import (
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// Whoever misspells a class, a field or a label is told so, with the name that is near,
// rather than shown nothing.
func TestWhereKnowsTheNamesOfThePlan(t *testing.T) {
	p := &pipeline.Plan{Header: pipeline.Header{Bindings: []pipeline.PlanBinding{{Model: "contacts", Resource: "contacts"}, {Model: "seats", Resource: "participants"}}},
		Changes: []pipeline.Change{
			{ID: "1", Action: pipeline.Update, Model: "contacts", Resource: "contacts", Labels: []string{pipeline.LabelFormatOnly}, Rows: []pipeline.Origin{{Source: "crm"}},
				Fields: []pipeline.FieldChange{{Field: "phone", Before: pipeline.StringValue("1"), After: pipeline.StringValue("2")}, {Field: "city", After: pipeline.StringValue("Ulm")}}},
			{ID: "2", Action: pipeline.Create, Model: "seats", Resource: "participants", Binding: 1, Fields: []pipeline.FieldChange{{Field: "note", After: pipeline.StringValue("x")}}},
		}}
	for src, want := range map[string]string{
		`class == "contacts: update phone, city [format-only]"`: "1",
		`class == "update phone, city"`:                         `no change of the plan has the class "update phone, city"; did you mean "contacts: update phone, city [format-only]"?`,
		`class != "contacts: update city, phnoe"`:               `did you mean "contacts: update phone, city [format-only]"?`,
		`class == "something"`:                                  `there is "contacts: update phone, city [format-only]", "seats: create note"`,
		`"phnoe" in fields`:                                     `no change of the plan has the field "phnoe"; did you mean "phone"?`,
		`"fromat-only" in labels`:                               `has the label "fromat-only"; did you mean "format-only"?`,
		`"blank" in labels`:                                     "",
		`action == "updat"`:                                     `did you mean "update"?`,
		`action == "delete"`:                                    "",
		`model in ["contacts", "seat"]`:                         `did you mean "seats"?`,
		`"cmr" in sources`:                                      `did you mean "crm"?`,
		`label == "whoever"`:                                    "",
		`after_city == "Ulm"`:                                   "1",
	} {
		got, err := changesWhere(p, "--where", src)
		if err != nil {
			if want == "" || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", src, err, want)
			}
			continue
		}
		if want == "" && len(got) > 0 || len(want) == 1 && !got[want] || len(want) > 1 {
			t.Errorf("%s: %v, want %q", src, got, want)
		}
	}
	if _, err := changesWhere(&pipeline.Plan{}, "--where", `class == "something"`); err != nil {
		t.Errorf("of a plan without changes: %v", err)
	}
}
