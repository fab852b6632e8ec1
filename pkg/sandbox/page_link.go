package sandbox

import "net/http"

// linkPage is the page of a payment link.
func (s *Sandbox) linkPage(r *http.Request) page {
	ref, ok := s.pageRef(r.PathValue("page"), linkKind)
	l, known := s.links.get(ref.id)
	if !ok || !known {
		return noSuchPage()
	}
	if r.Method != http.MethodPost {
		return s.showLink(l, http.StatusOK, "")
	}
	form, refused := s.submitted(r)
	if refused != nil {
		return *refused
	}
	card := refusedCard()
	switch form.Get("do") {
	case "pay":
		var problem string
		if card, problem = cardOf(form); problem != "" {
			return s.showLink(l, http.StatusUnprocessableEntity, problem)
		}
	case "decline":
	default:
		return unreadable()
	}
	result, err := s.PayPaymentLink(ref.id, card)
	switch {
	case err != nil: // it was over before
		return s.showLink(l, http.StatusConflict, "This could not be done. Try again.")
	case result.Declined:
		return s.showLink(l, http.StatusPaymentRequired, "The card was refused. Nothing was charged.")
	}
	return leave(l.returnURL, over(http.StatusOK, "Paid", "The payment was accepted: "+s.payable(l.order).Amount+".", ""))
}

func (s *Sandbox) showLink(l *paymentLink, status int, message string) page {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch l.statusAt(s.clock.now().UnixNano()) {
	case PaidLink:
		return over(http.StatusGone, "Paid", "This link was paid before.", l.returnURL)
	case CancelledLink:
		return over(http.StatusGone, "Cancelled", "The merchant has cancelled this link.", l.returnURL)
	case ExpiredLink:
		return over(http.StatusGone, "Expired", "The time to pay is over.", l.returnURL)
	}
	h := s.payable(l.order)
	h.Title, h.Message = "Pay", message
	if l.recipient != "" {
		h.Facts = append(h.Facts, fact{"For", l.recipient})
	}
	h.Buttons = []button{{"pay", "Pay " + h.Amount, true}, {"decline", "Decline", false}}
	shown := hostedPage(status, h)
	shown.returnURL = l.returnURL
	return shown
}
