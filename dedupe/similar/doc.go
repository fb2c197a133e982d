// Package similar measures how alike two short texts look and sound: names of
// people and companies, streets, cities.
//
// It is pure, knows nothing of records, and imports nothing of ours. A value
// is made ready once with NewText, and a Pattern compares one Text with many:
//
//	var p similar.Pattern // one per goroutine
//	p.Set(probe)
//	for _, t := range candidates {
//		if score, ok := p.JaroWinklerAtLeast(t, 0.92); ok {
//			...
//		}
//	}
//
// Set costs nothing until a comparison needs the tables of the pattern, so
// setting it for a single pair is right as well. No comparison of texts of at
// most 64 characters allocates, except that a Pattern makes one table when it
// is first set to a text with characters of several bytes.
//
// # Characters
//
// Everything compares characters, never parts of one: 小明 and 小朋 agree in one
// character of two, though they agree in four bytes of six. A byte that is no
// valid UTF-8 is a character of its own. Nothing is folded here: A and a are
// different characters, and so are the composed and the decomposed é. Fold
// before (pipeline/canon).
//
// # Missing values
//
// An empty text is a text: it equals the empty text and nothing else. Whether
// that means "missing" is for the caller to say, before asking.
//
// # Long values
//
// Texts of at most 64 characters are compared bit-parallel, longer ones plainly,
// and never by more than CharsMax characters, so that no value, however long,
// takes long. What that means is said at each method.
package similar
