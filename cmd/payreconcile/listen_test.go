package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/listen"
	"github.com/payreconcile/payreconcile/pkg/sdk/webhooks"
)

// TestListenMovesNoMoney: the files of the command and the package that records
// name nothing that calls the platform or begins a call, and what they see of a
// journal is Receive and Close.
func TestListenMovesNoMoney(t *testing.T) {
	t.Parallel()
	mine, err := filepath.Glob("listen*.go")
	require.NoError(t, err)
	theirs, err := filepath.Glob("../../internal/listen/*.go")
	require.NoError(t, err)
	seen := 0
	for _, name := range append(mine, theirs...) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		seen++
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		for _, i := range f.Imports {
			path := strings.Trim(i.Path.Value, `"`)
			require.False(t, strings.HasSuffix(path, "/pkg/sdk"), "%s imports %s", name, path)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			of := ""
			if x, is := s.X.(*ast.Ident); is {
				of = x.Name
			}
			bad := slices.Contains([]string{"gateway", "NewClient", "Intend", "Conclude", "Executor", "Settle"}, s.Sel.Name) ||
				of == "gateway" && s.Sel.Name != "EventOf" || of == "apply" && s.Sel.Name != "Event" && s.Sel.Name != "ErrLocked"
			if bad {
				t.Errorf("%s uses %s.%s", name, of, s.Sel.Name)
			}
			return true
		})
	}
	require.GreaterOrEqual(t, seen, 5)
	book := reflect.TypeFor[listen.Book]()
	require.Equal(t, 2, book.NumMethod())
	require.Equal(t, "Close", book.Method(0).Name)
	require.Equal(t, "Receive", book.Method(1).Name)
}

// journalOf is an environment with a journal of its own, and what is said there.
func journalOf(t *testing.T, variables ...string) (*env, *lockedBuffer) {
	t.Helper()
	said := &lockedBuffer{}
	values := map[string]string{
		"PAYRECONCILE_JOURNAL": filepath.Join(t.TempDir(), "j.db"), "PAYRECONCILE_MERCHANT_ID": "M", "PAYRECONCILE_ENVIRONMENT": "test",
		envWebhookKeys: "k=s",
	}
	for _, v := range variables {
		name, value, _ := strings.Cut(v, "=")
		values[name] = value
	}
	return &env{
		stdin: strings.NewReader(""), stdout: said, stderr: said, now: time.Now,
		getenv: func(name string) string { return values[name] },
	}, said
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// until waits until the program has said a text.
func (l *lockedBuffer) until(t *testing.T, text string) string {
	t.Helper()
	for end := time.Now().Add(patience); !strings.Contains(l.String(), text); <-time.After(time.Millisecond) {
		require.False(t, time.Now().After(end), "%q is not in %s", text, l)
	}
	return l.String()
}

// pair writes a certificate for this machine, and its key.
func pair(t *testing.T, dir, name string) (cert, key string) {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &secret.PublicKey, secret)
	require.NoError(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(secret)
	require.NoError(t, err)
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	return cert, key
}

// TestListenTLS answers on an address that others reach when it has a certificate.
func TestListenTLS(t *testing.T) {
	t.Parallel()
	cert, key := pair(t, t.TempDir(), "one")
	e, said := journalOf(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"listen", "--listen", "0.0.0.0:0", "--tls-cert", cert, "--tls-key", key, "--max-connections", "2"}, e)
	}()
	_, port, _ := strings.Cut(said.until(t, "/webhooks"), "[::]:")
	port, _, _ = strings.Cut(port, "/")
	pool := x509.NewCertPool()
	text, err := os.ReadFile(cert)
	require.NoError(t, err)
	require.True(t, pool.AppendCertsFromPEM(text))
	body := []byte(`{"apiVersion":"v1","id":"e-1","merchantId":"M","type":"payment.captured","payment":{"id":"1000_1"}}`)
	c, err := tls.Dial("tcp", "127.0.0.1:"+port, &tls.Config{RootCAs: pool})
	require.NoError(t, err)
	_, err = fmt.Fprintf(c, "POST /webhooks HTTP/1.1\r\nHost: x\r\nX-GCS-KeyId: k\r\nX-GCS-Signature: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s",
		webhooks.Sign("s", body), len(body), body)
	require.NoError(t, err)
	answer, err := io.ReadAll(c)
	require.NoError(t, err)
	require.Contains(t, string(answer), "204 No Content")
	require.NoError(t, c.Close())
	said.until(t, "evidence only  of no call in this journal  event e-1")
	cancel()
	require.Zero(t, <-done, said)
}

// TestKeysAreReadAgain when the file has changed, and stay when it cannot be read.
func TestKeysAreReadAgain(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "keys")
	write := func(text string) { require.NoError(t, os.WriteFile(file, []byte(text), 0o600)) }
	write("# old\nold=first\n")
	e, said := journalOf(t, envWebhookKeys+"=", envWebhookKeysFile+"="+file)
	now := time.Now()
	e.now = func() time.Time { return now }
	k, err := newWebhookKeys(e)
	require.NoError(t, err)
	want := func(id, want string) {
		t.Helper()
		got, err := k.SecretKey(t.Context(), id)
		if want == "" {
			require.ErrorIs(t, err, webhooks.ErrUnknownKey)
			return
		}
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	want("old", "first")
	want("new", "")
	write("old=first\r\nnew=a=b c\r\n")
	want("new", "a=b c") // looked for at once, as it was not known
	want("old", "first")
	write("new=a=b c\n")
	want("old", "first") // not looked at yet
	now = now.Add(lookEvery)
	want("old", "")
	write("nothing here\n")
	now = now.Add(lookEvery)
	want("new", "a=b c")
	require.Contains(t, said.String(), "the keys of webhooks stay as they are")
	require.NoError(t, os.Remove(file))
	now = now.Add(lookEvery)
	want("new", "a=b c")
	k.reload()
	want("new", "a=b c")
	write("new=" + strings.Repeat("x", keysLimit))
	k.reload()
	require.Contains(t, said.String(), "is larger than")
	write("newer=third\n")
	k.reload()
	want("newer", "third")
	for _, secret := range []string{"first", "a=b", "third", "nothing here"} {
		require.NotContains(t, said.String(), secret)
		require.NotContains(t, fmt.Sprintf("%v %+v", k, k.store), secret)
	}
}

// TestRefusalsAreFew: whoever reaches the port cannot fill a disk with lines.
func TestRefusalsAreFew(t *testing.T) {
	t.Parallel()
	e, said := journalOf(t)
	now := time.Now()
	e.now = func() time.Time { return now }
	l := &listener{env: e}
	for range 1000 {
		l.refused(t.Context(), 401, io.ErrUnexpectedEOF)
	}
	require.Equal(t, quotaLines, strings.Count(said.String(), "\n"))
	now = now.Add(time.Minute)
	l.refused(t.Context(), 401, io.ErrUnexpectedEOF)
	require.Contains(t, said.String(), "970 more lines were left out\npayreconcile: answered 401: ")
}
