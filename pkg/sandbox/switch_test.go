package sandbox_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
)

// TestEverySwitchIsReadAndWritten sets every field of a Behaviour to something
// else and takes it through its form in JSON.
func TestEverySwitchIsReadAndWritten(t *testing.T) {
	t.Parallel()
	var want sandbox.Behaviour
	fields := reflect.ValueOf(&want).Elem()
	for i := range fields.NumField() {
		switch f := fields.Field(i); f.Kind() {
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Int, reflect.Int64:
			f.SetInt(int64(i+1) * int64(time.Second))
		case reflect.Float64:
			f.SetFloat(0.5)
		case reflect.String:
			f.SetString("text " + itoa(i))
		default:
			t.Errorf("%s is of a kind that this test does not know", fields.Type().Field(i).Name)
		}
	}
	text, err := json.Marshal(want)
	require.NoError(t, err)
	var got sandbox.Behaviour
	require.NoError(t, json.Unmarshal(text, &got))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("behaviour (-want +got):\n%s\n%s", diff, text)
	}
	for i := range fields.NumField() {
		if _, ok := fields.Field(i).Interface().(time.Duration); ok {
			name := fields.Type().Field(i).Tag.Get("json")
			require.Contains(t, string(text), `"`+name+`":"`, "durations are text")
		}
	}
}

func TestNewSwitchesAreChecked(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*sandbox.Behaviour){
		`behaviour expiredAuthorization: "" is none of ["released" "refused"]`:        func(b *sandbox.Behaviour) { b.ExpiredAuthorization = "" },
		`behaviour partialCapture: "x" is none of ["authorized" "captured"]`:          func(b *sandbox.Behaviour) { b.PartialCapture = "x" },
		`behaviour refusedPaymentStatus: "400" is none of ["201" "402"]`:              func(b *sandbox.Behaviour) { b.RefusedPaymentStatus = 400 },
		`behaviour encryptedInput: "x" is none of ["refuse" "accept"]`:                func(b *sandbox.Behaviour) { b.EncryptedInput = "x" },
		`behaviour restartedBatchStatus: "500" is none of ["202" "400" "409"]`:        func(b *sandbox.Behaviour) { b.RestartedBatchStatus = 500 },
		`behaviour preAuthorizationLife: -1ns is not between 0 and ten years`:         func(b *sandbox.Behaviour) { b.PreAuthorizationLife = -1 },
		`behaviour finalAuthorizationLife: 87600h0m1s is not between 0 and ten years`: func(b *sandbox.Behaviour) { b.FinalAuthorizationLife = 87600*time.Hour + time.Second },
		`behaviour referenceLimit: -1 is not between 0 and 1000000`:                   func(b *sandbox.Behaviour) { b.ReferenceLimit = -1 },
		`behaviour rateLimit: 1000001 is not between 0 and 1000000`:                   func(b *sandbox.Behaviour) { b.RateLimit = 1_000_001 },
	} {
		b := sandbox.DefaultBehaviour()
		change(&b)
		require.EqualError(t, b.Validate(), want)
	}
}

func TestCodeOfAPartlyCapturedPayment(t *testing.T) {
	t.Parallel()
	for code, want := range map[string][3]int{"authorized": {5, 5, 9}, "captured": {91, 9, 9}} {
		c := start(t, func(b *sandbox.Behaviour) { b.PartialCapture, b.SettleAfter = code, time.Hour })
		path := c.payment(t, 800)
		require.Equal(t, 5, c.shown(t, path).StatusOutput.StatusCode)
		c.post(t, path+"/capture", `{"amount":300}`)
		for i, wait := range []time.Duration{0, time.Hour} {
			c.sb.Advance(wait)
			s := c.shown(t, path)
			require.Equal(t, want[i], s.StatusOutput.StatusCode, code)
			require.Equal(t, [3]int64{500, 500, 0}, s.open(), code)
		}
		require.Equal(t, 200, c.post(t, path+"/cancel", "").status)
		c.sb.Advance(time.Hour)
		s := c.shown(t, path)
		require.Equal(t, want[2], s.StatusOutput.StatusCode, code)
		require.Equal(t, [3]int64{0, 0, 300}, s.open(), code)
	}
}

func TestReferencesMayBeCut(t *testing.T) {
	t.Parallel()
	c := start(t, func(b *sandbox.Behaviour) { b.ReferenceLimit = 7 })
	path := c.payment(t, 800)
	a := c.post(t, path+"/capture", `{"amount":300,"operationReferences":{"merchantReference":"größe-17","operationGroupReference":"group-long"}}`)
	require.Equal(t, "größe-1", a.text("captureOutput.operationReferences.merchantReference"))
	c.post(t, path+"/capture", `{"amount":300,"operationReferences":{"merchantReference":"größe-1"}}`)
	details := c.get(t, path+"/details")
	require.Equal(t, "order-1", details.text("paymentOutput.references.merchantReference"))
	for at, want := range map[string]string{
		"Operations.1.operationReferences.merchantReference":       "größe-1",
		"Operations.1.operationReferences.operationGroupReference": "group-long",
		"Operations.2.operationReferences.merchantReference":       "größe-1",
	} {
		require.Equal(t, want, details.text(at), at)
	}
	require.Equal(t, "größe-17", c.book(t, path).Movements[1].Reference)
}

