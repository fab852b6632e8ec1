package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// codes lists the codes of Operations after entry _0.
func (c client) codes(t *testing.T, path string) string {
	t.Helper()
	a := c.get(t, path+"/details")
	var all []string
	for i := 1; a.at("Operations."+itoa(i)) != nil; i++ {
		all = append(all, itoa(a.at("Operations."+itoa(i)+".statusOutput.statusCode").(int)))
	}
	return strings.Join(all, " ")
}

func TestSettlementFollowsTheClock(t *testing.T) {
	t.Parallel()
	c := start(t, func(b *sandbox.Behaviour) { b.SettleAfter = time.Hour })
	path := c.payment(t, 800)
	require.Equal(t, 91, c.post(t, path+"/capture", `{"amount":500}`).at("statusOutput.statusCode"))
	require.Equal(t, "91", c.codes(t, path))
	c.sb.Advance(59 * time.Minute)
	require.Equal(t, "91", c.codes(t, path))
	c.post(t, path+"/cancel", "")
	require.Equal(t, 400, c.post(t, path+"/refund", "").status, "nothing is captured yet")
	c.sb.Advance(time.Minute)
	require.Equal(t, "9 61", c.codes(t, path))
	require.Equal(t, 81, c.post(t, path+"/refund", "").at("statusOutput.statusCode"))
	c.sb.Advance(time.Hour)
	require.Equal(t, "9 6 8", c.codes(t, path))

	book := c.book(t, path)
	var events []string
	for _, m := range book.Movements {
		events = append(events, m.Operation[len(m.Operation)-1:]+" "+m.Kind.String()+" "+m.Event.String()+" "+m.From.String()+">"+m.To.String())
	}
	if diff := cmp.Diff([]string{
		"0 authorization settled issuer>open",
		"1 capture requested open>captureRequested",
		"2 cancel requested open>cancelRequested",
		"1 capture settled captureRequested>captured",
		"3 refund requested captured>refundRequested",
		"2 cancel settled cancelRequested>cancelled",
		"3 refund settled refundRequested>refunded",
	}, events); diff != "" {
		t.Errorf("movements (-want +got):\n%s", diff)
	}
	require.Equal(t, time.Hour, book.Movements[3].Time.Sub(book.Movements[1].Time), "it settled when it was due, not when it was read")
}

func TestTheAnswerMayBeSettled(t *testing.T) {
	t.Parallel()
	c := start(t, func(b *sandbox.Behaviour) { b.AnswerSettled = true })
	path := c.payment(t, 800)
	require.Equal(t, 9, c.post(t, path+"/capture", `{"amount":500}`).at("statusOutput.statusCode"))
	require.Equal(t, 6, c.post(t, path+"/cancel", "").at("payment.statusOutput.statusCode"))
	require.Equal(t, 8, c.post(t, path+"/refund", "").at("statusOutput.statusCode"))
}

func TestMagicAmounts(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		uncertain string
		steps     string
		during    string
		after     string
		status    string // of the payment afterwards
	}{
		"capture refused":       {"stay", "capture 1309", "91", "93", "5 yes yes no"},
		"cancel refused":        {"stay", "cancel 1306", "61", "63", "5 yes yes no"},
		"refund refused":        {"stay", "capture; refund 1303", "9 81", "9 83", "9 no no yes"},
		"capture uncertain":     {"stay", "capture 1209", "92", "92", "5 yes yes no"},
		"cancel uncertain":      {"stay", "cancel 1206", "62", "62", "5 yes yes no"},
		"refund uncertain":      {"stay", "capture; refund 1203", "9 82", "9 82", "9 no no yes"},
		"uncertain, settles":    {"settle", "capture 1209", "92", "9", "5 yes yes no"},
		"uncertain, is refused": {"refuse", "capture 1209", "92", "93", "5 yes yes no"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, func(b *sandbox.Behaviour) { b.SettleAfter, b.Uncertain = time.Minute, tt.uncertain })
			path := c.payment(t, 5000)
			for step := range strings.SplitSeq(tt.steps, "; ") {
				c.sb.Advance(time.Minute)
				call, text := body(step)
				require.Less(t, c.post(t, path+"/"+call, text).status, 300)
			}
			require.Equal(t, tt.during, c.codes(t, path))
			c.sb.Advance(time.Minute)
			require.Equal(t, tt.after, c.codes(t, path))
			require.Equal(t, tt.status, strings.Join(strings.Fields(describe(c.get(t, path+"/details")))[:4], " "))
		})
	}
}

func TestMagicAmountsCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	c := start(t, func(b *sandbox.Behaviour) { b.MagicAmounts = false })
	path := c.payment(t, 5000)
	c.post(t, path+"/capture", `{"amount":1309}`)
	require.Equal(t, "9", c.codes(t, path))
}

func TestARefusedCaptureMayBeTriedAgain(t *testing.T) {
	t.Parallel()
	c := start(t)
	path := c.payment(t, 1309)
	require.Equal(t, 201, c.post(t, path+"/capture", "").status)
	require.Equal(t, "93", c.codes(t, path))
	require.Equal(t, 201, c.post(t, path+"/capture", `{"amount":1308}`).status)
	require.Equal(t, "93 9", c.codes(t, path))
	book := c.book(t, path)
	require.Equal(t, 1, book.Count(sandbox.Capture))
	require.Equal(t, int64(1308), book.Sum(sandbox.Capture))
}

// The rest by its amount leaves the payment open when an earlier capture is
// refused; the rest without an amount, the last word, does not.
func TestWhatARefusedCaptureLeavesOpen(t *testing.T) {
	t.Parallel()
	for rest, want := range map[string]struct{ capture, cancel int }{
		`{"amount":691}`: {201, 200}, `{}`: {400, 400}, `{"amount":691,"isFinal":true}`: {400, 400},
	} {
		c := start(t, func(b *sandbox.Behaviour) { b.SettleAfter = time.Minute })
		path := c.payment(t, 2000)
		c.post(t, path+"/capture", `{"amount":1309}`)
		require.Equal(t, 201, c.post(t, path+"/capture", rest).status)
		c.sb.Advance(time.Minute)
		require.Equal(t, "93 9", c.codes(t, path))
		require.Equal(t, want.capture, c.post(t, path+"/capture", `{"amount":1308}`).status, rest)
		require.Equal(t, want.cancel, c.post(t, path+"/cancel", `{}`).status, rest)
	}
}

func TestNoRefundOfAnUncertainCapture(t *testing.T) {
	t.Parallel()
	c := start(t, func(b *sandbox.Behaviour) { b.RefundWhileCaptureRequested = true })
	path := c.payment(t, 1209)
	require.Equal(t, 92, c.post(t, path+"/capture", "").at("statusOutput.statusCode"))
	require.Equal(t, 400, c.post(t, path+"/refund", "").status)
}

// A refund that was taken while its capture was only requested goes with it.
func TestARefundSharesTheFateOfItsCapture(t *testing.T) {
	t.Parallel()
	for amount, want := range map[int]string{1309: "93 83", 1310: "9 8"} {
		c := start(t, func(b *sandbox.Behaviour) {
			b.RefundWhileCaptureRequested, b.SettleAfter = true, time.Minute
		})
		path := c.payment(t, amount)
		c.post(t, path+"/capture", "")
		require.Equal(t, 201, c.post(t, path+"/refund", "").status)
		require.Equal(t, "91 81", c.codes(t, path))
		require.NoError(t, c.sb.SetBehaviour(c.sb.Behaviour()))
		c.sb.Advance(time.Minute)
		require.Equal(t, want, c.codes(t, path))
	}
}

// A refund that is due before its capture waits for it.
func TestARefundWaitsForItsCapture(t *testing.T) {
	t.Parallel()
	c := start(t, func(b *sandbox.Behaviour) { b.RefundWhileCaptureRequested, b.SettleAfter = true, time.Hour })
	path := c.payment(t, 800)
	c.post(t, path+"/capture", "")
	b := c.sb.Behaviour()
	b.SettleAfter, b.AnswerSettled = 0, true
	require.NoError(t, c.sb.SetBehaviour(b))
	require.Equal(t, 81, c.post(t, path+"/refund", "").at("statusOutput.statusCode"))
	require.Equal(t, "91 81", c.codes(t, path))
	c.sb.Advance(time.Hour)
	require.Equal(t, "9 8", c.codes(t, path))
}

func TestReadLag(t *testing.T) {
	t.Parallel()
	c := start(t, func(b *sandbox.Behaviour) { b.ReadLag = time.Minute })
	path := c.payment(t, 800)
	c.sb.Advance(time.Hour)
	c.post(t, path+"/capture", `{"amount":100}`)
	require.Empty(t, c.codes(t, path))
	require.Equal(t, `{"captures":[]}`, string(c.get(t, path+"/captures").raw))
	require.Equal(t, 201, c.post(t, path+"/capture", `{"amount":700}`).status)
	require.Equal(t, 400, c.post(t, path+"/capture", `{"amount":1}`).status, "calls that move money see the present")
	c.sb.Advance(2 * time.Minute)
	require.Equal(t, "9 9", c.codes(t, path))
}
