package sandbox_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
)

// saved returns the state of a sandbox.
func saved(t require.TestingT, sb *sandbox.Sandbox) []byte {
	var buf bytes.Buffer
	require.NoError(t, sb.SaveState(&buf))
	return buf.Bytes()
}

// reload returns a client of a new sandbox with the state.
func reload(t *testing.T, state []byte) client {
	t.Helper()
	c := direct(sandboxtest.New(t, sandbox.Config{}))
	require.NoError(t, c.sb.LoadState(bytes.NewReader(state)))
	return c
}

// lived returns a sandbox that holds one of everything, some of it under way.
func lived(t *testing.T) (c client, path string) {
	t.Helper()
	c = start(t, func(b *sandbox.Behaviour) { b.SettleAfter = time.Hour })
	path = c.payment(t, 800)
	require.Equal(t, 201, c.post(t, path+"/capture", `{"amount":300,"operationReferences":{"merchantReference":"é \" <"}}`, withKey("capture-1")).status)
	c.sb.Advance(90 * time.Minute)
	require.Equal(t, 201, c.post(t, path+"/capture", `{"amount":500}`, withKey("capture-2")).status)
	for n, step := range []struct {
		path, body string
		status     int
	}{
		{"/payments", createBody(1000, card(goodNumber, "PRE_AUTHORIZATION")), 201},
		{"/payments", createBody(1000, card(declinedNumber, "SALE")), 402},
		{"/payments", createBody(1000, card(challengeNumber, "SALE")), 201},
		{"/tokens", tokenBody(goodNumber, "1299"), 201},
		{"/payouts", payoutTo(goodNumber), 201},
		{"/merchant-batches", `{"header":{"merchantBatchReference":"b1","operationType":"CapturePayment","itemCount":1},` +
			`"capturePayments":[{"paymentId":"` + strings.TrimPrefix(c.payment(t, 70), "/payments/") + `","capture":{"amount":7}}]}`, 201},
		{"/merchant-batches/b1/process", "", 202},
		{"/mandates", mandateBody("UNSIGNED", `,"uniqueMandateReference":"m1"`), 201},
		{"/tokens/importCofSeries", seriesBody(goodNumber), 201},
		{"/paymentlinks", linkBody(""), 201},
		{"/hostedtokenizations", `{}`, 200},
	} {
		a := c.post(t, step.path, step.body, withKey("step-"+itoa(n)))
		require.Equal(t, step.status, a.status, "%s: %s", step.path, a.raw)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	require.Equal(t, 201, c.certificate(t, requestFor(t, key)).status)
	paid := checkoutOf(t, c)
	_, err = c.sb.PayCheckout(paid, sandbox.Card{Number: goodNumber, Expiry: "1299"})
	require.NoError(t, err)
	checkoutOf(t, c)
	return c, path
}

func checkoutOf(t *testing.T, c client) string {
	t.Helper()
	a := c.post(t, "/hostedcheckouts", `{"order":{"amountOfMoney":{"amount":900,"currencyCode":"EUR"}},"hostedCheckoutSpecificInput":{"returnUrl":"https://shop.example/return"}}`)
	require.Equal(t, 200, a.status)
	return a.text("hostedCheckoutId")
}

// What was saved and loaded is what was there: saved again it is the same to the
// byte, and so are the answers.
func TestStateIsKept(t *testing.T) {
	t.Parallel()
	c, path := lived(t)
	require.True(t, c.sb.StateChanged())
	state := saved(t, c.sb)
	require.False(t, c.sb.StateChanged())
	again := reload(t, state)
	require.False(t, again.sb.StateChanged())
	if diff := cmp.Diff(string(state), string(saved(t, again.sb))); diff != "" {
		t.Errorf("the state after loading it (-saved +saved again):\n%s", diff)
	}
	require.Equal(t, c.sb.Behaviour(), again.sb.Behaviour())
	for _, read := range []string{path + "/details", path + "/captures", "/mandates/m1", "/merchant-batches/b1"} {
		require.Equal(t, string(c.get(t, read).raw), string(again.get(t, read).raw))
	}
	if diff := cmp.Diff(c.book(t, path), again.book(t, path)); diff != "" {
		t.Errorf("the ledger of the payment:\n%s", diff)
	}
	require.True(t, again.sb.StateChanged())
}

// Life goes on where it stopped: keys replay, what is under way settles, batches
// run, numbers are not given twice, tokens find their card.
func TestLifeGoesOnAfterALoad(t *testing.T) {
	t.Parallel()
	before, path := lived(t)
	c := reload(t, saved(t, before.sb))
	replayed := c.post(t, path+"/capture", `{"amount":500}`, withKey("capture-2"))
	require.Equal(t, 201, replayed.status)
	require.NotEmpty(t, replayed.header.Get(replayOf))
	require.Equal(t, 2, c.book(t, path).Count(sandbox.Capture))
	require.Equal(t, "9 91", c.codes(t, path))
	c.sb.Advance(2 * time.Hour)
	require.Equal(t, "9 9", c.codes(t, path))
	require.Equal(t, "Processed", c.get(t, "/merchant-batches/b1").text("status"))
	var batched int64
	for b := range c.sb.Ledger() {
		if b.Authorized == 70 {
			batched += b.Sum(sandbox.Capture)
		}
	}
	require.Equal(t, int64(7), batched)
	require.Equal(t, sandbox.PayoutCredited, c.sb.Payouts()[0].Status)
	fresh := c.post(t, "/payments", createBody(1000, card(goodNumber, "SALE")))
	require.Equal(t, 201, fresh.status)
	require.Equal(t, fresh.text("payment.id"), before.post(t, "/payments", createBody(1000, card(goodNumber, "SALE"))).text("payment.id"))
	known := c.post(t, "/tokens", tokenBody(goodNumber, "1299"))
	require.Equal(t, 200, known.status, "the token is known")
	require.Equal(t, 201, c.get(t, "/detokenize/tokens?tokens="+known.text("token")).status, "the certificate holds")
}

// A request that a fault holds up does not hold up the state, which is without it.
func TestStateWhileARequestHangs(t *testing.T) {
	t.Parallel()
	c := serve(t)
	path := c.payment(t, 800)
	c.fault(t, sandbox.Fault{Kind: sandbox.Delay, Delay: time.Hour})
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = c.send(c.request("POST", path+"/capture", `{"amount":100}`, withKey("k"))) })
	require.Eventually(t, func() bool { return sandbox.KeysOf(c.sb) == 1 }, 10*time.Second, time.Millisecond)
	state := saved(t, c.sb)
	c.sb.ClearFaults()
	wg.Wait()
	require.Equal(t, 1, c.book(t, path).Count(sandbox.Capture))
	again := reload(t, state)
	require.Zero(t, again.book(t, path).Count(sandbox.Capture))
	require.Empty(t, again.post(t, path+"/capture", `{"amount":100}`, withKey("k")).header.Get(replayOf))
}

