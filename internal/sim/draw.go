package sim

import (
	"math/bits"
	"time"
)

// mix is a finaliser of 64 bits: every bit of x counts for every bit of the
// result.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// hash is a number that depends on a seed, a text and a number.
func hash(seed uint64, text string, n uint64) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return mix(mix(seed^h) + n*0x9e3779b97f4a7c15)
}

// A draw is a stream of choices for one purpose. It is not safe for concurrent
// use.
type draw struct {
	seed uint64
	n    uint64
}

// drawFor begins the choices of a purpose.
func drawFor(seed uint64, purpose string, n int) *draw {
	return &draw{seed: hash(seed, purpose, uint64(n))}
}

func (d *draw) next() uint64 {
	d.n++
	return mix(d.seed + d.n*0x9e3779b97f4a7c15)
}

// below returns a number from 0 to n-1.
func (d *draw) below(n int64) int64 { return spread(d.next(), n) }

func (d *draw) intn(n int) int { return int(d.below(int64(n))) }

// between returns a number from low to high.
func (d *draw) between(low, high int64) int64 { return low + d.below(high-low+1) }

// oneIn is true once in n times.
func (d *draw) oneIn(n int) bool { return d.intn(n) == 0 }

// permille is true in so many of a thousand times.
func (d *draw) permille(n int) bool { return d.intn(1000) < n }

// span returns a duration between two, to the nanosecond. Short ones are as
// likely as long ones: its logarithm is what is spread evenly.
func (d *draw) span(low, high time.Duration) time.Duration {
	return spanOf(d.next(), low, high)
}

// spanOf is span for one hash.
func spanOf(h uint64, low, high time.Duration) time.Duration {
	steps := bits.Len64(uint64(high/low)) - 1 // doublings from low to high
	if steps > 0 {
		low <<= spread(h, int64(steps+1))
		high = min(high, 2*low)
	}
	return low + time.Duration(spread(mix(h), int64(high-low)+1)) | 1
}

// spread maps a hash to 0 … n-1.
func spread(h uint64, n int64) int64 {
	hi, _ := bits.Mul64(h, uint64(n))
	return int64(hi)
}

// pick returns one of several.
func pick[T any](d *draw, of ...T) T { return of[d.intn(len(of))] }
