package plandocket

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/reconkit/reconkit/pipeline"
)

// The limits of a reading.
const (
	roundsMax           = 3  // readings when contacts come or go in between
	knownAskedMax       = 50 // missing contacts that are asked for by id
	doubleWalkPagesMax  = 10 // more pages than this are read in one order when a total agrees
	otherFieldsMax      = 2  // sort fields that are tried beside created_at
	otherFieldPagesMax  = 5  // more pages than this are not read by other fields
	roundCountMin       = 10 // contacts; the smallest number that looks like a page
	roundCountStep      = 5  // of contacts, up to roundCountFine
	roundCountFine      = 50 // contacts
	roundCountStepAbove = 50 // of contacts, above roundCountFine
)

// searchTerm is a letter that most contacts hold somewhere.
const searchTerm = "e"

// reader is one reading of the present state.
type reader struct {
	t         *Target
	kind      *kind
	include   bool       // what comes beside the records is asked for
	again     bool       // rows are compared with those of the last list
	filter    url.Values // that the list is asked with; nil: none
	field     string     // that the list is sorted by
	form      form       // of pages
	size      int        // contacts of a page in formPages
	wide      url.Values // what makes an answer larger where there are no pages
	pagesMost int        // pages of a walk; 0: pagesMax
	requests  int
	asked     int     // of the requests, for known records that the list does not show
	views     []*view // whole lists, in the order in which they were read
	// discarded are contacts of readings that were given up. One that is missing
	// in the end is asked for: it may be gone, or the list may hide it.
	discarded []string
	reasons   []string
	grade     pipeline.Grade
}

// Present reads all contacts and says how sure it is that they are all. P, the
// requests of one reading, is 1 for an empty target and 2 for an ordinary list
// that comes in one answer; a list in n pages takes about 2n, or n when the
// server tells the total. Doubts cost up to about eight more, and one for
// each known contact that is missing, at most 50.
//
// The list is proven whole by one of these: it is empty; the total that the
// server tells agrees; or it is the same sorted both ways by a field that
// every contact has and that holds two values at least. For if a server cut
// the list at n, the one order would show the n smallest and the other the n
// largest, and a contact that is in neither would be both at least as large
// as the largest and at most as small as the smallest.
//
// An answer that is no list is an error.
func (t *Target) Present(ctx context.Context, known []string) (*pipeline.Present, error) {
	t.stock = nil // it belongs to an earlier reading
	r := &reader{t: t, kind: t.contactKind(), include: true, again: true, field: fieldCreated}
	at := t.c.Now()
	if err := r.read(ctx); err != nil {
		return nil, fmt.Errorf("read the contacts of %s: %w", t.base.Host, err)
	}
	if err := r.askKnown(ctx, append(r.discarded, known...)); err != nil {
		return nil, fmt.Errorf("read the contacts of %s: %w", t.base.Host, err)
	}
	t.noInclude = !r.include
	table, err := r.table()
	if err != nil {
		return nil, err
	}
	t.last, t.lastTook, t.paged = table, r.requests, r.form != formWhole
	return &pipeline.Present{
		Records:  table,
		Evidence: pipeline.Evidence{Grade: r.grade, Reasons: r.reasons, Records: table.Len()},
		ReadAt:   at,
		Requests: r.requests, Asked: r.asked,
	}, nil
}

// say notes a reason without grading.
func (r *reader) say(format string, args ...any) {
	r.reasons = append(r.reasons, fmt.Sprintf(format, args...))
}

// conclude grades the reading and says why.
func (r *reader) conclude(g pipeline.Grade, format string, args ...any) error {
	r.grade = g
	r.say(format, args...)
	return nil
}

