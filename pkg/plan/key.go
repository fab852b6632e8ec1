package plan

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strconv"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// A Key is an idempotence key: 39 characters of A–Z and 2–7, within the 40
// ASCII characters that the platform allows.
type Key string

// keyVersion is hashed first, so that a change of the derivation can never
// produce a key of the old one.
const keyVersion = "payreconcile-key-1"

// KeyFor derives the key of an action from what it intends and not from the
// run, the machine or the clock, so that any re-run repeats it. Everything
// that is in the body of the call is in the key: the platform answers a known
// key with the first outcome, whatever the new body says.
func KeyFor(env Env, id spec.PaymentID, currency spec.Currency, a Action) Key {
	buf := make([]byte, 0, 192)
	for _, s := range [...]string{
		keyVersion, env.Name, env.Merchant, id.Base(), string(a.Op), a.Ref,
		strconv.FormatInt(a.Amount, 10), string(currency), string(unitOf(env, a, currency)),
		strconv.FormatBool(a.Final), strconv.Itoa(a.Attempt), a.Note,
	} {
		buf = binary.AppendUvarint(buf, uint64(len(s)))
		buf = append(buf, s...)
	}
	sum := sha256.Sum256(buf)
	return Key(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:24]))
}

// unitOf is the unit in which the amount of a travels: the capture unit
// matters only for captures in a currency whose exponent is not 2.
func unitOf(env Env, a Action, currency spec.Currency) CaptureUnit {
	if exp, ok := currency.Exponent(); a.Op == spec.Capture && ok && exp != 2 {
		return env.CaptureUnit
	}
	return CaptureUnitMinor
}

// derivedPrefix starts the refs of totals; the refs of items may not start so.
const derivedPrefix = "pr:"

// DerivedRef is the ref of a call that moves a total from before to after, in
// minor units. It is at most 30 characters and starts with "pr:", which the
// refs of items may not.
func DerivedRef(op spec.Op, before, after int64) string {
	buf := make([]byte, 0, maxRef)
	buf = append(buf, derivedPrefix...)
	switch op {
	case spec.Capture:
		buf = append(buf, 'c')
	case spec.Cancel:
		buf = append(buf, 'v')
	case spec.Refund:
		buf = append(buf, 'r')
	}
	buf = strconv.AppendInt(append(buf, ':'), before, 10)
	return string(strconv.AppendInt(append(buf, '-'), after, 10))
}
