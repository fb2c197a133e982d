package norm_test

import (
	"testing"

	"github.com/reconkit/reconkit/dedupe/norm"
)

// Ways to write one legal form are alike; GmbH and AG are two companies, and GmbH
// may be GmbH & Co. KG written short, or its partner.
func TestLegalFormsOfOneName(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want norm.Forms
	}{
		{"Acme Ltd", "Acme Limited", norm.FormsAlike},
		{"Müller GmbH", "Müller G.m.b.H.", norm.FormsAlike},
		{"Müller GmbH", "Müller Gesellschaft mit beschränkter Haftung", norm.FormsAlike},
		{"Acme Inc", "Acme Incorporated", norm.FormsAlike},
		{"Acme Inc.", "Acme Corp.", norm.FormsAlike},
		{"Acme Pty Ltd", "Acme Ltd", norm.FormsAlike},
		{"Müller KG", "Müller & Co. KG", norm.FormsAlike},
		{"Müller GmbH & Co. KG", "Müller GmbH und Co KG", norm.FormsAlike},
		{"Müller GmbH Berlin", "Müller Berlin GmbH", norm.FormsAlike},
		{"Müller GmbH", "Müller", norm.FormsAlike},
		{"Müller GmbH", "Müller Gruppe", norm.FormsAlike},
		{"Müller Holding GmbH", "Müller Holding", norm.FormsAlike},
		{"株式会社トヨタ", "㈱トヨタ", norm.FormsAlike},
		{"Müller GmbH", "Müller AG", norm.FormsOther},
		{"Müller GmbH", "Müller e.V.", norm.FormsOther},
		{"Müller GmbH", "Müller Holding GmbH", norm.FormsOther},
		{"Durand SA", "Durand SAS", norm.FormsOther},
		{"Merck KG", "Merck KGaA", norm.FormsOther},
		{"Acme LLC", "Acme Inc", norm.FormsOther},
		{"Müller GmbH", "Müller GmbH & Co. KG", norm.FormsShort},
		{"Müller KG", "Müller GmbH & Co. KG", norm.FormsShort},
	} {
		wantForms(t, tt.a, tt.b, tt.want)
	}
}

// wantForms compares the legal forms of two names, both ways round.
func wantForms(t *testing.T, a, b string, want norm.Forms) {
	t.Helper()
	form := func(name string) string {
		var c norm.Company
		c.Read(name)
		return string(norm.AppendForm(nil, c.Form))
	}
	x, y := form(a), form(b)
	if got := norm.CompareForms(x, y); got != want {
		t.Errorf("%s and %s: forms %q and %q compare as %d, want %d", a, b, x, y, got, want)
	}
	if norm.CompareForms(x, y) != norm.CompareForms(y, x) {
		t.Errorf("%s and %s compare otherwise the other way round", a, b)
	}
}

