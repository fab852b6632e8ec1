package webhooks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// A Handler is an [http.Handler] that receives events: it reads a body up to a limit,
// validates and reads it, drops what was handled before, and hands the rest to Handle.
//
// It answers 204 when the event is handled or was before, and what it answers
// otherwise makes the platform send the event again, up to five times within 35 hours:
//
//	400  the body is no event, or one of another version
//	401  the signature does not fit, or its key is not known
//	405  the method is not POST
//	408  the body did not arrive within ReadTimeout
//	413  the body is over MaxBytes
//	500  Handle failed, or panicked; a [*StatusError] says another status
//	503  the key store or the memory of handled events failed
//
// Events may arrive twice, and in any order: an event says that something happened,
// read the payment to know how it stands. Two events are the same when they are about
// the same payment.id and have the same type, which is how the platform defines
// duplicates; the ids of a refund and a payout count like that of a payment. All other
// events, and those of the test button, are the same when they have the same id, since
// a payment link, for example, can be paid more than once.
type Handler struct {
	// Helper validates and reads. It is needed.
	Helper *Helper
	// Handle is told of each event once; an error makes the platform send it again. It
	// is needed, and must be safe for concurrent use. Its context does not end when the
	// sender gives up waiting: what takes long is finished and remembered.
	Handle func(ctx context.Context, e *Event) error
	// Memory knows what was handled. Nil remembers in this process for 48 hours.
	Memory Memory
	// MaxBytes limits a body; 0 means 1 MiB.
	MaxBytes int64
	// ReadTimeout limits the arrival of a body; 0 means 10 s. A shorter ReadTimeout of
	// the server stays as it is.
	ReadTimeout time.Duration
	// Report is told, for a log, of each event that was not answered with success, and of
	// one that could not be remembered; it may be nil. The error holds no secret and
	// nothing of the body, unless Handle put it there.
	Report func(ctx context.Context, status int, err error)

	once   sync.Once
	memory Memory
	mu     sync.Mutex
	flying map[string]*flight
}

// A StatusError is an error of a Handle that is answered with this status, 400 to
// 599, in the place of 500.
type StatusError struct {
	Status int
	Err    error
}

func (e *StatusError) Error() string { return e.Err.Error() }

// Unwrap returns the error.
func (e *StatusError) Unwrap() error { return e.Err }

// A flight is an event that is being handled.
type flight struct {
	done chan struct{}
	err  error
}

// ServeHTTP receives one event.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, err := h.receive(w, r)
	if err != nil && h.Report != nil {
		h.Report(r.Context(), status, err)
	}
	if status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", http.MethodPost)
	}
	w.WriteHeader(status)
}

func (h *Handler) receive(w http.ResponseWriter, r *http.Request) (int, error) {
	if r.Method != http.MethodPost {
		return http.StatusMethodNotAllowed, fmt.Errorf("receive webhook: method %s, expected POST", strconv.Quote(r.Method))
	}
	if h.Handle == nil {
		return http.StatusInternalServerError, errors.New("receive webhook: the handler has no Handle")
	}
	body, status, err := h.read(w, r)
	if err != nil {
		return status, err
	}
	e, err := h.Helper.Unmarshal(r.Context(), body, r.Header)
	if err != nil {
		return statusOf(err), err
	}
	if err := h.deliver(r.Context(), e); err != nil {
		var memory *memoryError
		if errors.As(err, &memory) {
			return http.StatusServiceUnavailable, err
		}
		var other *StatusError
		if errors.As(err, &other) && other.Status >= 400 && other.Status <= 599 {
			return other.Status, err
		}
		return http.StatusInternalServerError, err
	}
	return http.StatusNoContent, nil
}

func (h *Handler) read(w http.ResponseWriter, r *http.Request) ([]byte, int, error) {
	limit, timeout := h.MaxBytes, h.ReadTimeout
	if limit == 0 {
		limit = 1 << 20
	}
	if timeout == 0 {
		timeout = 10 * time.Second
	}
	if r.ContentLength > limit {
		w.Header().Set("Connection", "close")
		return nil, http.StatusRequestEntityTooLarge, fmt.Errorf("receive webhook: the body is over %d bytes", limit)
	}
	if srv, ok := r.Context().Value(http.ServerContextKey).(*http.Server); ok && srv.ReadTimeout > 0 {
		timeout = min(timeout, srv.ReadTimeout)
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(timeout)) // as far as the server can
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil:
		return body, 0, nil
	case errors.As(err, &tooLarge):
		return nil, http.StatusRequestEntityTooLarge, fmt.Errorf("receive webhook: the body is over %d bytes", limit)
	default:
		return nil, http.StatusRequestTimeout, fmt.Errorf("receive webhook: %w", err)
	}
}

func statusOf(err error) int {
	var key *KeyError
	var signature *SignatureError
	switch {
	case errors.As(err, &key) && !errors.Is(err, ErrUnknownKey):
		return http.StatusServiceUnavailable
	case errors.As(err, &key), errors.As(err, &signature):
		return http.StatusUnauthorized
	default:
		return http.StatusBadRequest
	}
}
