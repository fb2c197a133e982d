package examples

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestOwnSourceAndTargetFromOutside builds a module of its own that registers a
// source and a target of its own, and runs it: nothing that an embedder needs
// may be internal to this module.
func TestOwnSourceAndTargetFromOutside(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go command is not in PATH, so that no other module can be built")
	}
	dir, root := t.TempDir(), repository(t)
	copyFile(t, filepath.Join("testdata", "outside", "main.go"), filepath.Join(dir, "main.go"))
	copyFile(t, filepath.Join(root, "go.sum"), filepath.Join(dir, "go.sum"))
	// The requirements of the main module, under another name: every version is
	// then known without asking anybody.
	copyFile(t, filepath.Join(root, "go.mod"), filepath.Join(dir, "go.mod"))
	outside(t, dir, "mod", "edit", "-module=example.com/outside",
		"-require=github.com/reconkit/reconkit@v0.0.0", "-replace=github.com/reconkit/reconkit@v0.0.0="+root)
	got := outside(t, dir, "run", ".")
	want := "create 2 update 1\nverified 3\nguest1@example.com Bremen\nguest2@example.com Bremen\nguest3@example.com Bremen\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// outside runs the go command in another module, from the module cache alone.
func outside(t *testing.T, dir string, args ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "go", args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	var errs strings.Builder
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return string(out)
}
