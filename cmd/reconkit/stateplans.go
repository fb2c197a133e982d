package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/reconkit/reconkit/pipeline"
)

// plansOfPerson are plan files in some folders, and files beside them.
type plansOfPerson struct {
	about  []string // plans that mention the person
	closed []string // those that are encrypted, or encrypted for others
	stuck  []string // those of about that an interrupted apply needs
	beside []string // files of approvals, questions and answers that mention the person
	others []string // other files that do

	digests map[string]string // of the plans of about, by file
}

// Limits of looking through the folders of plans.
const (
	planFilesMax   = 100_000
	otherBytesMax  = 64 << 20 // of a file that is no plan
	linkedDepthMax = 20       // links to folders within each other
)

// personFiles looks through folders for what is about a person.
type personFiles struct {
	*plansOfPerson
	app    *app
	person *pipeline.Person
	files  int
	seen   map[string]bool // real places
}

// plansAbout finds the plan files that mention a person, and names the other files
// that do. A file that seems to be a plan and cannot be read is an error, since
// nobody knows whom it is about. Links are followed.
func (a *app) plansAbout(person *pipeline.Person, folders []string) (*plansOfPerson, error) {
	w := &personFiles{plansOfPerson: &plansOfPerson{digests: map[string]string{}}, app: a, person: person, seen: map[string]bool{}}
	for _, folder := range folders {
		if err := w.folder(folder, 0); err != nil {
			return nil, fmt.Errorf("--plans %s: %w", folder, err)
		}
	}
	return w.plansOfPerson, nil
}

// folder looks through a folder, which may be a link to one, or a file.
func (w *personFiles) folder(path string, depth int) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	if w.seen[real] {
		return nil
	}
	if depth > linkedDepthMax {
		return fmt.Errorf("%s: more than %d links lead into each other", path, linkedDepthMax)
	}
	return filepath.WalkDir(real, func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		shownAt := path
		if rel, err := filepath.Rel(real, at); err == nil {
			shownAt = filepath.Join(path, rel)
		}
		switch {
		case d.Type()&fs.ModeSymlink != 0:
			if _, err := os.Stat(at); errors.Is(err, fs.ErrNotExist) {
				return nil // it leads nowhere
			}
			return w.folder(shownAt, depth+1)
		case d.IsDir():
			w.seen[at] = true
			return nil
		case !d.Type().IsRegular() || w.seen[at]:
			return nil
		}
		w.seen[at] = true
		if w.files++; w.files > planFilesMax {
			return fmt.Errorf("there are more than %d files; name the folder of the plans", planFilesMax)
		}
		return w.file(shownAt, at)
	})
}

// file looks into a file, which is called path and really is at a place.
func (w *personFiles) file(path, place string) error {
	kind, err := planKind(place)
	switch {
	case err != nil:
		return err
	case kind == notAPlan:
		return w.other(path, place)
	case kind == encryptedPlan && len(w.app.identities) == 0:
		w.closed = append(w.closed, path)
		return nil
	}
	plan, err := w.app.readPlan(place)
	if errors.Is(err, errForOthers) {
		w.closed = append(w.closed, path)
		return nil
	}
	if err != nil {
		return &codeError{code: exitError, err: fmt.Errorf("%w: whether it is about the person cannot be told; remove it, or move it away", err)}
	}
	about, err := planAbout(w.person, plan)
	if err == nil && about {
		w.about = append(w.about, place)
		w.digests[place] = plan.Digest
	}
	return err
}

// other looks into a file that is no plan.
func (w *personFiles) other(path, place string) error {
	for _, part := range []string{"", "-wal", "-shm", "-journal"} {
		if onePlace(place, w.app.statePath+part) {
			return nil // the memory itself
		}
	}
	f, err := os.Open(place)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, otherBytesMax))
	if err != nil || !w.person.Mentioned(string(text)) {
		return err
	}
	if what := besideWhat(text); what != "" {
		w.beside = append(w.beside, path+": "+what)
	} else {
		w.others = append(w.others, path)
	}
	return nil
}

