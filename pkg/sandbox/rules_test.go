package sandbox_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

func itoa[T int | int64](n T) string { return strconv.FormatInt(int64(n), 10) }

// body is the request of a step such as "capture 300 final".
func body(step string) (call, text string) {
	words := strings.Fields(step)
	final := ""
	if words[len(words)-1] == "final" {
		final, words = `"isFinal":true`, words[:len(words)-1]
	}
	if len(words) == 1 {
		return words[0], "{" + final + "}"
	}
	amount := `"amount":` + words[1]
	if words[0] != "capture" {
		amount = `"amountOfMoney":{"amount":` + words[1] + `,"currencyCode":"EUR"}`
	}
	if final != "" {
		final = "," + final
	}
	return words[0], "{" + amount + final + "}"
}

const defaultWindow = 24 * time.Hour

const refusal = "ACTION_NOT_ALLOWED_ON_TRANSACTION"

// TestRules walks through everything that is proven on the platform, on an
// authorisation of 800. A step ends in the status that it is answered with.
func TestRules(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string]string{
		"1 capture without fields":          "capture 201",
		"2 two captures":                    "capture 300 201; capture 500 final 201",
		"3 capture more than is left":       "capture 500 201; capture 400 400",
		"4 capture after full capture":      "capture 201; capture 400; capture 1 400",
		"5 capture after cancel":            "cancel 200; capture 100 400",
		"5 capture after refund":            "capture 201; refund 201; capture 100 400",
		"6 partial cancel, final capture":   "cancel 600 200; capture 200 final 201",
		"7 two cancels":                     "cancel 300 200; cancel 500 final 200",
		"8 cancel more than is left":        "cancel 300 200; cancel 600 400",
		"9 cancel more than the rest":       "capture 300 201; cancel 600 400; cancel 500 200",
		"10 cancel after full capture":      "capture 201; cancel 400; cancel 100 400",
		"10 cancel after refund":            "capture 201; refund 300 201; cancel 400",
		"10 cancel after full cancel":       "cancel 200; cancel 400",
		"11 refund without capture":         "refund 100 400; refund 400",
		"11 refund after cancel":            "cancel 200; refund 100 400",
		"12 two refunds":                    "capture 201; refund 300 201; refund 400 201",
		"13 refund more than captured":      "capture 400 final 201; refund 600 400",
		"14 refund after full refund":       "capture 201; refund 201; refund 400; refund 1 400",
		"a final capture closes the rest":   "capture 100 final 201; capture 100 400; cancel 100 400",
		"a final cancel closes the rest":    "cancel 100 final 200; capture 100 400; cancel 100 400",
		"no refund while more may come":     "capture 300 201; refund 100 400; capture 500 201; refund 100 201",
		"refund everything in three parts":  "capture 201; refund 300 201; refund 300 201; refund 201 400; refund 200 201; refund 1 400",
		"the exact rest may be captured":    "capture 799 201; capture 2 400; capture 1 201",
		"a refused call changes nothing":    "capture 801 400; capture 800 201",
		"everything left after two cancels": "cancel 100 200; cancel 100 200; capture 601 400; capture 201; refund 601 400; refund 600 201",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t)
			path := c.payment(t, 800)
			for step := range strings.SplitSeq(steps, "; ") {
				cut := strings.LastIndexByte(step, ' ')
				call, text := body(step[:cut])
				a := c.post(t, path+"/"+call, text)
				require.Equal(t, step[cut+1:], strconv.Itoa(a.status), "%s: %s", step, a.raw)
				if a.status == 400 {
					require.Equal(t, refusal, a.text("errors.0.message"))
					require.Nil(t, a.at("refundResult"))
					continue
				}
				require.NotContains(t, string(a.raw), "REJECTED")
			}
		})
	}
}

