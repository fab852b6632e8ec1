package sandbox_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// A transportOf carries webhooks with a function.
type transportOf func(*http.Request) (*http.Response, error)

func (f transportOf) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func moody() transportOf {
	return func(r *http.Request) (*http.Response, error) {
		_, err := io.Copy(io.Discard, r.Body)
		switch rand.IntN(4) {
		case 0:
			return nil, errors.Join(err, errors.New("nobody there"))
		case 1:
			return &http.Response{StatusCode: 500, Body: http.NoBody, Request: r}, err
		}
		return &http.Response{StatusCode: 200, Body: http.NoBody, Request: r}, err
	}
}

const stressWorkers = 16

// A crowd does everything at once to one world.
type crowd struct {
	world
	pages []string
}

// Everything that can be done to a sandbox is done to one at once while its state
// is saved again and again: nothing waits for ever, and each state holds the answer
// under a key together with what it did, or neither.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	cfg := worldConfig()
	b := sandbox.DefaultBehaviour()
	b.SettleAfter, b.MagicAmounts, b.KeyWindow = time.Second, false, 1000*time.Hour
	b.WebhookDuplicates, b.WebhookDisorder, b.WebhookPayouts, b.WebhookBatches = 0.1, 0.1, true, true
	cfg.Behaviour, cfg.Webhooks, cfg.WebhookTransport = &b, []string{hookURL, hookURL + "2"}, moody()
	sb, err := sandbox.New(cfg)
	require.NoError(t, err)
	cr := crowd{world: fill(t, sb)}
	for _, made := range []answer{
		cr.checkout(t, "", ""), cr.post(t, "/hostedtokenizations", `{}`), cr.post(t, "/paymentlinks", linkBody(`,"isReusableLink":true`)),
		cr.post(t, "/mandates", mandateBody("SMS", `,"returnUrl":"https://shop.example/"`)),
	} {
		for _, at := range []string{"redirectUrl", "hostedTokenizationUrl", "redirectionUrl", "merchantAction.redirectData.redirectURL"} {
			if to := made.text(at); to != "" {
				cr.pages = append(cr.pages, to)
			}
		}
	}
	require.Len(t, cr.pages, 4)
	steps := make(chan struct{}, stressWorkers)
	var wg sync.WaitGroup
	for id := range stressWorkers {
		wg.Go(func() { cr.work(t, id, steps) })
	}
	go func() { wg.Wait(); close(steps) }()
	var states [][]byte
	late := time.After(2 * time.Minute)
	for n, busy := 0, true; busy; n++ {
		if n%12 == 0 {
			states = append(states, saved(t, sb))
		}
		select {
		case _, busy = <-steps:
		case <-late:
			t.Fatal("the sandbox hangs")
		}
	}
	var end sync.WaitGroup
	for _, f := range []func(){sb.Close, sb.ClearFaults, func() { sb.Advance(48 * time.Hour) }, func() { states = append(states, saved(t, sb)) }} {
		end.Go(f)
	}
	end.Wait()
	states = append(states, saved(t, sb))
	for i := 0; i < len(states); i += max(1, len(states)/5) {
		checkState(t, states[i])
	}
	checkState(t, states[len(states)-1])
}

// quietly makes a request of which a fault may leave nothing.
func quietly(f func()) {
	defer func() {
		bug := recover()
		if err, ok := bug.(error); bug != nil && (!ok || !errors.Is(err, http.ErrAbortHandler)) {
			panic(bug)
		}
	}()
	f()
}

func (cr crowd) work(t *testing.T, id int, steps chan<- struct{}) {
	draw := rand.New(rand.NewPCG(uint64(id), 7))
	all, sb := examples(), cr.sb
	for n := range 15 {
		key := withKey(fmt.Sprintf("w%d-%d", id, draw.IntN(30)))
		if n%3 == 0 {
			key = withKey(fmt.Sprintf("shared-%d", draw.IntN(60)))
		}
		for range 3 {
			e := all[draw.IntN(len(all))]
			quietly(func() { cr.do(t, e[0], cr.names.Replace(e[1]), cr.names.Replace(e[2]), key) })
		}
		quietly(func() {
			cr.post(t, "/payments/3066177001_0/capture", `{"amount":1}`, withKey(fmt.Sprintf("c%d-%d", id, n)))
		})
		page := cr.pages[draw.IntN(len(cr.pages))]
		cr.browse(page, nil)
		cr.browse(page, cardForm(goodNumber))
		cr.method(t, draw, id, n)
		if n%5 == 4 {
			sb.Advance(time.Duration(draw.IntN(1000)) * time.Millisecond)
		}
		steps <- struct{}{}
	}
}

