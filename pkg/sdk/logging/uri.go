package logging

import "strings"

// URI returns the path and the query of an address as they are logged. Segments that
// name a token and parameters with a rule are hidden like the fields of a body.
func (o *Obfuscator) URI(uri string) string {
	uri = strings.ToValidUTF8(uri, "\ufffd")
	uri, _, _ = strings.Cut(uri, "#")
	path, query, hasQuery := strings.Cut(uri, "?")
	if _, rest, found := strings.Cut(path, "://"); found {
		_, path, _ = strings.Cut(rest, "/")
		path = "/" + path
	}
	path = o.path(path)
	if !hasQuery {
		return oneLine(path)
	}
	return oneLine(path + "?" + o.query(query, cut{}))
}

func (o *Obfuscator) path(path string) string {
	segments := strings.Split(path, "/")
	parent := ""
	for i, segment := range segments {
		plain := decodedPart(segment)
		segments[i] = o.part(below(parent, plain), segment, plain, cut{})
		parent = plain
	}
	return strings.Join(segments, "/")
}

// below returns what a segment stands for, by the one before it.
func below(parent, segment string) subject {
	switch parent {
	case "tokens", "hostedtokenizations", "sessions":
		if segment == "importCofSeries" {
			return subject{}
		}
		return subject{mask: keepLast(4)}
	case "payments", "payouts":
		return subject{kind: anID}
	}
	return subject{}
}

// query hides in the parameters of a query, or of a form, each of which counts as cut
// where c says so.
func (o *Obfuscator) query(query string, c cut) string {
	var b strings.Builder
	for rest, more := query, true; more; {
		var pair string
		pair, rest, more = strings.Cut(rest, "&")
		name, value, assigned := strings.Cut(pair, "=")
		plain := decodedPart(strings.ReplaceAll(name, "+", " "))
		b.WriteString(o.part(subject{}, name, plain, c))
		if assigned {
			b.WriteByte('=')
			b.WriteString(o.part(o.place(plain), value, decodedPart(strings.ReplaceAll(value, "+", " ")), c))
		}
		if more {
			b.WriteByte('&')
		}
	}
	return b.String()
}

// part returns what is logged of a part of an address: the part as it was written, or
// its decoded text when there is something to hide in that.
func (o *Obfuscator) part(at subject, raw, plain string, c cut) string {
	if at.mask.hides() {
		if clean := at.mask.hide(o, plain, false, !c.end); clean != plain {
			return clean
		}
		return raw
	}
	where := setting{cut: c, kind: at.kind, whole: true}
	if clean := o.text(plain, where); clean != plain {
		return clean
	}
	return o.text(raw, where)
}

func decodedPart(s string) string { return strings.ToValidUTF8(unpercent(s), "\ufffd") }
