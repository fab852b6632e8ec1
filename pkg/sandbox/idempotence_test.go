package sandbox_test

import (
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
)

func TestTheFirstAnswerWins(t *testing.T) {
	t.Parallel()
	c := start(t)
	path := c.payment(t, 800)
	before := time.Now().UnixMilli()
	first := c.post(t, path+"/capture", `{"amount":100}`, withKey("k"))
	require.Equal(t, 201, first.status)
	require.Empty(t, first.header.Get(replayOf))
	again := c.post(t, path+"/capture", `{"amount":700}`, withKey("k"))
	require.Equal(t, 201, again.status)
	require.Equal(t, string(first.raw), string(again.raw))
	at, err := strconv.ParseInt(again.header.Get(replayOf), 10, 64)
	require.NoError(t, err)
	require.True(t, before <= at && at <= time.Now().UnixMilli(), "%d", at)
	require.Equal(t, int64(100), c.book(t, path).Sum(sandbox.Capture))
	require.Equal(t, "k", c.book(t, path).Movements[1].Key)

	other := c.post(t, path+"/capture", `{"amount":100}`, withKey("l"))
	require.NotEqual(t, string(first.raw), string(other.raw))
	require.Equal(t, 2, c.book(t, path).Count(sandbox.Capture))
}

func TestEveryKeyedOperationReplays(t *testing.T) {
	t.Parallel()
	c := start(t)
	path := c.payment(t, 800)
	for _, call := range []string{"/capture", "/refund"} {
		first := c.post(t, path+call, "", withKey(call))
		require.Equal(t, 201, first.status)
		require.Equal(t, string(first.raw), string(c.post(t, path+call, "", withKey(call)).raw))
	}
	void := c.payment(t, 800)
	first := c.post(t, void+"/cancel", "", withKey("void"))
	require.Equal(t, string(first.raw), string(c.post(t, void+"/cancel", "", withKey("void")).raw))
	body := `{"order":{"amountOfMoney":{"amount":800,"currencyCode":"EUR"}},` + createInputs[0] + `}`
	made := c.post(t, "/payments", body, withKey("new"))
	require.Equal(t, made.text("payment.id"), c.post(t, "/payments", body, withKey("new")).text("payment.id"))
	require.NotEqual(t, made.text("payment.id"), c.post(t, "/payments", body).text("payment.id"))
	require.Empty(t, c.do(t, "GET", path, "", withKey("/capture")).header.Get(replayOf), "reads have no keys")
}

func TestKeysAreForgottenAfterTheWindow(t *testing.T) {
	t.Parallel()
	now := time.Now()
	clock := func() time.Time { return now }
	c := client{sb: sandboxtest.New(t, sandbox.Config{Now: clock}), now: clock}
	path := c.payment(t, 800)
	c.post(t, path+"/capture", `{"amount":100}`, withKey("k"))
	c.sb.Advance(24*time.Hour - 1)
	require.NotEmpty(t, c.post(t, path+"/capture", `{"amount":100}`, withKey("k")).header.Get(replayOf))
	require.Equal(t, 1, sandbox.KeysOf(c.sb))
	c.sb.Advance(1)
	require.Zero(t, sandbox.KeysOf(c.sb), "the memory is freed")
	again := c.post(t, path+"/capture", `{"amount":100}`, withKey("k"))
	require.Empty(t, again.header.Get(replayOf))
	require.Equal(t, int64(200), c.book(t, path).Sum(sandbox.Capture))
	require.NotEmpty(t, c.post(t, path+"/capture", `{"amount":100}`, withKey("k")).header.Get(replayOf))
}

func TestARefusalIsReplayedOrForgotten(t *testing.T) {
	t.Parallel()
	for _, replayed := range []bool{true, false} {
		c := start(t, func(b *sandbox.Behaviour) { b.ReplayRefusals = replayed })
		path := c.payment(t, 800)
		first := c.post(t, path+"/refund", "{}", withKey("k"))
		require.Equal(t, 400, first.status)
		c.post(t, path+"/capture", "{}")
		again := c.post(t, path+"/refund", "{}", withKey("k"))
		if !replayed {
			require.Equal(t, 201, again.status)
			continue
		}
		require.Equal(t, string(first.raw), string(again.raw))
		require.NotEmpty(t, again.header.Get(replayOf))
	}
}

