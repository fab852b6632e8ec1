package main

import (
	"fmt"
	"slices"
	"time"
)

// A ratio is what interleaved pairs of runs came to. A ratio of 1 means as fast
// as the bare client.
type ratio struct {
	tested []time.Duration
	bare   []time.Duration
	ratios []float64 // bare over tested
	same   []float64 // bare over bare
}

// ratio runs the pairs: bare, tested, bare; the two bare runs of each also give
// the A/A line.
func (b *bench) ratio(bare, tested func() (time.Duration, error)) (*ratio, error) {
	r := &ratio{}
	for range b.pairs {
		first, err := bare()
		if err != nil {
			return nil, err
		}
		mine, err := tested()
		if err != nil {
			return nil, err
		}
		second, err := bare()
		if err != nil {
			return nil, err
		}
		r.bare = append(r.bare, first)
		r.tested = append(r.tested, mine)
		r.ratios = append(r.ratios, (first+second).Seconds()/2/mine.Seconds())
		r.same = append(r.same, first.Seconds()/second.Seconds())
	}
	return r, nil
}

func (r *ratio) print(what string, n int) {
	report(what, median(r.ratios), "(A/A %.2f, from %.2f to %.2f; %.0f payments/s against %.0f)", median(r.same),
		slices.Min(r.ratios), slices.Max(r.ratios), float64(n)/median(r.tested).Seconds(), float64(n)/median(r.bare).Seconds())
}

func report(what string, value float64, format string, args ...any) {
	fmt.Printf("%-46s %6.2f %s\n", what, value, fmt.Sprintf(format, args...))
}

func median[T time.Duration | float64](all []T) T {
	s := slices.Clone(all)
	slices.Sort(s)
	return s[len(s)/2]
}
