package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// An endpoint is one operation of the API. Run appends the answer to c.out and
// returns its status.
type endpoint struct {
	name       string
	method     string
	path       string // below /v2/{merchantId}
	idempotent bool   // keeps its answer under the idempotence key
	run        func(c *call) int
}

// endpoints are the operations of all services. A service adds its own here.
func (s *Sandbox) endpoints() []endpoint {
	return slices.Concat(
		paymentEndpoints(), captureEndpoints(), refundEndpoints(), serviceEndpoints(), checkoutEndpoints(),
		tokenizationEndpoints(), tokenEndpoints(), payoutEndpoints(), productEndpoints(), webhookEndpoints(), sessionEndpoints(),
		batchEndpoints(), subsequentEndpoints(), completeEndpoints(), seriesEndpoints(), mandateEndpoints(), linkEndpoints(),
		detokenizeEndpoints(),
	)
}

const (
	pathPrefix     = "/v2/{merchantId}"
	maxRequestBody = 1 << 20
)

func (s *Sandbox) route() {
	s.mux, s.paths = http.NewServeMux(), http.NewServeMux()
	s.counts = make(map[string]*atomic.Int64)
	s.runs = make(map[string]func(*call) int)
	allowed := make(map[string][]string)
	for _, e := range s.endpoints() {
		n := new(atomic.Int64)
		s.counts[e.name], s.runs[e.name] = n, e.run
		s.mux.HandleFunc(e.method+" "+pathPrefix+e.path, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != e.method { // ServeMux lets HEAD pass for GET
				s.unrouted(w, r)
				return
			}
			s.serve(w, r, &e, n)
		})
		allowed[e.path] = append(allowed[e.path], e.method)
	}
	for path, methods := range allowed {
		allow := strings.Join(methods, ", ")
		s.paths.HandleFunc(pathPrefix+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", allow)
			s.refuse(w, r, &refusal{status: http.StatusMethodNotAllowed, id: "METHOD_NOT_ALLOWED", code: "50001405"})
		})
	}
	s.mux.HandleFunc("/", s.unrouted)
	s.paths.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, &refusal{status: http.StatusNotFound, id: "UNKNOWN_RESOURCE", code: "50001404"})
	})
}

// unrouted answers 405 for a known path and 404 for any other.
func (s *Sandbox) unrouted(w http.ResponseWriter, r *http.Request) { s.paths.ServeHTTP(w, r) }

// serve answers one authenticated request for an operation.
func (s *Sandbox) serve(w http.ResponseWriter, r *http.Request, e *endpoint, n *atomic.Int64) {
	n.Add(1)
	c := newCall(s, r, e)
	defer c.release()
	if r.PathValue("merchantId") != s.merchantID {
		s.refuse(w, r, foreignMerchant())
		return
	}
	if b := c.b; b.RateLimit > 0 && !s.limiter.allow(c.now, b.RateLimit) {
		w.Header().Set("Retry-After", "1")
		s.refuse(w, r, platformError(http.StatusTooManyRequests))
		return
	}
	if fail := c.readBody(w); fail != nil {
		s.refuse(w, r, fail)
		return
	}
	f := s.faults.strike(c)
	if f == nil {
		status := c.perform(nil)
		c.write(w, status)
		return
	}
	s.serveFaulty(w, c, f)
}

// refuse answers with an error that no operation produced.
func (s *Sandbox) refuse(w http.ResponseWriter, r *http.Request, fail *refusal) {
	body := append([]byte(nil), '{')
	body = fail.appendErrors(body, s.errorID(r.URL.Path))
	write(w, fail.status, append(body, '}'))
}

var (
	jsonType    = []string{"application/json"}
	problemType = []string{"application/problem+json"}
)

// write sends an answer of JSON in one piece.
func write(w http.ResponseWriter, status int, body []byte) { writeAs(w, jsonType, status, body) }

// writeAs sends an answer in one piece, with its length, unless it may have none.
func writeAs(w http.ResponseWriter, contentType []string, status int, body []byte) {
	if status == http.StatusNoContent || (status == http.StatusAccepted && len(body) == 0) {
		w.WriteHeader(status)
		return
	}
	h := w.Header()
	h["Content-Type"] = contentType
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone away is not our fault
}
