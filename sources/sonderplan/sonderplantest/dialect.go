package sonderplantest

import (
	"fmt"
	"strings"
)

// Dialect says how the emulator behaves where the documentation of the API is
// silent or where it contradicts what is observed. The zero Dialect is the
// first value of every switch.
type Dialect struct {
	Deleted      DeletedMark
	TotalPages   TotalPages
	PastEnd      PastEnd
	UpdatedAfter Bound
	AfterJoin    Join
	SuccessID    Scalar
	Numbers      Scalar
	Booleans     Boolean
	EmptyText    Empty
	Put          Replace
	PutCustom    CustomReplace
	FlatCustom   FlatCustom
	PostUUID     PostUUID
	CustomPlace  CustomPlace
	DeleteOrg    DeleteOrg
	DeleteTied   DeleteTied
	Order        Order
	Filter       Filter
	Errors       ErrorBody
}

// DeletedMark is how a deleted row looks in a listing by updated_after. A
// marker, like any other field, is left out when fields are named without it.
type DeletedMark uint8

// The forms of a deleted row.
const (
	DeletedTrue     DeletedMark = iota // "deleted": true
	DeletedOne                         // "deleted": 1
	DeletedUnix                        // "deleted": the second of the deletion
	DeletedThin                        // nothing but id and uuid
	DeletedUnmarked                    // like a living row
)

// TotalPages says whether the pagination carries total_pages and links.
type TotalPages uint8

// The forms of the pagination.
const (
	TotalPagesAbsent TotalPages = iota
	TotalPagesPresent
)

// PastEnd is the answer to a page past the last.
type PastEnd uint8

// The answers to a page past the last.
const (
	PastEndEmpty    PastEnd = iota // 200 and no rows
	PastEndNotFound                // 404
	PastEndLast                    // the last page again
)

// Bound says whether updated_after takes the named second in.
type Bound uint8

// The bounds of updated_after.
const (
	Inclusive Bound = iota
	Exclusive
)

// Join says how updated_after meets the other filters when they are joined
// with OR.
type Join uint8

// The ways in which updated_after meets other filters.
const (
	JoinOr  Join = iota // one more alternative
	JoinAnd             // must hold in any case
)

// Scalar is the JSON form of an integer.
type Scalar uint8

// The forms of an integer.
const (
	AsNumber Scalar = iota
	AsString
)

// Boolean is the JSON form of a truth value.
type Boolean uint8

// The forms of a truth value.
const (
	BooleanWord   Boolean = iota // true
	BooleanDigit                 // 1
	BooleanString                // "true"
)

// Empty is the JSON form of an empty text.
type Empty uint8

// The forms of an empty text.
const (
	EmptyString Empty = iota
	EmptyNull
	EmptyAbsent
)

// Replace says what a PUT does to the fields that it does not name.
type Replace uint8

// What a PUT does to other fields.
const (
	PutPartial Replace = iota // keeps them
	PutFull                   // empties them
)

// CustomReplace says what custom_fields in a PUT does to the custom fields
// that it does not name.
type CustomReplace uint8

// What custom_fields in a PUT does to the others.
const (
	CustomMerge CustomReplace = iota
	CustomReplaceAll
)

// FlatCustom says whether a body may hold custom_field_N as a key.
type FlatCustom uint8

// What becomes of a flat custom_field_N.
const (
	FlatAccepted FlatCustom = iota
	FlatIgnored
)

// PostUUID is what POST with a uuid in the query does.
type PostUUID uint8

// What POST with a uuid does.
const (
	PostUpdates PostUUID = iota
	PostDuplicates
	PostNotAllowed // 405
)

// CustomPlace is where a named custom_field_N appears in a row.
type CustomPlace uint8

// The places of a custom field.
const (
	CustomTop CustomPlace = iota
	CustomInside
	CustomBoth
)

// DeleteOrg is what deleting an organization does to the people linked to it.
type DeleteOrg uint8

// What becomes of linked people.
const (
	OrgDangling DeleteOrg = iota // they keep the number
	OrgCleared                   // the link becomes 0
	OrgRefused                   // 409 while there are any
)

// DeleteTied is what deleting a contact that is a user or resource does.
type DeleteTied uint8

// What becomes of a contact tied to a user or resource.
const (
	TiedRefused DeleteTied = iota // 409
	TiedDeleted
)

// Order is the order of a listing that names none.
type Order uint8

// The default orders.
const (
	OrderID Order = iota
	OrderName
	OrderUpdated // newest first: changes while it is read
)

// Filter is how a field that the documentation does not list filters.
type Filter uint8

// The filters of unlisted fields.
const (
	FilterPartial Filter = iota
	FilterExact
	FilterIgnored // as if it had not been sent
)

