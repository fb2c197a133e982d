package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
)

// fileForm is what a file seems to hold, by how it begins and what it is called.
type fileForm string

const (
	formUnknown   fileForm = ""
	formPlan      fileForm = "a plan"
	formEncrypted fileForm = "an encrypted plan"
	formState     fileForm = "an SQLite database, such as a state file or a sandbox"
	formParquet   fileForm = "a Parquet file"
	formApprovals fileForm = "a file of approvals"
	formReview    fileForm = "a file of questions of match review"
	formQuestions fileForm = "a file of questions of match run"
	formPipeline  fileForm = "a pipeline"
	formCSV       fileForm = "a CSV file"
	formMarkup    fileForm = "a page of HTML or XML"
	formJSON      fileForm = "JSON"
)

// formHeadBytes is how much of a file is looked at.
const formHeadBytes = 4 << 10

var (
	approvalsHead = regexp.MustCompile(`^\s*\{\s*"format"\s*:\s*\d+\s*,\s*"plan"\s*:`)
	questionsHead = regexp.MustCompile(`^"?` + questionTie + `"?[,;\t]"?` + questionAnswer + `"?[,;\t]("?` + reviewNote + `\b)?`)
	markupHead    = regexp.MustCompile(`(?i)^\s*<(!doctype|html|\?xml)\b`)
	jsonHead      = regexp.MustCompile(`^\s*(\{\s*"|\[\s*[{\["])`)
	pipelineHead  = regexp.MustCompile(`(?m)^(version|sources|models|sinks|targets):`)
)

// formOf looks at a file. One that cannot be read is of no known form: whoever reads it
// says why.
func formOf(path string) fileForm {
	head, name := headOf(path), strings.ToLower(filepath.Ext(path))
	switch {
	case head == nil:
		return formUnknown
	case bytes.HasPrefix(head, []byte(planMagic)):
		return formPlan
	case bytes.HasPrefix(head, []byte(encryptedMagic)):
		return formEncrypted
	case bytes.HasPrefix(head, []byte("SQLite format 3\x00")):
		return formState
	case bytes.HasPrefix(head, []byte("PAR1")):
		return formParquet
	case approvalsHead.Match(head):
		return formApprovals
	case questionsHead.Match(head):
		if len(questionsHead.FindSubmatch(head)[1]) > 0 {
			return formReview
		}
		return formQuestions
	case name == ".csv" || name == ".tsv":
		return formCSV
	case pipelineHead.Match(head):
		return formPipeline
	default:
		return formUnknown
	}
}

// formOfRows is formOf, and tells text that is called CSV and is none.
func formOfRows(path string) fileForm {
	form := formOf(path)
	if form != formCSV && form != formUnknown {
		return form
	}
	switch head := headOf(path); {
	case markupHead.Match(head):
		return formMarkup
	case jsonHead.Match(head):
		return formJSON
	}
	return form
}

// headOf is the beginning of a file; nil where it cannot be looked at.
func headOf(path string) []byte {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil // a pipe can be opened and read once only
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	head := make([]byte, formHeadBytes)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return bytes.TrimPrefix(head[:n], []byte("\ufeff")) // which editors of Windows write
}

// wantsPipeline, wantsPlan and wantsRows tell the commands whose arguments are of one form.
func wantsPipeline(c *cobra.Command) bool {
	switch c.CommandPath() {
	case "reconkit plan", "reconkit validate", "reconkit export", "reconkit explain", "reconkit test", "reconkit preview", "reconkit match review", "reconkit match learn":
		return true
	}
	return false
}

func wantsPlan(c *cobra.Command) bool {
	switch c.CommandPath() {
	case "reconkit show", "reconkit apply", "reconkit plan redact":
		return true
	}
	return false
}

func wantsRows(c *cobra.Command) bool {
	switch c.CommandPath() {
	case "reconkit init", "reconkit match run", "reconkit match eval", "reconkit match explain", "reconkit match profile":
		return true
	}
	return false
}

