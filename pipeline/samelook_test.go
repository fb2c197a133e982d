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
		{"Anna", "\u0410nna", LabelLookAlike},
		{"\u0441\u043e\u0440", "cop", LabelLookAlike},
		{"anna@example.com", "\u0430nn\u0430@ex\u0430mple.com", LabelLookAlike},
		{"J\u00f6rg", "J\u043e\u0308rg\u200b", LabelLookAlike},
		{"\u0391\u03bd\u03bd\u03b1", "Avva", LabelLookAlike},
		{"Anna", "\u0410\u043d\u043d\u0430", ""},
		{"Yildiz", "Y\u0131ld\u0131z", ""},
		{"I\u015fik", "I\u015f\u0131k", ""},
		{"gala", "\u0261\u0251l\u0251", ""},
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

// Of what both sides made of a field it is told, too, and of which code points it is.
func TestLookOfTwoValues(t *testing.T) {
	list := func(m ...string) Value { return ListValue(m) }
	for _, tt := range []struct {
		a, b         Value
		want, points string
	}{
		{StringValue("Andr\u00e9"), StringValue("Andre\u0301"), LabelSameLook, "U+00E9 -> U+0065 U+0301"},
		{StringValue("Anna"), StringValue("\u0410nna"), LabelLookAlike, "U+0041 -> U+0410"},
		{StringValue("Anna"), StringValue("Anna"), "", ""},
		{StringValue("Anna"), StringValue("Anne"), "", "U+0061 -> U+0065"},
		{StringValue("An\u200bna"), StringValue("Anna"), LabelSameLook, "U+200B -> nothing"},
		{StringValue("\xff"), StringValue("\xfe"), "", ""},
		{Null(), StringValue("\u200b"), "", ""},
		{Erase(), StringValue("a"), "", ""},
		{list("vip", "caf\u00e9"), list("cafe\u0301", "vip"), LabelSameLook, "U+00E9 -> U+0065 U+0301"},
		{list("vip", "a"), list("vip", "\u0430"), LabelLookAlike, "U+0061 -> U+0430"},
		{list("vip", "a"), list("a", "vip"), "", ""},
		{list("vip"), list("vip", "press"), "", ""},
		{list("\xff"), list("\xfe"), "", ""},
		{list("a"), StringValue("a"), "", ""},
	} {
		if got := LookOf(tt.a, tt.b); got != tt.want || LookOf(tt.b, tt.a) != tt.want {
			t.Errorf("%v and %v: %q, want %q", tt.a, tt.b, got, tt.want)
		}
		if tt.points == "" || tt.want == "" {
			continue
		}
		if got := CodePoints(tt.a, tt.b); got != tt.points {
			t.Errorf("%v and %v differ in %q, want %q", tt.a, tt.b, got, tt.points)
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
