package spec

import (
	"hash/fnv"
	"math/bits"
	"strconv"
)

// An IDIndex is a set of base ids that costs 9 to 17 bytes an id: 64-bit keys
// under open addressing, in shards, so that growing one copies little. An id
// that is a number of up to 18 digits, as all ids of the platform known so far,
// is its own key. Others are hashed, and two of them may share a key: among a
// million, in one of thirty million sets. The zero IDIndex is empty and ready
// for use.
type IDIndex struct {
	hash   func(string) uint64 // FNV-1a unless a test sets it
	shards [256]idShard
}

type idShard struct {
	slots []uint64 // 0 is free
	used  int
}

// Add takes a base id in and reports that its key was new.
func (x *IDIndex) Add(base string) bool {
	key := x.key(base)
	mixed := mix(key)
	s := &x.shards[mixed>>56]
	if s.used >= len(s.slots)*7/8 {
		s.grow()
	}
	return s.add(key, mixed)
}

// key returns a number that is not zero.
func (x *IDIndex) key(base string) uint64 {
	if len(base) <= 18 && digits(base) && base[0] != '0' {
		n, err := strconv.ParseUint(base, 10, 64)
		if err == nil {
			return n
		}
	}
	if x.hash != nil {
		return x.hash(base) | 1<<63
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(base)) // a hash does not fail
	return h.Sum64() | 1<<63
}

func (s *idShard) add(key, mixed uint64) bool {
	hi, _ := bits.Mul64(mixed<<8, uint64(len(s.slots)))
	for i := int(hi); ; i++ {
		if i == len(s.slots) {
			i = 0
		}
		switch s.slots[i] {
		case key:
			return false
		case 0:
			s.slots[i] = key
			s.used++
			return true
		}
	}
}

// grow makes room for half as many again.
func (s *idShard) grow() {
	old := s.slots
	s.slots, s.used = make([]uint64, max(8, len(old)+len(old)/2)), 0
	for _, key := range old {
		if key != 0 {
			s.add(key, mix(key))
		}
	}
}

// mix spreads keys that lie close together (the finaliser of SplitMix64).
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
