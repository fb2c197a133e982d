package pipeline

// Action is what a change does to the target.
type Action string

// The actions, as they are decided by Diff.
const (
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
)

// Change is one difference between what should be and what is: complete, so
// that carrying it out decides nothing.
type Change struct {
	ID       string        `json:"id"` // stable: the same difference has the same id in every plan
	Action   Action        `json:"action"`
	Resource string        `json:"resource"`
	Model    string        `json:"model"`
	Binding  int           `json:"binding,omitempty"` // position in Header.Bindings
	Target   string        `json:"target,omitempty"`  // id of the record; "" for a create, and see MadeBy
	Key      Key           `json:"key"`               // what makes it that record; empty only for routes by id
	Route    string        `json:"route"`             // the target's name for how it will be written
	Fields   []FieldChange `json:"fields"`            // in the order of the resource's schema
	Label    string        `json:"label"`             // the record for people, such as Anna Weber
	Labels   []string      `json:"labels,omitempty"`  // see the Label constants
	Match    *Reason       `json:"match,omitempty"`   // why it is that record, or why the rows are one
	Rows     []Origin      `json:"rows"`              // the source rows behind it, survivor first
	Joined   []Join        `json:"joined,omitempty"`  // why the rows are one, as far as there are several
	// Keys are the values that the record has in each key field now, for the
	// drift check of a record addressed by them; for a create, the values that
	// no other record may have.
	Keys []Key `json:"keys,omitempty"`
	// Known are the links of Rows that a create was planned in spite of. A row
	// that has another one by now became a record since. Those without a row are records
	// that have a key which the change gives, and of which a person said that they are
	// something else.
	Known []RowLink `json:"known,omitempty"`
	// Needs are the ids of changes of the plan that must have come to their end
	// before, such as the one that creates what this record belongs to.
	Needs []string `json:"needs,omitempty"`
	// Kept are the other fields of the record, as they were before the change. The
	// journal has them for the first update of each way of writing, so that a
	// target that resets what an update leaves out is found also by a later run.
	Kept []KeptField `json:"kept,omitempty"`
}

// KeptField is a field that a change does not touch.
type KeptField struct {
	Field string `json:"field"`
	Value Value  `json:"value"`
}

// Join is why two source rows were found to be one thing.
type Join struct {
	A Origin `json:"a"`
	B Origin `json:"b"`
	Reason
}

// Key is a field and the value that identifies a record by it. For an update
// the value is the bytes that the target stored.
type Key struct {
	Field string `json:"field"`
	Value string `json:"value"`
}

// FieldChange is what becomes of one field.
type FieldChange struct {
	Field      string   `json:"field"`
	Before     Value    `json:"before"`
	After      Value    `json:"after"`
	Provenance          // of After; empty when the record is deleted
	Labels     []string `json:"labels,omitempty"`
	// Ours says that Before is what this pipeline wrote earlier. Yields says that
	// After is not, though this plan writes it: an undo puts back what somebody else
	// had there, so that the ledger forgets the field.
	Ours   bool `json:"ours,omitempty"`
	Yields bool `json:"yields,omitempty"`
	// Of a list whose order means nothing: the members that it gains and loses.
	Gains []string `json:"gains,omitempty"`
	Loses []string `json:"loses,omitempty"`
}

// The labels of changes and fields.
const (
	LabelIdentity   = "identity"       // a key other than the e-mail changes
	LabelEmail      = "email"          // the e-mail changes
	LabelBlank      = "blank"          // a value is emptied
	LabelMerge      = "merge"          // several source rows became one record
	LabelNames      = "names-differ"   // such rows have different first names
	LabelOutward    = "outward"        // people outside will notice
	LabelFormatOnly = "format-only"    // the same letters and digits, written otherwise
	LabelCaseOnly   = "case-only"      // the same but for upper and lower case
	LabelSameLook   = "same-look"      // other code points, which look the same
	LabelLookAlike  = "look-alike"     // letters of another script, which look the same
	LabelAgain      = "again"          // a row of it was a record of the target before, which is gone
	LabelOverrides  = "overrides-edit" // it takes the place of an edit in the target: by the policy of the field, or a person took the value of the source, or the deletion
	LabelReserved   = "reserved"       // a key was made by the policy keyless: reserve
	LabelSharedKey  = "shared-key"     // a record has a key that it gives, and a person said that they are two
)

// Outcome is what became of one change.
type Outcome struct {
	Change  string `json:"change"` // id of the change
	Status  Status `json:"status"`
	Target  string `json:"target,omitempty"`  // id of the record, as far as known
	Message string `json:"message,omitempty"` // the server's words, or why
	// Existed says of an unknown create that the target told that it wrote nothing, since
	// it had the record already.
	Existed bool `json:"existed,omitempty"`
	// Partly says of a refused or pending change that the target refused its call of several
	// records as a whole, and may have kept some of them all the same.
	Partly bool `json:"partly,omitempty"`
}

// Open reports whether a call that ended like this may still write its change, or have
// written it: nobody knows what came of it, and the target did not say that it wrote nothing.
func (o Outcome) Open() bool { return o.Status == Unknown && !o.Existed || o.Partly }

// Status says how a change ended.
type Status string

// The statuses. Sent and Unknown are what a sink reports; verification turns
// them into the others.
const (
	Sent       Status = "sent"       // the server says that it was written
	Unknown    Status = "unknown"    // it may or may not have been written
	Refused    Status = "refused"    // the server refused it; nothing was written
	Verified   Status = "verified"   // written, and read back as planned
	Unverified Status = "unverified" // written by the server's word, and shown in another form
	Unseen     Status = "unseen"     // written by the server's word, and never shown: it may be lost
	Already    Status = "already"    // it was so before
	Drifted    Status = "drifted"    // the record is no longer as planned; nothing was written
	Blocked    Status = "blocked"    // not written, since something else stands in the way
	Pending    Status = "pending"    // not reached
	Declined   Status = "declined"   // a person said no, or left it out; nothing was written
)

// Done reports whether nothing remains to be done about the change.
func (s Status) Done() bool {
	return s == Verified || s == Unverified || s == Unseen || s == Already
}
