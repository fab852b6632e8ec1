package sdk

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/payreconcile/payreconcile/pkg/sdk/logging"
)

// A log is the switch of a client's logging, shared by the clients made from it.
type log struct{ on atomic.Pointer[activeLog] }

type activeLog struct {
	logger logging.Logger
	hide   *logging.Obfuscator
}

// EnableLogging hands every request, answer and failure to l from now on, obfuscated
// by the standard rules of package logging and by the rules given. It replaces the
// logger before, holds for clients made by [Client.WithClientMetaInfo] too, and may be
// called at any time; a send that is under way is still logged as when it began. A
// nil l is [Client.DisableLogging].
func (c *Client) EnableLogging(l logging.Logger, rules ...logging.Rule) {
	switch {
	case c.log == nil:
	case l == nil:
		c.log.on.Store(nil)
	default:
		c.log.on.Store(&activeLog{l, logging.NewObfuscator(rules...)})
	}
}

// DisableLogging ends logging.
func (c *Client) DisableLogging() { c.EnableLogging(nil) }

// logged makes one send, and logs it around the send: what was sent, then what came
// back, and what was wrong with that.
func (x *exchange) logged(l *activeLog, outer *http.Request, header http.Header) {
	id := strconv.FormatUint(rand.Uint64(), 16) // not of Config.Random: logging must not change the waits
	l.logger.LogRequest(x.caller, l.hide.Request(id, x.req.method, x.req.resource, header, x.req.body))
	start := x.client.now()
	x.once(x.caller, outer, header)
	took := x.client.now().Sub(start)
	if x.last.status != 0 {
		l.logger.LogResponse(x.caller, l.hide.Response(id, took, x.last.status, x.last.header, x.last.raw))
	}
	if x.last.failure != FailureNone {
		l.logger.LogError(x.caller, l.hide.Failure(id, took, fmt.Errorf("%s: %w", x.last.failure, x.last.err)))
	}
}
