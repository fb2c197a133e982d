package main

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/reconkit/reconkit/dsl"
	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// typed is a command as a person typed it: the command, its arguments and the flags
// that were set.
type typed struct {
	path  string
	args  []string
	flags []typedFlag
}

type typedFlag struct {
	name, value string
	bare        bool // a switch that was turned on
}

// typedOf notes what was typed.
func typedOf(c *cobra.Command, args []string) typed {
	t := typed{path: c.CommandPath(), args: args}
	c.Flags().Visit(func(f *pflag.Flag) {
		switch list, many := f.Value.(pflag.SliceValue); {
		case many && f.Value.Type() == "stringArray":
			for _, v := range list.GetSlice() {
				t.flags = append(t.flags, typedFlag{name: f.Name, value: v})
			}
		case many:
			t.flags = append(t.flags, typedFlag{name: f.Name, value: strings.Join(list.GetSlice(), ",")})
		default:
			t.flags = append(t.flags, typedFlag{name: f.Name, value: f.Value.String(), bare: f.Value.Type() == "bool" && f.Value.String() == "true"})
		}
	})
	return t
}

// programName is how the program is called so that a shell finds it: by its name where
// the search path leads to it, and else as it was called. A program that was built for
// one run, as go run does, is called by its name: it lies in a temporary folder or in
// Go's cache of what it built, whose place the variable GOCACHE may name.
func programName(called, goCache string) string {
	const name = "reconkit"
	if !strings.ContainsRune(filepath.ToSlash(called), '/') || cachedBuild.MatchString(filepath.ToSlash(filepath.Dir(called))) {
		return name
	}
	for _, folder := range []string{os.TempDir(), goCache} {
		if folder != "" && strings.HasPrefix(called, filepath.Clean(folder)+string(filepath.Separator)) {
			return name
		}
	}
	if found, err := exec.LookPath(name); err == nil && sameFile(found, called) {
		return name
	}
	return filepath.ToSlash(called)
}

// cachedBuild is how the folder of a program is called that go run keeps: by the hash of
// what it was built from.
var cachedBuild = regexp.MustCompile(`/go-build/|/[0-9a-f]{2}/[0-9a-f]{64}-d$`)

func sameFile(a, b string) bool {
	inA, errA := os.Stat(a)
	inB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(inA, inB)
}

// commandLine is a command that is shown to be copied into a shell. All commands that
// are shown are made by it, so that none lacks a flag that it needs.
type commandLine struct{ words []string }

// commandOf begins a command with its arguments, which are names of files or runs.
func (a *app) commandOf(path string, args ...string) *commandLine {
	_, command, _ := strings.Cut(path, " ")
	c := &commandLine{words: []string{shellWord(cmp.Or(a.program, "reconkit")), command}}
	for _, arg := range args {
		if arg = filepath.ToSlash(arg); strings.HasPrefix(arg, "-") && arg != "-" {
			arg = "./" + arg
		}
		c.words = append(c.words, shellWord(arg))
	}
	return c
}

// with adds a flag, unless it is there.
func (c *commandLine) with(name, value string) *commandLine {
	c.words = append(c.words, flagWord(name), shellWord(value))
	return c
}

// on turns a switch on.
func (c *commandLine) on(name string) *commandLine {
	c.words = append(c.words, flagWord(name))
	return c
}

