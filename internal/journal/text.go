package journal

import "strings"

// clean is s as every database can store it: what is no UTF-8 and the zero
// character, which PostgreSQL refuses, become the replacement character. What
// others said must not be what a record fails of.
func clean(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "\uFFFD")
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
