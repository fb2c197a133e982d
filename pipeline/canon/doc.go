// Package canon turns messy text into canonical values: folded text, names of
// people and companies, e-mail addresses, phone numbers, countries, postcodes,
// VAT numbers, web addresses, dates and numbers, with the word lists they need.
//
// Everything here is pure and safe for concurrent use, and every parse function
// is idempotent: what it returns is read as itself. Text longer than the limit
// of its kind is refused or left whole without being looked at, so the time a
// call takes is bounded by its input. An error says what is wrong with the
// value, which it shows shortened, and what would be right.
package canon