// Row 15 and 16 of the proven cases.
func TestUnknownPaymentAndLists(t *testing.T) {
	t.Parallel()
	c := start(t)
	path := c.payment(t, 800)
	for _, unknown := range []string{"/payments/9999999999_0", strings.Replace(path, "_0", "_1", 1), "/payments/abc", "/payments/x%2F..%2Fy"} {
		for _, call := range []string{"", "/details", "/captures", "/refunds"} {
			a := c.get(t, unknown+call)
			require.Equal(t, 404, a.status, "GET %s%s", unknown, call)
			require.Equal(t, "50001130 1002 UNKNOWN_PAYMENT_ID paymentId",
				a.text("errors.0.errorCode")+" "+a.text("errors.0.code")+" "+a.text("errors.0.id")+" "+a.text("errors.0.propertyName"))
		}
		for _, call := range []string{"/capture", "/refund", "/cancel"} {
			require.Equal(t, 404, c.post(t, unknown+call, "{}").status, "POST %s%s", unknown, call)
		}
	}
	require.Equal(t, `{"captures":[]}`, string(c.get(t, path+"/captures").raw))
	require.Equal(t, `{"refunds":[]}`, string(c.get(t, path+"/refunds").raw))
	c.post(t, path+"/capture", "{}")
	require.Equal(t, 9, c.get(t, path+"/captures").at("captures.0.statusOutput.statusCode"))
	c.post(t, path+"/refund", "{}")
	require.NotEmpty(t, c.get(t, path+"/refunds").text("refunds.0.id"))
}

func TestSpellingsOfAnID(t *testing.T) {
	t.Parallel()
	c := start(t)
	c.seed(
		t, `{"id":"3066177123","amount":800,"currency":"EUR"}`, `{"id":"9000000066177124000","amount":801,"currency":"EUR"}`,
		`{"id":"43066177123_0","amount":802,"currency":"EUR"}`,
	)
	for spelling, want := range map[string]string{
		"3066177123": "3066177123_0", "3066177123_0": "3066177123_0", "9000003066177123000": "3066177123_0",
		"0066177124": "0066177124_0", "43066177123": "43066177123_0", "9000043066177123000": "43066177123_0",
	} {
		require.Equal(t, want, c.get(t, "/payments/"+spelling).text("id"), spelling)
	}
	for _, wrong := range []string{"3066177123_00", "9000003066177123001", "03066177123_0", "306617712_0", "3066177123_", "8000003066177123000"} {
		require.Equal(t, 404, c.get(t, "/payments/"+wrong).status, wrong)
	}
}

