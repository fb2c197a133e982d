package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/reconkit/reconkit/pipeline"
)

// Calls to a target leave one after the other, since the lease is taken before the first:
// a call was over before the next one of the target was intended. So what is long over is
// told by the times of later calls, and nothing of it is read; and of a call that cannot
// be read is known when it was over at the latest.

// journalPlace is a call by what stands in front of its texts.
type journalPlace struct {
	row     int64
	run     string
	seq     int
	at      int64
	lost    bool // not even whose call it is is certain
	missing bool // the one before it in its run is not there
}

// OpenCalls returns the calls to a target, of any plan, that have no verdict, or one since
// a time that does not know what came of some change, in the order in which they were
// intended; and calls that may be open for all that can be told, since they are damaged,
// missing or taken out as damaged. See Damage for how many are damaged.
func (s *Store) OpenCalls(ctx context.Context, target string, since time.Time) (calls []pipeline.CallRecord, err error) {
	places, damaged, err := s.journalPlaces(ctx, target)
	if err != nil {
		return nil, err
	}
	cut := since.UnixMicro()
	for i := mayBeOpen(places, cut); i < len(places); i++ {
		p := &places[i]
		if p.missing && p.at >= cut {
			calls = append(calls, lostCall(target, p.run, p.seq-1, p.at))
		}
		c, open, lost, err := s.openCall(ctx, p, cut)
		switch over := overBy(places[i+1:]); {
		case err != nil:
			return nil, err
		case open && lost:
			if damaged++; over == 0 || over >= cut {
				calls = append(calls, lostCall(target, p.run, p.seq, over))
			}
		case open:
			calls = append(calls, c)
		}
	}
	s.leftOut(target, func(d *pipeline.Damage) { d.Calls = damaged })
	return calls, nil
}

// lostCall is a call of which nobody knows what it sent.
func lostCall(target, run string, seq int, over int64) pipeline.CallRecord {
	c := pipeline.CallRecord{Call: pipeline.Call{Run: run, Seq: seq, Target: target, Route: pipeline.RouteForgotten}, Lost: true}
	if over != 0 {
		c.At = micros(over)
	}
	return c
}

// journalPlaces are the calls that are to a target for all that can be told, and how many
// are missing. Every call of the store is looked at.
func (s *Store) journalPlaces(ctx context.Context, target string) (places []journalPlace, missing int, err error) {
	var sums summer
	last := map[string]int{}
	err = s.query(ctx, func(scan func(...any) error) error {
		var p journalPlace
		var to, by string
		var sum int64
		odd, err := scanKinds(scan, &p.row, &p.run, &p.seq, &to, &by, &p.at, &sum)
		if err != nil {
			return err
		}
		p.lost = odd >= 0 || sums.call(p.run, p.seq, to, by, "", 0, "")>>32 != sum>>32
		if !p.lost && to != target {
			return nil
		}
		if p.lost {
			last[p.run] = max(last[p.run], p.seq) // it is told as lost, and not as missing, too
		} else {
			if p.missing = p.seq > last[p.run]+1; p.missing {
				missing++
			}
			last[p.run] = p.seq
		}
		places = append(places, p)
		return nil
	}, "SELECT rowid, run, seq, target, digest, at, sum FROM calls NOT INDEXED ORDER BY rowid")
	return places, missing, err
}

// mayBeOpen is the place of the first call that was not over at a time for all that can
// be told. Two calls must say so, since the time of one may be damaged.
func mayBeOpen(places []journalPlace, cut int64) int {
	old, first, before := false, 0, 0
	for i := range places {
		if places[i].lost {
			continue
		}
		was := places[i].at < cut
		if was && old {
			first = before
		}
		old, before = was, i
	}
	return first
}

// overBy is when the calls before the given ones were over at the latest; 0: nobody
// knows.
func overBy(later []journalPlace) int64 {
	for i := range later {
		if !later[i].lost {
			return later[i].at
		}
	}
	return 0
}

// openCall reads a call that may be open; lost says that it cannot be read. A whole verdict
// in which no word for what is not known stands is of a call that is over; the changes of
// such a call, which may be very many, are not read.
func (s *Store) openCall(ctx context.Context, p *journalPlace, cut int64) (c pipeline.CallRecord, open, lost bool, err error) {
	if p.lost {
		return c, true, true, nil
	}
	var route string
	var settled, sum sql.NullInt64
	var outcomes sql.NullString
	odd, err := scanKinds(s.db.QueryRowContext(ctx, "SELECT route, settled, outcomes, verdict_sum FROM calls WHERE rowid = ?", p.row).Scan, &route, &settled, &outcomes, &sum)
	if err != nil {
		return c, false, false, err
	}
	whole := odd < 0 && settled.Valid && sum.Valid && judge(sum.Int64, new(summer).verdict(p.run, p.seq, settled.Int64, outcomes.String)) == sound
	forgotten := route == pipeline.RouteForgotten
	if whole && (settled.Int64 < cut || !forgotten && !mayTellOpen(outcomes.String)) {
		return c, false, false, nil
	}
	err = s.query(ctx, func(scan func(...any) error) error {
		c, _, err = scanCall(scan)
		return err
	}, "SELECT "+callColumns(sumsVersion)+" FROM calls c WHERE rowid = ?", p.row)
	switch {
	case errors.Is(err, errDamagedCall):
		return c, true, true, nil
	case err != nil:
		return c, false, false, fmt.Errorf("journal, call %d of run %s: %w", p.seq, p.run, err)
	}
	return c, true, false, nil
}

// mayTellOpen reports whether outcomes, as they are written, may tell of a call that is open.
func mayTellOpen(outcomes string) bool {
	return strings.Contains(outcomes, strconv.Quote(string(pipeline.Unknown))) || strings.Contains(outcomes, `"partly":true`)
}
