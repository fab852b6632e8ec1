package sandbox_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
)

// bomb is a gigabyte of zeros in about a megabyte: 64 members of 16 MB each.
func bomb(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	require.NoError(t, err)
	_, err = z.Write(make([]byte, 16<<20))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return strings.Repeat(b.String(), 64)
}

// TestGzipBombs measures what is allocated for a gigabyte of zeros: no more than the
// limit of a body and its growth. It is not parallel, since it counts for all.
func TestGzipBombs(t *testing.T) {
	c := start(t)
	path := c.payment(t, 800)
	text := bomb(t)
	require.Less(t, len(text), 1<<20, "packed, it is a body that may be sent")
	for _, tt := range []struct {
		path, body string
		most       uint64 // bytes that are allocated along the way
	}{
		{path + "/capture", text, 8 << 20},
		{"/merchant-batches", text, 100 << 20},
		{"/merchant-batches", packed(t, strings.Repeat("x", 16<<20)), 100 << 20},
	} {
		r := c.request(http.MethodPost, tt.path, tt.body, inGzip)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		a, err := c.send(r)
		runtime.ReadMemStats(&after)
		require.NoError(t, err)
		require.Equal(t, 413, a.status, "%s", a.raw)
		require.Equal(t, "REQUEST_BODY_TOO_LARGE", a.text("errors.0.id"))
		require.Less(t, after.TotalAlloc-before.TotalAlloc, tt.most, tt.path)
		runtime.GC()
		runtime.ReadMemStats(&after)
		require.Less(t, after.HeapAlloc, before.HeapAlloc+1<<20, "%s keeps what it was sent", tt.path)
	}
	require.Equal(t, 201, c.post(t, path+"/capture", `{"amount":1}`).status)
	require.Equal(t, 1, c.book(t, path).Count(sandbox.Capture))
}

// 10 MB that are mostly not zeros, and endings that are no endings.
func TestOddGzip(t *testing.T) {
	t.Parallel()
	c := start(t)
	random := make([]byte, 10<<20)
	for i, x := 0, uint32(1); i < len(random); i++ {
		x = x*1664525 + 1013904223
		random[i] = byte(x >> 24)
	}
	good := packed(t, `{"amount":1}`)
	for name, tt := range map[string]struct {
		body   string
		status int
	}{
		"10 MB of noise":      {packed(t, string(random)), 413},
		"10 MB of spaces":     {packed(t, `{"amount":1}`+strings.Repeat(" ", 10<<20)), 413},
		"no end":              {good[:len(good)-8], 400},
		"half an end":         {good[:len(good)-3], 400},
		"wrong checksum":      {good[:len(good)-8] + "12345678", 400},
		"only a head":         {good[:10], 400},
		"something after it":  {good + "x", 400},
		"two of them":         {packed(t, `{"amount"`) + packed(t, `:1}`), 201},
		"twice":               {packed(t, good), 400},
		"empty":               {packed(t, ""), 201},
		"nothing where it is": {"", 201},
	} {
		path := c.payment(t, 800)
		a := c.post(t, path+"/capture", tt.body, inGzip)
		require.Equal(t, tt.status, a.status, "%s: %s", name, a.raw)
		require.Equal(t, tt.status == 201, c.book(t, path).Count(sandbox.Capture) == 1, name)
	}
}

// TestTenThousandIdleConnections keeps connections that were used once and does not
// use them: another request is answered, and each costs little. The connections are
// in memory, so that the limit of open files does not matter.
func TestTenThousandIdleConnections(t *testing.T) {
	const many, most = 10_000, 32 << 10
	_, web, stop := sandboxtest.StartInMemory(t, sandbox.Config{})
	defer stop()
	dial := web.Transport.(*http.Transport).DialContext
	conns := make([]net.Conn, 0, many)
	defer func() {
		for _, conn := range conns {
			_ = conn.Close()
		}
	}()
	text := head{proto: "HTTP/1.1", method: http.MethodGet, target: connection}.text()
	ask := func(conn net.Conn) int {
		_, err := io.WriteString(conn, text)
		require.NoError(t, err)
		resp, err := http.ReadResponse(bufio.NewReaderSize(conn, 16), nil)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.StatusCode
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range many {
		conn, err := dial(t.Context(), "tcp", "sandbox")
		require.NoError(t, err)
		conns = append(conns, conn)
		require.Equal(t, http.StatusOK, ask(conn))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	used := after.HeapAlloc + after.StackInuse - before.HeapAlloc - before.StackInuse
	t.Logf("%d bytes for a connection", used/many)
	require.Less(t, used, uint64(many*most))

	fresh, err := dial(t.Context(), "tcp", "sandbox")
	require.NoError(t, err)
	conns = append(conns, fresh)
	for _, conn := range slices.Concat(conns[:1], conns[many/2:many/2+1], conns[many-1:]) {
		require.Equal(t, http.StatusOK, ask(conn))
	}
}
