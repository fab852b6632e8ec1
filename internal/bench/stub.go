package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// stubMain is a platform that checks nothing: it answers fixed bytes around the
// payment's id. A capture that it saw shows in the next read.
func stubMain(args []string) error {
	f := flag.NewFlagSet("stub", flag.ExitOnError)
	delay := f.Duration("delay", 0, "how far away the platform is")
	answer := f.String("answer", "", "file to answer every request with")
	_ = f.Parse(args)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(os.Stdout, "export PAYRECONCILE_ENDPOINT=http://%s\n", l.Addr()); err != nil {
		return err
	}
	var handler http.Handler = &stub{delay: *delay}
	if *answer != "" {
		body, err := os.ReadFile(*answer)
		if err != nil {
			return err
		}
		handler = fixed(body)
	}
	s := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	return s.Serve(l)
}

// fixed answers every request with the same bytes.
type fixed []byte

func (f fixed) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header()["Content-Type"] = []string{"application/json"}
	_, _ = w.Write(f)
}

type stub struct {
	delay    time.Duration
	captured sync.Map
}

func (s *stub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.delay > 0 {
		time.Sleep(s.delay)
	}
	// /v2/M/payments/3000000001_0/details
	parts := strings.Split(r.URL.Path, "/")
	if len(parts) != 6 {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	base := strings.TrimSuffix(parts[4], "_0")
	status, body := http.StatusOK, before
	switch _, done := s.captured.Load(base); {
	case parts[5] == "capture":
		s.captured.Store(base, true)
		status, body = http.StatusCreated, made
	case done:
		body = after
	}
	number, err := strconv.Atoi(base)
	if err != nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	text := strings.NewReplacer("ID", base, "ORDER", "order-"+strconv.Itoa(number-firstID+1)).Replace(body)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
}

// What the stub answers, about as long as the platform's own answers.
const (
	output = `"paymentOutput":{"amountOfMoney":{"amount":12500,"currencyCode":"EUR"},"acquiredAmount":{"amount":12500,"currencyCode":"EUR"},` +
		`"references":{"merchantReference":"ORDER"},"customer":{"device":{"ipAddressCountryCode":"99"}},"paymentMethod":"card",` +
		`"cardPaymentMethodSpecificOutput":{"paymentProductId":1,"authorisationCode":"740211","card":{"bin":"433026","cardNumber":"************4675","countryCode":"BE","expiryDate":"1230"},` +
		`"fraudResults":{"fraudServiceResult":"accepted","avsResult":"0","cvvResult":"0"},"threeDSecureResults":{"version":"2.2.0","flow":"frictionless","eci":"5","schemeEci":"05","authenticationStatus":"Y","liability":"issuer"}}}`
	open = `"statusOutput":{"statusCode":5,"statusCategory":"PENDING_MERCHANT","isAuthorized":true,"isCancellable":true,"isRefundable":false}`
	auth = `{"id":"ID_0","amountOfMoney":{"amount":12500,"currencyCode":"EUR"},"paymentMethod":"card","status":"PENDING_CAPTURE","operationReferences":{"merchantReference":"ORDER"},` + open + `}`
	refs = `"amountOfMoney":{"amount":1000,"currencyCode":"EUR"},"paymentMethod":"card","operationReferences":{"merchantReference":"pr:c:0-1000"}`

	before = `{"id":"ID_0","status":"PENDING_CAPTURE",` + open + `,` + output + `,"Operations":[` + auth + `]}`
	after  = `{"id":"ID_0","status":"PENDING_CAPTURE",` + open + `,` + output + `,"Operations":[` + auth +
		`,{"id":"ID_1","status":"CAPTURED","statusOutput":{"statusCode":9,"statusCategory":"COMPLETED"},` + refs + `}]}`
	made = `{"id":"ID_1","status":"CAPTURE_REQUESTED","statusOutput":{"statusCode":91},"captureOutput":{"acquiredAmount":{"amount":1000,"currencyCode":"EUR"},` + refs + `}}`
)
