package similar

// The rules of the double metaphone for the letters that sound in many ways. A
// comment is a word in which one hears the rule. Each method listens to the
// letter at i and returns how many letters it heard.

func (m *metaphone) letterC(i int) int {
	switch {
	case i > 1 && !m.vowel(i-2) && m.is(i-1, "ACH") && m.at(i+2) != 'I' &&
		(m.at(i+2) != 'E' || m.any(i-2, "BACHER", "MACHER")): // Bach, Schumacher
		m.add("K", "K")
		return 2
	case i == 0 && m.is(i, "CAESAR"):
		m.add("S", "S")
		return 2
	case m.is(i, "CHIA"): // chianti
		m.add("K", "K")
		return 2
	case m.is(i, "CH"):
		m.letterCH(i)
		return 2
	case m.is(i, "CZ") && !m.is(i-2, "WICZ"): // Czerny
		m.add("S", "X")
		return 2
	case m.is(i+1, "CIA"): // focaccia
		m.add("X", "X")
		return 3
	case m.is(i, "CC") && !(i == 1 && m.at(0) == 'M'): // not McClellan
		return m.letterCC(i)
	case m.any(i, "CK", "CG", "CQ"):
		m.add("K", "K")
		return 2
	case m.any(i, "CIO", "CIE", "CIA"): // Italian
		m.add("S", "X")
		return 2
	case m.any(i, "CI", "CE", "CY"):
		m.add("S", "S")
		return 2
	}
	m.add("K", "K")
	switch {
	case m.any(i+1, " C", " Q", " G"): // Mac Caffrey, Mac Gregor
		return 3
	case m.in(i+1, "CKQ") && !m.any(i+1, "CE", "CI"):
		return 2
	}
	return 1
}

func (m *metaphone) letterCH(i int) {
	switch {
	case i > 0 && m.is(i, "CHAE"): // Michael
		m.add("K", "X")
	case i == 0 && m.any(1, "HARAC", "HARIS", "HOR", "HYM", "HIA", "HEM") && !m.is(0, "CHORE"): // chemistry
		m.add("K", "K")
	case m.germanic() || m.any(i-2, "ORCHES", "ARCHIT", "ORCHID") || m.in(i+2, "TS") ||
		(i == 0 || m.in(i-1, "AOUE")) && m.in(i+2, "LRNMBHFVW "): // orchestra, Wachtler
		m.add("K", "K")
	case i == 0:
		m.add("X", "X")
	case m.is(0, "MC"): // McHugh
		m.add("K", "K")
	default:
		m.add("X", "K")
	}
}

func (m *metaphone) letterCC(i int) int {
	switch {
	case !m.in(i+2, "IEH") || m.is(i+2, "HU"): // Bacchus
		m.add("K", "K")
		return 2
	case i == 1 && m.at(0) == 'A' || m.any(i-1, "UCCEE", "UCCES"): // accident, success
		m.add("KS", "KS")
	default: // Bertucci
		m.add("X", "X")
	}
	return 3
}

func (m *metaphone) letterD(i int) int {
	switch {
	case m.at(i+1) != 'G':
		return m.sound("T", i, "TD")
	case m.in(i+2, "IEY"): // edge
		m.add("J", "J")
		return 3
	}
	m.add("TK", "TK") // Edgar
	return 2
}

func (m *metaphone) letterG(i int) int {
	switch {
	case m.at(i+1) == 'H':
		m.letterGH(i)
		return 2
	case m.at(i+1) == 'N':
		switch {
		case i == 1 && m.vowel(0) && !m.slavic: // Agnes
			m.add("KN", "N")
		case !m.is(i+2, "EY") && !m.slavic:
			m.add("N", "KN")
		default: // Cagney
			m.add("KN", "KN")
		}
		return 2
	case m.is(i+1, "LI") && !m.slavic: // Tagliaro
		m.add("KL", "L")
		return 2
	case i == 0 && (m.at(1) == 'Y' || m.any(1, "ES", "EP", "EB", "EL", "EY", "IB", "IL", "IN", "IE", "EI", "ER")):
		m.add("K", "J")
		return 2
	case (m.is(i+1, "ER") || m.at(i+1) == 'Y') && !m.any(0, "DANGER", "RANGER", "MANGER") &&
		!m.in(i-1, "EI") && !m.any(i-1, "RGY", "OGY"): // Folger
		m.add("K", "J")
		return 2
	case m.in(i+1, "EIY") || m.any(i-1, "AGGI", "OGGI"): // Biaggi
		switch {
		case m.germanic() || m.is(i+1, "ET"):
			m.add("K", "K")
		case m.is(i+1, "IER "): // French
			m.add("J", "J")
		default:
			m.add("J", "K")
		}
		return 2
	}
	return m.sound("K", i, "G")
}

func (m *metaphone) letterGH(i int) {
	switch {
	case i > 0 && !m.vowel(i-1):
		m.add("K", "K")
	case i == 0 && m.at(2) == 'I': // Ghirardelli
		m.add("J", "J")
	case i == 0:
		m.add("K", "K")
	case i > 1 && m.in(i-2, "BHD") || i > 2 && m.in(i-3, "BHD") || i > 3 && m.in(i-4, "BH"):
		// Hugh, bough, Broughton: silent
	case i > 2 && m.at(i-1) == 'U' && m.in(i-3, "CGLRT"): // laugh, cough
		m.add("F", "F")
	case m.at(i-1) != 'I':
		m.add("K", "K")
	}
}

