package plandockettest

import "time"

// A Dialect answers the questions that PlanDocket's documentation leaves open, one field per question. The zero value is
// the documented or, where nothing is documented, the likeliest behaviour. [Dialects] lists every other value once.
type Dialect struct {
	IDKey            IDKey            // what the key of a record's id is called
	Times            Times            // how created_at and updated_at are written
	Booleans         Booleans         // how booleans are written
	TextNumbers      TextNumbers      // how digits in text fields are written
	Escapes          Escapes          // how text outside ASCII is written
	List             List             // what a list of exactly one row looks like
	Paging           Paging           // how much of a list one answer holds
	PageSize         int              // rows in one answer at most, for every Paging but PagingAll; 0 means 100
	Ties             Ties             // how rows that sort alike are ordered
	Singles          Singles          // what a single contact shows of a write that lists do not show yet
	Include          Include          // what include=categories,events adds to a contact
	EmailMatch       EmailMatch       // when two e-mail addresses are the same to bulk import
	SeveralMatches   SeveralMatches   // what bulk import does with several contacts of one match value
	BlankMatch       BlankMatch       // what bulk import does with a record whose match value is blank or absent
	SameKeyTwice     SameKeyTwice     // what bulk import does with two records of one match value
	BulkBody         BulkBody         // where the counts of bulk import stand
	BulkStatus       BulkStatus       // the status of a bulk import of which some records failed
	BulkErrors       BulkErrors       // the shape of errors
	BulkDetails      BulkDetails      // whether details are told
	BulkStop         BulkStop         // what skip_on_error=false means for the records before the bad one
	BulkUpdate       BulkUpdate       // what a bulk update does to fields that a record leaves out
	BulkCap          int              // records of a bulk import that are carried out, while all are confirmed; 0 means all
	Null             Null             // what null does to a text field on update
	Empty            Empty            // what "" does to a text field
	Put              Put              // what PUT does to fields that are left out
	CategoryKeys     CategoryKeys     // what category_keys does on update
	UnknownCategory  UnknownCategory  // what an unknown key in category_keys or event_keys does
	CustomerNumbers  CustomerNumbers  // whether a customer_number may be given twice
	ParticipantTwice ParticipantTwice // what a second POST for one contact and event does
	UnknownReference UnknownReference // the status for an unknown event_key or customer_number of a participant
	RateHeaders      RateHeaders      // whether the announced rate headers are sent
	RateWindow       RateWindow       // which hour the rate limit means
	FeatureOff       FeatureOff       // the status when the tenant has the API switched off
	ContactLimit     ContactLimit     // how a create beyond the tenant's contact limit is refused
	Normalise        Normalise        // what the server makes of values when it stores them
	Audit            Audit            // what the audit log leaves out, or says otherwise
}

// IDKey is what the key of a record's id is called.
type IDKey string

// Values of IDKey.
const (
	IDPlain IDKey = ""       // "id", as in the schema
	IDNamed IDKey = "entity" // "contact_id", "participant_id" and so on, as in the samples
	IDBoth  IDKey = "both"   // both keys with the same value
)

// Times is how created_at and updated_at are written.
type Times string

// Values of Times.
const (
	TimesRFC3339 Times = ""      // "2026-03-01T12:00:00Z"
	TimesSpaced  Times = "space" // "2026-03-01 12:00:00"
	TimesUnix    Times = "unix"  // 1772366400, as in the samples
)

// Booleans is how booleans are written.
type Booleans string

// Values of Booleans.
const (
	BooleansTrueFalse Booleans = ""        // true, false
	BooleansNumbers   Booleans = "numbers" // 1, 0
	BooleansTexts     Booleans = "texts"   // "1", "0"
)

// TextNumbers is how text that is nothing but digits is written.
type TextNumbers string

// Values of TextNumbers.
const (
	TextNumbersText   TextNumbers = ""       // "10115"
	TextNumbersNumber TextNumbers = "number" // 10115; with a leading zero ("01067") it stays text
)

// Escapes is how text outside ASCII is written.
type Escapes string

// Values of Escapes.
const (
	EscapesUTF8  Escapes = ""      // "Zoë/Jürgen"
	EscapesASCII Escapes = "ascii" // "Zo\u00eb\/J\u00fcrgen", as PHP does unless told otherwise
)

// List is what a list of exactly one row looks like.
type List string

// Values of List.
const (
	ListArray  List = ""       // an array, always
	ListObject List = "object" // an object where there is exactly one row
)

// Paging is how much of a list one answer holds.
type Paging string

// Values of Paging. The bare forms say nothing about totals; query keys that a form does not know are ignored.
const (
	PagingAll        Paging = ""            // all rows
	PagingCap        Paging = "cap"         // the first PageSize rows, without a word
	PagingPage       Paging = "page"        // page and per_page; meta has current_page, per_page, last_page, total
	PagingPageBare   Paging = "page-bare"   // page and per_page, no meta
	PagingOffset     Paging = "offset"      // limit and offset; meta has limit, offset, total
	PagingOffsetBare Paging = "offset-bare" // limit and offset, no meta
	PagingCursor     Paging = "cursor"      // cursor; meta has next_cursor, null at the end
)

