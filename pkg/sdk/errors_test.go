package sdk_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
	"github.com/payreconcile/payreconcile/pkg/sdk/model"
)

func TestErrorKinds(t *testing.T) {
	t.Parallel()
	const html = "text/html; charset=utf-8"
	for name, tt := range map[string]struct {
		status        int
		body          string
		contentType   string
		key           bool
		want          string // the kind
		authorization bool
	}{
		"400":                          {400, fixtureText(t, "error_not_allowed"), "", true, "*sdk.ValidationError", false},
		"401":                          {401, apiProblem, "", true, "*sdk.APIError", true},
		"402 without a result":         {402, apiProblem, "", true, "*sdk.APIError", false},
		"403":                          {403, apiProblem, "", false, "*sdk.AuthorizationError", true},
		"404":                          {404, fixtureText(t, "error_unknown_payment"), "", false, "*sdk.ReferenceError", false},
		"409":                          {409, apiProblem, "", true, "*sdk.ReferenceError", false},
		"409, in progress":             {409, fixtureText(t, "error_in_progress"), "", true, "*sdk.IdempotenceError", false},
		"409, code 1409":               {409, fixtureText(t, "error_in_progress_1409"), "", true, "*sdk.IdempotenceError", false},
		"409, 1409 without a key":      {409, fixtureText(t, "error_in_progress_1409"), "", false, "*sdk.ReferenceError", false},
		"409, 1409 among others":       {409, `{"errors":[{"errorCode":"1409"},{"errorCode":"2"}]}`, "", true, "*sdk.ReferenceError", false},
		"410":                          {410, apiProblem, "", false, "*sdk.ReferenceError", false},
		"429":                          {429, apiProblem, "", true, "*sdk.APIError", false},
		"500":                          {500, apiProblem, "", true, "*sdk.PlatformError", false},
		"502":                          {502, apiProblem, "", true, "*sdk.PlatformError", false},
		"503":                          {503, apiProblem, "", true, "*sdk.PlatformError", false},
		"504":                          {504, apiProblem, "", true, "*sdk.APIError", false},
		"declined with 402":            {402, fixtureText(t, "error_declined_payment"), "", true, "*sdk.DeclinedPaymentError", false},
		"declined with 400":            {400, fixtureText(t, "error_declined_payment"), "", true, "*sdk.DeclinedPaymentError", false},
		"declined without errors":      {402, `{"paymentResult":{"payment":{"id":"1_0"}}}`, "", true, "*sdk.DeclinedPaymentError", false},
		"refund declined":              {400, fixtureText(t, "error_declined_refund"), "", true, "*sdk.DeclinedRefundError", false},
		"payout declined":              {400, fixtureText(t, "error_declined_payout"), "", true, "*sdk.DeclinedPayoutError", false},
		"no result after all":          {400, `{"errorId":"e","paymentResult":null}`, "", true, "*sdk.ValidationError", false},
		"a result of another shape":    {400, `{"errorId":"e","paymentResult":{"payment":7}}`, "", true, "*sdk.ValidationError", false},
		"problem details":              {404, fixtureText(t, "problem_details"), "application/problem+json", false, "*sdk.ProblemDetailsError", false},
		"an API error as a problem":    {404, apiProblem, "application/problem+json; charset=utf-8", false, "*sdk.ReferenceError", false},
		"without a content type":       {400, apiProblem, "none", false, "*sdk.ValidationError", false},
		"with a charset":               {400, apiProblem, "Application/JSON; charset=UTF-8", false, "*sdk.ValidationError", false},
		"only an error id":             {400, `{"errorId":"e"}`, "", false, "*sdk.ValidationError", false},
		"only errors":                  {400, `{"errors":[{"errorCode":"1"}]}`, "", false, "*sdk.ValidationError", false},
		"unknown members":              {400, `{"errorId":"e","errors":[],"later":{"a":[1]}}`, "", false, "*sdk.ValidationError", false},
		"401 of a proxy":               {401, `<html>`, html, true, "*sdk.CommunicationError", true},
		"403 of a firewall":            {403, `{"message":"blocked"}`, "", true, "*sdk.CommunicationError", true},
		"404 of a server":              {404, `not found`, "text/plain", false, "*sdk.CommunicationError", false},
		"400 without an API error":     {400, `{}`, "", true, "*sdk.CommunicationError", false},
		"400 with empty members":       {400, `{"errorId":"","errors":[]}`, "", true, "*sdk.CommunicationError", false},
		"400 with an array":            {400, `[]`, "", true, "*sdk.CommunicationError", false},
		"400 with null":                {400, `null`, "", true, "*sdk.CommunicationError", false},
		"400 with half an error":       {400, `{"errorId":"e","err`, "", true, "*sdk.CommunicationError", false},
		"400 without a body":           {400, ``, "", true, "*sdk.CommunicationError", false},
		"API error in HTML's clothing": {400, apiProblem, html, true, "*sdk.CommunicationError", false},
		"a type that begins alike":     {400, apiProblem, "application/jsonp", true, "*sdk.CommunicationError", false},
		"503 with HTML":                {503, `<html>`, html, true, "*sdk.CommunicationError", false},
		"302":                          {302, ``, "", true, "*sdk.CommunicationError", false},
		"304":                          {304, ``, "", false, "*sdk.CommunicationError", false},
		"problem details without any":  {404, `{}`, "application/problem+json", false, "*sdk.CommunicationError", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			send := says(tt.status, tt.body)
			switch tt.contentType {
			case "":
			case "none":
				send = says(tt.status, tt.body, "Content-Type", "")
			default:
				send = says(tt.status, tt.body, "Content-Type", tt.contentType)
			}
			cfg := config(sdk.PayoneTest)
			once(&cfg)
			m := dial(t, cfg, sdk.WithConnection(&script{steps: []step{send}}))
			call := bare
			if tt.key {
				call = keyed
			}
			err := call(t.Context(), m)
			require.Equal(t, tt.want, fmt.Sprintf("%T", err))
			require.Equal(t, tt.authorization, sdk.IsAuthorization(err))

			var api *sdk.APIError
			require.Equal(t, tt.want != "*sdk.CommunicationError", errors.As(err, &api))
			if api != nil {
				require.Equal(t, tt.status, api.StatusCode)
				require.Equal(t, tt.body, string(api.Body))
				require.Equal(t, "/v2/PSPID1/payments/"+payment+"/capture", api.Path)
			}
			var comm *sdk.CommunicationError
			if errors.As(err, &comm) {
				require.Equal(t, tt.status, comm.StatusCode)
				require.Equal(t, tt.status == 404, errors.Is(err, sdk.ErrNotFound))
				require.False(t, comm.Unsent)
			}
			require.NotContains(t, err.Error(), "<html>")
			require.NotContains(t, err.Error(), secret)
			require.NotContains(t, err.Error(), "key-1")
		})
	}
}

