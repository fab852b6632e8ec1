package approval

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"
	"golang.org/x/mod/sumdb/note"
)

// MinPassphrase is how many bytes a passphrase has at least.
const MinPassphrase = 12

// MaxKeyFile is the longest file of a private key that is read.
const MaxKeyFile = 4 << 10

// WorkFactor is what trying one passphrase costs: 2^18 rounds of scrypt take
// one to four seconds and 256 MiB.
const WorkFactor = 18

// maxWorkFactor is what a file may ask for that is to be opened.
const maxWorkFactor = 20

// A Key signs. It shows its private half to nobody: it holds none that could
// be printed.
type Key struct {
	signer note.Signer
	public string
}

// ValidKeyName is an error for a name that a key cannot have.
func ValidKeyName(name string) error {
	if !keyNames.MatchString(name) {
		return errors.New("the name of a key is a word of small letters, digits and . _ - @, such as ada.example")
	}
	return nil
}

// ParseKey reads a private key, as "PRIVATE+KEY+ada.example+1f2e3d4c+…". Its
// errors repeat nothing of it.
func ParseKey(text string) (Key, error) {
	text = strings.TrimSpace(text)
	signer, err := note.NewSigner(text)
	if err != nil {
		return Key{}, errors.New("this is not a private key that payreconcile approve keygen made")
	}
	if err := ValidKeyName(signer.Name()); err != nil {
		return Key{}, err
	}
	raw, err := seedOf(text)
	if err != nil {
		return Key{}, err
	}
	public, ok := ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey)
	if !ok {
		return Key{}, errors.New("this is not a private key of Ed25519")
	}
	verifier, err := note.NewEd25519VerifierKey(signer.Name(), public)
	if err != nil {
		return Key{}, errors.New("this is not a private key of Ed25519")
	}
	return Key{signer: signer, public: verifier}, nil
}

// seedOf returns the algorithm and seed behind the fourth plus of a key; "+" is
// also a digit of base64.
func seedOf(text string) ([]byte, error) {
	parts := strings.SplitN(text, "+", 5)
	raw, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return nil, errors.New("this is not a private key that payreconcile approve keygen made")
	}
	return raw, nil
}

// Name returns the name of the key.
func (k Key) Name() string { return k.signer.Name() }

// Public returns the public half, as approvers.yaml lists it.
func (k Key) Public() string { return k.public }

// Generate makes a key and returns its private text too, which only Seal should
// see.
func Generate(name string) (k Key, private string, err error) {
	if err := ValidKeyName(name); err != nil {
		return Key{}, "", err
	}
	private, _, err = note.GenerateKey(rand.Reader, name)
	if err != nil {
		return Key{}, "", fmt.Errorf("make a key: %w", err)
	}
	k, err = ParseKey(private)
	return k, private, err
}

// Seal encrypts the text of a private key with a passphrase, as a file of age
// (https://age-encryption.org) that is text. Only tests have a reason for less
// work than WorkFactor.
func Seal(private, passphrase string, work int) ([]byte, error) {
	if len(passphrase) < MinPassphrase {
		return nil, fmt.Errorf("the passphrase has less than %d characters", MinPassphrase)
	}
	to, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, errors.New("the passphrase cannot be used")
	}
	to.SetWorkFactor(work)
	var out bytes.Buffer
	text := armor.NewWriter(&out)
	in, err := age.Encrypt(text, to)
	if err == nil {
		_, err = io.WriteString(in, private+"\n")
		err = errors.Join(err, in.Close(), text.Close())
	}
	if err != nil {
		return nil, errors.New("the key could not be encrypted")
	}
	return out.Bytes(), nil
}

// IsSealed reports that data is a file that Seal wrote.
func IsSealed(data []byte) bool { return bytes.HasPrefix(data, []byte(armor.Header)) }

// Unseal opens what Seal wrote.
func Unseal(data []byte, passphrase string) (Key, error) {
	id, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return Key{}, errors.New("the passphrase is empty")
	}
	id.SetMaxWorkFactor(maxWorkFactor)
	in, err := age.Decrypt(armor.NewReader(bytes.NewReader(data)), id)
	if err != nil {
		return Key{}, errors.New("the key file does not open: the passphrase is wrong, or the file was altered")
	}
	text, err := io.ReadAll(io.LimitReader(in, MaxKeyFile))
	if err != nil {
		return Key{}, errors.New("the key file was altered")
	}
	return ParseKey(string(text))
}

// Sign signs a statement and returns the note: the statement, an empty line, and
// the signature.
func (k Key) Sign(s Statement) ([]byte, error) {
	text := s.String()
	if _, err := ParseStatement(text); err != nil {
		return nil, fmt.Errorf("sign the statement: %w", err)
	}
	signed, err := note.Sign(&note.Note{Text: text}, k.signer)
	if err != nil {
		return nil, fmt.Errorf("sign the statement: %w", err)
	}
	return signed, nil
}

// SignText signs a text that is no statement, such as the head of an audit log:
// one that begins as statements do is refused, so that no approval is made by
// accident.
func (k Key) SignText(text string) (string, error) {
	if strings.HasPrefix(text, intro) {
		return "", errors.New("sign: this is the statement of an approval")
	}
	signed, err := note.Sign(&note.Note{Text: text}, k.signer)
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return string(signed), nil
}

// Signed reports that data is a note that was signed with this key.
func (k Key) Signed(data []byte) bool {
	v, err := note.NewVerifier(k.public)
	if err != nil {
		return false
	}
	_, err = note.Open(data, note.VerifierList(v))
	return err == nil
}
