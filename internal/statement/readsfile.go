package statement

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/fnv"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
)

// maxLine bounds a line of a file of reads, and maxHeader the first one, which
// names every plan.
const (
	maxLine   = 8 << 20
	maxHeader = 64 << 20
)

// Reads is a file of reads that is whole. It finds a payment in it and keeps 24
// bytes for each. It is safe for concurrent use.
type Reads struct {
	Header ReadsHeader
	Footer ReadsFooter
	file   io.ReaderAt
	places []place // by hash
}

type place struct {
	hash   uint64
	offset int64
	length int64
}

// OpenReads checks a whole file of reads, of so many bytes, and returns what is
// in it. What is not as it was written is an error that wraps ErrReadsAltered,
// ErrReadsTruncated or ErrReadsFormat.
func OpenReads(file io.ReaderAt, size int64) (*Reads, error) {
	r := &Reads{file: file}
	in := bufio.NewReaderSize(io.NewSectionReader(file, 0, size), 64<<10)
	s := &readsScan{reads: r, sum: sha256.New()}
	for r.Footer.Kind == "" {
		line, err := readLine(in, s.limit())
		if err == nil {
			err = s.line(line)
		}
		if err != nil {
			return nil, err
		}
	}
	if _, err := in.ReadByte(); err == nil {
		return nil, fmt.Errorf("%w: something follows its footer", ErrReadsAltered)
	}
	slices.SortFunc(r.places, func(a, b place) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.offset, b.offset)) })
	return r, s.agrees()
}

// readLine reads one line with its newline.
func readLine(in *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if len(line)+len(part) > limit {
			return nil, fmt.Errorf("%w: it has a line of more than %d bytes", ErrReadsFormat, limit)
		}
		switch {
		case err == nil && line == nil:
			return part, nil
		case err == nil:
			return append(line, part...), nil
		case errors.Is(err, io.EOF):
			return nil, fmt.Errorf("%w: it ends without its footer", ErrReadsTruncated)
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, fmt.Errorf("read the reads: %w", err)
		}
		line = append(line, part...)
	}
}

// A readsScan goes over a file once.
type readsScan struct {
	reads  *Reads
	sum    hash.Hash
	counts ReadsFooter
	offset int64
	lines  int
}

func (s *readsScan) limit() int {
	if s.lines == 0 {
		return maxHeader
	}
	return maxLine
}

func (s *readsScan) line(b []byte) error {
	s.lines++
	switch {
	case s.lines == 1:
		if err := s.header(b); err != nil {
			return err
		}
	case bytes.HasPrefix(b, []byte(readPrefix)):
		l, err := parseRead(b)
		if err != nil {
			return fmt.Errorf("%w: line %d: %w", ErrReadsFormat, s.lines, err)
		}
		s.counts.count(l.ObservedAt)
		s.reads.places = append(s.reads.places, place{hashOf(l.Payment), s.offset, int64(len(b))})
	case bytes.HasPrefix(b, []byte(footerPrefix)):
		if err := json.Unmarshal(b, &s.reads.Footer); err != nil {
			return fmt.Errorf("%w: its footer: %w", ErrReadsFormat, err)
		}
		return nil
	default:
		return fmt.Errorf("%w: line %d is neither a payment nor the footer", ErrReadsAltered, s.lines)
	}
	s.sum.Write(b)
	s.offset += int64(len(b))
	return nil
}

func (s *readsScan) header(b []byte) error {
	h := &s.reads.Header
	if err := json.Unmarshal(b, h); err != nil || h.Kind != "reads" {
		return fmt.Errorf("%w: its first line is no header of reads", ErrReadsFormat)
	}
	major, _, _ := strings.Cut(h.FormatVersion, ".")
	if own, _, _ := strings.Cut(ReadsFormat, "."); major != own {
		return fmt.Errorf("%w: its format is %q and this is payreconcile for format %s.x", ErrReadsFormat, h.FormatVersion, own)
	}
	return nil
}

// agrees holds the footer against what was read.
func (s *readsScan) agrees() error {
	f, got := s.reads.Footer, s.counts
	switch {
	case hex.EncodeToString(s.sum.Sum(nil)) != f.SHA256:
		return fmt.Errorf("%w: its bytes do not match the SHA-256 in its footer", ErrReadsAltered)
	case got.Payments != f.Payments || !got.Oldest.Equal(f.Oldest) || !got.Newest.Equal(f.Newest):
		return fmt.Errorf("%w: its footer counts other payments than there are", ErrReadsAltered)
	}
	return nil
}

// parseRead reads a line strictly: names in their own case and none twice.
func parseRead(b []byte) (*readsLine, error) {
	var l readsLine
	if err := json.Unmarshal(b, &l); err != nil {
		return nil, err
	}
	if l.Kind != "payment" {
		return nil, fmt.Errorf("it is a %q, not a payment", l.Kind)
	}
	l.Have.At = l.ObservedAt
	for i := range l.Have.Operations {
		l.Have.Operations[i].Currency = l.Have.Currency
	}
	return &l, nil
}

// Of returns the read of a payment by its canonical base id, nil when there is
// none.
func (r *Reads) Of(base string) (*Read, error) {
	h := hashOf(base)
	at, _ := slices.BinarySearchFunc(r.places, h, func(p place, h uint64) int { return cmp.Compare(p.hash, h) })
	for ; at < len(r.places) && r.places[at].hash == h; at++ {
		b := make([]byte, r.places[at].length)
		if _, err := r.file.ReadAt(b, r.places[at].offset); err != nil {
			return nil, fmt.Errorf("read the reads: %w", err)
		}
		l, err := parseRead(b)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%w: it changed while it was read: %w", ErrReadsAltered, err)
		case l.Payment == base:
			return &Read{Payment: base, Have: l.Have}, nil
		}
	}
	return nil, nil
}

func hashOf(base string) uint64 {
	h := fnv.New64a()
	_, _ = io.WriteString(h, base) // a hash does not fail
	return h.Sum64()
}
