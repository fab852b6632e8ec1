package apply_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

const (
	declareCapture = `{id: "3066177123_0", captures: [{ref: ship-1, amount: 60.00}]}`
	declareCancel  = `{id: "3066177123_0", cancels: [{ref: void-1, amount: 25.00}]}`
	declareRefund  = `{id: "3066177123_0", refunds: [{ref: rma-1, amount: 12.00}]}`
	sale           = `{"id":"3066177123_0","amount":12500,"currency":"EUR","mode":"SALE"}`
	apiError       = `{"errorId":"e-1","errors":[{"errorCode":"50001111","id":"ACTION_NOT_ALLOWED_ON_TRANSACTION","httpStatusCode":400}]}`
)

// answer writes an answer without the platform knowing of the request.
func answer(status int, contentType, body string, header ...string) meddler {
	return posts(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) bool {
		write(w, status, contentType, body, header...)
		return true
	})
}

func write(w http.ResponseWriter, status int, contentType, body string, header ...string) {
	for i := 0; i+1 < len(header); i += 2 {
		w.Header().Set(header[i], header[i+1])
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// rewrite lets the platform do the call and changes its answer.
func rewrite(change func(body string) (status int, contentType, altered string)) meddler {
	return posts(func(w http.ResponseWriter, r *http.Request, platform http.Handler) bool {
		rec := httptest.NewRecorder()
		platform.ServeHTTP(rec, r)
		status, contentType, altered := change(rec.Body.String())
		if status == 0 {
			status = rec.Code
		}
		write(w, status, contentType, altered)
		return true
	})
}

func replaced(pattern, by string) meddler {
	return rewrite(func(body string) (int, string, string) {
		return 0, "application/json", regexp.MustCompile(pattern).ReplaceAllString(body, by)
	})
}

// inTurn uses one meddler for each call that moves money, and none when they
// are used up.
func inTurn(ms ...meddler) meddler {
	var calls atomic.Int64
	return posts(func(w http.ResponseWriter, r *http.Request, platform http.Handler) bool {
		n := int(calls.Add(1))
		return n <= len(ms) && ms[n-1](w, r, platform)
	})
}

// hangUp breaks the connection, before or after the platform did the call.
func hangUp(after bool) meddler {
	return posts(func(_ http.ResponseWriter, r *http.Request, platform http.Handler) bool {
		if after {
			platform.ServeHTTP(httptest.NewRecorder(), r)
		}
		panic(http.ErrAbortHandler)
	})
}

const asJSON = "application/json"

var (
	capturedOnce = []string{"capture 6000 ship-1"}
	cancelOnce   = []string{"cancel 2500 void-1"}
	refundOnce   = []string{"refund 1200 rma-1"}
)

// TestOutcomes goes through what an answer can be. The ledger tells what really
// happened; the journal has to know it, or to say that it does not.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		declare string
		silent  bool // the platform returns no references
		meddle  meddler
		status  apply.Status
		state   plan.State
		ledger  []string
		stopped string
	}{
		// 2xx
		"accepted":                       {declareCapture, false, nil, "settled", plan.StateSettled, capturedOnce, ""},
		"echo missing, reference shown":  {declareCapture, false, replaced(`"captureOutput":\{.*\}`, `"captureOutput":{}}`), "settled", plan.StateSettled, capturedOnce, ""},
		"echo missing, no reference":     {declareCapture, true, replaced(`"captureOutput":\{.*\}`, `"captureOutput":{}}`), "unknown", plan.StateUnknown, capturedOnce, ""},
		"echo without id":                {declareCapture, false, replaced(`"id":"[^"]*",`, ``), "settled", plan.StateSettled, capturedOnce, ""},
		"echo names the authorisation":   {declareCapture, false, replaced(`_1"`, `_0"`), "settled", plan.StateSettled, capturedOnce, ""},
		"echo of another amount":         {declareCapture, false, replaced(`"amount":6000`, `"amount":6001`), "unknown", plan.StateUnknown, capturedOnce, "something else"},
		"echo of another currency":       {declareCapture, false, replaced(`"EUR"`, `"USD"`), "unknown", plan.StateUnknown, capturedOnce, "something else"},
		"echo of another reference":      {declareCapture, false, replaced(`ship-1`, `ship-2`), "unknown", plan.StateUnknown, capturedOnce, "something else"},
		"echo of another payment":        {declareCapture, false, replaced(`3066177123_1`, `3066177124_1`), "unknown", plan.StateUnknown, capturedOnce, "something else"},
		"refused by status":              {declareCapture, false, replaced(`"statusCode":91`, `"statusCode":93`), "refused", plan.StateRefused, capturedOnce, ""},
		"refused by its text":            {declareCapture, false, replaced(`CAPTURE_REQUESTED","statusOutput":{"statusCode":91`, `REJECTED","statusOutput":{"statusCode":2`), "refused", plan.StateRefused, capturedOnce, ""},
		"rejected and requested at once": {declareCapture, false, replaced(`CAPTURE_REQUESTED`, `REJECTED`), "unknown", plan.StateUnknown, capturedOnce, ""},
		"uncertain":                      {declareCapture, false, replaced(`"statusCode":91`, `"statusCode":92`), "unknown", plan.StateUnknown, capturedOnce, ""},
		"a status of another kind":       {declareCapture, false, replaced(`"statusCode":91`, `"statusCode":81`), "unknown", plan.StateUnknown, capturedOnce, ""},
		"a status nobody described":      {declareCapture, false, replaced(`"statusCode":91`, `"statusCode":777`), "unknown", plan.StateUnknown, capturedOnce, ""},

		// no
		"4xx on the only send":             {declareCapture, false, answer(400, asJSON, apiError), "refused", plan.StateRefused, nil, ""},
		"402 on the only send":             {declareCapture, false, answer(402, asJSON, apiError), "refused", plan.StateRefused, nil, ""},
		"404 on the only send":             {declareCapture, false, answer(404, asJSON, apiError), "refused", plan.StateRefused, nil, ""},
		"4xx after a lost answer":          {declareCapture, true, inTurn(hangUp(true), answer(400, asJSON, apiError)), "unknown", plan.StateUnknown, capturedOnce, ""},
		"4xx after a lost answer, found":   {declareCapture, false, inTurn(hangUp(true), answer(400, asJSON, apiError)), "settled", plan.StateSettled, capturedOnce, ""},
		"4xx after a lost request":         {declareCapture, false, inTurn(hangUp(false), answer(400, asJSON, apiError)), "unknown", plan.StateUnknown, nil, ""},
		"4xx after a 503":                  {declareCapture, false, inTurn(answer(503, asJSON, apiError), answer(400, asJSON, apiError)), "unknown", plan.StateUnknown, nil, ""},
		"a stored 4xx after a lost answer": {declareCapture, false, inTurn(hangUp(false), answer(400, asJSON, apiError, "X-GCS-Idempotence-Request-Timestamp", "1763812800000")), "refused", plan.StateRefused, nil, ""},
		"4xx of something in between":      {declareCapture, false, answer(400, "text/html", "<h1>Bad Request</h1>"), "unknown", plan.StateUnknown, nil, ""},
		"4xx with JSON of something else":  {declareCapture, false, answer(400, asJSON, `{"message":"no"}`), "unknown", plan.StateUnknown, nil, ""},
		"4xx with problem details":         {declareCapture, false, answer(422, "application/problem+json", `{"type":"about:blank","title":"Unprocessable"}`), "unknown", plan.StateUnknown, nil, ""},
		"a redirect":                       {declareCapture, false, answer(302, asJSON, apiError, "Location", "/elsewhere"), "unknown", plan.StateUnknown, nil, ""},
		"401":                              {declareCapture, false, answer(401, asJSON, apiError), "skipped", plan.StateUnknown, nil, "credentials"},
		"403":                              {declareCapture, false, answer(403, asJSON, apiError), "skipped", plan.StateUnknown, nil, "credentials"},
		"403 of something in between":      {declareCapture, false, answer(403, "text/html", "<h1>Forbidden</h1>"), "skipped", plan.StateUnknown, nil, "credentials"},
		"403 after a lost answer":          {declareCapture, false, inTurn(hangUp(true), answer(403, asJSON, apiError)), "unknown", plan.StateUnknown, capturedOnce, "credentials"},

		// not now
		"409 in progress":          {declareCapture, false, answer(409, asJSON, `{"errorId":"e","errors":[{"errorCode":"50001409","id":"DUPLICATE_REQUEST_IN_PROGRESS","httpStatusCode":409}]}`), "unknown", plan.StateUnknown, nil, ""},
		"409 in progress, by code": {declareCapture, false, answer(409, asJSON, `{"errorId":"e","errors":[{"errorCode":"1409","httpStatusCode":409}]}`), "unknown", plan.StateUnknown, nil, ""},
		"409 in progress, then through": {
			declareCapture, false, inTurn(answer(409, asJSON, `{"errorId":"e","errors":[{"errorCode":"1409"}]}`)),
			"settled", plan.StateSettled, capturedOnce, "",
		},
		"another 409":          {declareCapture, false, answer(409, asJSON, apiError), "unknown", plan.StateUnknown, nil, ""},
		"408, then through":    {declareCapture, false, inTurn(answer(408, asJSON, apiError)), "settled", plan.StateSettled, capturedOnce, ""},
		"425, then through":    {declareCapture, false, inTurn(answer(425, asJSON, apiError)), "settled", plan.StateSettled, capturedOnce, ""},
		"429, then through":    {declareCapture, false, inTurn(answer(429, asJSON, apiError, "Retry-After", "1")), "settled", plan.StateSettled, capturedOnce, ""},
		"429 only":             {declareCapture, false, answer(429, asJSON, apiError, "Retry-After", "1"), "unknown", plan.StateUnknown, nil, ""},
		"503, then through":    {declareCapture, false, inTurn(answer(503, asJSON, apiError, "Retry-After", "1")), "settled", plan.StateSettled, capturedOnce, ""},
		"500 only":             {declareCapture, false, answer(500, asJSON, apiError), "unknown", plan.StateUnknown, nil, ""},
		"a stored 500":         {declareCapture, false, answer(500, asJSON, apiError, "X-GCS-Idempotence-Request-Timestamp", "1763812800000"), "unknown", plan.StateUnknown, nil, ""},
		"500 after it is made": {declareCapture, true, rewrite(func(string) (int, string, string) { return 500, asJSON, apiError }), "unknown", plan.StateUnknown, capturedOnce, ""},

		// nothing, or nothing of use
		"connection lost before":        {declareCapture, false, inTurn(hangUp(false)), "settled", plan.StateSettled, capturedOnce, ""},
		"connection lost after":         {declareCapture, false, inTurn(hangUp(true)), "settled", plan.StateSettled, capturedOnce, ""},
		"connection always lost before": {declareCapture, false, hangUp(false), "unknown", plan.StateUnknown, nil, ""},
		"connection always lost after":  {declareCapture, false, hangUp(true), "settled", plan.StateSettled, capturedOnce, ""},
		"and no reference shown":        {declareCapture, true, hangUp(true), "unknown", plan.StateUnknown, capturedOnce, ""},
		"2xx in HTML":                   {declareCapture, true, rewrite(func(string) (int, string, string) { return 201, "text/html", "<h1>ok</h1>" }), "unknown", plan.StateUnknown, capturedOnce, ""},
		"2xx cut off":                   {declareCapture, true, rewrite(func(b string) (int, string, string) { return 201, asJSON, b[:len(b)/2] }), "unknown", plan.StateUnknown, capturedOnce, ""},
		"2xx with an amount twice":      {declareCapture, true, replaced(`"amount":6000`, `"amount":6000,"amount":1`), "unknown", plan.StateUnknown, capturedOnce, ""},
		"2xx, cut off once, then whole": {declareCapture, false, inTurn(rewrite(func(b string) (int, string, string) { return 201, asJSON, b[:len(b)/2] })), "settled", plan.StateSettled, capturedOnce, ""},

		// refunds
		"refund":                   {declareRefund, false, nil, "settled", plan.StateSettled, refundOnce, ""},
		"refund of another amount": {declareRefund, false, replaced(`"refundOutput":\{"amountOfMoney":\{"amount":1200`, `"refundOutput":{"amountOfMoney":{"amount":12500`), "unknown", plan.StateUnknown, refundOnce, "something else"},
		"refund declined": {
			declareRefund, false, answer(402, asJSON, `{"errorId":"e","errors":[{"errorCode":"3"}],"refundResult":{"id":"3066177123_1","status":"REJECTED","statusOutput":{"statusCode":83}}}`),
			"refused", plan.StateRefused, nil, "",
		},
		"refund declined and requested": {
			declareRefund, false, answer(402, asJSON, `{"errorId":"e","errors":[{"errorCode":"3"}],"refundResult":{"id":"3066177123_1","status":"REFUND_REQUESTED","statusOutput":{"statusCode":81}}}`),
			"unknown", plan.StateUnknown, nil, "",
		},

		// A cancel is judged by what a read shows.
		"cancel":                             {declareCancel, false, nil, "settled", plan.StateSettled, cancelOnce, ""},
		"cancel answered with _0":            {declareCancel, false, replaced(`3066177123_1`, `3066177123_0`), "settled", plan.StateSettled, cancelOnce, ""},
		"cancel answered with _0, no ref":    {declareCancel, true, replaced(`3066177123_1`, `3066177123_0`), "settled", plan.StateSettled, cancelOnce, ""},
		"cancel, no ref":                     {declareCancel, true, nil, "settled", plan.StateSettled, cancelOnce, ""},
		"cancel, answer lost, no ref":        {declareCancel, true, hangUp(true), "unknown", plan.StateUnknown, cancelOnce, ""},
		"cancel answered, never made":        {declareCancel, false, answer(200, asJSON, `{"payment":{"id":"3066177123_1","statusOutput":{"statusCode":61}}}`), "unknown", plan.StateUnknown, nil, ""},
		"cancel answered with _0, not made":  {declareCancel, true, answer(200, asJSON, `{"payment":{"id":"3066177123_0","statusOutput":{"statusCode":61}}}`), "unknown", plan.StateUnknown, nil, ""},
		"cancel answered of another payment": {declareCancel, false, answer(200, asJSON, `{"payment":{"id":"3066177999_1","statusOutput":{"statusCode":61}}}`), "unknown", plan.StateUnknown, nil, "something else"},
		"cancel over another amount":         {declareCancel, false, cancelAll, "unknown", plan.StateUnknown, []string{"cancel 12500 void-1"}, "something else"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kind := seed(one, 12500)
			if tt.declare == declareRefund {
				kind = sale
			}
			w := newWorld(t, func(b *sandbox.Behaviour) { b.EchoReferences = !tt.silent }, kind, seed(two, 1000))
			p := w.start()
			file := p.plan(tt.declare, `{id: "3066177124_0", captured: 10.00}`)
			w.interfere(tt.meddle)
			o := p.apply(file)
			require.NoError(t, o.err)
			require.NotEmpty(t, o.results)
			require.Equal(t, tt.status, o.results[0].Status, o.results[0].Message)
			if diff := cmp.Diff([]plan.State{tt.state}, p.states(one)); diff != "" {
				t.Errorf("journal (-want +got):\n%s", diff)
			}
			want := append([]string{}, tt.ledger...)
			if got := w.moves(one); tt.silent {
				require.Len(t, got, len(want))
			} else if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("ledger (-want +got):\n%s", diff)
			}
			require.Contains(t, o.sum.Stopped, tt.stopped)
			if tt.stopped != "" {
				w.ledger(two)
				require.False(t, o.sum.Complete)
				require.Equal(t, tt.stopped == "credentials", o.sum.Credential)
			}
			neverAgain(t, p, o)
		})
	}
}