func flagWord(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// placeFlags are the flags whose values name files.
var placeFlags = []string{"state", "identity", "approvals", "decisions", "rejects", "approve-out", "out", "answers"}

// from adds the flags that were typed, of those that are wanted.
func (c *commandLine) from(t typed, wanted func(name string) bool) *commandLine {
	for _, f := range t.flags {
		if !wanted(f.name) {
			continue
		}
		value := f.value
		if slices.Contains(placeFlags, f.name) {
			value = filepath.ToSlash(value)
		}
		switch {
		case f.bare:
			c.on(f.name)
		case strings.HasPrefix(value, "-") || f.value == "false":
			c.words = append(c.words, flagWord(f.name)+"="+shellWord(value))
		default:
			c.with(f.name, value)
		}
	}
	return c
}

// only are the flags of these names; but are all others, without those that say how
// something is shown.
func only(names ...string) func(string) bool {
	return func(name string) bool { return slices.Contains(names, name) }
}

func but(names ...string) func(string) bool {
	names = append(names, "all", "detailed-exitcode", "format", "json", "log-format", "verbose")
	return func(name string) bool { return !slices.Contains(names, name) }
}

func (c *commandLine) String() string { return strings.Join(c.words, " ") }

// planOutDefault is the name that is proposed for a plan.
const planOutDefault = "plan.rkplan"

// nextStep is what is told below a plan: what to do or to know, and the command that
// goes on.
type nextStep struct{ note, command string }

// keepFirst is the step after a plan that was shown and not kept.
func (a *app) keepFirst(out string) nextStep {
	return nextStep{command: a.commandOf(a.typed.path, a.typed.args...).from(a.typed, but("out")).with("o", out).String()}
}

// applyStep is the step after a plan that is kept in a file. An encrypted one cannot be
// opened without the file of an identity, which nobody has named yet.
func (a *app) applyStep(p *pipeline.Plan, plan string, approvals string, where string) nextStep {
	if time.Now().After(p.Header.Expires) {
		return nextStep{note: "the plan expired, and cannot be applied any more; make it again"}
	}
	c := a.commandOf("reconkit apply", plan).from(a.typed, only("state", "identity"))
	var notes []string
	switch {
	case approvals == "":
	case len(p.Changes) == 0 && takes(p) == "":
		notes = append(notes, shellWord(filepath.ToSlash(approvals))+" asks nothing, since the plan changes nothing")
	default:
		c.with("approvals", filepath.ToSlash(approvals))
		notes = append(notes, "fill in "+shellWord(filepath.ToSlash(approvals))+" first: true accepts, false declines"+takes(p))
	}
	if where != "" {
		c.with("target-where", where)
	}
	if len(a.recipients) > 0 {
		notes = append(notes, "the plan is encrypted: apply it with "+c.String()+" --identity and the file of an age identity of one of its recipients")
		c = &commandLine{}
	}
	return nextStep{note: strings.Join(notes, "\n"), command: c.String()}
}

// Files that are proposed for what a person answers.
const (
	approvalsDefault = "approvals.json"
	questionsDefault = "questions.csv"
)

// answerStep is the step after a plan that has nothing to write, but waits for a person:
// for answers to conflicts in its approvals, or to questions about who is who. Plan is
// where it is kept, "" for nowhere; source is the pipeline that it was made of, "" where nobody
// knows, and undecided a model without a file for answers.
func (a *app) answerStep(p *pipeline.Plan, plan, source, undecided string) nextStep {
	switch {
	case takes(p) != "" && plan == "":
		return nextStep{note: "what both sides changed is answered in the approvals",
			command: a.commandOf(a.typed.path, a.typed.args...).from(a.typed, but("out")).with("o", planOutDefault).with("approve-out", approvalsDefault).String()}
	case takes(p) != "" && len(a.recipients)+len(a.identities) > 0:
		return nextStep{note: "what both sides changed is answered in the approvals, which show writes with --approve-out; they name contacts and are not encrypted"}
	case takes(p) != "":
		return nextStep{note: "what both sides changed is answered in the approvals",
			command: a.commandOf("reconkit show", plan).with("approve-out", approvalsDefault).String()}
	case len(p.Questions) == 0:
		return nextStep{}
	case undecided != "":
		return nextStep{note: "before questions can be answered, model " + diag.Printable(undecided) + " needs a file for the answers: add decisions: decisions.yaml to its dedupe section"}
	case source == "":
		return nextStep{note: "the questions are written and answered with reconkit match review and the pipeline"}
	default:
		return nextStep{command: a.commandOf("reconkit match review", source).from(a.typed, only("var", "batch-rows", "state")).with("out", questionsDefault).String()}
	}
}

// undecided is a model of a pipeline whose questions could not be answered, since it
// names no file for answers; "" when there is none.
func undecided(path string, p *pipeline.Pipeline, plan *pipeline.Plan) (string, error) {
	if len(plan.Questions) == 0 {
		return "", nil
	}
	r, err := dsl.NewReview(path, p)
	if err != nil {
		return "", err
	}
	without := r.WithoutDecisions()
	if len(without) == 0 {
		return "", nil
	}
	return without[0], nil
}

// takes says how conflicts are answered, where there are any.
func takes(p *pipeline.Plan) string {
	for i := range p.Blocked {
		if len(p.Blocked[i].Conflicts) > 0 {
			return `; take "ours" or "theirs" where both sides changed a field`
		}
	}
	return ""
}
