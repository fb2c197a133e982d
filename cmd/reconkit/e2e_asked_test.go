package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/reconkit/reconkit/pipeline"
	"github.com/reconkit/reconkit/sinks/plandocket/plandockettest"
)

const askedHead = "ID,Email,Number,First,Last,City\n"

// askedPeople are contacts that are there, and their rows, of whom the first ones have
// another e-mail by now.
func askedPeople(n, unsure int) (contacts []plandockettest.Contact, rows string) {
	firsts := strings.Fields("Anna Bodo Cleo Dirk Emma Finn Gerd Hanna Ines Jana Karl Lena Max Nora Otto Paul Rita Sven Tina Uwe Vera Willi Xenia Yann Zoe")
	lasts := strings.Fields("Quandt Weber Kern Lohse Sturm Hauck Berg Thal")
	for i := range n {
		c := plandockettest.Contact{Email: fmt.Sprintf("c%d@x.example", i), FirstName: firsts[(i*7+i/25)%len(firsts)], LastName: lasts[i%8] + strings.Fields("a mann er bach hofer ski ow feld stein brink horst")[i/8%11], City: "Mainz"}
		contacts = append(contacts, c)
		mail := c.Email
		if i < unsure {
			mail = fmt.Sprintf("other%d@y.example", i)
		}
		rows += fmt.Sprintf("%d,%s,,%s,%s,Mainz\n", i+1, mail, c.FirstName, c.LastName)
	}
	return contacts, rows
}

// TestAnApplyAnswersNoQuestion has rows that are asked about, and that nobody answers. An
// apply that writes nothing but remembers who is whom changes nothing of what the next plan
// asks, to the last digit, with and without what is remembered of questions and weights. Nor
// is a question gone because others come, because weights are learned anew, or because the
// state was written by somebody else's plan in between.
func TestAnApplyAnswersNoQuestion(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{4, 1}, {31, 5}, {60, 5}, {120, 1}} {
		t.Run(fmt.Sprint(size[0], " of whom ", size[1]), func(t *testing.T) {
			t.Parallel()
			contacts, rows := askedPeople(size[0], size[1])
			inTenant(t, tenantOptions{pipeline: sharedPipeline, csv: askedHead, empty: true}, func(w *tenant) {
				w.decide("[]\n")
				for _, c := range contacts {
					w.add(c)
				}
				time.Sleep(time.Hour)
				w.writeCSV(askedHead + rows)
				p := w.plan()
				first := asks(p)
				if len(first) < size[1] || len(p.Changes) > 0 {
					t.Fatalf("the first plan asks %v, and changes %d records", first, len(p.Changes))
				}
				for range 2 {
					w.applyEvents(p)
					time.Sleep(time.Hour)
					without, err := w.load().Plan(w.ctx, pipeline.Options{Now: time.Now(), Links: w.store, Ledger: w.store, Log: w.log()})
					w.check(err)
					wantEqual(t, "what a plan without memory of questions asks", first, asks(without))
					p = w.plan()
					wantEqual(t, "what the next plan asks", first, asks(p))
				}
				for i, others := 0, strings.Fields("Bri Tol Gam Vex Dul Pra Nis Hok Zel Wum"); i < 100; i++ {
					rows += fmt.Sprintf("n%d,n@z%d.example,,%s%s,%s%s,Ulm\n", i, i, others[i/10], strings.ToLower(others[i%10]), others[i%10], strings.ToLower(others[i/10]))
				}
				w.writeCSV(askedHead + rows)
				for range 2 {
					p = w.plan()
					wantEqual(t, "rows that are blocked once others come", size[1], len(p.Blocked))
					w.applyEvents(p)
					time.Sleep(time.Hour)
				}
				p, err := w.load().Plan(w.ctx, pipeline.Options{Now: time.Now(), Links: w.store, Ledger: w.store, Weights: w.store, Relearn: true, Log: w.log()})
				w.check(err)
				wantEqual(t, "rows that are blocked when weights are learned anew", size[1], len(p.Blocked))
				wantEqual(t, "number of contacts", size[0]+100, len(w.contacts()))
			})
		})
	}
}

// asks are the questions of a plan, with how likely each is.
func asks(p *pipeline.Plan) map[string]string {
	asked := map[string]string{}
	for _, q := range p.Questions {
		asked[q.A.Label+" / "+q.B.Label] = fmt.Sprint(q.Weight)
	}
	return asked
}
