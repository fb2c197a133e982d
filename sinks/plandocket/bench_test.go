package plandocket_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket"
)

// BenchmarkPresent reads 20,000 contacts that come in one answer.
func BenchmarkPresent(b *testing.B) {
	server := &fakeList{rows: people(20_000)}
	bodies := map[string][]byte{}
	for _, order := range []string{"ASC", "DESC"} {
		req, err := http.NewRequest("GET", "https://demo.example.com/api/v1/contacts?sort=created_at&order="+order, nil)
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+apiKey)
		resp, err := faults.Transport(server).RoundTrip(req)
		if err != nil {
			b.Fatal(err)
		}
		if bodies[order], err = io.ReadAll(resp.Body); err != nil {
			b.Fatal(err)
		}
	}
	tg, err := plandocket.New(plandocket.Config{BaseURL: "https://demo.example.com", APIKey: pipeline.NewSecret(apiKey), Now: clock,
		Client: &http.Client{Transport: faults.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(bodies[r.URL.Query().Get("order")])
		}))}})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(bodies["ASC"]) + len(bodies["DESC"])))
	b.ReportAllocs()
	for b.Loop() {
		p, err := tg.Present(b.Context(), nil)
		if err != nil || p.Evidence.Grade != pipeline.Proven {
			b.Fatalf("%v, %v", p.Evidence, err)
		}
	}
}
