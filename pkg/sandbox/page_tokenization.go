package sandbox

import (
	"net/http"
	"strings"
)

// pickToken starts what a button sends that picks a token.
const pickToken = "pick "

// tokenizationPage is the page that takes a card and gives a token. It is the
// only one that a shop may embed.
func (s *Sandbox) tokenizationPage(r *http.Request) page {
	p := s.tokenize(r)
	p.framed = true
	return p
}

func (s *Sandbox) tokenize(r *http.Request) page {
	session := r.PathValue("page")
	ts, ok := s.sessions.get(session)
	if !ok || ts.fields {
		return noSuchPage()
	}
	if r.Method != http.MethodPost {
		return s.showTokenization(ts, http.StatusOK, "")
	}
	form, refused := s.submitted(r)
	if refused != nil {
		return *refused
	}
	id, picked := strings.CutPrefix(form.Get("do"), pickToken)
	var err error
	if picked {
		err = s.PickToken(session, id)
	} else {
		card, problem := cardOf(form)
		if problem != "" {
			return s.showTokenization(ts, http.StatusUnprocessableEntity, problem)
		}
		id, err = s.EnterCard(session, card, form.Get("keep") == "yes")
	}
	if err != nil { // it was over before, or the token is gone
		return s.showTokenization(ts, http.StatusConflict, "This could not be done. Try again.")
	}
	title := "Card entered"
	if picked {
		title = "Card picked"
	}
	return hostedPage(http.StatusOK, hosted{Title: title, Facts: []fact{{"Token", id}}})
}

func (s *Sandbox) showTokenization(ts *tokenization, status int, message string) page {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	now := s.clock.now().UnixNano()
	if ts.used || now >= ts.ends {
		return over(http.StatusGone, "Over", "This form takes no more cards.", "")
	}
	h := hosted{
		Title: "Enter a card", Message: message, Card: true, Keep: true, Buttons: []button{{"enter", "Continue", true}},
	}
	for _, id := range ts.offered {
		if t, ok := s.tokens.get(id, now); ok {
			h.Buttons = append(h.Buttons, button{pickToken + id, "Use •••• " + t.last4, false})
		}
	}
	return hostedPage(status, h)
}