// TestStatus reads a payment of 800 after steps: code, the three flags (- for
// absent), the acquired amount, and the operations.
func TestStatus(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		line, steps, want string
		change            func(*sandbox.Behaviour)
	}{
		"authorised":         {"", "", "5 yes yes no 800 | 5:800", nil},
		"partly captured":    {"", "capture 300", "5 yes yes no 800 | 5:800 9:300", nil},
		"captured in parts":  {"", "capture 300; capture 500", "9 no no yes 800 | 5:800 9:300 9:500", nil},
		"closed early":       {"", "capture 300 final", "9 no no yes 300 | 5:800 9:300", nil},
		"partly cancelled":   {"", "cancel 300", "5 yes yes no 500 | 5:800 6:300", nil},
		"cancelled":          {"", "cancel", "6 no no no 0 | 5:800 6:800", nil},
		"cancelled, capture": {"", "cancel 600; capture", "9 no no yes 200 | 5:800 6:600 9:200", nil},
		"partly refunded":    {"", "capture; refund 300", "9 no no yes 800 | 5:800 9:800 8:300", nil},
		"refunded":           {"", "capture; refund", "8 no no no 800 | 5:800 9:800 8:800", nil},
		"sale":               {`"mode":"SALE"`, "", "9 no no yes 800 | 9:800", nil},
		"sale refunded":      {`"mode":"SALE"`, "refund 800", "8 no no no 800 | 9:800 8:800", nil},
		"redirected":         {`"code":46`, "", "46 no no no 0 | 46:800", nil},
		"sale uncertain":     {`"code":92`, "", "92 - no no 800 | 92:800", nil},
		"sale refused":       {`"code":93`, "", "93 - - no 0 | 93:800", nil},
		"code 56":            {`"code":56`, "", "56 - yes no 800 | 56:800", nil},
		"unknown code":       {`"code":1234`, "", "1234 - - - 0 | 1234:800", nil},
		"refused capture":    {`"operations":[{"kind":"capture","amount":800,"code":93}]`, "", "5 yes yes no 800 | 5:800 93:800", nil},
		"refused refund":     {`"mode":"SALE","operations":[{"kind":"refund","amount":800,"code":83}]`, "", "9 no no yes 800 | 9:800 83:800", nil},
		"refused cancel":     {`"operations":[{"kind":"cancel","amount":800,"code":63}]`, "", "5 yes yes no 800 | 5:800 63:800", nil},
		"capture requested": {"", "capture", "91 - no no 800 | 5:800 91:800", func(b *sandbox.Behaviour) {
			b.SettleAfter = defaultWindow
		}},
		"part requested": {"", "capture 300", "5 yes yes no 800 | 5:800 91:300", func(b *sandbox.Behaviour) {
			b.SettleAfter = defaultWindow
		}},
		"cancel requested": {"", "cancel", "61 yes no no 0 | 5:800 61:800", func(b *sandbox.Behaviour) {
			b.SettleAfter = defaultWindow
		}},
		"refund requested": {`"mode":"SALE"`, "refund", "81 no no no 800 | 9:800 81:800", func(b *sandbox.Behaviour) {
			b.SettleAfter = defaultWindow
		}},
		"refund requested in part": {`"mode":"SALE"`, "refund 300", "9 no no yes 800 | 9:800 81:300", func(b *sandbox.Behaviour) {
			b.SettleAfter = defaultWindow
		}},
		"entry 0 moves": {"", "capture", "9 no no yes 800 | 9:800 9:800", func(b *sandbox.Behaviour) {
			b.AuthorizationMovesToCaptured = true
		}},
		"refunds on an open capture": {"", "capture 300; refund 100", "5 yes yes yes 800 | 5:800 9:300 8:100", func(b *sandbox.Behaviour) {
			b.RefundOnOpenCapture = true
		}},
		"refund of a requested capture": {"", "capture; refund 100", "91 - no yes 800 | 5:800 91:800 81:100", func(b *sandbox.Behaviour) {
			b.RefundWhileCaptureRequested, b.SettleAfter = true, defaultWindow
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var change []func(*sandbox.Behaviour)
			if tt.change != nil {
				change = append(change, tt.change)
			}
			c := start(t, change...)
			line := `{"id":"3066177123_0","amount":800,"currency":"EUR"`
			if tt.line != "" {
				line += "," + tt.line
			}
			c.seed(t, line+"}")
			for step := range strings.SplitSeq(tt.steps, "; ") {
				if step != "" {
					call, text := body(step)
					require.Less(t, c.post(t, "/payments/3066177123_0/"+call, text).status, 300)
				}
			}
			if diff := cmp.Diff(tt.want, describe(c.get(t, "/payments/3066177123_0/details"))); diff != "" {
				t.Errorf("details (-want +got):\n%s", diff)
			}
			short := describe(c.get(t, "/payments/3066177123_0"))
			require.Equal(t, strings.Split(tt.want, " |")[0], strings.Split(short, " |")[0])
		})
	}
}

func describe(a answer) string {
	flag := func(name string) string {
		switch a.at("statusOutput." + name) {
		case true:
			return "yes"
		case false:
			return "no"
		}
		return "-"
	}
	text := fmt.Sprint(a.at("statusOutput.statusCode"), " ", flag("isAuthorized"), " ", flag("isCancellable"), " ",
		flag("isRefundable"), " ", a.at("paymentOutput.acquiredAmount.amount"), " |")
	for i := 0; a.at("Operations."+itoa(i)) != nil; i++ {
		at := "Operations." + itoa(i)
		text += fmt.Sprint(" ", a.at(at+".statusOutput.statusCode"), ":", a.at(at+".amountOfMoney.amount"))
	}
	return text
}
