package sim

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
)

// page is an answer of something in between that is not the platform.
func page(status int, r *http.Request) delivery {
	const text = "<html><body>not the platform</body></html>"
	d := written(status, "text/html", text, r)
	if status/100 == 3 {
		d.resp.Header.Set("Location", "https://elsewhere.example/")
	}
	return d
}

func written(status int, contentType, text string, r *http.Request) delivery {
	h := http.Header{"Content-Type": {contentType}, "Content-Length": {strconv.Itoa(len(text))}}
	return delivery{resp: &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: h,
		Body: io.NopCloser(strings.NewReader(text)), ContentLength: int64(len(text)), Request: r,
	}}
}

// denial is the error of a platform that looks at the state of the payment
// before it looks at the key.
func denial(r *http.Request) delivery {
	const text = `{"errorId":"sim-denial","errors":[{"errorCode":"50001140","id":"ACTION_NOT_ALLOWED_ON_TRANSACTION","httpStatusCode":400}]}`
	return written(http.StatusBadRequest, "application/json", text, r)
}

// An answer is what the platform writes.
type answer struct {
	header  http.Header
	status  int
	body    []byte
	aborted bool
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	a.body = append(a.body, b...)
	return len(b), nil
}

// FlushError sends what was written: it stays what it is.
func (a *answer) FlushError() error { return nil }

// serve lets the platform answer. It breaks off with http.ErrAbortHandler.
func (a *answer) serve(h http.Handler, r *http.Request) {
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			a.aborted = true
		default:
			panic(v)
		}
	}()
	h.ServeHTTP(a, r)
}

// result is what a client sees of the answer.
func (a *answer) result(r *http.Request) delivery {
	if a.status == 0 {
		return delivery{err: &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}}
	}
	resp := &http.Response{
		StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: a.header, Request: r,
		ContentLength: int64(len(a.body)),
	}
	if n, err := strconv.ParseInt(a.header.Get("Content-Length"), 10, 64); err == nil {
		resp.ContentLength = n
	}
	var from io.Reader = bytes.NewReader(a.body)
	if a.aborted {
		from = io.MultiReader(from, broken{})
	}
	resp.Body = io.NopCloser(from)
	return delivery{resp: resp}
}

// broken is the end of a connection that broke.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
