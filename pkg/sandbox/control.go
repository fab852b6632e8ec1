package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
)

const (
	controlPrefix = "/_sandbox/v1/"
	controlHeader = "X-Sandbox-Control"
)

// routeControl sets up the control API; the package documentation lists it.
func (s *Sandbox) routeControl() {
	s.control = http.NewServeMux()
	for _, e := range []struct {
		method, path string
		handle       func(r *http.Request) (any, error)
	}{
		{http.MethodGet, "faults", func(*http.Request) (any, error) { return s.Faults(), nil }},
		{http.MethodPost, "faults", s.controlAddFault},
		{http.MethodDelete, "faults", s.controlClearFaults},
		{http.MethodGet, "clock", func(*http.Request) (any, error) { return controlClock{Now: s.Now().UTC()}, nil }},
		{http.MethodPost, "clock", s.controlAdvance},
		{http.MethodGet, "behaviour", func(*http.Request) (any, error) { return s.Behaviour(), nil }},
		{http.MethodPut, "behaviour", s.controlBehaviour},
		{http.MethodGet, "requests", func(*http.Request) (any, error) { return s.Requests(), nil }},
		{http.MethodPost, "payments", s.controlSeed},
		{http.MethodPost, "portal", s.controlPortal},
		{http.MethodPost, "checkout", s.controlCheckout},
		{http.MethodPost, "tokenization", s.controlTokenization},
		{http.MethodPost, "mandate", s.controlMandate},
		{http.MethodPost, "paymentlink", s.controlPaymentLink},
		{http.MethodGet, "webhooks", s.controlWebhooks},
		{http.MethodPost, "webhooks", s.controlWebhook},
		{http.MethodPost, "redirect", s.controlRedirect},
		{http.MethodGet, "payouts", func(*http.Request) (any, error) { return s.Payouts(), nil }},
	} {
		s.control.HandleFunc(e.method+" "+controlPrefix+e.path, func(w http.ResponseWriter, r *http.Request) {
			answer, err := e.handle(r)
			writeControl(w, answer, err)
		})
	}
	s.control.HandleFunc(http.MethodGet+" "+controlPrefix+"ledger", s.controlLedger)
}

// mayControl says that a request is not one of a foreign page. A browser sends
// the header of the control API for the pages of the same origin alone, which
// such a page is when its name was made to mean this address.
func (s *Sandbox) mayControl(r *http.Request) bool {
	for _, sign := range []string{"Origin", "Referer", "Sec-Fetch-Site", "Accept-Language"} {
		if r.Header.Get(sign) != "" {
			return s.fromOperator(r)
		}
	}
	return true
}

func writeControl(w http.ResponseWriter, answer any, err error) {
	status := http.StatusOK
	if err != nil {
		status, answer = http.StatusBadRequest, map[string]string{"error": err.Error()}
	}
	body, err := json.Marshal(answer)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":"the answer has no JSON form"}`)
	}
	write(w, status, append(body, '\n'))
}

func readControl(r *http.Request, into any) error {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxRequestBody))
	if err != nil {
		return err
	}
	return decodeStrict(body, into)
}

// controlLedger streams all books, or writes that of one payment.
func (s *Sandbox) controlLedger(w http.ResponseWriter, r *http.Request) {
	if id := r.URL.Query().Get("payment"); id != "" {
		b, err := s.LedgerOf(id)
		writeControl(w, b, err)
		return
	}
	w.Header()["Content-Type"] = jsonType
	_, _ = io.WriteString(w, `{"books":[`)
	enc := json.NewEncoder(w)
	comma := ""
	for b := range s.Ledger() {
		_, _ = io.WriteString(w, comma)
		if enc.Encode(b) != nil {
			return // the client has gone away
		}
		comma = ","
	}
	_, _ = io.WriteString(w, "]}\n")
}

func (s *Sandbox) controlAddFault(r *http.Request) (any, error) {
	var f Fault
	if err := readControl(r, &f); err != nil {
		return nil, err
	}
	id, err := s.AddFault(f)
	return map[string]string{"id": id}, err
}

func (s *Sandbox) controlClearFaults(*http.Request) (any, error) {
	s.ClearFaults()
	return struct{}{}, nil
}

type controlClock struct {
	Now time.Time `json:"now"`
}

func (s *Sandbox) controlAdvance(r *http.Request) (any, error) {
	var req struct {
		Advance span `json:"advance"`
	}
	if err := readControl(r, &req); err != nil {
		return nil, err
	}
	if req.Advance < 0 {
		return nil, errBackwards
	}
	return controlClock{s.Advance(time.Duration(req.Advance)).UTC()}, nil
}

func (s *Sandbox) controlBehaviour(r *http.Request) (any, error) {
	b := s.Behaviour()
	if err := readControl(r, &b); err != nil {
		return nil, err
	}
	return b, s.SetBehaviour(b)
}

func (s *Sandbox) controlSeed(r *http.Request) (any, error) {
	n, err := s.LoadSeed(r.Body)
	return map[string]int{"payments": n}, err
}

func (s *Sandbox) controlPortal(r *http.Request) (any, error) {
	var req struct {
		Payment string `json:"payment"`
		Kind    *Kind  `json:"kind"`
		Amount  int64  `json:"amount"`
	}
	if err := readControl(r, &req); err != nil {
		return nil, err
	}
	if req.Kind == nil {
		return nil, errors.New("portal: kind is required")
	}
	id, err := s.Portal(req.Payment, *req.Kind, req.Amount)
	return map[string]string{"operation": id}, err
}
