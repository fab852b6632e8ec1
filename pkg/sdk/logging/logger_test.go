package logging_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/pkg/sdk/logging"
)

// exchange tells a logger of one send that was answered and one that was not.
func exchange(ctx context.Context, l logging.Logger, o *logging.Obfuscator) {
	header := http.Header{"Authorization": {"GCS v1HMAC:key:c2ln"}, "Date": {"Fri, 06 Jun 2014 13:39:43 GMT"}}
	l.LogRequest(ctx, o.Request("r-1", "GET", "https://host/v2/m/payments/1_0?cvv=1", header, nil))
	answer := http.Header{"Content-Type": {"application/json"}, "Set-Cookie": {"a", "b"}}
	l.LogResponse(ctx, o.Response("r-1", 1500*time.Microsecond, 200, answer, []byte(`{"id":"1_0","cvv":"123"}`)))
	header.Set("Content-Type", "application/json")
	l.LogRequest(ctx, o.Request("r-2", "POST", "/v2/m/payments", header, []byte(`{"cvv":"123"}`)))
	l.LogError(ctx, o.Failure("r-2", 2*time.Second, errors.New("card 4330264936344675\nrefused")))
}

func TestWriterLayout(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	exchange(t.Context(), logging.NewWriter(&b), logging.NewObfuscator())
	want := `Outgoing request (requestId='r-1'):
  method:       'GET'
  uri:          '/v2/m/payments/1_0?cvv=*'
  headers:      'Authorization="********", Date="Fri, 06 Jun 2014 13:39:43 GMT"'
Incoming response (requestId='r-1', 1 ms):
  status-code:  '200'
  headers:      'Content-Type="application/json", Set-Cookie="********", Set-Cookie="********"'
  content-type: 'application/json'
  body:         '{"id":"1_0","cvv":"***"}'
Outgoing request (requestId='r-2'):
  method:       'POST'
  uri:          '/v2/m/payments'
  headers:      'Authorization="********", Content-Type="application/json", Date="Fri, 06 Jun 2014 13:39:43 GMT"'
  content-type: 'application/json'
  body:         '{"cvv":"***"}'
Error occurred for outgoing request (requestId='r-2', 2000 ms)
  card **************** refused
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestSlogLevels(t *testing.T) {
	t.Parallel()
	text := func(level slog.Level) string {
		var b bytes.Buffer
		l := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: level, ReplaceAttr: withoutTime}))
		exchange(t.Context(), logging.NewSlog(l), logging.NewObfuscator())
		return b.String()
	}
	failure := `level=WARN msg="outgoing request failed" requestId=r-2 duration=2s error="card **************** refused"` + "\n"
	want := `level=DEBUG msg="outgoing request" requestId=r-1 method=GET uri="/v2/m/payments/1_0?cvv=*" headers.Authorization=******** headers.Date="Fri, 06 Jun 2014 13:39:43 GMT"
level=DEBUG msg="incoming response" requestId=r-1 duration=1.5ms status=200 headers.Content-Type=application/json headers.Set-Cookie="********, ********" contentType=application/json body="{\"id\":\"1_0\",\"cvv\":\"***\"}"
level=DEBUG msg="outgoing request" requestId=r-2 method=POST uri=/v2/m/payments headers.Authorization=******** headers.Content-Type=application/json headers.Date="Fri, 06 Jun 2014 13:39:43 GMT" contentType=application/json body="{\"cvv\":\"***\"}"
` + failure
	if diff := cmp.Diff(want, text(slog.LevelDebug)); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	require.Equal(t, failure, text(slog.LevelInfo))
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// entryCounter is a writer that is no good for two callers at a time.
type entryCounter struct {
	writes int
	whole  bool
}

func (e *entryCounter) Write(p []byte) (int, error) {
	e.writes++
	text := string(p)
	e.whole = e.whole && strings.HasSuffix(text, "'\n") && strings.Count(text, "requestId=") == 1
	return 0, errors.New("disk is full")
}

func TestWriterServesManyCallers(t *testing.T) {
	t.Parallel()
	out := entryCounter{whole: true}
	l, o := logging.NewWriter(&out), logging.NewObfuscator(logging.All("memo"))
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for range 50 {
				l.LogRequest(t.Context(), o.Request(fmt.Sprint(i), "POST", "/", nil, []byte(`{"memo":"x"}`)))
			}
		})
	}
	wg.Wait()
	require.Equal(t, 800, out.writes)
	require.True(t, out.whole)
}