// cancelAll makes the platform cancel everything, whatever is asked.
var cancelAll = posts(func(w http.ResponseWriter, r *http.Request, platform http.Handler) bool {
	body, _ := io.ReadAll(r.Body)
	body = regexp.MustCompile(`"amount":2500`).ReplaceAll(body, []byte(`"amount":12500`))
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	platform.ServeHTTP(w, r)
	return true
})

// neverAgain resumes a run, on a platform that does what it should, and a day
// later once more. Whatever the answers were, the intent moves its money once
// at most; and once the journal says that it knows, it is right.
func neverAgain(t *testing.T, p *process, first outcome) {
	t.Helper()
	w := p.w
	w.interfere(nil)
	before := len(w.moves(one))
	for range 3 {
		if _, _, err := apply.Resume(context.Background(), p.j, w.env); err != nil {
			require.ErrorIs(t, err, apply.ErrNoPlan)
			break
		}
		p = p.restart()
		require.NoError(t, p.resume().err)
		require.LessOrEqual(t, len(w.moves(one)), 1, "moved twice")
		w.clk.advance(25 * time.Hour)
	}
	in := p.intents(one)[0]
	switch moved := len(w.moves(one)); {
	case in.State == plan.StateRefused && first.results[0].Status != apply.StatusRefused:
		require.Zero(t, moved, "called refused: %+v", in)
	case in.Made():
		require.Equal(t, 1, moved, "called made: %+v", in)
	}
	if first.results[0].Status != apply.StatusUnknown && first.results[0].Status != apply.StatusSkipped {
		require.Len(t, w.moves(one), before)
	}
}

