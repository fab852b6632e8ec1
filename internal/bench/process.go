package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// What every process of a session connects with.
const (
	merchant = "M"
	keyID    = "K"
	secret   = "S"
	firstID  = 3000000001
)

// A platform is a process that answers like the payment platform.
type platform struct {
	url string
	cmd *exec.Cmd
}

// platform starts a sandbox or a stub with n payments.
func (b *bench) platform(kind string, n int, delay time.Duration) (*platform, error) {
	var cmd *exec.Cmd
	if kind == "sandbox" {
		cmd = exec.Command(b.binary, "sandbox", "--listen", "127.0.0.1:0", "--merchant-id", merchant, "--api-key-id", keyID,
			"--api-secret", secret, "--payments", strconv.Itoa(n))
	} else {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		cmd = exec.Command(self, "stub", "-delay", delay.String())
	}
	return startPlatform(cmd, kind)
}

// startPlatform waits until a platform says where it listens.
func startPlatform(cmd *exec.Cmd, kind string) (*platform, error) {
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &platform{cmd: cmd}
	r := bufio.NewReader(out)
	for p.url == "" {
		line, err := r.ReadString('\n')
		if err != nil {
			return nil, fmt.Errorf("start the %s: %w", kind, err)
		}
		if _, url, found := strings.Cut(strings.TrimSpace(line), "PAYRECONCILE_ENDPOINT="); found {
			p.url = url
		}
	}
	go func() { _, _ = io.Copy(io.Discard, r) }()
	return p, nil
}

func (p *platform) stop() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// command prepares the program under test.
func (b *bench) command(p *platform, journal string, args ...string) *exec.Cmd {
	cmd := exec.Command(b.binary, args...)
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), "PAYRECONCILE_ENDPOINT="+p.url, "PAYRECONCILE_MERCHANT_ID="+merchant,
		"PAYRECONCILE_API_KEY_ID="+keyID, "PAYRECONCILE_API_SECRET="+secret, "PAYRECONCILE_JOURNAL="+journal)
	return cmd
}

func (b *bench) plan(p *platform, manifest, out string, conns int) (time.Duration, error) {
	return b.planInto(p, manifest, out, b.path("journal.db"), conns)
}

func (b *bench) planInto(p *platform, manifest, out, journal string, conns int) (time.Duration, error) {
	return timed(b.command(p, journal, "plan", "--concise", "--parallelism", strconv.Itoa(conns), "--out", out, manifest))
}

func (b *bench) apply(p *platform, plan, journal string, conns int) (time.Duration, error) {
	return timed(b.command(p, journal, "apply", "--auto-approve", "--concise", "--parallelism", strconv.Itoa(conns), plan))
}

// bare runs the bare client: one read a payment for "plan", and a read, a
// capture and a read for "apply".
func (b *bench) bare(p *platform, what string, n, conns int) (time.Duration, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	return timed(exec.Command(self, "bare", "-url", p.url, "-what", what, "-n", strconv.Itoa(n), "-connections", strconv.Itoa(conns)))
}

// timed runs a command and returns how long it took, from start to exit.
func timed(cmd *exec.Cmd) (time.Duration, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	err := cmd.Run()
	took := time.Since(start)
	if err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, stderr.String())
	}
	return took, nil
}

// manifest writes a manifest of n payments, with short or long items.
func (b *bench) manifest(items string, n int) (string, error) {
	path := b.path(items + ".yaml")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	w := bufio.NewWriter(f)
	_, _ = fmt.Fprint(w, "apiVersion: payreconcile/v1\nkind: Settlement\nmetadata: {name: bench}\nspec:\n  currency: EUR\n  payments:\n")
	for i := range n {
		if items == "short" {
			_, _ = fmt.Fprintf(w, "    - {id: \"%d_0\", captured: 10.00}\n", firstID+i)
			continue
		}
		_, _ = fmt.Fprintf(w, "    - {id: \"%d_0\", merchantReference: order-%d, captures: [{ref: ship-%d-1, amount: 4.00}, {ref: ship-%d-2, amount: 5.00}]}\n",
			firstID+i, i+1, i+1, i+1)
	}
	return path, errors.Join(w.Flush(), f.Close())
}
