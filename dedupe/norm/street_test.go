package norm_test

import (
	"testing"

	"github.com/reconkit/reconkit/dedupe/norm"
)

type street struct{ number, suffix, words, unit, box, rest, floors, care string }

func streetOf(a *norm.Street) street {
	return street{string(a.Number), string(a.Suffix), string(a.Words), string(a.Unit), string(a.Box), string(a.Rest), string(a.Floors), string(a.Care)}
}

func TestStreet(t *testing.T) {
	tests := []struct {
		in   string
		want street
	}{
		{"", street{}},
		{" , ", street{}},
		{"Main Street", street{words: "main st"}},
		{"12", street{number: "12"}},
		{"12a", street{number: "12", suffix: "a"}},

		{"12 Main St., Apt. 4", street{number: "12", words: "main st", unit: "4"}},
		{"0012 MAIN STREET", street{number: "12", words: "main st"}},
		{"221 E. 51st St.", street{number: "221", words: "e 51st st"}},
		{"221 East 51st Street", street{number: "221", words: "e 51st st"}},
		{"350 Fifth Ave #12B", street{number: "350", words: "5th ave", unit: "12b"}},
		{"12 C Street", street{number: "12", words: "c st"}},
		{"3/12 Smith St", street{number: "12", words: "smith st", unit: "3"}},
		{"Unit 4, 12 Smith Street", street{number: "12", words: "smith st", unit: "4"}},
		{"Flat 3, 12 High St", street{number: "12", words: "high st", unit: "3"}},
		{"12-14 High St", street{number: "12", suffix: "14", words: "high st"}},
		{"Tower House, 12 High Street", street{number: "12", words: "high st", rest: "tower house"}},
		{"100 Main St, 2nd Floor", street{number: "100", words: "main st", unit: "2", floors: "2"}},
		{"123 Main Street, Las Vegas NV 89132", street{number: "123", words: "main st", rest: "las vegas nv 89132"}},
		{"219 South Dearborn Second Floor", street{number: "219", words: "s dearborn", unit: "2", floors: "2"}},
		{"Chrysler Building, 405 Lexington Avenue", street{number: "405", words: "lexington ave", rest: "chrysler building"}},
		{"9304 W. 15th St La Blanca, FL 60527", street{number: "9304", words: "w 15th st la blanca", rest: "fl 60527"}},
		{"80 Delaware Ave SE Washington DC 40040", street{number: "80", words: "delaware ave se washington dc", rest: "40040"}},
		{"12 Old Ground Lane", street{number: "12", words: "old ground ln"}},
		{"12 High Street, Ground Floor", street{number: "12", words: "high st", unit: "eg"}},
		{"PO Box 123", street{box: "123"}},
		{"P.O. Box 12, Springfield", street{box: "12", rest: "springfield"}},

		{"Hauptstraße 12a", street{number: "12", suffix: "a", words: "haupt str"}},
		{"Hauptstr. 12 a", street{number: "12", suffix: "a", words: "haupt str"}},
		{"Haupt-Strasse 12a", street{number: "12", suffix: "a", words: "haupt str"}},
		{"HAUPTSTR.12", street{number: "12", words: "haupt str"}},
		{"Hauptstraße Nr. 12", street{number: "12", words: "haupt str"}},
		{"Rosenweg 12-14", street{number: "12", suffix: "14", words: "rosenweg"}},
		{"Hauptstr. 12/3/4", street{number: "12", words: "haupt str", unit: "3 4"}},
		{"Am Markt 3, 2. OG", street{number: "3", words: "am markt", unit: "2", floors: "2"}},
		{"Hauptstr. 12 EG links", street{number: "12", words: "haupt str", unit: "eg lh"}},
		{"Hauptstr. 12 EG rechts", street{number: "12", words: "haupt str", unit: "eg rh"}},
		{"Hauptstr. 12, Vorderhaus", street{number: "12", words: "haupt str", unit: "vh"}},
		{"Straße des 17. Juni 135", street{number: "135", words: "str des 17 juni"}},
		{"Marktplatz 1", street{number: "1", words: "markt pl"}},
		{"Hauptstr. 12, 10115 Berlin", street{number: "12", words: "haupt str", rest: "10115 berlin"}},
		{"Feldstrasse 10, FL-9490 Vaduz", street{number: "10", words: "feld str", rest: "fl 9490 vaduz"}},
		{"Postfach 12 34 56", street{box: "123456"}},

		{"12, rue de la Paix", street{number: "12", words: "rue de la paix"}},
		{"12 bis rue de la Paix", street{number: "12", suffix: "bis", words: "rue de la paix"}},
		{"5 bd. Saint-Michel", street{number: "5", words: "blvd st michel"}},
		{"Calle Mayor, 5", street{number: "5", words: "calle mayor"}},
		{"C/ Mayor 5", street{number: "5", words: "calle mayor"}},
		{"Avda. de América 10", street{number: "10", words: "ave de america"}},
		{"Via Roma, 12", street{number: "12", words: "via roma"}},
		{"P.za Garibaldi 3 int. 4", street{number: "3", words: "pl garibaldi", unit: "4"}},
		{"ul. Długa 5 m. 3", street{number: "5", words: "dluga", unit: "3"}},
		{"Długa 5/3", street{number: "5", words: "dluga", unit: "3"}},
		{"al. Jerozolimskie 44", street{number: "44", words: "all jerozolimskie"}},
		{"Kalverstraat 92", street{number: "92", words: "kalver str"}},
		{"Lindenweg 4, c/o Weber", street{number: "4", words: "lindenweg", care: "weber"}},
		{"C/O Familie Weber, Lindenweg 4", street{number: "4", words: "lindenweg", care: "familie weber"}},
		{"Lindenweg 4 c/o Weber, 20095 Hamburg", street{number: "4", words: "lindenweg", care: "weber", rest: "20095 hamburg"}},
		{"C/ O'Donnell 5", street{number: "5", words: "calle odonnell"}},
		{"c/o", street{words: "calle o"}},
		{"王府井大街12号", street{words: "王府井大街12号"}},
	}
	var a norm.Street
	for _, tt := range tests {
		t.Run(tt.in, func(t *testing.T) {
			if a.Read(tt.in); streetOf(&a) != tt.want {
				t.Errorf("Read(%q) =\n%+v, want\n%+v", tt.in, streetOf(&a), tt.want)
			}
		})
	}
}

func TestStreetReadParts(t *testing.T) {
	tests := []struct {
		street, number string
		want           street
	}{
		{"", "", street{}},
		{"Hauptstr.", "12a", street{number: "12", suffix: "a", words: "haupt str"}},
		{"Hauptstr. 12", "12", street{number: "12", words: "haupt str"}},
		{"Hauptstr. 12", "", street{number: "12", words: "haupt str"}},
		{"wallaby place", "007", street{number: "7", words: "wallaby pl"}},
		{"Rosenweg", "12-14", street{number: "12", suffix: "14", words: "rosenweg"}},
		{"Rosenweg 3", "12", street{number: "12", words: "rosenweg", unit: "3"}},
		{"", "12", street{number: "12"}},
	}
	var a norm.Street
	for _, tt := range tests {
		t.Run(tt.street+"|"+tt.number, func(t *testing.T) {
			if a.ReadParts(tt.street, tt.number); streetOf(&a) != tt.want {
				t.Errorf("got\n%+v, want\n%+v", streetOf(&a), tt.want)
			}
		})
	}
}
