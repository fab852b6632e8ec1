package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/payreconcile/payreconcile/pkg/sandbox"
	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

var testCard = sandbox.Card{Number: "4330264936344675", CVV: "123", Expiry: "1230", Holder: "John Doe"}

// Hosted checkout: the customer pays on a page of the platform and comes back with
// the RETURNMAC, which proves where from. Whether anything was paid is asked.
func Example_hostedCheckout() {
	client, sb, stop := shop()
	defer stop()
	ctx, checkouts := context.Background(), client.Merchant("PSPID").HostedCheckout()

	created, err := checkouts.CreateHostedCheckout(ctx, &model.CreateHostedCheckoutRequest{
		Order:                       &model.Order{AmountOfMoney: &model.AmountOfMoney{Amount: new(int64(123)), CurrencyCode: "EUR"}},
		HostedCheckoutSpecificInput: &model.HostedCheckoutSpecificInput{ReturnURL: new("https://shop.example/return")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	id, mac := *created.HostedCheckoutID, *created.ReturnMAC // keep both
	redirect, err := sdk.FullRedirectURL(*created.PartialRedirectURL)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("send the customer to", strings.HasPrefix(redirect, "https://payment."), redirect == *created.RedirectURL)

	back := must(sb.PayCheckout(id, testCard)).ReturnURL // the customer pays, and comes back
	query := must(url.Parse(back)).Query()
	if err := sdk.CheckReturn(query, id, mac); err != nil {
		fmt.Println(err)
		return
	}
	checkout, err := checkouts.GetHostedCheckout(ctx, id)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(*checkout.Status, *checkout.CreatedPaymentOutput.PaymentStatusCategory, *checkout.CreatedPaymentOutput.Payment.Status)
	// Output:
	// send the customer to true true
	// PAYMENT_CREATED SUCCESSFUL PENDING_CAPTURE
}

// Hosted tokenization: the card is entered into a form of the platform. The payment is
// made with the token that came of it, or with the id of the tokenization.
func Example_hostedTokenization() {
	client, sb, stop := shop()
	defer stop()
	ctx, merchant := context.Background(), client.Merchant("PSPID")
	pay := func(req *model.CreatePaymentRequest) {
		req.Order = &model.Order{AmountOfMoney: euros(12300)}
		created, err := merchant.Payments().CreatePayment(ctx, req)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(*created.Payment.Status)
	}

	for _, way := range []string{"token", "tokenization"} {
		form, err := merchant.HostedTokenization().CreateHostedTokenization(ctx, &model.CreateHostedTokenizationRequest{Variant: new("template.html")})
		if err != nil {
			fmt.Println(err)
			return
		}
		id := *form.HostedTokenizationID
		_ = *form.HostedTokenizationURL             // goes into an iframe
		_ = must(sb.EnterCard(id, testCard, false)) // the customer enters a card

		if way == "tokenization" {
			pay(&model.CreatePaymentRequest{HostedTokenizationID: &id})
			continue
		}
		done, err := merchant.HostedTokenization().GetHostedTokenization(ctx, id)
		if err != nil {
			fmt.Println(err)
			return
		}
		pay(&model.CreatePaymentRequest{
			CardPaymentMethodSpecificInput: &model.CardPaymentMethodSpecificInput{Token: &done.Token.ID},
		})
	}
	// Output:
	// PENDING_CAPTURE
	// PENDING_CAPTURE
}

// Exceptions: a payout that was made and refused.
func Example_declinedPayout() {
	client, _, stop := shop()
	defer stop()
	_, err := client.Merchant("PSPID").Payouts().CreatePayout(context.Background(), &model.CreatePayoutRequest{
		AmountOfMoney: euros(2500),
		CardPayoutMethodSpecificInput: &model.CardPayoutMethodSpecificInput{
			Card:             &model.Card{CardNumber: new("4321456998744563"), ExpiryDate: new("1230"), CardholderName: new("John Doe")},
			PaymentProductID: new(int32(1)),
		},
	}, sdk.WithIdempotenceKey("payout-7"))
	var declined *sdk.DeclinedPayoutError
	if errors.As(err, &declined) {
		fmt.Println(declined.StatusCode, *declined.Result.Status)
		return
	}
	fmt.Println(err)
	// Output: 400 REJECTED_CREDIT
}

// Exceptions: a refund that was made and refused.
func Example_declinedRefund() {
	client, sb, stop := shop()
	defer stop()
	behaviour := sb.Behaviour()
	behaviour.RefuseRefundsAtOnce = true
	_ = sb.SetBehaviour(behaviour)
	id := paid(client, model.AuthorizationModeSale)
	_, err := client.Merchant("PSPID").Payments().RefundPayment(context.Background(), id,
		&model.RefundRequest{AmountOfMoney: euros(1303)}, sdk.WithIdempotenceKey("order-1001/rma-78"))
	var declined *sdk.DeclinedRefundError
	if errors.As(err, &declined) {
		fmt.Println(*declined.Result.Status, *declined.Result.StatusOutput.StatusCode)
		return
	}
	fmt.Println(err)
	// Output: REJECTED 83
}

// Payment methods: what a merchant can offer in a country and a currency, as products
// and as groups of them.
func Example_paymentProducts() {
	client, _, stop := shop()
	defer stop()
	ctx, merchant := context.Background(), client.Merchant("PSPID")
	products, err := merchant.Products().GetPaymentProducts(ctx, &sdk.GetPaymentProductsParams{
		CountryCode: "FR", CurrencyCode: "EUR", Hide: []string{"fields"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range products.PaymentProducts[:3] {
		fmt.Println(p.ID, *p.PaymentMethod, *p.DisplayHintsList[0].Label)
	}
	groups, err := merchant.ProductGroups().GetProductGroups(ctx, &sdk.GetProductGroupsParams{CountryCode: "FR", CurrencyCode: "EUR"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(*groups.PaymentProductGroups[0].ID)
	// Output:
	// 1 card Visa
	// 2 card American Express
	// 3 card Mastercard
	// Cards
}
