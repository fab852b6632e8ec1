package csvimport

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/payreconcile/payreconcile/pkg/spec"
)

// maxRecord bounds a record, in bytes.
const maxRecord = 64 << 10

// A cell is one value, with the place where it starts.
type cell struct {
	text      string
	line, col int
}

// A scanner cuts an input into records. After a record with a fault it goes on
// with the next line, unless a quote that runs over line ends made it lose its
// way.
type scanner struct {
	r        *bufio.Reader
	delim    byte
	file     string
	encoding string // as messages name it
	line     int    // number of the line read last
	held     []byte
	emit     func(*spec.Error)
	lost     bool // nothing behind can be understood
	odd      bool // bytes that are not UTF-8 were reported
	record   []cell
}

func newScanner(r io.Reader, file string, emit func(*spec.Error)) *scanner {
	return &scanner{r: bufio.NewReaderSize(r, maxRecord), file: file, encoding: "UTF-8", emit: emit}
}

func (s *scanner) fault(line, col int, msg, hint string) {
	s.emit(&spec.Error{Pos: spec.Pos{File: s.file, Line: line, Col: col}, Msg: msg, Hint: hint})
}

// readLine returns the next line without its line end; ok is false when it has
// a fault. It is valid until the next call.
func (s *scanner) readLine() (line []byte, ok bool, err error) {
	if s.held != nil {
		line, s.held = s.held, nil
		return line, true, nil
	}
	line, err = s.r.ReadSlice('\n')
	s.line++
	if errors.Is(err, bufio.ErrBufferFull) {
		s.fault(s.line, 1, fmt.Sprintf("line is over %d KiB", maxRecord>>10), "an export has one row a line; look for a missing line end")
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = s.r.ReadSlice('\n')
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, false, err
		}
		return nil, false, nil
	}
	if err != nil && (!errors.Is(err, io.EOF) || len(line) == 0) {
		return nil, false, err
	}
	line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	if s.line == 1 {
		if line, ok = s.start(line); !ok {
			return nil, false, io.EOF
		}
	}
	return line, s.readable(line), nil
}

// start looks at the first bytes of a file.
func (s *scanner) start(line []byte) ([]byte, bool) {
	const hint = `save it as "CSV UTF-8"`
	switch {
	case bytes.HasPrefix(line, []byte("\xff\xfe")), bytes.HasPrefix(line, []byte("\xfe\xff")):
		s.fault(1, 1, "file is UTF-16", hint)
	case bytes.HasPrefix(line, []byte("PK\x03\x04")), bytes.HasPrefix(line, []byte("\xd0\xcf\x11\xe0")):
		s.fault(1, 1, "this is a spreadsheet or an archive, not CSV", hint+" in the program that made it")
	default:
		return bytes.TrimPrefix(line, []byte("\ufeff")), true
	}
	s.lost = true
	return nil, false
}

// readable refuses bytes that are not UTF-8, telling of the first, and NUL.
func (s *scanner) readable(line []byte) bool {
	for i := 0; i < len(line); {
		r, size := rune(line[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(line[i:])
		}
		switch r {
		case 0:
			s.fault(s.line, place(line, i), "a NUL byte", `save it as "CSV UTF-8"`)
			return false
		case utf8.RuneError:
			if !s.odd {
				s.odd = true
				s.fault(s.line, place(line, i), fmt.Sprintf("text is not %s: %q", s.encoding, line[i:i+size]),
					`save it as "CSV UTF-8", or say what it is, such as --encoding windows-1252`)
			}
			return false
		}
		i += size
	}
	return true
}

// place is the column of a byte, in characters from one.
func place(line []byte, i int) int { return utf8.RuneCount(line[:i]) + 1 }

// next returns the next record; its cells are valid until the call after. The
// error is io.EOF or one of reading.
func (s *scanner) next() ([]cell, error) {
	for !s.lost {
		line, ok, err := s.readLine()
		if err != nil {
			return nil, err
		}
		if len(line) == 0 || !ok {
			continue
		}
		s.record = s.record[:0]
		if ok, err = s.cells(line); err != nil {
			return nil, err
		}
		if ok {
			return s.record, nil
		}
	}
	return nil, io.EOF
}

// cells appends the cells of the record that starts with line.
func (s *scanner) cells(line []byte) (ok bool, err error) {
	for i := 0; ; {
		c := cell{line: s.line, col: place(line, i)}
		if i < len(line) && line[i] == '"' {
			if line, i, ok, err = s.quoted(line, i, &c); !ok || err != nil {
				return false, err
			}
		} else {
			end := bytes.IndexByte(line[i:], s.delim)
			if end < 0 {
				end = len(line) - i
			}
			if q := bytes.IndexByte(line[i:i+end], '"'); q >= 0 {
				s.fault(s.line, place(line, i+q), "a quote inside of a value that has none around it", "put the value in quotes, and write the quote twice")
				return false, nil
			}
			c.text = string(line[i : i+end])
			i += end
		}
		s.record = append(s.record, c)
		if i == len(line) {
			return true, nil
		}
		i++
	}
}

// quoted reads the value in quotes that starts at line[i]. It returns the line
// that the value ends on, and where.
func (s *scanner) quoted(line []byte, i int, c *cell) (_ []byte, end int, ok bool, err error) {
	var text strings.Builder
	for i++; ; {
		q := bytes.IndexByte(line[i:], '"')
		if q < 0 {
			text.Write(line[i:])
			text.WriteByte('\n')
			if line, ok, err = s.readLine(); err != nil && !errors.Is(err, io.EOF) {
				return nil, 0, false, err
			}
			if err == nil && !ok { // which has its fault
				s.lost = true
				return nil, 0, false, nil
			}
			if err != nil || text.Len() > maxRecord {
				return s.loseWay(c, "the quote that opens here is not closed", "close it; what follows was not read")
			}
			i = 0
			continue
		}
		text.Write(line[i : i+q])
		i += q + 1
		switch {
		case i == len(line) || line[i] == s.delim:
			c.text = text.String()
			return line, i, true, nil
		case line[i] == '"':
			text.WriteByte('"')
			i++
		case s.line == c.line:
			s.fault(s.line, place(line, i), "text behind a closing quote", "write a quote inside of a value twice")
			return nil, 0, false, nil
		default:
			return s.loseWay(c, fmt.Sprintf("the quote that opens here is closed on line %d, and text follows it", s.line),
				"a quote is missing or too many here; what follows was not read")
		}
	}
}

func (s *scanner) loseWay(c *cell, msg, hint string) ([]byte, int, bool, error) {
	s.fault(c.line, c.col, msg, hint)
	s.lost = true
	return nil, 0, false, nil
}
