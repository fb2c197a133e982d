package linkage

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// remember looks for texts and adds those that are not known, as a map does.
func remember(t *testing.T, w *written, want map[string]uint32, some []string) {
	t.Helper()
	w.find(some)
	for k, raw := range some {
		id, known := w.number(k, raw)
		before, there := want[raw]
		if known != there || id != before {
			t.Fatalf("%.40q has the number %d, known %v; want %d, %v", raw, id, known, before, there)
		}
		if !known {
			want[raw] = uint32(len(want)) % 7 // 0 is a number as well
			w.add(raw, w.hashes[k], want[raw])
		}
	}
}

func TestWrittenNumbersAsAMapDoes(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	w, want := newWritten(), map[string]uint32{}
	for range 2000 {
		some := make([]string, 1+random.IntN(lookupMax))
		for k := range some {
			some[k] = fmt.Sprint("text ", random.IntN(30_000))
			if random.IntN(2000) == 0 {
				some[k] = strings.Repeat("long ", random.IntN(entryPiece/2))
			}
		}
		remember(t, w, want, some)
	}
}

func FuzzWritten(f *testing.F) {
	f.Add("anna,anne,,anna,\x00,\xff,anna ,\x00\x00", uint8(3))
	f.Add(strings.Repeat("a,b,c,", 200), uint8(63))
	f.Fuzz(func(t *testing.T, text string, each uint8) {
		w, want := newWritten(), map[string]uint32{}
		for all := strings.Split(text, ","); len(all) > 0; {
			k := min(len(all), int(each)%lookupMax+1)
			remember(t, w, want, all[:k])
			all = all[k:]
		}
	})
}