// read reads the list from both ends until its completeness is settled: again
// when pages were found, and when contacts came or went in between.
func (r *reader) read(ctx context.Context) error {
	var paged *view // the list upwards, once it was found to have pages
	for round := 1; ; round++ {
		r.discard()
		asc, err := r.first(ctx, paged)
		if err != nil {
			return err
		}
		paged = nil
		reasons := len(r.reasons)
		asc, done, err := r.judgeOne(ctx, asc)
		if err != nil {
			return err
		}
		if field := r.steadierField(asc); field != "" {
			r.reasons = r.reasons[:reasons]
			r.say("Contacts of one created_at change places between the pages; the list was read sorted by %s.", field)
			r.field = field
			continue
		}
		if done {
			return nil
		}
		desc, err := r.view(ctx, r.field, descending)
		if err != nil {
			return err
		}
		r.views = append(r.views, desc)
		gone, come := desc.newIn(asc.rows), asc.newIn(desc.rows)
		switch changing := gone == 0 || come == 0 || r.form != formWhole; {
		case gone == 0 && come == 0:
			if paged, err = r.judgeBoth(ctx, asc, desc); paged == nil || err != nil {
				return err
			}
		case changing && round < roundsMax:
			r.say("Contacts came or went while the list was read; it was read again.")
		case changing:
			return r.conclude(pipeline.Unproven, "Each reading of the list showed other contacts: sorted by %s it held %d upwards and %d downwards.", r.field, len(asc.ids), len(desc.ids))
		default:
			found, more, err := r.findPages(ctx, asc)
			if err != nil {
				return err
			}
			r.views = append(r.views, found)
			if !more {
				return r.conclude(pipeline.Unproven, "The list is cut after %d contacts without a word: sorted by created_at, the other end shows %d others, and no form of paging brings them.", len(asc.ids), come)
			}
			paged = found
		}
	}
}

// discard gives up what was read so far: what is gone in the end is not there.
func (r *reader) discard() {
	for _, v := range r.views {
		r.discarded = append(r.discarded, v.ids...)
	}
	r.views = nil
}

// first reads the list upwards, unless it has been. Where the answer is
// refused because of the categories, it is asked for without them.
func (r *reader) first(ctx context.Context, paged *view) (*view, error) {
	if paged != nil {
		return paged, nil
	}
	v, err := r.view(ctx, r.field, ascending)
	var refused *StatusError
	if r.include && errors.As(err, &refused) && (refused.Status == http.StatusBadRequest || refused.Status == http.StatusUnprocessableEntity) {
		r.include = false
		again, errAgain := r.view(ctx, r.field, ascending)
		if errAgain != nil {
			return nil, err
		}
		r.say("The server refuses to show categories with the contacts (%s).", refused.Error())
		v, err = again, nil
	}
	return v, err
}

// judgeOne settles what the list upwards settles alone, and finds the pages
// that the server speaks of. It returns the list with them.
func (r *reader) judgeOne(ctx context.Context, v *view) (all *view, done bool, err error) {
	r.views = append(r.views, v)
	if v.single {
		return v, true, r.conclude(pipeline.Unproven, "The server answers the list call with one object instead of a list; nobody can tell whether there are more contacts.")
	}
	if v.more && r.form == formWhole {
		found, _, err := r.findPages(ctx, v)
		if err != nil {
			return v, true, err
		}
		r.views[len(r.views)-1], v = found, found
	}
	switch {
	case v.endless:
		return v, true, r.conclude(pipeline.Unproven, "The list did not end after %d pages.", pagesMax)
	case len(v.ids) == 0 && !v.more:
		return v, true, r.conclude(pipeline.Proven, "The list is empty.")
	case v.more:
		return v, true, r.conclude(pipeline.Unproven, "The server speaks of more contacts (%s) than the %d that it shows, and no form of paging brings them.", totalText(v.total), len(v.ids))
	case v.total == len(v.ids) && v.calls > doubleWalkPagesMax && v.repeated == 0 && !v.moved:
		return v, true, r.conclude(pipeline.Proven, "The server tells a total of %d, and as many contacts were read in %d pages without a repetition.", v.total, v.calls)
	}
	return v, false, nil
}

func totalText(total int) string {
	if total < 0 {
		return "a further page"
	}
	return fmt.Sprintf("%d in total", total)
}

