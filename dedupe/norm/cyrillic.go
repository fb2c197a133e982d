package norm

// cyrillicLetters writes a small Cyrillic letter without marks as ICAO Doc 9303
// part 3, section 6 B does, the standard of travel documents. Where languages
// differ, Russian decides; false means that the table does not list the letter.
func cyrillicLetters(r rune) (string, bool) {
	if r < 'а' || r > 'ґ' {
		return "", false
	}
	if r <= 'я' {
		return russian[r-'а'], true
	}
	switch r {
	case 'ђ':
		return "d", true
	case 'є':
		return "ie", true
	case 'ѕ':
		return "dz", true
	case 'і':
		return "i", true
	case 'ј':
		return "j", true
	case 'љ':
		return "lj", true
	case 'њ':
		return "nj", true
	case 'ћ':
		return "c", true
	case 'џ':
		return "dz", true
	case 'ѣ':
		return "ie", true
	case 'ѳ':
		return "f", true
	case 'ѵ':
		return "y", true
	case 'ґ':
		return "g", true
	}
	return "", false
}

// russian holds а to я.
var russian = [...]string{
	"a", "b", "v", "g", "d", "e", "zh", "z", "i", "i", "k", "l", "m", "n", "o", "p",
	"r", "s", "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "ie", "y", "", "e", "iu", "ia",
}
