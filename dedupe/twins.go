package dedupe

// twinNames are first names of men and the forms that women bear, folded. They
// are one or two letters apart, so that a similarity takes them for one name
// with a slip of the pen, but a couple or brother and sister bear them under
// one last name, phone, address and often one e-mail. Forms that are also
// common ways to write one person's name (Ann and Anna) do not belong here.
var twinNames = map[string][]string{
	"adrian":     {"adriana", "adriane", "adrienne"},
	"alessandro": {"alessandra"},
	"alexander":  {"alexandra"},
	"andrea":     {"andreas"},
	"andrej":     {"andreja"},
	"antonio":    {"antonia"},
	"bernhard":   {"bernharda"},
	"carl":       {"carla"},
	"carlo":      {"carla"},
	"carlos":     {"carla"},
	"christian":  {"christiana", "christiane", "christina", "christine"},
	"claudio":    {"claudia"},
	"constantin": {"constantina", "constanze"},
	"daniel":     {"daniela", "daniele", "danielle"},
	"daniele":    {"daniela"},
	"denis":      {"denise"},
	"dennis":     {"denise"},
	"emil":       {"emilia", "emilie", "emily"},
	"emilio":     {"emilia"},
	"eric":       {"erica", "erika"},
	"erich":      {"erika"},
	"erik":       {"erika"},
	"fabio":      {"fabia"},
	"fabian":     {"fabiana", "fabienne"},
	"federico":   {"federica"},
	"francesco":  {"francesca"},
	"francois":   {"francoise"},
	"frederic":   {"frederique", "frederike"},
	"gabriel":    {"gabriela", "gabriele", "gabriella", "gabrielle"},
	"georg":      {"georgia", "georgina"},
	"gerhard":    {"gerharda"},
	"giovanni":   {"giovanna"},
	"giulio":     {"giulia"},
	"hans":       {"hanna", "hanne"},
	"henrik":     {"henrike"},
	"jan":        {"jana", "jane"},
	"joan":       {"joanna"},
	"johann":     {"johanna"},
	"johannes":   {"johanna"},
	"josef":      {"josefa"},
	"joseph":     {"josepha"},
	"juan":       {"juana"},
	"julian":     {"julia", "juliana", "juliane"},
	"julien":     {"julie", "julienne"},
	"julio":      {"julia"},
	"julius":     {"julia"},
	"karl":       {"karla"},
	"laurent":    {"laurence"},
	"leon":       {"leona", "leonie"},
	"louis":      {"louisa", "louise"},
	"luis":       {"luisa", "luise"},
	"manuel":     {"manuela"},
	"marcel":     {"marcela", "marcella", "marcelle"},
	"marco":      {"marca"},
	"mario":      {"maria"},
	"marius":     {"maria"},
	"martin":     {"martina", "martine"},
	"matteo":     {"mattea"},
	"michael":    {"michaela"},
	"michel":     {"michela", "michele", "michelle"},
	"michele":    {"michela"},
	"nicola":     {"nicolas", "nicole"},
	"nicolas":    {"nicole"},
	"nikola":     {"nikolas"},
	"oliver":     {"olivera", "olivia"},
	"pascal":     {"pascale"},
	"patrick":    {"patricia"},
	"patrik":     {"patricia", "patrizia"},
	"patrizio":   {"patrizia"},
	"paul":       {"paula"},
	"paolo":      {"paola"},
	"peter":      {"petra"},
	"philipp":    {"philippa"},
	"raphael":    {"raphaela"},
	"rene":       {"renee"},
	"robert":     {"roberta"},
	"roberto":    {"roberta"},
	"roman":      {"romana"},
	"sandro":     {"sandra"},
	"sergio":     {"sergia"},
	"silvio":     {"silvia"},
	"simon":      {"simona", "simone"},
	"stefan":     {"stefana", "stefania", "stefanie"},
	"stefano":    {"stefania"},
	"stephan":    {"stephania", "stephanie"},
	"theodor":    {"theodora"},
	"thomas":     {"thomasina"},
	"valentin":   {"valentina", "valentine"},
	"valerio":    {"valeria"},
	"victor":     {"victoria"},
	"viktor":     {"viktoria"},
	"wilhelm":    {"wilhelma", "wilhelmine"},
	"xaver":      {"xaveria"},
	"yvon":       {"yvonne"},
}

// twins reports whether two different folded first names are a man's and a
// woman's form of one.
func twins(a, b string) bool {
	for _, form := range twinNames[a] {
		if form == b {
			return true
		}
	}
	for _, form := range twinNames[b] {
		if form == a {
			return true
		}
	}
	return false
}
