package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
)

func tokenizationEndpoints() []endpoint {
	return []endpoint{
		{"createHostedTokenization", http.MethodPost, "/hostedtokenizations", false, (*call).createTokenization},
		{"getHostedTokenization", http.MethodGet, "/hostedtokenizations/{hostedTokenizationId}", false, (*call).getTokenization},
	}
}

type tokenizationRequest struct {
	Locale string `json:"locale"`
	Tokens string `json:"tokens"`
}

// A tokenization is a session on the page that takes a card and gives a token.
// What the consumer changes is guarded by mu.
type tokenization struct {
	fields  bool     // a hosted fields session, whose form is the merchant's own
	offered []string // tokens that the consumer may pick

	mu     sync.Mutex
	ends   int64
	token  string // empty until the consumer has entered or picked something
	status string
	used   bool
}

type createdTokenization struct {
	ID                string   `json:"hostedTokenizationId"`
	URL               string   `json:"hostedTokenizationUrl"`
	PartialURL        string   `json:"partialRedirectUrl"`
	InvalidTokens     []string `json:"invalidTokens"`
	ExpiredCardTokens []string `json:"expiredCardTokens"`
}

func (c *call) createTokenization() int {
	var req tokenizationRequest
	fail := c.decode(&req)
	if fail == nil {
		fail = checkLocale("locale", req.Locale)
	}
	if fail != nil {
		return c.fail(fail)
	}
	a := createdTokenization{ID: c.s.pageID(tokenizationKind, c.s.uuid(tokenizationKind))}
	ts := &tokenization{ends: c.now + int64(temporaryLife)}
	ts.offered, a.InvalidTokens, a.ExpiredCardTokens = c.s.tokens.sort(req.Tokens, c.now)
	a.URL, a.PartialURL = c.pageURL(tokenizationPath + a.ID)
	c.s.sessions.put(a.ID, ts)
	return c.answer(http.StatusOK, a)
}

// getTokenization shows the token, once there is one.
func (c *call) getTokenization() int {
	ts, ok := c.s.sessions.get(c.r.PathValue("hostedTokenizationId"))
	if !ok || ts.fields || !ts.open(c.now) {
		return c.fail(unknownThing("UNKNOWN_HOSTED_TOKENIZATION_ID", "hostedTokenizationId"))
	}
	var a struct {
		TokenStatus string      `json:"tokenStatus,omitempty"`
		Token       *shownToken `json:"token,omitempty"`
	}
	ts.mu.Lock()
	id, status := ts.token, ts.status
	ts.mu.Unlock()
	if t, ok := c.s.tokens.get(id, c.now); ok {
		shown := t.shown()
		a.TokenStatus, a.Token = status, &shown
	}
	return c.answer(http.StatusOK, a)
}

func (ts *tokenization) open(now int64) bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return now < ts.ends
}

// EnterCard does what a consumer does who enters a card on the page of a hosted
// tokenization or into hosted fields, and returns the token: a temporary one, which lives two hours
// and pays once, or one that is kept. A consumer who enters another card
// replaces the first. It fails when the session is unknown, expired or paid
// with, or the card is not well-formed.
func (s *Sandbox) EnterCard(hostedTokenizationID string, card Card, permanent bool) (token string, err error) {
	if err := card.check(); err != nil {
		return "", fmt.Errorf("enter card %s: %w", hostedTokenizationID, err)
	}
	err = s.fill(hostedTokenizationID, func(ts *tokenization, now int64) error {
		t := s.newToken(card, 0)
		if permanent {
			t, ts.status = s.tokens.keep(t)
		} else {
			t, ts.status = s.tokens.keepBriefly(t, now), tokenCreated
		}
		ts.token, token = t.id, t.id
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("enter card %s: %w", hostedTokenizationID, err)
	}
	return token, nil
}

// PickToken does what a consumer does who picks one of the tokens that the
// hosted tokenization was created with, instead of entering a card.
func (s *Sandbox) PickToken(hostedTokenizationID, token string) error {
	err := s.fill(hostedTokenizationID, func(ts *tokenization, now int64) error {
		if _, ok := s.tokens.get(token, now); !ok || !slices.Contains(ts.offered, token) {
			return errors.New("the page does not offer this token")
		}
		ts.token, ts.status = token, tokenUnchanged
		return nil
	})
	if err != nil {
		return fmt.Errorf("pick token %s: %w", hostedTokenizationID, err)
	}
	return nil
}

// fill runs a step of the consumer on an open session.
func (s *Sandbox) fill(id string, step func(ts *tokenization, now int64) error) error {
	ts, ok := s.sessions.get(id)
	if !ok {
		return errors.New("there is no such hosted tokenization")
	}
	c := s.outside()
	defer c.leave()
	ts.mu.Lock()
	defer ts.mu.Unlock()
	now := s.clock.now().UnixNano()
	if now >= ts.ends || ts.used {
		return errors.New("the session is over")
	}
	if err := step(ts, now); err != nil {
		return err
	}
	ts.ends = now + int64(temporaryLife)
	return nil
}

// takeSession returns the token of a session to pay with. That works once.
func (c *call) takeSession(id string, fields bool) (token, bool) {
	ts, ok := c.s.sessions.get(id)
	if !ok || ts.fields != fields {
		return token{}, false
	}
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.used || ts.token == "" || c.now >= ts.ends {
		return token{}, false
	}
	t, ok := c.s.tokens.take(ts.token, c.now)
	ts.used = ok
	return t, ok
}
