package file_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/diag"
	"github.com/reconkit/reconkit/sinks/file"
)

// benchBatch is a batch of contacts of 18 fields, some of them empty and some
// with letters outside ASCII or characters that need quotes.
func benchBatch(b *testing.B) *pipeline.Batch {
	b.Helper()
	fields := []pipeline.Field{{Name: "id"}, {Name: "kind"}, {Name: "full_name"}, {Name: "first_name"}, {Name: "last_name"}, {Name: "company_name"},
		{Name: "email"}, {Name: "email_alt"}, {Name: "phone"}, {Name: "address"}, {Name: "city"}, {Name: "postcode"}, {Name: "country"},
		{Name: "website"}, {Name: "rating", Type: pipeline.Int}, {Name: "department"}, {Name: "day_rate", Type: pipeline.Float}, {Name: "updated_at"}}
	for i := range fields {
		if fields[i].Type == 0 {
			fields[i].Type = pipeline.String
		}
	}
	build := pipeline.NewBuilder(pipeline.MustSchema(fields...), pipeline.BatchRowsDefault)
	last := [...]string{"Müller", "Koch", "Martin", "O'Brien", "Weiß", "Schneider", "Taylor"}
	for i := range pipeline.BatchRowsDefault {
		name := last[i%len(last)]
		texts := []string{fmt.Sprintf("80e566a7-9903-4911-994e-%012d", i), "person", "Greta " + name, "Greta", name, "Sternfilm GmbH",
			fmt.Sprintf("greta.%d@postbox.example", i), "", "+49 30 028 5384", fmt.Sprintf("Gartenweg %d, Hinterhaus \"B\"", i%90), "Köln", "10348", "DE",
			"https://www.postbox.example", "", "Licht", "", "2022-07-18T20:58:18Z"}
		for c, text := range texts {
			switch to := build.Column(c); {
			case fields[c].Type == pipeline.Int:
				to.AppendInt(int64(i % 5))
			case fields[c].Type == pipeline.Float && i%4 > 0:
				to.AppendFloat(float64(i)/4 + 100)
			case text == "" || (c == 13 && i%2 == 0):
				to.AppendNull()
			default:
				to.AppendString(text)
			}
		}
	}
	batch, err := build.Finish(pipeline.BatchData{Source: "people", Place: "people.csv"})
	must(b, err)
	return batch
}

// BenchmarkWrite writes batches of 4,096 contacts of 18 fields.
func BenchmarkWrite(b *testing.B) {
	batch := benchBatch(b)
	for _, ending := range []string{".jsonl", ".csv", ".parquet"} {
		b.Run(ending[1:], func(b *testing.B) {
			w, err := file.NewWriter(filepath.Join(b.TempDir(), "out"+ending), batch.Schema(), file.WriterOptions{})
			must(b, err)
			b.ReportAllocs()
			for b.Loop() {
				must(b, w.Write(batch))
			}
			b.ReportMetric(float64(batch.Len())*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			w.Abort()
		})
	}
}

// BenchmarkEncode lays batches out without writing them.
func BenchmarkEncode(b *testing.B) {
	batch := benchBatch(b)
	for _, ending := range []string{".jsonl", ".csv"} {
		b.Run(ending[1:], func(b *testing.B) {
			w, err := file.NewWriter("out"+ending, batch.Schema(), file.WriterOptions{Dir: b.TempDir()})
			must(b, err)
			b.ReportAllocs()
			for b.Loop() {
				e, err := w.Encode(batch, nil)
				must(b, err)
				_ = e
			}
			w.Abort()
		})
	}
}

// BenchmarkReject keeps rejected rows of 24 cells.
func BenchmarkReject(b *testing.B) {
	var columns, cells []string
	for i := range 24 {
		columns = append(columns, fmt.Sprintf("column_%d", i))
		cells = append(cells, [...]string{"", "only weekdays, call before 10", "info@sternfilm.example", "Köln", "2024-08-26T01:27:13Z", "+49 30 568 7704"}[i%6])
	}
	row := pipeline.Reject{Origin: pipeline.Origin{Source: "people", Place: "people.csv", Row: 7}, Columns: columns, Cells: cells,
		Finding: diag.Finding{Message: "rating must be 1 to 5"}}
	for name, keep := range map[string]interface {
		Reject(string, pipeline.Reject) error
		Abort()
	}{"folder": rejectsIn(b, b.TempDir(), file.RejectsForm{}), "csv": rejectsFile(b, columns, ".csv"), "jsonl": rejectsFile(b, columns, ".jsonl")} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				must(b, keep.Reject("contacts", row))
			}
			keep.Abort()
		})
	}
}

func rejectsFile(b *testing.B, columns []string, ending string) *file.RejectsFile {
	b.Helper()
	f, err := file.NewRejectsFile(filepath.Join(b.TempDir(), "rejects"+ending), columns, file.RejectsForm{})
	must(b, err)
	return f
}

// BenchmarkHeld reads a CSV file of contacts as a target and tells how much memory
// the records take that are then held, for a million of them.
func BenchmarkHeld(b *testing.B) {
	const contacts = 100_000
	text := []byte("customer_number,email,first_name,last_name,company_name,address,postal_code,city,phone\n")
	for i := range contacts {
		text = fmt.Appendf(text, "K%07d,a.schneider@lindenthal-%d.example,Annemarie,Schneider,Lindenthal Messebau GmbH,Bahnhofstraße %d,%05d,Hamburg,+4930%08d\n", i, i, i%180, i%98000, i)
	}
	dir := b.TempDir()
	must(b, os.WriteFile(filepath.Join(dir, "contacts.csv"), text, 0o600))
	var fields []pipeline.Field
	for _, name := range []string{"customer_number", "email", "first_name", "last_name", "company_name", "address", "postal_code", "city", "phone"} {
		fields = append(fields, pipeline.Field{Name: name, Type: pipeline.String})
	}
	target, err := file.New(file.Config{Path: "contacts.csv", Key: []string{"customer_number"}, Schema: pipeline.MustSchema(fields...), Dir: dir})
	must(b, err)
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		held, err := pipeline.ReadPresent(context.Background(), target, nil, time.Time{})
		must(b, err)
		runtime.GC()
		runtime.ReadMemStats(&after)
		if held.Records.Len() != contacts {
			b.Fatalf("%d records, want %d", held.Records.Len(), contacts)
		}
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/contacts*1e6/(1<<20), "MiB/million")
		b.ReportMetric(float64(len(text))/contacts*1e6/(1<<20), "MiB-file/million")
	}
}
