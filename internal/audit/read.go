package audit

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"slices"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// bySize returns heads with the smallest first.
func bySize(heads []Claim) []Claim {
	heads = slices.Clone(heads)
	slices.SortStableFunc(heads, func(a, b Claim) int { return cmp.Compare(a.Size, b.Size) })
	return heads
}

// Read begins to read a log that Export wrote. Its items are read as they are
// asked for, once, and end in an error unless the file is whole, to the byte:
// one that wraps ErrTruncated, ErrAltered or ErrFormat. It holds one line.
func Read(r io.Reader) (Source, error) {
	f := &logReader{in: bufio.NewReaderSize(r, 64<<10), sum: sha256.New()}
	line, err := f.next()
	if errors.Is(err, io.EOF) {
		return Source{}, fmt.Errorf("%w: it is empty", ErrTruncated)
	}
	if err != nil {
		return Source{}, err
	}
	var h fileHeader
	if json.Unmarshal(line, &h) != nil || h.Type != "header" || h.Format == "" {
		return Source{}, fmt.Errorf("%w: its first line is no header", ErrFormat)
	}
	if h.Format != exportFormat {
		return Source{}, fmt.Errorf("%w: its format is %.40q, and this version reads %s", ErrFormat, h.Format, exportFormat)
	}
	if h.Journal == "" || h.Environment == "" || h.Merchant == "" {
		return Source{}, fmt.Errorf("%w: its header does not say whose log it is", ErrFormat)
	}
	f.keep(line)
	return Source{Log: Log{h.Journal, h.Environment, h.Merchant}, Items: f.items()}, nil
}

// A logReader reads the lines of a log.
type logReader struct {
	in    *bufio.Reader
	sum   hash.Hash
	long  []byte
	n     int64 // of the line
	tree  Tree
	heads int64
}

// next returns the next line, without its end, until the next call.
func (f *logReader) next() ([]byte, error) {
	f.n++
	f.long = f.long[:0]
	for {
		part, err := f.in.ReadSlice('\n')
		if len(f.long)+len(part) > MaxLine+1 {
			return nil, fmt.Errorf("%w: line %d is longer than %d bytes", ErrFormat, f.n, MaxLine)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			f.long = append(f.long, part...)
			continue
		case errors.Is(err, io.EOF) && len(f.long)+len(part) == 0:
			return nil, io.EOF
		case errors.Is(err, io.EOF):
			return nil, fmt.Errorf("%w: it ends in the middle of line %d", ErrTruncated, f.n)
		case err != nil:
			return nil, err
		}
		if len(f.long) > 0 {
			f.long = append(f.long, part...)
			part = f.long
		}
		return part[:len(part)-1], nil
	}
}

// keep adds a line to the sum that the footer holds.
func (f *logReader) keep(line []byte) {
	f.sum.Write(line)
	f.sum.Write([]byte{'\n'})
}

func (f *logReader) altered(why string) error {
	return fmt.Errorf("%w: line %d %s", ErrAltered, f.n, why)
}

// items are the lines up to the footer.
func (f *logReader) items() iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		for {
			item, end, err := f.item()
			switch {
			case errors.Is(err, io.EOF):
				err = fmt.Errorf("%w: it ends behind line %d without a footer: the rest was cut off", ErrTruncated, f.n-1)
				fallthrough
			case err != nil:
				yield(Item{}, err)
				return
			case end:
				return
			}
			if !yield(item, nil) {
				return
			}
		}
	}
}

// item reads a line; end is behind the footer.
func (f *logReader) item() (item Item, end bool, err error) {
	line, err := f.next()
	if err != nil {
		return Item{}, false, err
	}
	switch {
	case bytes.HasPrefix(line, []byte(recordStart)):
		item, err = f.record(line)
	case bytes.HasPrefix(line, []byte(`{"type":"head",`)):
		item, err = f.head(line)
	case bytes.HasPrefix(line, []byte(`{"type":"footer",`)):
		return Item{}, true, f.footer(line)
	default:
		err = f.altered("is no line of an audit log")
	}
	if err == nil {
		f.keep(line)
	}
	return item, false, err
}

// record takes the line of a record apart. There is one way to write it.
func (f *logReader) record(line []byte) (Item, error) {
	rest := line[len(recordStart):]
	rest, ok := bytes.CutPrefix(rest, strconv.AppendInt(nil, f.tree.Size(), 10))
	if !ok {
		return Item{}, f.altered(fmt.Sprintf("is not the record with the place %d: lines were removed, added or moved", f.tree.Size()))
	}
	rest, ok = bytes.CutPrefix(rest, []byte(hashStart))
	const digits = 44 // of a hash in base64
	if !ok || len(rest) < digits+len(lineStart)+1 || !bytes.HasPrefix(rest[digits:], []byte(lineStart)) || rest[len(rest)-1] != '}' {
		return Item{}, f.altered("is not written as payreconcile writes it")
	}
	leaf, err := tlog.ParseHash(string(rest[:digits]))
	if err != nil || leaf.String() != string(rest[:digits]) {
		return Item{}, f.altered("has no hash")
	}
	item := Item{Record: Record{Line: rest[digits+len(lineStart) : len(rest)-1]}, Leaf: &leaf}
	f.tree.Add(item.Line)
	return item, nil
}

// head reads the line of a head.
func (f *logReader) head(line []byte) (Item, error) {
	var h fileHead
	if err := json.Unmarshal(line, &h); err != nil {
		return Item{}, f.altered("is no head")
	}
	c, err := ParseClaim([]byte(h.Note))
	if err != nil || c.Size != h.Size || c.At.IsZero() {
		return Item{}, f.altered("is no head")
	}
	f.heads++
	c.From = "in the file, line " + strconv.FormatInt(f.n, 10)
	return Item{Head: &c}, nil
}

// footer holds the footer against what was read. Nothing follows it.
func (f *logReader) footer(line []byte) error {
	root, err := f.tree.Root()
	if err != nil {
		return err
	}
	var foot fileFooter
	if json.Unmarshal(line, &foot) != nil {
		return f.altered("is no footer")
	}
	want := fileFooter{"footer", f.tree.Size(), f.heads, root.String(), hex.EncodeToString(f.sum.Sum(nil))}
	text, err := json.Marshal(want)
	switch {
	case err != nil:
		return err
	case foot.Records != want.Records || foot.Heads != want.Heads:
		return f.altered(fmt.Sprintf("counts %d records and %d heads, and there are %d and %d", foot.Records, foot.Heads, want.Records, want.Heads))
	case !bytes.Equal(text, line):
		return f.altered("holds the sum of other lines: a line was altered after the log was exported")
	}
	if _, err := f.in.ReadByte(); !errors.Is(err, io.EOF) {
		return f.altered("is not the last one")
	}
	return nil
}
