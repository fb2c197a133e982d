package sonderplan

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
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

// newest is the contact that changed last, as far as marks tell it: it shows that a later
// reading is of the same account, since it is among what changed then.
type newest struct {
	updated int64
	witness string // a hash of its uuid and of when it was created
}

// witnessOf is a hash that tells nobody who a contact is.
func witnessOf(uuid string, created int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q %d", uuid, created))
	return hex.EncodeToString(sum[:witnessBytes])
}

const witnessBytes = 8

// meet takes a row that changed later, of several the one with the least witness.
func (n *newest) meet(r row) {
	if r.uuid != "" && r.updated >= max(1, n.updated) {
		n.join(newest{r.updated, witnessOf(r.uuid, r.created)})
	}
}

func (n *newest) join(other newest) {
	if other.updated > n.updated || other.updated == n.updated && other.witness < n.witness {
		*n = other
	}
}

// parseMark reads a mark: the largest `updated`, and the contact of it. Marks of older
// versions have no contact.
func parseMark(mark string) (updated int64, witness string, ok bool) {
	seconds, witness, _ := strings.Cut(mark, "-")
	updated, err := strconv.ParseInt(seconds, 10, 64)
	return updated, witness, err == nil && updated >= 1 && updated <= math.MaxInt32
}

// MarkTime is the time of a mark of Mark, on the server's clock.
func (s *Source) MarkTime(mark string) (time.Time, bool) {
	seconds, _, ok := parseMark(mark)
	return time.Unix(seconds, 0).UTC(), ok
}

// Mark is the largest `updated` of the reading that ended last, in unix seconds of
// the server's clock, and which contact that is of; "" unless the source is incremental.
func (s *Source) Mark() string {
	told := s.marked()
	last := told.newest
	if told.anew == "" && s.after > last.updated {
		last = newest{s.after, s.witness}
	}
	if !s.config.Incremental || last.updated == 0 {
		return ""
	}
	return fmt.Sprintf("%d-%s", last.updated, last.witness)
}

// After returns the source limited to what changed since a mark, and within the hour
// before it. Where the contact of the mark is not among that, the reading is one of
// everything: the token may lead to another account by now.
func (s *Source) After(mark string) (pipeline.Source, error) {
	updated, witness, ok := parseMark(mark)
	if !ok {
		return nil, fmt.Errorf("%s is no mark of Sonderplan", diag.Quoted(diag.Shorten(mark, 60)))
	}
	c := s.config
	c.Since = max(1, updated-overlapSeconds)
	later, err := newSource(c, s.client, s.columns, s.tests, s.types)
	if err != nil {
		return nil, err
	}
	later.after, later.witness = updated, witness
	return later, nil
}

// Anew says why the reading that ended last was one of everything in spite of a mark; ""
// when it was not.
func (s *Source) Anew() string { return s.marked().anew }

// marked is what a reading tells of marks.
type marked struct {
	newest newest // the contact that changed last
	anew   string // why everything was read in spite of a mark; ""
}

func (s *Source) marked() marked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.told
}

// readAfter reads what changed since the mark, or everything where the mark may be of
// another account.
func (s *Source) readAfter(ctx context.Context) (found, error) {
	why := "its mark is that of an older version"
	if s.witness != "" {
		f, err := s.readChanges(ctx)
		if err != nil || f.witnesses[s.witness] {
			return f, err
		}
		why = "the contact that changed last before the mark is not among those that changed since: it was deleted, or the token leads to another account"
	}
	f, err := s.readWhole(ctx)
	f.told.anew = why
	return f, err
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
	f.witnesses = map[string]bool{}
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
					if r.updated >= s.after {
						f.witnesses[witnessOf(r.uuid, r.created)] = true
					}
				}
			}
			return nil
		})
		if err != nil || w.problem != "" {
			return found{}, w.problem, err
		}
		f.changes.Updated = max(f.changes.Updated, w.updated)
		f.told.newest.join(w.newest)
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
