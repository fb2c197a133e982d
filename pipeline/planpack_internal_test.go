package pipeline

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// However many goroutines lay out and compress a plan, its bytes are the same: also of
// one that fills many blocks.
func TestPackersMakeNoDifference(t *testing.T) {
	p := &Plan{Header: Header{Format: PlanFormat}}
	for i := range 40_000 {
		p.Changes = append(p.Changes, Change{ID: fmt.Sprint(i * i), Label: fmt.Sprintf("Person %d", i*7919%10_007), Fields: []FieldChange{{Field: "phone", After: StringValue(fmt.Sprint(i * 104_729))}}})
	}
	links := make([]RowLink, 10_000)
	for i := range links {
		links[i] = RowLink{Source: "people", ID: fmt.Sprint(i), Target: fmt.Sprint(i * 31)}
	}
	p.Header.Bindings = []PlanBinding{{Model: "contacts", Links: links}}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	p.seal()
	var want bytes.Buffer
	if err := p.write(&want, 1); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{planPackers, 3, 8} {
		runtime.GOMAXPROCS(n)
		var got bytes.Buffer
		if err := p.write(&got, n); err != nil || !bytes.Equal(got.Bytes(), want.Bytes()) {
			t.Errorf("%d goroutines: %d bytes, want %d of one, or others; %v", n, got.Len(), want.Len(), err)
		}
		if got := p.digest(); got != p.Digest {
			t.Errorf("%d goroutines: digest %s, want %s", n, got, p.Digest)
		}
	}
}

// A plan of rows that repeat a long value hardly takes room, and is read all the same.
func TestPlanOfRepeatedValuesIsRead(t *testing.T) {
	p := &Plan{Header: Header{Format: PlanFormat, Bindings: []PlanBinding{{Model: "contacts"}}}}
	notes := strings.Repeat("the same note ", 20_000)
	for i := range 400 {
		p.Changes = append(p.Changes, Change{ID: fmt.Sprint(i * i), Fields: []FieldChange{{Field: "notes", After: StringValue(notes)}}})
	}
	p.seal()
	var file bytes.Buffer
	if err := p.Write(&file); err != nil {
		t.Fatal(err)
	}
	back, err := ReadPlan(&file)
	if err != nil || len(back.Changes) != 400 || back.Changes[399].Fields[0].After.Str() != notes {
		t.Errorf("%v, %+v", err, back)
	}
}

// A line that is longer than one that is read is not written.
func TestPlanOfALineTooLongIsNotWritten(t *testing.T) {
	l := newLineWriter(io.Discard, nil)
	l.lineMax = 100
	for _, piece := range []string{"{}\n{}\n", strings.Repeat("x", 60), strings.Repeat("x", 39) + "\n", strings.Repeat("x", 60)} {
		l.write([]byte(piece))
	}
	if l.err != nil {
		t.Errorf("lines of 100 bytes: %v", l.err)
	}
	l.write(bytes.Repeat([]byte("x"), 41))
	if l.err == nil || !strings.Contains(l.err.Error(), "line 4 is longer than 100 bytes") {
		t.Errorf("a line of 101 bytes: %v", l.err)
	}
}