// judgeBoth settles a list that is the same from both ends. When the list
// turns out to have pages, it returns the list upwards with them, and nothing
// is settled.
func (r *reader) judgeBoth(ctx context.Context, asc, desc *view) (paged *view, err error) {
	n := len(desc.ids)
	if desc.total >= 0 && desc.total != n {
		return nil, r.conclude(pipeline.Unproven, "The server tells a total of %d contacts and shows %d.", desc.total, n)
	}
	if desc.total == n && asc.total == n {
		return nil, r.conclude(pipeline.Proven, "The server tells a total of %d, and the list holds the same %d contacts sorted by %s upwards and downwards.", n, n, r.field)
	}
	order := ordered(asc, desc)
	mirrored := order == orderSame && r.field == fieldCreated && n > 1 && !looksRound(n) && mirroredByID(asc, desc)
	if r.form == formWhole && (looksRound(n) || order < orderLikely && n > 1 && !mirrored) {
		ignored, err := r.pagesIgnored(ctx, asc)
		if err != nil {
			return nil, err
		}
		if !ignored {
			found, more, err := r.findPages(ctx, asc)
			if more || err != nil {
				return found, err
			}
		}
	}
	if r.form == formWhole && looksRound(n) {
		if cut, err := r.search(ctx, asc); cut || err != nil {
			return nil, err
		}
	}
	switch {
	case order == orderProves:
		return nil, r.conclude(pipeline.Proven, "The list holds the same %d contacts sorted by %s upwards and downwards%s; a cut list would show other contacts at each end.", n, r.field, desc.span())
	case mirrored:
		return nil, r.conclude(pipeline.Proven, "The list holds the same %d contacts sorted by created_at upwards and downwards; all have the same, and the server then sorts by id, both ways; a cut list would show other contacts at each end.", n)
	case order == orderLikely:
		return nil, r.conclude(pipeline.Likely, "The list holds the same %d contacts sorted by %s upwards and downwards; only contacts without one could be hidden.", n, r.field)
	case order == orderBroken:
		r.say("The server does not sort by %s in a way that shows anything.", r.field)
	case n > 1:
		r.say("All %d contacts have the same %s, so sorting by it shows nothing.", n, r.field)
	}
	desc.ended = (desc.ended || asc.ended && !looksRound(n)) && asc.repeated == 0 && desc.repeated == 0
	return nil, r.judgeOthers(ctx, desc)
}

// search looks for contacts that a list whose length looks like a page does
// not show. It reports whether it found any.
func (r *reader) search(ctx context.Context, v *view) (bool, error) {
	hits := r.newRows()
	p, err := r.probe(ctx, url.Values{"search": {searchTerm}, "sort": {fieldCreated}, "order": {string(descending)}}, hits)
	if p == nil || err != nil {
		return err != nil, err
	}
	if others := v.newIn(hits); others > 0 {
		r.views = append(r.views, &view{rows: hits})
		return true, r.conclude(pipeline.Unproven, "The list is cut after %d contacts without a word: a search shows %d others.", len(v.ids), others)
	}
	r.say("The list holds %d contacts, which could be a page; asking for a second page and searching brought no others.", len(v.ids))
	return false, nil
}

// askKnown asks for the contacts that should be there and were not seen.
func (r *reader) askKnown(ctx context.Context, known []string) error {
	seen := map[string]bool{}
	for _, v := range r.views {
		for _, id := range v.ids {
			seen[id] = true
		}
	}
	var missing []string
	for _, id := range known {
		if id != "" && !seen[id] {
			seen[id] = true
			missing = append(missing, id)
		}
	}
	slices.SortFunc(missing, compareIDs)
	asked := missing[:min(len(missing), knownAskedMax)]
	found := &view{rows: newRows(r.kind.schema)}
	r.asked += len(asked)
	for _, id := range asked {
		c, err := r.one(ctx, id)
		if err != nil {
			return err
		}
		if c == nil {
			continue
		}
		if _, err := found.add(c, r.t.c.BatchRows); err != nil {
			return err
		}
	}
	switch {
	case len(found.ids) > 0:
		r.views = append(r.views, found)
		if err := found.flush(); err != nil {
			return err
		}
		return r.conclude(pipeline.Unproven, "The list was not whole: %d %ss that it does not show exist, such as %s.", len(found.ids), r.kind.name, found.ids[0])
	case len(missing) > len(asked):
		r.say("%d %ss that were known are missing; %d of them were asked for and are gone.", len(missing), r.kind.name, len(asked))
	case len(missing) > 0:
		r.say("%d %ss that were known are missing; they were asked for and are gone.", len(missing), r.kind.name)
	}
	return nil
}

