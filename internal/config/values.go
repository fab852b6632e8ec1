package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Bounds of what can be configured.
const (
	maxName        = 50
	maxIntegrator  = 100
	maxParallelism = 1024
	maxRate        = 100_000
	minPlanTTL     = time.Minute
	maxPlanTTL     = 7 * 24 * time.Hour
	minKeyWindow   = 10 * time.Minute
	maxKeyWindow   = 24*time.Hour - time.Minute // the platform keeps keys for about 24 hours
	minTimeout     = time.Second
	maxTimeout     = 5 * time.Minute
)

func (l *loader) merchantID(g given) {
	if isName(g.text(), "/?#%:") {
		l.cfg.MerchantID = g.text()
		return
	}
	l.fault(g, "is not a merchant id", "write it as the platform's portal shows it (PSPID), without spaces")
}

func (l *loader) apiKeyID(g given) {
	if isName(g.text(), ":") {
		l.cfg.APIKeyID = g.text()
		return
	}
	l.fault(g, "is not the id of an API key", "write it as the platform's portal shows it, without spaces")
}

func (l *loader) journalID(g given) {
	if isName(g.text(), "") {
		l.cfg.JournalID = g.text()
		return
	}
	l.fault(g, "is not the id of a journal", "write it as plans and journals show it")
}

// isName reports one word of printable ASCII, of sensible length.
func isName(text, without string) bool {
	return text != "" && len(text) <= maxName && !strings.ContainsAny(text, without) &&
		strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

func (l *loader) integrator(g given) {
	text := g.text()
	if strings.TrimSpace(text) != text || len(text) > maxIntegrator || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		l.fault(g, "is not a name", "write the name of the company on one line, of at most 100 characters")
		return
	}
	l.cfg.Integrator = text
}

// journal takes a path, or the URL of a database.
func (l *loader) journal(g given) {
	text := g.text()
	switch u, err := url.Parse(text); {
	case strings.ContainsFunc(text, unicode.IsControl):
		l.fault(g, "has a character in it that does not show", "write a path, such as "+DefaultJournal)
	case strings.HasPrefix(text, "~"):
		l.fault(g, "starts with ~, which only a shell understands", "write the folder out")
	case !strings.Contains(text, "://"):
		l.cfg.Journal = l.path(g)
	case err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql"):
		l.fault(g, "is neither a path nor a URL of a database", "write a path, or postgres://host/database")
	case hasPassword(u):
		l.fault(g, "has a password in it", "leave it out, and give it by PGPASSWORD or a file that PGPASSFILE names")
	default:
		l.cfg.Journal = text
	}
}

func (l *loader) policy(g given)    { l.file(g, &l.cfg.Policy, "policy.yaml") }
func (l *loader) approvers(g given) { l.file(g, &l.cfg.Approvers, "approvers.yaml") }

// file takes the path of a file.
func (l *loader) file(g given, into *string, such string) {
	switch text := g.text(); {
	case strings.ContainsFunc(text, unicode.IsControl):
		l.fault(g, "has a character in it that does not show", "write a path, such as "+such)
	case strings.HasPrefix(text, "~"):
		l.fault(g, "starts with ~, which only a shell understands", "write the folder out")
	default:
		*into = l.path(g)
	}
}

func (l *loader) policyPin(g given)    { l.pin(g, &l.cfg.PolicySHA256) }
func (l *loader) approversPin(g given) { l.pin(g, &l.cfg.ApproversSHA256) }

// pin takes a SHA-256.
func (l *loader) pin(g given, into *string) {
	text := strings.ToLower(g.text())
	if sum, err := hex.DecodeString(text); err != nil || len(sum) != sha256.Size {
		l.fault(g, "is not a SHA-256", "write 64 hexadecimal digits, as sha256sum prints them")
		return
	}
	*into = text
}

func hasPassword(u *url.URL) bool {
	if _, in := u.User.Password(); in {
		return true
	}
	for key := range u.Query() {
		if strings.Contains(strings.ToLower(key), "password") {
			return true
		}
	}
	return false
}

