package sandbox

import (
	"fmt"
	"net/http"
)

// checkoutPage is the page of a hosted checkout.
func (s *Sandbox) checkoutPage(r *http.Request) page {
	ref, ok := s.pageRef(r.PathValue("page"), checkoutKind)
	co, known := s.checkouts.get(ref.id)
	if !ok || !known {
		return noSuchPage()
	}
	if r.Method != http.MethodPost {
		return s.showCheckout(co, http.StatusOK, "")
	}
	form, refused := s.submitted(r)
	if refused != nil {
		return *refused
	}
	var result CheckoutResult
	var err error
	switch form.Get("do") {
	case "pay":
		card, problem := cardOf(form)
		if problem != "" {
			return s.showCheckout(co, http.StatusUnprocessableEntity, problem)
		}
		result, err = s.PayCheckout(ref.id, card)
	case "decline":
		result, err = s.PayCheckout(ref.id, refusedCard())
	case "cancel":
		result, err = s.CancelCheckout(ref.id)
	default:
		return unreadable()
	}
	switch {
	case err != nil: // it was over before
		return s.showCheckout(co, http.StatusConflict, "This could not be done. Try again.")
	case result.Status == InProgressCheckout:
		return s.showCheckout(co, http.StatusPaymentRequired, fmt.Sprintf("The card was refused. Attempts left: %d.", result.AttemptsLeft))
	}
	done := s.showCheckout(co, http.StatusOK, "")
	done.status = http.StatusOK
	return leave(result.ReturnURL, done)
}

// showCheckout shows the form of a session, or how the session ended.
func (s *Sandbox) showCheckout(co *checkout, status int, message string) page {
	co.mu.Lock()
	defer co.mu.Unlock()
	now := s.clock.now().UnixNano()
	is, p := co.at(now)
	back := co.result(now).ReturnURL
	switch {
	case is == CancelledCheckout:
		return over(http.StatusGone, "Cancelled", "The payment was cancelled. Nothing was charged.", back)
	case is == expiredCheckout:
		return over(http.StatusGone, "Expired", "The time to pay is over. Nothing was charged.", "")
	case is == PaidCheckout && p.refused():
		return over(http.StatusGone, "Refused", "The card was refused. Nothing was charged.", back)
	case is == PaidCheckout:
		return over(http.StatusGone, "Paid", "The payment was accepted: "+money(p.amount, p.currency)+".", back)
	}
	h := s.payable(co.order)
	h.Title, h.Message = "Pay", message
	h.Buttons = []button{{"pay", "Pay " + h.Amount, true}, {"decline", "Decline", false}, {"cancel", "Cancel", false}}
	shown := hostedPage(status, h)
	shown.returnURL = co.returnURL
	return shown
}

// refused says whether the payment was refused.
func (p *payment) refused() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.decline != nil
}