func TestEncryptedInput(t *testing.T) {
	t.Parallel()
	calls := map[string][2]string{
		"/tokens":   {`{"encryptedCustomerInput":"x"}`, "encryptedCustomerInput"},
		"/payments": {createBody(700, `"encryptedCustomerInput":"x"`), "encryptedCustomerInput"},
		"/services/dccrate": {
			`{"cardSource":{"encryptedCustomerInput":"x"},"transaction":{"amount":{"amount":100,"currencyCode":"EUR"}}}`,
			"cardSource.encryptedCustomerInput",
		},
	}
	for path, call := range calls {
		a := start(t).post(t, path, call[0])
		require.Equal(t, 400, a.status, path)
		require.Equal(t, call[1]+" INVALID_VALUE", a.text("errors.0.propertyName")+" "+a.text("errors.0.id"), path)
	}
	c := start(t, func(b *sandbox.Behaviour) { b.EncryptedInput = sandbox.EncryptedAccepted })
	for path, call := range calls {
		require.Less(t, c.post(t, path, call[0]).status, 300, path)
	}
	token := c.post(t, "/tokens", calls["/tokens"][0])
	require.Equal(t, "************4675", token.text("card.cardNumber"))
	paid := c.post(t, "/payments", createBody(700, `"cardPaymentMethodSpecificInput":{"authorizationMode":"SALE","tokenize":true},"encryptedCustomerInput":"x"`))
	require.Equal(t, 9, paid.at("payment.statusOutput.statusCode"))
	require.Equal(t, token.text("token"), paid.text("creationOutput.token"))
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := start(t, func(b *sandbox.Behaviour) { b.RateLimit = 2 })
		path := c.payment(t, 800)
		for range 2 {
			for range 2 {
				require.Equal(t, 200, c.get(t, path).status)
			}
			for range 3 {
				limited := c.post(t, path+"/capture", `{"amount":100}`, withKey("k"))
				require.Equal(t, http.StatusTooManyRequests, limited.status)
				require.Equal(t, "1", limited.header.Get("Retry-After"))
				require.Equal(t, "TOO_MANY_REQUESTS", limited.text("errors.0.id"))
				require.Equal(t, true, limited.at("errors.0.retriable"))
			}
			c.sb.Advance(time.Second)
		}
		require.Equal(t, 201, c.post(t, path+"/capture", `{"amount":100}`, withKey("k")).status, "the key was not used up")
		require.Equal(t, 201, c.post(t, path+"/capture", `{"amount":100}`, withKey("k")).status)
		require.Equal(t, int64(100), c.book(t, path).Sum(sandbox.Capture))
	})
}

func TestABatchThatIsStartedAgain(t *testing.T) {
	t.Parallel()
	for _, status := range []int{202, 400, 409} {
		c := start(t, func(b *sandbox.Behaviour) { b.RestartedBatchStatus = status })
		path := c.payment(t, 800)
		c.runBatch(t, "b", "CapturePayment", "capturePayments", item(path, "capture", `{"amount":100}`))
		again := c.post(t, "/merchant-batches/b/process", "")
		require.Equal(t, status, again.status)
		require.Equal(t, status == 202, len(again.raw) == 0)
		require.Equal(t, "9", c.codes(t, path), "nothing ran twice")
	}
}

// Bad items of a batch do not stop the others, whatever they make.
func TestBatchesRunPastBadItems(t *testing.T) {
	t.Parallel()
	c := start(t)
	path := c.payment(t, 800)
	c.post(t, path+"/capture", "")
	link := `{"order":{"amountOfMoney":{"amount":123,"currencyCode":"EUR"}}}`
	c.runBatch(t, "links", "CreatePaymentLink", "createPaymentLinks", `{}`, link, `{"order":{"amountOfMoney":{"amount":1,"currencyCode":"eur"}}}`, link)
	c.runBatch(t, "payouts", "CreatePayout", "createPayouts", `{}`, payoutTo(declinedNumber), payoutTo(goodNumber))
	c.runBatch(t, "later", "SubsequentPayment", "subsequentPayments",
		item("/payments/9999999999_0", "subsequent", subsequentBody(5)), item(path, "subsequent", `{}`), item(path, "subsequent", subsequentBody(77)))
	for _, name := range []string{"links", "payouts", "later"} {
		require.Equal(t, "Processed", c.get(t, "/merchant-batches/"+name).text("status"))
	}
	require.Equal(t, 2, sandbox.LinksOf(c.sb))
	require.Len(t, c.sb.Payouts(), 2, "the refused one and the good one")
	var amounts []string
	for b := range c.sb.Ledger() {
		amounts = append(amounts, itoa(b.Authorized))
	}
	require.Equal(t, "77 800", strings.Join(amounts, " "))
}
