package linkage_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/reconkit/reconkit/dedupe/linkage"
)

// guessed guesses the columns of rows under a header and returns the kind of
// each, "-" for one that is left out, and the reasons.
func guessed(t *testing.T, header []string, rows [][]string) (kinds, why map[string]string) {
	t.Helper()
	columns := make([]linkage.Column, len(header))
	for i, name := range header {
		columns[i].Name = name
	}
	found, skipped := linkage.GuessColumns(tableOf(t, columns, rows))
	kinds, why = map[string]string{}, map[string]string{}
	for _, g := range found {
		kinds[g.Name], why[g.Name] = g.Kind.String(), g.Why
	}
	for _, g := range skipped {
		kinds[g.Name], why[g.Name] = "-", g.Why
	}
	if len(kinds) != len(header) {
		t.Fatalf("%d columns have a guess, want %d", len(kinds), len(header))
	}
	for name, w := range why {
		if w == "" {
			t.Errorf("%s: no reason is given", name)
		}
	}
	return kinds, why
}

// Headers as programs and people write them, in rows without values: what they
// say alone. A dash stands for a column that is left out.
func TestGuessHeaders(t *testing.T) {
	for language, text := range map[string]string{
		"English, a CRM":           "Contact ID=-|Salutation=-|First Name=given_name|Last Name=family_name|Account Name=-|Title=-|Email=email|Phone=phone|Mobile=phone|Mailing Street=street|Mailing City=city|Mailing State/Province=region|Mailing Zip/Postal Code=postcode|Mailing Country=country|Description=-|Last Modified Date=-|Birthdate=date|Contact Owner Email=-",
		"English, an address book": "First Name=given_name|Middle Name=-|Last Name=family_name|Organization Name=company|E-mail 1 - Value=email|E-mail 2 - Value=email|Phone 1 - Value=phone|Address 1 - Street=street|Address 1 - City=city|Address 1 - Postal Code=postcode|Notes=-|Birthday=date",
		"English, a shop":          "customer_id=identifier|billing_first_name=given_name|billing_last_name=family_name|billing_company=company|billing_address_1=street|billing_address_2=-|billing_city=city|billing_postcode=postcode|shipping_address_1=-|shipping_city=-|shipping_postcode=-",
		"English, registers":       "soc_sec_id=identifier|surname=family_name|given_name=given_name|street_number=house_number|address_1=street|suburb=city|date_of_birth=date|PASSPORT_NUMBER=identifier|className=-|Business Name 2=company|Organizer email=email",
		"German, Outlook":          "Anrede=-|Vorname=given_name|Nachname=family_name|Firma=company|Abteilung=-|Straße geschäftlich=street|Ort geschäftlich=city|Postleitzahl geschäftlich=postcode|Land/Region geschäftlich=country|Fax geschäftlich=-|Telefon geschäftlich=phone|Mobiltelefon=phone|E-Mail-Adresse=email|Geburtstag=date|Notizen=-",
		"German, a list":           "Kd.-Nr.=identifier|Name=family_name|Vorname=given_name|Strasse=street|Hausnr.=house_number|PLZ=postcode|Ort=city|Tel.=phone|Geburtsdatum=date|letzte Änderung=-",
		"French":                   "Civilité=-|Nom=family_name|Prénom=given_name|Société=company|Courriel=email|Téléphone portable=phone|Adresse=street|Code postal=postcode|Ville=city|Pays=country|N° client=identifier|Date de naissance=date|Lieu de naissance=text|Remarques=-|SIRET=identifier",
		"Spanish":                  "Nombre=given_name|Apellidos=family_name|Empresa=company|Correo electrónico=email|Teléfono móvil=phone|Dirección=street|Código postal=postcode|Población=city|Provincia=region|País=country|NIF=identifier|Fecha de nacimiento=date|Observaciones=-|Cargo=-",
		"Italian":                  "Nome=given_name|Cognome=family_name|Ragione sociale=company|Indirizzo e-mail=email|Cellulare=phone|Indirizzo=street|Numero civico=house_number|CAP=postcode|Città=city|Partita IVA=identifier|Data di nascita=date|Codice cliente=identifier|Note=-",
		"Portuguese":               "Nome=given_name|Apelido=family_name|Empresa=company|Telemóvel=phone|E-mail=email|Morada=street|Código Postal=postcode|Localidade=city|Data de nascimento=date|Contribuinte=identifier|Observações=-",
		"Portuguese, Brazil":       "Nome completo=person_name|Razão Social=company|Celular=phone|Endereço=street|CEP=postcode|Cidade=city|CPF=identifier|UF=region",
		"Dutch":                    "Voornaam=given_name|Achternaam=family_name|Bedrijfsnaam=company|Straat=street|Huisnummer=house_number|Toevoeging=-|Postcode=postcode|Woonplaats=city|Land=country|Mobiel=phone|E-mailadres=email|Klantnummer=identifier|Geboortedatum=date|Opmerkingen=-",
		"Danish":                   "Fornavn=given_name|Efternavn=family_name|Virksomhed=company|Adresse=street|Postnr.=postcode|By=city|Tlf.=phone|Mobil=phone|E-mail=email|Fødselsdato=date|CVR-nr.=identifier|Bemærkninger=-|Created by=-",
		"Norwegian":                "Fornavn=given_name|Etternavn=family_name|Bedrift=company|Gateadresse=street|Postnummer=postcode|Poststed=city|Telefonnr=phone|E-post=email|Født=date|Kundenr=identifier|Org.nr.=identifier",
		"Swedish":                  "Förnamn=given_name|Efternamn=family_name|Företag=company|Gatuadress=street|Postnr=postcode|Ort=city|Mobilnummer=phone|E-postadress=email|Personnummer=identifier|Anteckningar=-",
		"Finnish":                  "Etunimi=given_name|Sukunimi=family_name|Yritys=company|Katuosoite=street|Postinumero=postcode|Kaupunki=city|Puhelin=phone|Sähköposti=email|Syntymäaika=date",
		"Polish":                   "Lp.=-|Imię=given_name|Nazwisko=family_name|Nazwa firmy=company|Ulica=street|Nr domu=house_number|Kod pocztowy=postcode|Miejscowość=city|Województwo=region|Kraj=country|Telefon komórkowy=phone|Adres e-mail=email|NIP=identifier|Data urodzenia=date|Nr klienta=identifier|Uwagi=-",
		"Czech":                    "Jméno=given_name|Příjmení=family_name|Společnost=company|Ulice=street|Číslo popisné=house_number|PSČ=postcode|Město=city|Země=country|Telefon=phone|E-mailová adresa=email|IČO=identifier|Datum narození=date|Poznámka=-|Zákaznické číslo=identifier",
		"Slovak":                   "Meno=given_name|Priezvisko=family_name|Spoločnosť=company|Ulica a číslo=street|PSČ=postcode|Mesto=city|Krajina=country|Telefónne číslo=phone",
		"Hungarian":                "Vezetéknév=family_name|Keresztnév=given_name|Cégnév=company|Irányítószám=postcode|Település=city|Utca=street|Házszám=house_number|Ország=country|Telefonszám=phone|E-mail cím=email|Születési dátum=date|Adószám=identifier|Megjegyzés=-",
		"Romanian":                 "Nume=family_name|Prenume=given_name|Denumire firmă=company|Strada=street|Cod poștal=postcode|Localitate=city|Județ=region|Țară=country|Telefon mobil=phone|Adresă de email=email|CUI=identifier|Data nașterii=date|Observații=-",
		"Turkish":                  "Adı=given_name|Soyadı=family_name|Şirket Adı=company|Cep Telefonu=phone|E-posta=email|Açık Adres=street|Posta Kodu=postcode|Şehir=city|Ülke=country|Vergi No=identifier|Doğum Tarihi=date|Müşteri No=identifier|Notlar=-",
		"Russian":                  "Фамилия=family_name|Имя=given_name|Организация=company|Должность=-|Электронная почта=email|Мобильный телефон=phone|Улица=street|Индекс=postcode|Город=city|Страна=country|Дата рождения=date|ИНН=identifier|Комментарий=-",
		"Russian, one name":        "ФИО=person_name|Телефон=phone|Адрес=street",
		"Ukrainian":                "Прізвище=family_name|Ім'я=given_name|Компанія=company|Електронна пошта=email|Мобільний=phone|Вулиця=street|Поштовий індекс=postcode|Місто=city|Країна=country|Дата народження=date|Примітка=-",
		"Greek":                    "Όνομα=given_name|Επώνυμο=family_name|Εταιρεία=company|Διεύθυνση=street|Τ.Κ.=postcode|Πόλη=city|Χώρα=country|Τηλέφωνο=phone|Κινητό=phone|Ηλεκτρονικό ταχυδρομείο=email|Α.Φ.Μ.=identifier|Ημερομηνία γέννησης=date|Παρατηρήσεις=-",
		"somebody else's":          "First name=given_name|Last name=family_name|Assistant first name=-|Emergency Phone=-|Parent Email=-|is_company=-|E-mail opt out=-",
		"nothing":                  "col7=-|amount=-|=-|🙂=-|x y z=-|by the way=-|site=-|via=-|status=-|name_of_file=-",
	} {
		t.Run(language, func(t *testing.T) {
			var header []string
			want := map[string]string{}
			for pair := range strings.SplitSeq(text, "|") {
				at := strings.LastIndexByte(pair, '=')
				if pair[:at] != "" {
					header = append(header, pair[:at])
					want[pair[:at]] = pair[at+1:]
				}
			}
			kinds, why := guessed(t, header, nil)
			for _, name := range header {
				if kinds[name] != want[name] {
					t.Errorf("%q is guessed to be %s, want %s: %s", name, kinds[name], want[name], why[name])
				}
			}
		})
	}
}

