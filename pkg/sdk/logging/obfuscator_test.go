package logging_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk/logging"
)

func TestHeader(t *testing.T) {
	t.Parallel()
	var o logging.Obfuscator
	given := http.Header{
		"authorization":                       {"GCS v1HMAC:key:c2lnbmF0dXJl", "again"},
		"X-GCS-Authentication-Token":          {"token"},
		"x-gcs-callerpassword":                {"password"},
		"WWW-Authenticate":                    {"Basic"},
		"Proxy-Authenticate":                  {"Basic"},
		"Proxy-Authorization":                 {"Basic x"},
		"Cookie":                              {"a=b; c=d"},
		"Set-Cookie":                          {"a=b"},
		"X-Gcs-Signature":                     {"c2ln"},
		"X-Gcs-Keyid":                         {"key"},
		"X-Gcs-Clientmetainfo":                {"eyJ9"},
		"X-Auth-Token":                        {"t"},
		"X-Api-Key":                           {"k"},
		"X-Gcs-Idempotence-Key":               {"k-1"},
		"X-Gcs-Idempotence-Request-Timestamp": {"1411039753008"},
		"Date":                                {"Fri, 06 Jun 2014 13:39:43 GMT"},
		"Content-Type":                        {"application/json; charset=utf-8"},
		"Etag":                                {`W/"4330264936344675"`},
		"Location":                            {"https://me:pass@host/a?cvv=1&b=2"},
		"X-Note":                              {"a\r\nb\x1b[0m", "\xff"},
		"Empty":                               {},
	}
	before := given.Clone()
	want := http.Header{
		"authorization": {"********", "********"}, "X-GCS-Authentication-Token": {"********"},
		"x-gcs-callerpassword": {"********"}, "WWW-Authenticate": {"********"}, "Proxy-Authenticate": {"********"},
		"Proxy-Authorization": {"********"}, "Cookie": {"********"}, "Set-Cookie": {"********"},
		"X-Gcs-Signature": {"********"}, "X-Gcs-Keyid": {"********"}, "X-Gcs-Clientmetainfo": {"********"},
		"X-Auth-Token": {"********"}, "X-Api-Key": {"********"}, "X-Gcs-Idempotence-Key": {"k-1"},
		"X-Gcs-Idempotence-Request-Timestamp": {"1411039753008"}, "Date": {"Fri, 06 Jun 2014 13:39:43 GMT"},
		"Content-Type": {"application/json; charset=utf-8"}, "Etag": {`W/"****************"`},
		"Location": {"https://********@host/a?cvv=********&b=2"}, "X-Note": {"a  b [0m", "\ufffd"}, "Empty": nil,
	}
	if diff := cmp.Diff(want, o.Header(given)); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	require.Equal(t, before, given)
	require.Nil(t, o.Header(nil))
}

