package sandbox_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
)

// BenchmarkOverHTTP compares the sandbox with a handler that writes the same
// bytes, over loopback connections and with signed requests.
func BenchmarkOverHTTP(b *testing.B) {
	for name, tt := range map[string]struct {
		method, call, body string
	}{
		"details": {http.MethodGet, "/details", ""},
		"capture": {http.MethodPost, "/capture", `{"amount":5,"isFinal":false,"operationReferences":{"merchantReference":"ship-1"}}`},
	} {
		b.Run(name+"/sandbox", func(b *testing.B) {
			sb := sandboxtest.New(b, sandbox.Config{})
			sb.SeedPayments(b.N)
			overHTTP(b, sb, tt.method, tt.call, tt.body)
		})
		b.Run(name+"/fixed", func(b *testing.B) {
			overHTTP(b, fixed(b, tt.method, tt.call, tt.body), tt.method, tt.call, tt.body)
		})
	}
}

// fixed returns a handler that writes what the sandbox answers to the first
// request.
func fixed(b *testing.B, method, call, body string) http.Handler {
	sb := sandboxtest.New(b, sandbox.Config{})
	sb.SeedPayments(1)
	a := direct(sb).do(b, method, "/payments/3000000001_0"+call, body, withKey("first"))
	length := fmt.Sprint(len(a.raw))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", length)
		w.WriteHeader(a.status)
		_, _ = w.Write(a.raw)
	})
}

func overHTTP(b *testing.B, h http.Handler, method, call, body string) {
	server := httptest.NewServer(h)
	defer server.Close()
	const workers = 16
	c := client{url: server.URL, now: time.Now, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}}
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for range workers {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				path := fmt.Sprintf("/payments/%d_0%s", 3_000_000_000+i, call)
				a, err := c.send(c.request(method, path, body, withKey(fmt.Sprint("key-", i))))
				if err != nil || a.status > 299 {
					b.Errorf("%v %d %s", err, a.status, a.raw)
					return
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkHandler leaves the network out.
func BenchmarkHandler(b *testing.B) {
	sb := sandboxtest.New(b, sandbox.Config{})
	sb.SeedPayments(1000)
	c := direct(sb)
	r := c.request(http.MethodGet, "/payments/3000000007_0/details", "")
	w := &discard{header: make(http.Header)}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		sb.ServeHTTP(w, r)
	}
	if w.status != http.StatusOK {
		b.Fatal(w.status)
	}
}

type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }

// BenchmarkSeed reports the time and the memory of a payment with a capture.
func BenchmarkSeed(b *testing.B) {
	var text bytes.Buffer
	for i := range b.N {
		fmt.Fprintf(&text, `{"id":"%d_0","amount":12500,"currency":"EUR","merchantReference":"order-%d",`+
			`"mode":"PRE_AUTHORIZATION","operations":[{"kind":"capture","amount":8000,"ref":"ship-1"}]}`+"\n", 3_000_000_000+i, i)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	sb := sandboxtest.New(b, sandbox.Config{})
	b.ResetTimer()
	if _, err := sb.LoadSeed(strings.NewReader(text.String())); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/float64(b.N), "heap-B/payment")
	runtime.KeepAlive(sb)
	runtime.KeepAlive(text)
}