// Ties is how rows that sort alike are ordered.
type Ties string

// Values of Ties.
const (
	TiesByID     Ties = ""         // by id, in the direction of the sort
	TiesShuffled Ties = "shuffled" // anew for every request, as a database may without a second sort field
)

// Singles is what GET of one contact shows while lists lag behind a write, see [StaleReads].
type Singles string

// Values of Singles.
const (
	SinglesFresh Singles = ""    // what was written
	SinglesLag   Singles = "lag" // what lists show
)

// Include is what include=categories,events adds to a contact.
type Include string

// Values of Include.
const (
	IncludeObjects Include = ""     // "categories": [{"id": 1, "category_key": "press", "title": "Press"}]
	IncludeKeys    Include = "keys" // "categories": ["press"]
)

// EmailMatch is when two e-mail addresses are the same to bulk import.
type EmailMatch string

// Values of EmailMatch.
const (
	EmailFolded  EmailMatch = ""        // but for upper and lower case
	EmailExact   EmailMatch = "exact"   // byte by byte
	EmailTrimmed EmailMatch = "trimmed" // but for case and white space around them
)

// SeveralMatches is what bulk import does with several contacts of one match value.
type SeveralMatches string

// Values of SeveralMatches.
const (
	SeveralFirst SeveralMatches = ""      // the one with the lowest id is updated
	SeveralLast  SeveralMatches = "last"  // the one with the highest id is updated
	SeveralError SeveralMatches = "error" // the record fails
	SeveralAll   SeveralMatches = "all"   // all are updated; the record counts once
)

// BlankMatch is what bulk import does with a record whose match value is blank or absent.
type BlankMatch string

// Values of BlankMatch.
const (
	BlankError   BlankMatch = ""        // the record fails
	BlankNew     BlankMatch = "new"     // it matches nothing
	BlankMatches BlankMatch = "matches" // it matches contacts whose own value is blank or null
)

// SameKeyTwice is what bulk import does with two records of one match value in one request.
type SameKeyTwice string

// Values of SameKeyTwice.
const (
	SameKeyInOrder SameKeyTwice = ""       // each record meets what the earlier ones left: an upsert's last one wins
	SameKeyLast    SameKeyTwice = "last"   // only the last one is looked at, the others are skipped
	SameKeyError   SameKeyTwice = "error"  // every one after the first fails
	SameKeyCreates SameKeyTwice = "create" // all are matched against the state before the request: two creates
)

// BulkBody is where the counts of bulk import stand.
type BulkBody string

// Values of BulkBody.
const (
	BulkFlat   BulkBody = ""     // at the top of the body
	BulkInData BulkBody = "data" // inside "data", beside "meta"
)

// BulkStatus is the status of a bulk import of which some records failed.
type BulkStatus string

// Values of BulkStatus. What did not fail is committed under each of them.
const (
	BulkStatusOK            BulkStatus = ""    // 200
	BulkStatusCreated       BulkStatus = "201" // 201, also when nothing failed
	BulkStatusMulti         BulkStatus = "207" // 207; 200 when nothing failed
	BulkStatusUnprocessable BulkStatus = "422" // 422 with the same body; 200 when nothing failed
)

// BulkErrors is the shape of errors.
type BulkErrors string

// Values of BulkErrors.
const (
	BulkErrorsObjects BulkErrors = ""        // [{"index": 0, "email": "...", "message": "..."}]
	BulkErrorsStrings BulkErrors = "strings" // ["Row 1: ..."], rows counted from 1
	BulkErrorsMap     BulkErrors = "map"     // {"0": ["..."]}; [] where nothing failed
)

// BulkDetails is whether details are told.
type BulkDetails string

// Values of BulkDetails.
const (
	BulkDetailsTold  BulkDetails = ""      // [{"index": 0, "id": 7, "email": "...", "action": "created"}]
	BulkDetailsEmpty BulkDetails = "empty" // []
)

// BulkStop is what skip_on_error=false means for the records before the bad one.
type BulkStop string

// Values of BulkStop. The records that were not looked at count as skipped.
const (
	BulkStopKeep     BulkStop = ""         // they stay written
	BulkStopRollBack BulkStop = "rollback" // nothing stays written
)

// BulkUpdate is what a bulk update does to fields that a record leaves out.
type BulkUpdate string

// Values of BulkUpdate.
const (
	BulkUpdateKeeps  BulkUpdate = ""      // they keep their values
	BulkUpdateResets BulkUpdate = "reset" // they become null, rating 3, account_access_enabled false
)

// Null is what null does to a text field on update.
type Null string

// Values of Null.
const (
	NullClears  Null = ""       // the field becomes null
	NullIgnored Null = "ignore" // the field keeps its value
	NullRefused Null = "422"    // validation error, on create as well
)