func TestURI(t *testing.T) {
	t.Parallel()
	var o logging.Obfuscator
	for in, want := range map[string]string{
		"/v2/m/payments/4105550101_0/capture":                                  "/v2/m/payments/4105550101_0/capture",
		"/v2/m/payments/9000004375008553000":                                   "/v2/m/payments/9000004375008553000",
		"/v2/m/payments/4330264936344675":                                      "/v2/m/payments/****************",
		"/v2/m/payments/%34330264936344675":                                    "/v2/m/payments/****************",
		"https://me:pass@host:80/v2/m?a=1#cvv=1":                               "/v2/m?a=1",
		"https://host":                                                         "/",
		"https://host?a=1":                                                     "/?a=1",
		"":                                                                     "",
		"/v2/m/tokens/0ac1b0a5-5a5f":                                           "/v2/m/tokens/*********5a5f",
		"/v2/m/tokens/importCofSeries":                                         "/v2/m/tokens/importCofSeries",
		"/v2/m/hostedtokenizations/abcdefgh":                                   "/v2/m/hostedtokenizations/****efgh",
		"/v2/m/hostedfields/sessions/abcdefgh":                                 "/v2/m/hostedfields/sessions/****efgh",
		"/v2/m/detokenize/tokens?tokens=abcdefgh&tokens=ab":                    "/v2/m/detokenize/tokens?tokens=****efgh&tokens=ab",
		"/v2/m/detokenize/payments?payments=4105550101_0":                      "/v2/m/detokenize/payments?payments=4105550101_0",
		"/v2/m/products?hide=fields&hide=accountsOnFile&countryCode=FR":        "/v2/m/products?hide=fields&hide=accountsOnFile&countryCode=FR",
		"/v2/m?c%76v=123&RETURNMAC=abc&4330264936344675&x=4330+2649+3634+4675": "/v2/m?c%76v=***&RETURNMAC=********&****************&x=**** **** **** ****",
		"/a?b=%zz%34&c=%E4%0A":                                                 "/a?b=%zz%34&c=%E4%0A",
		"/a\nb?c=d\x1b":                                                        "/a b?c=d ",
		"/a/me:pass@host/b":                                                    "/a/********@host/b",
		"/a?u=https%3A%2F%2Fme%3Apass%40host":                                  "/a?u=https://********@host",
	} {
		require.Equal(t, want, o.URI(in), in)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	var o logging.Obfuscator
	for in, want := range map[string]string{
		"":                                 "",
		"dial tcp 127.0.0.1:8080: refused": "dial tcp 127.0.0.1:8080: refused",
		`Post "https://payment.example/v2/m/payments": EOF`:               `Post "https://payment.example/v2/m/payments": EOF`,
		`parse "https://me:hunter2@host:x": invalid port ":x" after host`: `parse "https://********@host:x": invalid port ":x" after host`,
		`proxyconnect tcp: me:hunter2@proxy:8080 refused`:                 `proxyconnect tcp: ********@proxy:8080 refused`,
		"card 4330264936344675 is blocked":                                "card **************** is blocked",
		"payment 4105550101_0 is unknown":                                 "payment 4105550101_0 is unknown",
		`malformed answer "{\"cvv\":\"123\"}"`:                            `malformed answer ********`,
		`malformed answer {"cvv":"123","a":"b"}, status 500`:              `malformed answer {"cvv":"***","a":"b"}, status 500`,
		`{"cvv":"123"} {"secret":"x"}`:                                    `{"cvv":"***"} {"secret":"********"}`,
		`{"a":"b"`:                                                        `{"a":"b"`,
		"Authorization: GCS v1HMAC:key:c2lnbmF0dXJl\nDate: today":         "Authorization: ******** Date: today",
		"GCS v1HMAC:key:c2lnbmF0dXJl":                                     "GCS v1HMAC:********",
		"{Cvv:123 CardNumber:1}":                                          "{Cvv:********",
		`{'cvv': '123', 'a': 'b'}`:                                        `{'cvv': '********', 'a': 'b'}`,
		`cvv="1\"2" a="b"`:                                                `cvv="********" a="b"`,
		"<cvv>123</cvv><a>b</a>":                                          "<cvv>********</cvv><a>b</a>",
		"a=1&cvv=123&b=2":                                                 "a=1&cvv=********&b=2",
		"&lt;cvv&gt;123&lt;/cvv&gt;":                                      "<cvv>********</cvv>",
		"card &#52;330264936344675":                                       "card ****************",
		"jd@example.org":                                                  "********@example.org",
		"a\nb\tc\x00\u2028d\xff":                                          "a b c  d\ufffd",
		"cvv=":                                                            "cvv=",
	} {
		require.Equal(t, want, o.Text(in), in)
	}
	long := strings.Repeat("a ", 5000) + "4330264936344675"
	require.True(t, strings.HasSuffix(o.Text(long), "<cut>"))
	require.Equal(t, "x "+strings.Repeat("*", 8190)+"...<cut>", o.Text("x "+strings.Repeat("1", 9000)))
}

func TestBodyTypes(t *testing.T) {
	t.Parallel()
	var o logging.Obfuscator
	for name, tt := range map[string]struct{ format, in, want string }{
		"page":                  {"text/html; charset=utf-8", "<p>card 4330264936344675</p>\n<input name=\"cvv\">", "<p>card ****************</p> <input name=\"cvv\">"},
		"page with a form":      {"text/html", `<input id="n" value="123">`, `<input id="n" value="********">`},
		"page with JSON":        {"text/html", `<script>x = {"a":"b"}</script>`, "********"},
		"JSON of another type":  {"text/plain", `{"cvv":"123","a":"b"}`, `{"cvv":"***","a":"b"}`},
		"piece of another type": {"text/plain", `vv":"123"}`, "********"},
		"text at its start":     {"text/plain", "36344675 is the end of a number", "******** is the end of a number"},
		"text at its end":       {"text/plain", "a number is 4330", "a number is ****"},
		"text in UTF-16":        {"text/plain", "4\x003\x00", "<binary content>"},
		"another charset":       {"text/plain; charset=utf-16", "a", "<binary content>"},
		"form":                  {"application/x-www-form-urlencoded", "a=b&cvv=123&cardNumber=4330264936344675&c=4330", "a=b&cvv=***&cardNumber=****************&c=****"},
		"multipart":             {"multipart/form-data; boundary=x", "--x\r\n", "<binary content>"},
		"bytes":                 {"application/octet-stream", "abc", "<binary content>"},
		"a type that is none":   {"///", "cvv 123", "<not JSON, not logged>"},
		"a type in capitals":    {"Application/JSON", `{"cvv":"123"}`, `{"cvv":"***"}`},
		"problem":               {"application/problem+json", `{"cvv":"123"}`, `{"cvv":"***"}`},
		"no UTF-8":              {"application/json", "{\"a\":\"4330\xff2649\xff3634\xff4675\",\"cvv\":\"\xff\"}", "{\"a\":\"****\ufffd****\ufffd****\ufffd****\",\"cvv\":\"*\"}"},
		"for a terminal":        {"application/json", "{\"a\":\"\u009b31m\"}", "{\"a\":\"\ufffd31m\"}"},
		"nothing":               {"application/octet-stream", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, o.Body(tt.format, []byte(tt.in)))
		})
	}
}

