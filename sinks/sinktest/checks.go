package sinktest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// manyRecords is the number of records of the checks that need many: more than
// one call of an API that takes a thousand.
const manyRecords = 1100 // records

func checkIdentity(ctx context.Context, t testing.TB, h Harness) error {
	w, err := open(ctx, t, h, nil)
	if err != nil {
		return err
	}
	target, ok := w.sink.(pipeline.Target)
	if !ok {
		return nil
	}
	if id := target.Identity(); id == "" || id != target.Identity() {
		return fmt.Errorf("identity %q is empty or changes", id)
	}
	schema, err := target.Schema(ctx)
	if err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	if len(target.Keys()) == 0 {
		return errors.New("target has no keys")
	}
	for _, k := range target.Keys() {
		if schema.Index(k) < 0 {
			return fmt.Errorf("key %q is no field of the target", k)
		}
	}
	if f, ok := schema.Lookup(h.Update); !ok || f.ReadOnly || f.Type != pipeline.String {
		return fmt.Errorf("field %q is not a writable string of the target", h.Update)
	}
	return nil
}

func checkEmpty(ctx context.Context, t testing.TB, h Harness) error {
	w, err := open(ctx, t, h, nil)
	if err != nil {
		return err
	}
	return w.expect(ctx)
}

func checkSeed(ctx context.Context, t testing.TB, h Harness) error {
	seed := seeds(h, 3)
	w, err := open(ctx, t, h, seed)
	if err != nil {
		return err
	}
	if err := w.expect(ctx, seed...); err != nil {
		return err
	}
	first, err := w.present(ctx)
	if err != nil {
		return err
	}
	again, err := w.present(ctx)
	if err != nil {
		return err
	}
	for key, group := range first {
		if len(again[key]) != 1 || again[key][0].id != group[0].id {
			return fmt.Errorf("the id of %q is not the same in the second reading", key)
		}
	}
	return nil
}

func checkNoChanges(ctx context.Context, t testing.TB, h Harness) error {
	seed := seeds(h, 2)
	w, err := open(ctx, t, h, seed)
	if err != nil {
		return err
	}
	got, err := w.sink.Apply(ctx, nil)
	if err != nil || len(got) != 0 {
		return fmt.Errorf("no changes have %d outcomes and the error %v", len(got), err)
	}
	return w.expect(ctx, seed...)
}

func checkPack(ctx context.Context, t testing.TB, h Harness) error {
	w, err := open(ctx, t, h, seeds(h, 3))
	if err != nil {
		return err
	}
	changes, _, err := w.mixed(ctx)
	if err != nil {
		return err
	}
	order := func() ([]string, error) {
		calls, err := w.calls(ctx, changes)
		if err != nil {
			return nil, err
		}
		var ids []string
		for _, call := range calls {
			if len(call) == 0 {
				return nil, errors.New("a call carries no change")
			}
			for _, c := range call {
				ids = append(ids, c.ID)
			}
		}
		return ids, nil
	}
	first, err := order()
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, id := range first {
		if seen[id] {
			return fmt.Errorf("change %s travels twice", id)
		}
		seen[id] = true
	}
	if len(seen) != len(changes) {
		return fmt.Errorf("%d of %d changes travel", len(seen), len(changes))
	}
	again, err := order()
	if err != nil {
		return err
	}
	if fmt.Sprint(first) != fmt.Sprint(again) {
		return errors.New("the same changes are packed in another order")
	}
	return nil
}

// mixed plans two creates and two updates over three seeds, and what should be
// there afterwards.
func (w *world) mixed(ctx context.Context) ([]pipeline.Change, []Record, error) {
	after := seeds(w.h, 5)
	changes := []pipeline.Change{w.create(after[3]), w.create(after[4])}
	for _, i := range []int{0, 2} {
		s, err := w.find(ctx, after[i])
		if err != nil {
			return nil, nil, err
		}
		v := pipeline.StringValue(fmt.Sprintf("changed %d", i))
		after[i] = after[i].with(w.h.Update, v)
		changes = append(changes, w.update(s, w.h.Update, v))
	}
	return changes, after, nil
}

