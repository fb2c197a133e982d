package diag_test

import (
	"strings"
	"testing"

	"github.com/reconkit/reconkit/pipeline/diag"
)

func TestGuardFormulas(t *testing.T) {
	for _, tt := range []struct {
		delimiter  byte
		cell, want string
	}{
		{',', "", ""},
		{',', "Anna", "Anna"},
		{',', "=cmd|'/c calc'!A0", "'=cmd|'/c calc'!A0"},
		{',', "+49 30 1", "'+49 30 1"},
		{',', "-1", "'-1"},
		{',', "@SUM(A1)", "'@SUM(A1)"},
		{',', "\uff1d1+1", "'\uff1d1+1"},
		{',', "  =1", "'  =1"},
		{',', "\u00a0=1", "'\u00a0=1"},
		{',', "\"=1", "'\"=1"},
		{',', "\tx", "'\tx"},
		{',', "\r\nx", "'\r\nx"},
		{',', "x;=1", "x;'=1"},
		{',', "x; \"=1;y;+2", "x;' \"=1;y;'+2"},
		{',', ";;=1", ";;'=1"},
		{',', "x\t=1", "x\t'=1"},
		{',', "x,=1", "x,=1"}, // in quotes, since it holds the delimiter
		{';', "x,=1", "x,'=1"},
		{';', "x;=1", "x;=1"},
		{'|', "x;-1,+2", "x;'-1,'+2"},
		{',', "a=b", "a=b"},
		{',', "O'Brien", "O'Brien"},
		{',', "'", "'"},
		{',', "'=1", "''=1"}, // so that both can be told apart again
		{',', "\xff=1", "\xff=1"},
	} {
		g := diag.GuardFormulas(tt.delimiter)
		if got := g.Guarded(tt.cell); got != tt.want {
			t.Errorf("%q with %q between cells: %q, want %q", tt.cell, tt.delimiter, got, tt.want)
		}
		if got := g.Unguarded(tt.want); got != tt.cell {
			t.Errorf("%q with %q between cells, taken back: %q, want %q", tt.want, tt.delimiter, got, tt.cell)
		}
	}
}

// FuzzGuardFormulas guards anything: no part of it is a formula then, and what was there
// can be had again.
func FuzzGuardFormulas(f *testing.F) {
	for _, cell := range []string{"=1", "x;=1", "'=1", "''  \"=1", "\t=", ";\t=,;", "\uff1d", "\xff=", "a\u200b;\ufeff=", ",=;-"} {
		f.Add(cell, byte(','))
		f.Add(cell, byte(';'))
		f.Add(cell, byte('\t'))
	}
	f.Fuzz(func(t *testing.T, cell string, delimiter byte) {
		g := diag.GuardFormulas(delimiter)
		guarded := g.Guarded(cell)
		if got := g.Unguarded(guarded); got != cell {
			t.Fatalf("%q is guarded as %q and taken back as %q", cell, guarded, got)
		}
		if strings.ReplaceAll(guarded, "'", "") != strings.ReplaceAll(cell, "'", "") {
			t.Fatalf("%q is guarded as %q", cell, guarded)
		}
		parts := strings.FieldsFunc(guarded, func(r rune) bool { return r != rune(delimiter) && strings.ContainsRune(";,", r) })
		for _, part := range parts {
			first := strings.TrimLeft(part, " \"\t\r\n")
			for _, sign := range []string{"=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"} {
				if strings.HasPrefix(first, sign) {
					t.Fatalf("%q is guarded as %q, and its part %q begins a formula", cell, guarded, part)
				}
			}
		}
	})
}