// table is every contact that was seen, each as it was seen last, in the order
// of the ids.
func (r *reader) table() (*pipeline.Table, error) {
	type place struct {
		id   string
		view *view
	}
	var places []place
	seen := map[string]bool{}
	hidden, nameless := 0, 0
	for _, v := range slices.Backward(r.views) {
		for _, id := range v.ids {
			if !seen[id] {
				seen[id] = true
				places = append(places, place{id, v})
			}
		}
		hidden, nameless = max(hidden, v.hidden), max(nameless, v.nameless)
	}
	if hidden > 0 {
		r.say("The server does not show the categories of %d contacts; their category_keys are unknown.", hidden)
	}
	if nameless > 0 {
		r.say("%d contacts have a category without a key, which the API cannot name.", nameless)
	}
	slices.SortFunc(places, func(a, b place) int { return compareIDs(a.id, b.id) })
	table := pipeline.NewTable(r.t.schema)
	for chunk := range slices.Chunk(places, r.t.c.BatchRows) {
		builder := pipeline.NewBuilder(r.t.schema, len(chunk))
		ids := pipeline.NewColumnBuilder(pipeline.String, len(chunk))
		times := pipeline.NewColumnBuilder(pipeline.Timestamp, len(chunk))
		numbers := make([]int32, len(chunk))
		for i, p := range chunk {
			record := p.view.record(p.view.index[p.id])
			for f := range r.t.schema.Len() {
				builder.Column(f).AppendFrom(record.Batch.Column(f), record.Row)
			}
			ids.AppendString(p.id)
			times.AppendValue(record.Get(fieldUpdated))
			numbers[i] = int32(table.Len() + i + 1)
		}
		b, err := builder.Finish(pipeline.BatchData{Source: r.t.c.Name, Place: apiPath + "/" + Resource, Page: 1,
			Rows: numbers, IDs: ids.Finish(), Times: times.Finish()})
		if err != nil {
			return nil, err
		}
		table.Append(b)
	}
	if s := r.t.shown; r.again && s != nil { // the tables of the readings go, and this one stays
		for i, p := range places {
			if p.view.rows == s.rows {
				s.rows.places[s.rows.index[p.id]] = rowPlace{table, int32(i)}
			}
		}
	}
	return table, nil
}

// The most requests that doubts about a list in one answer take.
const (
	roundRequests  = 3 // of a length that looks like a page: a second one, a larger one, a search
	habitRequests  = 1 // whether the server looks at pages, of a list from roundCountFine on
	momentRequests = 8 // of contacts of one moment: these, and two other orders, both ways
	oneRequests    = 2 // of one contact: another order, both ways
)

// MoreRequests is how many requests more than the last reading one of so many contacts
// takes at most: where they look like a page; where all may have come into being at one
// moment, since there were none before; and for more pages.
func (t *Target) MoreRequests(records int) (more int, doubtful bool) {
	had := t.last.Len()
	switch {
	case records == had:
		return 0, false
	case had == 0 && records == 1:
		return 1 + oneRequests, false
	case had == 0:
		return 1 + momentRequests, true
	case t.paged:
		return max(0, (records-had)*t.lastTook+had-1) / had, false
	case looksRound(records) && records >= roundCountFine:
		return roundRequests + habitRequests, false
	case looksRound(records) && !looksRound(had):
		return roundRequests, false
	}
	return 0, false
}

// MoreRequests is that of the contacts, however many there will be then: what creates
// them is carried out before.
func (p *Participants) MoreRequests(int) (more int, doubtful bool) { return p.t.moreLater() }

// MoreRequests is that of the contacts, however many there will be then: what creates
// them is carried out before.
func (c *CustomFields) MoreRequests(int) (more int, doubtful bool) { return c.t.moreLater() }

func (t *Target) moreLater() (more int, doubtful bool) {
	if t.last.Len() == 0 {
		return 1 + momentRequests, true
	}
	return roundRequests + habitRequests, false
}

// compareIDs orders numbers by size and other ids after them.
func compareIDs(a, b string) int {
	if isDigits(a) != isDigits(b) {
		if isDigits(a) {
			return -1
		}
		return 1
	}
	if isDigits(a) {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	}
	return cmp.Compare(a, b)
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// looksRound reports whether a list of n could be a page or a cap.
func looksRound(n int) bool {
	if n < roundCountMin {
		return false
	}
	if n <= roundCountFine {
		return n%roundCountStep == 0
	}
	return n%roundCountStepAbove == 0
}