func fixtureText(t *testing.T, name string) string { return string(fixture(t, name)) }

func TestAPIErrorFields(t *testing.T) {
	t.Parallel()
	body := `{"errorId":"id-9","errors":[{"errorCode":"50001111","id":"INVALID_VALUE","propertyName":"order.amount","retriable":true,"message":"4330264936344675"}]}`
	cfg := config(sdk.PayoneTest)
	m := dial(t, cfg, sdk.WithConnection(&script{steps: []step{says(400, body, replay, "1700000000123")}}))
	err := keyed(t.Context(), m)
	var got *sdk.ValidationError
	require.ErrorAs(t, err, &got)
	require.Empty(t, cmp.Diff([]model.APIError{{
		ErrorCode: "50001111", ID: new("INVALID_VALUE"), PropertyName: new("order.amount"), Retriable: new(true), Message: new("4330264936344675"),
	}}, got.Errors))
	require.Equal(t, "id-9", got.ErrorID)
	require.True(t, got.Retriable)
	require.Equal(t, "key-1", got.IdempotenceKey)
	require.Equal(t, http.MethodPost, got.Method)
	require.Equal(t, 1, got.Sends)
	require.True(t, got.ReplayedAt.Equal(time.UnixMilli(1700000000123)))
	require.Equal(t, "POST /v2/PSPID1/payments/7301440001_0/capture: invalid with status 400; INVALID_VALUE 50001111 at order.amount (error id id-9)", err.Error())
}

func TestErrorTextIsOneCleanLine(t *testing.T) {
	t.Parallel()
	evil := "a\\n\\u001b[31m" + strings.Repeat("x", 5000)
	body := `{"errorId":"` + evil + `","errors":[` + strings.Repeat(`{"errorCode":"`+evil+`"},`, 50) + `{"errorCode":"1"}]}`
	err := get(t.Context(), dial(t, config(sdk.PayoneTest), sdk.WithConnection(&script{steps: []step{says(404, body)}})))
	require.Error(t, err)
	require.Less(t, len(err.Error()), 600)
	require.False(t, strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' || r > '~' }), err.Error())
	require.Contains(t, err.Error(), "48 more")
}

func TestDeclinedResults(t *testing.T) {
	t.Parallel()
	fail := func(name string) error {
		cfg := config(sdk.PayoneTest)
		m := dial(t, cfg, sdk.WithConnection(&script{steps: []step{says(402, fixtureText(t, name))}}))
		return keyed(t.Context(), m)
	}
	var p *sdk.DeclinedPaymentError
	require.ErrorAs(t, fail("error_declined_payment"), &p)
	require.Equal(t, model.PaymentStatusRejected, *p.Result.Payment.Status)
	require.Equal(t, int64(1302), *p.Result.Payment.PaymentOutput.AmountOfMoney.Amount)
	var r *sdk.DeclinedRefundError
	require.ErrorAs(t, fail("error_declined_refund"), &r)
	require.Equal(t, int32(83), *r.Result.StatusOutput.StatusCode)
	var o *sdk.DeclinedPayoutError
	require.ErrorAs(t, fail("error_declined_payout"), &o)
	require.Equal(t, model.PayoutStatusRejectedCredit, *o.Result.Status)
	var d *sdk.ProblemDetailsError
	m := dial(t, config(sdk.PayoneTest), sdk.WithConnection(&script{steps: []step{says(404, fixtureText(t, "problem_details"), "Content-Type", "application/problem+json")}}))
	require.ErrorAs(t, get(t.Context(), m), &d)
	require.Equal(t, "Not Found", *d.Details.Title)
}

func TestIdempotenceErrorHasTheFirstRequestsTime(t *testing.T) {
	t.Parallel()
	cfg := config(sdk.PayoneTest)
	quick(&cfg)
	conn := &script{steps: []step{says(409, inProgress, replay, "1700000000123")}}
	err := keyed(t.Context(), dial(t, cfg, sdk.WithConnection(conn)))
	var e *sdk.IdempotenceError
	require.ErrorAs(t, err, &e)
	require.True(t, e.RequestedAt.Equal(time.UnixMilli(1700000000123)))
	require.Equal(t, 4, e.Sends)
}

func TestIsAuthorizationOfNothing(t *testing.T) {
	t.Parallel()
	require.False(t, sdk.IsAuthorization(nil))
	require.False(t, sdk.IsAuthorization(errors.New("other")))
}
