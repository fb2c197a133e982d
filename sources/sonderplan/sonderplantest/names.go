package sonderplantest

func firstNames() []string {
	return []string{"Anna", "Ben", "Chiara", "David", "Élise", "Farid", "Greta", "Hannes", "Ines", "Jörg", "Katarzyna", "Liam",
		"Mara", "Noah", "Olga", "Pavel", "Quentin", "Rosa", "Søren", "Thea", "Uwe", "Vera", "William", "Xenia", "Yusuf", "Zoë"}
}

func lastNames() []string {
	return []string{"Schmidt", "Müller", "Groß", "Weber", "O'Neill", "García", "Nowak", "Jensen", "Åkesson", "Rossi", "Dubois", "Smith",
		"Taylor", "de Vries", "van den Berg", "Kowalska", "Novák", "Horváth", "Yilmaz", "Chen", "Nguyen", "Okafor", "Silva", "Ivanova"}
}

func stems() []string {
	return []string{"Nordlicht", "Blue Harbour", "Alpenblick", "Meridian", "Kontrast", "Silver Oak", "Lumen", "Brücke", "Atelier Rive", "Polaris"}
}

func trades() []string {
	return []string{"Studios", "Productions", "Events", "Media", "Lighting", "Rentals"}
}

func forms() []string { return []string{"GmbH", "AG", "Ltd", "Pty Ltd", "SARL", "B.V.", "Inc."} }

// place is a city, its phone numbers with # for any digit, and the ways in
// which its country is written.
type place struct {
	city, state, postcode, phone string
	streets, countries           []string
}

func places() []place {
	return []place{
		{"Surry Hills", "NSW", "2010", "+61 2 9### ####", []string{"Example Street", "Crown Street"}, []string{"Australia", "AU"}},
		{"Dresden", "Sachsen", "01067", "+49 351 4######", []string{"Prager Straße", "Seestraße"}, []string{"Germany", "Deutschland", "DE"}},
		{"Wien", "", "1070", "+43 1 5######", []string{"Neubaugasse", "Burggasse"}, []string{"Austria", "Österreich"}},
		{"London", "", "SW1A 1AA", "+44 20 7### ####", []string{"King's Road", "Baker Street"}, []string{"United Kingdom", "UK", "England"}},
		{"Boston", "MA", "02108", "+1-617-5##-####", []string{"Beacon St", "Park St"}, []string{"United States", "USA", "U.S.A."}},
		{"Lyon", "", "69002", "+33 4 72 ## ## ##", []string{"Rue Mercière", "Quai Tilsitt"}, []string{"France"}},
		{"Utrecht", "", "3511 AB", "+31 30 2## ####", []string{"Oudegracht"}, []string{"Netherlands", "Holland", "The Netherlands"}},
	}
}
