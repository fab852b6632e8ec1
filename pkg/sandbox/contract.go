package sandbox

//go:generate go run ../../internal/gen/sandboxcontract -schema ../../internal/gen/schema.json -out contract_gen.go

import (
	"cmp"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"
)

// A contractKind is the type of a field.
type contractKind uint8

const (
	aText contractKind = iota
	aTruth
	anInt32
	anInt64
	aNumber
	aDate
	aMoment
	anObject
)

// A contractField is what the contract says about a member of a request or a
// parameter. Of a list, everything but required, minItems, maxItems and unique is
// said about its items. Limits of zero are none; lengths count characters.
type contractField struct {
	name                 string
	kind                 contractKind
	object               int // in contractObjects
	required             bool
	list, unique, ranged bool
	minItems, maxItems   int
	minLength, maxLength int
	pattern              int // in contractPatterns, from 1 on
	min, max             int64
	enum                 []string
}

// mostFaults is how many faults of a request an answer lists.
const mostFaults = 50

// contract holds the request against what the contract says about it, and returns
// one refusal for each fault: members in the order of the body, then those that
// are missing. A body that is not a JSON object is one fault. Members that the
// contract does not know are made unreadable in the body, so that no operation
// finds a value in them that nobody has looked at.
func (c *call) contract() []*refusal {
	if fields, ok := contractQueries[c.e.name]; ok {
		return checkQuery(fields, c.r.URL.Query())
	}
	object, ok := contractBodies[c.e.name]
	if !ok {
		return nil
	}
	w := walks.Get().(*walk)
	defer func() {
		w.data, w.faults = nil, nil // a body may be large
		walks.Put(w)
	}()
	w.data, w.at, w.names = c.body, 0, w.names[:0]
	w.strict = c.b.UnknownFields == RefuseUnknown
	if len(c.body) == 0 {
		w.data = emptyObject
	}
	if !json.Valid(w.data) {
		return []*refusal{malformed()}
	}
	switch w.next() {
	case '{':
		w.object(object)
	case 'n': // null is as good as nothing
		w.data, w.at = emptyObject, 0
		w.object(object)
	default:
		return []*refusal{malformed()}
	}
	return w.faults
}

var (
	walks       = sync.Pool{New: func() any { return new(walk) }}
	emptyObject = []byte("{}")
)

// find returns the place of a field among the fields of an object, which are in
// the order of their names, or -1.
func find(fields []contractField, name []byte) int {
	i, ok := slices.BinarySearchFunc(fields, name, func(f contractField, name []byte) int { return cmp.Compare(f.name, string(name)) })
	if !ok {
		return -1
	}
	return i
}

// text checks a text, or what is written as one.
func (f *contractField) text(value []byte) bool {
	switch f.kind {
	case aText:
	case aDate:
		return f.matches(value) || isTime(time.DateOnly, value)
	case aMoment:
		return isTime(time.RFC3339Nano, value) || isTime("2006-01-02T15:04:05", value) || isTime("2006-01-02T15:04:05.999999999Z0700", value)
	default:
		return false
	}
	if f.maxLength > 0 || f.minLength > 0 {
		n := len(value)
		if n > f.maxLength || n < 4*f.minLength {
			n = utf8.RuneCount(value)
		}
		if n < f.minLength || (f.maxLength > 0 && n > f.maxLength) {
			return false
		}
	}
	if f.enum != nil && !f.allows(value) {
		return false
	}
	return f.pattern == 0 || f.matches(value)
}

func (f *contractField) allows(value []byte) bool {
	for _, e := range f.enum {
		if e == string(value) {
			return true
		}
	}
	return false
}

func (f *contractField) matches(value []byte) bool {
	return f.pattern > 0 && compiledPatterns()[f.pattern-1].Match(value)
}

var compiledPatterns = sync.OnceValue(func() []*regexp.Regexp {
	all := make([]*regexp.Regexp, len(contractPatterns))
	for i, p := range contractPatterns {
		all[i] = regexp.MustCompile(p)
	}
	return all
})

func isTime(layout string, value []byte) bool {
	_, err := time.Parse(layout, string(value))
	return err == nil
}

// number checks a number that is written as JSON writes it.
func (f *contractField) number(text []byte) bool {
	if f.kind == aNumber {
		v, err := strconv.ParseFloat(string(text), 64)
		return err == nil && (!f.ranged || (v >= float64(f.min) && v <= float64(f.max)))
	}
	bits := 64
	switch f.kind {
	case anInt32:
		bits = 32
	case anInt64:
	default:
		return false
	}
	v, err := strconv.ParseInt(string(text), 10, bits)
	return err == nil && (!f.ranged || (v >= f.min && v <= f.max))
}

// items checks how many items a list has.
func (f *contractField) items(n int) bool {
	return n >= f.minItems && (f.maxItems == 0 || n <= f.maxItems)
}

// checkQuery checks the parameters of a request that only reads.
func checkQuery(fields []contractField, query url.Values) (faults []*refusal) {
	for i := range fields {
		f := &fields[i]
		values := query[f.name]
		switch {
		case len(values) == 0 || (len(values) == 1 && values[0] == ""):
			if f.required {
				faults = append(faults, missingValue(f.name))
			}
		case !f.list && len(values) > 1, f.list && !f.items(len(values)),
			slices.ContainsFunc(values, func(v string) bool { return !f.parameter(v) }):
			faults = append(faults, invalidValue(f.name))
		}
	}
	return faults
}

// parameter checks one value of a parameter.
func (f *contractField) parameter(value string) bool {
	switch f.kind {
	case aTruth:
		return value == "true" || value == "false"
	case anInt32, anInt64, aNumber:
		return f.number([]byte(value))
	default:
		return f.text([]byte(value))
	}
}
