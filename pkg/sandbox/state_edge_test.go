package sandbox_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
)

// A writerOf writes with a function.
type writerOf func([]byte) (int, error)

func (f writerOf) Write(p []byte) (int, error) { return f(p) }

// What changes while a state is saved, and need not wait for that, is not forgotten.
func TestChangesWhileAStateIsSaved(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.New(t, sandbox.Config{})
	for name, change := range map[string]func(){
		"clock":     func() { sb.Advance(time.Hour) },
		"behaviour": func() { require.NoError(t, sb.SetBehaviour(sb.Behaviour())) },
		"seeds":     func() { sb.SeedPayments(1) },
	} {
		saved(t, sb)
		require.False(t, sb.StateChanged(), name)
		require.NoError(t, sb.SaveState(writerOf(func(p []byte) (int, error) { change(); return len(p), nil })))
		require.True(t, sb.StateChanged(), name)
	}
	saved(t, sb)
	full := errors.New("disk full")
	sb.SeedPayments(1)
	require.ErrorIs(t, sb.SaveState(writerOf(func([]byte) (int, error) { return 0, full })), full)
	require.True(t, sb.StateChanged(), "it was not saved")
}

// An event is a change of the state, and so is that it was delivered.
func TestWebhooksChangeTheState(t *testing.T) {
	t.Parallel()
	c, rc := hooked(t, sandbox.Config{}, after(time.Hour))
	free := make(chan struct{})
	rc.status = func(*http.Request) (int, error) { <-free; return 200, nil }
	c.create(t, 1000, "SALE", "")
	saved(t, c.sb)
	require.False(t, c.sb.StateChanged())
	close(free)
	eventually(t, c.sb.StateChanged)
}

// A key that is too old is forgotten also where an older one is still in progress.
func TestOldKeysBehindOneInProgress(t *testing.T) {
	t.Parallel()
	c := serve(t, func(b *sandbox.Behaviour) { b.KeyWindow = time.Hour })
	path := c.payment(t, 100_000)
	c.fault(t, sandbox.Fault{Kind: sandbox.Delay, Delay: time.Hour, Key: "held"})
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = c.send(c.request("POST", path+"/capture", `{"amount":1}`, withKey("held"))) })
	eventually(t, func() bool { return sandbox.KeysOf(c.sb) == 1 })
	const keys = 400 // some of them are kept where the one in progress is
	near := direct(c.sb)
	capture := func() (replayed int) {
		for n := range keys {
			a := near.post(t, path+"/capture", `{"amount":1}`, withKey("k"+strconv.Itoa(n)))
			require.Equal(t, 201, a.status)
			if a.header.Get(replayOf) != "" {
				replayed++
			}
		}
		return replayed
	}
	require.Zero(t, capture())
	require.Equal(t, keys, capture())
	c.sb.Advance(time.Hour)
	require.Zero(t, capture())
	held := near.post(t, path+"/capture", `{"amount":1}`, withKey("held"))
	require.Equal(t, 409, held.status, "still in progress")
	c.sb.ClearFaults()
	wg.Wait()
	require.Equal(t, 2*keys+1, c.book(t, path).Count(sandbox.Capture))
}

// Nothing that is due happens before the state is known to be whole.
func TestNothingHappensOfADamagedState(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, rc := hooked(t, sandbox.Config{}, after(time.Hour))
		rc.status = func(*http.Request) (int, error) { return 0, errors.New("nobody there") }
		c.create(t, 1000, "SALE", "")
		synctest.Wait()
		c.sb.Close()
		state := string(saved(t, c.sb))
		damaged := strings.Replace(state, `"sha256":"`, `"sha256":"0`, 1)
		for text, happens := range map[string]bool{state: true, damaged: false} {
			again, now := hooked(t, sandbox.Config{})
			err := again.sb.LoadState(strings.NewReader(text))
			require.Equal(t, happens, err == nil)
			again.sb.Advance(24 * time.Hour)
			synctest.Wait()
			require.Equal(t, happens, len(now.got()) > 0)
			again.sb.Close()
		}
	})
}

// A batch that was due while nobody was there runs by itself.
func TestABatchRunsByItselfAfterALoad(t *testing.T) {
	t.Parallel()
	c, _ := hooked(t, sandbox.Config{}, after(time.Hour), func(b *sandbox.Behaviour) { b.WebhookBatches = true })
	id := strings.TrimPrefix(c.payment(t, 1000), "/payments/")
	require.Equal(t, 201, c.post(t, "/merchant-batches", batchOf("b", "CapturePayment", "capturePayments", item(id, "capture", `{}`))).status)
	require.Equal(t, 202, c.post(t, "/merchant-batches/b/process", "").status)
	again, rc := hooked(t, sandbox.Config{Now: func() time.Time { return time.Now().Add(2 * time.Hour) }})
	require.NoError(t, again.sb.LoadState(bytes.NewReader(saved(t, c.sb))))
	eventually(t, func() bool {
		for _, r := range rc.got() {
			if r.value("type") == "directbatch.processed" {
				return true
			}
		}
		return false
	})
}

// Pages go on under a new secret: consumers have their addresses already.
func TestPagesOutliveTheSecret(t *testing.T) {
	t.Parallel()
	c := start(t)
	made := c.checkout(t, `"returnUrl":"https://shop.example/back"`, "")
	again := direct(sandboxtest.New(t, sandbox.Config{APISecret: "another"}))
	require.NoError(t, again.sb.LoadState(bytes.NewReader(saved(t, c.sb))))
	require.Equal(t, 200, again.browse(made.text("redirectUrl"), nil).status)
	list := again.browse("/checkouts", nil).body
	_, rest, found := strings.Cut(list, `href="/hostedcheckout/`)
	require.True(t, found)
	page, _, _ := strings.Cut(rest, `"`)
	require.Equal(t, 200, again.browse("/hostedcheckout/"+page, nil).status)
}

// A seed that takes the number of a checkout is not its payment, loaded or not.
func TestACheckoutWhoseNumberIsTaken(t *testing.T) {
	t.Parallel()
	c := start(t)
	id := c.checkout(t, "", "").text("hostedCheckoutId")
	c.seed(t, fmt.Sprintf(`{"id":"%s_0","amount":5,"currency":"EUR"}`, id))
	again := reload(t, saved(t, c.sb))
	require.Equal(t, string(c.getCheckout(t, id).raw), string(again.getCheckout(t, id).raw))
	require.Equal(t, "IN_PROGRESS", again.getCheckout(t, id).text("status"))
}

// The clock never goes back, however far it is moved.
func TestTheClockStops(t *testing.T) {
	t.Parallel()
	c := start(t)
	path := c.payment(t, 1000)
	for before := c.sb.Now(); c.sb.Now().Year() < 2199; before = c.sb.Now() {
		require.True(t, c.sb.Advance(math.MaxInt64).After(before))
	}
	require.LessOrEqual(t, c.sb.Advance(math.MaxInt64).Year(), 2200)
	require.LessOrEqual(t, c.sb.Advance(math.MaxInt64).Year(), 2200)
	require.Equal(t, 201, c.post(t, "/mandates", mandateBody("UNSIGNED", "")).status)
	checkBook(t, c.book(t, path))
	checkBook(t, reload(t, saved(t, c.sb)).book(t, path))
}
