package canon

// List is one of the word lists of the package, for programs that compare
// words rather than parse values. What its lines mean, its file says.
type List string

// The lists that others may read.
const (
	ListTitles        List = "titles"
	ListSuffixes      List = "suffixes"
	ListParticles     List = "particles"
	ListIberian       List = "iberian_surnames"
	ListNicknames     List = "nicknames"
	ListNamePairs     List = "name_pairs"
	ListGivenNames    List = "given_names"
	ListLegalForms    List = "legal_forms"
	ListFormFamilies  List = "form_families"
	ListCompanyWords  List = "company_words"
	ListCompanyShort  List = "company_short"
	ListStreetWords   List = "street_words"
	ListCities        List = "cities"
	ListRoleMailboxes List = "roles"
	ListFreeMailHosts List = "free_mail_hosts"
	ListMonths        List = "months"
	ListLargeTowns    List = "large_towns"
	ListColumnKinds   List = "column_kinds"
)

// Entries returns the lines of the list, without blank lines and comments. The
// caller owns the slice. A List that is none of the constants panics.
func (l List) Entries() []string { return lines(string(l)) }
