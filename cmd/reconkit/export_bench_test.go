package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// benchmarkRows is how many generated contacts BenchmarkExport maps.
const benchmarkRows = "200000"

// BenchmarkExport runs the jobs of examples/rows within this process, which is
// where a profile of a whole export comes from.
func BenchmarkExport(b *testing.B) {
	dir := b.TempDir()
	contacts, organizations := filepath.Join(dir, "contacts.csv"), filepath.Join(dir, "organizations.csv")
	gen := exec.Command("go", "run", "../../examples/rows/gen", "-n", benchmarkRows, "-o", contacts, "-organizations", organizations)
	if out, err := gen.CombinedOutput(); err != nil {
		b.Fatalf("generate contacts: %v\n%s", err, out)
	}
	b.Setenv("ROWS_CSV", contacts)
	b.Setenv("ORGANIZATIONS_CSV", organizations)
	for _, pipeline := range []string{"pipeline", "flagship"} {
		b.Run(pipeline, func(b *testing.B) {
			for b.Loop() {
				a := &app{stdin: os.Stdin, stdout: io.Discard, stderr: io.Discard, getenv: os.LookupEnv}
				args := []string{"export", "../../examples/rows/" + pipeline + ".yaml", "-o", filepath.Join(dir, "out.jsonl"), "--rejects", filepath.Join(dir, "rejects.csv")}
				if code := a.main(args); code != exitOK {
					b.Fatalf("export ended with %d", code)
				}
			}
		})
	}
}
