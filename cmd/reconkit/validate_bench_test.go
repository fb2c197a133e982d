package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// BenchmarkValidateFromStart is what a person waits for: reconkit validate of the
// largest example, from the start of the process to its end. Beside it stands
// reconkit version, which only starts.
//
// The processor time of the process is reported as cpu-ms/op; on a machine that
// does other work it is the number to compare.
func BenchmarkValidateFromStart(b *testing.B) {
	program := filepath.Join(b.TempDir(), "reconkit")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	for name, args := range map[string][]string{"validate": {"validate", largestExample(b)}, "start": {"version"}} {
		b.Run(name, func(b *testing.B) {
			var cpu time.Duration
			for b.Loop() {
				c := exec.CommandContext(b.Context(), program, args...)
				if out, err := c.CombinedOutput(); err != nil {
					b.Fatalf("%v\n%s", err, out)
				}
				cpu += c.ProcessState.UserTime() + c.ProcessState.SystemTime()
			}
			b.ReportMetric(float64(cpu.Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
}

// largestExample is the pipeline of the examples with the most bytes.
func largestExample(b *testing.B) string {
	b.Helper()
	files, err := filepath.Glob("../../examples/*/*.yaml")
	if err != nil {
		b.Fatal(err)
	}
	largest, size := "", int64(0)
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			b.Fatal(err)
		}
		if info.Size() > size {
			largest, size = f, info.Size()
		}
	}
	return largest
}
