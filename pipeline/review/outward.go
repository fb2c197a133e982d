package review

import (
	"slices"

	"github.com/reconkit/reconkit/pipeline"
)

// outward shows the changes that people outside will notice apart from the
// others, and returns the others.
func (v *view) outward(p *pipeline.Plan) (others []pipeline.Change) {
	all := p.Changes
	var noticed []*pipeline.Change
	for i := range all {
		if slices.Contains(all[i].Labels, pipeline.LabelOutward) {
			noticed = append(noticed, &all[i])
			continue
		}
		others = append(others, all[i])
	}
	if len(noticed) == 0 {
		return all
	}
	v.title(yellow, "changes that people outside may notice, such as by a message", len(noticed))
	head := v.headings(p)
	v.each(len(noticed), func(i int) {
		head(noticed[i])
		v.change(noticed[i])
	})
	return others
}
