package sdk_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

var (
	refused    = &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	reset      = &net.OpError{Op: "read", Net: "tcp", Err: errors.New("connection reset by peer")}
	badCert    = &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}
	apiProblem = `{"errorId":"e-1","errors":[{"errorCode":"1"}]}`
	inProgress = `{"errorId":"e-1","errors":[{"errorCode":"5","id":"DUPLICATE_REQUEST_IN_PROGRESS"}]}`
	code1409   = `{"errorId":"e-1","errors":[{"errorCode":"1409"}]}`
)

const replay = "X-GCS-Idempotence-Request-Timestamp"

// The three kinds of call: one that reads, one with a key, and one without.
func get(ctx context.Context, m *sdk.MerchantClient, opts ...sdk.CallOption) error {
	_, err := m.Payments().GetPayment(ctx, payment, opts...)
	return err
}

func keyed(ctx context.Context, m *sdk.MerchantClient, opts ...sdk.CallOption) error {
	return bare(ctx, m, append(opts, sdk.WithIdempotenceKey("key-1"))...)
}

func bare(ctx context.Context, m *sdk.MerchantClient, opts ...sdk.CallOption) error {
	_, err := m.Payments().CapturePayment(ctx, payment, &model.CapturePaymentRequest{Amount: new(int64(1250))}, opts...)
	return err
}

// TestRetryTable has one row for each line of the table at RetryPolicy: after the
// first answer the platform is well, so that two sends mean "again".
func TestRetryTable(t *testing.T) {
	t.Parallel()
	well := says(200, `{}`)
	for name, tt := range map[string]struct {
		first             step
		get, keyed, plain int // sends
	}{
		"no connection":           {breaks(refused), 2, 2, 1},
		"a reset":                 {breaks(reset), 2, 2, 1},
		"an end":                  {breaks(io.EOF), 2, 2, 1},
		"half a 200":              {cutsOff(200, `{"id":`), 2, 2, 1},
		"half a 400":              {cutsOff(400, `{"errorId":`), 2, 2, 1},
		"200 with half JSON":      {says(200, `{"id":`), 2, 2, 1},
		"200 with HTML":           {says(200, `<html>`, "Content-Type", "text/html"), 2, 2, 1},
		"200 without a body":      {says(200, ``), 2, 2, 1},
		"204":                     {says(204, ``), 2, 2, 1},
		"200 that is not UTF-8":   {says(200, "{\"id\":\"\xff\"}"), 2, 2, 1},
		"200 of another type":     {says(200, `{"id":7}`), 2, 2, 1},
		"408":                     {says(408, apiProblem), 2, 2, 1},
		"425":                     {says(425, ``), 2, 2, 1},
		"429":                     {says(429, ``), 2, 2, 1},
		"500":                     {says(500, apiProblem), 2, 2, 1},
		"502":                     {says(502, `<html>`, "Content-Type", "text/html"), 2, 2, 1},
		"503":                     {says(503, ``), 2, 2, 1},
		"504":                     {says(504, ``), 2, 2, 1},
		"501":                     {says(501, ``), 1, 1, 1},
		"500, stored":             {says(500, apiProblem, replay, "1700000000000"), 2, 1, 1},
		"503, stored":             {says(503, apiProblem, replay, "not a number"), 2, 1, 1},
		"429, stored":             {says(429, apiProblem, replay, "1700000000000"), 2, 1, 1},
		"409, in progress":        {says(409, inProgress, replay, "1700000000000"), 1, 2, 1},
		"409, code 1409":          {says(409, code1409), 1, 2, 1},
		"409 for another reason":  {says(409, apiProblem), 1, 1, 1},
		"409 of a proxy":          {says(409, `<html>`, "Content-Type", "text/html"), 1, 1, 1},
		"400":                     {says(400, apiProblem), 1, 1, 1},
		"401":                     {says(401, apiProblem), 1, 1, 1},
		"402":                     {says(402, apiProblem), 1, 1, 1},
		"403":                     {says(403, ``), 1, 1, 1},
		"404":                     {says(404, apiProblem), 1, 1, 1},
		"302":                     {says(302, ``, "Location", "https://elsewhere.example/"), 1, 1, 1},
		"a bad certificate":       {breaks(badCert), 1, 1, 1},
		"200 at once":             {well, 1, 1, 1},
		"201 replayed":            {says(201, `{}`, replay, "1700000000000"), 1, 1, 1},
		"a body over the limit":   {says(200, `{"id":"`+strings.Repeat("x", 2000)+`"}`), 1, 1, 1},
		"an error over the limit": {says(400, strings.Repeat("x", 2000)), 1, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for kind, c := range map[string]struct {
				call  func(context.Context, *sdk.MerchantClient, ...sdk.CallOption) error
				sends int
			}{"get": {get, tt.get}, "keyed": {keyed, tt.keyed}, "plain": {bare, tt.plain}} {
				synctest.Test(t, func(t *testing.T) {
					conn := &script{steps: []step{tt.first, well}}
					cfg := config(sdk.PayoneTest)
					cfg.MaxResponseBytes = 1000
					var info sdk.CallInfo
					err := c.call(t.Context(), dial(t, cfg, sdk.WithConnection(conn)), sdk.WithCallInfo(&info))
					require.Len(t, conn.sent, c.sends, kind)
					require.Len(t, info.Sends, c.sends, kind)
					require.Equal(t, c.sends == 2 || name == "200 at once" || name == "201 replayed", err == nil, "%s: %v", kind, err)
					require.NotEmpty(t, info.Last().Verdict)
				})
			}
		})
	}
}

