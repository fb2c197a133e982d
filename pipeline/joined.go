package pipeline

import (
	"fmt"
	"strings"

	"github.com/reconkit/reconkit/pipeline/diag"
)

// joinedToldMax is how many joins the finding about them names.
const joinedToldMax = 5

// joined are contacts of several rows that nobody would see in the changes of a plan,
// since the target holds all that they say: an apply would remember all the same
// that their rows are one.
type joined struct {
	n    int
	told []string // the likely weakest tie of the first few
}

// noteJoined notes a contact that is as it should be and whose rows were not
// remembered, when likeness alone joins any of them.
func (d *differ) noteJoined(c *Cluster) {
	weakest := -1
	for i, t := range c.Ties {
		if t.Rule == RuleSimilar && (weakest < 0 || t.Score < c.Ties[weakest].Score) {
			weakest = i
		}
	}
	if weakest < 0 {
		return
	}
	if d.joined.n++; d.joined.n <= joinedToldMax {
		t := &c.Ties[weakest]
		d.joined.told = append(d.joined.told, fmt.Sprintf("%s and %s (%.2f)", d.Records.Record(int(t.A)).Origin(), d.Records.Record(int(t.B)).Origin(), t.Score))
	}
}

// tellJoined names them.
func (d *differ) tellJoined() {
	if d.joined.n == 0 {
		return
	}
	text := strings.Join(d.joined.told, ", ")
	if more := d.joined.n - len(d.joined.told); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	d.out.Findings = append(d.out.Findings, diag.Finding{Severity: diag.Note, Code: "joined-unseen", Count: d.joined.n,
		Message: "rows that are alike count as one contact, whose record in the target holds all that they say; apply remembers that: " + text,
		Hint:    "explain --pair tells why; where they are two contacts, say so in the decisions file"})
}
