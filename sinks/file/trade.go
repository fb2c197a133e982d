package file

import (
	"slices"

	"github.com/reconkit/reconkit/pipeline"
)

// mover is an update that will be carried out unless its new keys collide.
type mover struct {
	change *pipeline.Change
	record int
}

// expect finds out which records give up a key in this call. An update whose
// new key another record keeps is not carried out, so that its own key stays
// taken: the question is asked again until nothing changes.
func (a *application) expect(changes []pipeline.Change) {
	var movers []mover
	for i := range changes {
		c := &changes[i]
		if c.Action != pipeline.Update || a.unfit(c) != "" {
			continue
		}
		if r, found := a.find(c); found && !a.shows(r, c) && a.drift(r, c) == "" && a.movesKey(r, c) {
			movers = append(movers, mover{c, r})
		}
	}
	for {
		a.leaving = a.leavers(movers)
		taken := a.takers(movers)
		stay := slices.DeleteFunc(slices.Clone(movers), func(m mover) bool {
			return a.collision(m.record, m.change) != "" || a.contested(m, taken)
		})
		if len(stay) == len(movers) {
			return
		}
		movers = stay
	}
}

// movesKey reports whether an update changes a key of its record.
func (a *application) movesKey(record int, c *pipeline.Change) bool {
	return slices.ContainsFunc(c.Fields, func(fc pipeline.FieldChange) bool { return a.moves(record, fc) })
}

func (a *application) moves(record int, fc pipeline.FieldChange) bool {
	f := a.target.schema.Index(fc.Field)
	return slices.Contains(a.target.config.Key, fc.Field) && a.key(fc.Field, fc.After) != a.key(fc.Field, a.value(record, f))
}

func (a *application) leavers(movers []mover) map[string]map[int]bool {
	leaving := map[string]map[int]bool{}
	for _, m := range movers {
		for _, fc := range m.change.Fields {
			if !a.moves(m.record, fc) {
				continue
			}
			if leaving[fc.Field] == nil {
				leaving[fc.Field] = map[int]bool{}
			}
			leaving[fc.Field][m.record] = true
		}
	}
	return leaving
}

// takers counts the updates that want each key.
func (a *application) takers(movers []mover) map[pipeline.Key]int {
	taken := map[pipeline.Key]int{}
	for _, m := range movers {
		for _, fc := range m.change.Fields {
			if a.moves(m.record, fc) {
				taken[a.key(fc.Field, fc.After)]++
			}
		}
	}
	return taken
}

func (a *application) contested(m mover, taken map[pipeline.Key]int) bool {
	return slices.ContainsFunc(m.change.Fields, func(fc pipeline.FieldChange) bool {
		k := a.key(fc.Field, fc.After)
		return a.moves(m.record, fc) && k.Value != "" && taken[k] > 1
	})
}
