package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// receive starts a receiver of webhooks and returns its URL.
func (s *scriptSandbox) receive(ts *testscript.TestScript) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.events.Add(1)
		w.WriteHeader(http.StatusNoContent)
	}))
	ts.Defer(server.Close)
	return server.URL
}

func (s *scriptSandbox) heard(ts *testscript.TestScript, args []string) {
	deadline := time.Now().Add(20 * time.Second)
	for {
		all := s.WebhookDeliveries()
		over := true
		for _, d := range all {
			over = over && d.State == sandbox.WebhookDelivered
		}
		if over && s.events.Load() == int64(atoi(ts, args[0])) {
			ts.Setenv("EVENT", all[len(all)-1].ID)
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("sandbox: %d webhooks were heard; the log: %+v", s.events.Load(), all)
		}
		time.Sleep(time.Millisecond)
	}
}

// TestSandboxSendsWebhooks runs the command itself, with every flag of webhooks.
func TestSandboxSendsWebhooks(t *testing.T) {
	t.Parallel()
	keys := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		keys <- r.Header.Get("X-GCS-KeyId") + r.URL.Path
	}))
	t.Cleanup(server.Close)
	read, write := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{
			"sandbox", "--listen", "127.0.0.1:0", "--payments", "1", "--webhook", server.URL + "/one", "--webhook", "http://shop.example/",
			"--webhook-host", "other.example", "--webhook-key-id", "w", "--webhook-secret", "hello+world",
		}, &env{stdin: strings.NewReader(""), stdout: write, stderr: io.Discard, getenv: func(string) string { return "" }, now: time.Now})
	}()
	line, err := bufio.NewReader(read).ReadString('\n')
	require.NoError(t, err)
	go func() { _, _ = io.Copy(io.Discard, read) }()
	_, url, _ := strings.Cut(strings.TrimSpace(line), "=")
	body := map[string]any{"payment": "3000000001_0", "kind": "capture", "amount": 100}
	require.NoError(t, control(ctx, url, http.MethodPost, "portal", body, nil))
	for range 2 {
		select {
		case key := <-keys:
			require.Equal(t, "w/one", key)
		case <-time.After(20 * time.Second):
			t.Fatal("no webhook")
		}
	}
	var list strings.Builder
	require.NoError(t, runWebhooks(ctx, &env{stdout: &list}, url))
	require.Contains(t, list.String(), "not-sent")
	require.Contains(t, list.String(), "host shop.example is neither loopback nor among the webhook hosts")
	cancel()
	<-done
}
