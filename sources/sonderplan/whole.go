package sonderplan

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

const (
	readingsMax  = 3    // of the whole list, until one proves whole
	quietSeconds = 300  // before the largest `updated`, within which changes are looked at
	uuidsPerAsk  = 50   // asked for in one request
	suspectsMax  = 2000 // changed contacts that are asked for one by one
)

// readWhole reads all contacts of the types, again if the list does not prove
// whole, and fails when none of the readings does.
func (s *Source) readWhole(ctx context.Context) (found, error) {
	var problems []string
	for reading := 1; reading <= readingsMax; reading++ {
		f, problem, err := s.readOnce(ctx)
		if err != nil {
			return found{}, err
		}
		if problem == "" {
			if reading > 1 {
				f.evidence.Reasons = append(f.evidence.Reasons, fmt.Sprintf("reading %d of at most %d; before: %s",
					reading, readingsMax, strings.Join(problems, "; ")))
			}
			return f, nil
		}
		s.config.Log.WarnContext(ctx, "the list of contacts is not whole and is read again",
			"source", s.config.Name, "reading", reading, "problem", problem)
		problems = append(problems, problem)
	}
	return found{}, fmt.Errorf("%w in %d readings: %s; run again when nobody adds or deletes contacts, or with another page_size",
		ErrIncomplete, readingsMax, strings.Join(problems, "; "))
}

// readOnce reads all lists once. A problem says why the reading is not whole.
func (s *Source) readOnce(ctx context.Context) (f found, problem string, err error) {
	l := newLayout(s.columns, s.tests)
	f.evidence.Grade = pipeline.Proven
	var lists []*list
	dated := true
	for _, typ := range s.types {
		q := s.query(l, typ)
		for _, t := range s.tests {
			t.ask(q)
		}
		read := s.newList(l, typ)
		w, err := s.walk(ctx, l, q, plural(typ), read.add)
		if err != nil || w.problem != "" {
			return found{}, w.problem, err
		}
		lists = append(lists, read)
		f.pages = append(f.pages, read.pages...)
		f.changes.Updated = max(f.changes.Updated, w.updated)
		f.told.newest.join(w.newest)
		for _, p := range read.pages {
			f.evidence.Records += p.batch.Len() - len(p.stale)
		}
		dated = dated && w.dated
		s.judge(&f.evidence, w, plural(typ))
	}
	if !dated {
		doubt(&f.evidence, "not every contact says when it was updated, so that a change during the reading could go unseen")
	}
	if f.changes.Updated == 0 {
		return f, "", nil
	}
	for _, read := range lists {
		problem, err := s.disturbed(ctx, read, f.changes.Updated, &f.evidence)
		if err != nil || problem != "" {
			return found{}, problem, err
		}
	}
	f.evidence.Reasons = append(f.evidence.Reasons, "no contact was added or deleted while the list was read")
	return f, "", nil
}

// judge writes down what a list rests on.
func (s *Source) judge(e *pipeline.Evidence, w walked, what string) {
	e.Reasons = append(e.Reasons, fmt.Sprintf("%s: the total is %d, the same on each of %d pages, and as many different contacts came",
		what, w.total, w.pages))
	if !w.ordered {
		doubt(e, what+": the server did not keep the order by id, so that pages may have shifted")
	}
	if w.nameless > 0 {
		doubt(e, fmt.Sprintf("%s: %d rows have no uuid and could be repeats", what, w.nameless))
	}
}

func doubt(e *pipeline.Evidence, reason string) {
	e.Grade = pipeline.Likely
	e.Reasons = append(e.Reasons, reason)
}

// disturbed looks for contacts of a list that came or went while it was read,
// which can move a row past a page border without a change of the total. It
// asks for what changed shortly before the newest contact or after it; of each
// one that the list shows otherwise, or not at all, a plain request says
// whether it exists.
func (s *Source) disturbed(ctx context.Context, read *list, updated int64, e *pipeline.Evidence) (problem string, err error) {
	l := newLayout(nil, s.tests)
	q := s.query(l, read.typ)
	q.Set("updated_after", strconv.FormatInt(min(max(0, updated-quietSeconds), math.MaxInt32), 10))
	var suspects []string
	w, err := s.walk(ctx, l, q, "changed "+plural(read.typ), func(_ int, rows []row) error {
		for _, r := range rows {
			if r.uuid != "" && read.suspects(r) {
				suspects = append(suspects, r.uuid)
			}
		}
		return nil
	})
	if err != nil || w.problem != "" {
		return w.problem, err
	}
	if len(suspects) > suspectsMax {
		doubt(e, fmt.Sprintf("%d %s changed lately, too many to ask for each", len(suspects), plural(read.typ)))
		return "", nil
	}
	living := s.newRoll(l, read.typ)
	if problem, err = s.confirm(ctx, living, suspects); err != nil || problem != "" {
		return problem, err
	}
	for _, uuid := range suspects {
		if living.has(uuid) != read.has(uuid) {
			return fmt.Sprintf("%s: %s came or went while the list was read", plural(read.typ), diag.Shorten(uuid, valueChars)), nil
		}
	}
	return "", nil
}

// suspects reports whether a changed row could be one that the list misses, or
// shows wrongly.
func (l *list) suspects(r row) bool {
	at, shown := l.seen[r.uuid]
	if l.has(r.uuid) {
		return r.deleted || r.updated != at.updated
	}
	otherType := r.typ != "" && r.typ != l.typ
	return !shown && !otherType && !(r.shown && !r.passes)
}

// confirm asks for contacts by uuid and adds those that exist to a list.
func (s *Source) confirm(ctx context.Context, into *list, uuids []string) (problem string, err error) {
	pages := 0
	for from := 0; from < len(uuids); from += uuidsPerAsk {
		q := s.query(into.layout, into.typ)
		asked := uuids[from:min(len(uuids), from+uuidsPerAsk)]
		q.Set("uuid", strings.Join(asked, ","))
		before := pages
		w, err := s.walk(ctx, into.layout, q, plural(into.typ)+" by uuid", func(page int, rows []row) error {
			pages = before + page
			wanted := slices.DeleteFunc(rows, func(r row) bool { return !slices.Contains(asked, r.uuid) })
			return into.add(pages, wanted)
		})
		if err != nil || w.problem != "" {
			return w.problem, err
		}
	}
	return "", nil
}

func plural(typ string) string {
	if typ == typePerson {
		return "people"
	}
	return "organizations"
}
