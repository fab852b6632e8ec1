package sdk

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// FullRedirectURL returns the address to send a customer to: "https://payment."
// followed by a partialRedirectUrl, as answers to CreateHostedCheckout and
// CreateHostedTokenization hold it. Newer answers have the whole address in
// redirectUrl and hostedTokenizationUrl as well. What would lead to a page that is
// not on a host payment.… is an error.
func FullRedirectURL(partial string) (string, error) {
	full := "https://payment." + strings.TrimSpace(partial)
	u, err := url.Parse(full)
	if err != nil || u.User != nil || u.Port() != "" || len(u.Hostname()) <= len("payment.") || strings.ContainsFunc(full, notInURL) {
		return "", errors.New("build redirect URL: partialRedirectUrl is not a host and a path")
	}
	return full, nil
}

func notInURL(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }

// ReturnMACMatches reports whether the RETURNMAC that a customer came back with is the
// one that was kept, in a time that does not depend on where they differ. An empty
// one matches nothing.
func ReturnMACMatches(kept, returned string) bool {
	return kept != "" && subtle.ConstantTimeCompare([]byte(kept), []byte(returned)) == 1
}

// CheckReturn checks the query of the page that a customer came back to after hosted
// checkout: it must hold, once each, the RETURNMAC and the hostedCheckoutId that
// CreateHostedCheckout answered. It proves that the customer comes from that
// checkout, not that anything was paid: ask GetHostedCheckout.
func CheckReturn(query url.Values, hostedCheckoutID, returnMAC string) error {
	for _, name := range []string{"hostedCheckoutId", "RETURNMAC"} {
		if n := len(query[name]); n != 1 {
			return fmt.Errorf("check return: the address has %s %d times, expected once", name, n)
		}
	}
	if query.Get("hostedCheckoutId") != hostedCheckoutID {
		return errors.New("check return: hostedCheckoutId is that of another checkout")
	}
	if !ReturnMACMatches(returnMAC, query.Get("RETURNMAC")) {
		return errors.New("check return: RETURNMAC does not match")
	}
	return nil
}
