package sandbox_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
)

// A large answer says the same as the small one.
func TestLargeAnswers(t *testing.T) {
	t.Parallel()
	c := serve(t)
	path := c.payment(t, 800)
	small := c.get(t, path)
	for _, size := range []int{1, 1 << 20} {
		c.fault(t, sandbox.Fault{Kind: sandbox.Large, Size: size, Operation: "getPayment"})
		large := c.get(t, path)
		require.Equal(t, http.StatusOK, large.status)
		require.Len(t, large.raw, max(size, len(small.raw)))
		require.JSONEq(t, string(small.raw), string(large.raw))
	}
}

// A slow answer is there at once, and whole when its time is over.
func TestSlowAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sb, transport, stop := sandboxtest.StartInMemory(t, sandbox.Config{})
		defer stop()
		c := client{sb: sb, url: "http://sandbox", http: transport, now: time.Now}
		path := c.payment(t, 800)
		c.fault(t, sandbox.Fault{Kind: sandbox.Slow, Delay: time.Minute, Operation: "capturePayment"})
		began := time.Now()
		resp, err := c.http.Do(c.request("POST", path+"/capture", `{"amount":100}`, withKey("k")))
		require.NoError(t, err)
		require.Less(t, time.Since(began), 10*time.Second, "the first piece")
		require.Equal(t, int64(100), c.book(t, path).Sum(sandbox.Capture))
		raw, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, time.Minute, time.Since(began))
		require.Equal(t, 100, answer{raw: raw}.at("captureOutput.amountOfMoney.amount"))
	})
}

func TestAnswersWithoutReferences(t *testing.T) {
	t.Parallel()
	c := start(t)
	path := c.payment(t, 800)
	c.post(t, path+"/capture", `{"amount":100,"operationReferences":{"merchantReference":"ship-1"}}`)
	c.fault(t, sandbox.Fault{Kind: sandbox.NoReferences, Operation: "getPaymentDetails"})
	require.Nil(t, c.get(t, path+"/details").at("Operations.1.operationReferences"))
	require.Equal(t, "ship-1", c.get(t, path+"/details").at("Operations.1.operationReferences.merchantReference"))
}

// A fault of kind any becomes every other kind, the same ones for the same seed,
// and a keyed capture that is sent until it succeeds moves the money once.
func TestAnyFault(t *testing.T) {
	t.Parallel()
	run := func(seed int64) (seen []string) {
		sb, url := sandboxtest.Start(t, sandbox.Config{Seed: seed})
		c := client{sb: sb, url: url, http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, now: time.Now}
		sb.SeedPayments(40)
		c.fault(t, sandbox.Fault{Kind: sandbox.Any, Probability: 0.7, Times: -1})
		for n := range 40 {
			path := "/payments/" + itoa(3000000001+n) + "_0"
			for done := false; !done; {
				a, err := c.send(c.request("POST", path+"/capture", `{"amount":5}`, withKey("k"+itoa(n))))
				done = err == nil && a.status == http.StatusCreated && strings.HasPrefix(a.header.Get("Content-Type"), "application/json")
				seen = append(seen, outcome(a, err))
			}
			require.Equal(t, int64(5), c.book(t, path).Sum(sandbox.Capture))
		}
		return seen
	}
	first := run(7)
	if diff := cmp.Diff(first, run(7)); diff != "" {
		t.Errorf("two runs with one seed differ:\n%s", diff)
	}
	require.NotEqual(t, first, run(8))
	for _, want := range []string{"broken", "201", "201 not json", "409", "429", "500", "502", "503", "504"} {
		require.True(t, slices.Contains(first, want), "%s is not in %v", want, first)
	}
}

// outcome is what a client learns from an answer, in a word.
func outcome(a answer, err error) string {
	switch {
	case err != nil:
		return "broken"
	case !strings.HasPrefix(a.header.Get("Content-Type"), "application/json"):
		return itoa(a.status) + " not json"
	}
	return itoa(a.status)
}
