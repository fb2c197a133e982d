package pipeline

import (
	"bytes"
	"fmt"
	"testing"
)

// However many goroutines compress a plan, its bytes are the same: also of one that
// fills many blocks.
func TestPackersMakeNoDifference(t *testing.T) {
	p := &Plan{Header: Header{Format: PlanFormat}}
	for i := range 40_000 {
		p.Changes = append(p.Changes, Change{ID: fmt.Sprint(i * i), Label: fmt.Sprintf("Person %d", i*7919%10_007), Fields: []FieldChange{{Field: "phone", After: StringValue(fmt.Sprint(i * 104_729))}}})
	}
	p.seal()
	var want bytes.Buffer
	if err := p.write(&want, 1); err != nil {
		t.Fatal(err)
	}
	for _, packers := range []int{planPackers, 5} {
		var got bytes.Buffer
		if err := p.write(&got, packers); err != nil || !bytes.Equal(got.Bytes(), want.Bytes()) {
			t.Errorf("%d packers: %d bytes, want %d of one, or others; %v", packers, got.Len(), want.Len(), err)
		}
	}
}