// method calls some of the methods of the sandbox.
func (cr crowd) method(t *testing.T, draw *rand.Rand, id, n int) {
	sb, names := cr.sb, cr.names.Replace
	switch draw.IntN(16) {
	case 0:
		_, _ = sb.PayCheckout(names("{checkout}"), cardOf(declinedNumber))
	case 1:
		_, _ = sb.CancelCheckout(names("{checkout}"))
	case 2:
		_, _ = sb.PayPaymentLink(names("{link}"), cardOf(goodNumber))
	case 3:
		_, _ = sb.EnterCard(names("{tokenization}"), cardOf(goodNumber), true)
		_ = sb.PickToken(names("{tokenization}"), names("{token}"))
	case 4:
		_, _ = sb.PassRedirect("3066177004_0", n%2 == 0)
		_, _ = sb.SignMandate(names("{mandate}"))
	case 5:
		_, _ = sb.Portal("3066177001_0", sandbox.Capture, 1)
		_, _ = sb.Portal("3066177002_0", sandbox.Refund, 1)
	case 6:
		_, err := sb.AddFault(sandbox.Fault{Kind: sandbox.Any, Times: 2, Delay: time.Millisecond})
		require.NoError(t, err)
	case 7:
		sb.ClearFaults()
		sb.Faults()
	case 8:
		require.NoError(t, sb.SetBehaviour(sb.Behaviour()))
	case 9:
		for b := range sb.Ledger() {
			checkBook(t, b)
		}
	case 10:
		sb.SeedPayments(2)
		cr.seed(t, fmt.Sprintf(`{"id":"%d_0","amount":1000,"currency":"EUR"}`, 7_000_000_000+id*1000+n))
	case 11:
		for _, d := range sb.WebhookDeliveries() {
			_ = sb.ResendWebhook(d.ID)
			break
		}
	case 12:
		sb.HoldWebhooks()
		sb.ReleaseWebhooks(n%2 == 0)
	case 13:
		for _, path := range []string{"/?totals=1&q=order", "/payments/3066177001_0", "/checkouts", "/links", "/payouts", "/webhooks", "/faults"} {
			require.Equal(t, 200, cr.browse(path, nil).status, path)
		}
	case 14:
		r := httptest.NewRequest(http.MethodPost, "/_sandbox/v1/portal", strings.NewReader(`{"payment":"3066177001_0","kind":"cancel","amount":1}`))
		r.Header.Set("X-Sandbox-Control", "1")
		sb.ServeHTTP(httptest.NewRecorder(), r)
	case 15:
		sb.Payouts()
		sb.Requests()
		sb.StateChanged()
	}
}

// checkState loads a state and compares what its keys replay with what was done.
func checkState(t *testing.T, state []byte) {
	t.Helper()
	sb, err := sandbox.New(worldConfig())
	require.NoError(t, err)
	defer sb.Close()
	require.NoError(t, sb.LoadState(bytes.NewReader(state)))
	operations, byKey := map[string]bool{}, map[string]string{}
	for b := range sb.Ledger() {
		checkBook(t, b)
		operations[b.Payment] = true
		for _, m := range b.Movements {
			operations[m.Operation] = true
			if m.Key != "" {
				byKey[m.Key] = m.Operation
			}
		}
	}
	for _, p := range sb.Payouts() {
		operations[p.ID] = true
		byKey[p.Key] = p.ID
	}
	kept := map[string]bool{"": true}
	for line := range bytes.Lines(state) {
		var l struct {
			Kind, ID string
			Of       json.RawMessage
		}
		require.NoError(t, json.Unmarshal(line, &l))
		if l.Kind != "key" {
			continue
		}
		var of struct {
			Status int
			Body   []byte
		}
		require.NoError(t, json.Unmarshal(l.Of, &of))
		kept[l.ID] = true
		made := answer{raw: of.Body}
		for _, at := range []string{"id", "payment.id"} {
			if id := made.text(at); of.Status < 300 && id != "" {
				require.True(t, operations[id], "key %s replays %s, which is not there", l.ID, id)
			}
		}
	}
	for key, operation := range byKey {
		require.True(t, kept[key], "%s was made under key %s, which is not kept", operation, key)
	}
}