// ErrorBody is the body of an error.
type ErrorBody uint8

// The bodies of an error.
const (
	ErrorText   ErrorBody = iota // {"error": "..."}
	ErrorObject                  // {"error": {"message": "...", "code": 404}}
	ErrorList                    // {"message": "...", "errors": {...}}
	ErrorEmpty
	ErrorHTML
)

type dialectSwitch struct {
	name   string
	values []string
	get    func(*Dialect) uint8
	set    func(*Dialect, uint8)
}

// option ties one field of a Dialect to the names of its values.
func option[T ~uint8](name string, field func(*Dialect) *T, values ...string) dialectSwitch {
	return dialectSwitch{name: name, values: values,
		get: func(d *Dialect) uint8 { return uint8(*field(d)) },
		set: func(d *Dialect, v uint8) { *field(d) = T(v) }}
}

func dialectSwitches() []dialectSwitch {
	return []dialectSwitch{
		option("deleted", func(d *Dialect) *DeletedMark { return &d.Deleted }, "true", "1", "unix", "thin", "unmarked"),
		option("total_pages", func(d *Dialect) *TotalPages { return &d.TotalPages }, "absent", "present"),
		option("past_end", func(d *Dialect) *PastEnd { return &d.PastEnd }, "empty", "404", "last"),
		option("updated_after", func(d *Dialect) *Bound { return &d.UpdatedAfter }, "inclusive", "exclusive"),
		option("updated_after_join", func(d *Dialect) *Join { return &d.AfterJoin }, "or", "and"),
		option("success_id", func(d *Dialect) *Scalar { return &d.SuccessID }, "number", "string"),
		option("numbers", func(d *Dialect) *Scalar { return &d.Numbers }, "number", "string"),
		option("booleans", func(d *Dialect) *Boolean { return &d.Booleans }, "word", "digit", "string"),
		option("empty", func(d *Dialect) *Empty { return &d.EmptyText }, "string", "null", "absent"),
		option("put", func(d *Dialect) *Replace { return &d.Put }, "partial", "full"),
		option("put_custom", func(d *Dialect) *CustomReplace { return &d.PutCustom }, "merge", "replace"),
		option("flat_custom", func(d *Dialect) *FlatCustom { return &d.FlatCustom }, "accepted", "ignored"),
		option("post_uuid", func(d *Dialect) *PostUUID { return &d.PostUUID }, "updates", "duplicates", "405"),
		option("custom_place", func(d *Dialect) *CustomPlace { return &d.CustomPlace }, "top", "inside", "both"),
		option("delete_org", func(d *Dialect) *DeleteOrg { return &d.DeleteOrg }, "dangling", "cleared", "refused"),
		option("delete_tied", func(d *Dialect) *DeleteTied { return &d.DeleteTied }, "refused", "deleted"),
		option("order", func(d *Dialect) *Order { return &d.Order }, "id", "name", "updated"),
		option("filter", func(d *Dialect) *Filter { return &d.Filter }, "partial", "exact", "ignored"),
		option("errors", func(d *Dialect) *ErrorBody { return &d.Errors }, "text", "object", "list", "empty", "html"),
	}
}

// String names the switches that differ from the zero Dialect, such as
// "past_end=404,errors=html", or "default".
func (d Dialect) String() string {
	var parts []string
	for _, s := range dialectSwitches() {
		if v := s.get(&d); v != 0 {
			parts = append(parts, s.name+"="+s.value(v))
		}
	}
	if parts == nil {
		return "default"
	}
	return strings.Join(parts, ",")
}

func (s dialectSwitch) value(v uint8) string {
	if int(v) < len(s.values) {
		return s.values[v]
	}
	return fmt.Sprintf("unknown(%d)", v)
}

// dialectSamples is the number of combinations that Dialects adds.
const dialectSamples = 24

// Dialects returns the zero dialect, every further value of every switch
// alone, and combinations of all switches drawn from the seed; the same seed
// gives the same combinations.
func Dialects(seed uint64) []Dialect {
	switches := dialectSwitches()
	all := []Dialect{{}}
	for _, s := range switches {
		for v := 1; v < len(s.values); v++ {
			var d Dialect
			s.set(&d, uint8(v))
			all = append(all, d)
		}
	}
	r := random{state: seed}
	for range dialectSamples {
		var d Dialect
		for _, s := range switches {
			s.set(&d, uint8(r.below(len(s.values))))
		}
		all = append(all, d)
	}
	return all
}

// random is SplitMix64 (Steele, Lea, Flood 2014): the same seed gives the same
// data on every machine and in every version of Go.
type random struct{ state uint64 }

func (r *random) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number from 0 to n-1.
func (r *random) below(n int) int { return int(r.next() % uint64(n)) }