func TestADuplicateInProgress(t *testing.T) {
	t.Parallel()
	for variant, code := range map[string]string{sandbox.InProgressID: "50001409", sandbox.InProgressCode: "1409"} {
		c := serve(t, func(b *sandbox.Behaviour) { b.InProgressError = variant })
		path := c.payment(t, 800)
		_, err := c.sb.AddFault(sandbox.Fault{Kind: sandbox.Delay, Delay: time.Hour, Operation: "capturePayment"})
		require.NoError(t, err)
		var slow answer
		var wg sync.WaitGroup
		wg.Go(func() { slow, _ = c.send(c.request("POST", path+"/capture", `{"amount":100}`, withKey("k"))) })
		require.Eventually(t, func() bool { return sandbox.KeysOf(c.sb) == 1 }, 10*time.Second, time.Millisecond)
		duplicate := c.post(t, path+"/capture", `{"amount":100}`, withKey("k"))
		require.Equal(t, 409, duplicate.status)
		require.Equal(t, code+" "+sandbox.InProgressID, duplicate.text("errors.0.errorCode")+" "+duplicate.text("errors.0.id"))
		require.Nil(t, duplicate.at("errors.1"))
		require.Equal(t, false, duplicate.at("errors.0.retriable"), "a new key would capture twice")
		require.Zero(t, c.book(t, path).Count(sandbox.Capture))
		c.sb.ClearFaults()
		wg.Wait()
		require.Equal(t, 201, slow.status)
		require.Equal(t, string(slow.raw), string(c.post(t, path+"/capture", `{"amount":100}`, withKey("k")).raw))
	}
}

func TestARunningKeyIsNeverForgotten(t *testing.T) {
	t.Parallel()
	c := start(t)
	path := c.payment(t, 800)
	_, err := c.sb.AddFault(sandbox.Fault{Kind: sandbox.Delay, Delay: time.Hour})
	require.NoError(t, err)
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = c.send(c.request("POST", path+"/capture", `{"amount":100}`, withKey("k"))) })
	require.Eventually(t, func() bool { return sandbox.KeysOf(c.sb) == 1 }, 10*time.Second, time.Millisecond)
	c.sb.Advance(48 * time.Hour)
	require.Equal(t, 409, c.post(t, path+"/capture", `{"amount":100}`, withKey("k")).status)
	c.sb.ClearFaults()
	wg.Wait()
	require.Equal(t, int64(100), c.book(t, path).Sum(sandbox.Capture))
}

func TestConcurrentDuplicatesMoveMoneyOnce(t *testing.T) {
	t.Parallel()
	c := start(t)
	path := c.payment(t, 800)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for i := range 8 {
				a, err := c.send(c.request("POST", path+"/capture", `{"amount":100}`, withKey("key-"+itoa(i))))
				if err != nil || (a.status != 201 && a.status != 409) {
					t.Errorf("%d %s", a.status, a.raw)
				}
			}
		})
	}
	wg.Wait()
	book := c.book(t, path)
	require.Equal(t, 8, book.Count(sandbox.Capture))
	require.Equal(t, int64(800), book.Sum(sandbox.Capture))
	require.Equal(t, int64(800), book.Balances[sandbox.Captured])
}

func TestScopeOfAKey(t *testing.T) {
	t.Parallel()
	for scope, status := range map[string]int{sandbox.ScopeMerchant: 201, sandbox.ScopeOperation: 400} {
		c := start(t, func(b *sandbox.Behaviour) { b.KeyScope = scope })
		path := c.payment(t, 800)
		c.post(t, path+"/capture", `{"amount":100}`, withKey("k"))
		require.Equal(t, status, c.post(t, path+"/refund", `{"amountOfMoney":{"amount":800,"currencyCode":"EUR"}}`, withKey("k")).status)
	}
}

func TestKeysThatAreRefused(t *testing.T) {
	t.Parallel()
	c := start(t)
	path := c.payment(t, 800)
	for key, status := range map[string]int{
		strings.Repeat("k", 40): 201, strings.Repeat("k", 41): 400, "schlüssel": 400, "": 400, "a b": 201, "a\tb": 400,
	} {
		a := c.post(t, path+"/capture", `{"amount":1}`, withKey(key))
		require.Equal(t, status, a.status, "%q", key)
		if status == 400 {
			require.Equal(t, "X-GCS-Idempotence-Key", a.text("errors.0.propertyName"))
		}
	}
	require.Equal(t, 2, c.book(t, path).Count(sandbox.Capture))
}
