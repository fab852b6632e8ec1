package sandbox_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sandbox/sandboxtest"
)

// A model is what a payment on which everything settles at once is worth.
type model struct {
	authorized, captured, cancelled, refunded int64
	closed                                    bool
	replays                                   map[string]answer
	operations                                int
}

func (m *model) left() int64 {
	if m.closed {
		return 0
	}
	return m.authorized - m.captured - m.cancelled
}

// TestRandomPayments makes random calls, keyed and repeated, and compares every
// answer with the model and the ledger with its sums.
func TestRandomPayments(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := sandbox.DefaultBehaviour()
		b.MagicAmounts = false
		b.KeyWindow = 365 * 24 * time.Hour
		b.SettleAfter = time.Duration(rapid.IntRange(0, 1).Draw(t, "delayed")) * time.Hour
		sb, err := sandbox.New(sandbox.Config{MerchantID: merchantID, APIKeyID: keyID, APISecret: secret, Behaviour: &b})
		require.NoError(t, err)
		c := direct(sb)
		sb.SeedPayments(1)
		const path = "/payments/3000000001_0"
		m := model{authorized: 1000, replays: map[string]answer{}, operations: 1}
		t.Repeat(map[string]func(*rapid.T){
			"capture": func(t *rapid.T) {
				amount, text, final := drawCall(t, "amount", m.left())
				ok := amount >= 1 && amount <= m.left()
				if m.call(t, c, path+"/capture", text, ok) {
					m.captured += amount
					m.closed = m.closed || final
				}
			},
			"cancel": func(t *rapid.T) {
				amount, text, final := drawCall(t, "amountOfMoney", m.left())
				ok := amount >= 1 && amount <= m.left()
				if m.call(t, c, path+"/cancel", text, ok) {
					m.cancelled += amount
					m.closed = m.closed || final
				}
			},
			"refund": func(t *rapid.T) {
				open := m.captured - m.refunded
				if m.left() > 0 {
					open = 0 // not while more could be captured
				}
				amount, text, _ := drawCall(t, "amountOfMoney", open)
				if m.call(t, c, path+"/refund", text, amount >= 1 && amount <= open) {
					m.refunded += amount
				}
			},
			"replay": func(t *rapid.T) {
				if len(m.replays) == 0 {
					t.Skip("nothing to repeat")
				}
				name := rapid.SampledFrom(sorted(m.replays)).Draw(t, "key")
				a := c.post(t, path+"/capture", `{"amount":1}`, withKey(name))
				require.Equal(t, string(m.replays[name].raw), string(a.raw))
				require.Equal(t, m.replays[name].status, a.status)
			},
			"restart": func(t *rapid.T) {
				state := saved(t, sb)
				sb, err = sandbox.New(sandbox.Config{MerchantID: merchantID, APIKeyID: keyID, APISecret: secret})
				require.NoError(t, err)
				require.NoError(t, sb.LoadState(bytes.NewReader(state)))
				c = direct(sb)
			},
			"": func(t *rapid.T) {
				sb.Advance(b.SettleAfter)
				m.check(t, c, path)
			},
		})
	})
}

// drawCall draws a request: everything that is left, or an amount around it.
func drawCall(t *rapid.T, member string, left int64) (amount int64, text string, final bool) {
	final = rapid.IntRange(0, 9).Draw(t, "final") == 0
	end := `"isFinal":` + map[bool]string{true: "true", false: "false"}[final] + "}"
	if rapid.IntRange(0, 9).Draw(t, "everything") == 0 {
		return left, "{" + end, final
	}
	amount = rapid.Int64Range(0, left/2+2).Draw(t, "amount")
	if member == "amount" {
		return amount, `{"amount":` + itoa(amount) + "," + end, final
	}
	return amount, `{"amountOfMoney":{"amount":` + itoa(amount) + `,"currencyCode":"EUR"},` + end, final
}

// call makes a call with a new key and says whether it was accepted, which must
// be as the model has it.
func (m *model) call(t *rapid.T, c client, path, text string, ok bool) bool {
	name := "key-" + itoa(len(m.replays))
	a := c.post(t, path, text, withKey(name))
	require.Equal(t, ok, a.status < 300, "%s %s: %s", path, text, a.raw)
	m.replays[name] = a
	if ok {
		m.operations++
	}
	return ok
}

func (m *model) check(t *rapid.T, c client, path string) {
	book := c.book(t, path)
	checkBook(t, book)
	require.Equal(t, m.captured, book.Sum(sandbox.Capture))
	require.Equal(t, m.cancelled, book.Sum(sandbox.Cancel))
	require.Equal(t, m.refunded, book.Sum(sandbox.Refund))
	var details struct {
		StatusOutput struct{ IsCancellable, IsRefundable bool }
		Operations   []struct {
			AmountOfMoney struct{ Amount int64 }
			StatusOutput  struct{ StatusCode int }
		}
	}
	require.NoError(t, json.Unmarshal(c.get(t, path+"/details").raw, &details))
	sums := map[int]int64{5: 0, 9: 0, 6: 0, 8: 0}
	for _, o := range details.Operations {
		sums[o.StatusOutput.StatusCode] += o.AmountOfMoney.Amount
	}
	require.Len(t, details.Operations, m.operations)
	require.Equal(t, map[int]int64{5: m.authorized, 9: m.captured, 6: m.cancelled, 8: m.refunded}, sums)
	require.Equal(t, m.left() > 0, details.StatusOutput.IsCancellable)
	require.Equal(t, m.left() == 0 && m.captured > m.refunded, details.StatusOutput.IsRefundable)
}

func sorted(m map[string]answer) []string {
	names := make([]string, 0, len(m))
	for i := range len(m) {
		names = append(names, "key-"+itoa(i))
	}
	return names
}

// Settled or refused later, counted in parallel: many payments, no lock in common.
func TestManyPaymentsAtOnce(t *testing.T) {
	t.Parallel()
	c := direct(sandboxtest.New(t, sandbox.Config{}))
	c.sb.SeedPayments(50)
	done := make(chan bool)
	for range 8 {
		go func() {
			defer func() { done <- true }()
			for i := range 50 {
				path := "/payments/" + itoa(3_000_000_001+i) + "_0"
				for _, call := range []string{"/capture", "/refund", "/cancel"} {
					_, _ = c.send(c.request("POST", path+call, `{}`))
				}
				_, _ = c.send(c.request("GET", path+"/details", ""))
			}
		}()
	}
	for range 8 {
		<-done
	}
	for b := range c.sb.Ledger() {
		checkBook(t, b)
		require.Equal(t, 1, b.Count(sandbox.Capture)+b.Count(sandbox.Cancel))
		require.LessOrEqual(t, b.Count(sandbox.Refund), 1)
	}
	require.Equal(t, int64(400), c.sb.Requests()["capturePayment"])
}