// A state is saved while clients work: each capture is in it with its key and its
// money, or not at all.
func TestStateUnderLoad(t *testing.T) {
	t.Parallel()
	c := start(t)
	path := c.payment(t, 100_000)
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for n := range 100 {
				c.post(t, path+"/capture", `{"amount":1}`, withKey(fmt.Sprintf("k-%d-%d", worker, n)))
			}
		})
	}
	for range 10 {
		state := saved(t, c.sb)
		again := reload(t, state)
		made := again.book(t, path).Count(sandbox.Capture)
		require.Equal(t, strings.Count(string(state), `{"kind":"key"`), made)
	}
	wg.Wait()
	require.Equal(t, 400, reload(t, saved(t, c.sb)).book(t, path).Count(sandbox.Capture))
}

func TestStatesThatCannotBeLoaded(t *testing.T) {
	t.Parallel()
	c, _ := lived(t)
	good := string(saved(t, c.sb))
	lines := strings.SplitAfter(good, "\n")
	first, rest, _ := strings.Cut(good, "\n")
	for name, tt := range map[string]struct{ state, want string }{
		"empty":           {"", "line 1: the state is cut off"},
		"not a state":     {"{}\n", "line 1: this is not the state of a sandbox"},
		"not JSON":        {"hello\n", "line 1: this is not the state of a sandbox"},
		"a later format":  {strings.Replace(good, `"sandbox":1`, `"sandbox":2`, 1), "format 2, this program reads format 1"},
		"another's":       {strings.Replace(good, `"merchant":"merchant"`, `"merchant":"other"`, 1), `merchant "other"`},
		"cut off":         {good[:len(good)/2], "the state is cut off"},
		"without its end": {strings.Join(lines[:len(lines)-2], ""), "the state is cut off"},
		"a line twice":    {first + "\n" + lines[1] + rest, "twice"},
		"an amount":       {strings.Replace(good, `"amount":800`, `"amount":900`, 1), "the movements and the operations disagree"},
		"a name":          {strings.Replace(good, `"currency":"EUR"`, `"currency":"USD"`, 1), "checksum"},
		"something more":  {good + "x", "behind the last line"},
		"an unknown kind": {first + "\n" + `{"kind":"cheque","of":{}}` + "\n" + rest, "no such kind"},
		"not a payment":   {first + "\n" + `{"kind":"payment","id":"x","of":{}}` + "\n" + rest, "not complete"},
		"an unknown name": {first + "\n" + `{"kind":"payment","id":"x","of":{"colour":1}}` + "\n" + rest, "unknown field"},
	} {
		sb := sandboxtest.New(t, sandbox.Config{})
		require.ErrorContains(t, sb.LoadState(strings.NewReader(tt.state)), tt.want, name)
	}
	require.ErrorContains(t, c.sb.LoadState(strings.NewReader(good)), "the sandbox is not new")
}
