package plandocket

import "github.com/reconkit/reconkit/pipeline"

// The fields of a contact that this package speaks of by name.
const (
	fieldEmail    = "email"
	fieldNumber   = "customer_number"
	fieldCategory = "category_keys"
	fieldCreated  = "created_at"
	fieldUpdated  = "updated_at"
)

// ContactsSchema is what a contact holds, without a look at any server. No
// field is marked as erasable, because the API does not document that an empty
// value is accepted. E-mails are equal when they differ in case alone: whether
// the server tells them apart is not documented. The field event_keys of the
// API is missing on purpose: writing it may enrol or drop participants.
func ContactsSchema() *pipeline.Schema {
	text := func(name string, kind pipeline.Kind, doc string) pipeline.Field {
		return pipeline.Field{Name: name, Type: pipeline.String, Kind: kind, Doc: doc}
	}
	email := text(fieldEmail, pipeline.KindEmail, "E-mail address; several contacts may share one.")
	email.FoldCase = true
	country := text("country", pipeline.KindCountry, "ISO 3166 alpha-2 code, such as DE.")
	country.FoldCase = true
	return pipeline.MustSchema(
		email,
		text("company_name", pipeline.KindCompany, "Company name."),
		text("first_name", pipeline.KindFirstName, "First name."),
		text("last_name", pipeline.KindLastName, "Last name."),
		text("phone", pipeline.KindPhone, "Phone number, in any format."),
		text("fax", pipeline.KindPlain, "Fax number."),
		text("mobile", pipeline.KindPhone, "Mobile phone number."),
		text(fieldNumber, pipeline.KindIdentifier, "Customer number, given by the tenant or by hand."),
		text("address", pipeline.KindAddress, "Street and house number, one line."),
		text("postal_code", pipeline.KindPostcode, "Postal code."),
		text("city", pipeline.KindCity, "City."),
		text("state", pipeline.KindState, "State or region."),
		country,
		text("website", pipeline.KindURL, "Website URL."),
		text("notes", pipeline.KindNotes, "Internal notes."),
		text("tax_id", pipeline.KindPlain, "Tax identification number."),
		pipeline.Field{Name: "rating", Type: pipeline.Int, Doc: "Rating from 1 to 5; the server sets 3 when a new contact has none."},
		pipeline.Field{Name: "account_access_enabled", Type: pipeline.Bool, Doc: "Whether the contact can access the account portal."},
		pipeline.Field{Name: fieldCategory, Type: pipeline.StringList, Unordered: true, Doc: "Keys of the contact's categories; null when the server does not show them."},
		pipeline.Field{Name: "has_account", Type: pipeline.Bool, ReadOnly: true, Doc: "Whether the contact has an account."},
		pipeline.Field{Name: fieldCreated, Type: pipeline.Timestamp, ReadOnly: true, Doc: "When the contact was created."},
		pipeline.Field{Name: fieldUpdated, Type: pipeline.Timestamp, ReadOnly: true, Doc: "When the contact last changed."},
	)
}