// contactsForGuessing are n people with every second of them entered twice.
func contactsForGuessing(n int) (rows []map[string]string) {
	given := []string{"Anna", "Bernd", "Clara", "David", "Elena", "Felix", "Greta", "Henrik", "Ines", "Jonas", "Karl", "Lukas", "Maria",
		"Andreas", "Barbara", "Christian", "Daniel", "Elisabeth", "Franz", "Georg", "Hans", "Johannes", "Katharina", "Ludwig", "Michael", "Nikolaus", "Peter",
		"Robert", "Sabine", "Thomas", "Ursula", "Wolfgang", "Alexander", "Christine", "Eva", "Friedrich", "Gertrud"}
	towns := []string{"Berlin", "Zwiesel", "Hamburg", "Köln", "Ottobrunn", "Leipzig", "Kleinmachnow", "Dresden"}
	for i := range n {
		first, last := pick(given, i), pick(familyNames, 7*i+1)
		town := i * 5 % len(towns)
		row := map[string]string{
			"given": first, "family": last, "whole": first + " " + last, "turned": last + ", " + first,
			"mail":    strings.ToLower(fmt.Sprintf("%s.%s@mail%d.example", first, last, i%7)),
			"phone":   fmt.Sprintf("030 %07d", 1000003*i%9999991),
			"city":    towns[town],
			"zip":     fmt.Sprintf("%05d", 10115+7919*town+i%2),
			"ukzip":   fmt.Sprintf("SW%dA %dAA", 1+town, 1+i%3),
			"street":  fmt.Sprintf("%s %d", pick([]string{"Ahornweg", "Hauptstr.", "Lindenallee", "Marktplatz", "Rosengasse"}, i), 1+i%120),
			"road":    fmt.Sprintf("%d %s", 1+i%120, pick([]string{"High Street", "Station Rd", "Park Ave", "Mill Lane"}, i)),
			"company": pick([]string{"Nordbau", "Weber", "Alpina", "Heron"}, i/3) + pick([]string{" GmbH", " & Söhne KG", " Ltd", ""}, i),
			"country": pick([]string{"Deutschland", "Österreich", "Polska", "France"}, i), "iso": pick([]string{"DE", "AT", "PL", "FR"}, i),
			"born":    fmt.Sprintf("%04d-%02d-%02d", 1940+i*7%65, 1+i%12, 1+i%28),
			"bornde":  fmt.Sprintf("%02d.%02d.%04d", 1+i%28, 1+i%12, 1940+i*7%65),
			"number":  fmt.Sprintf("K-%05d", 30000+i),
			"uuid":    fmt.Sprintf("%08x-0000-4000-8000-%012x", i*2654435761%4294967291, i),
			"notes":   pick([]string{"called back", "likes tea", "Mark wants an offer", "please do not call before 9 am", "met at the fair", "sent brochure"}, i),
			"created": fmt.Sprintf("2024-%02d-%02d", 1+i%12, 1+i%28), "stamp": fmt.Sprintf("%04d-03-01 12:%02d", 1990+i%30, i%60),
			"amount": fmt.Sprintf("%d.50", 100+i*37%5000), "digits": fmt.Sprint(20000 + i*311%70000), "score": fmt.Sprint(i % 11),
			"tag": pick([]string{"gold", "silver", "bronze"}, i), "yes": pick([]string{"yes", "no"}, i), "language": pick([]string{"de", "en", "fr", "pl"}, i),
			"product": pick([]string{"Garden Chair", "Oak Table", "Desk Lamp", "Office Shelf"}, i), "url": fmt.Sprintf("https://www.firm%d.example/team", i%9),
			"state": pick([]string{"NY", "TX", "CA", "FL", "WA"}, i), "price": fmt.Sprintf("EUR %d,-", i%90), "time": fmt.Sprintf("%02d:%02d", i%24, i%60),
			"rep": pick(givenNames[:9], i), "repmail": pick(givenNames[:9], i) + "@firm.example", "repname": pick(givenNames[:9], i) + " " + pick(familyNames[:2], i),
			"about": pick([]string{"the agency called", "an old school friend", "our academy", "met at the university", "foundation work"}, i),
			"role":  pick([]string{"Head of Sales", "Engineer", "Managing Director"}, i), "empty": "",
		}
		rows = append(rows, row)
		if i%2 == 0 {
			again := map[string]string{}
			for k, v := range row {
				again[k] = v
			}
			again["uuid"] = fmt.Sprintf("%08x-0000-4000-9000-%012x", i*2246822519%4294967291, i)
			again["digits"] = fmt.Sprint(20000 + i*733%70000)
			rows = append(rows, again)
		}
	}
	return rows
}

