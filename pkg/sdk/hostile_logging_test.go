package sdk_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/sdk/logging"
)

// A tally is a logger that keeps the order of what belongs together, and looks for
// what must not be logged.
type tally struct {
	mu    sync.Mutex
	sends map[string]string // by id: q request, a answer, f failure
	leaks []string
}

func (l *tally) LogRequest(_ context.Context, r logging.Request) { l.note(r.ID, "q", fmt.Sprint(r)) }

func (l *tally) LogResponse(_ context.Context, r logging.Response) {
	l.note(r.RequestID, "a", fmt.Sprint(r))
}

func (l *tally) LogError(_ context.Context, f logging.Failure) {
	l.note(f.RequestID, "f", fmt.Sprint(f))
}

func (l *tally) note(id, what, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sends[id] += what
	if strings.Contains(text, secret) || strings.Contains(text, "GCS v1HMAC") {
		l.leaks = append(l.leaks, text)
	}
}

// TestLoggingUnderManyCallers switches logging on and off while 64 callers share the
// client: no call sees it, every send that is logged is logged to its end.
func TestLoggingUnderManyCallers(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(mirror))
	t.Cleanup(srv.Close)
	cfg := config(srv.URL)
	quick(&cfg)
	cfg.MaxConnections = 8
	client, err := sdk.NewClient(cfg)
	require.NoError(t, err)
	t.Cleanup(client.CloseIdleConnections)
	log := &tally{sends: map[string]string{}}
	client.EnableLogging(log)
	var wg sync.WaitGroup
	for caller := range 64 {
		wg.Go(func() {
			for round := range 15 {
				switch (caller + round) % 8 {
				case 0:
					client.DisableLogging()
				case 1:
					client.EnableLogging(log, logging.All("amount"))
				}
				if err := oneCaller(t.Context(), client, caller, round); err != nil {
					t.Errorf("caller %d, round %d: %v", caller, round, err)
					return
				}
			}
		})
	}
	wg.Wait()
	require.NotEmpty(t, log.sends)
	require.Empty(t, log.leaks)
	seen := map[string]int{}
	for id, order := range log.sends {
		seen[order]++
		require.Contains(t, []string{"qa", "qaf"}, order, "send %s", id)
	}
	require.Positive(t, seen["qa"])
	require.Positive(t, seen["qaf"], "answers that break off are failures too")
}
