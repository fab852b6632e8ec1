package sandbox

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
)

//go:embed pages/*.html pages/*.css
var pageFiles embed.FS

// pageTemplates are parsed when the first page is asked for.
var pageTemplates = sync.OnceValue(func() *template.Template {
	return template.Must(template.ParseFS(pageFiles, "pages/*.html"))
})

const (
	stylePath     = "/_sandbox/style.css"
	platformHost  = "payment.preprod.payone.com"
	hostedPrefix  = "payment."
	defaultPartOf = "preprod.payone.com" // what clients put hostedPrefix in front of
)

// A pageSet is what people see in a browser: hosted pages and the operator's.
type pageSet struct {
	mux          *http.ServeMux // nil when the pages are off
	key          [sha256.Size]byte
	scheme, host string // of Config.PublicURL
	refs         shelf[pageRef]
}

// A pageRef is what the id in the path of a hosted page stands for.
type pageRef struct {
	kind           string
	id             string
	mac, returnURL string // of a redirect
}

var hostText = regexp.MustCompile(`^([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?$`)

// init checks the public URL and sets up the routes.
func (ps *pageSet) init(s *Sandbox, cfg *Config) error {
	ps.key = sha256.Sum256([]byte("ids of pages\n" + cfg.APISecret))
	if cfg.PublicURL != "" {
		u, err := url.Parse(cfg.PublicURL)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || !hostText.MatchString(u.Host) ||
			strings.Trim(cfg.PublicURL, "/") != u.Scheme+"://"+u.Host {
			return errors.New("the public URL has to be a scheme and a host, such as https://pay.example")
		}
		ps.scheme, ps.host = u.Scheme, u.Host
	}
	if !cfg.NoPages {
		ps.mux = s.routePages()
	}
	return nil
}

// pageID makes the id of a page, which a replayed run repeats and nobody can
// guess who does not know the secret of the API.
func (s *Sandbox) pageID(kind, id string) string {
	mac := hmac.New(sha256.New, s.pages.key[:])
	mac.Write([]byte(kind + "\n" + id))
	raw := mac.Sum(nil)
	return fmt.Sprintf("%x-%x-%x-%x-%x", raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:16])
}

// openPage makes the page of a thing and returns its id.
func (s *Sandbox) openPage(ref pageRef) string {
	page := s.pageID(ref.kind, ref.id)
	s.pages.refs.put(page, ref)
	return page
}

func (s *Sandbox) pageRef(page, kind string) (pageRef, bool) {
	ref, ok := s.pages.refs.get(page)
	return ref, ok && ref.kind == kind
}

// pageURL says where a browser finds a hosted page: at the sandbox itself by the
// name that the request used for it, and at the platform's own address when the
// pages are off. The part is what clients put "https://payment." in front of.
func (c *call) pageURL(path string) (full, part string) {
	ps := &c.s.pages
	scheme, host := ps.scheme, ps.host
	if host == "" && hostText.MatchString(c.r.Host) {
		scheme, host = "http", c.r.Host
		if c.r.TLS != nil {
			scheme = "https"
		}
	}
	if ps.mux == nil || host == "" {
		return "https://" + platformHost + path, defaultPartOf + path
	}
	part, public := strings.CutPrefix(host, hostedPrefix)
	if !public {
		part = defaultPartOf
	}
	return scheme + "://" + host + path, part + path
}

// A page is an answer to a browser.
type page struct {
	status    int
	name      string // of the template
	data      any
	to        string // where the browser is sent instead
	returnURL string // where the form leads in the end
	framed    bool   // other sites may embed it
}

func (s *Sandbox) routePages() *http.ServeMux {
	mux := http.NewServeMux()
	handle := func(pattern string, answer func(*http.Request) page) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.writePage(w, r, answer(r)) })
	}
	for path, answer := range s.hostedPages() {
		handle("GET "+path, answer)
		handle("POST "+path, answer)
	}
	for path, answer := range s.operatorPages() {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			if !wantsPage(r) {
				s.unknownPath(w, r)
				return
			}
			if !s.fromOperator(r) {
				s.writePage(w, r, notFromHere())
				return
			}
			s.writePage(w, r, answer(r))
		})
	}
	mux.HandleFunc("GET "+stylePath, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		http.ServeFileFS(w, r, pageFiles, "pages/style.css")
	})
	mux.HandleFunc("/", s.unknownPath)
	return mux
}

func (s *Sandbox) unknownPath(w http.ResponseWriter, r *http.Request) {
	s.refuse(w, r, &refusal{status: http.StatusNotFound, id: "UNKNOWN_RESOURCE", code: "50001404"})
}

func (s *Sandbox) writePage(w http.ResponseWriter, r *http.Request, p page) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Content-Security-Policy", p.policy())
	if !p.framed {
		h.Set("X-Frame-Options", "DENY")
	}
	if p.to != "" {
		http.Redirect(w, r, p.to, http.StatusSeeOther)
		return
	}
	var b bytes.Buffer
	if err := pageTemplates().ExecuteTemplate(&b, p.name, p.data); err != nil {
		panic("sandbox: page " + p.name + ": " + err.Error())
	}
	writeAs(w, []string{"text/html; charset=utf-8"}, p.status, b.Bytes())
}

// policy is the Content-Security-Policy of a page. Browsers hold a redirect that
// follows a form against form-action too.
func (p *page) policy() string {
	policy := "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'"
	if origin := originOf(p.returnURL); origin != "" {
		policy += " " + origin
	}
	if !p.framed {
		policy += "; frame-ancestors 'none'"
	}
	return policy
}

// originOf returns the source of a return URL as a policy names it, which is its
// scheme alone where the host cannot be named.
func originOf(to string) string {
	if !mayReturn(to) {
		return ""
	}
	scheme, _, _ := strings.Cut(to, ":")
	u, err := url.Parse(to)
	if err == nil && (scheme == "http" || scheme == "https") && hostText.MatchString(u.Host) && !strings.HasPrefix(u.Host, "[") {
		return scheme + "://" + u.Host
	}
	return scheme + ":"
}

// mayReturn says that a browser can be sent to a return URL.
func mayReturn(to string) bool {
	scheme, _, _ := strings.Cut(strings.ToLower(to), ":")
	return returnURLText.MatchString(to) && scheme != "javascript" && scheme != "data" && scheme != "vbscript"
}

// wantsPage says that a browser asks, and not a client of the API.
func wantsPage(r *http.Request) bool { return strings.Contains(r.Header.Get("Accept"), "text/html") }

// fromOperator says that the operator opened the page, and not another site:
// neither from one of its own pages nor under a name that it made up for this
// address.
func (s *Sandbox) fromOperator(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "none" && site != "same-origin" {
		return false
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	return r.Host == s.pages.host || !strings.Contains(host, ".") || strings.HasSuffix(host, ".localhost") ||
		net.ParseIP(host) != nil
}
