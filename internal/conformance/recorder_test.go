package conformance_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// A request is what came over the wire.
type request struct {
	Method string
	URI    string // as on the request line
	Header http.Header
	Body   []byte
	// Chunked says that the length of the body was not known when it was sent.
	Chunked bool
}

func (r *request) path() string { path, _, _ := strings.Cut(r.URI, "?"); return path }

func (r *request) rawQuery() string { _, query, _ := strings.Cut(r.URI, "?"); return query }

// content returns the body, decompressed when it says that it is compressed.
func (r *request) content(t testing.TB) []byte {
	t.Helper()
	if r.Header.Get("Content-Encoding") == "" {
		return r.Body
	}
	require.Equal(t, []string{"gzip"}, r.Header["Content-Encoding"])
	z, err := gzip.NewReader(bytes.NewReader(r.Body))
	require.NoError(t, err)
	data, err := io.ReadAll(z)
	require.NoError(t, err)
	return data
}

type answer struct {
	status int
	header map[string]string
	body   []byte
}

// says is an answer in JSON, or without a body.
func says(status int, body []byte) answer {
	if body == nil {
		return answer{status: status}
	}
	return answer{status, map[string]string{"Content-Type": "application/json"}, body}
}

// A recorder is a server on loopback that keeps what it is sent and answers as it is
// told.
type recorder struct {
	server *httptest.Server

	mu      sync.Mutex
	answers []answer
	got     []request
	failed  error
}

func record(t testing.TB) *recorder {
	t.Helper()
	r := &recorder{}
	r.server = httptest.NewServer(r)
	t.Cleanup(r.server.Close)
	return r
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	data, err := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.failed = err
	}
	r.got = append(r.got, request{
		Method: req.Method, URI: req.RequestURI, Header: req.Header, Body: data,
		Chunked: slices.Contains(req.TransferEncoding, "chunked"),
	})
	a := answer{status: http.StatusTeapot}
	if len(r.answers) > 0 {
		a, r.answers = r.answers[0], r.answers[1:]
	}
	w.Header()["Content-Type"] = nil // none unless told
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.status)
	if _, err := w.Write(a.body); err != nil && len(a.body) > 0 {
		r.failed = err
	}
}

// next sets the answers to come, one a request.
func (r *recorder) next(answers ...answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answers = answers
}

// all returns what was sent since it was asked last.
func (r *recorder) all(t testing.TB) []request {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	require.NoError(t, r.failed)
	got := r.got
	r.got = nil
	return got
}

// one returns the only request that was sent since it was asked last.
func (r *recorder) one(t testing.TB) request {
	t.Helper()
	got := r.all(t)
	require.Equal(t, 1, len(got), "requests")
	return got[0]
}
