package approval

import "golang.org/x/mod/sumdb/note"

// Fold is fold, for tests.
func Fold(name string) string { return fold(name) }

// Renamed returns a key with another name, for tests.
func Renamed(k Key, name string) (Key, error) {
	p, err := parsePublic(k.public)
	if err != nil {
		return Key{}, err
	}
	public, err := note.NewEd25519VerifierKey(name, p.public[:])
	if err != nil {
		return Key{}, err
	}
	v, err := note.NewVerifier(public)
	if err != nil {
		return Key{}, err
	}
	return Key{signer: renamed{k.signer, v}, public: public}, nil
}

type renamed struct {
	note.Signer
	verifier note.Verifier
}

func (r renamed) Name() string    { return r.verifier.Name() }
func (r renamed) KeyHash() uint32 { return r.verifier.KeyHash() }