// A time-out is no answer.
func TestTimeout(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, seed(one, 12500))
	p := w.start()
	file := p.plan(declareCapture)
	p.gate = timed{p.gate, 100 * time.Millisecond}
	w.fault(sandbox.Fault{Kind: sandbox.Delay, Operation: "capturePayment", Delay: time.Minute, Times: -1})
	p.apply(file).is("unknown")
	w.sb.ClearFaults()
	require.Eventually(t, func() bool { return len(w.moves(one)) == 1 }, 5*time.Second, time.Millisecond, "it was made all the same")
	p = p.restart()
	p.resume().is("settled").complete(true)
	w.ledger(one, "capture 6000 ship-1")
}

// timed ends calls early.
type timed struct {
	apply.Gateway
	after time.Duration
}

func (g timed) Do(ctx context.Context, c apply.Call, guard apply.Guard) apply.Answer {
	ctx, cancel := context.WithTimeout(ctx, g.after)
	defer cancel()
	return g.Gateway.Do(ctx, c, guard)
}

// On a platform that shows a cancel on the authorisation itself, it is ours
// when the answer said yes, and only then.
func TestCancelOnTheAuthorization(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		is     string
	}{"2xx": {200, "settled"}, "answer lost": {0, "unknown"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(b *sandbox.Behaviour) { b.EchoReferences = false }, seed(one, 12500))
			p := w.start()
			file := p.plan(`{id: "3066177123_0", cancelled: all}`)
			w.interfere(func(rw http.ResponseWriter, r *http.Request, platform http.Handler) bool {
				rec := httptest.NewRecorder()
				platform.ServeHTTP(rec, r)
				body := rec.Body.String()
				if r.Method == http.MethodPost {
					if tt.status == 0 {
						panic(http.ErrAbortHandler)
					}
					write(rw, rec.Code, asJSON, regexp.MustCompile(`_1"`).ReplaceAllString(body, `_0"`))
					return true
				}
				if len(w.moves(one)) > 0 { // _1 is not shown; _0 has its status
					body = regexp.MustCompile(`,\{"id":"3066177123_1".*\]\}$`).ReplaceAllString(body, `]}`)
					body = regexp.MustCompile(`("Operations":.*"statusCode":)5`).ReplaceAllString(body, `${1}6`)
				}
				write(rw, rec.Code, asJSON, body)
				return true
			})
			p.apply(file).is(tt.is)
			w.ledger(one, "cancel 12500 pr:v:0-12500")
			if tt.status == 0 {
				p.resume().is("unknown")
				w.ledger(one, "cancel 12500 pr:v:0-12500")
				return
			}
			require.Empty(t, calls(p.plan(`{id: "3066177123_0", cancelled: all}`)))
		})
	}
}

// What is sent has the amount, the reference and the key of the plan.
func TestWhatIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil, sale)
	p := w.start()
	file := p.plan(`{id: "3066177123_0", refunds: [{ref: rma-1, amount: 12.00, reason: broken}]}`)
	var got []string
	m := posts(func(_ http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		got = append(got, fmt.Sprintf("%s %s %s", r.URL.Path, r.Header.Get("X-GCS-Idempotence-Key"), body))
		return false
	})
	w.interfere(m)
	p.apply(file).is("settled")
	want := []string{`/v2/merchant/payments/3066177123_0/refund ` + string(calls(file)[0].Key) +
		` {"amountOfMoney":{"amount":1200,"currencyCode":"EUR"},"operationReferences":{"merchantReference":"rma-1"},"reason":"broken"}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("sent (-want +got):\n%s", diff)
	}
}
