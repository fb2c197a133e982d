package dedupe

// dict numbers distinct texts, so that equality is a comparison of integers.
// Number 0 is the empty text. The numbers depend on the order of the records;
// nothing that reaches a result may: it goes through text or hash.
type dict struct {
	ids  map[string]uint32
	text []string
	hash []uint64
}

func newDict() *dict {
	return &dict{ids: map[string]uint32{"": 0}, text: []string{""}, hash: []uint64{0}}
}

func (d *dict) id(s string) uint32 {
	if id, ok := d.ids[s]; ok {
		return id
	}
	id := uint32(len(d.text))
	d.ids[s] = id
	d.text = append(d.text, s)
	d.hash = append(d.hash, hashText(s))
	return id
}

// hashText is FNV-1a over at most hashBytesMax bytes and the length. It is the
// same in every run, as block keys must be.
func hashText(s string) uint64 {
	const hashBytesMax = 256
	h := uint64(14695981039346656037)
	for i := 0; i < len(s) && i < hashBytesMax; i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return mix(h, uint64(len(s)))
}

// mix joins two hashes into one that is not 0, with the finisher of SplitMix64.
func mix(a, b uint64) uint64 {
	h := a ^ (b+0x9e3779b97f4a7c15)*0xbf58476d1ce4e5b9
	h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9
	h = (h ^ (h >> 27)) * 0x94d049bb133111eb
	h ^= h >> 31
	if h == 0 {
		return 1
	}
	return h
}
