package logging_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/payreconcile/payreconcile/pkg/sdk/logging"
)

// The rules of the official SDKs, and where they end.
func TestBodyVectors(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ in, want string }{
		"every character":           {`{"cvv":"123"}`, `{"cvv":"***"}`},
		"a flag":                    {`{"value": true}`, `{"value": ****}`},
		"a number":                  {`{"value": 12.5}`, `{"value": ****}`},
		"null":                      {`{"value": null}`, `{"value": ****}`},
		"last four":                 {`{"cardNumber":"4330264936344675"}`, `{"cardNumber":"************4675"}`},
		"last four of a number":     {`{"cardNumber":4330264936344675}`, `{"cardNumber":************4675}`},
		"last two":                  {`{"expiryDate":"1230"}`, `{"expiryDate":"**30"}`},
		"first six":                 {`{"bin":"43302649"}`, `{"bin":"433026**"}`},
		"eight asterisks":           {`{"keyId":"k"}`, `{"keyId":"********"}`},
		"eight for nothing":         {`{"keyId":""}`, `{"keyId":"********"}`},
		"shorter than what is kept": {`{"cardNumber":"123","bin":"4330","expiryDate":"1"}`, `{"cardNumber":"123","bin":"4330","expiryDate":"1"}`},
		"an object is read on":      {`{"value":{"a":"b","cvv":"1"}}`, `{"value":{"a":"b","cvv":"*"}}`},
		"a list is masked":          {`{"value":["a",1,true,null,{"x":"y"},[2]]}`, `{"value":["*",*,****,****,{"x":"y"},[*]]}`},
		"a number over a list":      {`{"cardNumber":["4330","2649","3634","4675"]}`, `{"cardNumber":["****","****","****","****"]}`},
		"the surname":               {`{"surname":"Doe"}`, `{"surname":"***"}`},
		"another case":              {`{"CardNumber":"4330264936344675","CVV":"1","card_number":"4330264936344675"}`, `{"CardNumber":"************4675","CVV":"*","card_number":"************4675"}`},
		"an escape in the name":     {`{"c\u0061rdNumber":"4330264936344675"}`, `{"c\u0061rdNumber":"************4675"}`},
		"a letter json folds":       {`{"ſecret":"x","\u212aey":"x"}`, `{"ſecret":"********","\u212aey":"********"}`},
		"escapes in the value":      {`{"firstName":"J\u00f6\"rg\\"}`, `{"firstName":"******"}`},
		"kept escapes":              {`{"iban":"DE\u0031\u0032\u0033\u0034"}`, `{"iban":"**\u0031\u0032\u0033\u0034"}`},
		"characters, not bytes":     {`{"street":"Straße"}`, `{"street":"******"}`},
		"white space":               {"{\n  \"cvv\" :\t\"123\" ,\r\n \"a\" : 1 }", "{\n  \"cvv\" :\t\"***\" ,\r\n \"a\" : 1 }"},
		"a name twice":              {`{"cvv":"1","cvv":"22"}`, `{"cvv":"*","cvv":"**"}`},
		"a secret object":           {`{"secret":{"a":"b","c":["d"]}}`, `{"secret":{"a":"********","c":["********"]}}`},
		"webhook credentials":       {`{"key":"k1","secret":"s1"}`, `{"key":"********","secret":"********"}`},
		"return mac":                {`{"RETURNMAC":"2d1c7c9e"}`, `{"RETURNMAC":"********"}`},
		"a list of objects":         {`[{"id":"1","cvv":"2"}]`, `[{"id":"1","cvv":"*"}]`},
		"nothing to hide":           {`{"id":"4105550101_0","amount":10000,"a":[],"b":{},"c":"2026-09-18T10:14:58Z"}`, `{"id":"4105550101_0","amount":10000,"a":[],"b":{},"c":"2026-09-18T10:14:58Z"}`},
		"nothing":                   {``, ``},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkBody(t, tt.in, tt.want)
		})
	}
}

