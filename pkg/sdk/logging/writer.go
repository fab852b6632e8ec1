package logging

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// NewWriter returns a Logger that writes texts in the layout of the official SDKs to
// w: one Write for each entry, one at a time. What w answers is not looked at.
func NewWriter(w io.Writer) Logger { return &writer{w: w} }

type writer struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *writer) write(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = io.WriteString(l.w, text)
}

func (l *writer) LogRequest(_ context.Context, r Request) {
	var b strings.Builder
	fmt.Fprintf(&b, "Outgoing request (requestId='%s'):\n  method:       '%s'\n  uri:          '%s'\n",
		r.ID, r.Method, r.URI)
	fmt.Fprintf(&b, "  headers:      '%s'\n", headerText(r.Header))
	if r.ContentType != "" || r.Body != "" {
		fmt.Fprintf(&b, "  content-type: '%s'\n  body:         '%s'\n", r.ContentType, r.Body)
	}
	l.write(b.String())
}

func (l *writer) LogResponse(_ context.Context, r Response) {
	var b strings.Builder
	fmt.Fprintf(&b, "Incoming response (requestId='%s', %d ms):\n  status-code:  '%d'\n",
		r.RequestID, r.Duration.Milliseconds(), r.StatusCode)
	fmt.Fprintf(&b, "  headers:      '%s'\n  content-type: '%s'\n  body:         '%s'\n",
		headerText(r.Header), r.ContentType, r.Body)
	l.write(b.String())
}

func (l *writer) LogError(_ context.Context, f Failure) {
	l.write(fmt.Sprintf("Error occurred for outgoing request (requestId='%s', %d ms)\n  %s\n",
		f.RequestID, f.Duration.Milliseconds(), f.Err))
}

// headerText returns headers on one line, by name.
func headerText(h http.Header) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			if b.Len() > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, `%s="%s"`, name, value)
		}
	}
	return b.String()
}
