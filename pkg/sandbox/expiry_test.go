package sandbox_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

const day = 24 * time.Hour

// shown is what the formulas of the platform are worked out from.
type shown struct {
	StatusOutput struct {
		StatusCode                                int
		IsAuthorized, IsCancellable, IsRefundable bool
	}
	PaymentOutput struct{ AmountOfMoney, AcquiredAmount struct{ Amount int64 } }
	Operations    []struct {
		AmountOfMoney struct{ Amount int64 }
		StatusOutput  struct {
			StatusCode                  int
			IsAuthorized, IsCancellable bool
		}
	}
}

func (c client) shown(t require.TestingT, path string) (s shown) {
	require.NoError(t, json.Unmarshal(c.get(t, path+"/details").raw, &s))
	return s
}

// open are the amounts by the official formulas: capturable, cancellable and
// refundable.
func (s shown) open() (amounts [3]int64) {
	sums := map[int]int64{}
	for _, o := range s.Operations {
		sums[o.StatusOutput.StatusCode] += o.AmountOfMoney.Amount
	}
	captured := sums[9]
	rest := s.PaymentOutput.AmountOfMoney.Amount - captured - sums[91] - sums[92] - sums[6] - sums[61]
	if s.StatusOutput.IsAuthorized {
		amounts[0] = rest
	}
	if s.StatusOutput.IsCancellable {
		amounts[1] = rest
	}
	if s.StatusOutput.IsRefundable {
		amounts[2] = captured - sums[8] - sums[81] - sums[82]
	}
	return amounts
}

func TestAuthorizationsExpire(t *testing.T) {
	t.Parallel()
	const card = `"paymentProductId":1,"card":{"cardNumber":"4012000033330026","cvv":"123","expiryDate":"1299"}`
	for name, tt := range map[string]struct {
		mode string
		life time.Duration
	}{
		"final": {"FINAL_AUTHORIZATION", 7 * day}, "pre-authorisation": {"PRE_AUTHORIZATION", 30 * day}, "no mode": {"", 7 * day},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := start(t)
				mode := ""
				if tt.mode != "" {
					mode = `"authorizationMode":"` + tt.mode + `",`
				}
				a := c.post(t, "/payments", `{"order":{"amountOfMoney":{"amount":800,"currencyCode":"EUR"}},"cardPaymentMethodSpecificInput":{`+mode+card+`}}`)
				c.seed(t, `{"id":"7000000001_0","amount":800,"currency":"EUR","mode":"`+tt.mode+`"}`)
				paths := []string{"/payments/" + a.text("payment.id"), "/payments/7000000001_0"}
				c.sb.Advance(tt.life - 1)
				for _, path := range paths {
					s := c.shown(t, path)
					require.Equal(t, 5, s.StatusOutput.StatusCode)
					require.Equal(t, [3]int64{800, 800, 0}, s.open())
				}
				c.sb.Advance(1)
				for _, path := range paths {
					c.checkExpired(t, path, tt.life)
				}
			})
		})
	}
}

// checkExpired looks at a payment of 800 of which nothing was captured.
func (c client) checkExpired(t *testing.T, path string, life time.Duration) {
	t.Helper()
	s := c.shown(t, path)
	require.Equal(t, 6, s.StatusOutput.StatusCode)
	require.Equal(t, [3]int64{}, s.open())
	require.Zero(t, s.PaymentOutput.AcquiredAmount.Amount)
	require.Len(t, s.Operations, 1)
	require.Equal(t, 5, s.Operations[0].StatusOutput.StatusCode)
	require.False(t, s.Operations[0].StatusOutput.IsAuthorized || s.Operations[0].StatusOutput.IsCancellable)
	for _, call := range []string{"/capture", "/cancel", "/refund"} {
		late := c.post(t, path+call, "")
		require.Equal(t, 400, late.status)
		require.Equal(t, refusal, late.text("errors.0.id"))
	}
	c.sb.Advance(day)
	book := c.book(t, path)
	require.Equal(t, map[sandbox.Account]int64{sandbox.Issuer: -800, sandbox.Cancelled: 800}, nonZero(book.Balances))
	require.Equal(t, int64(800), book.Sum(sandbox.Authorization))
	require.Zero(t, book.Count(sandbox.Cancel))
	last := book.Movements[len(book.Movements)-1]
	require.Equal(t, sandbox.Expired, last.Event)
	require.Equal(t, life, last.Time.Sub(book.Movements[0].Time), "it ended when it was due, not when it was read")
	require.Equal(t, last.Time.Format("20060102150405"), c.get(t, path).text("statusOutput.statusCodeChangeDateTime"))
	checkBook(t, book)
}

func nonZero(all map[sandbox.Account]int64) map[sandbox.Account]int64 {
	left := map[sandbox.Account]int64{}
	for a, v := range all {
		if v != 0 {
			left[a] = v
		}
	}
	return left
}

