package main

import "strings"

// The lists are in order of frequency, as far as one knows, and written for
// this program. An underscore stands for a space.

var (
	givenEnglish = strings.Fields(`James Mary Michael Jennifer John Elizabeth David Linda Robert Patricia William Susan Richard Jessica Joseph Sarah Thomas
		Karen Christopher Nancy Daniel Lisa Matthew Margaret Anthony Sandra Mark Ashley Donald Kimberly Steven Emily Andrew Donna Paul Michelle Joshua
		Carol Kenneth Amanda Kevin Melissa Brian Deborah George Stephanie Timothy Rebecca Ronald Laura Jason Sharon Edward Cynthia Jeffrey Kathleen Ryan
		Amy Jacob Angela Gary Shirley Nicholas Anna Eric Brenda Jonathan Pamela Stephen Emma Larry Nicole Justin Helen Scott Samantha Brandon Katherine
		Benjamin Christine Samuel Debra Gregory Rachel Alexander Carolyn Patrick Janet Frank Maria Raymond Catherine Jack Heather Dennis Diane Jerry Olivia
		Tyler Julie Aaron Joyce Jose Victoria Adam Ruth Nathan Virginia Henry Lauren Zachary Kelly Douglas Christina Peter Joan Kyle Evelyn Noah Judith
		Ethan Andrea Jeremy Hannah Christian Megan Walter Cheryl Keith Jacqueline Austin Martha Roger Madison Terry Teresa Sean Gloria Gerald Sara Carl
		Janice Dylan Ann Harold Kathryn Jordan Abigail Jesse Sophia Bryan Frances Lawrence Jean Arthur Alice Gabriel Judy Bruce Isabella Logan Julia Billy
		Grace Joe Amber Alan Denise Juan Danielle Elijah Marilyn Willie Beverly Albert Charlotte Wayne Natalie Randy Theresa Mason Diana Vincent Brittany
		Liam Doris Roy Kayla Ralph Alexis Bobby Lori Russell Marie Oscar Harriet Graham Fiona Duncan Imogen Rupert Gemma Nigel Tamsin Alistair Rowena
		Trevor Philippa Clive Bronwen Malcolm Sian Gareth Orla Rhys Niamh Declan Maeve Conor Aoife`)
	givenGerman = strings.Fields(`Thomas Sabine Michael Susanne Andreas Petra Stefan Monika Peter Claudia Wolfgang Andrea Klaus Karin Christian Ursula Jürgen
		Birgit Martin Martina Frank Nicole Markus Stefanie Daniel Anja Alexander Christine Tobias Julia Sebastian Katrin Jan Anna Matthias Silke Florian
		Heike Uwe Barbara Bernd Melanie Werner Angelika Manfred Gabriele Dieter Renate Helmut Brigitte Hans Helga Heinz Ingrid Günter Gisela Jens Sandra
		Philipp Laura Lukas Lena Felix Lea Jonas Sarah Maximilian Sophie Dirk Tanja Oliver Katja Ralf Manuela Torsten Simone Kai Britta Sven Kerstin Lars
		Ulrike Björn Maren Volker Antje Rainer Marion Holger Doris Joachim Elke Detlef Cornelia Rolf Beate Gerhard Ute Horst Anke Karl Christa Norbert
		Johanna Bastian Franziska Moritz Theresa Niklas Magdalena Simon Elisabeth Fabian Carolin Dominik Vanessa Benedikt Miriam Hendrik Judith Konrad
		Annette Leonhard Dorothea Friedrich Hannelore Jörg Bärbel Götz Käthe Sören Heidrun Jannik Svenja Malte Wiebke Arne Frauke Henning Gesa`)
	givenOther = strings.Fields(`Mehmet Ayşe Ali Fatma Mustafa Elif Piotr Anna Krzysztof Katarzyna Andrzej Małgorzata Tomasz Agnieszka Łukasz Ewa José María
		Juan Carmen Carlos Lucía Miguel Inés Álvaro Begoña Jean Marie Pierre Sylvie François Agnès Benoît Élodie Luc Chloé Giuseppe Giulia Marco Chiara
		Paolo Francesca Lars Ingrid Søren Astrid Håkan Åsa Jiří Jana Ondřej Zuzana Joost Marijke Pieter Femke Dmitri Olga Sergei Natalia Nguyen Linh Wei
		Yuki Kenji Priya Raj Anil Deepa Omar Layla Yusuf Zeynep Ivan Jelena Nikola Milica Andrei Ioana`)

	familyEnglish = strings.Fields(`Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Thomas Moore Martin Jackson Thompson White Harris
		Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams Nelson Baker Hall Campbell Mitchell Carter Roberts Phillips Evans Turner
		Parker Collins Edwards Stewart Morris Murphy Cook Rogers Morgan Cooper Peterson Bailey Reed Kelly Howard Cox Ward Richardson Watson Brooks Wood
		James Bennett Gray Hughes Price Myers Long Foster Sanders Ross Powell Sullivan Russell Perry Butler Barnes Fisher Henderson Coleman Simmons Patterson
		Jordan Reynolds Hamilton Graham Wallace West Cole Hayes Bryant Gibson Ellis Stevens Murray Ford Marshall Owens McDonald Harrison Kennedy Wells Woods
		Henry Freeman Webb Tucker Burns Crawford Olson Simpson Porter Hunter Gordon Shaw Snyder Mason Dixon Hunt Hicks Holmes Palmer Wagner Black Robertson
		Boyd Stone Salazar Fox Warren Mills Rose Rice Schmidt Knight Ferguson Nichols Stephens Weaver Ryan Dunn Arnold Payne Pierce Elliott Spencer Hudson
		Lane Andrews Harper Carpenter Greene Lawrence Chapman Richards Bishop Carroll Montgomery O'Brien Jacobs Lynch Austin Fuller Harvey Burton Sims Howell
		Dean Hanson Garrett Little Sutton Craig McCoy Cunningham Bradley Watkins Hopkins Lowe Barrett Douglas Hale Fleming Rhodes Peters Pearson Walsh Barker
		Doyle Fitzgerald Byrne O'Connor Gallagher Nolan Brennan MacLeod Sinclair Fraser Pritchard Llewellyn Ashworth Grimshaw Hawthorne Fairbanks`)
	familyGerman = strings.Fields(`Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf Schröder
		Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Schmitz Krause Meier Lehmann Schmid Schulze Maier Köhler Herrmann König
		Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz Möller Weiß Jung Hahn Schubert Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck
		Lorenz Baumann Franke Albrecht Schuster Simon Ludwig Böhm Winter Kraus Martin Schumacher Krämer Vogt Stein Jäger Otto Sommer Groß Seidel Heinrich
		Brandt Haas Schreiber Graf Schulte Dietrich Ziegler Kuhn Kühn Pohl Engel Horn Busch Bergmann Thomas Voigt Sauer Arnold Wolff Pfeiffer Ernst Lindner
		Hübner Kramer Franz Beyer Haase Peter Jansen Kern Barth Wenzel Hermann Ott Paul Riedel Wilhelm Hansen Nagel Grimm Lenz Ritter Bock Langer Kaufmann
		Mohr Förster Zimmer Haupt Reuter Ebert Schilling Voß Thiel Naumann Rößler Zöllner Kästner Gärtner von_der_Au von_Stetten zu_Hohenfels`)
	familyOther = strings.Fields(`García Martínez López González Rodríguez Fernández Pérez Sánchez Ramírez Torres Núñez Ibáñez Martin Bernard Dubois Laurent
		Lefèvre Moreau Gauthier Rossi Russo Ferrari Bianchi Ricci Nowak Kowalski Wiśniewski Wójcik Kamiński Lewandowski Zieliński Dąbrowski Yılmaz Kaya
		Demir Şahin Çelik Özdemir de_Jong Jansen de_Vries van_den_Berg van_Dijk Bakker Visser Hansen Johansen Olsen Larsen Andersson Åkesson Lindström
		Sørensen Nielsen Novák Svoboda Dvořák Horák Ivanov Petrov Popescu Kovács Nagy Horvat Nguyễn Trần Lê Wang Li Zhang Tanaka Suzuki Sato Singh Patel
		Khan Ahmed Hassan`)
	familyStems = [2][]string{
		strings.Fields(`Ash Black Brad Brack Broad Burn Chat Clay Cold Cran Dal Den Drum East Elm Fair Farn Glad Green Had Hal Hart Haw Hazel High Hol Kirk Lang
			Lin Lock Mar Mel Mid Mill Nor Oak Pem Rad Red Row Rush Sax Shel Stan Stock Strat Sun Thorn Wal Wen West Whit Wind Wood Wor Yar Brom Chel Dun Hex`),
		strings.Fields(`Adel Birken Blumen Brand Breiten Buchen Dorn Eber Eichen Eisen Falken Feld Finken Fried Gold Grün Hager Hammer Hasel Hirsch Hohen Holz
			Kirch Kreuz Linden Löwen Mark Mitter Neu Nieder Ober Öster Rauch Reichen Rosen Roten Sand Schön Schwarzen Silber Sommer Sonnen Spitz Stein Stern
			Strauch Sulz Tannen Thal Ulm Wald Wasser Weiden Weiß Wiesen Winter Zell Ziegen`),
	}
	familyEndings = [2][]string{
		strings.Fields(`ton ley ford well field wood worth by ham bury combe den er ers ing ings man more ridge shaw side stead thorpe wick way`),
		strings.Fields(`berg berger bach bacher hof hofer feld felder mann maier müller reuter stein steiner thal thaler wald auer brunner hauser huber eck inger ler`),
	}

	// Rare names, of which there are many, are made of syllables.
	familyRare = [2][]string{
		composed(composed(strings.Fields(`Al Bar Bel Car Cas Cor Dar Del El Fen Gar Gil Har Hol Jar Kel Kin Lor Mac Mal Mar Mer Mor Nel Or Pel Per Pol Quin Ral Ros Sal Sel Tal Tar Tol Var Ver Wil Wes`),
			strings.Fields(`a an by cu der di e en es i la len lo man mi ner o ri ti vi`)), strings.Fields(`bee cott croft dan den ford gan lin ney pole rick sby sey son tt ver well wick`)),
		composed(composed(strings.Fields(`Al Ank Bar Ber Bie Bol Bren Dam Del Dies Eck Eg Fal Ger Gol Har Hel Hol Jan Kal Kem Kol Kun Lam Lem Lor Mal Mat Mel Nol Pan Pel Ram Rem Sal Schal Tam Tim Vol Wal`),
			strings.Fields(`a bel ber der di e el en ge ger i ke len li ma mer ne no ri te`)), strings.Fields(`ke mann meier ner nik now rath rich sch schke sen ski stedt ten ting witz zel`)),
	}
	givenRare = [2][]string{
		composed(strings.Fields(`Ad Al Ar Bel Bri Cal Cor Dar Del El Ev Fay Gar Jan Jo Kar Ker Lar Lin Lor Mar Mel Nor Or Ral Ros Sel Tal Ther Val Ver Wil`), strings.Fields(`a an anna ella elle en etta ette ia ice ien in ina inda ine is ita on ra ric rick rin ten tha ton ven vin yn`)),
		composed(strings.Fields(`Ad Al An Ben Ber Dag Diet Ed El Er Ewa Fre Ger Gis Had Hel Her Ing Ir Jo Kar Len Lin Lud Mar Mein Ort Rein Rosw Sieg Tru Wal`), strings.Fields(`a bert berta burg debert de e er fried gard gunde hard helm hild ia ina ine ka lind ma mar mund ne olf ta traud ulf wig win`)),
	}

	nicknames = nicknamesOf(`Michael:Mike,Mick,Micha William:Bill,Will,Billy Robert:Bob,Rob,Bobby Richard:Rick,Dick,Rich James:Jim,Jimmy,Jamie John:Jack,Johnny
		Elizabeth:Liz,Beth,Betty,Lizzie Margaret:Maggie,Peggy,Meg Katherine:Kate,Kathy,Katie Catherine:Cathy,Kate Kathryn:Kathy,Kate Jennifer:Jen,Jenny Thomas:Tom,Tommy
		Christopher:Chris,Kit Christine:Chris,Tina Daniel:Dan,Danny Matthew:Matt Anthony:Tony Andrew:Andy,Drew Joshua:Josh Kenneth:Ken,Kenny Steven:Steve Stephen:Steve
		Edward:Ed,Eddie,Ted Ronald:Ron Timothy:Tim Jeffrey:Jeff Nicholas:Nick Jonathan:Jon,Jonny Samuel:Sam Samantha:Sam Gregory:Greg Alexander:Alex,Sascha Patrick:Pat,Paddy
		Patricia:Pat,Patty,Tricia Raymond:Ray Benjamin:Ben Joseph:Joe Lawrence:Larry Gerald:Gerry Deborah:Debbie,Deb Debra:Debbie Susan:Sue,Susie Rebecca:Becky,Becca
		Kimberly:Kim Pamela:Pam Victoria:Vicky,Tori Jessica:Jess Amanda:Mandy Abigail:Abby Douglas:Doug Donald:Don Charlotte:Lottie Philippa:Pippa Zachary:Zack
		Sabine:Bine Susanne:Susi Andreas:Andi Stefan:Steff Stefanie:Steffi Wolfgang:Wolf Klaus:Klausi Christian:Chris Ursula:Uschi,Ulla Jürgen:Jörg Birgit:Biggi Markus:Mark
		Tobias:Tobi Sebastian:Basti Katrin:Kati Matthias:Matze,Matthi Florian:Flo Barbara:Bärbel,Babsi Angelika:Geli Gabriele:Gabi Brigitte:Gitti Hans:Hansi Johanna:Hanna
		Maximilian:Max Philipp:Phil Manuela:Manu Elisabeth:Lisa,Elli,Sissi Friedrich:Fritz Karl:Kalle Franziska:Franzi Magdalena:Lena Theresa:Resi,Tess Dominik:Nick
		Giuseppe:Beppe Francesca:Franca Krzysztof:Krzysiek Katarzyna:Kasia Małgorzata:Gosia Agnieszka:Aga José:Pepe`)

	streetsEnglish = composed(strings.Fields(`Oak Maple Cedar Pine Elm Washington Lake Hill Walnut Spring North Ridge Church Willow Mill Sunset Railroad Jackson West River Cherry
		Franklin Highland Forest Johnson Meadow Dogwood Hickory Laurel Chestnut Lincoln Madison Adams Park Jefferson Garden Orchard Valley Station Victoria Queen King
		Albert Castle Manor Grove Bridge Market High School Canal Harbour Abbey Prospect Juniper Magnolia Sycamore Birch Poplar Aspen`),
		strings.Fields(`_Street _Avenue _Road _Drive _Lane _Court _Place _Boulevard`))
	streetsGerman = composed(strings.Fields(`Haupt Schul Garten Bahnhof Dorf Berg Birken Linden Kirch Wald Ring Schiller Goethe Mozart Beethoven Wiesen Amsel Eichen Feld Mühlen Rosen
		Buchen Jahn Tannen Industrie Post Sonnen Blumen Friedhof Brunnen Bach Markt Luther Fichten Lessing Kant Uhland Bismarck Hermann König Kaiser Fabrik Hafen`),
		strings.Fields(`straße weg platz allee gasse ring`))

	townsEnglish = composed(composed(strings.Fields(`Spring Fair Clin Green Bridge River Salem George Arling Lexing Ash Burl Man Ox Clay Day Hud King New Frank Mil Au Wash Chester Lan Mari`),
		strings.Fields(`field view ton ville port land town ford burg wood dale brook`)),
		[]string{"", "_Heights", "_Park", "_Springs", "_Grove", "_Junction"})
	townsGerman = composed(composed(strings.Fields(`Neu Alten Ober Unter Nieder Hohen Groß Klein Königs Markt Wald Sonnen Berg Rhein Main Elb Saal Stein Lauter Schön Eisen Fürsten`),
		strings.Fields(`burg stadt dorf heim kirchen berg feld bach hausen furt münster rode`)),
		[]string{"", "-Nord", "-Süd", "_am_See", "_im_Tal", "_an_der_Aue"})

	trades = strings.Fields(`Logistics Consulting Solutions Industries Foods Media Engineering Software Systems Trading Construction Plumbing Electrical Dental Legal
		Design Motors Energy Insurance Bakery Hotels Transport Pharma Textiles Marketing Security Bau Technik Elektro Handel Spedition Druck Metallbau Messebau
		Gartenbau Immobilien Reisen Apotheke Autohaus Maschinenbau`)
	coinedBeginnings = strings.Fields(`Nova Vita Syn Omni Luma Veri Cor Ter Alto Quan Delta Hexa Pro Medi Opti Tele Ver Astra Kine Sola Flexi Inno Trans Aqua Eco`)
	coinedEndings    = strings.Fields(`tec soft net ware tron dyne gen max plan log med line flow grid craft point form con`)

	// forms are legal forms, each with the ways to write it.
	forms = [][]string{
		{"Ltd", "Limited", "Ltd.", ""}, {"Inc", "Inc.", "Incorporated", ""}, {"LLC", "L.L.C.", ""}, {"GmbH", "Gesellschaft mbH", "gmbh", ""},
		{"AG", "Aktiengesellschaft", ""}, {"GmbH & Co. KG", "GmbH&Co KG", "GmbH", "KG"}, {"Corp", "Corporation", "Corp."}, {"KG", ""}, {"e.K.", ""}, {"", "Group", "GmbH", "Ltd"},
	}

	providers = strings.Fields(`gmail.com gmail.com gmail.com gmail.com yahoo.com hotmail.com outlook.com icloud.com gmx.de gmx.de web.de web.de t-online.de aol.com`)
	boxes     = strings.Fields(`info info info office office contact sales kontakt mail`)
)

// nicknamesOf reads "Name:Nick,Nick" pairs.
func nicknamesOf(text string) map[string][]string {
	out := map[string][]string{}
	for _, entry := range strings.Fields(text) {
		name, nicks, _ := strings.Cut(entry, ":")
		out[name] = strings.Split(nicks, ",")
	}
	return out
}

func spaced(s string) string { return strings.ReplaceAll(s, "_", " ") }
