package sdk_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk"
)

// callsOf are the three kinds of call in the order of a table's columns: one that
// reads, one with a key, and one without.
func callsOf() [3]func(context.Context, *sdk.MerchantClient, ...sdk.CallOption) error {
	return [...]func(context.Context, *sdk.MerchantClient, ...sdk.CallOption) error{get, keyed, bare}
}

// amounts is an answer to any of the calls with a number where an amount stands.
func amounts(number string) string {
	money := `{"amountOfMoney":{"amount":` + number + `,"currencyCode":"EUR"}}`
	return `{"id":"1_0","paymentOutput":` + money + `,"captureOutput":` + money + `}`
}

// TestHostileBodies has bodies that are no answer of the platform, in answers whose
// frame is in order.
func TestHostileBodies(t *testing.T) {
	t.Parallel()
	const html, utf16, latin1 = "text/html", "application/json; charset=utf-16", "application/json; charset=iso-8859-1"
	const page = "<!DOCTYPE html><title>" + bodyMark + "</title>"
	deep := strings.Repeat("[", 100_000)
	again, ends := [3]int{2, 2, 1}, [3]int{1, 1, 1} // get, with a key, without
	for name, tt := range map[string]struct {
		status         int
		typ, body, enc string
		failure        sdk.Failure
		sends          [3]int
	}{
		"HTML":                            {200, html, page, "", sdk.FailureUnreadable, again},
		"HTML that says JSON":             {200, "", page, "", sdk.FailureUnreadable, again},
		"HTML with 201":                   {201, html, page, "", sdk.FailureUnreadable, again},
		"HTML with 400":                   {400, html, page, "", sdk.FailureForeign, ends},
		"HTML with 403":                   {403, html, page, "", sdk.FailureForeign, ends},
		"HTML with 404":                   {404, html, page, "", sdk.FailureForeign, ends},
		"HTML with 409":                   {409, html, page, "", sdk.FailureForeign, ends},
		"HTML with 500":                   {500, html, page, "", sdk.FailureForeign, again},
		"HTML with 599":                   {599, html, page, "", sdk.FailureForeign, ends},
		"HTML with 999":                   {999, html, page, "", sdk.FailureForeign, ends},
		"a BOM before JSON":               {200, "", "\ufeff{}", "", sdk.FailureUnreadable, again},
		"a BOM before an error":           {400, "", "\ufeff" + apiProblem, "", sdk.FailureForeign, ends},
		"UTF-16, little end first":        {200, utf16, wide(`{"id":"1_0"}`, 0), "", sdk.FailureUnreadable, again},
		"UTF-16, big end first":           {200, utf16, wide(`{"id":"1_0"}`, 1), "", sdk.FailureUnreadable, again},
		"an error in UTF-16":              {400, utf16, wide(apiProblem, 0), "", sdk.FailureForeign, ends},
		"an error in Latin-1":             {400, latin1, `{"errorId":"` + "\xe4" + `","errors":[]}`, "", sdk.FailureForeign, ends},
		"overlong UTF-8":                  {200, "", `{"id":"` + "\xc0\xaf" + `"}`, "", sdk.FailureUnreadable, again},
		"a surrogate in UTF-8":            {200, "", `{"id":"` + "\xed\xa0\x80" + `"}`, "", sdk.FailureUnreadable, again},
		"NUL in a string":                 {200, "", `{"id":"` + "\x00" + `"}`, "", sdk.FailureUnreadable, again},
		"an array":                        {200, "", `[{"id":"` + bodyMark + `"}]`, "", sdk.FailureUnreadable, again},
		"a number":                        {200, "", bodyMark, "", sdk.FailureUnreadable, again},
		"a string":                        {200, "", `"` + bodyMark + `"`, "", sdk.FailureUnreadable, again},
		"a truth":                         {200, "", "true", "", sdk.FailureUnreadable, again},
		"an array for an object":          {200, "", `{"statusOutput":[]}`, "", sdk.FailureUnreadable, again},
		"a string for an object":          {200, "", `{"statusOutput":"` + bodyMark + `"}`, "", sdk.FailureUnreadable, again},
		"an object for a string":          {200, "", `{"id":{"id":"1_0"}}`, "", sdk.FailureUnreadable, again},
		"a number for an id":              {200, "", `{"id":` + bodyMark + `}`, "", sdk.FailureUnreadable, again},
		"white space":                     {200, "", " \r\n\t ", "", sdk.FailureUnreadable, again},
		"one brace":                       {200, "", "{", "", sdk.FailureUnreadable, again},
		"nested arrays without end":       {200, "", deep, "", sdk.FailureUnreadable, again},
		"nested arrays, closed":           {200, "", deep + strings.Repeat("]", len(deep)), "", sdk.FailureUnreadable, again},
		"nested in an unknown member":     {200, "", `{"x":` + deep + strings.Repeat("]", len(deep)) + `}`, "", sdk.FailureUnreadable, again},
		"an error nested without end":     {400, "", `{"errorId":"e","errors":` + deep, "", sdk.FailureForeign, ends},
		"an amount over int64":            {200, "", amounts("9223372036854775808"), "", sdk.FailureUnreadable, again},
		"an amount under int64":           {200, "", amounts("-9223372036854775809"), "", sdk.FailureUnreadable, again},
		"an amount with a fraction":       {200, "", amounts("12.50"), "", sdk.FailureUnreadable, again},
		"an amount with an exponent":      {200, "", amounts("1e3"), "", sdk.FailureUnreadable, again},
		"an amount of 400 digits":         {200, "", amounts(strings.Repeat("9", 400)), "", sdk.FailureUnreadable, again},
		"an amount with a leading zero":   {200, "", amounts("0125"), "", sdk.FailureUnreadable, again},
		"an amount in hexadecimal":        {200, "", amounts("0x10"), "", sdk.FailureUnreadable, again},
		"an amount with a plus":           {200, "", amounts("+5"), "", sdk.FailureUnreadable, again},
		"an amount in quotes":             {200, "", amounts(`"125"`), "", sdk.FailureUnreadable, again},
		"NaN":                             {200, "", amounts("NaN"), "", sdk.FailureUnreadable, again},
		"infinity":                        {200, "", amounts("-Infinity"), "", sdk.FailureUnreadable, again},
		"a status code over int32":        {200, "", `{"statusOutput":{"statusCode":2147483648}}`, "", sdk.FailureUnreadable, again},
		"a byte after JSON":               {200, "", `{"id":"1_0"}x`, "", sdk.FailureUnreadable, again},
		"NUL after JSON":                  {200, "", `{"id":"1_0"}` + "\x00", "", sdk.FailureUnreadable, again},
		"a second error after JSON":       {400, "", apiProblem + apiProblem, "", sdk.FailureForeign, ends},
		"errors that are an object":       {400, "", `{"errorId":"e","errors":{}}`, "", sdk.FailureForeign, ends},
		"errors that are numbers":         {400, "", `{"errorId":"e","errors":[7]}`, "", sdk.FailureForeign, ends},
		"an error code that is a number":  {409, "", `{"errors":[{"errorCode":1409}]}`, "", sdk.FailureForeign, ends},
		"an error id that is a number":    {400, "", `{"errorId":7}`, "", sdk.FailureForeign, ends},
		"a problem without type or title": {400, "application/problem+json", `{"status":400}`, "", sdk.FailureForeign, ends},
		"gzip that is cut off":            {200, "", string(zip(t, []byte(`{"id":"1_0"}`))[:20]), "gzip", sdk.FailureUnreadable, again},
		"gzip with a wrong sum":           {200, "", spoilt(zip(t, []byte(`{"id":"1_0"}`))), "gzip", sdk.FailureUnreadable, again},
		"gzip and more":                   {200, "", string(zip(t, []byte(`{"id":"1_0"}`))) + "garbage", "gzip", sdk.FailureUnreadable, again},
		"gzip of gzip":                    {200, "", string(zip(t, zip(t, []byte(`{}`)))), "gzip", sdk.FailureUnreadable, again},
		"gzip without saying so":          {200, "", string(zip(t, []byte(`{}`))), "", sdk.FailureUnreadable, again},
		"an error in bad gzip":            {400, "", apiProblem, "gzip", sdk.FailureUnreadable, again},
		"another compression":             {200, "", "\x1b\x03\x00\xf8\xaa", "br", sdk.FailureUnreadable, again},
		"a success of 40 MB, zipped":      {200, "", string(zip(t, make([]byte, 40<<20))), "gzip", sdk.FailureTooLarge, ends},
		"a 400 of 40 MB, zipped":          {400, "", string(zip(t, make([]byte, 40<<20))), "gzip", sdk.FailureForeign, ends},
		"a 503 of 40 MB, zipped":          {503, "", string(zip(t, make([]byte, 40<<20))), "gzip", sdk.FailureForeign, again},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i, call := range callsOf() {
				w := &wire{play: plays(framed(tt.status, tt.typ, tt.enc, tt.body))}
				m := over(t, w, quick, func(c *sdk.Config) { c.Retry.MaxSends = 2; c.MaxResponseBytes = 1 << 20 })
				var info sdk.CallInfo
				err := call(t.Context(), m, sdk.WithCallInfo(&info))
				requireUnanswered(t, err, tt.failure)
				require.Equal(t, tt.status, info.Last().Status)
				_, requests := w.count()
				require.Equal(t, tt.sends[i], requests, "requests of call %d", i)
				require.Len(t, info.Sends, tt.sends[i])
				require.Equal(t, tt.status == 401 || tt.status == 403, sdk.IsAuthorization(err))
			}
		})
	}
}

