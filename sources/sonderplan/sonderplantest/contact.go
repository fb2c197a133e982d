package sonderplantest

import "maps"

// Type is the kind of a contact. People and organizations live in two tables,
// each with a counter of its own.
type Type string

// The types of a contact.
const (
	Person       Type = "person"
	Organization Type = "organization"
)

// Contact is one contact as the emulator holds it. Times are unix seconds.
type Contact struct {
	Type Type
	ID   int64  // not unique: a person and an organization may share it; 0 when adding: the next of the counter
	UUID string // unique; "" when adding: prefix and id

	Name                                     string
	LinkedOrganizationID, LinkedResourceID   int64
	Client, User, Resource                   bool
	Email1, Email2, Email3                   string
	Phone1, Phone2, Phone3                   string
	AddressLine1, AddressLine2, AddressLine3 string
	City, State, Postcode, Country           string
	Website, Icon                            string // Icon is a JSON object
	Created, CreatedID                       int64
	CreatedName                              string
	Updated, UpdatedID                       int64
	UpdatedName                              string
	Deleted                                  int64                 // second of the deletion; 0: alive
	Custom                                   map[int64]CustomValue // by id of the field
}

// CustomValue is the value of a custom field: a text, or the id of an option.
type CustomValue struct {
	Text   string // of a select field: the present name of the option
	Option int64  // of a select field
}

// clone returns a copy that shares nothing.
func (c Contact) clone() Contact {
	c.Custom = maps.Clone(c.Custom)
	return c
}

// column is one field of a contact and where it is stored. One of text, number
// and flag is set.
type column struct {
	name     string
	text     func(*Contact) *string
	number   func(*Contact) *int64
	flag     func(*Contact) *bool
	writable bool
	hidden   bool // shown only when it is named
	people   bool // kept for people only
	listed   bool // has a filter of its own in the documentation
	object   bool // text that holds JSON
}

func textColumn(name string, f func(*Contact) *string) column {
	return column{name: name, text: f, writable: true}
}

func stampColumn(name string, f func(*Contact) *int64) column { return column{name: name, number: f} }

// columns are the stored fields of a contact, in the order of the
// documentation. The type is not among them: it is the table.
func columns() []column {
	return []column{
		{name: "id", number: func(c *Contact) *int64 { return &c.ID }, listed: true},
		{name: "uuid", text: func(c *Contact) *string { return &c.UUID }, listed: true},
		{name: "name", text: func(c *Contact) *string { return &c.Name }, listed: true, writable: true},
		{name: "linked_organization_id", number: func(c *Contact) *int64 { return &c.LinkedOrganizationID }, writable: true, people: true},
		{name: "linked_resource_id", number: func(c *Contact) *int64 { return &c.LinkedResourceID }, people: true},
		{name: "client", flag: func(c *Contact) *bool { return &c.Client }, writable: true},
		{name: "user", flag: func(c *Contact) *bool { return &c.User }, hidden: true},
		{name: "resource", flag: func(c *Contact) *bool { return &c.Resource }, hidden: true},
		textColumn("email_1", func(c *Contact) *string { return &c.Email1 }),
		textColumn("email_2", func(c *Contact) *string { return &c.Email2 }),
		textColumn("email_3", func(c *Contact) *string { return &c.Email3 }),
		textColumn("phone_1", func(c *Contact) *string { return &c.Phone1 }),
		textColumn("phone_2", func(c *Contact) *string { return &c.Phone2 }),
		textColumn("phone_3", func(c *Contact) *string { return &c.Phone3 }),
		textColumn("address_line_1", func(c *Contact) *string { return &c.AddressLine1 }),
		textColumn("address_line_2", func(c *Contact) *string { return &c.AddressLine2 }),
		textColumn("address_line_3", func(c *Contact) *string { return &c.AddressLine3 }),
		textColumn("address_city", func(c *Contact) *string { return &c.City }),
		textColumn("address_state", func(c *Contact) *string { return &c.State }),
		textColumn("address_postcode", func(c *Contact) *string { return &c.Postcode }),
		textColumn("address_country", func(c *Contact) *string { return &c.Country }),
		textColumn("website", func(c *Contact) *string { return &c.Website }),
		{name: "icon", text: func(c *Contact) *string { return &c.Icon }, writable: true, object: true},
		stampColumn("created", func(c *Contact) *int64 { return &c.Created }),
		stampColumn("created_id", func(c *Contact) *int64 { return &c.CreatedID }),
		{name: "created_name", text: func(c *Contact) *string { return &c.CreatedName }},
		stampColumn("updated", func(c *Contact) *int64 { return &c.Updated }),
		stampColumn("updated_id", func(c *Contact) *int64 { return &c.UpdatedID }),
		{name: "updated_name", text: func(c *Contact) *string { return &c.UpdatedName }},
		{name: "deleted", number: func(c *Contact) *int64 { return &c.Deleted }, hidden: true},
	}
}

func columnByName(name string) (column, bool) {
	for _, c := range columns() {
		if c.name == name {
			return c, true
		}
	}
	return column{}, false
}
