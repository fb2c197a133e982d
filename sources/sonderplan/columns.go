package sonderplan

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/reconkit/reconkit/pipeline"
)

// form is how the API writes the values of a field, as far as it keeps to it.
type form uint8

const (
	formText form = iota
	formInt
	formLink // an id, 0 for none
	formBool
	formTime // unix seconds, 0 for none
	formJSON // kept as it is
)

// column is a field of the schema and where its value is found.
type column struct {
	field  pipeline.Field
	form   form
	custom int64  // id of a custom field; 0: an ordinary one
	key    string // in a row, and in the fields parameter
}

const customPrefix = "custom_field_"

func contactColumns() []column {
	text := func(name string, kind pipeline.Kind, doc string) column {
		return column{field: pipeline.Field{Name: name, Type: pipeline.String, Kind: kind, Doc: doc}, form: formText}
	}
	of := func(name string, f form, t pipeline.Type, doc string) column {
		return column{field: pipeline.Field{Name: name, Type: t, Doc: doc}, form: f}
	}
	return []column{
		of("id", formInt, pipeline.Int, "Not unique: a person and an organization may share it. Look up with the type."),
		text("uuid", pipeline.KindIdentifier, "Unique."),
		text("name", pipeline.KindPlain, "Whole name of a person or organization."),
		text("type", pipeline.KindPlain, "person or organization."),
		of("linked_organization_id", formLink, pipeline.Int, "Id of the organization that a person belongs to; null for none and for organizations."),
		of("linked_resource_id", formLink, pipeline.Int, "Id of the resource that a person is linked to."),
		of("client", formBool, pipeline.Bool, "Shown in client menus."),
		of("user", formBool, pipeline.Bool, "Linked to a user."),
		of("resource", formBool, pipeline.Bool, "Linked to a resource."),
		text("email_1", pipeline.KindEmail, "Primary e-mail address."),
		text("email_2", pipeline.KindEmail, "Second e-mail address."),
		text("email_3", pipeline.KindEmail, "Third e-mail address."),
		text("phone_1", pipeline.KindPhone, "Primary phone number, of no fixed form."),
		text("phone_2", pipeline.KindPhone, "Second phone number."),
		text("phone_3", pipeline.KindPhone, "Third phone number."),
		text("address_line_1", pipeline.KindAddress, "First line of the address."),
		text("address_line_2", pipeline.KindAddress, "Second line of the address."),
		text("address_line_3", pipeline.KindAddress, "Third line of the address."),
		text("address_city", pipeline.KindCity, "City."),
		text("address_state", pipeline.KindState, "State."),
		text("address_postcode", pipeline.KindPostcode, "Postcode, with its leading zeros."),
		text("address_country", pipeline.KindPlain, "Name of the country as somebody typed it, not a code."),
		text("website", pipeline.KindURL, "Website, often without https://."),
		of("icon", formJSON, pipeline.String, "Icon as JSON."),
		of("custom_fields", formJSON, pipeline.String, "All custom fields as JSON; custom_fields of the source makes columns of them."),
		of("created", formTime, pipeline.Timestamp, "When the contact was created."),
		of("created_id", formInt, pipeline.Int, "User who created it."),
		text("created_name", pipeline.KindPlain, "Name of the user who created it."),
		of("updated", formTime, pipeline.Timestamp, "When the contact last changed."),
		of("updated_id", formInt, pipeline.Int, "User who last changed it."),
		text("updated_name", pipeline.KindPlain, "Name of the user who last changed it."),
	}
}

// allColumns are the documented fields and the custom ones, by id. What a name
// means depends on the type of the contacts, where one type alone is read.
func allColumns(custom map[string]string, only string) ([]column, error) {
	columns := contactColumns()
	for i := range columns {
		columns[i].key = columns[i].field.Name
		switch {
		case columns[i].key == "name" && only == typePerson:
			columns[i].field.Kind = pipeline.KindPersonName
		case columns[i].key == "name" && only == typeOrganization:
			columns[i].field.Kind = pipeline.KindCompany
		}
	}
	documented := len(columns)
	names := map[string]string{}
	for _, c := range columns {
		names[c.field.Name] = "a field of contacts"
	}
	for _, text := range sortedKeys(custom) {
		name := custom[text]
		id, err := strconv.ParseInt(text, 10, 64)
		switch {
		case err != nil || id < 1:
			return nil, fmt.Errorf("custom_fields: %q is not the id of a custom field; ids are numbers, such as 7823 (Admin > Custom Fields)", text)
		case name == "":
			return nil, fmt.Errorf("custom_fields: field %s has no column name", text)
		case names[name] != "":
			return nil, fmt.Errorf("custom_fields: field %s: the column name %q is already that of %s; choose another", text, name, names[name])
		}
		names[name] = "custom field " + text
		columns = append(columns, column{form: formText, custom: id, key: customPrefix + strconv.FormatInt(id, 10),
			field: pipeline.Field{Name: name, Type: pipeline.String, Doc: fmt.Sprintf("Custom field %d.", id)}})
	}
	slices.SortStableFunc(columns[documented:], func(a, b column) int { return cmp.Compare(a.custom, b.custom) })
	return columns, nil
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