// framed is an answer whose length is right.
func framed(status int, contentType, encoding, body string) string {
	if contentType == "" {
		contentType = "application/json"
	}
	head := fmt.Sprintf("HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n", status, http.StatusText(status), contentType, len(body))
	if encoding != "" {
		head += "Content-Encoding: " + encoding + "\r\n"
	}
	return head + "\r\n" + body
}

// wide is an ASCII text in UTF-16, without a mark of its order.
func wide(s string, order int) string {
	b := make([]byte, 2*len(s))
	for i := range len(s) {
		b[2*i+order] = s[i]
	}
	return string(b)
}

func spoilt(zipped []byte) string {
	zipped[len(zipped)-5]++
	return string(zipped)
}

// TestOddBodiesThatAreAnswers: what is unusual and clear all the same must not cost
// an answer.
func TestOddBodiesThatAreAnswers(t *testing.T) {
	t.Parallel()
	whole := `{"id":"7301440001_0"}`
	for name, response := range map[string]string{
		"white space around":          framed(200, "", "", "\r\n\t "+whole+"\r\n "),
		"no content type":             strings.Replace(framed(200, "", "", whole), typeJSON, "", 1),
		"a charset that is not meant": framed(200, "application/json; charset=utf-16", "", whole),
		"a parameter without a value": framed(200, "application/json;", "", whole),
		"unknown members, nested":     framed(200, "", "", `{"later":`+strings.Repeat("[", 9000)+strings.Repeat("]", 9000)+`,"id":"7301440001_0"}`),
		"a member twice":              framed(200, "", "", `{"id":"1_0","id":"7301440001_0"}`),
		"half a surrogate, escaped":   framed(200, "", "", `{"status":"\ud800","id":"7301440001_0"}`),
		"the largest amount":          framed(200, "", "", strings.Replace(amounts("9223372036854775807"), "1_0", payment, 1)),
		"gzip in capitals":            framed(200, "", "GZIP", string(zip(t, []byte(whole)))),
		"gzip in two parts":           framed(200, "", "gzip", string(zip(t, []byte(whole[:7])))+string(zip(t, []byte(whole[7:])))),
		"no encoding, and it says so": framed(200, "", "identity", whole),
		"an unknown success":          framed(299, "", "", whole),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &wire{play: plays(response)}
			got, err := over(t, w, once).Payments().GetPayment(t.Context(), payment)
			require.NoError(t, err)
			require.Equal(t, payment, *got.ID)
		})
	}
}

// endless is a body that never ends and counts what was read of it.
type endless struct{ read int64 }

func (e *endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	e.read += int64(len(b))
	return len(b), nil
}

// TestEndlessAnswer: no more than the limit is read, whatever the status and however
// often it is sent.
func TestEndlessAnswer(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	for status, want := range map[int]sdk.Failure{200: sdk.FailureTooLarge, 302: sdk.FailureRedirect, 404: sdk.FailureForeign, 503: sdk.FailureForeign} {
		for _, announced := range []int64{-1, 100 << 20} {
			body := &endless{}
			conn := &script{steps: []step{func(req *http.Request) (*http.Response, error) {
				return &http.Response{
					StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Request: req,
					ContentLength: announced, Body: io.NopCloser(body),
				}, nil
			}}}
			cfg := config(sdk.PayoneTest)
			quick(&cfg)
			cfg.MaxResponseBytes = limit
			err := get(t.Context(), dial(t, cfg, sdk.WithConnection(conn)))
			requireUnanswered(t, err, want)
			require.Less(t, body.read, int64(len(conn.sent)*2*limit))
			require.Equal(t, status == 404, errors.Is(err, sdk.ErrNotFound))
		}
	}
}
