package sandbox

// Status codes of payments and operations, as the platform numbers them.
const (
	codeCreated          = 0
	codeRejected         = 2
	codeAuthorized       = 5
	codeCancelled        = 6
	codeRefunded         = 8
	codeCaptured         = 9
	codeRedirected       = 46
	codeAuthorizedToo    = 56
	codeCancelRequested  = 61
	codeCancelUncertain  = 62
	codeCancelRefused    = 63
	codeRefundRequested  = 81
	codeRefundUncertain  = 82
	codeRefundRefused    = 83
	codeCaptureRequested = 91
	codeCaptureUncertain = 92
	codeCaptureRefused   = 93
)

// A tri is a flag that an answer may leave out.
type tri uint8

const (
	absent tri = iota
	no
	yes
)

func triOf(b bool) tri {
	if b {
		return yes
	}
	return no
}

const (
	created      = "CREATED"
	unsuccessful = "UNSUCCESSFUL"
	connecting   = "PENDING_CONNECT_OR_3RD_PARTY"
	merchant     = "PENDING_MERCHANT"
	completed    = "COMPLETED"
	reversed     = "REVERSED"
	refunded     = "REFUNDED"
)

// A codeInfo is what the platform says about a status code. Category is that
// of reads; answer is that of the call that made the operation, where it
// differs.
type codeInfo struct {
	status, category, answer            string
	authorized, cancellable, refundable tri
}

var codeTable = map[int16]codeInfo{
	0:  {created, created, "", no, no, no},
	1:  {"CANCELLED", unsuccessful, "", no, no, no},
	2:  {"REJECTED", unsuccessful, "", no, no, no},
	4:  {"CAPTURE_REQUESTED", connecting, "", absent, no, no},
	46: {"REDIRECTED", connecting, "", no, no, no},
	50: {"AUTHORIZATION_REQUESTED", connecting, "", no, no, no},
	51: {"AUTHORIZATION_REQUESTED", connecting, "", no, no, no},
	52: {"AUTHORIZATION_REQUESTED", connecting, "", no, no, no},
	55: {"AUTHORIZATION_REQUESTED", connecting, "", absent, absent, absent},
	5:  {"PENDING_CAPTURE", merchant, "", yes, yes, no},
	56: {"PENDING_CAPTURE", merchant, "", absent, yes, absent},
	57: {"REJECTED", unsuccessful, "", no, no, no},
	59: {"REJECTED", unsuccessful, "", no, no, no},
	6:  {"CANCELLED", unsuccessful, "", no, no, no},
	61: {"CANCELLED", unsuccessful, merchant, yes, no, no},
	62: {"CANCELLED", unsuccessful, merchant, absent, no, no},
	63: {"CANCELLATION_REJECTED", unsuccessful, "", absent, absent, absent},
	64: {"CANCELLED", unsuccessful, "", no, no, no},
	75: {"CANCELLED", unsuccessful, "", no, no, no},
	7:  {"REFUNDED", refunded, "", no, no, no},
	71: {"REVERSED", reversed, connecting, no, no, absent},
	72: {"REVERSED", reversed, connecting, no, no, absent},
	73: {"REJECTED", unsuccessful, "", no, no, yes},
	8:  {"REFUNDED", refunded, "", no, no, absent},
	81: {"REFUND_REQUESTED", reversed, connecting, no, no, absent},
	82: {"REFUND_REQUESTED", reversed, connecting, no, no, absent},
	83: {"REJECTED", unsuccessful, "", no, no, yes},
	85: {"REFUNDED", refunded, "", no, no, absent},
	9:  {"CAPTURED", completed, "", no, no, yes},
	91: {"CAPTURE_REQUESTED", connecting, "", absent, no, no},
	92: {"CAPTURE_REQUESTED", connecting, "", absent, no, no},
	93: {"REJECTED_CAPTURE", unsuccessful, "", absent, absent, no},
	99: {"CAPTURE_REQUESTED", connecting, "", absent, no, no},
}

// codeRows is codeTable as an array, for the hot path.
var codeRows = func() (rows [100]codeInfo) {
	for code, info := range codeTable {
		rows[code] = info
	}
	return rows
}()

// infoOf returns what is said about a code. A code that the platform does not
// have, which only a seed can bring in, is pending without flags.
func infoOf(code int16) codeInfo {
	if code >= 0 && int(code) < len(codeRows) && codeRows[code].status != "" {
		return codeRows[code]
	}
	return codeInfo{status: "PENDING_COMPLETION", category: connecting}
}

// answerCategory is the category in the answer of the call itself.
func (i codeInfo) answerCategory() string {
	if i.answer != "" {
		return i.answer
	}
	return i.category
}

// A class says how far the money of an operation has come.
type class uint8

const (
	classNone      class = iota // refused, or nothing reserved
	classRequested              // accepted or uncertain
	classSettled
)

// classOf returns the class of an operation. A code that does not belong to
// the kind, which only a seed can bring in, counts as requested.
func classOf(k Kind, code int16) class {
	switch k {
	case Authorization:
		if code == codeAuthorized || code == codeAuthorizedToo {
			return classSettled
		}
		return classNone
	case Capture:
		return pick(code, codeCaptured, 93, 0, 1, 2, 46, 50, 51, 52, 55, 57, 59)
	case Cancel:
		return pick(code, codeCancelled, codeCancelRefused)
	case Refund:
		if code == 7 || code == 85 {
			return classSettled
		}
		return pick(code, codeRefunded, codeRefundRefused, 73)
	}
	return classNone
}

func pick(code, settled int16, none ...int16) class {
	if code == settled {
		return classSettled
	}
	for _, c := range none {
		if code == c {
			return classNone
		}
	}
	return classRequested
}

// uncertain says that nobody knows what becomes of the operation.
func uncertain(code int16) bool {
	return code == 52 || code == 62 || code == 72 || code == 82 || code == 92
}

// outcomes are the codes of a kind: requested, uncertain, settled, refused.
type outcomes struct{ requested, uncertain, settled, refused int16 }

var outcomesOf = [...]outcomes{
	Capture: {codeCaptureRequested, codeCaptureUncertain, codeCaptured, codeCaptureRefused},
	Cancel:  {codeCancelRequested, codeCancelUncertain, codeCancelled, codeCancelRefused},
	Refund:  {codeRefundRequested, codeRefundUncertain, codeRefunded, codeRefundRefused},
}
