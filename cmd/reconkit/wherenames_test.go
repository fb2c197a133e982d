package main

import (
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// Whoever misspells a class, a field or a label is told so, with the name that is near,
// rather than shown nothing.
func TestWhereKnowsTheNamesOfThePlan(t *testing.T) {
	p := &pipeline.Plan{Header: pipeline.Header{Bindings: []pipeline.PlanBinding{{Model: "contacts", Resource: "contacts", Connection: pipeline.Connection{Type: "plandocket", Config: map[string]string{"base_url": "${TENANT}"}}},
		{Model: "seats", Resource: "seats", Connection: pipeline.Connection{Type: "file", Fields: []pipeline.Field{{Name: "note", Type: pipeline.String}}}}}},
		Changes: []pipeline.Change{
			{ID: "1", Action: pipeline.Update, Model: "contacts", Resource: "contacts", Labels: []string{pipeline.LabelFormatOnly}, Rows: []pipeline.Origin{{Source: "crm"}},
				Fields: []pipeline.FieldChange{{Field: "phone", Before: pipeline.StringValue("1"), After: pipeline.StringValue("2")}, {Field: "city", After: pipeline.StringValue("Ulm")}}},
			{ID: "2", Action: pipeline.Create, Model: "seats", Resource: "seats", Binding: 1, Fields: []pipeline.FieldChange{{Field: "note", After: pipeline.StringValue("x")}}},
		}}
	for src, want := range map[string]string{
		`class == "contacts: update phone, city [format-only]"`: "1",
		`class == "update phone, city"`:                         `no change of the plan can have the class "update phone, city"; did you mean "contacts: update phone, city [format-only]"?`,
		`class == "contacts: update city, phnoe"`:               `did you mean "contacts: update phone, city [format-only]"?`,
		`class == "something"`:                                  `there is "contacts: update phone, city [format-only]", "seats: create note"`,
		`"phnoe" in fields`:                                     `no change of the plan can have the field "phnoe"; did you mean "phone"?`,
		`"fromat-only" in labels`:                               `can have the label "fromat-only"; did you mean "format-only"?`,
		`"blank" in labels`:                                     "",
		`action == "updat"`:                                     `did you mean "update"?`,
		`action == "delete"`:                                    "",
		`model in ["contacts", "seat"]`:                         `did you mean "seats"?`,
		`"cmr" in sources`:                                      `did you mean "crm"?`,
		`label == "whoever"`:                                    "",
		`after_city == "Ulm"`:                                   "1",
		`after_country == "DE"`:                                 "",
		`after_rating > 3`:                                      "",
		`"email" in fields`:                                     "",
		`"created_at" in fields`:                                `can have the field "created_at"`,
		`class == "contacts: update email [email]"`:             "",
		`class == "contacts: delete"`:                           "",
		`class == "contacts: update city, phone"`:               `did you mean "contacts: update phone, city [format-only]"?`,
		`class == "seats: update note [fromat-only]"`:           `can have the class "seats: update note [fromat-only]"`,
		`class == "members: update note"`:                       `did you mean "seats: create note"?`,
	} {
		got, _, err := changesWhere(p, "--where", src)
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
	for src, want := range map[string]string{
		`action == "create" or "email" not in fields`: "",
		`action == "create" or class != "delete"`:     `can have the class "delete"`,
		`not ("phnoe" in fields)`:                     `no change of the plan can have the field "phnoe"; did you mean "phone"?`,
		`class != "contacts: delete"`:                 "",
		`after_country != "DE"`:                       "",
	} {
		got, note, err := changesWhere(p, "--where", src)
		if err != nil || !strings.Contains(note, want) || want == "" && note != "" || !got["2"] && !strings.Contains(src, "after") {
			t.Errorf("%s: %v, note %q, %v", src, got, note, err)
		}
	}
	if _, _, err := changesWhere(&pipeline.Plan{}, "--where", `class == "something"`); err != nil {
		t.Errorf("of a plan without changes: %v", err)
	}
}

// The fields that a tenant has of its own are known by the plan, whose address may be
// a variable; of the twin of a plan they are not.
func TestWhereKnowsCustomFields(t *testing.T) {
	p := &pipeline.Plan{Header: pipeline.Header{Bindings: []pipeline.PlanBinding{{Model: "badges", Resource: "custom_fields", Connection: pipeline.Connection{Type: "plandocket",
		Config: map[string]string{"base_url": "${TENANT}", "api_key": "${KEY}", "custom_fields": `{"badge": "string", "staff": "int"}`}}}}},
		Changes: []pipeline.Change{{ID: "1", Action: pipeline.Update, Model: "badges", Resource: "custom_fields",
			Fields: []pipeline.FieldChange{{Field: "badge", After: pipeline.StringValue("A")}}}}}
	for _, src := range []string{`"staff" in fields`, `after_staff > 2`, `class == "update badge, staff"`} {
		if _, _, err := changesWhere(p, "--where", src); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := changesWhere(p, "--where", `"staf" in fields`); err == nil || !strings.Contains(err.Error(), `did you mean "staff"?`) {
		t.Errorf("a misspelt custom field: %v", err)
	}
	p.Header.Redacted = "d"
	if _, _, err := changesWhere(p, "--where", `"staf" in fields`); err != nil {
		t.Errorf("of a twin: %v", err)
	}
}
