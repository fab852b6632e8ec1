package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A sandboxProgram is a sandbox that runs as a program of its own.
type sandboxProgram struct {
	cmd *exec.Cmd
	url string
	err bytes.Buffer
}

// startProgram starts `payreconcile sandbox` on a free port and waits until it listens.
func startProgram(t *testing.T, args ...string) *sandboxProgram {
	t.Helper()
	p := &sandboxProgram{cmd: exec.CommandContext(t.Context(), "payreconcile", append([]string{"sandbox", "--json", "--listen", "127.0.0.1:0"}, args...)...)}
	out, err := p.cmd.StdoutPipe()
	require.NoError(t, err)
	p.cmd.Stderr = &p.err
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		_ = p.cmd.Wait()
		t.Fatalf("the sandbox did not start: %v\n%s", err, &p.err)
	}
	var said struct {
		Endpoint string `json:"endpoint"`
	}
	require.NoError(t, json.Unmarshal(line, &said), "%s", line)
	p.url = said.Endpoint
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return p
}

// stop interrupts the program and waits for its end.
func (p *sandboxProgram) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(os.Interrupt))
	require.NoError(t, p.cmd.Wait(), "%s", &p.err)
}

// control runs one of the subcommands that talk to the program.
func (p *sandboxProgram) control(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "payreconcile", append([]string{"sandbox"}, args...)...)
	cmd.Env = append(os.Environ(), "PAYRECONCILE_ENDPOINT="+p.url)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

// What a sandbox holds outlives it: after an interruption, and, but for the last
// seconds, after it was killed.
func TestSandboxKeepsItsState(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state.jsonl")
	p := startProgram(t, "--payments", "3", "--state", state)
	p.control(t, "portal", "3000000001_0", "capture", "5")
	p.control(t, "clock", "--advance", "48h")
	p.stop(t)
	info, err := os.Stat(state)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	p = startProgram(t, "--payments", "3", "--state", state)
	require.Contains(t, p.control(t, "ledger", "3000000001_0"), "3000000001_1")
	now, err := time.Parse(time.RFC3339Nano, strings.TrimSpace(p.control(t, "clock")))
	require.NoError(t, err)
	require.Greater(t, time.Until(now), 47*time.Hour)
	second := exec.CommandContext(t.Context(), "payreconcile", "sandbox", "--listen", "127.0.0.1:0", "--state", state)
	said, err := second.CombinedOutput()
	require.Error(t, err)
	require.Equal(t, exitUsage, second.ProcessState.ExitCode())
	require.Contains(t, string(said), "another sandbox keeps its state there")
	p.control(t, "portal", "3000000002_0", "capture", "6")
	require.Eventually(t, func() bool {
		text, err := os.ReadFile(state)
		return err == nil && strings.Contains(string(text), `"amount":6`)
	}, time.Minute, 50*time.Millisecond)
	require.NoError(t, p.cmd.Process.Kill())
	_ = p.cmd.Wait()

	p = startProgram(t, "--state", state)
	require.Contains(t, p.control(t, "ledger", "3000000002_0"), "3000000002_1")
	p.stop(t)

	text, err := os.ReadFile(state)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(state, text[:len(text)/2], 0o600))
	broken := exec.CommandContext(t.Context(), "payreconcile", "sandbox", "--listen", "127.0.0.1:0", "--state", state)
	said, err = broken.CombinedOutput()
	require.Error(t, err)
	require.Equal(t, exitUsage, broken.ProcessState.ExitCode())
	require.Contains(t, string(said), "the state is cut off")
	require.Contains(t, string(said), "hint: move the file away")
	left, err := filepath.Glob(filepath.Join(filepath.Dir(state), ".*"))
	require.NoError(t, err)
	require.Empty(t, left, "no half-written file is left")
}
