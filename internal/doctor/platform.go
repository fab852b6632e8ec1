package doctor

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/payreconcile/payreconcile/internal/gateway"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

var (
	credentials = topic{Platform, "credentials"}
	clock       = topic{Platform, "clock"}
	reading     = topic{Platform, "reading payments"}
	moving      = topic{Platform, "moving money"}
)

// Bounds of how far this machine's clock may be off.
const (
	someSkew = time.Minute
	mostSkew = 5 * time.Minute // apply sends nothing beyond
)

// Credentials judges an answer of the platform's test service.
func Credentials(p gateway.Probe, merchant string) Check {
	const wrongClock = "set the clock first: the platform refuses what is signed at another time"
	said := ""
	if len(p.Errors) > 0 {
		said = " (" + strings.Join(p.Errors, ", ") + ")"
	}
	foreign := slices.ContainsFunc(p.Errors, func(s string) bool { return strings.Contains(s, "MERCHANT") || s == "9007" })
	switch {
	case p.Err == nil:
		return credentials.ok("the platform takes key and secret for merchant %s (%v)", merchant, p.Took.Round(time.Millisecond))
	case p.Refused() && p.Dated && p.Offset.Abs() > mostSkew:
		return credentials.problem(CauseCredentials, wrongClock, "the platform refuses key id and secret with status %d%s, and the clock is wrong", p.Status, said)
	case p.Refused() && foreign:
		return credentials.problem(CauseCredentials, "check the merchant id (PSPID), and that the key was made for it",
			"key and secret are good, and the key is not for merchant %s: status %d%s", merchant, p.Status, said)
	case p.Refused() && p.Status == http.StatusUnauthorized:
		return credentials.problem(CauseCredentials, "copy key id and secret again, from the portal of this environment: live and test have keys of their own",
			"the platform does not know who this is: status 401%s", said)
	case p.Refused():
		return credentials.problem(CauseCredentials, "copy key id and secret again, from the portal of this environment: live and test have keys of their own; if they are right, the key lacks rights or was blocked",
			"the platform refuses key id or secret: status 403%s", said)
	case p.Foreign && p.Status != 0:
		return credentials.problem(CauseOther, "check the endpoint, and what stands between: a proxy, a firewall, a login page", "something answers with status %d, and it is not the platform", p.Status)
	case p.Status >= http.StatusInternalServerError || p.Status == http.StatusTooManyRequests:
		return credentials.problem(CauseOther, "wait, and try again; ask the platform's support if it stays so", "the platform cannot answer now: status %d%s", p.Status, said)
	case p.Status != 0:
		return credentials.problem(CauseOther, "check endpoint and merchant id", "the platform answers with status %d%s", p.Status, said)
	}
	return credentials.problem(CauseOther, "check the way there, as above, and try again", "no answer: %v", p.Err)
}

// Clock compares this machine's clock with the platform's.
func Clock(p gateway.Probe) Check {
	if !p.Dated {
		return clock.skipped("the platform did not say its time")
	}
	off, way := p.Offset.Abs().Round(time.Second), "behind"
	if p.Offset < 0 {
		way = "ahead of"
	}
	switch {
	case off > mostSkew:
		return clock.problem(CauseOther, "set the clock, and keep it so by NTP: apply sends nothing while it is more than 5 minutes off", "this machine's clock is %v %s the platform's", off, way)
	case off > someSkew:
		return clock.warning("keep the clock right by NTP: from 5 minutes on, apply sends nothing", "this machine's clock is %v %s the platform's", off, way)
	case off == 0:
		return clock.ok("the platform's time is this machine's")
	}
	return clock.ok("this machine's clock is %v %s the platform's", off, way)
}

// Reading judges the answer for a payment that there is not.
func Reading(p gateway.Probe) Check {
	switch {
	case p.Err == nil || !p.Foreign && p.Status == http.StatusNotFound:
		return reading.ok("allowed: the platform looked for a payment that there is not, and said so")
	case p.Refused():
		return reading.problem(CauseCredentials, "have this key get the right to read payments in the platform's portal", "the platform takes the credentials and refuses to read payments: status %d", p.Status)
	case p.Status != 0:
		return reading.warning("try again; then ask the platform's support", "the platform answers with status %d, which tells nothing", p.Status)
	}
	return reading.warning("try again", "no answer: %v", p.Err)
}

// Moving says what no check can.
func Moving() Check {
	return moving.skipped("whether this key may capture, refund and cancel shows only when it does; the first plan with one small call tells")
}

// NotReached are the checks of the platform when there is no way to it.
func NotReached(why string) []Check {
	return []Check{credentials.skipped("%s", why), clock.skipped("%s", why), reading.skipped("%s", why), Moving()}
}

// Offline are the checks that are left out when nobody may be called.
func Offline() []Check {
	const why = "left out by --offline"
	return append([]Check{tcp.skipped(why)}, NotReached(why)...)
}

// NoPayment is an id that no payment of anybody has had for a long time.
const NoPayment spec.PaymentID = "1000000001_0"

// Unread says that nobody was asked for a payment.
func Unread() Check { return reading.skipped("not asked, since the credentials do not do") }
