package gateway_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/gateway"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

const id spec.PaymentID = "3066177123_0"

// A platform answers every request alike and remembers the bodies.
type platform struct {
	mu      sync.Mutex
	handler http.HandlerFunc
	bodies  []string
	paths   []string
}

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	p.bodies, p.paths = append(p.bodies, string(body)), append(p.paths, r.Method+" "+r.URL.Path)
	p.mu.Unlock()
	p.handler(w, r)
}

// says is a platform that gives one answer.
func says(status int, contentType, body string, header ...string) *platform {
	return &platform{handler: func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}}
}

// client returns a gateway to a handler.
func client(t *testing.T, h http.Handler, opts ...sdk.Option) *gateway.Gateway {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return at(t, server.URL, opts...)
}

func at(t *testing.T, url string, opts ...sdk.Option) *gateway.Gateway {
	t.Helper()
	if len(opts) == 0 {
		opts = []sdk.Option{sdk.WithMarshaller(gateway.JSON{})}
	}
	c, err := sdk.NewClient(sdk.Config{
		Endpoint: url, APIKeyID: "key", APISecret: "secret", Integrator: "tests", Timeout: 5 * time.Second,
		Retry: sdk.RetryPolicy{MaxSends: 2, MinWait: time.Microsecond, MaxWait: time.Microsecond, MaxRetryAfter: time.Millisecond},
	}, opts...)
	require.NoError(t, err)
	t.Cleanup(c.CloseIdleConnections)
	return gateway.New(c.Merchant("merchant"))
}

func allow(context.Context, int) error { return nil }

func call(op spec.Op, minor int64, c spec.Currency) apply.Call {
	return apply.Call{Key: "KEY", Payment: id, Op: op, Ref: "ref-1", Amount: spec.Money{Minor: minor, Currency: c}}
}

const (
	json     = "application/json"
	apiError = `{"errorId":"e-1","errors":[{"errorCode":"50001111","id":"ACTION_NOT_ALLOWED","httpStatusCode":400},{"errorCode":"7"}]}`
	captured = `{"id":"3066177123_1","status":"CAPTURE_REQUESTED","statusOutput":{"statusCode":91},` +
		`"captureOutput":{"amountOfMoney":{"amount":6000,"currencyCode":"EUR"},"operationReferences":{"merchantReference":"ref-1"}}}`
)

