package main

import "sort"

// random is the generator splitmix64: small, and the same everywhere.
type random struct{ state uint64 }

func (r *random) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below is a number from 0 to n-1.
func (r *random) below(n int) int { return int(r.next() % uint64(n)) }

// share is a number from 0 to below 1.
func (r *random) share() float64 { return float64(r.next()>>11) / (1 << 53) }

// chance is true with a probability.
func (r *random) chance(p float64) bool { return r.share() < p }

func pick[T any](r *random, from []T) T { return from[r.below(len(from))] }

// digits puts a digit in the place of each # and one that is not 0 in the place
// of each N.
func (r *random) digits(shape string) string {
	b := []byte(shape)
	for i := range b {
		switch b[i] {
		case '#':
			b[i] = byte('0' + r.below(10))
		case 'N':
			b[i] = byte('1' + r.below(9))
		}
	}
	return string(b)
}

// ranked is a list, most frequent first, from which values are drawn as names
// are given: the frequency falls with the rank plus an offset (the law of Zipf
// and Mandelbrot with exponent 1).
type ranked struct {
	values []string
	sums   []float64
}

func newRanked(values []string, offset float64) ranked {
	list := ranked{values: values, sums: make([]float64, len(values))}
	sum := 0.0
	for i := range values {
		sum += 1 / (float64(i+1) + offset)
		list.sums[i] = sum
	}
	return list
}

func (l ranked) pick(r *random) string {
	at := r.share() * l.sums[len(l.sums)-1]
	return l.values[min(sort.SearchFloat64s(l.sums, at), len(l.values)-1)]
}

// interleaved puts lists into one, their first values first.
func interleaved(lists ...[]string) []string {
	var out []string
	seen := map[string]bool{}
	for i, more := 0, true; more; i++ {
		more = false
		for _, l := range lists {
			if i >= len(l) {
				continue
			}
			more = true
			if !seen[l[i]] {
				seen[l[i]] = true
				out = append(out, l[i])
			}
		}
	}
	return out
}

// composed puts each beginning before each ending, in an order that is mixed
// but always the same.
func composed(beginnings, endings []string) []string {
	out := make([]string, 0, len(beginnings)*len(endings))
	for _, b := range beginnings {
		for _, e := range endings {
			out = append(out, b+e)
		}
	}
	r := &random{state: uint64(len(out))}
	for i := len(out) - 1; i > 0; i-- {
		j := r.below(i + 1)
		out[i], out[j] = out[j], out[i]
	}
	return out
}
