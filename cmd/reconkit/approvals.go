package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/pipeline"
)

// approveFlags are those of the commands that write approvals.
type approveFlags struct {
	out     string
	plain   bool
	carried *pipeline.Carried // answers about an earlier plan; nil: none
}

// carry takes the answers about an earlier plan, if there are any, into a plan.
func (f *planFlags) carry(name string, opt *pipeline.Options) error {
	if f.approvals == "" {
		return nil
	}
	d, err := openApprovals(f.approvals)
	if err == nil {
		f.approve.carried, err = d.Carry(name)
	}
	if err != nil {
		return fmt.Errorf("--approvals %s: %w", f.approvals, err)
	}
	opt.Declines = f.approve.carried.Over(opt.Declines, opt.Now)
	return nil
}

func (f *approveFlags) register(c *cobra.Command) {
	c.Flags().StringVar(&f.out, "approve-out", "", "file in which to accept or decline classes of changes and single ones, and to answer conflicts, for apply --approvals")
	c.Flags().BoolVar(&f.plain, "plain-approvals", false, "write the file of --approve-out although the plan is encrypted: it names each contact, and is not")
}

// check refuses, before anything is read, a place at which something else would be
// lost, and approvals that would tell what the plan keeps secret.
func (f *approveFlags) check(plan string, encrypted bool) error {
	switch {
	case f.out == "":
		return nil
	case encrypted && !f.plain:
		return fmt.Errorf("--approve-out %s: the plan is encrypted, and its approvals would not be, though they name each contact; add --plain-approvals if you want that, and remove the file afterwards", f.out)
	case onePlace(f.out, plan):
		return fmt.Errorf("--approve-out %s: that is the plan itself; give the approvals another name", f.out)
	}
	if _, err := oldApprovals(f.out); err != nil {
		return fmt.Errorf("--approve-out %s: %w", f.out, err)
	}
	return checkFolder("--approve-out", f.out)
}

// write writes the approvals that a person is to fill in about a plan: a file for its
// owner alone, since it names contacts. Answers that were given already are not written
// over, unless they are about another plan.
func (f *approveFlags) write(p *pipeline.Plan) error {
	if f.out == "" {
		return nil
	}
	if err := spareApprovals(f.out, p); err != nil {
		return fmt.Errorf("--approve-out %s: %w", f.out, err)
	}
	open := p.Undecided()
	if f.carried != nil {
		f.carried.Fill(open)
	}
	var b bytes.Buffer
	if err := open.Write(&b); err != nil {
		return err
	}
	if err := writePrivate(f.out, b.Bytes()); err != nil {
		return fmt.Errorf("--approve-out: %w", err)
	}
	return nil
}

func spareApprovals(path string, p *pipeline.Plan) error {
	if p.Header.Redacted != "" {
		return errors.New("the plan is a twin without personal data, which cannot be applied; write the approvals of the plan that it was made from, or make the plan again where state forget put the twin in its place")
	}
	d, err := oldApprovals(path)
	if err != nil {
		return err
	}
	if d != nil && d.Plan == p.Digest && d.Answered() {
		return errors.New("it holds answers about this very plan; give the new file another name")
	}
	return nil
}

// oldApprovals reads the approvals at a place; nil when nothing is there.
func oldApprovals(path string) (*pipeline.Approvals, error) {
	old, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer old.Close()
	d, err := pipeline.ReadApprovals(old)
	if err != nil {
		return nil, errors.New("the file is there and does not hold approvals; give them another name")
	}
	return d, nil
}

// readApprovals reads the approvals of a plan.
func (a *app) readApprovals(path string, p *pipeline.Plan) (*pipeline.Approvals, error) {
	d, err := openApprovals(path)
	if err == nil {
		err = d.Fit(p)
	}
	if err != nil {
		return nil, fmt.Errorf("--approvals %s: %w", path, err)
	}
	return d, nil
}

// checkAnswered refuses approvals that nobody has filled in yet, where there is something
// to decide.
func checkAnswered(path string, d *pipeline.Approvals, p *pipeline.Plan) error {
	open := p.Undecided()
	if d.Answered() || len(p.Changes)+len(open.Conflicts) == 0 {
		return nil
	}
	var how []string
	if len(p.Changes) > 0 {
		how = append(how, `true or false behind "accept" of classes or rows, or behind "rest"`)
	}
	if len(open.Conflicts) > 0 {
		how = append(how, `"ours" or "theirs" behind "take" of conflicts`)
	}
	return &codeError{code: exitBlocked, err: fmt.Errorf("--approvals %s: nothing is decided in it yet; write %s; nothing was sent", path, strings.Join(how, ", and "))}
}

// openApprovals reads a file of approvals, of whichever plan.
func openApprovals(path string) (*pipeline.Approvals, error) {
	if form := formOf(path); form != formUnknown && form != formApprovals {
		return nil, &pipeline.ApprovalsError{Reason: fmt.Sprintf("that is %s, and not %s; write one with show PLAN --approve-out FILE", form, formApprovals)}
	}
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return pipeline.ReadApprovals(in)
}
