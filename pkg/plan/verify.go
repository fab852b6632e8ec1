package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// maxLine bounds one line of a plan file: a payment of maxOperations fits.
const maxLine = 8 << 20

// A Verifier is a writer that checks a plan file as its bytes go by: its hash;
// that every payment in it can be read, stands in it once, adds up, and is in
// the footer's counts and sums; and, unless a newer version wrote it, that its
// content id is that of its payments. It keeps 9 to 17 bytes a payment. After
// the last byte, Result says whether the file is whole and unaltered. It is not
// safe for concurrent use.
type Verifier struct {
	seal    bool // only the hash counts
	plan    hash.Hash
	content hash.Hash
	bare    object // the content of one payment, encoded again
	partial []byte
	header  *Header
	env     Env
	footer  *Footer
	entries int64
	tally   tally
	seen    spec.IDIndex
	unread  error // the first payment that cannot be read
	err     error
}

// NewVerifier returns a Verifier at the start of a file.
func NewVerifier() *Verifier { return &Verifier{plan: sha256.New(), content: sha256.New()} }

// Write takes the next bytes. It never fails: what is wrong is in Result.
func (v *Verifier) Write(p []byte) (int, error) {
	n := len(p)
	for v.err == nil && len(p) > 0 {
		i := bytes.IndexByte(p, '\n')
		if size := len(v.partial) + max(i+1, 0); size > maxLine || (i < 0 && len(v.partial)+len(p) > maxLine) {
			v.err = fmt.Errorf("%w: line %d is longer than %d bytes", ErrFormat, v.number(), maxLine)
			break
		}
		if i < 0 {
			v.partial = append(v.partial, p...)
			break
		}
		l := p[:i+1]
		if len(v.partial) > 0 {
			l = append(v.partial, l...)
			v.partial = l[:0]
		}
		p = p[i+1:]
		v.err = v.line(l)
	}
	return n, nil
}

// number is that of the line that comes next.
func (v *Verifier) number() int64 {
	if v.header == nil {
		return 1
	}
	return v.entries + 2
}

func (v *Verifier) line(l []byte) error {
	switch {
	case v.footer != nil:
		return fmt.Errorf("%w: something follows its footer", ErrAltered)
	case v.header == nil:
		v.plan.Write(l)
		h, err := parseHeader(l)
		if err != nil {
			return err
		}
		v.header, v.env = h, h.Env()
		v.content.Write(h.world())
		return nil
	case bytes.HasPrefix(l, []byte(entryPrefix)):
		v.plan.Write(l)
		if !v.seal {
			v.entry(l)
		}
		v.entries++
		return nil
	case bytes.HasPrefix(l, []byte(footerPrefix)):
		return v.close(l)
	}
	return fmt.Errorf("%w: line %d is neither a payment nor the footer", ErrAltered, v.number())
}

// entry reads and counts a payment. A fault is kept until the hash has told
// whether the file was altered or written so.
func (v *Verifier) entry(l []byte) {
	if v.unread != nil {
		return
	}
	e, err := parseEntry(l, v.env)
	if err == nil && !v.seen.Add(e.Content.Payment.Base()) {
		err = fmt.Errorf("payment %s stands in it twice", e.Content.Payment)
	}
	if err == nil {
		err = v.tally.add(e)
	}
	if err == nil {
		v.bare.buf = v.bare.buf[:0]
		v.bare.content(&e.Content, false)
		v.content.Write(append(v.bare.buf, '\n'))
	}
	if err != nil {
		v.unread = fmt.Errorf("%w: line %d: %w", ErrFormat, v.number(), err)
	}
}

