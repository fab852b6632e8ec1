package webhooks

import (
	"context"
	"errors"
	"sync"
)

// ErrUnknownKey is what a [KeyStore] answers for a key id that it has no secret for.
var ErrUnknownKey = errors.New("no secret is stored for this key id")

// A KeyStore knows the secrets of webhooks keys. During a rotation it has the old key
// and the new one. SecretKey returns the secret of a key id, or an error that is
// [ErrUnknownKey] when there is none; any other error says that the store failed. It
// must be safe for concurrent use.
type KeyStore interface {
	SecretKey(ctx context.Context, keyID string) (string, error)
}

// A MemoryKeyStore is a KeyStore in memory. Its zero value is empty and ready.
type MemoryKeyStore struct {
	mu   sync.RWMutex
	keys map[string]*string // by address, which is what any way of printing shows
}

// Store keeps the secret of a key id, in the place of an earlier one.
func (s *MemoryKeyStore) Store(keyID, secret string) error {
	if keyID == "" || secret == "" {
		return errors.New("store webhooks key: key id and secret must not be empty")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil {
		s.keys = map[string]*string{}
	}
	s.keys[keyID] = &secret
	return nil
}

// SecretKey returns the secret of a key id, or [ErrUnknownKey].
func (s *MemoryKeyStore) SecretKey(_ context.Context, keyID string) (string, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	secret, ok := s.keys[keyID]
	if !ok {
		return "", ErrUnknownKey
	}
	return *secret, nil
}

// Remove forgets a key id: what is signed with it is refused from now on.
func (s *MemoryKeyStore) Remove(keyID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.keys, keyID)
}

// Clear forgets every key.
func (s *MemoryKeyStore) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.keys)
}

// String names the store, without its keys.
func (s *MemoryKeyStore) String() string { return "webhooks.MemoryKeyStore" }