// TestWhatIsOnItsWayOutlivesTheAuthorization takes steps long before the end of
// a pre-authorisation of 2000 and half an hour before it, and looks at the end
// and when all of it has settled.
func TestWhatIsOnItsWayOutlivesTheAuthorization(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		early, late   string
		during, after int // codes of the payment
		refundable    int64
		balances      map[sandbox.Account]int64
	}{
		"capture":         {"capture 500", "", 9, 9, 500, map[sandbox.Account]int64{sandbox.Captured: 500, sandbox.Cancelled: 1500}},
		"late capture":    {"", "capture 500", 91, 9, 500, map[sandbox.Account]int64{sandbox.Captured: 500, sandbox.Cancelled: 1500}},
		"late full":       {"", "capture", 91, 9, 2000, map[sandbox.Account]int64{sandbox.Captured: 2000}},
		"late refused":    {"", "capture 1309", 91, 6, 0, map[sandbox.Account]int64{sandbox.Cancelled: 2000}},
		"one refused":     {"", "capture 1309; capture 691", 91, 9, 691, map[sandbox.Account]int64{sandbox.Captured: 691, sandbox.Cancelled: 1309}},
		"late cancel":     {"", "cancel 500", 61, 6, 0, map[sandbox.Account]int64{sandbox.Cancelled: 2000}},
		"cancel refused":  {"", "cancel 1306", 61, 6, 0, map[sandbox.Account]int64{sandbox.Cancelled: 2000}},
		"cancel, capture": {"cancel 300", "capture 200", 91, 9, 200, map[sandbox.Account]int64{sandbox.Captured: 200, sandbox.Cancelled: 1800}},
		"refunded":        {"capture 700 final; refund 700", "", 8, 8, 0, map[sandbox.Account]int64{sandbox.Refunded: 700, sandbox.Cancelled: 1300}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := start(t, func(b *sandbox.Behaviour) { b.SettleAfter = time.Hour })
				path, left := c.payment(t, 2000), 30*day
				take := func(steps string, wait time.Duration) {
					for step := range strings.SplitSeq(steps, "; ") {
						if step != "" {
							call, text := body(step)
							require.Less(t, c.post(t, path+"/"+call, text).status, 300, step)
							c.sb.Advance(wait)
							left -= wait
						}
					}
				}
				take(tt.early, time.Hour)
				c.sb.Advance(left - 30*time.Minute)
				take(tt.late, 0)
				c.sb.Advance(30 * time.Minute)
				s := c.shown(t, path)
				require.Equal(t, tt.during, s.StatusOutput.StatusCode)
				capturable := s.open()
				require.Equal(t, []int64{0, 0}, capturable[:2])
				c.sb.Advance(30 * time.Minute)
				s = c.shown(t, path)
				require.Equal(t, tt.after, s.StatusOutput.StatusCode)
				require.Equal(t, [3]int64{0, 0, tt.refundable}, s.open())
				tt.balances[sandbox.Issuer] = -2000
				if diff := cmp.Diff(tt.balances, nonZero(c.book(t, path).Balances)); diff != "" {
					t.Errorf("balances (-want +got):\n%s", diff)
				}
				checkBook(t, c.book(t, path))
				require.Equal(t, 400, c.post(t, path+"/capture", `{"amount":1}`).status)
				require.Equal(t, 400, c.post(t, path+"/cancel", "").status)
				if tt.refundable > 0 {
					require.Equal(t, 201, c.post(t, path+"/refund", "").status)
				}
			})
		})
	}
}

// The end of an authorisation is no news of a payment that was closed before.
func TestAClosedPaymentDoesNotChangeAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := start(t)
		path := c.payment(t, 800)
		require.Equal(t, 201, c.post(t, path+"/capture", `{"amount":100,"isFinal":true}`).status)
		before := c.get(t, path+"/details")
		require.Equal(t, 9, before.at("statusOutput.statusCode"))
		c.sb.Advance(30 * day)
		after := c.get(t, path+"/details")
		for _, member := range []string{"status", "statusOutput", "paymentOutput"} {
			require.Equal(t, before.at(member), after.at(member), member)
		}
		require.Equal(t, int64(700), c.book(t, path).Balances[sandbox.Cancelled])
	})
}

// TestRandomPaymentsExpire makes random calls around the end of an
// authorisation: what the formulas say is what the ledger has and what the next
// call may take.
func TestRandomPaymentsExpire(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := sandbox.DefaultBehaviour()
		b.FinalAuthorizationLife = time.Duration(rapid.IntRange(1, 12).Draw(t, "life")) * time.Hour
		b.SettleAfter = time.Duration(rapid.IntRange(0, 5).Draw(t, "delay")) * time.Hour
		sb, err := sandbox.New(sandbox.Config{MerchantID: merchantID, APIKeyID: keyID, APISecret: secret, Behaviour: &b})
		require.NoError(t, err)
		c := direct(sb)
		c.sb.SeedPayments(1)
		const path = "/payments/3000000001_0"
		for range rapid.IntRange(1, 20).Draw(t, "calls") {
			s := c.shown(t, path)
			require.Equal(t, c.book(t, path).Balances[sandbox.Open] > 0, s.StatusOutput.IsCancellable)
			left := max(s.open()[0], s.open()[1])
			amount := rapid.Int64Range(1, 600).Draw(t, "amount")
			call, text := body(rapid.SampledFrom([]string{"capture ", "cancel "}).Draw(t, "call") + itoa(amount))
			require.Equal(t, amount <= left, c.post(t, path+"/"+call, text).status < 300, "%s of %d", text, left)
			c.sb.Advance(time.Duration(rapid.IntRange(0, 3).Draw(t, "hours")) * time.Hour)
			checkBook(t, c.book(t, path))
		}
		c.sb.Advance(20 * time.Hour)
		require.Zero(t, c.book(t, path).Balances[sandbox.Open])
	})
}
