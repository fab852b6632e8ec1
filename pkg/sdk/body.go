package sdk

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"
)

var errTooLarge = errors.New("answer is over the limit")

// readBody reads an answer to its end into buf, and gives up as soon as it is over
// limit. It never believes Content-Length beyond the limit.
func readBody(buf []byte, resp *http.Response, limit int64) ([]byte, error) {
	if resp.ContentLength > limit {
		return buf[:0], errTooLarge
	}
	var r io.Reader = resp.Body
	if !resp.Uncompressed && strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip") {
		z, err := gzip.NewReader(resp.Body)
		if err == io.EOF { //nolint:errorlint // only a body without a byte gives it bare
			return buf[:0], nil
		}
		if err != nil {
			return buf[:0], fmt.Errorf("decompress answer: %w", err)
		}
		r = z
	}
	buf = buf[:0]
	if n := int(min(max(resp.ContentLength+1, 512), 1<<20)); cap(buf) < n {
		buf = make([]byte, 0, n)
	}
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case int64(len(buf)) > limit:
			return buf[:0], errTooLarge
		case errors.Is(err, io.EOF):
			return buf, nil
		case err != nil:
			return buf, fmt.Errorf("read answer: %w", err)
		}
	}
}

// isJSON reports whether an answer may hold JSON: its content type says so, or it
// has none, and its bytes are the UTF-8 that JSON has to be.
func isJSON(contentType string, body []byte) bool {
	mime, _, _ := strings.Cut(contentType, ";")
	switch mime = strings.ToLower(strings.TrimSpace(mime)); mime {
	case "", "application/json", "application/problem+json":
		return utf8.Valid(body)
	}
	return false
}

func isProblem(contentType string) bool {
	mime, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(mime), "application/problem+json")
}