// What one company is called before and after its form was renamed by law or has
// grown, and how people write it, is no evidence against.
func TestFormsOfOneCompany(t *testing.T) {
	for _, family := range [][]string{
		{"Müller GmbH", "Müller gGmbH", "Müller UG", "Müller UG (haftungsbeschränkt)", "Müller mbH", "Müller GmbH i.G."},
		{"Müller GmbH & Co. KG", "Müller GmbH&Co.KG", "Müller GmbH & CoKG", "Müller GmbH u.Co.KG", "Müller GmbH & Co", "Müller GmbH & Cie KG",
			"Müller GmbH & Cie", "Müller KG GmbH & Co", "Müller UG & Co. KG", "Müller GmbH & Co. KG Berlin", "Müller GmbH Berlin KG"},
		{"Müller KG", "Müller & Co. KG", "Müller & CoKG"},
		{"Müller GbR", "Müller BGB-Gesellschaft", "Müller eGbR", "Müller Gesellschaft bürgerlichen Rechts"},
		{"Müller eG", "Müller eGen", "Müller e.G."},
		{"Müller OG", "Müller OHG", "Müller & Co. OHG"},
		{"Müller PartG", "Müller PartG mbB", "Müller Partnerschaftsgesellschaft", "Müller PartGmbB"},
		{"Gomez S.L.", "Gomez S.L.U.", "Gomez Sociedad Limitada"},
		{"Gomez S.A.", "Gomez S.A.U.", "Gomez SA de CV"},
		{"Silva Lda", "Silva Unipessoal Lda", "Silva Ltda"},
		{"Durand SARL", "Durand EURL", "Durand S.à r.l."},
		{"Durand SAS", "Durand SASU"},
		{"Rossi S.r.l.", "Rossi Srls"},
		{"Jansen BVBA", "Jansen BV"},
		{"Jansen SPRL", "Jansen SRL"},
		{"Jansen NV/SA", "Jansen NV"},
		{"Jansen SA/NV", "Jansen SA"},
		{"Virtanen Oy", "Virtanen Oyj", "Virtanen Oy Ab"},
		{"Hansen ApS", "Hansen IVS"},
		{"Horvat d.o.o.", "Horvat j.d.o.o."},
		{"ПАО Ромашка", "ОАО Ромашка", "Ромашка OAO"},
		{"Yilmaz Ltd. Şti.", "Yilmaz Ltd", "Yilmaz San. ve Tic. Ltd. Şti."},
		{"Yilmaz A.Ş.", "Yilmaz San. ve Tic. A.Ş."},
		{"Acme Ltd", "Acme Private Limited", "Acme Pty Ltd", "Acme Co., Ltd.", "Acme Corporation Limited"},
		{"Acme Inc", "Acme Corp", "Acme Co., Ltd.", "Acme Company Inc."},
		{"Acme LLC", "Acme, Inc., LLC", "Acme PLLC"},
		{"Acme Holding GmbH", "Acme Holdings GmbH", "Acme Holding Group GmbH"},
	} {
		for i, a := range family {
			for _, b := range family[i:] {
				wantForms(t, a, b, norm.FormsAlike)
			}
		}
	}
}

// Forms of different families are two companies side by side, or one that is written
// short where one form is half of the other.
func TestFormsOfTwoCompanies(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want norm.Forms
	}{
		{"Müller UG", "Müller AG", norm.FormsOther},
		{"Müller AG", "Müller SE", norm.FormsOther},
		{"Müller GbR", "Müller GmbH", norm.FormsOther},
		{"Müller OHG", "Müller KG", norm.FormsOther},
		{"Müller PartG", "Müller GmbH", norm.FormsOther},
		{"Müller GmbH & Co. KG", "Müller AG & Co. KG", norm.FormsOther},
		{"Müller GmbH & Co. KG", "Müller GmbH & Co. OHG", norm.FormsOther},
		{"Müller GmbH & Co. KG", "Müller AG", norm.FormsOther},
		{"Müller GmbH&Co.KG", "Müller e.V.", norm.FormsOther},
		{"Acme Ltd", "Acme LLP", norm.FormsOther},
		{"Acme Ltd", "Acme plc", norm.FormsOther},
		{"Acme Ltd", "Acme Inc", norm.FormsOther},
		{"Acme Co., Ltd.", "Acme LLC", norm.FormsOther},
		{"Acme Corp. Ltd.", "Acme, Inc., LLC", norm.FormsOther},
		{"Durand SA", "Durand SARL", norm.FormsOther},
		{"Durand SARL", "Durand SASU", norm.FormsOther},
		{"Rossi S.p.A.", "Rossi S.r.l.", norm.FormsOther},
		{"Gomez S.A.", "Gomez S.L.", norm.FormsOther},
		{"Jansen B.V.", "Jansen N.V.", norm.FormsOther},
		{"Jansen BVBA", "Jansen NV/SA", norm.FormsOther},
		{"Yilmaz Ltd. Şti.", "Yilmaz San. ve Tic. A.Ş.", norm.FormsOther},
		{"ООО Ромашка", "ПАО Ромашка", norm.FormsOther},
		{"Durand SCOP", "Durand SARL", norm.FormsOther},
		{"Müller UG", "Müller GmbH & Co. KG", norm.FormsShort},
		{"Müller GmbH", "Müller UG & Co. KG", norm.FormsShort},
		{"Müller GmbH", "Müller GmbH&Co.KG", norm.FormsShort},
		{"Müller KG", "Müller KG GmbH & Co", norm.FormsShort},
		{"Müller SE", "Müller SE & Co. KGaA", norm.FormsShort},
		{"Acme Limited", "Acme Ltd. & Co. KG", norm.FormsShort},
		{"Kowalski Sp. z o.o.", "Kowalski Sp. z o.o. Sp. k.", norm.FormsShort},
	} {
		wantForms(t, tt.a, tt.b, tt.want)
	}
}