// What a call sends always names its amount and its reference. What would not,
// is not built.
func TestBuild(t *testing.T) {
	t.Parallel()
	with := func(c apply.Call, change func(*apply.Call)) apply.Call {
		change(&c)
		return c
	}
	capture := call(spec.Capture, 6000, "EUR")
	for name, tt := range map[string]struct {
		call apply.Call
		path string
		body string
	}{
		"capture": {capture, "capture", `{"amount":6000,"isFinal":false,"operationReferences":{"merchantReference":"ref-1"}}`},
		"final":   {with(capture, func(c *apply.Call) { c.Final = true }), "capture", `{"amount":6000,"isFinal":true,"operationReferences":{"merchantReference":"ref-1"}}`},
		"cancel":  {call(spec.Cancel, 1, "EUR"), "cancel", `{"amountOfMoney":{"amount":1,"currencyCode":"EUR"},"operationReferences":{"merchantReference":"ref-1"}}`},
		"refund":  {call(spec.Refund, spec.MaxMinor, "EUR"), "refund", `{"amountOfMoney":{"amount":999999999999,"currencyCode":"EUR"},"operationReferences":{"merchantReference":"ref-1"}}`},
		"reason": {
			with(call(spec.Refund, 5, "EUR"), func(c *apply.Call) { c.Note = "broken" }), "refund",
			`{"amountOfMoney":{"amount":5,"currencyCode":"EUR"},"operationReferences":{"merchantReference":"ref-1"},"reason":"broken"}`,
		},
		"yen, minor": {
			with(call(spec.Capture, 1234, "JPY"), func(c *apply.Call) { c.Unit = plan.CaptureUnitMinor }), "capture",
			`{"amount":1234,"isFinal":false,"operationReferences":{"merchantReference":"ref-1"}}`,
		},
		"yen, hundredths": {
			with(call(spec.Capture, 1234, "JPY"), func(c *apply.Call) { c.Unit = plan.CaptureUnitHundredths }), "capture",
			`{"amount":123400,"isFinal":false,"operationReferences":{"merchantReference":"ref-1"}}`,
		},
		"dinar, hundredths": {
			with(call(spec.Capture, 12340, "KWD"), func(c *apply.Call) { c.Unit = plan.CaptureUnitHundredths }), "capture",
			`{"amount":1234,"isFinal":false,"operationReferences":{"merchantReference":"ref-1"}}`,
		},
		"refund in yen, whatever the unit": {
			with(call(spec.Refund, 1234, "JPY"), func(c *apply.Call) { c.Unit = plan.CaptureUnitHundredths }), "refund",
			`{"amountOfMoney":{"amount":1234,"currencyCode":"JPY"},"operationReferences":{"merchantReference":"ref-1"}}`,
		},
		"no amount":             {call(spec.Capture, 0, "EUR"), "", ""},
		"less than nothing":     {call(spec.Refund, -1, "EUR"), "", ""},
		"more than there is":    {call(spec.Refund, spec.MaxMinor+1, "EUR"), "", ""},
		"no currency":           {call(spec.Cancel, 1, ""), "", ""},
		"no ref":                {with(capture, func(c *apply.Call) { c.Ref = "" }), "", ""},
		"no key":                {with(capture, func(c *apply.Call) { c.Key = "" }), "", ""},
		"no kind":               {with(capture, func(c *apply.Call) { c.Op = "" }), "", ""},
		"yen, no unit":          {call(spec.Capture, 1234, "JPY"), "", ""},
		"dinar that do not fit": {with(call(spec.Capture, 12345, "KWD"), func(c *apply.Call) { c.Unit = plan.CaptureUnitHundredths }), "", ""},
		"no such currency":      {call(spec.Capture, 1, "XXX"), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := says(201, json, captured)
			a := client(t, p).Do(t.Context(), tt.call, allow)
			if tt.body == "" {
				require.True(t, a.NotSent)
				require.ErrorContains(t, a.Err, "build the ")
				require.Empty(t, p.bodies)
				require.Empty(t, a.Sends)
				return
			}
			if diff := cmp.Diff([]string{tt.body}, p.bodies); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			require.Equal(t, []string{"POST /v2/merchant/payments/3066177123_0/" + tt.path}, p.paths)
			require.Equal(t, sha256.Sum256([]byte(tt.body)), a.BodySHA)
		})
	}
}

// A client that was given no marshaller sends the same bytes.
func TestBuildWithAnyMarshaller(t *testing.T) {
	t.Parallel()
	p := says(201, json, captured)
	g := client(t, p, sdk.WithConnection(sdk.NewConnection(1, time.Second)))
	a := g.Do(t.Context(), call(spec.Capture, 6000, "EUR"), allow)
	require.NoError(t, a.Err)
	require.Equal(t, []string{`{"amount":6000,"isFinal":false,"operationReferences":{"merchantReference":"ref-1"}}`}, p.bodies)
	require.Equal(t, sha256.Sum256([]byte(p.bodies[0])), a.BodySHA)
}

