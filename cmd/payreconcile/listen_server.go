package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/payreconcile/payreconcile/internal/gateway"
	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/internal/listen"
	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/sdk/webhooks"
)

// What a sender may take of this process.
const (
	bodyLimit     = 1 << 20
	headerLimit   = 16 << 10
	headerTimeout = 5 * time.Second
	bodyTimeout   = 10 * time.Second
	endTimeout    = 30 * time.Second // for what is being answered when it ends
)

// A listener answers events.
type listener struct {
	env      *env
	merchant string
	keys     *webhookKeys
	record   func(context.Context, apply.Event) (journal.Receipt, error)
	refusals quota

	mu sync.Mutex // of the lines
}

// serve answers until the context ends; events under way are recorded and
// answered then.
func (l *listener) serve(ctx context.Context, o listenOptions) error {
	cert, err := newCertificate(o.cert, o.key)
	if err != nil {
		return &codeError{code: exitUsage, err: fmt.Errorf("listen: %w", err), hint: "give a certificate and its key as PEM files"}
	}
	socket, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.address)
	if err != nil {
		return &codeError{code: exitUsage, err: fmt.Errorf("listen: %w", err), hint: "name another address with --listen"}
	}
	socket = listen.AtMost(socket, o.maxConnections)
	scheme := "http"
	if cert != nil {
		scheme, socket = "https", tls.NewListener(socket, cert.config())
	}
	server := &http.Server{
		Handler: l.handler(o.path), MaxHeaderBytes: headerLimit,
		ReadHeaderTimeout: headerTimeout, ReadTimeout: headerTimeout + bodyTimeout,
		WriteTimeout: headerTimeout + bodyTimeout + o.lockTimeout + endTimeout, IdleTimeout: time.Minute,
		ErrorLog: log.New(refusalLog{l}, "", 0),
	}
	defer l.rereading(ctx, cert)()
	stopped := make(chan error, 1)
	served := make(chan error, 1)
	go func() { served <- server.Serve(socket) }()
	go func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
		defer cancel()
		stopped <- server.Shutdown(grace)
	}()
	l.env.say("listening for webhooks of merchant %s on %s://%s%s; keys known: %d", l.merchant, scheme, socket.Addr(), o.path, l.keys.ids)
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("listen: %w", err)
	}
	if err := <-stopped; err != nil {
		return fmt.Errorf("listen: end: %w", err)
	}
	l.env.say("ended; what was answered is recorded")
	return nil
}

// rereading reads files again on SIGHUP, until it is told to stop.
func (l *listener) rereading(ctx context.Context, cert *certificate) (stop func()) {
	signals, release := notifyHangup()
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-signals:
				l.keys.reload()
				if err := cert.load(); err != nil {
					l.env.say("warning: the certificate stays as it is: %v", err)
				}
			case <-done:
				return
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() {
		release()
		close(done)
		<-ended
	}
}

// handler answers events at one path, and says at once that a body is too large.
func (l *listener) handler(path string) http.Handler {
	h := &webhooks.Handler{
		Helper: webhooks.NewHelper(l.keys), Handle: l.handle, Memory: journalKnows{}, MaxBytes: bodyLimit, ReadTimeout: bodyTimeout, Report: l.refused,
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != path {
			http.NotFound(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// journalKnows is the memory of a handler whose Handle knows repetitions.
type journalKnows struct{}

func (journalKnows) Handled(context.Context, string) (bool, error) { return false, nil }
func (journalKnows) Remember(context.Context, string) error        { return nil }

// handle records one event. It is answered once it is durable.
func (l *listener) handle(ctx context.Context, raw *webhooks.Event) error {
	e, err := gateway.EventOf(raw, l.merchant, l.env.now())
	if err != nil {
		return &webhooks.StatusError{Status: http.StatusBadRequest, Err: err}
	}
	receipt, err := l.record(ctx, e)
	switch {
	case errors.Is(err, apply.ErrLocked), errors.Is(err, listen.ErrEnded):
		return &webhooks.StatusError{Status: http.StatusServiceUnavailable, Err: err}
	case err != nil:
		return err
	}
	l.tell(render.ReceivedEvent(e, receipt.Seq, receipt.Verdict, receipt.Intent))
	return nil
}

// tell prints what an event did.
func (l *listener) tell(e render.StreamEvent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// The event is recorded: whether somebody reads of it changes nothing.
	if l.env.stream != nil {
		_ = l.env.stream.Event(e)
	} else {
		_ = render.EventLine(l.env.stdout, e, l.env.style(l.env.stdout))
	}
	if e.Alarm {
		l.env.say("ATTENTION: webhook %s about operation %s settles nothing: %s", e.ID, e.OperationID, e.Message)
	}
}

// refused says why an event was not taken, within the quota: whoever reaches the
// port could fill a disk otherwise.
func (l *listener) refused(_ context.Context, status int, err error) {
	l.say("answered %d: %v", status, err)
}

func (l *listener) say(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ok, left := l.refusals.take(l.env.now())
	if left > 0 {
		l.env.say("%d more lines were left out", left)
	}
	if ok {
		l.env.say(format, args...)
	}
}

// refusalLog is where the server says what is wrong with a connection.
type refusalLog struct{ l *listener }

func (r refusalLog) Write(b []byte) (int, error) {
	r.l.say("%s", b)
	return len(b), nil
}

// A quota is how many lines may be said a minute.
type quota struct {
	since time.Time
	said  int
}

const quotaLines = 30

// take reports whether a line may be said, and how many were not in the minute
// that is over.
func (q *quota) take(now time.Time) (ok bool, left int) {
	if now.Sub(q.since).Abs() >= time.Minute {
		left = max(0, q.said-quotaLines)
		q.since, q.said = now, 0
	}
	q.said++
	return q.said <= quotaLines, left
}

// A certificate is one that can be replaced while it is used; nil is none.
type certificate struct {
	cert, key string
	now       atomic.Pointer[tls.Certificate]
}

func newCertificate(cert, key string) (*certificate, error) {
	if cert == "" {
		return nil, nil
	}
	c := &certificate{cert: cert, key: key}
	return c, c.load()
}

func (c *certificate) load() error {
	if c == nil {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err == nil {
		c.now.Store(&pair)
	}
	return err
}

func (c *certificate) config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.now.Load(), nil },
	}
}
