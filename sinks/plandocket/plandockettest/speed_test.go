package plandockettest_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

const manyContacts = 100_000

func BenchmarkSeed(b *testing.B) {
	for b.Loop() {
		a := open(b, plandockettest.Options{})
		a.seed(manyContacts)
	}
}

func BenchmarkList(b *testing.B) {
	a := open(b, plandockettest.Options{})
	a.seed(manyContacts)
	for b.Loop() {
		req, err := http.NewRequest("GET", "http://acme.test/api/v1/contacts?sort=created_at&order=ASC", nil)
		if err != nil {
			b.Fatal(err)
		}
		req.Header.Set("X-API-Key", plandockettest.DefaultKey)
		resp, err := a.client.Do(req)
		if err != nil {
			b.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, resp.Body); err != nil || n < manyContacts {
			b.Fatal(n, err)
		}
		resp.Body.Close()
	}
}

func BenchmarkBulk(b *testing.B) {
	for _, mode := range []string{"create", "update"} {
		b.Run(mode, func(b *testing.B) {
			a := open(b, plandockettest.Options{})
			a.seed(manyContacts)
			all := a.contacts()
			n := 0
			for b.Loop() {
				n++
				records := arr{}
				for i := range 1000 {
					email := fmt.Sprintf("new.%d.%d@example.com", n, i)
					if mode == "update" {
						email = all[(i*97+n)%len(all)].Email
					}
					if email != "" {
						records = append(records, obj{"email": email, "first_name": fmt.Sprint("N", n), "city": "Bonn"})
					}
				}
				if got := a.do("POST", "bulk-import/contacts", obj{"mode": mode, "records": records}); got.status != 200 {
					b.Fatal(got.raw)
				}
			}
		})
	}
}
