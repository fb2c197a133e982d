package plandockettest

import "github.com/reconkit/reconkit/pipeline/faults"

// Kinds of fault that only an API can have. They go into the same schedule as the kinds of package faults and are
// counted there. Each fires only where it has a meaning: a paging fault needs a dialect with pages.
const (
	SamePageTwice   faults.Kind = "same-page-twice"   // the answer holds the page before the one asked for
	PageShift       faults.Kind = "page-shift"        // the page starts Fault.N rows late (0: one), as after a delete; negative: early
	ShortPage       faults.Kind = "short-page"        // the last Fault.N rows of the page (0: half of them) are missing
	EndlessLastPage faults.Kind = "endless-last-page" // beyond the end the last page comes again

	BulkRecordsFail     faults.Kind = "bulk-records-fail"     // every Fault.N-th record fails (0: every third)
	BulkMiscount        faults.Kind = "bulk-miscount"         // created, or else updated or skipped, is told one too high
	BulkErrorsHidden    faults.Kind = "bulk-errors-hidden"    // errors is empty, whatever failed
	BulkDetailsShuffled faults.Kind = "bulk-details-shuffled" // details come in another order than the records
	BulkPartialCommit   faults.Kind = "bulk-partial-commit"   // Fault.N records (0: half) are committed, then the connection is cut

	// BulkPartialRefusal: Fault.N records (0: half; at most all but the last) are committed, then the whole call is
	// refused, without counts, as one that reaches the contact limit (Dialect.ContactLimit: 403, or else 422).
	BulkPartialRefusal faults.Kind = "bulk-partial-refusal"

	LateCommit      faults.Kind = "late-commit"       // a write: cut without an answer, committed Fault.Delay later on the tenant's clock
	LateBlindCommit faults.Kind = "late-blind-commit" // as LateCommit, but what exists was looked up when the request came
	StaleReads      faults.Kind = "stale-reads"       // a write: lists go on showing what was before, for Fault.Delay on the tenant's clock
)

// Kinds lists the kinds of fault of this package, in a fixed order.
func Kinds() []faults.Kind {
	return []faults.Kind{
		SamePageTwice, PageShift, ShortPage, EndlessLastPage, BulkRecordsFail, BulkMiscount, BulkErrorsHidden,
		BulkDetailsShuffled, BulkPartialCommit, BulkPartialRefusal, LateCommit, LateBlindCommit, StaleReads,
	}
}
