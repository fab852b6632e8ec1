package sandbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"hash"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	authorizationPrefix = "GCS v1HMAC:"
	signedPrefix        = "x-gcs"
	dateInstead         = "X-Gcs-Date"
)

// strictBase64 refuses a signature whose last character has bits that mean nothing.
var strictBase64 = base64.StdEncoding.Strict()

// A verifier checks the signature of requests with one key.
type verifier struct {
	keyID   string
	signers sync.Pool
	date    atomic.Pointer[parsedDate]
}

type parsedDate struct {
	text string
	at   time.Time
}

// A signer is the reusable state of one check.
type signer struct {
	mac   hash.Hash
	text  []byte
	names []string
	sum   [sha256.Size]byte
	given [sha256.Size + 2]byte
	code  [64]byte
}

func newVerifier(keyID, secret string) *verifier {
	v := &verifier{keyID: keyID}
	v.signers.New = func() any { return &signer{mac: hmac.New(sha256.New, []byte(secret))} }
	return v
}

// verify says whether a request is signed with the key, within the skew of now.
// The clients of the platform do not agree on two points, so any of four texts
// may have been signed: content type as received or, with a GET, empty; resource
// as sent or decoded.
func (v *verifier) verify(r *http.Request, b *Behaviour, now func() time.Time) bool {
	given := r.Header["Authorization"]
	if len(given) != 1 {
		return false
	}
	auth, ok := strings.CutPrefix(given[0], authorizationPrefix)
	if !ok {
		return false
	}
	colon := strings.LastIndexByte(auth, ':')
	if colon < 0 || subtle.ConstantTimeCompare([]byte(auth[:colon]), []byte(v.keyID)) != 1 {
		return false
	}
	if !v.fresh(r.Header, b.ClockSkew, now) {
		return false
	}
	sg := v.signers.Get().(*signer)
	defer v.signers.Put(sg)
	return sg.decode(auth[colon+1:]) && sg.verify(r, b.SignedResource)
}

// fresh says whether the date of the request is within the skew of now.
func (v *verifier) fresh(h http.Header, skew time.Duration, now func() time.Time) bool {
	text := h.Get("Date")
	if text == "" {
		text = h.Get(dateInstead)
	}
	d := v.date.Load()
	if d == nil || d.text != text {
		at, err := time.Parse("Mon, 2 Jan 2006 15:04:05 GMT", text)
		if err != nil {
			return false
		}
		d = &parsedDate{text, at}
		v.date.Store(d)
	}
	return skew < 0 || now().Sub(d.at).Abs() <= skew
}

func (s *signer) decode(signature string) bool {
	if len(signature) != base64.StdEncoding.EncodedLen(sha256.Size) {
		return false
	}
	n, err := strictBase64.Decode(s.given[:], append(s.code[:0], signature...))
	return err == nil && n == sha256.Size
}

func (s *signer) verify(r *http.Request, form string) bool {
	s.collect(r.Header)
	contentType := r.Header.Get("Content-Type")
	raw := resourceOf(r)
	decoded := raw
	if strings.IndexByte(raw, '%') >= 0 {
		if text, err := url.PathUnescape(raw); err == nil {
			decoded = text
		}
	}
	if form == ResourceDecoded {
		raw = decoded
	}
	unsigned := contentType != "" && r.Method == http.MethodGet // a content type that may be left out
	if s.matches(r, contentType, raw) || (unsigned && s.matches(r, "", raw)) {
		return true
	}
	if form != ResourceAny || decoded == raw {
		return false
	}
	return s.matches(r, contentType, decoded) || (unsigned && s.matches(r, "", decoded))
}

// resourceOf is the path and query as they were sent.
func resourceOf(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		return r.RequestURI
	}
	return r.URL.RequestURI()
}

// collect sorts the names of the headers that are signed.
func (s *signer) collect(h http.Header) {
	s.names = s.names[:0]
	for name := range h {
		if len(name) >= len(signedPrefix) && strings.EqualFold(name[:len(signedPrefix)], signedPrefix) {
			s.names = append(s.names, name)
		}
	}
	if len(s.names) > 1 {
		slices.SortFunc(s.names, func(a, b string) int {
			return strings.Compare(strings.ToLower(a), strings.ToLower(b))
		})
	}
}

func (s *signer) matches(r *http.Request, contentType, resource string) bool {
	t := append(s.text[:0], r.Method...)
	t = append(append(t, '\n'), contentType...)
	t = append(append(t, '\n'), r.Header.Get("Date")...)
	t = append(t, '\n')
	for _, name := range s.names {
		for _, value := range r.Header[name] {
			from := len(t)
			t = append(t, name...)
			lower(t[from:])
			t = append(append(t, ':'), canonicalValue(value)...)
			t = append(t, '\n')
		}
	}
	t = append(append(t, resource...), '\n')
	s.text = t
	s.mac.Reset()
	s.mac.Write(t)
	return hmac.Equal(s.mac.Sum(s.sum[:0]), s.given[:sha256.Size])
}

func lower(b []byte) {
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
}

var (
	folded   = regexp.MustCompile(`\r?\n[\t\f\v \x{85}\x{a0}]*`)
	lineEnds = "\r\n"
)

// canonicalValue is a header value as it is signed: a line break with the blank
// space after it becomes one space, and the ends are trimmed.
func canonicalValue(value string) string {
	if strings.ContainsAny(value, lineEnds) {
		value = folded.ReplaceAllString(value, " ")
	}
	return strings.TrimSpace(value)
}
