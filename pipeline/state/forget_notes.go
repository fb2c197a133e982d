package state

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/reconkit/reconkit/pipeline"
)

// eraseNotes takes out of the runs what people wrote to their decisions about the person:
// to a change that was erased, to a record of the person, or with the address in it.
func (e *eraser) eraseNotes(ctx context.Context, erased map[string]map[string]bool) error {
	changed := map[string]string{}
	err := eachRow(ctx, e.tx, func(scan func(...any) error) error {
		var run, target, text string
		if err := scan(&run, &target, &text); err != nil {
			return err
		}
		about := aboutRun{PlanBinding: &pipeline.PlanBinding{}}
		if err := json.Unmarshal([]byte(text), &about); err != nil {
			return fmt.Errorf("plan of run %s: %w; look at it with state check", run, err)
		}
		if about.Approval == nil {
			return nil
		}
		touched := false
		for i := range about.Approval.Notes {
			n := &about.Approval.Notes[i]
			own := n.On == pipeline.NoteOnChange && erased[run][n.Name] || n.Record != "" && e.person.Records[pipeline.RecordKey{Target: target, Record: n.Record}]
			if own || e.mentions(n) {
				*n, touched = pipeline.ApprovalNote{On: n.On, Name: n.Name, Said: n.Said, Note: pipeline.LabelErased}, true
			}
		}
		if !touched {
			return nil
		}
		text, err := toJSON(about)
		changed[run] = text
		return err
	}, "SELECT p.run, r.target, p.binding FROM run_plans p JOIN runs r ON r.id = p.run")
	if err != nil {
		return err
	}
	var sums summer
	for run, text := range changed {
		if err := e.exec(ctx, "UPDATE run_plans SET binding = ?, sum = ? WHERE run = ?", text, sums.of("run_plans", 1, run, text), run); err != nil {
			return err
		}
	}
	return nil
}