// pickColumns lays columns of rows under headers that say nothing.
func pickColumns(rows []map[string]string, columns []string) (header []string, table [][]string) {
	for i := range columns {
		header = append(header, fmt.Sprintf("col%d", i+1))
	}
	for _, r := range rows {
		var row []string
		for _, c := range columns {
			row = append(row, r[c])
		}
		table = append(table, row)
	}
	return header, table
}

// What columns hold whose headers say nothing, and those of which nothing can be
// said, each by itself.
func TestGuessByContent(t *testing.T) {
	rows := contactsForGuessing(200)
	for column, want := range map[string]string{
		"mail": "email", "phone": "phone", "street": "street", "road": "street", "company": "company", "country": "country", "iso": "country",
		"born": "date", "bornde": "date", "whole": "person_name", "turned": "person_name", "given": "given_name", "city": "city",
		"family": "-", "zip": "-", "number": "-", "uuid": "-", "notes": "-", "created": "-", "stamp": "-", "amount": "-", "digits": "-", "score": "-",
		"tag": "-", "yes": "-", "language": "-", "product": "-", "url": "-", "state": "-", "price": "-", "time": "-", "role": "-", "about": "-", "rep": "-", "empty": "-",
	} {
		header, table := pickColumns(rows, []string{column})
		if kinds, why := guessed(t, header, table); kinds["col1"] != want {
			t.Errorf("%s is guessed to be %s, want %s: %s", column, kinds["col1"], want, why["col1"])
		}
	}
}