func TestEverySendIsSignedAnewUnderTheSameKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conn := &script{steps: []step{says(503, ``), breaks(reset), says(201, `{"id":"7301440001_1"}`)}}
		cfg := config(sdk.PayoneTest)
		cfg.Retry.MinWait, cfg.Retry.MaxWait = 4*time.Second, 4*time.Second
		require.NoError(t, keyed(t.Context(), dial(t, cfg, sdk.WithConnection(conn))))
		require.Len(t, conn.sent, 3)
		dates := map[string]bool{}
		for _, s := range conn.sent {
			require.NoError(t, verify(s.method, s.resource, s.header))
			require.Equal(t, "key-1", s.header.Get("X-GCS-Idempotence-Key"))
			require.Equal(t, "application/json", s.header.Get("Content-Type"))
			require.Equal(t, `{"amount":1250}`, s.body)
			require.Equal(t, s.at.UTC().Format(http.TimeFormat), s.header.Get("Date"))
			dates[s.header.Get("Date")] = true
		}
		require.Len(t, dates, 3)
	})
}

// waits returns the waits between the sends of a GET that always gets first.
func waits(t *testing.T, first step, p sdk.RetryPolicy, random func() uint64) []time.Duration {
	t.Helper()
	var got []time.Duration
	synctest.Test(t, func(t *testing.T) {
		conn := &script{steps: []step{first}}
		cfg := config(sdk.PayoneTest)
		cfg.Retry, cfg.Random = p, random
		require.Error(t, get(t.Context(), dial(t, cfg, sdk.WithConnection(conn))))
		for i := 1; i < len(conn.sent); i++ {
			got = append(got, conn.sent[i].at.Sub(conn.sent[i-1].at))
		}
	})
	return got
}

func TestWaits(t *testing.T) {
	t.Parallel()
	const s, ms = time.Second, time.Millisecond
	zero := func() uint64 { return 0 }
	// The bubble's clock begins at midnight of 2000-01-01.
	in := func(d time.Duration) string {
		return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(d).Format(http.TimeFormat)
	}
	p := sdk.RetryPolicy{MaxSends: 5, MinWait: s, MaxWait: 5 * s, MaxRetryAfter: 30 * s}
	two := sdk.RetryPolicy{MaxSends: 2, MinWait: s, MaxWait: 5 * s, MaxRetryAfter: 30 * s}
	for name, tt := range map[string]struct {
		first  step
		policy sdk.RetryPolicy
		random func() uint64
		want   []time.Duration
	}{
		"they double up to the most":   {says(503, ``), p, zero, []time.Duration{500 * ms, s, 2 * s, 2500 * ms}},
		"they spread over their half":  {says(503, ``), p, func() uint64 { return uint64(400 * ms) }, []time.Duration{900 * ms, 1400 * ms, 2400 * ms, 2900 * ms}},
		"without an answer":            {breaks(reset), two, zero, []time.Duration{500 * ms}},
		"Retry-After in seconds":       {says(429, ``, "Retry-After", "7"), two, zero, []time.Duration{7 * s}},
		"Retry-After as a date":        {says(503, ``, "Retry-After", in(11*s)), two, zero, []time.Duration{11 * s}},
		"Retry-After is capped":        {says(503, ``, "Retry-After", "86400"), two, zero, []time.Duration{30 * s}},
		"beyond any number of seconds": {says(503, ``, "Retry-After", "9223372036854775807"), two, zero, []time.Duration{30 * s}},
		"a date in another year":       {says(503, ``, "Retry-After", in(8760*time.Hour)), two, zero, []time.Duration{30 * s}},
		"callers spread beyond it":     {says(429, ``, "Retry-After", "7"), two, func() uint64 { return uint64(300 * ms) }, []time.Duration{7300 * ms}},
		"zero is not less than usual":  {says(429, ``, "Retry-After", "0"), two, zero, []time.Duration{500 * ms}},
		"negative is ignored":          {says(429, ``, "Retry-After", "-5"), two, zero, []time.Duration{500 * ms}},
		"a past date is ignored":       {says(429, ``, "Retry-After", in(-time.Hour)), two, zero, []time.Duration{500 * ms}},
		"nonsense is ignored":          {says(429, ``, "Retry-After", "soon"), two, zero, []time.Duration{500 * ms}},
		"one send has no wait":         {says(429, ``), sdk.RetryPolicy{MaxSends: 1}, zero, nil},
		"the defaults":                 {says(503, ``), sdk.RetryPolicy{}, zero, []time.Duration{250 * ms, 500 * ms, s}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Empty(t, cmp.Diff(tt.want, waits(t, tt.first, tt.policy, tt.random)))
		})
	}
}

