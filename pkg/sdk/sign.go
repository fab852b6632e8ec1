package sdk

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash"
	"net/http"
	"strings"
	"sync"
	"unicode"
)

// An Authenticator proves who sends a request. Authorization returns the value of
// the Authorization header for one send; header holds every header that is sent,
// Date included, except those that net/http adds itself, and resource is path and
// query as they stand on the request line. It must not change header, and must be
// safe for concurrent use.
type Authenticator interface {
	Authorization(method, resource string, header http.Header) (string, error)
}

// V1HMAC signs requests with an API key and its secret. The signature covers
// method, content type, date, the X-GCS headers and the resource, not the body.
type V1HMAC struct {
	prefix  string
	signers sync.Pool
}

// NewV1HMAC returns the authenticator for an API key. The secret is used as the
// text it is.
func NewV1HMAC(keyID, secret string) (*V1HMAC, error) {
	if strings.TrimSpace(keyID) == "" || strings.ContainsFunc(keyID, unicode.IsControl) {
		return nil, errors.New("the API key id is blank or has a line break")
	}
	if strings.TrimSpace(secret) == "" {
		return nil, errors.New("the API secret is blank")
	}
	if strings.ContainsFunc(secret, unicode.IsControl) {
		return nil, errors.New("the API secret has a line break or another control character")
	}
	key := []byte(secret)
	a := &V1HMAC{prefix: "GCS v1HMAC:" + keyID + ":"}
	a.signers.New = func() any { return &signer{mac: hmac.New(sha256.New, key)} }
	return a, nil
}

// String names the scheme, without key or secret.
func (a *V1HMAC) String() string { return "v1HMAC" }

// Authorization signs one send.
func (a *V1HMAC) Authorization(method, resource string, header http.Header) (string, error) {
	s := a.signers.Get().(*signer)
	defer a.signers.Put(s)
	s.mac.Reset()
	s.buf = s.appendData(s.buf[:0], method, resource, header)
	s.mac.Write(s.buf)
	sum := s.mac.Sum(s.sum[:0])
	s.buf = append(s.buf[:0], a.prefix...)
	s.buf = base64.StdEncoding.AppendEncode(s.buf, sum)
	return string(s.buf), nil
}

// A signer is what one signature needs and the next one can use again.
type signer struct {
	mac   hash.Hash
	buf   []byte
	sum   [sha256.Size]byte
	names []string
}

// appendData appends the text that is signed: each part on a line of its own, the
// last one too.
func (s *signer) appendData(b []byte, method, resource string, header http.Header) []byte {
	b = append(b, strings.ToUpper(method)...)
	b = append(b, '\n')
	b = append(b, header.Get("Content-Type")...)
	b = append(b, '\n')
	b = append(b, header.Get("Date")...)
	b = append(b, '\n')
	s.names = s.names[:0]
	for name := range header {
		if len(name) >= 5 && strings.EqualFold(name[:5], "x-gcs") {
			s.insert(name)
		}
	}
	for _, name := range s.names {
		b = appendLower(b, name)
		b = append(b, ':')
		for i, value := range header[name] {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendCanonical(b, value)
		}
		b = append(b, '\n')
	}
	b = append(b, resource...)
	return append(b, '\n')
}

// insert keeps names sorted by their lower-case form. There are two or three.
func (s *signer) insert(name string) {
	i := len(s.names)
	s.names = append(s.names, name)
	for ; i > 0 && lessFold(name, s.names[i-1]); i-- {
		s.names[i] = s.names[i-1]
	}
	s.names[i] = name
}

func lessFold(a, b string) bool {
	for i := 0; i < len(a) && i < len(b); i++ {
		if x, y := lower(a[i]), lower(b[i]); x != y {
			return x < y
		}
	}
	return len(a) < len(b)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func appendLower(b []byte, s string) []byte {
	for i := range len(s) {
		b = append(b, lower(s[i]))
	}
	return b
}

// appendCanonical appends a header value as it is signed: a line break, with the
// white space that follows it up to the next break, becomes one space, and white
// space around the whole is dropped.
func appendCanonical(b []byte, value string) []byte {
	if !strings.ContainsRune(value, '\n') {
		return append(b, strings.TrimSpace(value)...)
	}
	start := len(b)
	for len(value) > 0 {
		i := strings.IndexByte(value, '\n')
		if i < 0 {
			b = append(b, value...)
			break
		}
		b = append(b, strings.TrimSuffix(value[:i], "\r")...)
		b = append(b, ' ')
		value = strings.TrimLeftFunc(value[i+1:], func(r rune) bool {
			return unicode.IsSpace(r) && r != '\r' && r != '\n'
		})
	}
	return append(b[:start], strings.TrimSpace(string(b[start:]))...)
}
