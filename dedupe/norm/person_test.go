package norm_test

import (
	"testing"

	"github.com/reconkit/reconkit/dedupe/norm"
)

// person is norm.Person in strings.
type person struct {
	given, family, particles string
	generation               norm.Generation
	whole, company           bool
}

func shown(p *norm.Person) person {
	return person{string(p.Given), string(p.Family), string(p.Particles), p.Generation, p.Whole, p.Company}
}

func TestPersonReadFull(t *testing.T) {
	tests := []struct {
		in   string
		want person
	}{
		{"", person{}},
		{" , ", person{}},
		{"Madonna", person{family: "madonna"}},
		{"Anna Meier", person{given: "anna", family: "meier"}},
		{"ANNA MEIER", person{given: "anna", family: "meier"}},
		{"Meier, Anna", person{given: "anna", family: "meier"}},
		{"Dr. Anna Müller-Lüdenscheidt", person{given: "anna", family: "muller ludenscheidt"}},
		{"Müller, Hans-Peter", person{given: "hans peter", family: "muller"}},
		{"Müller, Dr. Hans", person{given: "hans", family: "muller"}},
		{"Müller, Hans, Dr.", person{given: "hans", family: "muller"}},
		{"Frau Prof. Dr. med. Anna Meier", person{given: "anna", family: "meier"}},
		{"Prof.Dr. Karl Marx", person{given: "karl", family: "marx"}},
		{"Dipl.-Ing. (FH) Karl Huber", person{given: "karl", family: "huber"}},
		{"Dr.\u00a0Karl Huber", person{given: "karl", family: "huber"}},
		{"Hans von der Heide", person{given: "hans", family: "heide", particles: "von der"}},
		{"von der Heide, Hans", person{given: "hans", family: "heide", particles: "von der"}},
		{"Heide, Hans von der", person{given: "hans", family: "heide", particles: "von der"}},
		{"ANNA VAN DER BERG", person{given: "anna", family: "berg", particles: "van der"}},
		{"Jean-Claude Van Damme", person{given: "jean claude", family: "damme", particles: "van"}},
		{"DUPONT Jean", person{given: "jean", family: "dupont"}},
		{"Jean DUPONT", person{given: "jean", family: "dupont"}},
		{"Gabriel García Márquez", person{given: "gabriel", family: "garcia marquez"}},
		{"Maria de la Cruz", person{given: "maria", family: "cruz", particles: "de la"}},
		{"J.R.R. Tolkien", person{given: "j r r", family: "tolkien"}},
		{"Tolkien, J.R.", person{given: "j r", family: "tolkien"}},
		{"Smith, Bob J", person{given: "bob j", family: "smith"}},
		{"John Smith Jr.", person{given: "john", family: "smith", generation: norm.Junior}},
		{"Smith, John, sen.", person{given: "john", family: "smith", generation: norm.Senior}},
		{"Thomas Alva Edison III", person{given: "thomas alva", family: "edison", generation: norm.Third}},
		{"Anna Meier, MBA", person{given: "anna", family: "meier"}},
		{"Robert (Bob) Smith", person{given: "robert", family: "smith"}},
		{`Robert "Bob" Smith`, person{given: "robert", family: "smith"}},
		{"Anna Meier geb. Schulz", person{given: "anna", family: "meier"}},
		{"Anna Meier, née Schulz", person{given: "anna", family: "meier"}},
		{"Sean O'Brien", person{given: "sean", family: "obrien"}},
		{"Ronald Mc Donald", person{given: "ronald", family: "mcdonald"}},
		{"Ian St. John", person{given: "ian", family: "st john"}},
		{"Harun Al-Rashid", person{given: "harun", family: "rashid", particles: "al"}},
		{"Hans & Anna Meier", person{family: "hans anna meier", whole: true}},
		{"Hans und Anna Meier", person{family: "hans und anna meier", whole: true}},
		{"王小明", person{family: "王小明", whole: true}},
		{"山田 太郎", person{given: "太郎", family: "山田"}},
		{"محمد أحمد", person{given: "محمد", family: "احمد"}},
		{"Мария Иванова", person{given: "mariia", family: "ivanova"}},
		{"Müller GmbH", person{family: "muller gmbh", company: true}},
		{"Fürst Verlag", person{family: "furst verlag", company: true}},
		{"Meier Logistik", person{family: "meier logistik", company: true}},
		{"株式会社トヨタ", person{family: "株式会社トヨタ", company: true}},
		{"Dr. Müller", person{family: "muller"}},
		{"Michael Herr", person{given: "michael", family: "herr"}},
		{"Smith, M.D.", person{family: "smith"}},
	}
	var p norm.Person
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			if p.ReadFull(tt.in); shown(&p) != tt.want {
				t.Errorf("ReadFull(%q) =\n%+v, want\n%+v", tt.in, shown(&p), tt.want)
			}
		})
	}
}

