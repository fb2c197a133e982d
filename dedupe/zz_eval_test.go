package dedupe_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"testing"
	"time"
	"runtime"

	"github.com/reconkit/reconkit/dedupe"
	"github.com/reconkit/reconkit/pipeline"
)

func TestZZEval(t *testing.T) {
	dir := os.Getenv("EVAL")
	f, _ := os.Open(dir + "/records.csv")
	recs, err := csv.NewReader(f).ReadAll()
	if err != nil { t.Fatal(err) }
	names := map[string]string{"first_name": "first_name", "last_name": "last_name", "email": "email", "phone": "phone", "company": "company_name", "street": "address", "city": "city", "postcode": "postal_code", "customer_no": "customer_number",
	"given_name":"first_name","surname":"last_name"}
	head := recs[0]
	var rows []row
	truth := map[string]string{}
	for i, r := range recs[1:] {
		x := row{source: "s", id: r[0], line: int32(i + 2), cells: map[string]string{}}
		for j, h := range head {
			if n, ok := names[h]; ok { x.cells[n] = r[j] }
			if h == "cluster_id" { truth[r[0]] = r[j] }
			if h == "address_1" { x.cells["address"] += " "+r[j] }
			if h == "street_number" { x.cells["address"] = r[j] }
			if h == "suburb" { x.cells["city"] = r[j] }
		}
		rows = append(rows, x)
	}
	m, err := dedupe.New(dedupe.Config{Schema: contactSchema(), Join: true, Same: []string{"email", "customer_number"}, Never: []string{"customer_number"}, Keys: []string{"customer_number", "email"}, QuestionsMax: 1000000})
	if err != nil { t.Fatal(err) }
	in := pipeline.MatchInput{Records: tableOf(t, rows, uncut), TargetNamespace: "p"}
	runtime.GC()
	start := time.Now()
	res, err := m.Match(context.Background(), in)
	if err != nil { t.Fatal(err) }
	took := time.Since(start)
	tp, fp, all := 0, 0, 0
	count := map[string]int{}
	for _, c := range truth { count[c]++ }
	for _, n := range count { all += n * (n - 1) / 2 }
	shown := 0
	for _, c := range res.Clusters {
		per := map[string]int{}
		for _, i := range c.Members { per[truth[rows[i].id]]++ }
		n := len(c.Members)
		ok := 0
		for _, k := range per { ok += k * (k - 1) / 2 }
		tp += ok
		fp += n*(n-1)/2 - ok
		if len(per) > 1 && shown < 6 {
			shown++
			for _, tie := range c.Ties { fmt.Printf("FP %v %v %s", rows[tie.A].cells, rows[tie.B].cells, reason(tie.Reason)) }
		}
	}
	qgood := 0
	for _, q := range res.Questions { if truth[q.A.Origin.ID] == truth[q.B.Origin.ID] { qgood++ } }
	blocked := 0
	for _, c := range res.Clusters { if c.Block != nil { blocked++ } }
	fmt.Printf("rows %d clusters %d precision %.4f recall %.4f questions %d (same %d) blocked %d took %v\n", len(rows), len(res.Clusters), float64(tp)/float64(tp+fp), float64(tp)/float64(all), len(res.Questions), qgood, blocked, took)
	for _, f := range res.Findings { fmt.Println(f.Code, f.Message, f.Count) }
}
