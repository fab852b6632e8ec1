package approval

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"filippo.io/edwards25519"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// keyNames are the names that a key may have: a word such as a login, which can
// stand in the name of a file.
var keyNames = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{0,63}$`)

// algEd25519 is how a note's key says that it is one of Ed25519.
const algEd25519 = 1

// A publicKey is who signed something.
type publicKey struct {
	verifier note.Verifier
	public   [32]byte
}

// ParsePublic reads a public key, as keygen prints it: one form, and none with
// which anybody could sign.
func ParsePublic(text string) (note.Verifier, error) {
	k, err := parsePublic(text)
	if err != nil {
		return nil, fmt.Errorf("this is no public key: %w", err)
	}
	return k.verifier, nil
}

// parsePublic reads a public key in its one form. What it refuses no honest
// person has: a key that is not a point of the curve, and the few for which
// anybody can make signatures.
func parsePublic(text string) (k publicKey, err error) {
	name, rest, _ := strings.Cut(text, "+")
	if !keyNames.MatchString(name) {
		return k, errors.New("its name is not a word of small letters, digits and . _ - @")
	}
	if k.verifier, err = note.NewVerifier(text); err != nil {
		return k, errors.New("it was cut or altered")
	}
	hash, b64, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.DecodeString(b64)
	if err != nil || base64.StdEncoding.EncodeToString(raw) != b64 || strings.ToLower(hash) != hash || len(raw) != 33 || raw[0] != algEd25519 {
		return k, errors.New("it is not written as approve keygen writes it")
	}
	copy(k.public[:], raw[1:])
	p, err := new(edwards25519.Point).SetBytes(k.public[:])
	if err != nil || [32]byte(p.Bytes()) != k.public {
		return k, errors.New("it is no key of Ed25519")
	}
	if new(edwards25519.Point).MultByCofactor(p).Equal(edwards25519.NewIdentityPoint()) == 1 {
		return k, errors.New("anybody can sign with it")
	}
	return k, nil
}

// fold returns what two spellings of one name have in common: letters in one
// case and one form, one space between words.
func fold(name string) string {
	name = norm.NFKC.String(cases.Fold().String(norm.NFKC.String(name)))
	return strings.Join(strings.Fields(name), " ")
}
