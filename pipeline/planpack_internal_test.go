package pipeline

import (
	"bytes"
	"fmt"
	"runtime"
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
