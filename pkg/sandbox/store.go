package sandbox

import (
	"slices"
	"sync"
)

const paymentShards = 256

// A store holds payments by base number in shards, so that calls on different
// payments do not meet.
type store struct {
	shards [paymentShards]struct {
		sync.RWMutex
		m map[uint64]*payment
	}
}

func shardOf(base uint64) int { return int(mix(base) % paymentShards) }

// get returns the payment with the base number, or nil.
func (s *store) get(base uint64) *payment {
	sh := &s.shards[shardOf(base)]
	sh.RLock()
	defer sh.RUnlock()
	return sh.m[base]
}

// add stores a payment unless its number is taken.
func (s *store) add(p *payment) bool {
	sh := &s.shards[shardOf(p.base)]
	sh.Lock()
	defer sh.Unlock()
	if _, taken := sh.m[p.base]; taken {
		return false
	}
	if sh.m == nil {
		sh.m = make(map[uint64]*payment)
	}
	sh.m[p.base] = p
	return true
}

// replace puts a payment in the place of an earlier attempt, or of nothing. It
// fails when another payment has the number.
func (s *store) replace(earlier, p *payment) bool {
	sh := &s.shards[shardOf(p.base)]
	sh.Lock()
	defer sh.Unlock()
	if now := sh.m[p.base]; now != earlier {
		return false
	}
	if sh.m == nil {
		sh.m = make(map[uint64]*payment)
	}
	sh.m[p.base] = p
	return true
}

// bases returns the numbers of all payments in ascending order.
func (s *store) bases() []uint64 {
	var all []uint64
	for i := range s.shards {
		sh := &s.shards[i]
		sh.RLock()
		for base := range sh.m {
			all = append(all, base)
		}
		sh.RUnlock()
	}
	slices.Sort(all)
	return all
}

// mix spreads the bits of x (the finaliser of splitmix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// hashText folds text into a seed, the same on every machine and run.
func hashText(seed uint64, text string) uint64 {
	h := seed ^ 14695981039346656037
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return mix(h)
}

// A shelf holds values by their id; the zero shelf is empty. A value that is
// shared guards itself.
type shelf[V any] struct {
	mu sync.RWMutex
	m  map[string]V
}

func (s *shelf[V]) get(id string) (v V, ok bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	v, ok = s.m[id]
	return v, ok
}

func (s *shelf[V]) put(id string, v V) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.m == nil {
		s.m = make(map[string]V)
	}
	s.m[id] = v
}
