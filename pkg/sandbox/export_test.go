package sandbox

// LinksOf returns how many payment links a sandbox has.
func LinksOf(s *Sandbox) int {
	s.links.mu.RLock()
	defer s.links.mu.RUnlock()
	return len(s.links.m)
}

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

// LimitWebhooks sets how many deliveries a sandbox logs and keeps waiting.
func LimitWebhooks(s *Sandbox, sent, unsent int) { s.hub.mostSent, s.hub.most = sent, unsent }

// LoggedWebhooks returns how many deliveries a sandbox keeps.
func LoggedWebhooks(s *Sandbox) int {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return len(s.hub.log)
}