// What one column says of another: a family name stands in the e-mail address, a
// postcode goes with one town, a number with one name.
func TestGuessByOtherColumns(t *testing.T) {
	rows := contactsForGuessing(200)
	for _, c := range []struct {
		columns string
		want    string
	}{
		{"family given mail", "family_name given_name email"},
		{"family given phone", "- given_name phone"},
		{"zip city given family mail", "postcode city given_name family_name email"},
		{"zip phone", "- phone"},
		{"number uuid zip notes product given family mail city", "identifier - postcode - - given_name family_name email city"},
		{"digits tag whole", "- - person_name"},
		{"notes role whole mail", "- - person_name email"},
	} {
		header, table := pickColumns(rows, strings.Fields(c.columns))
		kinds, why := guessed(t, header, table)
		var got []string
		for _, h := range header {
			got = append(got, kinds[h])
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %s, want %s: %q", c.columns, strings.Join(got, " "), c.want, why)
		}
	}
}

// A header is not believed where the values cannot be what it says.
func TestGuessDoubtsHeaders(t *testing.T) {
	rows := contactsForGuessing(60)
	for _, c := range []struct{ header, column, want string }{
		{"Email", "created", "-"}, {"Email", "yes", "-"}, {"Email", "mail", "email"}, {"Phone", "tag", "-"}, {"Phone", "mail", "email"},
		{"Birthday", "city", "-"}, {"Geburtsort", "city", "text"}, {"Geburtsname", "city", "-"}, {"Contact Owner", "whole", "-"}, {"Owner", "mail", "-"}, {"Assistant", "given", "-"}, {"Salesman", "rep", "-"}, {"Assigned to", "repmail", "-"}, {"Sales rep", "repname", "-"}, {"Birthday", "bornde", "date"}, {"First name", "number", "-"},
		{"Kraj", "country", "country"}, {"Kraj", "city", "city"}, {"CP", "zip", "postcode"}, {"CP", "tag", "-"}, {"Ort", "amount", "-"},
		{"Name", "company", "company"}, {"Name", "whole", "person_name"}, {"Name", "digits", "-"}, {"Kontakt", "mail", "email"}, {"Kontakt", "phone", "phone"},
		{"Ad", "notes", "-"}, {"Land", "iso", "country"}, {"Land", "tag", "-"}, {"Company", "mail", "email"},
	} {
		_, table := pickColumns(rows, []string{c.column})
		if kinds, why := guessed(t, []string{c.header}, table); kinds[c.header] != c.want {
			t.Errorf("%s with values such as %q is guessed to be %s, want %s: %s", c.header, rows[0][c.column], kinds[c.header], c.want, why[c.header])
		}
	}
}

