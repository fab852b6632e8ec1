package sandbox

import "strconv"

// The spellings of a payment id: <base>, <base>_<n>, and 19 digits that start
// with 9000 and hold the base and a three-digit operation number. A base has
// ten digits, or eleven of which the first is not zero.
const (
	shortBase   = 10
	longBase    = 11
	plainLength = 19
	plainPrefix = "90000"
	tenDigits   = 10_000_000_000
	maxOpNumber = 999
)

// parseID returns the base number and the operation number of a payment id.
func parseID(id string) (base uint64, n int, ok bool) {
	if len(id) == plainLength && id[:len(plainPrefix)] == plainPrefix {
		base, ok = parseBase(id[len(plainPrefix) : plainLength-3])
		if id[len(plainPrefix)] == '0' {
			base, ok = parseBase(id[len(plainPrefix)+1 : plainLength-3])
		}
		op, opOK := digits(id[plainLength-3:])
		return base, int(op), ok && opOK
	}
	digitsEnd := 0
	for digitsEnd < len(id) && id[digitsEnd] != '_' {
		digitsEnd++
	}
	base, ok = parseBase(id[:digitsEnd])
	if !ok || digitsEnd == len(id) {
		return base, 0, ok
	}
	suffix := id[digitsEnd+1:]
	if len(suffix) == 0 || len(suffix) > 3 || (len(suffix) > 1 && suffix[0] == '0') {
		return 0, 0, false
	}
	op, ok := digits(suffix)
	return base, int(op), ok
}

func parseBase(s string) (uint64, bool) {
	if len(s) != shortBase && (len(s) != longBase || s[0] == '0') {
		return 0, false
	}
	return digits(s)
}

func digits(s string) (n uint64, ok bool) {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + uint64(s[i]-'0')
	}
	return n, true
}

// appendID appends the id of operation n in the spelling that answers use.
func appendID(dst []byte, base uint64, n int) []byte {
	for limit := uint64(tenDigits / 10); base < limit && limit > 1; limit /= 10 {
		dst = append(dst, '0')
	}
	dst = strconv.AppendUint(dst, base, 10)
	dst = append(dst, '_')
	return strconv.AppendInt(dst, int64(n), 10)
}

func formatID(base uint64, n int) string { return string(appendID(nil, base, n)) }
