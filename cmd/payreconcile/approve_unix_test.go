//go:build unix

package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/approval"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// A terminal is a program at a terminal, and somebody who types.
type terminal struct {
	t      *testing.T
	tty    *os.File
	cmd    *exec.Cmd
	mu     sync.Mutex
	screen bytes.Buffer
	more   chan struct{}
}

func startTerminal(t *testing.T, dir string, args ...string) *terminal {
	t.Helper()
	return startTerminalIn(t, os.Environ(), dir, args...)
}

func startTerminalIn(t *testing.T, environ []string, dir string, args ...string) *terminal {
	t.Helper()
	s := &terminal{t: t, cmd: exec.CommandContext(t.Context(), "payreconcile", args...), more: make(chan struct{}, 1)}
	s.cmd.Dir = dir
	s.cmd.Env = append(environ[:len(environ):len(environ)], "TERM=xterm", "NO_COLOR=1", envKeyWork+"=4")
	var err error
	s.tty, err = pty.Start(s.cmd)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.tty.Close() })
	go func() {
		defer close(s.more)
		buf := make([]byte, 4096)
		for {
			n, err := s.tty.Read(buf)
			s.mu.Lock()
			s.screen.Write(buf[:n])
			s.mu.Unlock()
			if err != nil { // also the end, when the program has closed its side
				return
			}
			select {
			case s.more <- struct{}{}:
			default:
			}
		}
	}()
	return s
}

func (s *terminal) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen.String()
}

// see waits until the screen shows text for the n-th time.
func (s *terminal) see(text string, n int) {
	s.t.Helper()
	timeout := time.After(30 * time.Second)
	for strings.Count(s.text(), text) < n {
		select {
		case _, open := <-s.more:
			require.True(s.t, open || strings.Count(s.text(), text) >= n, "%q is not on the screen:\n%s", text, s.text())
		case <-timeout:
			require.FailNow(s.t, "nothing more comes", "%q is not on the screen:\n%s", text, s.text())
		}
	}
}

func (s *terminal) enter(line string) {
	s.t.Helper()
	_, err := s.tty.WriteString(line + "\n")
	require.NoError(s.t, err)
}

// end waits for the program and returns its exit code and all that was shown.
func (s *terminal) end() (int, string) {
	s.t.Helper()
	_ = s.cmd.Wait()
	for range s.more {
	}
	return s.cmd.ProcessState.ExitCode(), s.text()
}

// aPlan writes a plan without calls that counts for a day.
func aPlan(t *testing.T, path string) plan.Footer {
	t.Helper()
	f, err := os.Create(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	w, err := plan.NewWriter(f, plan.Header{Created: time.Now(), Expires: time.Now().Add(24 * time.Hour), Environment: "test", Merchant: "shop-eu", Maker: "ci-bot", Nonce: "n", Tool: "test"})
	require.NoError(t, err)
	footer, err := w.Close()
	require.NoError(t, err)
	return footer
}

// A person makes a key and signs with it at a terminal. What they type as a
// passphrase is on no screen and in no file, and neither is the private key.
func TestApproveAtATerminal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	aPlan(t, filepath.Join(dir, "p.plan"))
	const passphrase = "correct horse battery"
	const asks = "passphrase for the new key, 12 characters or more: "
	var shown strings.Builder
	show := func(code int, s *terminal) {
		t.Helper()
		got, text := s.end()
		require.Equal(t, code, got, text)
		shown.WriteString(text)
	}

	s := startTerminal(t, dir, "approve", "keygen", "--name", "ada")
	s.see(asks, 1)
	s.enter(passphrase)
	s.see("the same again: ", 1)
	s.enter(passphrase + "x")
	show(exitUsage, s)
	require.NoFileExists(t, filepath.Join(dir, "ada.key"))

	s = startTerminal(t, dir, "approve", "keygen", "--name", "ada")
	s.see(asks, 1)
	s.enter(passphrase)
	s.see("the same again: ", 1)
	s.enter(passphrase)
	show(exitOK, s)
	info, err := os.Stat(filepath.Join(dir, "ada.key"))
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode().Perm())

	for answer, code := range map[string]int{"no": exitApproval, "y": exitApproval, "yes": exitOK} {
		s = startTerminal(t, dir, "approve", "--key", "ada.key", "--out", answer+".approval", "p.plan")
		s.see("passphrase of the key: ", 1)
		require.NotContains(t, s.text(), "word for word")
		s.enter(passphrase)
		s.see(`sign it with the key ada? Only "yes" does: `, 1)
		s.enter(answer)
		show(code, s)
	}
	require.NoFileExists(t, filepath.Join(dir, "no.approval"))
	require.NoFileExists(t, filepath.Join(dir, "y.approval"))
	require.FileExists(t, filepath.Join(dir, "yes.approval"))

	data, err := os.ReadFile(filepath.Join(dir, "ada.key"))
	require.NoError(t, err)
	_, err = approval.Unseal(data, passphrase)
	require.NoError(t, err)
	require.NotContains(t, shown.String(), passphrase)
	require.NotContains(t, shown.String(), "PRIVATE+")
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 3, "no file is left over")
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		require.NoError(t, err)
		require.NotContains(t, string(data), passphrase, f.Name())
		require.NotContains(t, string(data), "PRIVATE+", f.Name())
	}
}