// A number of which every row has another tells nobody apart, and of several
// dates that with most values is taken.
func TestGuessLeavesOutNumbersOfRows(t *testing.T) {
	rows := contactsForGuessing(60)
	for i, r := range rows {
		r["row"] = fmt.Sprintf("K-%d", 1000+i)
		r["founded"] = ""
		if i%3 == 0 {
			r["founded"] = r["born"]
		}
	}
	_, table := pickColumns(rows, strings.Fields("row number founded born"))
	header := []string{"Customer number", "Tax number", "Founded", "Date of birth"}
	kinds, why := guessed(t, header, table)
	for name, want := range map[string]string{"Customer number": "-", "Tax number": "identifier", "Founded": "-", "Date of birth": "date"} {
		if kinds[name] != want {
			t.Errorf("%s is guessed to be %s, want %s: %s", name, kinds[name], want, why[name])
		}
	}
}

// A name column is what the columns beside it leave.
func TestGuessNameBesideOthers(t *testing.T) {
	rows := contactsForGuessing(60)
	for _, c := range []struct{ header, columns, want string }{
		{"Name|Vorname", "family given", "family_name given_name"},
		{"Name|Vorname", "whole given", "person_name -"},
		{"Name|Nachname", "given family", "given_name family_name"},
		{"Nombre|Apellidos", "given family", "given_name family_name"},
		{"Name|First name|Last name", "whole given family", "- given_name family_name"},
		{"Account Name|First name|Last name", "company given family", "company given_name family_name"},
		{"Full name|First name", "whole given", "person_name -"},
		{"Nom|Société", "whole company", "person_name company"},
		{"Kunde|Ort", "company city", "company city"},
	} {
		_, table := pickColumns(rows, strings.Fields(c.columns))
		header := strings.Split(c.header, "|")
		kinds, why := guessed(t, header, table)
		var got []string
		for _, h := range header {
			got = append(got, kinds[h])
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s holding %s: got %s, want %s: %q", c.header, c.columns, strings.Join(got, " "), c.want, why)
		}
	}
}

// A name in the header makes no phone numbers of dates.
func TestGuessDatesOfContacts(t *testing.T) {
	var rows [][]string
	for i := range 60 {
		rows = append(rows, []string{fmt.Sprintf("2025-%02d-%02d", 1+i%12, 1+i%28), fmt.Sprintf("%02d.%02d.2025", 1+i%28, 1+i%12), fmt.Sprintf("0341 55%05d", 10007+i*373)})
	}
	kinds, why := guessed(t, []string{"last_contact", "Letzter Kontakt", "Kontakt"}, rows)
	if kinds["last_contact"] != "-" || kinds["Letzter Kontakt"] != "-" || kinds["Kontakt"] != "phone" {
		t.Errorf("dates of contacts are guessed to be %v: %v", kinds, why)
	}
}
