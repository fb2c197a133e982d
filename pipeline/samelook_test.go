package pipeline

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A change that nobody can see is told as such, one that can be seen is not.
func TestChangesThatLookTheSame(t *testing.T) {
	for _, tt := range []struct{ before, after, want string }{
		{"Andr\u00e9", "Andre\u0301", LabelSameLook},
		{"Nguye\u0302\u0303n", "Nguy\u1ec5n", LabelSameLook},
		{"Anna", "An\u200bna", LabelSameLook},
		{"\u202eAnna", "Anna", ""},
		{"Weg \u200f12 34", "Weg 12 34", ""},
		{"Anna\u200e", "Anna", LabelSameLook},
		{"\u05d0\u200e!", "\u05d0!", ""},
		{"\U0001f469\u200d\U0001f4bb", "\U0001f469\U0001f4bb", ""},
		{"a\r\nb", "a\nb", LabelSameLook},
		{"a\nb", "a b", LabelFormatOnly},
		{"Bad\u00a0Ems", "Bad Ems", LabelSameLook},
		{"Anna ", "Anna", LabelSameLook},
		{"a\tb", "a b", LabelSameLook},
		{"\u00ad-", "-", LabelSameLook},
		{"anna", "Anna", LabelCaseOnly},
		{"089 1", "0891", LabelFormatOnly},
		{"Andr\u00e9", "Andre", ""},
		{"Anna", "Anne", ""},
		{"A\u0308", "a\u0308", LabelCaseOnly},
		{"\xff", "\xfe", ""},
		{"", "\u200b", ""},
	} {
		got := ""
		for _, l := range fieldLabels(Field{Name: "f", Type: String}, false, StringValue(tt.before), StringValue(tt.after)) {
			got += l
		}
		if got != tt.want {
			t.Errorf("%q -> %q has the label %q, want %q", tt.before, tt.after, got, tt.want)
		}
	}
}

// Of a list, too, whose order counts where it means something.
func TestListsThatLookTheSame(t *testing.T) {
	for _, tt := range []struct {
		unordered     bool
		before, after []string
		want          bool
	}{
		{true, []string{"caf\u00e9", "vip"}, []string{"vip", "cafe\u0301"}, true},
		{false, []string{"caf\u00e9", "vip"}, []string{"cafe\u0301", "vip"}, true},
		{false, []string{"caf\u00e9", "vip"}, []string{"vip", "cafe\u0301"}, false},
		{true, []string{"vip"}, []string{"vip", "press"}, false},
		{true, []string{"\xff"}, []string{"\xfe"}, false},
	} {
		labels := fieldLabels(Field{Name: "f", Type: StringList, Unordered: tt.unordered}, false, ListValue(tt.before), ListValue(tt.after))
		if got := slices.Contains(labels, LabelSameLook); got != tt.want {
			t.Errorf("%q -> %q looks the same: %v", tt.before, tt.after, got)
		}
	}
}

func TestFormOfAnUpdate(t *testing.T) {
	for _, tt := range []struct {
		fields []string
		want   string
	}{
		{nil, ""},
		{[]string{LabelSameLook}, LabelSameLook},
		{[]string{LabelCaseOnly, LabelCaseOnly}, LabelCaseOnly},
		{[]string{LabelCaseOnly, LabelSameLook, LabelCaseOnly}, LabelFormatOnly},
		{[]string{LabelSameLook, ""}, ""},
	} {
		var fields []FieldChange
		for _, l := range tt.fields {
			fields = append(fields, FieldChange{Labels: []string{LabelEmail, l}})
		}
		if got := formLabel(fields); got != tt.want {
			t.Errorf("fields with %q make an update %q, want %q", tt.fields, got, tt.want)
		}
	}
}

// What a person has to choose among is told with names and keys, as far as the list
// of the target has it.
func TestCandidatesHaveNames(t *testing.T) {
	s := MustSchema(Field{Name: "last_name", Type: String, Kind: KindLastName}, Field{Name: "email", Type: String, Kind: KindEmail},
		Field{Name: "number", Type: String, Kind: KindIdentifier})
	b, ids := NewBuilder(s, 3), NewColumnBuilder(String, 3)
	for _, r := range [][4]string{{"11", "Braun", "b@x.example", "7"}, {"12", "Brown", "b@x.example", ""}, {"13", "Ernst", "e@x.example", "8"}} {
		ids.AppendString(r[0])
		for f, v := range r[1:] {
			b.Column(f).AppendString(v)
		}
	}
	batch, err := b.Finish(BatchData{Source: "target", IDs: ids.Finish()})
	if err != nil {
		t.Fatal(err)
	}
	present := NewTable(s)
	present.Append(batch)
	blocked := []BlockedRow{{Block: Block{Code: "keyless"}}, {Block: Block{Candidates: []string{"12", "gone", "11"}}}, {Block: Block{Candidates: []string{"12"}}}}
	nameCandidates(blocked, []string{"email", "number"}, present)
	brown := Candidate{ID: "12", Label: "Brown <b@x.example>", Keys: []Key{{"email", "b@x.example"}}}
	braun := Candidate{ID: "11", Label: "Braun <b@x.example>", Keys: []Key{{"email", "b@x.example"}, {"number", "7"}}}
	got := [][]Candidate{blocked[0].Records, blocked[1].Records, blocked[2].Records}
	if diff := cmp.Diff(got, [][]Candidate{nil, {brown, braun}, {brown}}); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
	twin := (&Plan{Blocked: blocked}).Redacted()
	if slices.ContainsFunc(twin.Blocked, func(b BlockedRow) bool { return len(b.Records) > 0 }) {
		t.Error("the twin of a plan names candidates")
	}
}

// Where a plan goes to several sinks, a class is of one of them: what is said of it
// says nothing of the same changes elsewhere.
func TestClassesAreOfOneSink(t *testing.T) {
	bindings := []PlanBinding{{Model: "people", Resource: "contacts", Identity: "a"}, {Model: "people", Resource: "members", Identity: "a"},
		{Model: "people", Resource: "members", Identity: "b"}, {Model: "firms", Resource: "contacts", Identity: "a"}}
	p := &Plan{Header: Header{Bindings: bindings}}
	for i := range bindings {
		p.Changes = append(p.Changes, Change{ID: string(rune('a' + i)), Action: Update, Binding: i, Fields: []FieldChange{{Field: "phone"}}})
	}
	var names []string
	for _, c := range p.Undecided().Classes {
		names = append(names, c.Class)
	}
	if diff := cmp.Diff(names, []string{"people -> contacts: update phone", "people -> a: update phone", "people -> b: update phone", "firms: update phone"}); diff != "" {
		t.Errorf("classes (-got +want):\n%s", diff)
	}
	yes := true
	said := (&Approvals{Classes: []ClassApproval{{Class: names[0], Accept: &yes}}}).answers(p)
	for i := range p.Changes {
		if got := said.of(&p.Changes[i]) != nil; got != (i == 0) {
			t.Errorf("change %d is answered: %v", i, got)
		}
	}
	alone := &Plan{Header: Header{Bindings: bindings[:1]}, Changes: p.Changes[:1]}
	if got := alone.ClassOf(&alone.Changes[0]); got != "update phone" {
		t.Errorf("the class of a plan with one sink is %q", got)
	}
}
