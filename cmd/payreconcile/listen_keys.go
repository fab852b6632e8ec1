package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/payreconcile/payreconcile/pkg/sdk/webhooks"
)

// The variables that name the keys of webhooks.
const (
	envWebhookKeys     = "PAYRECONCILE_WEBHOOK_KEYS"
	envWebhookKeysFile = "PAYRECONCILE_WEBHOOK_KEYS_FILE"
)

// keysLimit bounds a file of keys.
const keysLimit = 64 << 10

// lookEvery is how often a file of keys is looked at while events come.
const lookEvery = time.Second

// webhookKeys are the secrets that events are signed with, by key id. Those of a
// file are read again when the file has changed. It is safe for concurrent use.
type webhookKeys struct {
	file string
	now  func() time.Time
	say  func(format string, args ...any)

	mu     sync.Mutex
	store  *webhooks.MemoryKeyStore
	ids    int
	seen   os.FileInfo
	looked time.Time
}

// newWebhookKeys reads the keys from where the environment says.
func newWebhookKeys(e *env) (*webhookKeys, error) {
	k := &webhookKeys{file: e.getenv(envWebhookKeysFile), now: e.now, say: e.say}
	text := e.getenv(envWebhookKeys)
	switch {
	case k.file != "" && text != "":
		return nil, usage("listen: both %s and %s are set: leave one out", envWebhookKeys, envWebhookKeysFile)
	case k.file != "":
		if err := k.read(); err != nil {
			return nil, &codeError{code: exitUsage, err: fmt.Errorf("read the keys of webhooks: %w", err), hint: "write one key a line, as ID=SECRET"}
		}
		return k, nil
	case text == "":
		return nil, &codeError{
			code: exitUsage, err: fmt.Errorf("listen: no key of webhooks: set %s or %s", envWebhookKeys, envWebhookKeysFile),
			hint: "make a key in the platform's portal, and write it as ID=SECRET",
		}
	}
	var err error
	if k.store, k.ids, err = parseKeys(strings.Split(text, ",")); err != nil {
		return nil, usage("%s: %v", envWebhookKeys, err)
	}
	return k, nil
}

// parseKeys reads keys, each as ID=SECRET. No error repeats what may be a secret.
func parseKeys(pairs []string) (*webhooks.MemoryKeyStore, int, error) {
	store, ids := &webhooks.MemoryKeyStore{}, map[string]bool{}
	for n, pair := range pairs {
		pair = strings.TrimSpace(pair)
		if pair == "" || strings.HasPrefix(pair, "#") {
			continue
		}
		id, secret, ok := strings.Cut(pair, "=")
		id = strings.TrimSpace(id)
		switch {
		case !ok || id == "" || secret == "":
			return nil, 0, fmt.Errorf("key %d is not ID=SECRET", n+1)
		case ids[id]:
			return nil, 0, fmt.Errorf("key %d has the id of another one", n+1)
		}
		ids[id] = true
		if err := store.Store(id, secret); err != nil {
			return nil, 0, fmt.Errorf("key %d: %w", n+1, err)
		}
	}
	if len(ids) == 0 {
		return nil, 0, errors.New("there is no key")
	}
	return store, len(ids), nil
}

// read reads the file. The caller holds the lock, or nobody else has k yet.
func (k *webhookKeys) read() error {
	f, err := os.Open(k.file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(f, keysLimit+1))
	switch {
	case err != nil:
		return err
	case len(text) > keysLimit:
		return fmt.Errorf("%s is larger than %d bytes", k.file, keysLimit)
	}
	k.seen = info
	store, ids, err := parseKeys(strings.Split(string(text), "\n"))
	if err != nil {
		return fmt.Errorf("%s: %w", k.file, err)
	}
	k.store, k.ids = store, ids
	return nil
}

// reload reads the file again, if there is one; when it cannot be read the keys
// stay as they are.
func (k *webhookKeys) reload() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.again()
}

func (k *webhookKeys) again() {
	if k.file == "" {
		return
	}
	if err := k.read(); err != nil {
		k.say("warning: the keys of webhooks stay as they are: %v", err)
		return
	}
	k.say("read the keys of webhooks again; keys known: %d", k.ids)
}

// look reads the file again when it has changed; it looks now and then, or at once.
func (k *webhookKeys) look(atOnce bool) {
	if k.file == "" || (!atOnce && k.now().Sub(k.looked).Abs() < lookEvery) {
		return
	}
	k.looked = k.now()
	info, err := os.Stat(k.file)
	if err != nil { // as in the middle of a replacement
		return
	}
	if k.seen == nil || !os.SameFile(info, k.seen) || !info.ModTime().Equal(k.seen.ModTime()) || info.Size() != k.seen.Size() {
		k.again()
	}
}

// SecretKey returns the secret of a key id.
func (k *webhookKeys) SecretKey(ctx context.Context, keyID string) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.look(false)
	secret, err := k.store.SecretKey(ctx, keyID)
	if errors.Is(err, webhooks.ErrUnknownKey) {
		k.look(true)
		return k.store.SecretKey(ctx, keyID)
	}
	return secret, err
}
