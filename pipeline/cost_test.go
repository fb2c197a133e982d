package pipeline_test

import (
	"testing"

	"github.com/reconkit/reconkit/pipeline"
)

// A plan takes its calls and what is read around them, and nothing where there is nothing
// to write.
func TestRequestsOfAPlan(t *testing.T) {
	for _, tt := range []struct {
		cost pipeline.Cost
		want int
	}{
		{pipeline.Cost{Read: 2, Readings: 2}, 0},
		{pipeline.Cost{Write: 3}, 3},
		{pipeline.Cost{Read: 2, Write: 4, Readings: 10}, 14},
	} {
		if got := tt.cost.Requests(); got != tt.want {
			t.Errorf("%+v takes %d requests, want %d", tt.cost, got, tt.want)
		}
	}
}
