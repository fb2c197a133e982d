package review

import (
	"slices"

	"github.com/reconkit/reconkit/pipeline"
)

// outward shows the changes that people outside will notice apart from the others: all
// where there are few changes, and else the first. It returns those that are still to be
// told: the others, or all where some of these are only counted.
func (v *view) outward(p *pipeline.Plan, few bool) []*pipeline.Change {
	all := make([]*pipeline.Change, len(p.Changes))
	var noticed []*pipeline.Change
	for i := range p.Changes {
		c := &p.Changes[i]
		if all[i] = c; isOutward(c) {
			noticed = append(noticed, c)
		}
	}
	if len(noticed) == 0 {
		return all
	}
	v.title(yellow, "changes that people outside may notice, such as by a message", len(noticed))
	head := v.headings(p)
	for i, c := range noticed {
		if i == listedMax && !few {
			v.line("  ... %s more, told by class below", group(len(noticed)-i))
			return all
		}
		head(c)
		v.change(c)
	}
	return slices.DeleteFunc(all, isOutward)
}