func checkOutcomes(ctx context.Context, t testing.TB, h Harness) error {
	w, err := open(ctx, t, h, seeds(h, 3))
	if err != nil {
		return err
	}
	changes, after, err := w.mixed(ctx)
	if err != nil {
		return err
	}
	outcomes, err := w.apply(ctx, changes...)
	if err != nil {
		return err
	}
	for _, c := range changes {
		if o := outcomes[c.ID]; !written(o) && o.Status != pipeline.Unknown {
			return fmt.Errorf("%s of %s ended as %s (%s)", c.Action, c.Label, o.Status, o.Message)
		}
	}
	return w.expect(ctx, after...)
}

func checkCreate(ctx context.Context, t testing.TB, h Harness) error {
	records := seeds(h, 2)
	w, err := open(ctx, t, h, records[:1])
	if err != nil {
		return err
	}
	c := w.create(records[1])
	outcomes, err := w.apply(ctx, c)
	if err != nil {
		return err
	}
	if err := w.expect(ctx, records...); err != nil {
		return err
	}
	s, err := w.find(ctx, records[1])
	if err != nil {
		return err
	}
	if id := outcomes[c.ID].Target; id != "" && id != s.id {
		return fmt.Errorf("the outcome names the record %q, the target shows it as %q", id, s.id)
	}
	return nil
}

func checkCreateMany(ctx context.Context, t testing.TB, h Harness) error {
	w, err := open(ctx, t, h, nil)
	if err != nil {
		return err
	}
	records := seeds(h, manyRecords)
	changes := make([]pipeline.Change, len(records))
	for i, r := range records {
		changes[i] = w.create(r)
	}
	if _, err := w.apply(ctx, changes...); err != nil {
		return err
	}
	return w.expect(ctx, records...)
}

func checkUpdate(ctx context.Context, t testing.TB, h Harness) error {
	records := seeds(h, 3)
	w, err := open(ctx, t, h, records)
	if err != nil {
		return err
	}
	s, err := w.find(ctx, records[1])
	if err != nil {
		return err
	}
	v := pipeline.StringValue("changed")
	if _, err := w.apply(ctx, w.update(s, h.Update, v)); err != nil {
		return err
	}
	records[1] = records[1].with(h.Update, v)
	if err := w.expect(ctx, records...); err != nil {
		return err
	}
	again, err := w.find(ctx, records[1])
	if err != nil {
		return err
	}
	if again.id != s.id {
		return fmt.Errorf("an update that leaves the keys alone changed the id from %q to %q", s.id, again.id)
	}
	return nil
}

func checkTexts(ctx context.Context, t testing.TB, h Harness) error {
	texts := h.Texts
	if texts == nil {
		texts = []string{"Straße Ærø 王小明", `a "quoted" word, and a comma`, "=1+1", "0123"}
	}
	records := seeds(h, len(texts))
	w, err := open(ctx, t, h, records)
	if err != nil {
		return err
	}
	var changes []pipeline.Change
	for i, text := range texts {
		s, err := w.find(ctx, records[i])
		if err != nil {
			return err
		}
		records[i] = records[i].with(h.Update, pipeline.StringValue(text))
		changes = append(changes, w.update(s, h.Update, pipeline.StringValue(text)))
	}
	if _, err := w.apply(ctx, changes...); err != nil {
		return err
	}
	return w.expect(ctx, records...)
}

func checkCreateTwice(ctx context.Context, t testing.TB, h Harness) error {
	records := seeds(h, 2)
	w, err := open(ctx, t, h, records[:1])
	if err != nil {
		return err
	}
	c := w.create(records[1])
	if _, err := w.apply(ctx, c); err != nil {
		return err
	}
	outcomes, err := w.apply(ctx, c)
	if err != nil {
		return fmt.Errorf("the repeated create: %w", err)
	}
	if o := outcomes[c.ID]; written(o) {
		return fmt.Errorf("the repeated create claims to be %s", o.Status)
	}
	return w.expect(ctx, records...)
}

