package sdk

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// setOptional adds a parameter unless it is absent.
func setOptional[T string | int32 | int64 | bool](q url.Values, name string, value *T) {
	if value != nil {
		q.Set(name, fmt.Sprint(*value))
	}
}

// setRequired adds a parameter. An empty one is left out: the platform says best
// what is missing.
func setRequired(q url.Values, name, value string) {
	if value != "" {
		q.Set(name, value)
	}
}

// setList adds a parameter once for each value.
func setList(q url.Values, name string, values []string) {
	for _, v := range values {
		q.Add(name, v)
	}
}

// number writes a number as a path segment.
func number(n int32) string { return strconv.FormatInt(int64(n), 10) }

// withQuery puts a method's parameters before the caller's options.
func withQuery(opts []CallOption, q url.Values) []CallOption {
	return append([]CallOption{WithQuery(q)}, opts...)
}

// encodeQuery sorts by name and writes a space as %20, which means the same to
// every server; a plus does not.
func encodeQuery(q url.Values) string {
	return strings.ReplaceAll(q.Encode(), "+", "%20")
}
