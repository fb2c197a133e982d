package pipeline

import (
	"fmt"
	"slices"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// deleted plans the creation of a record that the run deleted. Its rows
// are those of a run that an undo took back; where a mirror deleted it they are gone, and as
// theirs it would be deleted again.
func (u *undoer) deleted(w *WrittenChange) {
	if _, there := u.index.byID(w.Target); there {
		u.out.Counts.Unchanged++
		return
	}
	ch := Change{Action: Create, Resource: u.Binding.Resource, Model: u.Binding.Model.Name, Label: w.Label, Labels: []string{LabelAgain}}
	if u.ofUndo {
		ch.Rows, ch.Known = w.Rows, u.linksTo(w)
	}
	for _, fc := range w.Fields {
		f, ok := u.field(fc.Field)
		if !ok || f.ReadOnly || blank(fc.Before) {
			continue
		}
		ch.Fields = append(ch.Fields, u.fieldUndone(f, Null(), fc.Before))
		if slices.Contains(u.Binding.Target.Keys(), f.Name) {
			ch.Keys = append(ch.Keys, Key{f.Name, fc.Before.String()})
		}
	}
	keys := u.Binding.Target.Keys()
	slices.SortStableFunc(ch.Keys, func(a, b Key) int { return slices.Index(keys, a.Field) - slices.Index(keys, b.Field) })
	switch found := u.index.carrying(ch.Keys); {
	case len(ch.Keys) == 0:
		u.leave(w, w.Label, CodeCannotCreate, "it has none of the keys "+fmt.Sprint(keys)+", so that a lost answer could double it", "create it by hand")
	case u.becameOther(w) != "":
		u.leave(w, w.Label, CodeCannotCreate, "its row became another record since: #"+diag.Shorten(u.becameOther(w), 60), "")
	case len(found) > 0:
		u.leave(w, w.Label, CodeCannotCreate, "another record has its key by now: #"+u.Present.Records.Record(int(found[0])).ID(), "")
	case !u.allowed[Create]:
		u.leave(w, w.Label, CodeCannotCreate, "the policy does not allow to create", "name create in allow: of the sink")
	case !u.Present.Evidence.Grade.AtLeast(u.Binding.Policy.Accept):
		u.leave(w, w.Label, CodeCannotCreate, "the list of the target is not proven to be whole ("+string(u.Present.Evidence.Grade)+")", absenceHint(u.Present.Evidence.Grade))
	default:
		ch.Key = ch.Keys[0]
		u.out.Counts.Create++
		u.keep(ch)
	}
}

// linksTo are the links that the rows of a deleted record still have to it.
func (u *undoer) linksTo(w *WrittenChange) (links []RowLink) {
	for _, o := range w.Rows {
		if o.ID != "" && u.Links[RowKey{o.Source, o.ID}] == w.Target {
			links = append(links, RowLink{Source: o.Source, ID: o.ID, Target: w.Target})
		}
	}
	return links
}

// becameOther is the record of the target that a row of a deleted one became since; "": none
// did.
func (u *undoer) becameOther(w *WrittenChange) string {
	for _, o := range w.Rows {
		if id := u.Links[RowKey{o.Source, o.ID}]; o.ID != "" && id != "" && id != w.Target {
			if _, there := u.index.byID(id); there {
				return id
			}
		}
	}
	return ""
}