func (l *loader) captureUnit(g given) {
	switch u := plan.CaptureUnit(g.text()); u {
	case plan.CaptureUnitMinor, plan.CaptureUnitHundredths:
		l.cfg.CaptureAmountUnit = u
	case plan.CaptureUnitUnset:
		l.fault(g, "is empty", "write minor or hundredths, or leave it out")
	default:
		l.fault(g, "is neither minor nor hundredths", "ask the platform how captures are read in this environment; there is no default")
	}
}

func (l *loader) refundOnOpen(g given) {
	switch g.text() {
	case "true":
		l.cfg.RefundOnOpenCapture = true
	case "false":
		l.cfg.RefundOnOpenCapture = false
	default:
		l.fault(g, "is neither true nor false", "write true to refund while more can be captured, else leave it out")
	}
}

func (l *loader) parallelism(g given) {
	if n, ok := parseInt(g.text(), 1, maxParallelism); ok {
		l.cfg.Parallelism = int(n)
		return
	}
	l.fault(g, "is not a number of calls", fmt.Sprintf("write a number from 1 to %d", maxParallelism))
}

func (l *loader) rate(g given) {
	if n, ok := parseInt(g.text(), 1, maxRate); ok {
		l.cfg.Rate = int(n)
		return
	}
	l.fault(g, "is not a number of requests a second", fmt.Sprintf("write a number from 1 to %d, or leave it out for no limit", maxRate))
}

func (l *loader) maxCalls(g given) {
	if n, ok := parseInt(g.text(), 1, 1_000_000_000); ok {
		l.cfg.MaxCalls = n
		return
	}
	l.fault(g, "is not a number of calls", "write a number from 1 on, or leave it out for no cap")
}

// parseInt reads digits and nothing else.
func parseInt(text string, least, most int64) (int64, bool) {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= least && n <= most
}

func (l *loader) planTTL(g given)     { l.cfg.PlanTTL = l.duration(g, minPlanTTL, maxPlanTTL) }
func (l *loader) keyWindow(g given)   { l.cfg.KeyWindow = l.duration(g, minKeyWindow, maxKeyWindow) }
func (l *loader) callTimeout(g given) { l.cfg.CallTimeout = l.duration(g, minTimeout, maxTimeout) }
func (l *loader) connectTimeout(g given) {
	l.cfg.ConnectTimeout = l.duration(g, minTimeout, maxTimeout)
}

func (l *loader) duration(g given, least, most time.Duration) time.Duration {
	d, err := time.ParseDuration(g.text())
	switch {
	case err != nil:
		l.fault(g, "is not a span of time", "write number and unit, such as 90s, 15m or 23h")
	case d < least || d > most:
		l.fault(g, "is out of bounds", fmt.Sprintf("write something from %s to %s", spell(least), spell(most)))
	}
	return d
}

// spell writes 24h, not 24h0m0s.
func spell(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// maxAmount takes caps, one a currency: "EUR:1000.00" or "1000.00 EUR".
func (l *loader) maxAmount(g given) {
	for _, text := range g.values {
		text = strings.TrimSpace(text)
		if code, number, ok := strings.Cut(text, ":"); ok {
			text = strings.TrimSpace(number) + " " + strings.TrimSpace(code)
		}
		m, err := spec.ParseMoney(text, "")
		if err != nil {
			l.fault(g, "is not money", "write currency and amount with all its decimals, such as EUR:1000.00 or JPY:100000, several with commas between them")
			return
		}
		if _, twice := l.cfg.MaxAmount[m.Currency]; twice {
			l.fault(g, "has two caps for "+string(m.Currency), "keep one a currency")
			return
		}
		l.cfg.MaxAmount[m.Currency] = m.Minor
	}
}

// limits holds times against each other.
func (l *loader) limits() {
	if l.cfg.ConnectTimeout > l.cfg.CallTimeout {
		if g, ok := l.find(setConnectTimeout); ok {
			l.fault(g, "is longer than callTimeout", "a connection is part of a call: make it the shorter of the two")
			return
		}
		l.cfg.ConnectTimeout = l.cfg.CallTimeout
	}
}