func checkUpdateTwice(ctx context.Context, t testing.TB, h Harness) error {
	records := seeds(h, 2)
	w, err := open(ctx, t, h, records)
	if err != nil {
		return err
	}
	s, err := w.find(ctx, records[0])
	if err != nil {
		return err
	}
	v := pipeline.StringValue("changed")
	c := w.update(s, h.Update, v)
	for range 2 {
		outcomes, err := w.apply(ctx, c)
		if err != nil {
			return err
		}
		if o := outcomes[c.ID]; o.Status == pipeline.Refused || o.Status == pipeline.Blocked {
			return fmt.Errorf("an update that fits ended as %s (%s)", o.Status, o.Message)
		}
	}
	records[0] = records[0].with(h.Update, v)
	return w.expect(ctx, records...)
}

func checkCancelled(ctx context.Context, t testing.TB, h Harness) error {
	seed := seeds(h, 3)
	w, err := open(ctx, t, h, seed)
	if err != nil {
		return err
	}
	changes, _, err := w.mixed(ctx)
	if err != nil {
		return err
	}
	calls, err := w.calls(ctx, changes)
	if err != nil {
		return err
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	for _, call := range calls {
		got, err := w.sink.Apply(done, call)
		if err == nil || !errors.Is(err, context.Canceled) {
			return fmt.Errorf("a cancelled context gives the error %v", err)
		}
		if got != nil {
			return fmt.Errorf("a cancelled context gives %d outcomes, though nothing was sent", len(got))
		}
	}
	return w.expect(ctx, seed...)
}

func checkDelete(ctx context.Context, t testing.TB, h Harness) error {
	records := seeds(h, 3)
	w, err := open(ctx, t, h, records)
	if err != nil {
		return err
	}
	s, err := w.find(ctx, records[1])
	if err != nil {
		return err
	}
	c := w.remove(s)
	if _, err := w.apply(ctx, c); err != nil {
		return err
	}
	left := []Record{records[0], records[2]}
	if err := w.expect(ctx, left...); err != nil {
		return err
	}
	outcomes, err := w.apply(ctx, c)
	if err != nil {
		return fmt.Errorf("the repeated delete: %w", err)
	}
	if o := outcomes[c.ID]; written(o) {
		return fmt.Errorf("the repeated delete claims to be %s", o.Status)
	}
	return w.expect(ctx, left...)
}

func checkDrift(ctx context.Context, t testing.TB, h Harness) error {
	records := seeds(h, 2)
	w, err := open(ctx, t, h, records)
	if err != nil {
		return err
	}
	var changes []pipeline.Change
	for _, r := range records {
		s, err := w.find(ctx, r)
		if err != nil {
			return err
		}
		changes = append(changes, w.update(s, h.Update, pipeline.StringValue("changed")))
	}
	changes[0].Fields[0].Before = pipeline.StringValue("something that is not there")
	outcomes, err := w.apply(ctx, changes...)
	if err != nil {
		return err
	}
	if o := outcomes[changes[0].ID]; o.Status != pipeline.Drifted {
		return fmt.Errorf("a change whose before-image does not fit ended as %s", o.Status)
	}
	if o := outcomes[changes[1].ID]; !written(o) {
		return fmt.Errorf("the change beside one that drifted ended as %s (%s)", o.Status, o.Message)
	}
	records[1] = records[1].with(h.Update, pipeline.StringValue("changed"))
	return w.expect(ctx, records...)
}

func checkBreak(ctx context.Context, t testing.TB, h Harness) error {
	seed := seeds(h, 3)
	w, err := open(ctx, t, h, seed)
	if err != nil {
		return err
	}
	changes, _, err := w.mixed(ctx)
	if err != nil {
		return err
	}
	calls, err := w.calls(ctx, changes)
	if err != nil {
		return err
	}
	mend := h.Break(t, w.sink)
	for _, call := range calls {
		got, err := w.sink.Apply(ctx, call)
		if err == nil && got == nil {
			return errors.New("a request that failed has neither outcomes nor an error")
		}
		if got == nil {
			continue
		}
		if err := answers(call, got); err != nil {
			return err
		}
		for _, o := range got {
			if written(o) || o.Status == pipeline.Already {
				return fmt.Errorf("a request that failed claims that change %s is %s", o.Change, o.Status)
			}
		}
	}
	mend()
	return w.expect(ctx, seed...)
}
