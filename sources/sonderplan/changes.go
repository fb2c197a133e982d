package sonderplan

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// stepBackSeconds is how far before Config.Since changes are asked for: the
// API says both "since" and "after", and several writes share a second.
const stepBackSeconds = 10

// overlapSeconds is how far before a mark After begins: longer than a full reading
// takes, in which what was read early may change before what was read last, and than
// the clocks of a server's machines differ.
const overlapSeconds = 3600

// MarkTime is the time of a mark of Mark, on the server's clock.
func (s *Source) MarkTime(mark string) (time.Time, bool) {
	seconds, err := strconv.ParseInt(mark, 10, 64)
	return time.Unix(seconds, 0).UTC(), err == nil
}

// Mark is the largest `updated` of the reading that ended last, in unix seconds of
// the server's clock; "" unless the source is incremental.
func (s *Source) Mark() string {
	updated := max(s.Changes().Updated, s.after)
	if !s.config.Incremental || updated == 0 {
		return ""
	}
	return strconv.FormatInt(updated, 10)
}

// After returns the source limited to what changed since a mark, and within the hour
// before it.
func (s *Source) After(mark string) (pipeline.Source, error) {
	updated, err := strconv.ParseInt(mark, 10, 64)
	if err != nil || updated < 1 || updated > math.MaxInt32 {
		return nil, fmt.Errorf("%s is no mark of Sonderplan", diag.Quoted(diag.Shorten(mark, 60)))
	}
	c := s.config
	c.Since = max(1, updated-overlapSeconds)
	later, err := newSource(c, s.client, s.columns, s.tests, s.types)
	if err != nil {
		return nil, err
	}
	later.after = updated
	return later, nil
}

// readChanges reads the contacts that changed since Config.Since. What a
// deleted contact looks like in the list of changes is not documented, so that
// the list only names candidates: a plain request for each says whether it
// exists and how it looks now.
func (s *Source) readChanges(ctx context.Context) (found, error) {
	var problem string
	for range readingsMax {
		f, p, err := s.readChangesOnce(ctx)
		if err != nil || p == "" {
			return f, err
		}
		problem = p
		s.config.Log.WarnContext(ctx, "the list of changed contacts is not whole and is read again",
			"source", s.config.Name, "problem", p)
	}
	return found{}, fmt.Errorf("%w in %d readings: %s; run again when fewer contacts change", ErrIncomplete, readingsMax, problem)
}

func (s *Source) readChangesOnce(ctx context.Context) (f found, problem string, err error) {
	f.changes.Updated = s.config.Since
	after := strconv.FormatInt(max(0, s.config.Since-stepBackSeconds), 10)
	for _, typ := range s.types {
		l := newLayout(nil, nil)
		q := s.query(l, typ)
		q.Set("updated_after", after)
		candidates := map[string]bool{}
		w, err := s.walk(ctx, l, q, "changed "+plural(typ), func(_ int, rows []row) error {
			for _, r := range rows {
				if r.uuid != "" && (r.typ == "" || r.typ == typ) && (r.updated == 0 || r.updated >= s.config.Since-stepBackSeconds) {
					candidates[r.uuid] = true
				}
			}
			return nil
		})
		if err != nil || w.problem != "" {
			return found{}, w.problem, err
		}
		f.changes.Updated = max(f.changes.Updated, w.updated)
		if problem, err = s.readNow(ctx, &f, typ, candidates); err != nil || problem != "" {
			return found{}, problem, err
		}
	}
	slices.Sort(f.changes.Deleted)
	slices.Sort(f.changes.Left)
	f.evidence.Grade = pipeline.Unproven
	f.evidence.Reasons = []string{fmt.Sprintf("only what changed since second %d was read", s.config.Since)}
	return f, "", nil
}

// readNow reads the candidates as they are now.
func (s *Source) readNow(ctx context.Context, f *found, typ string, candidates map[string]bool) (problem string, err error) {
	uuids := make([]string, 0, len(candidates))
	for uuid := range candidates {
		uuids = append(uuids, uuid)
	}
	slices.Sort(uuids)
	now := s.newList(newLayout(s.columns, s.tests), typ)
	if problem, err = s.confirm(ctx, now, uuids); err != nil || problem != "" {
		return problem, err
	}
	for _, uuid := range uuids {
		at, exists := now.seen[uuid]
		switch {
		case !exists || at.fate == gone:
			f.changes.Deleted = append(f.changes.Deleted, uuid)
		case at.fate == left:
			f.changes.Left = append(f.changes.Left, uuid)
		default:
			f.evidence.Records++
		}
	}
	f.pages = append(f.pages, now.pages...)
	return "", nil
}
