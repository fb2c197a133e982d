package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/reconkit/reconkit/pipeline"
)

// plansOfPerson are plan files in some folders.
type plansOfPerson struct {
	about  []string // those that mention the person
	closed []string // those that are encrypted
}

// planFilesMax is how many files the folders of plans may hold.
const planFilesMax = 100_000

// plansAbout finds the plan files that mention a person. A file that seems to be a
// plan and cannot be read is an error, since nobody knows whom it is about.
func (a *app) plansAbout(person *pipeline.Person, folders []string) (*plansOfPerson, error) {
	p := &plansOfPerson{}
	files := 0
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			if files++; files > planFilesMax {
				return fmt.Errorf("there are more than %d files; name the folder of the plans", planFilesMax)
			}
			return a.lookIntoPlan(p, person, path)
		})
		if err != nil {
			return nil, fmt.Errorf("--plans %s: %w", folder, err)
		}
	}
	return p, nil
}

func (a *app) lookIntoPlan(p *plansOfPerson, person *pipeline.Person, path string) error {
	kind, err := planKind(path)
	if err != nil || kind == notAPlan {
		return err
	}
	if kind == encryptedPlan && len(a.identities) == 0 {
		p.closed = append(p.closed, path)
		return nil
	}
	plan, err := a.readPlan(path)
	if err != nil {
		return &codeError{code: exitError, err: fmt.Errorf("%w: whether it is about the person cannot be told; remove it, or move it away", err)}
	}
	about, err := planAbout(person, plan)
	if err == nil && about {
		p.about = append(p.about, path)
	}
	return err
}

// planAbout reports whether anything in a plan is about the person.
func planAbout(person *pipeline.Person, p *pipeline.Plan) (bool, error) {
	if p.Header.Redacted != "" {
		return false, nil
	}
	for i := range p.Changes {
		if person.Owns(p.Header.Bindings[p.Changes[i].Binding].Identity, &p.Changes[i]) {
			return true, nil
		}
	}
	for _, b := range p.Header.Bindings {
		for _, l := range b.Links {
			if person.Rows[pipeline.RowKey{Source: l.Source, ID: l.ID}] {
				return true, nil
			}
		}
	}
	text, err := json.Marshal(p)
	return person.MentionedIn(text), err
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

// code is the exit code for what was not looked into.
func (p *plansOfPerson) code() error {
	if len(p.closed) == 0 {
		return nil
	}
	return &codeError{code: exitBlocked, err: fmt.Errorf("encrypted plan files were not looked into: %d; remove them, or look at them with show --identity", len(p.closed))}
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