func TestPolicyOfOneCall(t *testing.T) {
	t.Parallel()
	conn := &script{steps: []step{says(503, ``)}}
	m := dial(t, config(sdk.PayoneTest), sdk.WithConnection(conn))
	require.Error(t, get(t.Context(), m, sdk.WithRetry(sdk.RetryPolicy{MaxSends: 6, MinWait: 1, MaxWait: 1})))
	require.Len(t, conn.sent, 6)
	require.Error(t, get(t.Context(), m, sdk.WithRetry(sdk.RetryPolicy{MaxSends: 1})))
	require.Len(t, conn.sent, 7)
	require.ErrorContains(t, get(t.Context(), m, sdk.WithRetry(sdk.RetryPolicy{MinWait: -1})), "negative")
	require.Len(t, conn.sent, 7)
}

func TestTheLastAnswerIsTheError(t *testing.T) {
	t.Parallel()
	conn := &script{steps: []step{breaks(reset), says(503, ``), says(500, `{"errorId":"last","errors":[{"errorCode":"9"}]}`)}}
	cfg := config(sdk.PayoneTest)
	quick(&cfg)
	cfg.Retry.MaxSends = 3
	err := keyed(t.Context(), dial(t, cfg, sdk.WithConnection(conn)))
	var platform *sdk.PlatformError
	require.ErrorAs(t, err, &platform)
	require.Equal(t, "last", platform.ErrorID)
	require.Equal(t, 3, platform.Sends)
	require.JSONEq(t, `{"errorId":"last","errors":[{"errorCode":"9"}]}`, string(platform.Body))
}

func TestDeadlineThatAWaitWouldOutlast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conn := &script{steps: []step{says(503, apiProblem, "Retry-After", "20")}}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		err := get(ctx, dial(t, config(sdk.PayoneTest), sdk.WithConnection(conn)))
		var platform *sdk.PlatformError
		require.ErrorAs(t, err, &platform, "the answer, not the deadline, is the error")
		require.Zero(t, time.Since(start))
		require.Len(t, conn.sent, 1)
	})
}

func TestCancelWhileWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conn := &script{steps: []step{says(503, apiProblem, "Retry-After", "20")}}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		err := keyed(ctx, dial(t, config(sdk.PayoneTest), sdk.WithConnection(conn)))
		require.ErrorIs(t, err, context.Canceled)
		var comm *sdk.CommunicationError
		require.ErrorAs(t, err, &comm)
		require.Equal(t, sdk.FailureCanceled, comm.Failure)
		require.False(t, comm.Unsent, "the first send arrived")
		require.ErrorContains(t, err, "status 503")
		var api *sdk.APIError
		require.NotErrorAs(t, err, &api, "the answer to an earlier send is not the outcome")
		require.Equal(t, time.Second, time.Since(start))
		require.Len(t, conn.sent, 1)
	})
}

func TestEndedContextSendsNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	conn := &script{steps: []step{says(200, `{}`)}}
	var info sdk.CallInfo
	err := keyed(ctx, dial(t, config(sdk.PayoneTest), sdk.WithConnection(conn)), sdk.WithCallInfo(&info))
	require.ErrorIs(t, err, context.Canceled)
	var comm *sdk.CommunicationError
	require.ErrorAs(t, err, &comm)
	require.True(t, comm.Unsent)
	require.True(t, info.Unsent())
	require.Empty(t, conn.sent)
}

func TestTimeoutIsOfOneSend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hang := func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		}
		conn := &script{steps: []step{hang, says(201, `{"id":"1_1"}`)}}
		cfg := config(sdk.PayoneTest)
		cfg.Timeout = 3 * time.Second
		var info sdk.CallInfo
		require.NoError(t, keyed(t.Context(), dial(t, cfg, sdk.WithConnection(conn)), sdk.WithCallInfo(&info)))
		require.Equal(t, sdk.FailureTimeout, info.Sends[0].Failure)
		require.Equal(t, 3*time.Second, info.Sends[0].Duration)
		require.False(t, info.Sends[0].Unsent, "it is not known what a send that timed out did")
	})
}