func TestPersonReadParts(t *testing.T) {
	tests := []struct {
		given, family string
		want          person
	}{
		{"", "", person{}},
		{"Anna", "Meier", person{given: "anna", family: "meier"}},
		{"Dr. Anna", "von Meier", person{given: "anna", family: "meier", particles: "von"}},
		{"Anna-Lena M.", "Müller-Lüdenscheidt", person{given: "anna lena m", family: "muller ludenscheidt"}},
		{"Anna Lena", "MEIER", person{given: "anna lena", family: "meier"}},
		{"John", "Smith Jr.", person{given: "john", family: "smith", generation: norm.Junior}},
		{"J.", "Smith", person{given: "j", family: "smith"}},
		{"", "Meier", person{family: "meier"}},
		{"Anna", "", person{given: "anna"}},
		{"Frau", "Meier", person{family: "meier"}},
		{"Robert (Bob)", "O'Brien", person{given: "robert", family: "obrien"}},
		{"小明", "王", person{given: "小明", family: "王"}},
		{"Anna", "Van", person{given: "anna", family: "van"}},
		{"Anna", "Meier geb. Schulz", person{given: "anna", family: "meier"}},
	}
	var p norm.Person
	for _, tt := range tests {
		t.Run(tt.given+"|"+tt.family, func(t *testing.T) {
			if p.ReadParts(tt.given, tt.family); shown(&p) != tt.want {
				t.Errorf("got\n%+v, want\n%+v", shown(&p), tt.want)
			}
		})
	}
}

func TestRoots(t *testing.T) {
	roots := func(name string) []norm.Root { return norm.Roots(norm.AppendWords(nil, name)) }
	share := [][2]string{
		{"Bob", "Robert"}, {"Bob", "Rob"}, {"Bill", "William"}, {"Liz", "Elisabeth"}, {"Peggy", "Margaret"},
		{"Jack", "John"}, {"Dick", "Richard"}, {"Ted", "Edward"}, {"Kate", "Katherine"}, {"Steven", "Stephen"},
		{"Hansi", "Johannes"}, {"Hannes", "Johannes"}, {"Sepp", "Josef"}, {"Jupp", "Josef"}, {"Uschi", "Ursula"},
		{"Gitti", "Brigitte"}, {"Schorsch", "Georg"}, {"Wolfi", "Wolfgang"}, {"Toni", "Anton"}, {"Gabi", "Gabriele"},
		{"Käthe", "Katharina"}, {"Heinz", "Heinrich"}, {"Poldi", "Leopold"}, {"Vroni", "Veronika"}, {"Resi", "Theresia"},
		{"Jürgen", "Juergen"}, {"Günter", "Guenther"}, {"Paco", "Francisco"}, {"Sasha", "Aleksandr"}, {"Gosia", "Małgorzata"},
	}
	for _, pair := range share {
		if words(pair[0]) != words(pair[1]) && !norm.ShareRoot(roots(pair[0]), roots(pair[1])) {
			t.Errorf("%s and %s share no root: %v, %v", pair[0], pair[1], roots(pair[0]), roots(pair[1]))
		}
	}
	apart := [][2]string{{"Alexander", "Alexandra"}, {"Robert", "Richard"}, {"Anna", "Maria"}, {"Hans", "Franz"}, {"Thomas", "Timothy"},
		{"Christian", "Christina"}, {"Andreas", "Andrea"}, {"Julia", "Julian"}, {"Patrick", "Patricia"}, {"Daniel", "Danielle"}}
	for _, pair := range apart {
		if norm.ShareRoot(roots(pair[0]), roots(pair[1])) {
			t.Errorf("%s and %s share a root: %v, %v", pair[0], pair[1], roots(pair[0]), roots(pair[1]))
		}
	}
	for name, want := range map[string]string{"bob": "robert", "robert": "robert", "sepp": "josef", "bill": "william", "peggy": "margaret"} {
		if got := roots(name); len(got) == 0 || got[0].String() != want {
			t.Errorf("the usual root of %s is %v, want %s", name, got, want)
		}
	}
	if got := roots("王小明"); got != nil {
		t.Errorf("roots of a name of no list: %v", got)
	}
	if norm.ShareRoot(nil, roots("bob")) || norm.Root(0).String() != "" || norm.Root(65535).String() != "" {
		t.Error("no root is a root")
	}
}

func TestInitial(t *testing.T) {
	for word, want := range map[string]bool{"j": true, "jo": false, "": false, "1": false, "王": false} {
		if norm.Initial([]byte(word)) != want {
			t.Errorf("Initial(%q) = %v", word, !want)
		}
	}
}
