package sandbox

import (
	"net/http"
	"strings"
)

// mandatePage is the page that a debtor signs a mandate on.
func (s *Sandbox) mandatePage(r *http.Request) page {
	ref, ok := s.pageRef(r.PathValue("page"), mandateKind)
	m, known := s.mandates.get(ref.id)
	if !ok || !known {
		return noSuchPage()
	}
	back := m.returns()
	if r.Method == http.MethodPost {
		form, refused := s.submitted(r)
		if refused != nil {
			return *refused
		}
		switch form.Get("do") {
		case "sign":
			if to, err := s.SignMandate(ref.id); err == nil {
				return leave(to, over(http.StatusOK, "Signed", "The mandate was signed.", ""))
			}
			m, _ = s.mandates.get(ref.id)
		case "cancel":
			return leave(back, over(http.StatusOK, "Not signed", "The mandate still waits for a signature.", ""))
		default:
			return unreadable()
		}
	}
	if is := m.statusAt(s.clock.now().UnixNano()); is != MandateCreated {
		return over(http.StatusGone, "Nothing to sign", "The mandate waits for no signature. It is "+strings.ToLower(is)+".", back)
	}
	h := hosted{
		Title: "Sign a mandate", Lead: "You allow the merchant to collect payments from your account.",
		Facts:   []fact{{"Merchant", s.merchantID}, {"Mandate", m.reference}},
		Buttons: []button{{"sign", "Sign", true}, {"cancel", "Cancel", false}},
	}
	if c := m.request.Customer; c != nil && c.Account != nil && len(c.Account.IBAN) > 4 {
		h.Facts = append(h.Facts, fact{"Account", "…" + c.Account.IBAN[len(c.Account.IBAN)-4:]})
	}
	shown := hostedPage(http.StatusOK, h)
	shown.returnURL = m.request.ReturnURL
	return shown
}