// besideWhat says what a file is that belongs to plans and matching, and what to do
// about it; "" for any other.
func besideWhat(text []byte) string {
	head, _, _ := bytes.Cut(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), []byte("\n"))
	has := func(words ...string) bool {
		return !slices.ContainsFunc(words, func(word string) bool { return !bytes.Contains(head, []byte(word)) })
	}
	switch {
	case approvalsHead.Match(text):
		return "approvals of a plan; remove it: they are of no use for a twin"
	case answersHead.Match(text):
		return "answers about who is who; take out by hand what names the person"
	case has(questionTie, questionAnswer, questionA+".", questionB+"."):
		return "questions about who is who; remove it, or write them again afterwards"
	}
	return ""
}

// answersHead is how a file of decisions begins, behind comments: with a list whose
// first entry has one of its keys. Text that only quotes an answer does not.
var answersHead = regexp.MustCompile(`^(?:\x{feff})?(?:\s*(?:#[^\n]*|---)?\r?\n)*\s*(?:-\s*|\[\s*)\{?\s*"?(?:a|b|same|who|when|note|seen)"?\s*:\s`)

// planAbout reports whether anything in a plan is about the person.
func planAbout(person *pipeline.Person, p *pipeline.Plan) (bool, error) {
	if p.Header.Redacted != "" {
		return false, nil
	}
	for i := range p.Changes {
		b := &p.Header.Bindings[p.Changes[i].Binding]
		if person.Owns(p.RowsOf(b), b.Identity, &p.Changes[i]) {
			return true, nil
		}
	}
	for i := range p.Header.Bindings {
		b := &p.Header.Bindings[i]
		for _, l := range b.Links {
			if person.HasRow(pipeline.PipelineRow{Pipeline: p.RowsOf(b), RowKey: pipeline.RowKey{Source: l.Source, ID: l.ID}}) {
				return true, nil
			}
		}
	}
	for i := range p.Blocked {
		if blockedAbout(person, p, &p.Blocked[i]) {
			return true, nil
		}
	}
	text, err := json.Marshal(p)
	return person.MentionedIn(text), err
}

// blockedAbout reports whether a blocked row is about the person.
func blockedAbout(person *pipeline.Person, p *pipeline.Plan, blocked *pipeline.BlockedRow) bool {
	for i := range p.Header.Bindings {
		b := &p.Header.Bindings[i]
		for _, o := range blocked.Rows {
			if b.Model == blocked.Model && o.ID != "" && person.HasRow(pipeline.PipelineRow{Pipeline: p.RowsOf(b), RowKey: pipeline.RowKey{Source: o.Source, ID: o.ID}}) {
				return true
			}
		}
	}
	return false
}

// unsettled notes which plans an interrupted apply needs.
func (p *plansOfPerson) unsettled(open map[string]bool) {
	for _, path := range p.about {
		if open[p.digests[path]] {
			p.stuck = append(p.stuck, path)
		}
	}
}

// redact puts the twins without personal data in the place of the plans.
func (a *app) redact(p *plansOfPerson) error {
	for _, path := range p.about {
		plan, err := a.readPlan(path)
		if err != nil {
			return err
		}
		if err := a.writePlan(path, plan.Redacted()); err != nil {
			return err
		}
	}
	return nil
}

// code is the exit code for what was not looked into, or is left to a person.
func (p *plansOfPerson) code() error {
	var left []error
	if n := len(p.closed); n > 0 {
		left = append(left, fmt.Errorf("encrypted plan files were not looked into: %d; remove them, or name an identity that opens them with --identity", n))
	}
	if n := len(p.beside); n > 0 {
		left = append(left, fmt.Errorf("files of approvals, questions or answers still hold the address: %d", n))
	}
	if len(left) == 0 {
		return nil
	}
	return &codeError{code: exitBlocked, err: errors.Join(left...)}
}

// planForm says what kind of file is at a place.
type planForm int

const (
	notAPlan planForm = iota
	plainPlan
	encryptedPlan
)

// planKind looks at how a file begins.
func planKind(path string) (planForm, error) {
	f, err := os.Open(path)
	if err != nil {
		return notAPlan, err
	}
	defer f.Close()
	head := make([]byte, len(encryptedMagic))
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return notAPlan, err
	}
	switch head = head[:n]; {
	case string(head) == encryptedMagic:
		return encryptedPlan, nil
	case len(head) >= len(planMagic) && string(head[:len(planMagic)]) == planMagic:
		return plainPlan, nil
	default:
		return notAPlan, nil
	}
}
