package canon

import "strings"

// vatNumberRule is what a country says about its numbers: their shapes (see
// vatShaped) and the rule of their check digits, nil where none is known.
type vatNumberRule struct {
	shapes []string
	check  func(number string) bool
}

// vatRule returns the rule of a code. The rules are those that the tax
// authorities publish, also collected by the European Commission for VIES.
func vatRule(country string) (vatNumberRule, bool) {
	switch country {
	case "AT":
		return vatNumberRule{[]string{"U99999999"}, checkAT}, true
	case "BE":
		return vatNumberRule{[]string{"0999999999", "1999999999"}, checkBE}, true
	case "BG":
		return vatNumberRule{[]string{"999999999", "9999999999"}, checkBG}, true
	case "CHE":
		return vatNumberRule{[]string{"999999999"}, checkCH}, true
	case "CY":
		return vatNumberRule{[]string{"99999999A"}, checkCY}, true
	case "CZ":
		return vatNumberRule{[]string{"99999999", "999999999", "9999999999"}, checkCZ}, true
	case "DE":
		return vatNumberRule{[]string{"999999999"}, checkDE}, true
	case "DK":
		return vatNumberRule{[]string{"99999999"}, checkDK}, true
	case "EE":
		return vatNumberRule{[]string{"999999999"}, checkEE}, true
	case "EL":
		return vatNumberRule{[]string{"999999999"}, checkEL}, true
	case "ES":
		return vatNumberRule{[]string{"X9999999X"}, checkES}, true
	case "FI":
		return vatNumberRule{[]string{"99999999"}, checkFI}, true
	case "FR":
		return vatNumberRule{[]string{"XX999999999"}, checkFR}, true
	case "GB", "XI":
		return vatNumberRule{[]string{"999999999", "999999999999", "GD999", "HA999"}, checkGB}, true
	case "HR":
		return vatNumberRule{[]string{"99999999999"}, checkMod11x10}, true
	case "HU":
		return vatNumberRule{[]string{"99999999"}, checkHU}, true
	}
	return vatRuleToZ(country)
}

func vatRuleToZ(country string) (vatNumberRule, bool) {
	switch country {
	case "IE":
		return vatNumberRule{[]string{"9999999A", "9999999AA", "9*99999A"}, checkIE}, true
	case "IT":
		return vatNumberRule{[]string{"99999999999"}, checkLuhn}, true
	case "LT":
		return vatNumberRule{[]string{"999999999", "999999999999"}, checkLT}, true
	case "LU":
		return vatNumberRule{[]string{"99999999"}, checkLU}, true
	case "LV":
		return vatNumberRule{[]string{"99999999999"}, checkLV}, true
	case "MT":
		return vatNumberRule{[]string{"99999999"}, checkMT}, true
	case "NL":
		return vatNumberRule{[]string{"999999999B99"}, checkNL}, true
	case "PL":
		return vatNumberRule{[]string{"9999999999"}, checkPL}, true
	case "PT":
		return vatNumberRule{[]string{"999999999"}, checkPT}, true
	case "RO":
		return vatNumberRule{[]string{"99", "999", "9999", "99999", "999999", "9999999", "99999999", "999999999", "9999999999"}, checkRO}, true
	case "SE":
		return vatNumberRule{[]string{"999999999999"}, checkSE}, true
	case "SI":
		return vatNumberRule{[]string{"99999999"}, checkSI}, true
	case "SK":
		return vatNumberRule{[]string{"9999999999"}, checkSK}, true
	}
	return vatNumberRule{}, false
}

// digit is the value of digit i.
func digit(s string, i int) int { return int(s[i] - '0') }

// weighted is the sum of the leading digits times their weights.
func weighted(s string, weights ...int) int {
	sum := 0
	for i, w := range weights {
		sum += digit(s, i) * w
	}
	return sum
}

// number is the value of digits; at most 18 of them.
func number(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		n = n*10 + digit(s, i)
	}
	return n
}

// crossSum is the sum of the two digits of n.
func crossSum(n int) int { return n/10 + n%10 }

// checkLuhn is the rule of Italy and of many identifiers.
func checkLuhn(s string) bool {
	sum := 0
	for i := range len(s) {
		d := digit(s, len(s)-1-i)
		if i%2 == 1 {
			d = crossSum(2 * d)
		}
		sum += d
	}
	return sum%10 == 0
}

// checkMod11x10 is ISO 7064 MOD 11,10, used by Germany and Croatia.
func checkMod11x10(s string) bool {
	product := 10
	for i := range len(s) - 1 {
		sum := (digit(s, i) + product) % 10
		if sum == 0 {
			sum = 10
		}
		product = 2 * sum % 11
	}
	return (11-product)%10 == digit(s, len(s)-1)
}

