package plandockettest

// The word lists of seeded contacts: small, European, and with the letters that software trips over.

func firstNames() []string {
	return []string{
		"Anna", "Bernd", "Carla", "David", "Elif", "Franz", "Greta", "Hannes", "Ines", "Jürgen", "Katharina", "Lars",
		"Mária", "Noah", "Oliver", "Paula", "Quentin", "Renate", "Søren", "Thérèse", "Ulrike", "Viktor", "Wiebke",
		"Xaver", "Yasemin", "Zoë", "Łukasz", "Björn", "Giulia", "Marek", "Chloé", "Ömer", "Åsa", "José", "Siobhán",
		"Karl-Heinz", "Anne-Marie", "Mohammed", "Priya", "Wei", "Ana", "Peter", "Sabine", "Thomas", "Petra", "Michael",
	}
}

func lastNames() []string {
	return []string{
		"Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Meyer", "Wagner", "Becker", "Schulz", "Hoffmann", "Koch",
		"Bauer", "Richter", "Klein", "Wolf", "Schröder", "Neumann", "Schwarz", "Zimmermann", "Braun", "Krüger", "Weiß",
		"Groß", "Öztürk", "Yılmaz", "Nowak", "Kowalski", "Novák", "Dvořák", "Horváth", "Nagy", "Jensen", "Sørensen",
		"Johansson", "Åkesson", "Rossi", "Ferrari", "García", "Fernández", "Dubois", "Lefèvre", "O'Neill", "van den Berg",
		"de Vries", "von Hohenfels", "Singh", "Nguyen", "Kim", "Popović", "Ivanov", "Meier-Lüdenscheid", "Becker-Stein",
	}
}

func companyCores() []string {
	return []string{
		"Nordlicht", "Rheinwerk", "Alpina", "Hanse", "Sonnenfeld", "Eichbaum", "Brückner", "Lindqvist", "Moravia", "Tecnova",
		"Blaustein", "Kranich", "Delta", "Fjord", "Grünwald", "Isartal", "Jasmin", "Kupferhof", "Lotus", "Meridian",
	}
}

func companyTrades() []string {
	return []string{"Messebau", "Verlag", "Logistik", "Maschinenbau", "Software", "Medien", "Events", "Catering", "Optik", "Textil"}
}

func legalForms() []string {
	return []string{"GmbH", "GmbH & Co. KG", "AG", "e.K.", "UG (haftungsbeschränkt)", "Ltd.", "B.V.", "S.r.l.", "AB", "s.r.o."}
}

func streets() []string {
	return []string{
		"Hauptstraße", "Bahnhofstr.", "Lindenallee", "Am Markt", "Goethestraße", "Schillerplatz", "Industriering",
		"Feldweg", "Königsallee", "Brunnengasse", "Hafenstraße", "Mühlenweg",
	}
}

// A place is a town with a post code, its country, and its phone numbers with # for any digit.
type place struct{ code, city, state, country, phone string }

func places() []place {
	return []place{
		{"10115", "Berlin", "Berlin", "DE", "+49 30 2#######"}, {"20095", "Hamburg", "Hamburg", "DE", "+49 40 3#######"},
		{"80331", "München", "Bayern", "DE", "+49 89 5#######"}, {"01067", "Dresden", "Sachsen", "DE", "+49 351 4######"},
		{"04109", "Leipzig", "Sachsen", "DE", "+49 341 2######"}, {"50667", "Köln", "Nordrhein-Westfalen", "DE", "+49 221 9######"},
		{"70173", "Stuttgart", "Baden-Württemberg", "DE", "+49 711 2######"}, {"1010", "Wien", "Wien", "AT", "+43 1 5######"},
		{"5020", "Salzburg", "Salzburg", "AT", "+43 662 8#####"}, {"8001", "Zürich", "Zürich", "CH", "+41 44 2## ## ##"},
		{"1012 AB", "Amsterdam", "", "NL", "+31 20 6## ####"}, {"110 00", "Praha", "", "CZ", "+420 222 ### ###"},
		{"2100", "København", "", "DK", "+45 33 1# ## ##"}, {"75001", "Paris", "", "FR", "+33 1 42 ## ## ##"},
	}
}

// The addresses of examples only: nobody can be reached under these domains.
func mailDomains() []string {
	return []string{"example.com", "example.org", "example.net", "mail.example", "post.example"}
}
