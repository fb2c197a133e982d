package csv_test

import (
	stdcsv "encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/sources/csv"
)

// contacts is a file of made-up contacts: 25 columns, about 230 bytes a row,
// one row in ten with a quoted cell, one in fifty with a doubled quote or a
// line break in it.
func contacts(rows int) string {
	random := rand.New(rand.NewPCG(7, 7))
	var b strings.Builder
	for i := range 25 {
		fmt.Fprintf(&b, "column_%d", i)
		b.WriteByte(",\n"[i/24])
	}
	for range rows {
		for i := range 25 {
			switch {
			case i == 3 && random.IntN(50) == 0:
				b.WriteString("\"Meyer \"\"& Sons\"\"\nLtd\"")
			case i == 3 && random.IntN(10) == 0:
				b.WriteString("\"Meyer, Müller & Co\"")
			case i%4 == 1:
				b.WriteString("Straße " + fmt.Sprint(random.IntN(9999)))
			case i%7 == 2:
			default:
				fmt.Fprintf(&b, "%x", random.Uint32())
			}
			b.WriteByte(",\n"[i/24])
		}
	}
	return b.String()
}

func BenchmarkRead(b *testing.B) {
	text := contacts(50_000)
	path := filepath.Join(b.TempDir(), "contacts.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path+".gz", []byte(gzipped(b, text)), 0o600); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path+".zst", []byte(zstded(b, text)), 0o600); err != nil {
		b.Fatal(err)
	}
	source := func(conf csv.Config, columns ...string) func(b *testing.B) {
		return func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				s, err := csv.New(conf)
				if err != nil {
					b.Fatal(err)
				}
				stream := s.Read(b.Context())
				if len(columns) > 0 {
					part, err := s.Project(columns)
					if err != nil {
						b.Fatal(err)
					}
					stream = part.Read(b.Context())
				}
				n := 0
				for batch, err := range stream {
					if err != nil {
						b.Fatal(err)
					}
					n += batch.Len()
				}
				if n != 50_000 {
					b.Fatalf("got %d rows, want 50000", n)
				}
			}
		}
	}
	b.Run("plain", source(csv.Config{Path: path}))
	b.Run("three columns", source(csv.Config{Path: path}, "column_1", "column_3", "column_20"))
	b.Run("gz", source(csv.Config{Path: path + ".gz"}))
	b.Run("zst", source(csv.Config{Path: path + ".zst"}))
	b.Run("as Windows-1252", source(csv.Config{Path: path, Encoding: "windows-1252"}))
	b.Run("encoding_csv", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			f, err := os.Open(path)
			if err != nil {
				b.Fatal(err)
			}
			r := stdcsv.NewReader(f)
			r.ReuseRecord = true
			for {
				if _, err := r.Read(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					b.Fatal(err)
				}
			}
			if err := f.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
