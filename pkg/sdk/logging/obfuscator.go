package logging

import (
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	standardLimit = 64 << 10
	mostText      = 8 << 10 // of an error or a header
	binaryContent = "<binary content>"
	cutShort      = "...<cut>"
)

// An Obfuscator hides card data, personal data and secrets in what is logged. Its
// zero value applies the standard rules. It is safe for concurrent use.
type Obfuscator struct {
	extra   map[string]mask
	limited bool
	limit   int
}

// NewObfuscator returns an Obfuscator that applies rules beyond the standard ones.
func NewObfuscator(rules ...Rule) *Obfuscator {
	o := &Obfuscator{extra: make(map[string]mask, len(rules))}
	for _, r := range rules {
		if r.limits {
			if !o.limited || r.limit < o.limit {
				o.limited, o.limit = true, r.limit
			}
			continue
		}
		if name := string(normalize(nil, r.name)); name != "" {
			o.extra[name] = o.extra[name].and(r.mask)
		}
	}
	return o
}

// Request returns what a [Logger] may know of a request. The uri may be a whole
// address; only its path and query are logged.
func (o *Obfuscator) Request(id, method, uri string, header http.Header, body []byte) Request {
	format := first(header, "Content-Type")
	r := Request{ID: o.Text(id), Method: o.Text(method), URI: o.URI(uri), Header: o.Header(header)}
	if body != nil {
		r.ContentType, r.Body = o.Text(format), o.encoded(header, format, body)
	}
	return r
}

// Response returns what a [Logger] may know of an answer.
func (o *Obfuscator) Response(id string, took time.Duration, status int, header http.Header, body []byte) Response {
	format := first(header, "Content-Type")
	return Response{
		RequestID: o.Text(id), Duration: took, StatusCode: status, Header: o.Header(header),
		ContentType: o.Text(format), Body: o.encoded(header, format, body),
	}
}

// Failure returns what a [Logger] may know of the reason why there is no answer.
func (o *Obfuscator) Failure(id string, took time.Duration, err error) Failure {
	f := Failure{RequestID: o.Text(id), Duration: took}
	if err != nil {
		f.Err = o.Text(err.Error())
	}
	return f
}

// Header returns a copy of h with the values hidden that must not be logged.
func (o *Obfuscator) Header(h http.Header) http.Header {
	if h == nil {
		return nil
	}
	clean := make(http.Header, len(h))
	for name, values := range h {
		at := o.place(name)
		if !at.mask.hides() {
			var space [64]byte
			at.mask = suspectHeader(string(normalize(space[:0], name)))
		}
		list := make([]string, len(values))
		for i, value := range values {
			list[i] = o.named(at, value)
		}
		name = o.Text(name)
		clean[name] = append(clean[name], list...)
	}
	return clean
}

// named returns what is logged of a value that stands alone.
func (o *Obfuscator) named(at subject, value string) string {
	value = strings.ToValidUTF8(value, "\ufffd")
	if at.mask.hides() {
		return oneLine(at.mask.hide(o, value, false, true))
	}
	return o.line(value, at.kind)
}

// Text returns a text from anywhere, such as that of an error, on one line and
// without what must not be logged.
func (o *Obfuscator) Text(s string) string {
	return o.line(strings.ToValidUTF8(s, "\ufffd"), anything)
}

func (o *Obfuscator) line(s string, kind subjectKind) string {
	at := setting{kind: kind, whole: true}
	if len(s) > mostText {
		s, at.cut.end = shorten(s, mostText), true
	}
	clean := oneLine(o.text(s, at))
	if at.cut.end {
		clean += cutShort
	}
	return clean
}

// shorten cuts s between two characters.
func shorten(s string, most int) string {
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// encoded returns what is logged of a body that may be compressed.
func (o *Obfuscator) encoded(header http.Header, format string, body []byte) string {
	switch strings.ToLower(strings.TrimSpace(first(header, "Content-Encoding"))) {
	case "", "identity":
		return o.Body(format, body)
	}
	if len(body) == 0 {
		return ""
	}
	return binaryContent
}

// Body returns what is logged of a body of a content type. What has none is taken for
// JSON. A body may be cut short anywhere; one whose beginning is missing shows next to
// nothing.
func (o *Obfuscator) Body(contentType string, body []byte) string {
	limit := standardLimit
	if o != nil && o.limited {
		limit = o.limit
	}
	if len(body) == 0 {
		return ""
	}
	kind := kindOf(contentType)
	if kind == binary {
		return binaryContent
	}
	end := ""
	if len(body) > limit {
		body, end = body[:limit], cutShort
	}
	s := strings.ToValidUTF8(string(body), "\ufffd")
	switch {
	case kind == structured:
		s, _ = o.hideJSON(s, false, 0)
		s = quiet(s)
	case strings.IndexByte(s, 0) >= 0: // UTF-16, or no text
		return binaryContent
	case kind == form:
		s = oneLine(o.query(s, cut{true, true}))
	default:
		s = oneLine(o.text(s, setting{cut: cut{true, true}}))
	}
	return s + end
}

type bodyKind uint8

const (
	structured bodyKind = iota
	readable
	form
	binary
)

// kindOf says how a body is to be read. A type that cannot be read is taken for JSON,
// of which the least is shown when it is not.
func kindOf(contentType string) bodyKind {
	media, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return structured
	}
	switch strings.ToLower(parameters["charset"]) {
	case "", "utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252":
	default:
		return binary
	}
	switch {
	case media == "application/json", media == "text/json", strings.HasSuffix(media, "+json"):
		return structured
	case media == "application/x-www-form-urlencoded":
		return form
	case strings.HasPrefix(media, "text/"), media == "application/xml", strings.HasSuffix(media, "+xml"):
		return readable
	}
	return binary
}

// first returns the first value of a header whose name may be in any case.
func first(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	for key, values := range h {
		if len(values) > 0 && strings.EqualFold(key, name) {
			return values[0]
		}
	}
	return ""
}
