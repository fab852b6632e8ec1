package approval_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/approval"
)

// cheap is little work for a passphrase.
const cheap = 4

// A key is encrypted at rest, opens with its passphrase alone, and signs what
// its public half verifies.
func TestKey(t *testing.T) {
	t.Parallel()
	k, private, err := approval.Generate("ada.example")
	require.NoError(t, err)
	const passphrase = "a long passphrase"
	sealed, err := approval.Seal(private, passphrase, cheap)
	require.NoError(t, err)
	require.True(t, approval.IsSealed(sealed))
	require.False(t, approval.IsSealed([]byte(private)))
	opened, err := approval.Unseal(sealed, passphrase)
	require.NoError(t, err)
	require.Equal(t, k.Public(), opened.Public())
	require.Equal(t, "ada.example", opened.Name())

	again, err := approval.ParseKey(private + "\n")
	require.NoError(t, err)
	require.Equal(t, k.Public(), again.Public())

	secret := private[strings.LastIndex(private[:60], "+")+1:]
	for _, text := range []string{string(sealed), fmt.Sprintf("%v %+v %#v", k, opened, &again), k.Public()} {
		require.NotContains(t, text, secret[:16])
		require.NotContains(t, text, passphrase)
	}
}

// What is wrong with a key is said without a word of it.
func TestKeyErrors(t *testing.T) {
	t.Parallel()
	_, private, err := approval.Generate("ada")
	require.NoError(t, err)
	const passphrase = "a long passphrase"
	sealed, err := approval.Seal(private, passphrase, cheap)
	require.NoError(t, err)
	_, err = approval.Seal(private, "eleven char", cheap)
	require.ErrorContains(t, err, "less than 12 characters")
	for name, call := range map[string]func() error{
		"wrong passphrase": func() error { _, err := approval.Unseal(sealed, passphrase+"x"); return err },
		"none":             func() error { _, err := approval.Unseal(sealed, ""); return err },
		"altered file": func() error {
			_, err := approval.Unseal(bytes.Replace(sealed, []byte("A"), []byte("B"), 2), passphrase)
			return err
		},
		"cut file":     func() error { _, err := approval.Unseal(sealed[:len(sealed)/2], passphrase); return err },
		"no file":      func() error { _, err := approval.Unseal(nil, passphrase); return err },
		"cut key":      func() error { _, err := approval.ParseKey(private[:len(private)-4]); return err },
		"altered key":  func() error { _, err := approval.ParseKey(private[:len(private)-10] + "AAAAAAAAAA"); return err },
		"no key":       func() error { _, err := approval.ParseKey("x"); return err },
		"a public one": func() error { _, err := approval.ParseKey(private[len("PRIVATE+KEY+"):]); return err },
	} {
		err := call()
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), private[len(private)-20:], name)
		require.NotContains(t, err.Error(), passphrase, name)
	}
	for _, name := range []string{"", "Ada", "a b", "a+b", "../a", ".a", "ä", strings.Repeat("a", 65)} {
		_, _, err := approval.Generate(name)
		require.ErrorContains(t, err, "is a word of small letters", name)
	}
}

// A file that asks for more work than any of ours is not opened.
func TestKeyFileThatNeverOpens(t *testing.T) {
	t.Parallel()
	start := time.Now()
	_, err := approval.Unseal([]byte("-----BEGIN AGE ENCRYPTED FILE-----\nYWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBBQUFBQUFBQUFBQUFBQUFB\nQUFBQUFBIDMwCkFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\nQUFBQUEKLS0tIEFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\nQUFBQQo=\n-----END AGE ENCRYPTED FILE-----\n"), "a long passphrase")
	require.ErrorContains(t, err, "does not open")
	require.Less(t, time.Since(start), 5*time.Second)
}

// A statement that could not be read again is not signed.
func TestSignRefuses(t *testing.T) {
	t.Parallel()
	c := newCast(t, people("", ada))
	_, err := c.key("ada").Sign(approval.Statement{})
	require.ErrorContains(t, err, "plan is not 64 hexadecimal digits")
}
