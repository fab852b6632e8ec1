package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// A Config says who may call a sandbox and how it behaves.
type Config struct {
	// MerchantID, APIKeyID and APISecret are what clients connect with. All
	// three are required; APIKeyID holds no colon.
	MerchantID, APIKeyID, APISecret string
	// WebhookKeyID and WebhookSecret are what validateWebhookCredentials holds
	// to be valid; when both are empty, APIKeyID and APISecret.
	// They sign the webhooks.
	WebhookKeyID, WebhookSecret string
	// Webhooks are up to five addresses that every event is sent to, of up to
	// 325 characters each. A sandbox that sends webhooks is to be closed.
	Webhooks []string
	// WebhookHosts are the host names that webhooks are sent to, beside those
	// that mean this machine; "*" stands for any.
	WebhookHosts []string
	// WebhookTransport carries webhooks; nil means a transport that asks no
	// proxy.
	WebhookTransport http.RoundTripper
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Seed determines error ids, authorisation codes and which calls a fault
	// with a probability strikes.
	Seed int64
	// PublicURL is the scheme and host under which browsers reach the sandbox,
	// such as https://pay.example; when it is empty, those of the request that
	// created the page.
	PublicURL string
	// NoPages turns the pages for browsers off. Addresses of hosted pages are then
	// those of the platform.
	NoPages bool
	// Behaviour sets what is unknown about the platform; nil means
	// DefaultBehaviour.
	Behaviour *Behaviour
}

// A Sandbox is a payment platform in memory. It is an [http.Handler] and safe
// for concurrent use.
type Sandbox struct {
	merchantID string
	seed       uint64
	clock      clock
	behaviour  atomic.Pointer[Behaviour]
	verifier   *verifier
	payments   store
	checkouts  shelf[*checkout]
	sessions   shelf[*tokenization]
	tokens     tokenStore
	payouts    payoutStore
	batches    batchStore
	mandates   mandateStore
	links      shelf[*paymentLink]
	authority  authority
	webhooks   webhookCredentials
	hub        *hub
	keys       keyStore
	gate       gate
	faults     faultSet
	limiter    limiter
	pages      pageSet

	mux     *http.ServeMux // operations by method and path
	paths   *http.ServeMux // operations by path, to tell 405 from 404
	control *http.ServeMux
	counts  map[string]*atomic.Int64   // requests by operation
	runs    map[string]func(*call) int // operations by name

	nextPayment atomic.Uint64
	nextSeeded  atomic.Uint64
	errorCounts [1024]atomic.Uint64
}

// The first ids of payments that are created and that SeedPayments makes.
const (
	firstCreated = 4100000001
	firstSeeded  = 3000000001
)

// New returns an empty sandbox.
func New(cfg Config) (*Sandbox, error) {
	if cfg.MerchantID == "" || cfg.APIKeyID == "" || cfg.APISecret == "" {
		return nil, errors.New("create sandbox: merchant id, api key id and api secret are required")
	}
	if strings.ContainsAny(cfg.APIKeyID, ": ") {
		return nil, errors.New("create sandbox: the api key id holds a colon or a space")
	}
	s := &Sandbox{
		merchantID: cfg.MerchantID,
		seed:       mix(uint64(cfg.Seed)),
		verifier:   newVerifier(cfg.APIKeyID, cfg.APISecret),
	}
	s.webhooks = newWebhookCredentials(cfg)
	s.clock.base = cfg.Now
	if cfg.Now == nil {
		s.clock.base = time.Now
	}
	b := DefaultBehaviour()
	if cfg.Behaviour != nil {
		b = *cfg.Behaviour
	}
	if err := s.SetBehaviour(b); err != nil {
		return nil, fmt.Errorf("create sandbox: %w", err)
	}
	var err error
	if s.hub, err = newHub(s, cfg); err != nil {
		return nil, err
	}
	s.faults.init(s.seed)
	s.nextPayment.Store(firstCreated)
	s.nextSeeded.Store(firstSeeded)
	s.route()
	s.routeControl()
	if err := s.pages.init(s, &cfg); err != nil {
		return nil, fmt.Errorf("create sandbox: %w", err)
	}
	return s, nil
}

// Behaviour returns how the sandbox behaves now.
func (s *Sandbox) Behaviour() Behaviour { return *s.behaviour.Load() }

// SetBehaviour changes how the sandbox behaves from the next request on. It
// returns the error of [Behaviour.Validate] and then changes nothing.
func (s *Sandbox) SetBehaviour(b Behaviour) error {
	if err := b.Validate(); err != nil {
		return err
	}
	s.behaviour.Store(&b)
	s.gate.changed.Store(true)
	return nil
}

// Requests returns how many authenticated requests each operation has received,
// repeated ones and those struck by a fault included.
func (s *Sandbox) Requests() map[string]int64 {
	all := make(map[string]int64, len(s.counts))
	for name, n := range s.counts {
		all[name] = n.Load()
	}
	return all
}

// ServeHTTP answers like the platform.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.clock.setDate(w.Header())
	if strings.HasPrefix(r.URL.Path, controlPrefix) && r.Header.Get(controlHeader) == "1" && s.mayControl(r) {
		s.control.ServeHTTP(w, r)
		return
	}
	b := s.behaviour.Load()
	if s.pages.mux != nil && !strings.HasPrefix(r.URL.Path, "/v2/") && plainPath(r.URL.EscapedPath()) {
		s.pages.mux.ServeHTTP(w, r)
		return
	}
	switch {
	case noReference(r.URL.Path):
		s.refuse(w, r, invalidValue("merchantBatchReference"))
	case !plainPath(r.URL.EscapedPath()) || !strings.HasPrefix(r.URL.Path, "/v2/"):
		s.refuse(w, r, &refusal{status: http.StatusNotFound, id: "UNKNOWN_RESOURCE", code: "50001404"})
	case !s.verifier.verify(r, b, s.clock.base):
		s.refuse(w, r, unauthenticated(b.SignatureStatus))
	default:
		s.mux.ServeHTTP(w, r)
	}
}

// plainPath refuses the paths that a ServeMux would answer with a redirect.
func plainPath(path string) bool {
	return strings.HasPrefix(path, "/") && !strings.Contains(path, "//") && !strings.Contains(path, "/.")
}
