package sandbox

// KeysOf returns how many idempotence keys a sandbox remembers.
func KeysOf(s *Sandbox) int {
	n := 0
	for i := range s.keys.shards {
		sh := &s.keys.shards[i]
		sh.Lock()
		n += max(len(sh.m), len(sh.old))
		sh.Unlock()
	}
	return n
}
