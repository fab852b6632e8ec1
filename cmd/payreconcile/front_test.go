package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// A front stands between the program and its sandbox. It knows what arrived,
// and answers or alters in the sandbox's place as its rules say: what a
// platform does that the sandbox, which is never wrong, does not.
type front struct {
	sb *sandbox.Sandbox

	mu      sync.Mutex
	rules   []*rule
	arrived []arrival
}

// An arrival is a request that got as far as the platform.
type arrival struct {
	operation, payment, key string
	at                      time.Time
}

// A rule changes what becomes of some requests: of those that match, it lets
// the first nth-1 pass and takes the times that follow (0 is 1, negative all).
type rule struct {
	operation, payment string
	nth, times         int
	matched, taken     int

	hangUp   func() // called with the answer, which is the last one on its connection
	old, new string // replaced in the answer, or in the request with ask
	ask      bool

	status int // answered instead of what the sandbox says, which with commit it does all the same
	body   []byte
	header http.Header
	commit bool
}

func (r *rule) takes(a arrival) bool {
	if (r.operation != "" && r.operation != a.operation) || (r.payment != "" && r.payment != a.payment) {
		return false
	}
	r.matched++
	if r.matched < r.nth || (r.times >= 0 && r.taken >= max(1, r.times)) {
		return false
	}
	r.taken++
	return true
}

// operationNames are the sandbox's names of operations by the last part of
// their path.
var operationNames = map[string]string{
	"capture": "capturePayment", "cancel": "cancelPayment", "refund": "refundPayment", "details": "getPaymentDetails",
}

// arrivalOf says what a request asks for.
func arrivalOf(r *http.Request) arrival {
	a := arrival{key: r.Header.Get("X-GCS-Idempotence-Key"), at: time.Now()}
	parts := strings.Split(r.URL.Path, "/")
	a.operation = operationNames[parts[len(parts)-1]]
	if a.operation != "" {
		a.payment = parts[len(parts)-2]
	}
	return a
}

func (f *front) add(r *rule) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = append(f.rules, r)
}

func (f *front) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = nil
}

// sends returns the requests for an operation on a payment, in order.
func (f *front) sends(operation, payment string) (of []arrival) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.arrived {
		if a.operation == operation && a.payment == payment {
			of = append(of, a)
		}
	}
	return of
}

// arrive notes a request and returns the rules that take it.
func (f *front) arrive(a arrival) (rules []rule) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.arrived = append(f.arrived, a)
	for _, r := range f.rules {
		if r.takes(a) {
			rules = append(rules, *r)
		}
	}
	return rules
}

// ServeHTTP answers as the sandbox does, but for what the rules say.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rules := f.arrive(arrivalOf(r))
	if len(rules) == 0 {
		f.sb.ServeHTTP(w, r)
		return
	}
	asked, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	process := true
	for _, x := range rules {
		if x.ask {
			asked = bytes.ReplaceAll(asked, []byte(x.old), []byte(x.new))
		}
		process = process && (x.status == 0 || x.commit)
	}
	said := httptest.NewRecorder()
	if process {
		f.sb.ServeHTTP(said, withBody(r, asked))
	}
	status, header, body := said.Code, said.Header(), said.Body.Bytes()
	for _, x := range rules {
		switch {
		case x.hangUp != nil:
			header.Set("Connection", "close")
			x.hangUp()
		case x.status != 0:
			status, body, header = x.status, x.body, x.header
		case !x.ask:
			body = bytes.ReplaceAll(body, []byte(x.old), []byte(x.new))
		}
	}
	write(w, status, header, body)
}

// withBody is a request with another body than its own.
func withBody(r *http.Request, body []byte) *http.Request {
	r = r.Clone(r.Context())
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return r
}

// write sends an answer in one piece.
func write(w http.ResponseWriter, status int, header http.Header, body []byte) {
	maps.Copy(w.Header(), header)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone away is one of the things that are tried
}

// parse reads the words of a script that say which requests a rule takes.
func (r *rule) parse(words []string) error {
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		var err error
		switch name {
		case "operation":
			r.operation = value
		case "payment":
			r.payment = value
		case "nth":
			r.nth, err = strconv.Atoi(value)
		case "times":
			r.times, err = strconv.Atoi(value)
		case "ask":
			r.ask = true
		case "commit":
			r.commit = true
		case "header":
			name, text, _ := strings.Cut(value, ":")
			r.header.Set(name, text)
		default:
			err = fmt.Errorf("unknown word %q", word)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
