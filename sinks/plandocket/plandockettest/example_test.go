package plandockettest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/reconkit/reconkit/pipeline/faults"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

// A tenant whose lists end silently after two rows, with a server error on the first request.
func Example() {
	schedule := faults.New(faults.Fault{Route: "GET /api/v1/contacts", From: 1, Count: 1, Kind: faults.ServerError})
	tenant, err := plandockettest.New(plandockettest.Options{
		Now:     func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) },
		Dialect: plandockettest.Dialect{Paging: plandockettest.PagingCap, PageSize: 2},
		Faults:  schedule,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tenant.Close()
	if err := tenant.Seed(42, 1000); err != nil {
		fmt.Println(err)
		return
	}
	client := &http.Client{Transport: faults.Transport(tenant.Handler())}
	for range 2 {
		req, err := http.NewRequest("GET", "https://acme.plandocket.com/api/v1/contacts", nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		req.Header.Set("Authorization", "Bearer "+plandockettest.DefaultKey)
		resp, err := client.Do(req)
		if err != nil {
			fmt.Println(err)
			return
		}
		var body struct{ Data []json.RawMessage }
		err = json.NewDecoder(resp.Body).Decode(&body)
		resp.Body.Close()
		fmt.Println(resp.StatusCode, len(body.Data), err)
	}
	fmt.Println("faults that fired:", len(schedule.Hits()))
	// Output:
	// 500 0 <nil>
	// 200 2 <nil>
	// faults that fired: 1
}
