package sdk_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/sdk/logging"
	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

// Logging: switched on and off while the client works, in the layout of the official
// SDKs. Card data, personal data, secrets and signatures are hidden.
func Example_logging() {
	client, _, stop := shop()
	defer stop()
	var text strings.Builder
	client.EnableLogging(logging.NewWriter(&text))
	_ = must(client.Merchant("PSPID").Payments().CreatePayment(context.Background(), &model.CreatePaymentRequest{
		Order: &model.Order{AmountOfMoney: euros(12500)},
		CardPaymentMethodSpecificInput: &model.CardPaymentMethodSpecificInput{
			Card: &model.Card{CardNumber: new("4330264936344675"), Cvv: new("123"), ExpiryDate: new("1230"), CardholderName: new("John Doe")},
		},
	}))
	client.DisableLogging()
	_ = must(client.Merchant("PSPID").Services().TestConnection(context.Background())) // not logged

	fmt.Println(strings.Count(text.String(), "Outgoing request"), "request")
	fmt.Println(regexp.MustCompile(`"card":\{.*?\}`).FindString(text.String()))
	fmt.Println(regexp.MustCompile(`Authorization=".*?"`).FindString(text.String()))
	// Output:
	// 1 request
	// "card":{"cardNumber":"************4675","cardholderName":"********","cvv":"***","expiryDate":"**30"}
	// Authorization="********"
}

// Logging: to slog, here with a rule of one's own. Requests and answers have the level
// Debug.
func Example_loggingToSlog() {
	client, _, stop := shop()
	defer stop()
	some := func(_ []string, a slog.Attr) slog.Attr {
		switch a.Key {
		case "msg", "method", "uri", "status", "body", "Content-Type", "User-Agent":
			return a
		}
		return slog.Attr{}
	}
	handler := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: some})
	client.EnableLogging(logging.NewSlog(slog.New(handler)), logging.All("result"), logging.Fixed("User-Agent"))
	_, _ = client.Merchant("PSPID").Services().TestConnection(context.Background())
	// Output:
	// msg="outgoing request" method=GET uri=/v2/PSPID/services/testconnection headers.User-Agent=********
	// msg="incoming response" status=200 headers.Content-Type=application/json body="{\"result\":\"**\"}"
}