func (m *metaphone) letterJ(i int) int {
	spanish := m.is(0, "SAN ") // San Jacinto
	switch {
	case spanish || i == 0 && m.is(0, "JOSE "):
		m.add("H", "H")
		return 1
	case m.is(i, "JOSE"):
		m.add("J", "H")
		return 1
	case i == 0: // Jankelowicz
		m.add("J", "A")
	case m.vowel(i-1) && !m.slavic && m.in(i+1, "AO"): // bajador
		m.add("J", "H")
	case i == m.n-1:
		m.add("J", "")
	case !m.in(i+1, "LTKSNMBZ") && !m.in(i-1, "SKL"):
		m.add("J", "J")
	}
	if m.at(i+1) == 'J' {
		return 2
	}
	return 1
}

func (m *metaphone) letterL(i int) int {
	if m.at(i+1) != 'L' {
		return m.sound("L", i, "")
	}
	last := m.n - 1
	if i == m.n-3 && m.any(i-1, "ILLO", "ILLA", "ALLE") ||
		(m.any(last-1, "AS", "OS") || m.in(last, "AO")) && m.is(i-1, "ALLE") { // Cabrillo, Gallegos
		m.add("L", "")
	} else {
		m.add("L", "L")
	}
	return 2
}

func (m *metaphone) letterR(i int) int {
	if i == m.n-1 && !m.slavic && m.is(i-2, "IE") && !m.any(i-4, "ME", "MA") { // Rogier, not Hochmeier
		m.add("", "R")
		return 1
	}
	return m.sound("R", i, "R")
}

func (m *metaphone) letterS(i int) int {
	switch {
	case m.any(i-1, "ISL", "YSL"): // island, Carlysle
		return 1
	case i == 0 && m.is(0, "SUGAR"):
		m.add("X", "S")
		return 1
	case m.at(i+1) == 'H':
		if m.any(i+1, "HEIM", "HOEK", "HOLM", "HOLZ") {
			m.add("S", "S")
		} else {
			m.add("X", "X")
		}
		return 2
	case m.any(i, "SIO", "SIA"): // Italian, Armenian
		if m.slavic {
			m.add("S", "S")
		} else {
			m.add("S", "X")
		}
		return 3
	case m.at(i+1) == 'Z':
		m.add("S", "X")
		return 2
	case i == 0 && m.in(1, "MNLW"): // Smith and Schmidt, Snider and Schneider
		m.add("S", "X")
		return 1
	case m.at(i+1) == 'C':
		m.letterSC(i)
		return 3
	case i == m.n-1 && m.any(i-2, "AI", "OI"): // Resnais, Artois
		m.add("", "S")
		return 1
	}
	return m.sound("S", i, "S")
}

func (m *metaphone) letterSC(i int) {
	switch {
	case m.at(i+2) == 'H' && m.any(i+3, "ER", "EN"): // Schermerhorn, Schenker
		m.add("X", "SK")
	case m.at(i+2) == 'H' && m.any(i+3, "OO", "UY", "ED", "EM"): // Dutch: school
		m.add("SK", "SK")
	case m.at(i+2) == 'H' && i == 0 && !m.vowel(3) && m.at(3) != 'W': // Schlegel
		m.add("X", "S")
	case m.at(i+2) == 'H':
		m.add("X", "X")
	case m.in(i+2, "IEY"):
		m.add("S", "S")
	default:
		m.add("SK", "SK")
	}
}

func (m *metaphone) letterT(i int) int {
	switch {
	case m.any(i, "TION", "TIA", "TCH"):
		m.add("X", "X")
		return 3
	case !m.any(i, "TH", "TTH"):
		return m.sound("T", i, "TD")
	case m.any(i+2, "OM", "AM") || m.germanic(): // Thomas
		m.add("T", "T")
	default:
		m.add("0", "T")
	}
	return 2
}

func (m *metaphone) letterW(i int) int {
	if m.at(i+1) == 'R' {
		m.add("R", "R")
		return 2
	}
	if i == 0 {
		switch {
		case m.vowel(1): // Wasserman and Vasserman
			m.add("A", "F")
		case m.at(1) == 'H':
			m.add("A", "A")
		}
	}
	switch {
	case i == m.n-1 && m.vowel(i-1) || m.any(i-1, "EWSKI", "EWSKY", "OWSKI", "OWSKY") || m.is(0, "SCH"): // Arnow and Arnoff
		m.add("", "F")
	case m.any(i, "WICZ", "WITZ"): // Filipowicz
		m.add("TS", "FX")
		return 4
	}
	return 1
}

func (m *metaphone) letterX(i int) int {
	if !(i == m.n-1 && (m.any(i-3, "IAU", "EAU") || m.any(i-2, "AU", "OU"))) { // Breaux
		m.add("KS", "KS")
	}
	if m.in(i+1, "CX") {
		return 2
	}
	return 1
}

func (m *metaphone) letterZ(i int) int {
	switch {
	case m.at(i+1) == 'H': // Zhao
		m.add("J", "J")
		return 2
	case m.any(i+1, "ZO", "ZI", "ZA") || m.slavic && i > 0 && m.at(i-1) != 'T':
		m.add("S", "TS")
	default:
		m.add("S", "S")
	}
	if m.at(i+1) == 'Z' {
		return 2
	}
	return 1
}
