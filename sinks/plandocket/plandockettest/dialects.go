package plandockettest

import "math/rand/v2"

// A NamedDialect is a dialect for a table of tests.
type NamedDialect struct {
	Name    string // "default", or switch and value such as "paging=cap"
	Dialect Dialect
}

// setting is one switch at one value that is not its default.
type setting struct {
	switchName, value string
	apply             func(*Dialect)
}

// values lists the settings of one switch.
func values[T ~string](name string, field func(*Dialect) *T, vs ...T) []setting {
	out := make([]setting, len(vs))
	for i, v := range vs {
		out[i] = setting{name, string(v), func(d *Dialect) { *field(d) = v }}
	}
	return out
}

// settings lists every value of every switch but the defaults, grouped by switch.
func settings() [][]setting {
	return [][]setting{
		values("id_key", func(d *Dialect) *IDKey { return &d.IDKey }, IDNamed, IDBoth),
		values("times", func(d *Dialect) *Times { return &d.Times }, TimesSpaced, TimesUnix),
		values("booleans", func(d *Dialect) *Booleans { return &d.Booleans }, BooleansNumbers, BooleansTexts),
		values("text_numbers", func(d *Dialect) *TextNumbers { return &d.TextNumbers }, TextNumbersNumber),
		values("escapes", func(d *Dialect) *Escapes { return &d.Escapes }, EscapesASCII),
		values("list", func(d *Dialect) *List { return &d.List }, ListObject),
		values("paging", func(d *Dialect) *Paging { return &d.Paging },
			PagingCap, PagingPage, PagingPageBare, PagingOffset, PagingOffsetBare, PagingCursor),
		values("ties", func(d *Dialect) *Ties { return &d.Ties }, TiesShuffled),
		values("singles", func(d *Dialect) *Singles { return &d.Singles }, SinglesLag),
		values("include", func(d *Dialect) *Include { return &d.Include }, IncludeKeys),
		values("email_match", func(d *Dialect) *EmailMatch { return &d.EmailMatch }, EmailExact, EmailTrimmed),
		values("several_matches", func(d *Dialect) *SeveralMatches { return &d.SeveralMatches },
			SeveralLast, SeveralError, SeveralAll),
		values("blank_match", func(d *Dialect) *BlankMatch { return &d.BlankMatch }, BlankNew, BlankMatches),
		values("same_key_twice", func(d *Dialect) *SameKeyTwice { return &d.SameKeyTwice },
			SameKeyLast, SameKeyError, SameKeyCreates),
		values("bulk_body", func(d *Dialect) *BulkBody { return &d.BulkBody }, BulkInData),
		values("bulk_status", func(d *Dialect) *BulkStatus { return &d.BulkStatus },
			BulkStatusCreated, BulkStatusMulti, BulkStatusUnprocessable),
		values("bulk_errors", func(d *Dialect) *BulkErrors { return &d.BulkErrors }, BulkErrorsStrings, BulkErrorsMap),
		values("bulk_details", func(d *Dialect) *BulkDetails { return &d.BulkDetails }, BulkDetailsEmpty),
		values("bulk_stop", func(d *Dialect) *BulkStop { return &d.BulkStop }, BulkStopRollBack),
		values("bulk_update", func(d *Dialect) *BulkUpdate { return &d.BulkUpdate }, BulkUpdateResets),
		values("null", func(d *Dialect) *Null { return &d.Null }, NullIgnored, NullRefused),
		values("empty", func(d *Dialect) *Empty { return &d.Empty }, EmptyStored),
		values("put", func(d *Dialect) *Put { return &d.Put }, PutFull),
		values("category_keys", func(d *Dialect) *CategoryKeys { return &d.CategoryKeys }, CategoriesAdd),
		values("unknown_category", func(d *Dialect) *UnknownCategory { return &d.UnknownCategory }, UnknownCategoryRefused),
		values("customer_numbers", func(d *Dialect) *CustomerNumbers { return &d.CustomerNumbers }, CustomerNumbersUnique),
		values("participant_twice", func(d *Dialect) *ParticipantTwice { return &d.ParticipantTwice },
			ParticipantTwiceSecond, ParticipantTwiceFirst),
		values("unknown_reference", func(d *Dialect) *UnknownReference { return &d.UnknownReference },
			UnknownReferenceNotFound),
		values("rate_headers", func(d *Dialect) *RateHeaders { return &d.RateHeaders }, RateHeadersThree),
		values("rate_window", func(d *Dialect) *RateWindow { return &d.RateWindow }, RateFixed),
		values("feature_off", func(d *Dialect) *FeatureOff { return &d.FeatureOff }, FeatureOffNotFound),
		values("contact_limit", func(d *Dialect) *ContactLimit { return &d.ContactLimit },
			ContactLimitUnprocessable, ContactLimitRecord),
		values("normalise", func(d *Dialect) *Normalise { return &d.Normalise },
			NormaliseEmail, NormalisePhone, NormaliseBoth),
		values("audit", func(d *Dialect) *Audit { return &d.Audit },
			AuditSilent, AuditGaps, AuditUnmanned, AuditLate, AuditShuffled, AuditCut, AuditBare, AuditWords, AuditPhantom),
	}
}

// Dialects returns the default dialect and then every value of every switch, one at a time, each under its name. The
// paging forms have the default page size.
func Dialects() []NamedDialect {
	out := []NamedDialect{{Name: "default"}}
	for _, group := range settings() {
		for _, s := range group {
			var d Dialect
			s.apply(&d)
			out = append(out, NamedDialect{Name: s.switchName + "=" + s.value, Dialect: d})
		}
	}
	return out
}

// SampleDialects returns n dialects with every switch thrown at random. The same seed gives the same dialects; a longer
// sample starts with the shorter one.
func SampleDialects(seed uint64, n int) []NamedDialect {
	random := rand.New(rand.NewPCG(seed, 0))
	out := make([]NamedDialect, n)
	for i := range out {
		name := ""
		for _, group := range settings() {
			k := random.IntN(len(group) + 1)
			if k == 0 {
				continue
			}
			s := group[k-1]
			s.apply(&out[i].Dialect)
			if name != "" {
				name += ","
			}
			name += s.switchName + "=" + s.value
		}
		out[i].Name = name
		if name == "" {
			out[i].Name = "default"
		}
	}
	return out
}
