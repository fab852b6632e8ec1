package sandbox

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
)

// jweHeader is the protected header of a JWE.
type jweHeader struct {
	Algorithm  string  `json:"alg"`
	Encryption string  `json:"enc"`
	KeyID      string  `json:"kid"`
	Ephemeral  *ecPart `json:"epk,omitempty"`
}

// ecPart is a public key on a curve as a JWK.
type ecPart struct {
	Type  string `json:"kty"`
	Curve string `json:"crv"`
	X     string `json:"x"`
	Y     string `json:"y"`
}

const (
	gcm256     = "A256GCM"
	contentKey = 32 // bytes of a key of gcm256
)

// seal encrypts a text for the holder of a certificate, as a JWE in its compact
// form (RFC 7516): with A256GCM, whose key is agreed by ECDH-ES where the
// certificate has a key on a curve, and else encrypted by RSA-OAEP-256.
func (c *certificate) seal(text string) (string, error) {
	h := jweHeader{Encryption: gcm256, KeyID: c.id}
	var key, wrapped []byte
	var err error
	switch public := c.key.(type) {
	case *rsa.PublicKey:
		h.Algorithm, key = "RSA-OAEP-256", make([]byte, contentKey)
		_, _ = rand.Read(key) // never fails
		wrapped, err = rsa.EncryptOAEP(sha256.New(), rand.Reader, public, key, nil)
	case *ecdsa.PublicKey:
		h.Algorithm = "ECDH-ES"
		h.Ephemeral, key, err = agree(public)
	}
	if err != nil {
		return "", err
	}
	header, err := json.Marshal(h)
	if err != nil {
		return "", err
	}
	protected := base64.RawURLEncoding.EncodeToString(header)
	block, err := aes.NewCipher(key)
	if err != nil {
		return "", err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce)
	sealed := aead.Seal(nil, nonce, []byte(text), []byte(protected))
	tag := len(sealed) - aead.Overhead()
	for _, part := range [][]byte{wrapped, nonce, sealed[:tag], sealed[tag:]} {
		protected += "." + base64.RawURLEncoding.EncodeToString(part)
	}
	return protected, nil
}

// agree makes an ephemeral key and the content key that its owner and that of
// the given one share (RFC 7518, section 4.6).
func agree(with *ecdsa.PublicKey) (*ecPart, []byte, error) {
	own, err := ecdsa.GenerateKey(with.Curve, rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	mine, err := own.ECDH()
	if err != nil {
		return nil, nil, err
	}
	theirs, err := with.ECDH()
	if err != nil {
		return nil, nil, err
	}
	secret, err := mine.ECDH(theirs)
	if err != nil {
		return nil, nil, err
	}
	point := mine.PublicKey().Bytes()[1:] // without the mark of an uncompressed one
	half := len(point) / 2
	part := &ecPart{
		"EC", fmt.Sprintf("P-%d", with.Params().BitSize),
		base64.RawURLEncoding.EncodeToString(point[:half]), base64.RawURLEncoding.EncodeToString(point[half:]),
	}
	return part, concatKDF(secret), nil
}

// concatKDF makes the content key of gcm256 out of an agreed secret, in the one
// round that SHA-256 needs for it.
func concatKDF(secret []byte) []byte {
	info := binary.BigEndian.AppendUint32(nil, 1)
	info = append(info, secret...)
	info = binary.BigEndian.AppendUint32(info, uint32(len(gcm256)))
	info = append(info, gcm256...)
	info = append(info, make([]byte, 8)...) // no apu and no apv
	info = binary.BigEndian.AppendUint32(info, contentKey*8)
	key := sha256.Sum256(info)
	return key[:]
}