// An answer becomes evidence, and no more than it says.
func TestAnswers(t *testing.T) {
	t.Parallel()
	made := &plan.Operation{ID: "3066177123_1", Code: 91, Amount: 6000, Currency: "EUR", Ref: "ref-1"}
	for name, tt := range map[string]struct {
		platform *platform
		op       spec.Op
		want     apply.Answer // without evidence
		sends    int
	}{
		"a capture":    {says(201, json, captured), spec.Capture, apply.Answer{Status: 201, Made: made}, 1},
		"no reference": {says(201, json, `{"id":"3066177123_1","statusOutput":{"statusCode":9},"captureOutput":{"amountOfMoney":{"amount":6000}}}`), spec.Capture, apply.Answer{Status: 201, Made: &plan.Operation{ID: "3066177123_1", Code: 9, Amount: 6000}}, 1},
		"rejected":     {says(201, json, `{"id":"3066177123_1","status":"REJECTED","statusOutput":{"statusCode":2},"captureOutput":{"amountOfMoney":{"amount":6000}}}`), spec.Capture, apply.Answer{Status: 201, Made: &plan.Operation{ID: "3066177123_1", Code: 2, Amount: 6000, Rejected: true}}, 1},
		"no id":        {says(201, json, `{"statusOutput":{"statusCode":9},"captureOutput":{"amountOfMoney":{"amount":6000}}}`), spec.Capture, apply.Answer{Status: 201}, 1},
		"no status":    {says(201, json, `{"id":"3066177123_1","captureOutput":{"amountOfMoney":{"amount":6000}}}`), spec.Capture, apply.Answer{Status: 201}, 1},
		"no amount":    {says(201, json, `{"id":"3066177123_1","statusOutput":{"statusCode":9},"captureOutput":{"amountOfMoney":{"currencyCode":"EUR"}}}`), spec.Capture, apply.Answer{Status: 201}, 1},
		"a refund": {
			says(201, json, `{"id":"3066177123_2","status":"REFUND_REQUESTED","statusOutput":{"statusCode":81},"refundOutput":{"amountOfMoney":{"amount":6000,"currencyCode":"EUR"}}}`),
			spec.Refund,
			apply.Answer{Status: 201, Made: &plan.Operation{ID: "3066177123_2", Code: 81, Amount: 6000, Currency: "EUR"}},
			1,
		},
		"a cancel, whose amount is the payment's": {
			says(200, json, `{"payment":{"id":"3066177123_1","statusOutput":{"statusCode":61},"paymentOutput":{"amountOfMoney":{"amount":12500,"currencyCode":"EUR"}}}}`),
			spec.Cancel,
			apply.Answer{Status: 200, Made: &plan.Operation{ID: "3066177123_1", Code: 61}},
			1,
		},
		"an amount in another case": {says(201, json, `{"id":"3066177123_1","statusOutput":{"statusCode":9},"captureOutput":{"amountOfMoney":{"Amount":6000}}}`), spec.Capture, apply.Answer{Status: 201}, 1},
		"an error of the API":       {says(400, json, apiError), spec.Capture, apply.Answer{Status: 400, APIError: true, ErrorID: "e-1", Errors: []string{"ACTION_NOT_ALLOWED", "7"}}, 1},
		"a stored error": {
			says(400, json, apiError, "X-GCS-Idempotence-Request-Timestamp", "1763812800000"), spec.Capture,
			apply.Answer{Status: 400, APIError: true, ErrorID: "e-1", Errors: []string{"ACTION_NOT_ALLOWED", "7"}, Replayed: time.UnixMilli(1763812800000)},
			1,
		},
		"an error of a proxy":        {says(400, "text/html", "<p>no"), spec.Capture, apply.Answer{Status: 400}, 1},
		"problem details of a proxy": {says(400, "application/problem+json", `{"title":"no","type":"about:blank"}`), spec.Capture, apply.Answer{Status: 400}, 1},
		"a redirect":                 {says(307, json, captured, "Location", "/v2/merchant/elsewhere"), spec.Capture, apply.Answer{Status: 307}, 1},
		"a refund that was declined": {
			says(402, json, `{"errorId":"e-2","errors":[{"errorCode":"30"}],"refundResult":{"id":"3066177123_2","statusOutput":{"statusCode":83}}}`), spec.Refund,
			apply.Answer{Status: 402, APIError: true, ErrorID: "e-2", Errors: []string{"30"}, Made: &plan.Operation{ID: "3066177123_2", Code: 83}},
			1,
		},
		"busy, always":          {says(503, json, apiError), spec.Capture, apply.Answer{Status: 503, APIError: true, ErrorID: "e-1", Errors: []string{"ACTION_NOT_ALLOWED", "7"}}, 2},
		"not JSON":              {says(201, "text/html", "<p>"), spec.Capture, apply.Answer{Status: 201}, 2},
		"an amount twice":       {says(201, json, `{"id":"3066177123_1","statusOutput":{"statusCode":9},"captureOutput":{"amountOfMoney":{"amount":6000,"amount":1}}}`), spec.Capture, apply.Answer{Status: 201}, 2},
		"an amount with a dot":  {says(201, json, `{"id":"3066177123_1","statusOutput":{"statusCode":9},"captureOutput":{"amountOfMoney":{"amount":6000.5}}}`), spec.Capture, apply.Answer{Status: 201}, 2},
		"an amount as text":     {says(201, json, `{"id":"3066177123_1","statusOutput":{"statusCode":9},"captureOutput":{"amountOfMoney":{"amount":"6000"}}}`), spec.Capture, apply.Answer{Status: 201}, 2},
		"an amount in case two": {says(201, json, `{"id":"3066177123_1","statusOutput":{"statusCode":9},"captureOutput":{"amountOfMoney":{"amount":6000,"Amount":1}}}`), spec.Capture, apply.Answer{Status: 201, Made: &plan.Operation{ID: "3066177123_1", Code: 9, Amount: 6000}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := client(t, tt.platform).Do(t.Context(), call(tt.op, 6000, "EUR"), allow)
			require.Len(t, a.Sends, tt.sends)
			require.Equal(t, tt.want.Status, a.Sends[len(a.Sends)-1].Status)
			require.Equal(t, a.Err == nil, a.Status < 300 && tt.sends == 1)
			a.Sends, a.Err, a.BodySHA = nil, nil, [32]byte{}
			if diff := cmp.Diff(tt.want, a, cmp.AllowUnexported(plan.Operation{})); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

// Whether anything was sent is never guessed.
func TestWhatWasSent(t *testing.T) {
	t.Parallel()
	t.Run("nobody listens", func(t *testing.T) {
		t.Parallel()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		require.NoError(t, l.Close())
		a := at(t, "http://"+l.Addr().String()).Do(t.Context(), call(spec.Capture, 1, "EUR"), allow)
		require.True(t, a.NotSent)
		require.Empty(t, a.Sends)
	})
	t.Run("the connection breaks", func(t *testing.T) {
		t.Parallel()
		g := client(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
		a := g.Do(t.Context(), call(spec.Capture, 1, "EUR"), allow)
		require.False(t, a.NotSent)
		require.Len(t, a.Sends, 2)
		require.Equal(t, "network", a.Sends[0].Failure)
		require.Zero(t, a.Status)
	})
	t.Run("the guard says no", func(t *testing.T) {
		t.Parallel()
		p := says(503, json, apiError)
		no := errors.New("no")
		g := client(t, p)
		a := g.Do(t.Context(), call(spec.Capture, 1, "EUR"), func(context.Context, int) error { return no })
		require.True(t, a.NotSent)
		require.Equal(t, no, a.Withheld)
		a = g.Do(t.Context(), call(spec.Capture, 1, "EUR"), func(_ context.Context, n int) error {
			if n > 1 {
				return no
			}
			return nil
		})
		require.False(t, a.NotSent)
		require.Equal(t, no, a.Withheld)
		require.Len(t, a.Sends, 1)
		require.Equal(t, 503, a.Status)
		require.Len(t, p.bodies, 1)
	})
	t.Run("the caller gives up", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		g := client(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // or the server does not notice
			cancel()
			<-r.Context().Done()
		}))
		a := g.Do(ctx, call(spec.Capture, 1, "EUR"), allow)
		require.False(t, a.NotSent)
		require.Len(t, a.Sends, 1)
		require.Equal(t, "canceled", a.Sends[0].Failure)
	})
}
