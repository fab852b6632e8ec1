package sandbox

import (
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"strconv"
)

const (
	directPlatform = "DIRECT_PLATFORM_ERROR"
	ioError        = "IO_ERROR"
)

// A refusal is an error answer with one error.
type refusal struct {
	status   int
	id       string
	code     string // errorCode
	old      string // code, which is deprecated
	category string
	property string
	message  string // the id when empty
	retry    bool
}

func (r *refusal) appendError(dst []byte) []byte {
	category, message := r.category, r.message
	if category == "" {
		category = directPlatform
	}
	if message == "" {
		message = r.id
	}
	dst = append(dst, '{')
	dst = appendField(dst, "errorCode", r.code)
	dst = appendField(dst, "category", category)
	dst = appendField(dst, "code", r.old)
	dst = append(dst, `,"httpStatusCode":`...)
	dst = strconv.AppendInt(dst, int64(r.status), 10)
	dst = appendField(dst, "id", r.id)
	dst = appendField(dst, "message", message)
	dst = appendField(dst, "propertyName", r.property)
	dst = append(dst, `,"retriable":`...)
	return append(strconv.AppendBool(dst, r.retry), '}')
}

// appendErrors appends the members errorId and errors, without braces.
func (r *refusal) appendErrors(dst []byte, errorID string, more ...*refusal) []byte {
	dst = append(dst, `"errorId":"`...)
	dst = append(dst, errorID...)
	dst = append(dst, `","errors":[`...)
	dst = r.appendError(dst)
	for _, m := range more {
		dst = m.appendError(append(dst, ','))
	}
	return append(dst, ']')
}

// Only the texts UNKNOWN_PAYMENT_ID, INVALID_VALUE, DUPLICATE_REQUEST_IN_PROGRESS
// and ACTION_NOT_ALLOWED_ON_TRANSACTION are proven, and 50001130 with 1002; the
// other numbers are the sandbox's own.
func unknownPayment() *refusal {
	return &refusal{
		status: http.StatusNotFound, id: "UNKNOWN_PAYMENT_ID", code: "50001130", old: "1002", property: "paymentId",
	}
}

// unknownThing is the refusal of a resource that is not a payment, such as a
// token; property names it in the path.
func unknownThing(id, property string) *refusal {
	return &refusal{status: http.StatusNotFound, id: id, code: "50001131", property: property}
}

func invalidValue(property string) *refusal {
	return &refusal{status: http.StatusBadRequest, id: "INVALID_VALUE", code: "50001111", property: property}
}

func missingValue(property string) *refusal {
	return &refusal{status: http.StatusBadRequest, id: "PARAMETER_NOT_FOUND_IN_REQUEST", code: "50001110", property: property}
}

func malformed() *refusal {
	return &refusal{status: http.StatusBadRequest, id: "INVALID_REQUEST_BODY", code: "50001100"}
}

func notAllowed(status int) *refusal {
	return &refusal{status: status, id: "ACTION_NOT_ALLOWED_ON_TRANSACTION", code: "50001140"}
}

// inProgress is not retriable: that would ask for a new idempotence key, under
// which the request could be carried out twice.
func inProgress(variant string) *refusal {
	r := &refusal{status: http.StatusConflict, id: InProgressID, code: "50001409"}
	if variant == InProgressCode {
		r.code = InProgressCode
	}
	return r
}

func unauthenticated(status int) *refusal {
	return &refusal{status: status, id: "MISSING_OR_INVALID_AUTHORIZATION", code: "9002"}
}

func foreignMerchant() *refusal {
	return &refusal{status: http.StatusForbidden, id: "ACCESS_TO_MERCHANT_NOT_ALLOWED", code: "9007", old: "9007"}
}

func platformError(status int) *refusal {
	r := &refusal{status: status, id: "PLATFORM_ERROR", code: "50009000", retry: status >= 502 || status == 429}
	switch status {
	case http.StatusTooManyRequests:
		r.id = "TOO_MANY_REQUESTS"
	case http.StatusBadGateway, http.StatusServiceUnavailable:
		r.category = ioError
	}
	return r
}

// errorID makes the id of an error answer: a hash of the seed, the path and how
// many errors were answered there, so that a replayed run repeats it.
func (s *Sandbox) errorID(path string) string {
	h := hashText(s.seed, path)
	n := s.errorCounts[h%uint64(len(s.errorCounts))].Add(1)
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], mix(h^n))
	binary.BigEndian.PutUint64(raw[8:], mix(h+n))
	raw[6], raw[8] = raw[6]&0x0f|0x40, raw[8]&0x3f|0x80
	var text [36 + 9]byte
	hex.Encode(text[0:8], raw[0:4])
	hex.Encode(text[9:13], raw[4:6])
	hex.Encode(text[14:18], raw[6:8])
	hex.Encode(text[19:23], raw[8:10])
	hex.Encode(text[24:36], raw[10:16])
	for _, i := range [...]int{8, 13, 18, 23, 36} {
		text[i] = '-'
	}
	for i := len(text) - 1; i > 36; i-- {
		text[i] = byte('0' + n%10)
		n /= 10
	}
	return string(text[:])
}