// checkForms refuses arguments that are evidently files of another kind, and says what
// they are for.
func (a *app) checkForms(c *cobra.Command, args []string) error {
	for _, path := range args {
		form := formOf(path)
		switch {
		case path == "-" && wantsPipeline(c):
			return fmt.Errorf("%s reads the pipeline from a file, since the paths in it begin at its folder; name one instead of -", c.CommandPath())
		case path == "-" && wantsPlan(c):
			return fmt.Errorf("%s reads the plan from a file; name one instead of -", c.CommandPath())
		case wantsPipeline(c) && form != formUnknown && form != formPipeline:
			use := a.useOf(form, path)
			if form == formCSV && c.CommandPath() == "reconkit match review" {
				use = "to find the duplicates of the file alone: " + a.commandOf("reconkit match run", path).with("out", "clusters.csv").with("questions", "questions.csv").String() + "; " + use
			}
			return fmt.Errorf("%s is %s, and %s wants a pipeline; %s", diag.Printable(path), form, c.CommandPath(), use)
		case wantsRows(c):
			if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
				return fmt.Errorf("%s is no regular file, and files of rows are read more than once; write the rows to a file first%s", diag.Printable(path), orStdin(c))
			}
			if form = formOfRows(path); form == formUnknown || form == formCSV || form == formParquet {
				continue
			}
			return fmt.Errorf("%s is %s, and %s wants files of rows, CSV or Parquet; %s", diag.Printable(path), form, c.CommandPath(), a.useOf(form, path))
		case wantsPlan(c) && form != formUnknown && form != formPlan && form != formEncrypted:
			return &pipeline.PlanFileError{Reason: fmt.Sprintf("%s is %s, and %s wants a plan; %s", diag.Printable(path), form, c.CommandPath(), a.useOf(form, path))}
		}
	}
	return nil
}

// orStdin says which commands keep what standard input holds.
func orStdin(c *cobra.Command) string {
	if c.Name() == "init" {
		return ""
	}
	return ", or give them to standard input and write - for its name"
}

// checkForm refuses the value of a flag that is evidently a file of another kind.
func (a *app) checkForm(flag, path string, wanted fileForm, what string) error {
	if form := formOf(path); form != formUnknown && form != wanted {
		return fmt.Errorf("--%s %s: that is %s, and not %s; %s", flag, diag.Printable(path), form, what, a.useOf(form, path))
	}
	return nil
}

// useOf says what a file is for.
func (a *app) useOf(form fileForm, path string) string {
	line := func(command string) *commandLine { return a.commandOf("reconkit "+command, path) }
	switch form {
	case formPlan:
		return "to see it: " + line("show").String()
	case formEncrypted:
		return "to see it: " + line("show").String() + " --identity and the file of your age identity"
	case formState:
		return "a state file is named with --state, a sandbox in base_url of the pipeline"
	case formApprovals:
		return "give it to apply, behind the plan, with --approvals"
	case formReview:
		return "give it to match review with --answers, behind the pipeline whose questions they are"
	case formQuestions:
		return "give it to match run with --answers, behind the files whose rows they are about"
	case formMarkup, formJSON:
		return "write its rows as CSV first"
	case formPipeline:
		return "to make a plan of it: " + line("plan").with("o", planOutDefault).String()
	default:
		return "to write a pipeline that reads it: " + line("init").String()
	}
}

// fileFlags are the flags that name a file, but for those of rows that match writes, and
// ownDash the commands that say themselves what -o - means.
var (
	fileFlags = []string{"out", "approve-out", "approvals", "decisions", "answers", "save-weights", "weights", "given-up", "rejects", "from-rejects", "truth", "clusters", "state"}
	ownDash   = []string{"reconkit init", "reconkit export", "reconkit state export", "reconkit match run"}
)

// checkDashes refuses - where it would be the name of a file: nobody wants one of that name,
// and it means standard output elsewhere.
func checkDashes(c *cobra.Command) error {
	for _, name := range fileFlags {
		f := c.Flags().Lookup(name)
		if f == nil || f.Value.String() != toStdout || name == "out" && slices.Contains(ownDash, c.CommandPath()) {
			continue
		}
		return fmt.Errorf("--%s -: %s wants a file there, and - is none; give it a name", name, c.CommandPath())
	}
	return nil
}
