package sdk

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"
)

// reserved reports whether a header, in Go's spelling, is set by the client alone.
// The names without X-GCS would make net/http send a request again by itself.
func reserved(name string) bool {
	switch name {
	case headerServerMetaInfo, headerIdempotenceKey, "Date", "Content-Type", "Authorization",
		"Idempotency-Key", "X-Idempotency-Key",
		"Host", "Content-Length", "Transfer-Encoding", "Connection", "Trailer", "Accept-Encoding", "Content-Encoding":
		return true
	}
	return false
}

// checkHeader accepts what can be sent and signed without change. Its errors do not
// repeat the value.
func checkHeader(name, value string) error {
	if name == "" || strings.ContainsFunc(name, notToken) {
		return fmt.Errorf("header name %q is not valid", name)
	}
	for _, r := range value {
		if (r < ' ' && r != '\t') || r > '~' {
			return fmt.Errorf("header %s has a line break or a character that is not printable ASCII", name)
		}
	}
	return nil
}

func notToken(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
}

// A dateFormatter formats the Date header once a second.
type dateFormatter struct{ last atomic.Pointer[formattedDate] }

type formattedDate struct {
	second int64
	value  []string // the header's values; shared, never changed
}

func (f *dateFormatter) header(now time.Time) []string {
	second := now.Unix()
	if d := f.last.Load(); d != nil && d.second == second {
		return d.value
	}
	d := &formattedDate{second, []string{now.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")}}
	f.last.Store(d)
	return d.value
}
