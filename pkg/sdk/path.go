package sdk

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// appendSegment adds one segment to a path and to its escaped form. A segment that
// could lead anywhere else, for this client or for a server that decodes twice, is
// an error.
func appendSegment(path, raw, segment string) (string, string, error) {
	if segment == "" {
		return "", "", fmt.Errorf("build path: an id or path segment after %s is empty", path)
	}
	if len(segment) <= 200 && plain(segment) {
		return path + "/" + segment, raw + "/" + segment, nil
	}
	if len(segment) > 200 {
		return "", "", fmt.Errorf("build path: %d bytes cannot be an id or path segment, the most is 200", len(segment))
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
	return r == '/' || r == '\\' || r == '%' || r == utf8.RuneError || !unicode.IsPrint(r)
}
