package sandbox

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	keyHeader    = "X-Gcs-Idempotence-Key"
	replayHeader = "X-Gcs-Idempotence-Request-Timestamp"
	answerHeader = "IdempotencyResponseDatetime"
)

// A call is one authenticated request on its way through its operation.
type call struct {
	s    *Sandbox
	b    *Behaviour
	e    *endpoint
	r    *http.Request
	now  int64 // nanoseconds since the epoch
	key  string
	body []byte
	out  []byte

	replayOf int64 // milliseconds since the epoch of the first request, or 0
	problem  bool  // the answer is of the type application/problem+json
	age      time.Duration
	hide     int
	entered  bool // the gate
}

var calls = sync.Pool{New: func() any { return new(call) }}

func newCall(s *Sandbox, r *http.Request, e *endpoint) *call {
	c := calls.Get().(*call)
	b := s.behaviour.Load()
	*c = call{s: s, b: b, e: e, r: r, now: s.clock.now().UnixNano(), body: c.body[:0], out: c.out[:0], age: b.ReadLag}
	s.catchUp(c.now)
	return c
}

// release returns the call to the pool, unless its buffers have grown large.
func (c *call) release() {
	if cap(c.body)+cap(c.out) > 64<<10 {
		return
	}
	*c = call{body: c.body, out: c.out}
	calls.Put(c)
}

// readBody reads the whole body, plain or compressed, up to the limit.
func (c *call) readBody(w http.ResponseWriter) *refusal {
	if c.r.Body == nil || c.r.Body == http.NoBody {
		return nil
	}
	if c.r.ContentLength > int64(c.e.bodyLimit()) { // it need not be sent at all
		return bodyFailure(errTooLong)
	}
	var from io.Reader = http.MaxBytesReader(w, c.r.Body, int64(c.e.bodyLimit()))
	switch encoding := c.r.Header.Get("Content-Encoding"); {
	case encoding == "" || strings.EqualFold(encoding, "identity"):
	case strings.EqualFold(encoding, "gzip"):
		z, err := gzip.NewReader(from)
		if err != nil {
			return bodyFailure(err)
		}
		from = z
	default:
		return &refusal{status: http.StatusUnsupportedMediaType, id: "UNSUPPORTED_CONTENT_ENCODING", code: "50001415"}
	}
	var err error
	if c.body, err = appendAll(c.body, from, c.e.bodyLimit()); err != nil {
		return bodyFailure(err)
	}
	return nil
}

var errTooLong = errors.New("body too long")

func appendAll(dst []byte, from io.Reader, limit int) ([]byte, error) {
	for {
		if len(dst) == cap(dst) {
			dst = append(dst, make([]byte, 512)...)[:len(dst)]
		}
		n, err := from.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if len(dst) > limit {
			return dst, errTooLong
		}
		if errors.Is(err, io.EOF) {
			return dst, nil
		}
		if err != nil {
			return dst, err
		}
	}
}

func bodyFailure(err error) *refusal {
	var tooLong *http.MaxBytesError
	if errors.As(err, &tooLong) || errors.Is(err, errTooLong) {
		return &refusal{status: http.StatusRequestEntityTooLarge, id: "REQUEST_BODY_TOO_LARGE", code: "50001413"}
	}
	return malformed()
}

// perform runs the operation, or replays its first answer under the same key.
// A fault may hold it up while the key is in progress, or put its own answer
// in the place of the one that is kept.
func (c *call) perform(f *strike) (status int) {
	defer c.leave() // after the key has its answer
	key := c.r.Header[keyHeader]
	if !c.e.idempotent || len(key) == 0 {
		return c.runWith(f)
	}
	if c.key = key[0]; len(key) > 1 || !validKey(c.key) {
		return c.fail(invalidValue("X-GCS-Idempotence-Key"))
	}
	stored := c.key
	if c.b.KeyScope == ScopeOperation {
		stored = c.e.name + "\n" + c.key
	}
	kept, first := c.s.keys.begin(stored, c.now, c.b.KeyWindow)
	switch {
	case !first && kept.status == 0:
		return c.fail(inProgress(c.b.InProgressError))
	case !first:
		c.replayOf = kept.first / int64(time.Millisecond)
		c.out = append(c.out, kept.body...)
		return kept.status
	}
	defer func() {
		if status == 0 || (status >= 400 && status < 500 && !c.b.ReplayRefusals) {
			c.s.keys.forget(stored) // status is 0 after a panic
			return
		}
		c.s.keys.finish(stored, status, c.out)
	}()
	return c.runWith(f)
}

// runWith runs the operation as far as the fault lets it.
func (c *call) runWith(f *strike) int {
	if f == nil {
		c.enter()
		return c.run()
	}
	if !f.Commit {
		f.wait()
		c.now = c.s.clock.now().UnixNano()
		c.s.catchUp(c.now)
	}
	c.enter()
	status := 0
	if f.Commit || !f.Stored {
		status = c.run()
	}
	if f.Stored {
		c.out = c.out[:0]
		status = c.fail(f.answer(c.b))
	}
	return status
}

// run runs the operation, unless the request is not what the contract asks for.
func (c *call) run() int {
	if faults := c.contract(); len(faults) > 0 {
		return c.fail(faults[0], faults[1:]...)
	}
	return c.e.run(c)
}

// fail writes an error answer; more are further faults of the same request.
func (c *call) fail(r *refusal, more ...*refusal) int {
	c.out = append(c.out, '{')
	c.out = r.appendErrors(c.out, c.s.errorID(c.r.URL.Path), more...)
	c.out = append(c.out, '}')
	return r.status
}

// answer writes an answer that no payment produced.
func (c *call) answer(status int, v any) int {
	body, err := json.Marshal(v)
	if err != nil {
		panic("sandbox: an answer has no JSON form: " + err.Error())
	}
	c.out = append(c.out, body...)
	return status
}

// write sends what the operation produced.
func (c *call) write(w http.ResponseWriter, status int) {
	c.mark(w)
	writeAs(w, c.contentType(), status, c.out)
}

func (c *call) contentType() []string {
	if c.problem {
		return problemType
	}
	return jsonType
}

// mark says in a header that the answer is a replay.
func (c *call) mark(w http.ResponseWriter) {
	if c.replayOf == 0 {
		return
	}
	w.Header()[replayHeader] = []string{strconv.FormatInt(c.replayOf, 10)}
	if c.b.ReplayDatetime {
		w.Header().Set(answerHeader, time.UnixMilli(c.replayOf).UTC().Format("2006-01-02T15:04:05.000Z"))
	}
}

// find returns the payment that the path names by its initial id.
func (c *call) find() *payment {
	base, n, ok := parseID(c.r.PathValue("paymentId"))
	if !ok || n != 0 {
		return nil
	}
	return c.s.payments.get(base)
}
