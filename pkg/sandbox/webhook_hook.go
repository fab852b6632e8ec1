package sandbox

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// The limits of the addresses that a merchant gives for webhooks.
const (
	longestWebhookURL = 325
	maxWebhooks       = 5
)

// wireFeedbacks are the addresses that a request adds for the events of what it
// makes.
type wireFeedbacks struct {
	URLs []string `json:"webhooksUrls"`
	URL  string   `json:"webhookUrl"` // deprecated
}

// A hook is where the events of a payment, link or payout go. A nil hook sends
// nothing.
type hook struct {
	hub  *hub     `state:"-"`
	urls []string `state:"-"`
	own  []string // those of the request
}

// hookFor returns the hook of what a request makes: the configured endpoints and
// those of the request, each of them once. The facts do not say whether the
// latter take the place of the former; here they come in addition.
func (h *hub) hookFor(f *wireFeedbacks) *hook {
	if f == nil {
		return h.shared
	}
	var urls []string
	if h.shared != nil {
		urls = slices.Clone(h.shared.urls)
	}
	configured := len(urls)
	for _, u := range append(slices.Clone(f.URLs), f.URL) {
		if u != "" && !slices.Contains(urls, u) {
			urls = append(urls, u)
		}
	}
	if len(urls) == configured {
		return h.shared
	}
	h.on.Store(true)
	return &hook{h, urls, urls[configured:]}
}

// rehook returns the hook of a thing that had k before the state was saved: the
// endpoints that are configured now, and those of the request.
func (h *hub) rehook(k *hook) *hook {
	if k == nil || len(k.own) == 0 {
		return h.shared
	}
	return h.hookFor(&wireFeedbacks{URLs: k.own})
}

// shareHook makes the hook of everything that no request adds an address to.
func (h *hub) shareHook(urls []string) error {
	if len(urls) == 0 {
		return nil
	}
	if len(urls) > maxWebhooks {
		return fmt.Errorf("create sandbox: %d webhook endpoints are more than %d", len(urls), maxWebhooks)
	}
	var all []string
	for _, u := range urls {
		if err := checkWebhookURL(u); err != nil {
			return fmt.Errorf("create sandbox: webhook endpoint %q: %w", u, err)
		}
		if !slices.Contains(all, u) {
			all = append(all, u)
		}
	}
	h.shared = &hook{hub: h, urls: all}
	h.on.Store(true)
	return nil
}

func checkWebhookURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case len(text) > longestWebhookURL:
		return fmt.Errorf("it is longer than %d characters", longestWebhookURL)
	case err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "":
		return errors.New("it is not the URL of a web server")
	}
	return nil
}

// barred says why nothing may be sent to an address, or nothing.
func (h *hub) barred(address string) string {
	if err := checkWebhookURL(address); err != nil {
		return err.Error()
	}
	u, err := url.Parse(address)
	if err != nil {
		return err.Error()
	}
	host := plainHost(u.Hostname())
	if isLoopback(host) || slices.Contains(h.hosts, host) || slices.Contains(h.hosts, "*") {
		return ""
	}
	return "host " + host + " is neither loopback nor among the webhook hosts"
}

func plainHost(host string) string { return strings.TrimSuffix(strings.ToLower(host), ".") }

// isLoopbackName says that a host name means this machine, whatever a name
// server says of it.
func isLoopbackName(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

func isLoopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return isLoopbackName(host) || (err == nil && a.Unmap().IsLoopback())
}
