package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"sync"
	"time"
)

// certificateLife is how long a certificate lives; the platform's life of one is
// not known.
const certificateLife = 365 * 24 * time.Hour

// shortestModulus is that of RSA keys, in bits.
const shortestModulus = 2048

// A certificate is what card data is encrypted for.
type certificate struct {
	id   string
	key  any // *rsa.PublicKey or *ecdsa.PublicKey
	ends int64
}

// An authority signs certificates. Its key comes from the seed of the sandbox,
// so that all runs have the same one; it protects nothing. The zero authority
// has no key yet.
type authority struct {
	mu     sync.Mutex
	key    *ecdsa.PrivateKey
	serial int64
	newest *certificate
}

// open makes the key when it is needed for the first time.
func (a *authority) open(seed uint64) {
	for n := uint64(0); a.key == nil; n++ {
		text := binary.BigEndian.AppendUint64([]byte("certificate authority"), mix(seed+n))
		scalar := sha256.Sum256(text)
		if key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar[:]); err == nil {
			a.key = key
		}
	}
}

// issue signs the certificate of a request, which card data is encrypted for
// from now on.
func (a *authority) issue(seed uint64, id string, csr *x509.CertificateRequest, now time.Time) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open(seed)
	a.serial++
	issuer := &x509.Certificate{Subject: pkix.Name{CommonName: "Sandbox of payreconcile"}, SubjectKeyId: []byte("sandbox")}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(a.serial), Subject: csr.Subject, DNSNames: csr.DNSNames,
		NotBefore: now, NotAfter: now.Add(certificateLife), KeyUsage: x509.KeyUsageKeyEncipherment,
	}
	if _, curve := csr.PublicKey.(*ecdsa.PublicKey); curve {
		template.KeyUsage = x509.KeyUsageKeyAgreement
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, csr.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	a.newest = &certificate{id, csr.PublicKey, template.NotAfter.UnixNano()}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

// current returns the newest certificate, unless it has expired.
func (a *authority) current(now int64) (*certificate, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.newest == nil || now >= a.newest.ends {
		return nil, false
	}
	return a.newest, true
}

var errKey = errors.New("the key is neither RSA of 2048 bits nor on a curve of NIST")

// parseRequest reads a certificate signing request in PEM, whose signature must
// be that of its key.
func parseRequest(text string) (*x509.CertificateRequest, error) {
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE REQUEST" || strings.TrimSpace(string(rest)) != "" {
		return nil, errors.New("no certificate request in PEM")
	}
	csr, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil, err
	}
	if !certifiable(csr.PublicKey) {
		return nil, errKey
	}
	return csr, csr.CheckSignature()
}

// A savedCertificate is the newest certificate as a state keeps it.
type savedCertificate struct {
	serial int64
	key    []byte // in PKIX form
	ends   int64
}

func (a *authority) save() *savedCertificate {
	key, err := x509.MarshalPKIXPublicKey(a.newest.key)
	if err != nil {
		panic("sandbox: a key that was certified has no form: " + err.Error())
	}
	return &savedCertificate{a.serial, key, a.newest.ends}
}

func (a *authority) load(id string, saved *savedCertificate) error {
	key, err := x509.ParsePKIXPublicKey(saved.key)
	if err == nil && (!certifiable(key) || saved.serial < 1) {
		err = errKey
	}
	if err != nil {
		return err
	}
	a.serial, a.newest = saved.serial, &certificate{id, key, saved.ends}
	return nil
}
