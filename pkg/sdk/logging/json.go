package logging

import "strings"

const (
	notJSON = "<not JSON, not logged>"
	deepest = 200 // nesting of values
)

// A scanner copies JSON and hides what it must on the way. It reads strictly: where
// a text is not JSON it may be a piece whose beginning is missing, and then nobody
// knows what is name and what is value, so that nothing from there on is copied. A
// text that merely ends too early is copied as far as it goes.
type scanner struct {
	o      *Obfuscator
	in     string
	pos    int
	copied int // in[:copied] is in out, or hidden
	out    strings.Builder
	nested int
}

// hideJSON copies the one value that in begins with, and returns where it ends. more
// says that text may follow it.
func (o *Obfuscator) hideJSON(in string, more bool, nested int) (string, int) {
	s := &scanner{o: o, in: in, nested: nested}
	if s.value(subject{mask: hideAll()}, 0) {
		s.space()
		if s.pos < len(in) && !more {
			s.fail(s.pos)
		}
	}
	end := s.pos
	if s.copied == 0 {
		return in[:end], end
	}
	s.flush(end)
	return s.out.String(), end
}

// value reads a value; at is what holds it. It returns false when there is nothing
// more to read.
func (s *scanner) value(at subject, depth int) bool {
	s.space()
	if s.pos == len(s.in) {
		return false
	}
	if depth == deepest {
		return s.fail(s.pos)
	}
	switch s.in[s.pos] {
	case '{':
		return s.object(at, depth+1)
	case '[':
		return s.array(at, depth+1)
	case '"':
		return s.string(at)
	}
	return s.literal(at)
}

// object reads an object. Its fields are judged by their own names, unless it is a
// secret as a whole.
func (s *scanner) object(at subject, depth int) bool {
	s.pos++
	if s.space(); s.take('}') {
		return true
	}
	for {
		s.space()
		if s.pos == len(s.in) {
			return false
		}
		if s.in[s.pos] != '"' {
			return s.fail(s.pos)
		}
		from := s.pos + 1
		if !s.string(subject{}) {
			return false
		}
		field := s.o.place(unescape(s.in[from : s.pos-1]))
		if at.mask.kind == hideValue {
			field.mask = hideFixed()
		}
		if !s.expect(':') || !s.value(field, depth) {
			return false
		}
		if s.space(); s.take('}') {
			return true
		}
		if !s.expect(',') {
			return false
		}
	}
}

// array reads an array. Nothing stays of values in an array that is to be masked: a
// number may be spread over it.
func (s *scanner) array(at subject, depth int) bool {
	if at.mask.kind == hideRest {
		at.mask = hideAll()
	}
	s.pos++
	if s.space(); s.take(']') {
		return true
	}
	for {
		if !s.value(at, depth) {
			return false
		}
		if s.space(); s.take(']') {
			return true
		}
		if !s.expect(',') {
			return false
		}
	}
}

// string reads a string, or a name, and hides it or what in it must be hidden.
func (s *scanner) string(at subject) bool {
	from := s.pos + 1
	end, plain, state := stringEnd(s.in, from)
	if state == broken {
		return s.fail(s.pos)
	}
	raw := s.in[from:end]
	switch {
	case at.mask.hides():
		s.replace(from, end, at.mask.hide(s.o, raw, true, state == closed))
	case plain || state == closed && at.kind.holds(raw):
	default:
		text := unescape(raw)
		clean := s.o.text(text, setting{cut: cut{end: state != closed}, kind: at.kind, nested: s.nested + 1})
		if clean != text {
			s.replace(from, end, quoted(clean))
		}
	}
	if s.pos = end; state != closed {
		return false
	}
	s.pos++
	return true
}

// literal reads a number, true, false or null.
func (s *scanner) literal(at subject) bool {
	from := s.pos
	for s.pos < len(s.in) && strings.IndexByte(" \t\r\n,:]}[{\"", s.in[s.pos]) < 0 {
		s.pos++
	}
	raw, ends := s.in[from:s.pos], s.pos < len(s.in)
	if !isLiteral(raw, ends) {
		return s.fail(from)
	}
	switch {
	case at.mask.hides():
		s.replace(from, s.pos, at.mask.hide(s.o, raw, false, ends))
	case ends && at.kind.holds(raw):
	default:
		if clean := hideCards(raw, cut{end: !ends}); clean != raw {
			s.replace(from, s.pos, clean)
		}
	}
	return true
}

func (s *scanner) space() {
	for s.pos < len(s.in) {
		switch s.in[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

func (s *scanner) take(c byte) bool {
	if s.pos == len(s.in) || s.in[s.pos] != c {
		return false
	}
	s.pos++
	return true
}

// expect reads c after white space, and fails when something else is there.
func (s *scanner) expect(c byte) bool {
	if s.space(); s.take(c) {
		return true
	}
	if s.pos < len(s.in) {
		s.fail(s.pos)
	}
	return false
}

// fail hides everything from there on.
func (s *scanner) fail(from int) bool {
	s.replace(from, len(s.in), notJSON)
	s.pos = len(s.in)
	return false
}

func (s *scanner) replace(from, to int, with string) {
	s.flush(from)
	s.out.WriteString(with)
	s.copied = to
}

func (s *scanner) flush(to int) {
	if s.copied < to {
		if s.out.Cap() == 0 {
			s.out.Grow(len(s.in) + 32)
		}
		s.out.WriteString(s.in[s.copied:to])
		s.copied = to
	}
}
