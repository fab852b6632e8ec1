package logging

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// NewSlog returns a Logger that hands records to l: requests and responses at level
// Debug, since they are long and their bodies are the business of customers even when
// masked, and failures at level Warn. Header names are the keys of a group.
func NewSlog(l *slog.Logger) Logger { return slogger{l} }

type slogger struct{ l *slog.Logger }

func (s slogger) LogRequest(ctx context.Context, r Request) {
	if !s.l.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("requestId", r.ID), slog.String("method", r.Method), slog.String("uri", r.URI),
		headerAttr(r.Header),
	}
	if r.ContentType != "" || r.Body != "" {
		attrs = append(attrs, slog.String("contentType", r.ContentType), slog.String("body", r.Body))
	}
	s.l.LogAttrs(ctx, slog.LevelDebug, "outgoing request", attrs...)
}

func (s slogger) LogResponse(ctx context.Context, r Response) {
	if !s.l.Enabled(ctx, slog.LevelDebug) {
		return
	}
	s.l.LogAttrs(ctx, slog.LevelDebug, "incoming response",
		slog.String("requestId", r.RequestID), slog.Duration("duration", r.Duration),
		slog.Int("status", r.StatusCode), headerAttr(r.Header),
		slog.String("contentType", r.ContentType), slog.String("body", r.Body))
}

func (s slogger) LogError(ctx context.Context, f Failure) {
	s.l.LogAttrs(ctx, slog.LevelWarn, "outgoing request failed",
		slog.String("requestId", f.RequestID), slog.Duration("duration", f.Duration),
		slog.String("error", f.Err))
}

func headerAttr(h http.Header) slog.Attr {
	attrs := make([]slog.Attr, 0, len(h))
	for _, name := range slices.Sorted(maps.Keys(h)) {
		attrs = append(attrs, slog.String(name, strings.Join(h[name], ", ")))
	}
	return slog.Attr{Key: "headers", Value: slog.GroupValue(attrs...)}
}