func TestBodyIsLimited(t *testing.T) {
	t.Parallel()
	var standard logging.Obfuscator
	long := `{"memo":"` + strings.Repeat("a", 64<<10-13) + `4330264936344675"}`
	out := standard.Body("", []byte(long))
	require.True(t, strings.HasSuffix(out, "a****...<cut>"), out[len(out)-20:])
	require.Len(t, out, 64<<10+len("...<cut>"))

	o := logging.NewObfuscator(logging.LimitBody(20), logging.LimitBody(30))
	require.Equal(t, `{"cardNumber":"*****...<cut>`, o.Body("", []byte(`{"cardNumber":"4330264936344675"}`)))
	require.Equal(t, `{"a":1}`, o.Body("", []byte(`{"a":1}`)))
	require.Equal(t, "...<cut>", logging.NewObfuscator(logging.LimitBody(0)).Body("", []byte(`{}`)))
	require.Equal(t, "...<cut>", logging.NewObfuscator(logging.LimitBody(-1)).Body("text/plain", []byte(`4`)))
	require.Equal(t, "<binary content>", o.Body("image/png", []byte("4")))
}

func TestRules(t *testing.T) {
	t.Parallel()
	const card = "4330264936344675"
	for name, tt := range map[string]struct {
		rules    []logging.Rule
		in, want string
	}{
		"all":                          {[]logging.Rule{logging.All("memo")}, `{"memo":"abc","Me_mo":1}`, `{"memo":"***","Me_mo":*}`},
		"fixed":                        {[]logging.Rule{logging.Fixed("memo")}, `{"memo":"abc"}`, `{"memo":"********"}`},
		"first":                        {[]logging.Rule{logging.KeepFirst("memo", 2)}, `{"memo":"abc"}`, `{"memo":"ab*"}`},
		"last":                         {[]logging.Rule{logging.KeepLast("memo", 2)}, `{"memo":"abc"}`, `{"memo":"*bc"}`},
		"less than nothing":            {[]logging.Rule{logging.KeepLast("memo", -2)}, `{"memo":"abc"}`, `{"memo":"***"}`},
		"both ends":                    {[]logging.Rule{logging.KeepFirst("memo", 2), logging.KeepLast("memo", 2)}, `{"memo":"abc"}`, `{"memo":"***"}`},
		"the stricter":                 {[]logging.Rule{logging.KeepLast("memo", 2), logging.KeepLast("memo", 1)}, `{"memo":"abc"}`, `{"memo":"**c"}`},
		"fixed and first":              {[]logging.Rule{logging.KeepFirst("memo", 2), logging.Fixed("memo")}, `{"memo":"abc"}`, `{"memo":"********"}`},
		"a standard rule stays":        {[]logging.Rule{logging.KeepLast("cardNumber", 16), logging.KeepFirst("cvv", 3)}, `{"cardNumber":"` + card + `","cvv":"123"}`, `{"cardNumber":"************4675","cvv":"***"}`},
		"a standard rule is tightened": {[]logging.Rule{logging.All("cardNumber")}, `{"cardNumber":"` + card + `"}`, `{"cardNumber":"****************"}`},
		"no card number is kept":       {[]logging.Rule{logging.KeepFirst("memo", 100), logging.KeepLast("ref", 12)}, `{"memo":"x` + card + `","ref":"` + card + `","memo":"abc"}`, `{"memo":"*****************","ref":"****************","memo":"abc"}`},
		"more than there is":           {[]logging.Rule{logging.KeepFirst("memo", 100)}, `{"memo":"INV-5512"}`, `{"memo":"INV-5512"}`},
		"letters of any script":        {[]logging.Rule{logging.All("ИМЯ")}, `{"имя":"abc"}`, `{"имя":"***"}`},
		"no name":                      {[]logging.Rule{logging.All(""), logging.All("-")}, `{"":"abc","-":"abc"}`, `{"":"abc","-":"abc"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, logging.NewObfuscator(tt.rules...).Body("", []byte(tt.in)))
		})
	}
	o := logging.NewObfuscator(logging.All("memo"), logging.KeepLast("X-Trace", 2))
	require.Equal(t, "/a?memo=***", o.URI("/a?memo=abc"))
	require.Equal(t, "memo: ********", o.Text("memo: abc"))
	require.Equal(t, http.Header{"x-trace": {"***de"}}, o.Header(http.Header{"x-trace": {"abcde"}}))
}

func TestEntries(t *testing.T) {
	t.Parallel()
	o := logging.NewObfuscator()
	header := http.Header{"content-type": {"application/json"}, "Authorization": {"GCS v1HMAC:k:s"}}
	clean := http.Header{"content-type": {"application/json"}, "Authorization": {"********"}}
	require.Equal(t,
		logging.Request{ID: "r", Method: "POST", URI: "/v2/m", Header: clean, ContentType: "application/json", Body: `{"cvv":"***"}`},
		o.Request("r", "POST", "https://host/v2/m", header, []byte(`{"cvv":"123"}`)))
	require.Equal(t, logging.Request{ID: "r", Method: "GET", URI: "/v2/m", Header: clean}, o.Request("r", "GET", "/v2/m", header, nil))
	require.Equal(t,
		logging.Response{RequestID: "r", Duration: 5, StatusCode: 200, Header: clean, ContentType: "application/json", Body: `{"cvv":"***"}`},
		o.Response("r", 5, 200, header, []byte(`{"cvv":"123"}`)))

	header["content-encoding"] = []string{"gzip"}
	require.Equal(t, "<binary content>", o.Request("r", "POST", "/", header, []byte(`{"cvv":"123"}`)).Body)
	require.Empty(t, o.Response("r", 5, 200, header, nil).Body)
	header["content-encoding"] = []string{"Identity"}
	require.Equal(t, `{}`, o.Response("r", 5, 200, header, []byte(`{}`)).Body)

	failure := o.Failure("r", time.Second, &url.Error{Op: "Get", URL: "https://me:pass@host/?cvv=123", Err: errors.New("refused")})
	require.Equal(t, logging.Failure{RequestID: "r", Duration: time.Second, Err: `Get "https://********@host/?cvv=********": refused`}, failure)
	require.Equal(t, logging.Failure{RequestID: "r"}, o.Failure("r", 0, nil))
}