// TestCallsLeaveNothingToTheNext: exchanges are used again, whatever their last call
// came to.
func TestCallsLeaveNothingToTheNext(t *testing.T) {
	t.Parallel()
	cfg := config(sdk.PayoneTest)
	once(&cfg)
	conn := &script{steps: []step{says(500, apiProblem), breaks(refused), cutsOff(404, apiProblem), says(200, `{"id":"1_0"}`)}}
	m := dial(t, cfg, sdk.WithConnection(conn))
	no := sdk.WithGuard(func(context.Context, int) error { return errors.New("no") })
	for range 20 {
		conn.sent = nil
		require.Error(t, keyed(t.Context(), m))
		require.Error(t, keyed(t.Context(), m, no))
		err := get(t.Context(), m)
		var comm *sdk.CommunicationError
		require.ErrorAs(t, err, &comm)
		require.True(t, comm.Unsent)
		require.Equal(t, 1, comm.Sends)
		require.Empty(t, comm.IdempotenceKey)
		err = get(t.Context(), m)
		require.ErrorAs(t, err, &comm)
		require.Equal(t, 404, comm.StatusCode)
		require.NotErrorIs(t, err, sdk.ErrNotFound, "half an answer is no proof")
		got, err := m.Payments().GetPayment(t.Context(), payment)
		require.NoError(t, err)
		require.Equal(t, "1_0", *got.ID)
		require.Empty(t, conn.sent[3].header.Get("X-GCS-Idempotence-Key"))
	}
}

func TestUnsent(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		steps []step
		want  bool
	}{
		"never connected":                   {[]step{breaks(refused)}, true},
		"wrapped":                           {[]step{breaks(fmt.Errorf("proxy: %w", refused))}, true},
		"connected first, then not":         {[]step{breaks(reset), breaks(refused)}, false},
		"answered first, then no way there": {[]step{says(503, ``), breaks(refused)}, false},
		"not connected, then reset":         {[]step{breaks(refused), breaks(reset)}, false},
	} {
		cfg := config(sdk.PayoneTest)
		quick(&cfg)
		var info sdk.CallInfo
		err := keyed(t.Context(), dial(t, cfg, sdk.WithConnection(&script{steps: tt.steps})), sdk.WithCallInfo(&info))
		var comm *sdk.CommunicationError
		require.ErrorAs(t, err, &comm, name)
		require.Equal(t, tt.want, comm.Unsent, name)
		require.Equal(t, tt.want, info.Unsent(), name)
	}
}

// TestEndOfWaits ends the waits between sends, in the middle of one and during a
// send: no send is cut short, none follows, and the last answer is the outcome.
func TestEndOfWaits(t *testing.T) {
	t.Parallel()
	slow := func(req *http.Request) (*http.Response, error) {
		time.Sleep(10 * time.Second)
		return says(503, `{"errorId":"e-1","errors":[]}`, "Retry-After", "40")(req)
	}
	for name, tt := range map[string]struct{ end, ends time.Duration }{
		"during a wait": {13 * time.Second, 13 * time.Second},
		"during a send": {3 * time.Second, 10 * time.Second},
		"before":        {0, 10 * time.Second},
		"never":         {time.Hour, 50 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				waits, cancel := context.WithTimeout(t.Context(), tt.end)
				defer cancel()
				conn := &script{steps: []step{slow, says(200, `{}`)}}
				cfg := config(sdk.PayoneTest)
				cfg.Random = func() uint64 { return 0 }
				begun := time.Now()
				err := keyed(t.Context(), dial(t, cfg, sdk.WithConnection(conn)), sdk.WithWaits(waits))
				require.Equal(t, tt.ends, time.Since(begun))
				if name == "never" {
					require.NoError(t, err)
					return
				}
				var api *sdk.APIError
				require.ErrorAs(t, err, &api)
				require.Equal(t, 503, api.StatusCode)
				require.Len(t, conn.sent, 1)
			})
		})
	}
}

// TestGuardWaits lets a guard wait no longer than the waits may last.
func TestGuardWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		waits, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		conn := &script{steps: []step{says(200, `{}`)}}
		begun := time.Now()
		err := keyed(t.Context(), dial(t, config(sdk.PayoneTest), sdk.WithConnection(conn)), sdk.WithWaits(waits),
			sdk.WithGuard(func(ctx context.Context, _ int) error {
				<-ctx.Done()
				return ctx.Err()
			}))
		var withheld *sdk.GuardError
		require.ErrorAs(t, err, &withheld)
		require.Equal(t, 2*time.Second, time.Since(begun))
		require.Empty(t, conn.sent)
	})
}