// Who stops at the passphrase stops the program.
func TestInterruptAtThePassphrase(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(*terminal){
		"by a key":    func(s *terminal) { _, _ = s.tty.WriteString("abc\x03") },
		"by a signal": func(s *terminal) { _ = s.cmd.Process.Signal(os.Interrupt) },
	} {
		dir := t.TempDir()
		s := startTerminal(t, dir, "approve", "keygen", "--name", "ada")
		s.see("12 characters or more: ", 1)
		stop(s)
		code, text := s.end()
		require.Equal(t, exitInterrupted, code, "%s: %s", name, text)
		require.NoFileExists(t, filepath.Join(dir, "ada.key"))
	}
}

// A person at a terminal is asked before the first call, also under a policy and
// whatever --auto-approve says; only "yes" moves money, and is on record.
func TestApplyAtATerminal(t *testing.T) {
	t.Parallel()
	sb, environ := exampleSandbox(t)
	environ = append(environ, "PAYRECONCILE_ACTOR=ada", "PAYRECONCILE_POLICY=policy.yaml")
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "policy.yaml"), []byte("apiVersion: payreconcile/v1\nkind: Policy\nspec:\n  rules:\n"+
		"    - {name: none, over: plan, when: \"false\", deny: nothing, override: none}\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "shop.yaml"), []byte("apiVersion: payreconcile/v1\nkind: Settlement\nmetadata: {name: x}\n"+
		"spec: {currency: EUR, payments: [{id: \"3066177101_0\", captured: 125.00}]}\n"), 0o600))
	for _, tt := range []struct {
		answer         string
		code, captures int
	}{{"no", exitApproval, 0}, {"YES", exitApproval, 0}, {"", exitApproval, 0}, {"yes", exitOK, 1}} {
		s := startTerminalIn(t, environ, dir, "apply", "--auto-approve", "shop.yaml")
		s.see(`make 1 call? Only "yes" does: `, 1)
		s.enter(tt.answer)
		code, text := s.end()
		require.Equal(t, tt.code, code, "%q:\n%s", tt.answer, text)
		book, err := sb.LedgerOf("3066177101_0")
		require.NoError(t, err)
		require.Equal(t, tt.captures, book.Count(sandbox.Capture), tt.answer)
	}
	show := exec.CommandContext(t.Context(), "payreconcile", "journal", "show")
	show.Dir, show.Env = dir, environ
	out, err := show.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "approved by ada (terminal) at ")
}
