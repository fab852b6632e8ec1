package sdk

import (
	"fmt"
	"net/url"
	"strings"
)

// appendSegment adds one segment to a path and to its escaped form. A segment that
// could lead anywhere else, for this client or for a server that decodes twice, is
// an error.
func appendSegment(path, raw, segment string) (string, string, error) {
	if segment == "" {
		return "", "", fmt.Errorf("build path: an id or path segment after %s is empty", path)
	}
	if plain(segment) {
		return path + "/" + segment, raw + "/" + segment, nil
	}
	if segment == "." || segment == ".." || strings.ContainsFunc(segment, forbiddenInSegment) {
		return "", "", fmt.Errorf("build path: %q cannot be an id or path segment", segment)
	}
	return path + "/" + segment, raw + "/" + url.PathEscape(segment), nil
}

// plain reports whether a segment is the same escaped and as it is.
func plain(segment string) bool {
	dots := 0
	for i := range len(segment) {
		switch c := segment[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-', c == '~':
		case c == '.':
			dots++
		default:
			return false
		}
	}
	return dots < len(segment)
}

func forbiddenInSegment(r rune) bool {
	return r == '/' || r == '\\' || r == '%' || r < ' ' || r == 0x7f
}

// encodeQuery sorts by name and writes a space as %20, which means the same to
// every server; a plus does not.
func encodeQuery(q url.Values) string {
	return strings.ReplaceAll(q.Encode(), "+", "%20")
}
