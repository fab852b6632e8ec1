package sandbox_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

func (c client) fault(t *testing.T, f sandbox.Fault) string {
	t.Helper()
	id, err := c.sb.AddFault(f)
	require.NoError(t, err)
	return id
}

// TestFaults sends a capture of 100 under a key that a fault hits, and then the
// same capture again: the money has moved once, whatever the first one saw.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault     sandbox.Fault
		status    int   // of the first answer; 0 for none
		processed int64 // captured after the first
		replayed  bool  // the second is a replay
		second    int
		err       error
	}{
		"request lost":             {sandbox.Fault{Kind: sandbox.RequestLost}, 0, 0, false, 201, io.EOF},
		"answer lost":              {sandbox.Fault{Kind: sandbox.AnswerLost}, 0, 100, true, 201, io.EOF},
		"reset before":             {sandbox.Fault{Kind: sandbox.Reset}, 0, 0, false, 201, syscall.ECONNRESET},
		"reset after":              {sandbox.Fault{Kind: sandbox.Reset, Commit: true}, 0, 100, true, 201, syscall.ECONNRESET},
		"cut short":                {sandbox.Fault{Kind: sandbox.Truncated}, 201, 100, true, 201, io.ErrUnexpectedEOF},
		"html":                     {sandbox.Fault{Kind: sandbox.NotJSON}, 201, 100, true, 201, nil},
		"delay":                    {sandbox.Fault{Kind: sandbox.Delay, Delay: time.Millisecond}, 201, 100, true, 201, nil},
		"late answer":              {sandbox.Fault{Kind: sandbox.Delay, Delay: time.Millisecond, Commit: true}, 201, 100, true, 201, nil},
		"409":                      {sandbox.Fault{Kind: sandbox.Status, Status: 409}, 409, 0, false, 201, nil},
		"429":                      {sandbox.Fault{Kind: sandbox.Status, Status: 429, RetryAfter: 1500 * time.Millisecond}, 429, 0, false, 201, nil},
		"500 before":               {sandbox.Fault{Kind: sandbox.Status, Status: 500}, 500, 0, false, 201, nil},
		"502 before":               {sandbox.Fault{Kind: sandbox.Status, Status: 502}, 502, 0, false, 201, nil},
		"503 after":                {sandbox.Fault{Kind: sandbox.Status, Status: 503, Commit: true}, 503, 100, true, 201, nil},
		"500 stored, nothing done": {sandbox.Fault{Kind: sandbox.Status, Status: 500, Stored: true}, 500, 0, true, 500, nil},
		"500 stored, done":         {sandbox.Fault{Kind: sandbox.Status, Status: 500, Stored: true, Commit: true}, 500, 100, true, 500, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := serve(t)
			path := c.payment(t, 800)
			tt.fault.Operation = "capturePayment"
			c.fault(t, tt.fault)
			a, err := c.send(c.request("POST", path+"/capture", `{"amount":100}`, withKey("k")))
			require.Equal(t, tt.err == nil, err == nil, "%v", err)
			require.True(t, errors.Is(err, tt.err), "%v", err)
			require.Equal(t, tt.status, a.status)
			require.Equal(t, tt.processed, c.book(t, path).Sum(sandbox.Capture))
			switch {
			case tt.fault.Kind == sandbox.NotJSON:
				require.True(t, strings.HasPrefix(a.header.Get("Content-Type"), "text/html"))
				require.False(t, json.Valid(a.raw))
			case tt.fault.Kind == sandbox.Truncated:
				require.NotEmpty(t, a.raw)
				require.False(t, json.Valid(a.raw))
			case tt.status >= 400:
				require.Equal(t, tt.status, a.at("errors.0.httpStatusCode"))
				require.Equal(t, tt.status == 429, a.header.Get("Retry-After") == "2")
			}
			second := c.post(t, path+"/capture", `{"amount":100}`, withKey("k"))
			require.Equal(t, tt.second, second.status)
			require.Equal(t, tt.replayed, second.header.Get(replayOf) != "")
			if tt.second == 201 {
				require.Equal(t, int64(100), c.book(t, path).Sum(sandbox.Capture))
			}
			require.Equal(t, 1, c.sb.Faults()[0].Struck)
		})
	}
}