func checkDE(s string) bool { return s[0] != '0' && checkMod11x10(s) }

func checkAT(s string) bool {
	s = s[1:]
	sum := 0
	for i := range 7 {
		d := digit(s, i)
		if i%2 == 1 {
			d = crossSum(2 * d)
		}
		sum += d
	}
	return (10-(sum+4)%10)%10 == digit(s, 7)
}

func checkBE(s string) bool { return 97-number(s[:8])%97 == number(s[8:]) }

// checkBG covers legal entities (nine digits) and, with ten, personal numbers,
// those of foreigners and others.
func checkBG(s string) bool {
	if len(s) == 9 {
		sum := weighted(s, 1, 2, 3, 4, 5, 6, 7, 8) % 11
		if sum == 10 {
			sum = weighted(s, 3, 4, 5, 6, 7, 8, 9, 10) % 11 % 10
		}
		return sum == digit(s, 8)
	}
	last := digit(s, 9)
	person := weighted(s, 2, 4, 8, 5, 10, 9, 7, 3, 6) % 11 % 10
	foreigner := weighted(s, 21, 19, 17, 13, 11, 9, 7, 3, 1) % 10
	other := 11 - weighted(s, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11
	return person == last || foreigner == last || other != 10 && other%11 == last
}

func checkCH(s string) bool {
	return (11-weighted(s, 5, 4, 3, 2, 7, 6, 5, 4)%11)%11 == digit(s, 8)
}

func checkCY(s string) bool {
	if s[:2] == "12" {
		return false
	}
	odd := [...]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21}
	sum := 0
	for i := range 8 {
		if i%2 == 0 {
			sum += odd[digit(s, i)]
		} else {
			sum += digit(s, i)
		}
	}
	return byte('A'+sum%26) == s[8]
}

// checkCZ covers companies (eight digits) and birth numbers: of ten digits
// divisible by eleven, of nine without a check.
func checkCZ(s string) bool {
	switch len(s) {
	case 8:
		sum := 11 - weighted(s, 8, 7, 6, 5, 4, 3, 2)%11
		return s[0] != '9' && sum%10 == digit(s, 7)
	case 10:
		return number(s)%11 == 0 || number(s[:9])%11 == 10 && s[9] == '0'
	}
	return true
}

func checkDK(s string) bool {
	return s[0] != '0' && weighted(s, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0
}

func checkEE(s string) bool {
	return (10-weighted(s, 3, 7, 1, 3, 7, 1, 3, 7)%10)%10 == digit(s, 8)
}

func checkEL(s string) bool {
	return weighted(s, 256, 128, 64, 32, 16, 8, 4, 2)%11%10 == digit(s, 8)
}

// checkES covers persons (NIF), foreigners (NIE) and legal entities (CIF).
func checkES(s string) bool {
	const personal = "TRWAGMYFPDXBNJZSQVHLCKE"
	body := s[1:8]
	switch first := s[0]; {
	case first >= '0' && first <= '9':
		return personal[number(s[:8])%23] == s[8]
	case first >= 'X' && first <= 'Z':
		return personal[number(string('0'+first-'X')+body)%23] == s[8]
	case strings.IndexByte("KLM", first) >= 0:
		return personal[number(body)%23] == s[8] || spanishEntity(s)
	case strings.IndexByte("ABCDEFGHJNPQRSUVW", first) >= 0:
		return spanishEntity(s)
	}
	return false
}

func spanishEntity(s string) bool {
	sum := 0
	for i := range 7 {
		d := digit(s[1:], i)
		if i%2 == 0 {
			d = crossSum(2 * d)
		}
		sum += d
	}
	control := (10 - sum%10) % 10
	return s[8] == byte('0'+control) || s[8] == "JABCDEFGHI"[control]
}

func checkFI(s string) bool {
	sum := 11 - weighted(s, 7, 9, 10, 5, 8, 4, 2)%11
	return sum != 10 && sum%11 == digit(s, 7)
}

// checkFR checks keys of two digits; those with a letter have no known rule.
func checkFR(s string) bool {
	if strings.ContainsAny(s[:2], "IO") {
		return false
	}
	if !digitsOnly(s[:2]) {
		return true
	}
	return s[2:] == "000000000" || number(s[:2]) == (12+3*(number(s[2:])%97))%97
}

func checkGB(s string) bool {
	switch s[:2] {
	case "GD":
		return number(s[2:]) < 500
	case "HA":
		return number(s[2:]) >= 500
	}
	sum := weighted(s, 8, 7, 6, 5, 4, 3, 2) + number(s[7:9])
	return number(s[:7]) > 0 && (sum%97 == 0 || (sum+55)%97 == 0)
}

func checkHU(s string) bool {
	return (10-weighted(s, 9, 7, 3, 1, 9, 7, 3)%10)%10 == digit(s, 7)
}
