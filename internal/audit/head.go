package audit

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// MaxHead is how many bytes a head with its signatures has at most.
const MaxHead = 64 << 10

// A Head says what a log was when it had so many records.
type Head struct {
	Log  Log // the zero Log of a head in its short form
	Size int64
	Root tlog.Hash
	At   time.Time // in UTC, without parts of a second; zero of a head in its short form
}

// String is the text of a head, which is what is signed: the log, the size, the
// root in base64, and the time, each on a line.
func (h Head) String() string {
	return fmt.Sprintf("%s\n%d\n%s\n%s\n", h.Log, h.Size, h.Root, h.At.UTC().Format(time.RFC3339))
}

// Short is the size and the root on one line, which is as good as a head to
// whoever kept it himself.
func (h Head) Short() string { return fmt.Sprintf("%d %s", h.Size, h.Root) }

// parseHead reads the text of a head. Anything but what String writes is refused.
func parseHead(text string) (h Head, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 5 || lines[4] != "" {
		return Head{}, errors.New("it does not have four lines")
	}
	if h.Log, err = parseLog(lines[0]); err != nil {
		return Head{}, err
	}
	if h.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || h.Size < 1 {
		return Head{}, errors.New("its second line is not a number of records")
	}
	if h.Root, err = tlog.ParseHash(lines[2]); err != nil {
		return Head{}, errors.New("its third line is not a hash")
	}
	if h.At, err = time.Parse(time.RFC3339, lines[3]); err != nil {
		return Head{}, errors.New("its fourth line is not a time")
	}
	if h.At = h.At.UTC(); h.String() != text {
		return Head{}, errors.New("it is not written as payreconcile writes it")
	}
	return h, nil
}

// A Claim is a head that somebody shows, signed or not.
type Claim struct {
	Head
	Note    string // as it was shown
	From    string // where it is from, for people
	Outside bool   // it was not kept with the log
	Signers []string
}

// ParseClaim reads a head: a signed note, its text alone, or the short form
// "812 AbC…=" that a run prints, with or without what stands around it there.
func ParseClaim(data []byte) (Claim, error) {
	if len(data) > MaxHead {
		return Claim{}, fmt.Errorf("%w: it is longer than %d bytes", ErrFormat, MaxHead)
	}
	text := string(data)
	if !strings.HasPrefix(text, origin+" ") {
		return parseShort(strings.TrimSpace(text))
	}
	head, signed := text, false
	if i := strings.Index(text, "\n\n"); i >= 0 {
		head, signed = text[:i+1], true
	}
	h, err := parseHead(head)
	if err != nil {
		return Claim{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	c := Claim{Head: h, Note: text}
	if !signed {
		return c, nil
	}
	var unverified *note.UnverifiedNoteError
	if _, err := note.Open(data, note.VerifierList()); !errors.As(err, &unverified) {
		return Claim{}, fmt.Errorf("%w: its signatures cannot be read", ErrFormat)
	}
	for _, s := range unverified.Note.UnverifiedSigs {
		c.Signers = append(c.Signers, s.Name)
	}
	return c, nil
}

// shortMark stands before the short form where a run prints it.
const shortMark = "audit head "

// parseShort reads the short form, on one line.
func parseShort(text string) (Claim, error) {
	line := text
	if i := strings.Index(line, shortMark); i >= 0 {
		line = line[i+len(shortMark):]
	}
	words := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == ',' }) // GitLab knows no spaces
	if len(words) < 2 || strings.Contains(text, "\n") {
		return Claim{}, fmt.Errorf("%w: a head is the note that audit head prints, or a size and a root, as 812 AbC…=", ErrFormat)
	}
	size, err := strconv.ParseInt(words[0], 10, 64)
	root, bad := tlog.ParseHash(words[1])
	if err != nil || bad != nil || size < 1 || root.String() != words[1] || strconv.FormatInt(size, 10) != words[0] {
		return Claim{}, fmt.Errorf("%w: %.60q is not a size and a root, as 812 AbC…=", ErrFormat, line)
	}
	return Claim{Head: Head{Size: size, Root: root}, Note: text}, nil
}

// Keys are public keys that somebody trusts to sign heads.
type Keys []note.Verifier

// errBadSignature is a signature that a known key did not make.
var errBadSignature = errors.New("its signature is not one of the key that it names: it was altered, or forged")

// Signer returns the name of the first key that signed a claim, "" when none of
// these keys did. A signature that says it is of one of them, and is not, is an
// error.
func (k Keys) Signer(c Claim) (string, error) {
	if len(k) == 0 || len(c.Signers) == 0 {
		return "", nil
	}
	n, err := note.Open([]byte(c.Note), note.VerifierList(k...))
	var bad *note.InvalidSignatureError
	var none *note.UnverifiedNoteError
	switch {
	case errors.As(err, &bad):
		return "", errBadSignature
	case errors.As(err, &none):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return n.Sigs[0].Name, nil
}