func TestStaleReads(t *testing.T) {
	t.Parallel()
	c := start(t)
	path := c.payment(t, 800)
	c.sb.Advance(time.Minute)
	c.post(t, path+"/capture", `{"amount":100}`)
	c.sb.Advance(time.Minute)
	c.post(t, path+"/capture", `{"amount":700}`)
	require.Equal(t, "9 9", c.codes(t, path))
	for _, tt := range []struct {
		fault sandbox.Fault
		want  string
	}{
		{sandbox.Fault{Hide: 1}, "5 yes yes no 800 | 5:800 9:100"},
		{sandbox.Fault{Hide: 9}, "5 yes yes no 800 | 5:800"},
		{sandbox.Fault{Age: 30 * time.Second}, "5 yes yes no 800 | 5:800 9:100"},
		{sandbox.Fault{Age: 90 * time.Second}, "5 yes yes no 800 | 5:800"},
		{sandbox.Fault{Age: time.Hour}, "5 yes yes no 800 | 5:800"},
	} {
		tt.fault.Kind = sandbox.StaleRead
		c.fault(t, tt.fault)
		require.Equal(t, 400, c.post(t, path+"/capture", `{"amount":1}`).status, "a call that moves money is not struck")
		require.Equal(t, tt.want, describe(c.get(t, path+"/details")))
		require.Equal(t, "9 no no yes 800 | 5:800 9:100 9:700", describe(c.get(t, path+"/details")))
	}
}

func TestWhichRequestsAFaultHits(t *testing.T) {
	t.Parallel()
	c := start(t)
	one, two := c.payment(t, 800), c.payment(t, 800)
	// hits makes ten reads of each payment and returns which were struck.
	hits := func(f sandbox.Fault) (text string) {
		f.Kind, f.Status = sandbox.Status, 503
		c.sb.ClearFaults()
		c.fault(t, f)
		for _, path := range []string{one, one + "/details", two} {
			for range 5 {
				if c.get(t, path).status == 503 {
					text += "x"
				} else {
					text += "."
				}
			}
			text += " "
		}
		return strings.TrimSpace(text)
	}
	for name, tt := range map[string]struct {
		fault sandbox.Fault
		want  string
	}{
		"the first":           {sandbox.Fault{}, "x.... ..... ....."},
		"the third and next":  {sandbox.Fault{Nth: 3, Times: 2}, "..xx. ..... ....."},
		"always":              {sandbox.Fault{Times: -1}, "xxxxx xxxxx xxxxx"},
		"an operation":        {sandbox.Fault{Operation: "getPaymentDetails", Times: 2}, "..... xx... ....."},
		"a payment":           {sandbox.Fault{Payment: "900000" + two[len("/payments/"):len(two)-2] + "000", Times: -1}, "..... ..... xxxxx"},
		"never by chance":     {sandbox.Fault{Probability: 1e-9, Times: -1}, "..... ..... ....."},
		"always, by chance":   {sandbox.Fault{Probability: 1, Times: -1}, "xxxxx xxxxx xxxxx"},
		"another operation":   {sandbox.Fault{Operation: "capturePayment", Times: -1}, "..... ..... ....."},
		"a key that is not":   {sandbox.Fault{Key: "k", Times: -1}, "..... ..... ....."},
		"the sixth in number": {sandbox.Fault{Nth: 6}, "..... x.... ....."},
	} {
		require.Equal(t, tt.want, hits(tt.fault), name)
	}
}

