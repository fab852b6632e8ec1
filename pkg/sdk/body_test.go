package sdk_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
)

func TestHugeAnswerIsNotRead(t *testing.T) {
	t.Parallel()
	const size = 100 << 20
	for name, chunked := range map[string]bool{"with its length": false, "without": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var written atomic.Int64
			m := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if !chunked {
					w.Header().Set("Content-Length", fmt.Sprint(size))
				}
				block := bytes.Repeat([]byte(" "), 1<<20)
				for range size / len(block) {
					n, err := w.Write(block)
					written.Add(int64(n))
					if err != nil {
						return
					}
				}
			})
			err := get(t.Context(), m)
			var comm *sdk.CommunicationError
			require.ErrorAs(t, err, &comm)
			require.Equal(t, sdk.FailureTooLarge, comm.Failure)
			require.Equal(t, 1, comm.Sends)
			require.ErrorContains(t, err, "10485760 bytes")
			require.Less(t, written.Load(), int64(size))
		})
	}
}

func TestAnswerOfExactlyTheLimit(t *testing.T) {
	t.Parallel()
	body := `{"id":"1234567890"}`
	for extra, want := range map[int]bool{0: true, 1: false} {
		for _, chunked := range []bool{false, true} {
			m := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if chunked {
					w.Header().Set("Content-Type", "application/json")
					_ = http.NewResponseController(w).Flush()
				}
				answer(w, 200, []byte(body+strings.Repeat(" ", extra)))
			}, func(c *sdk.Config) { c.MaxResponseBytes = int64(len(body)) })
			require.Equal(t, want, get(t.Context(), m) == nil, "%d more, chunked %v", extra, chunked)
		}
	}
}

func zip(t *testing.T, body []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(body)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

func TestGzip(t *testing.T) {
	t.Parallel()
	zipped := zip(t, fixture(t, "payment"))
	bomb := zip(t, bytes.Repeat([]byte(" "), 11<<20))
	handler := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		if strings.HasSuffix(r.URL.Path, "bomb") {
			answer(w, 200, bomb)
			return
		}
		answer(w, 200, zipped)
	}
	srv := httptest.NewServer(http.HandlerFunc(handler))
	t.Cleanup(srv.Close)
	own := sdk.NewConnection(4, time.Second)
	own.DisableCompression = true // then nobody but the SDK decompresses
	for name, opts := range map[string][]sdk.Option{"through net/http": nil, "through another connection": {sdk.WithConnection(own)}} {
		m := dial(t, config(srv.URL), opts...)
		got, err := m.Payments().GetPayment(t.Context(), payment)
		require.NoError(t, err, name)
		require.Equal(t, payment, *got.ID)
		_, err = m.Payments().GetPayment(t.Context(), "bomb")
		var comm *sdk.CommunicationError
		require.ErrorAs(t, err, &comm, name)
		require.Equal(t, sdk.FailureTooLarge, comm.Failure)
	}
}
