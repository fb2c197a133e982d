// Package norm writes values in the form in which records are compared: what
// two spellings of one name, number or address share, and nothing that only
// one of them has.
//
// Text becomes words of the letters a to z and the digits, with single spaces
// between them. Letters of scripts that have no usual spelling in Latin
// letters stay, so that a name is never erased: see AppendFold.
//
// A kind of value that has one form is appended to a slice of the caller
// (AppendWords, AppendCity, AppendPostcode, AppendCountry, AppendIdentifier) or
// returned as a number (ReadDate). A kind with several parts is a type whose
// zero value is ready: its Read replaces what it held, and its fields belong to
// it until the next Read, so one value of the type serves a whole column
// without allocating. Copy what has to stay. A value of a type is for one
// goroutine at a time; the functions are for any number of them.
//
// Everything here is pure. Nothing is an error: a value that is not of its kind
// comes out folded, or says by a flag that it is none, and empty text gives
// empty parts. Time is linear in the length of the text, and text longer than
// BytesMax is folded without being taken apart, a date or phone number of that
// length not read.
package norm

// BytesMax is the length, in bytes, up to which a value is taken apart: a
// longer one is no name, address or number.
const BytesMax = 1024
