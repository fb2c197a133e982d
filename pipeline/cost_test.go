package pipeline_test

import (
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// A plan says as many requests as an apply may take: a reading for each twenty calls
// that were begun, and six more.
func TestRequestsOfAPlan(t *testing.T) {
	for _, tt := range []struct {
		cost pipeline.Cost
		want int
	}{
		{pipeline.Cost{Read: 2}, 0},
		{pipeline.Cost{Write: 3}, 3},
		{pipeline.Cost{Read: 2, Write: 1}, 1 + 2*7},
		{pipeline.Cost{Read: 2, Write: 20}, 20 + 2*7},
		{pipeline.Cost{Read: 2, Write: 21}, 21 + 2*8},
	} {
		if got := tt.cost.Requests(); got != tt.want {
			t.Errorf("%+v takes %d requests, want %d", tt.cost, got, tt.want)
		}
	}
}
