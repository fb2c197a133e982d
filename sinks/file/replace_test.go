package file

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// A file that somebody replaces between the reading and the renaming is not
// overwritten: what they wrote stays, and Apply starts over with it.
func TestAFileThatChangesMeanwhileIsNotOverwritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(path, []byte("email,name\na@example.com,Anna\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	schema := pipeline.MustSchema(pipeline.Field{Name: "email", Type: pipeline.String}, pipeline.Field{Name: "name", Type: pipeline.String})
	target, err := New(Config{Path: path, Key: []string{"email"}, Schema: schema})
	if err != nil {
		t.Fatal(err)
	}
	d, err := target.read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const theirs = "email,name\na@example.com,Anna Weber\n"
	if err := os.WriteFile(path, []byte(theirs), 0o600); err != nil {
		t.Fatal(err)
	}
	edit := &edits{deleted: map[int]bool{0: true}}
	if err := target.replace(t.Context(), d, edit); !errors.Is(err, errChanged) {
		t.Errorf("replace: %v", err)
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != theirs {
		t.Errorf("the file holds %q, %v", got, err)
	}
	outcomes, err := target.Apply(t.Context(), []pipeline.Change{{ID: "u", Action: pipeline.Update, Target: "a@example.com",
		Fields: []pipeline.FieldChange{{Field: "name", Before: pipeline.StringValue("Anna"), After: pipeline.StringValue("A")}}}})
	if err != nil || outcomes[0].Status != pipeline.Drifted {
		t.Errorf("a change planned on the old file: %v, %v", outcomes, err)
	}
}