// Empty is what "" does to a text field.
type Empty string

// Values of Empty.
const (
	EmptyClears Empty = ""      // the field becomes null
	EmptyStored Empty = "store" // the field becomes ""
)

// Put is what PUT does to fields that are left out. PATCH always leaves them alone.
type Put string

// Values of Put.
const (
	PutPartial Put = ""     // they keep their values
	PutFull    Put = "full" // they take the values of a new record
)

// CategoryKeys is what category_keys does on update.
type CategoryKeys string

// Values of CategoryKeys.
const (
	CategoriesReplace CategoryKeys = ""    // the contact has these categories and no other
	CategoriesAdd     CategoryKeys = "add" // the contact gets these as well
)

// UnknownCategory is what an unknown key in category_keys or event_keys does.
type UnknownCategory string

// Values of UnknownCategory.
const (
	UnknownCategoryIgnored UnknownCategory = ""    // it is passed over
	UnknownCategoryRefused UnknownCategory = "422" // validation error
)

// CustomerNumbers is whether two contacts may have one customer_number.
type CustomerNumbers string

// Values of CustomerNumbers.
const (
	CustomerNumbersFree   CustomerNumbers = ""       // nothing is checked
	CustomerNumbersUnique CustomerNumbers = "unique" // validation error
)

// ParticipantTwice is what a second POST for one contact and event does.
type ParticipantTwice string

// Values of ParticipantTwice.
const (
	ParticipantTwiceRefused ParticipantTwice = ""       // validation error
	ParticipantTwiceSecond  ParticipantTwice = "second" // a second participation
	ParticipantTwiceFirst   ParticipantTwice = "first"  // 200 with the first one, unchanged
)

// UnknownReference is the status for an unknown event_key or customer_number of a participant.
type UnknownReference string

// Values of UnknownReference.
const (
	UnknownReferenceUnprocessable UnknownReference = ""    // 422
	UnknownReferenceNotFound      UnknownReference = "404" // 404
)

// RateHeaders is whether the announced rate headers are sent.
type RateHeaders string

// Values of RateHeaders.
const (
	RateHeadersNone  RateHeaders = ""     // none, as today
	RateHeadersThree RateHeaders = "sent" // X-RateLimit-Limit, -Remaining and -Reset (unix) on every counted answer
)

// RateWindow is which hour the rate limit means.
type RateWindow string

// Values of RateWindow.
const (
	RateSliding RateWindow = ""      // the hour before each request
	RateFixed   RateWindow = "fixed" // the hour of the clock, starting anew at its full hour
)

// FeatureOff is the status when the tenant has the API switched off.
type FeatureOff string

// Values of FeatureOff.
const (
	FeatureOffForbidden FeatureOff = ""    // 403
	FeatureOffNotFound  FeatureOff = "404" // 404
)

// ContactLimit is how a create beyond the tenant's contact limit is refused.
type ContactLimit string

// Values of ContactLimit.
const (
	ContactLimitForbidden     ContactLimit = ""       // 403 for the whole request, nothing is written
	ContactLimitUnprocessable ContactLimit = "422"    // 422 for the whole request, nothing is written
	ContactLimitRecord        ContactLimit = "record" // each record too many fails; a single create gets 422
)

// Normalise is what the server makes of values when it stores them.
type Normalise string

// Values of Normalise.
const (
	NormaliseNothing Normalise = ""      // they stay as they came
	NormaliseEmail   Normalise = "email" // e-mail trimmed and in lower case
	NormalisePhone   Normalise = "phone" // phone, fax and mobile as digits with + in front: "0049 (30) 12-3" is "+4930123"
	NormaliseBoth    Normalise = "both"  // both
)

// Audit is what the audit log leaves out, or says otherwise than one would expect.
type Audit string

// Values of Audit.
const (
	AuditWrites   Audit = ""         // each record written is an entry, the newest first
	AuditSilent   Audit = "none"     // writes through the API are not logged
	AuditGaps     Audit = "gaps"     // of writes through the API, those of records with an even id are not logged
	AuditUnmanned Audit = "unmanned" // edits by hand are not logged
	AuditLate     Audit = "late"     // an entry shows three minutes after its write
	AuditShuffled Audit = "shuffled" // entries come in no order, another one each time
	AuditCut      Audit = "cut"      // the newest PageSize entries alone, without a word
	AuditBare     Audit = "bare"     // old_values and new_values are null
	AuditWords    Audit = "words"    // entity_type and action are other words than elsewhere
	AuditPhantom  Audit = "phantom"  // records of a call that was cut are logged as written, though they were not
)

// auditLag is how late an entry shows under AuditLate.
const auditLag = 3 * time.Minute

// phantomID is above the id of any record: entries of records that do not exist have such ids.
const phantomID = 900_000_000

// pageSizeDefault is the size of a page, in rows, where a dialect names none.
const pageSizeDefault = 100

func (d Dialect) pageSize() int {
	if d.PageSize > 0 {
		return d.PageSize
	}
	return pageSizeDefault
}
