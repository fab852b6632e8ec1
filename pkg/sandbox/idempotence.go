package sandbox

import (
	"sync"
	"time"
)

const keyShards = 64

// longestKey is the longest idempotence key that the platform takes.
const longestKey = 40

// A replay is the answer kept under an idempotence key. While the first request
// runs, status is zero.
type replay struct {
	first  int64 // nanoseconds since the epoch
	status int
	body   []byte
}

// A keyStore remembers the first answer under each idempotence key.
type keyStore struct {
	shards [keyShards]keyShard
}

type keyShard struct {
	sync.Mutex
	m   map[string]*replay
	old []agedKey // in the order of first use
}

type agedKey struct {
	key string
	r   *replay
}

func (k *keyStore) shard(key string) *keyShard { return &k.shards[hashText(0, key)%keyShards] }

// begin registers a key. It returns nil and true when the key is new, or what
// is kept under it, which is a copy that does not change.
func (k *keyStore) begin(key string, now int64, window time.Duration) (kept replay, first bool) {
	sh := k.shard(key)
	sh.Lock()
	defer sh.Unlock()
	sh.purge(now, window)
	if r, ok := sh.m[key]; ok && (r.status == 0 || now-r.first < int64(window)) {
		return *r, false // one that is too old may stand behind one in progress
	}
	if sh.m == nil {
		sh.m = make(map[string]*replay)
	}
	r := &replay{first: now}
	sh.m[key] = r
	sh.old = append(sh.old, agedKey{key, r})
	return replay{}, true
}

// finish keeps the answer under a key that begin registered.
func (k *keyStore) finish(key string, status int, body []byte) {
	kept := append([]byte(nil), body...)
	sh := k.shard(key)
	sh.Lock()
	defer sh.Unlock()
	if r, ok := sh.m[key]; ok {
		r.status, r.body = status, kept
	}
}

// forget drops a key, so that the next request with it is a first one.
func (k *keyStore) forget(key string) {
	sh := k.shard(key)
	sh.Lock()
	defer sh.Unlock()
	delete(sh.m, key)
}

// sweep forgets every key that is older than the window.
func (k *keyStore) sweep(now int64, window time.Duration) {
	for i := range k.shards {
		sh := &k.shards[i]
		sh.Lock()
		sh.purge(now, window)
		sh.Unlock()
	}
}

// purge drops old keys from the front of the queue. A key that is still in
// progress is kept, and those behind it with it.
func (s *keyShard) purge(now int64, window time.Duration) {
	n := 0
	for n < len(s.old) && now-s.old[n].r.first >= int64(window) {
		o := s.old[n]
		if s.m[o.key] == o.r {
			if o.r.status == 0 {
				break
			}
			delete(s.m, o.key)
		}
		n++
	}
	if n > 0 {
		clear(s.old[:n])
		s.old = s.old[n:]
	}
	if len(s.old) == 0 {
		s.old = nil
	}
}

// validKey says whether the platform takes a key: 1 to 40 printable ASCII
// characters.
func validKey(key string) bool {
	for i := range len(key) {
		if key[i] < 0x20 || key[i] > 0x7e {
			return false
		}
	}
	return len(key) > 0 && len(key) <= longestKey
}