func (v *Verifier) close(l []byte) error {
	var f Footer
	if err := json.Unmarshal(l, &f); err != nil {
		return fmt.Errorf("%w: its footer cannot be read", ErrAltered)
	}
	at := bytes.LastIndex(l, []byte(planIDMark))
	if at < 0 || !bytes.Equal(l[at+len(planIDMark):], []byte(f.PlanID+"\"}\n")) {
		return fmt.Errorf("%w: its footer does not end with the plan id", ErrAltered)
	}
	v.plan.Write(l[:at+len(planIDMark)])
	fault := v.fault(&f)
	switch {
	case hex.EncodeToString(v.plan.Sum(nil)) == f.PlanID:
	case fault == nil:
		return fmt.Errorf("%w: its bytes do not match its plan id", ErrAltered)
	default: // which may tell where
		_, what, _ := strings.Cut(fault.Error(), ": ")
		return fmt.Errorf("%w: its bytes do not match its plan id; %s", ErrAltered, what)
	}
	if fault != nil {
		return fault
	}
	if !v.seal && !v.header.Newer() && hex.EncodeToString(v.content.Sum(nil)) != f.ContentID {
		return fmt.Errorf("%w: line %d: its content id is not that of its payments", ErrAltered, v.number())
	}
	v.footer = &f
	return nil
}

// fault is the first payment that cannot be, or else what the footer says
// wrongly.
func (v *Verifier) fault(f *Footer) error {
	if v.seal {
		if v.entries != f.Counts.Payments {
			return fmt.Errorf("%w: line %d: its footer counts %d payments and there are %d", ErrAltered, v.number(), f.Counts.Payments, v.entries)
		}
		return nil
	}
	if v.unread != nil {
		return v.unread
	}
	if lie := v.tally.differs(f); lie != "" {
		return fmt.Errorf("%w: line %d: its footer does not say what its payments come to: %s", ErrAltered, v.number(), lie)
	}
	return nil
}

// Result returns the header and footer of a file that is whole and unaltered.
func (v *Verifier) Result() (Header, Footer, error) {
	switch {
	case v.err != nil:
		return Header{}, Footer{}, v.err
	case v.header == nil && len(v.partial) == 0:
		return Header{}, Footer{}, fmt.Errorf("%w: it is empty", ErrTruncated)
	case v.header == nil:
		if _, err := parseHeader(v.partial); err != nil {
			return Header{}, Footer{}, err
		}
		return Header{}, Footer{}, fmt.Errorf("%w: it ends within its header", ErrTruncated)
	case v.footer != nil && len(v.partial) > 0:
		return Header{}, Footer{}, fmt.Errorf("%w: something follows its footer", ErrAltered)
	case v.footer == nil:
		return Header{}, Footer{}, fmt.Errorf("%w: it ends after %d payments, without its footer", ErrTruncated, v.entries)
	}
	return *v.header, *v.footer, nil
}

// Verify reads a whole plan file and returns its header and footer if it is
// whole and unaltered: else an error that wraps ErrAltered, ErrTruncated or
// ErrFormat, or that of the reader.
func Verify(r io.Reader) (Header, Footer, error) {
	return verifyAll(r, NewVerifier())
}

// VerifySeal is Verify for a file that is verified as a whole later: it checks
// that the bytes are those of the plan id and not what they say.
func VerifySeal(r io.Reader) (Header, Footer, error) {
	v := NewVerifier()
	v.seal = true
	return verifyAll(r, v)
}

// verifyAll reads on until the end, or until nothing can come any more that
// would make a plan of it: what is read may have no end.
func verifyAll(r io.Reader, v *Verifier) (Header, Footer, error) {
	if _, err := io.Copy(untilFault{v}, r); err != nil && !errors.Is(err, errFault) {
		return Header{}, Footer{}, fmt.Errorf("read the plan: %w", err)
	}
	return v.Result()
}

// untilFault is a Verifier whose first fault is an error of Write.
type untilFault struct{ v *Verifier }

var errFault = errors.New("not a plan")

func (u untilFault) Write(p []byte) (int, error) {
	if n, err := u.v.Write(p); err != nil || u.v.err == nil {
		return n, err
	}
	return 0, errFault
}

func parseHeader(l []byte) (*Header, error) {
	var h Header
	if err := json.Unmarshal(l, &h); err != nil || h.Kind != "header" {
		return nil, fmt.Errorf("%w: it does not start with a plan's header", ErrFormat)
	}
	return &h, checkFormat(h.FormatVersion)
}