// The same seed strikes the same requests, whatever else happens between them.
func TestChanceIsRepeatable(t *testing.T) {
	t.Parallel()
	run := func(seed int64, between int) (text string) {
		sb, err := sandbox.New(sandbox.Config{MerchantID: merchantID, APIKeyID: keyID, APISecret: secret, Seed: seed})
		require.NoError(t, err)
		c := direct(sb)
		c.sb.SeedPayments(2)
		c.fault(t, sandbox.Fault{Kind: sandbox.Status, Status: 500, Probability: 0.5, Times: -1})
		for range 64 {
			for range between {
				c.get(t, "/payments/3000000002_0")
			}
			a := c.get(t, "/payments/3000000001_0")
			text += itoa(a.status) + a.text("errorId") + " "
		}
		return text
	}
	if diff := cmp.Diff(run(1, 0), run(1, 3)); diff != "" {
		t.Errorf("two runs differ:\n%s", diff)
	}
	require.NotEqual(t, run(1, 0), run(2, 0))
	struck := strings.Count(run(1, 0), "500")
	require.True(t, 16 < struck && struck < 48, "%d of 64", struck)
}

func TestFaultsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	c := start(t)
	for want, f := range map[string]sandbox.Fault{
		`add fault: fault kind "" is none of`:                                                    {},
		`add fault: fault operation "capture" is not an operation of the sandbox`:                {Kind: sandbox.AnswerLost, Operation: "capture"},
		`add fault: fault payment "3066177123_1" is not a payment id`:                            {Kind: sandbox.AnswerLost, Payment: "3066177123_1"},
		`add fault: fault status 418 is none of`:                                                 {Kind: sandbox.Status, Status: 418},
		`add fault: fault answer-lost: status, stored and retryAfter belong to kind status`:      {Kind: sandbox.AnswerLost, Status: 500},
		`add fault: fault delay: a delay is required`:                                            {Kind: sandbox.Delay},
		`add fault: fault slow: a delay is required`:                                             {Kind: sandbox.Slow},
		`add fault: fault large: size 0 is not between 1 and`:                                    {Kind: sandbox.Large},
		`add fault: fault delay: size belongs to kind large`:                                     {Kind: sandbox.Delay, Delay: 1, Size: 1},
		`add fault: fault stale-read: age or hide is required`:                                   {Kind: sandbox.StaleRead},
		`add fault: fault probability 1.5 is not between 0 and 1`:                                {Kind: sandbox.AnswerLost, Probability: 1.5},
		`add fault: fault reset: nth, hide, delay, age and retryAfter cannot be negative`:        {Kind: sandbox.Reset, Nth: -1},
		`add fault: fault request-lost: nth, hide, delay, age and retryAfter cannot be negative`: {Kind: sandbox.RequestLost, Delay: -1},
	} {
		_, err := c.sb.AddFault(f)
		require.ErrorContains(t, err, want)
	}
	require.Empty(t, c.sb.Faults())
}

// A delay outlasts a client that has given up: its request arrives all the same.
func TestARequestArrivesAfterItsClientIsGone(t *testing.T) {
	t.Parallel()
	c := serve(t)
	path := c.payment(t, 800)
	c.fault(t, sandbox.Fault{Kind: sandbox.Delay, Delay: time.Hour})
	ctx, giveUp := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() {
		_, err := c.send(c.request("POST", path+"/capture", `{"amount":100}`, withKey("k")).WithContext(ctx))
		gone <- err
	}()
	require.Eventually(t, func() bool { return sandbox.KeysOf(c.sb) == 1 }, 10*time.Second, time.Millisecond)
	giveUp()
	require.ErrorIs(t, <-gone, context.Canceled)
	require.Zero(t, c.book(t, path).Count(sandbox.Capture))
	c.sb.ClearFaults()
	require.Eventually(t, func() bool { return c.book(t, path).Count(sandbox.Capture) == 1 }, 10*time.Second, time.Millisecond)
}
