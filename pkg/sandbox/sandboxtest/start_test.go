package sandboxtest_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
)

func request(t *testing.T, url, path string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+path, nil)
	require.NoError(t, err)
	return r
}

func TestStart(t *testing.T) {
	t.Parallel()
	_, url := sandboxtest.Start(t, sandbox.Config{})
	resp, err := http.DefaultClient.Do(request(t, url, "/v2/merchant/services/testconnection"))
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusForbidden, resp.StatusCode)
}

// In a bubble an hour of delay takes no time, and nothing is left running.
func TestStartInMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sb, client, stop := sandboxtest.StartInMemory(t, sandbox.Config{})
		defer stop()
		before := time.Now()
		control := request(t, "http://sandbox", "/_sandbox/v1/clock")
		control.Header.Set("X-Sandbox-Control", "1")
		for range 3 {
			time.Sleep(time.Hour)
			resp, err := client.Do(control)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, http.StatusOK, resp.StatusCode)
		}
		require.Equal(t, 3*time.Hour, sb.Now().Sub(before))
	})
}
