package logging_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/payreconcile/payreconcile/pkg/sdk/logging"
)

func ExampleNewWriter() {
	var o logging.Obfuscator
	l := logging.NewWriter(os.Stdout)
	l.LogRequest(context.Background(), o.Request("4c1d", "POST", "/v2/PSPID1/payments",
		http.Header{"Authorization": {"GCS v1HMAC:key:c2lnbmF0dXJl"}, "Content-Type": {"application/json"}},
		[]byte(`{"card":{"cardNumber":"4330264936344675","cvv":"123","expiryDate":"1230"}}`)))
	l.LogError(context.Background(), o.Failure("4c1d", 30*time.Second, errors.New("no answer")))
	// Output:
	// Outgoing request (requestId='4c1d'):
	//   method:       'POST'
	//   uri:          '/v2/PSPID1/payments'
	//   headers:      'Authorization="********", Content-Type="application/json"'
	//   content-type: 'application/json'
	//   body:         '{"card":{"cardNumber":"************4675","cvv":"***","expiryDate":"**30"}}'
	// Error occurred for outgoing request (requestId='4c1d', 30000 ms)
	//   no answer
}

func ExampleNewSlog() {
	var o logging.Obfuscator
	handler := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: withoutTime})
	l := logging.NewSlog(slog.New(handler))
	l.LogResponse(context.Background(), o.Response("4c1d", 42*time.Millisecond, 200, nil, []byte(`{"result":"OK"}`)))
	// Output:
	// level=DEBUG msg="incoming response" requestId=4c1d duration=42ms status=200 contentType="" body="{\"result\":\"OK\"}"
}

func ExampleNewObfuscator() {
	o := logging.NewObfuscator(logging.All("descriptor"))
	fmt.Println(o.Body("application/json", []byte(`{"descriptor":"shop","cvv":"123"}`)))
	fmt.Println(o.URI("https://payment.example/v2/PSPID1/tokens/0ac1b0a5"))
	fmt.Println(o.Text("card 4330264936344675 is blocked"))
	// Output:
	// {"descriptor":"****","cvv":"***"}
	// /v2/PSPID1/tokens/****b0a5
	// card **************** is blocked
}

func ExampleAll() {
	o := logging.NewObfuscator(logging.All("companyName"))
	fmt.Println(o.Body("", []byte(`{"companyName":"Example"}`)))
	// Output: {"companyName":"*******"}
}

func ExampleFixed() {
	o := logging.NewObfuscator(logging.Fixed("X-Shop"))
	fmt.Println(o.Header(http.Header{"X-Shop": {"eu"}}))
	// Output: map[X-Shop:[********]]
}

func ExampleKeepFirst() {
	o := logging.NewObfuscator(logging.KeepFirst("merchantReference", 3))
	fmt.Println(o.Body("", []byte(`{"merchantReference":"INV-5512"}`)))
	// Output: {"merchantReference":"INV*****"}
}

func ExampleKeepLast() {
	o := logging.NewObfuscator(logging.KeepLast("merchantReference", 4))
	fmt.Println(o.Body("", []byte(`{"merchantReference":"INV-5512"}`)))
	// Output: {"merchantReference":"****5512"}
}

func ExampleLimitBody() {
	o := logging.NewObfuscator(logging.LimitBody(24))
	fmt.Println(o.Body("", []byte(`{"cardNumber":"4330264936344675"}`)))
	// Output: {"cardNumber":"*********...<cut>
}