// A card number where none should be.
func TestBodyCards(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ in, want string }{
		"unknown field":       {`{"memo":"4330264936344675"}`, `{"memo":"****************"}`},
		"a number":            {`{"memo":4330264936344675}`, `{"memo":****************}`},
		"a fraction":          {`{"memo":4330264936344675.0}`, `{"memo":****************.*}`},
		"groups":              {`{"memo":"card 4330 2649-3634 4675."}`, `{"memo":"card **** ****-**** ****."}`},
		"among numbers":       {`{"memo":"12 4330264936344675 1230"}`, `{"memo":"** **************** ****"}`},
		"escaped":             {`{"memo":"\u0034330264936344675"}`, `{"memo":"****************"}`},
		"wide digits":         {`{"memo":"４３３"}`, `{"memo":"***"}`},
		"a name":              {`{"4330264936344675":1}`, `{"****************":1}`},
		"checksum is wrong":   {`{"memo":"4330264936344676"}`, `{"memo":"4330264936344676"}`},
		"twelve digits":       {`{"memo":"433026493638"}`, `{"memo":"************"}`},
		"too long":            {`{"memo":"43302649363446751"}`, `{"memo":"*****************"}`},
		"payment id":          {`{"id":"9000004375008553000","paymentId":"00000200000143570012"}`, `{"id":"9000004375008553000","paymentId":"00000200000143570012"}`},
		"no payment id":       {`{"id":"4330264936344675","memo":"9000004375008553000"}`, `{"id":"****************","memo":"*******************"}`},
		"point in time":       {`{"statusCodeChangeDateTime":"20260918101502"}`, `{"statusCodeChangeDateTime":"20260918101502"}`},
		"percent encoding":    {`{"url":"https://x/?a=%34330264936344675"}`, `{"url":"https://x/?a=****************"}`},
		"query in a url":      {`{"url":"https://x/?a=1&cvv=123&RETURNMAC=abc"}`, `{"url":"https://x/?a=1&cvv=********&RETURNMAC=********"}`},
		"user info":           {`{"url":"https://me:hunter2@host/a"}`, `{"url":"https://********@host/a"}`},
		"json in a string":    {`{"memo":"{\"cvv\":\"123\",\"a\":1}"}`, `{"memo":"{\"cvv\":\"***\",\"a\":1}"}`},
		"twice in a string":   {`{"memo":"{\"m\":\"{\\\"cvv\\\":\\\"123\\\"}\"}"}`, `{"memo":"{\"m\":\"{\\\"cvv\\\":\\\"***\\\"}\"}"}`},
		"a piece in a string": {`{"memo":"vv\":\"123\"}"}`, `{"memo":"********"}`},
		"a sentence":          {`{"message":"cvv: 123 is wrong"}`, `{"message":"cvv: ********"}`},
		"mail":                {`{"message":"sent to jd@example.org today"}`, `{"message":"sent to ********@example.org today"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkBody(t, tt.in, tt.want)
		})
	}
}

// What is only a piece of JSON.
func TestBodyPieces(t *testing.T) {
	t.Parallel()
	const hidden = "<not JSON, not logged>"
	for name, tt := range map[string]struct{ in, want string }{
		"ends in a card number":     {`{"a":1,"cardNumber":"43302649363`, `{"a":1,"cardNumber":"***********`},
		"ends in an unknown field":  {`{"memo":"order 7 card 4330`, `{"memo":"order 7 card ****`},
		"ends in a number":          {`{"memo":43302`, `{"memo":*****`},
		"ends behind a group":       {`{"memo":"x 4330 2649-`, `{"memo":"x **** ****-`},
		"ends in an escape":         {`{"memo":"x 4330\u003`, `{"memo":"x ****`},
		"ends in a percent escape":  {`{"memo":"x 4330%3`, `{"memo":"x ****`},
		"ends in a name":            {`{"cardNum`, `{"cardNum`},
		"ends behind a name":        {`{"cvv":`, `{"cvv":`},
		"ends in a bin":             {`{"bin":"4330264`, `{"bin":"433026*`},
		"ends in user info":         {`{"url":"https://me:hun`, `{"url":"https://********`},
		"ends in JSON in a string":  {`{"memo":"{\"cvv\":\"12`, `{"memo":"{\"cvv\":\"**`},
		"ends in a literal":         {`{"a":tr`, `{"a":tr`},
		"begins in a card number":   {`36344675","cvv":"123"}`, `********` + hidden},
		"is in a card number":       {`36344675`, `********`},
		"begins in a name":          {`vv":"123"}`, hidden},
		"begins behind a name":      {`:"123"}`, hidden},
		"begins at a value":         {`"123","a":"b"}`, `"***"` + hidden},
		"begins at a list":          {`["123"],"a":"b"}`, `["***"]` + hidden},
		"begins at an inner object": {`{"cvv":"123"},"secret":"x"}`, `{"cvv":"***"}` + hidden},
		"a control character":       {"{\"a\":\"b\n\",\"cvv\":\"1\"}", `{"a":` + hidden},
		"not an escape":             {`{"a":"\x","cvv":"1"}`, `{"a":` + hidden},
		"no escape in a name":       {`{"a":1,"\x":"cvv","cvv":"1"}`, `{"a":1,` + hidden},
		"a page":                    {`<html>cvv 123</html>`, hidden},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkBody(t, tt.in, tt.want)
		})
	}
}

func checkBody(t *testing.T, in, want string) {
	t.Helper()
	var o logging.Obfuscator
	if diff := cmp.Diff(want, o.Body("application/json", []byte(in))); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, o.Body("", []byte(in))); diff != "" {
		t.Errorf("body without a type (-want +got):\n%s", diff)
	}
}
