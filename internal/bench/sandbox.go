package main

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"time"
)

// sandbox measures the emulator: its throughput over that of a handler that
// writes the same bytes and does nothing else, and what a million payments cost.
func (b *bench) sandbox() error {
	if err := b.sandboxSpeed(); err != nil {
		return err
	}
	return b.sandboxSize()
}

func (b *bench) sandboxSpeed() error {
	conns := b.connsOr(16)
	answer, err := b.sandboxAnswer()
	if err != nil {
		return err
	}
	still, err := b.answering(answer)
	if err != nil {
		return err
	}
	defer still.stop()
	for _, what := range []struct{ name, bare string }{
		{"sandbox, getPaymentDetails", "plan"},
		{"sandbox, details, capture, details", "apply"},
	} {
		r, err := b.ratio(func() (time.Duration, error) { return b.bare(still, what.bare, b.payments, conns) },
			func() (time.Duration, error) {
				p, err := b.platform("sandbox", b.payments, 0)
				if err != nil {
					return 0, err
				}
				defer p.stop()
				return b.bare(p, what.bare, b.payments, conns)
			})
		if err != nil {
			return err
		}
		r.print(fmt.Sprintf("%s, %d connections", what.name, conns), b.payments)
	}
	return nil
}

// sandboxAnswer is a file with what the sandbox answers to a read.
func (b *bench) sandboxAnswer() (path string, err error) {
	p, err := b.platform("sandbox", 1, 0)
	if err != nil {
		return "", err
	}
	defer p.stop()
	var body []byte
	bare := &bareClient{client: http.DefaultClient, url: p.url, mac: hmac.New(sha256.New, []byte(secret))}
	bare.decode = func(data []byte) error {
		body = append([]byte(nil), data...)
		return nil
	}
	if err := bare.call(http.MethodGet, fmt.Sprintf("/v2/%s/payments/%d_0/details", merchant, firstID), "", ""); err != nil {
		return "", err
	}
	path = b.path("answer.json")
	return path, os.WriteFile(path, body, 0o600)
}

// sandboxSize starts sandboxes with many payments, made up or read from a file,
// and measures how long it takes until they listen and what they hold.
func (b *bench) sandboxSize() error {
	seed, err := b.seedFile(b.large)
	if err != nil {
		return err
	}
	for _, start := range []struct {
		name string
		args []string
	}{
		{"made up", []string{"--payments", strconv.Itoa(b.large)}},
		{"from a file of " + strconv.FormatInt(size(seed)>>20, 10) + " MiB, one capture each", []string{"--seed", seed}},
	} {
		began := time.Now()
		p, err := startPlatform(exec.Command(b.binary, append([]string{"sandbox", "--listen", "127.0.0.1:0"}, start.args...)...), "sandbox")
		if err != nil {
			return err
		}
		took := time.Since(began)
		p.stop()
		fmt.Printf("%-46s %6.0f MiB peak, listening after %v\n", fmt.Sprintf("sandbox, %d payments, %s", b.large, start.name),
			float64(maxRSS(p.cmd.ProcessState))/(1<<20), took.Round(10*time.Millisecond))
	}
	return nil
}

// seedFile writes a seed of n payments with a capture.
func (b *bench) seedFile(n int) (string, error) {
	path := b.path("seed.jsonl")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	w := bufio.NewWriter(f)
	for i := range n {
		_, _ = fmt.Fprintf(w, `{"id":"%d_0","amount":12500,"currency":"EUR","merchantReference":"order-%d",`+
			`"mode":"PRE_AUTHORIZATION","operations":[{"kind":"capture","amount":8000,"ref":"ship-1"}]}`+"\n", firstID+i, i+1)
	}
	return path, errors.Join(w.Flush(), f.Close())
}
