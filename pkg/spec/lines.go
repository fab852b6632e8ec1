package spec

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// A lineReader cuts an input into lines and refuses characters that manifests
// do not have. Those that would also move line numbers or hide text never reach
// a parser: in what it returns they are replaced.
type lineReader struct {
	r     *bufio.Reader
	buf   []byte
	num   int // of the line returned last
	fault func(line, col int, msg, hint string)
	bad   int // the last line that had a fault
}

// maxLine bounds one line: a document on one line is read as a whole, and has
// the same bound.
const maxLine = maxDocument

// cutLine is how much is kept of a line beyond that, to see where it belongs.
const cutLine = 1 << 10

func newLineReader(r io.Reader, fault func(line, col int, msg, hint string)) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, 64<<10), fault: fault}
}

// next returns a line with its line break, if it has one. It is valid until
// the next call. The error is io.EOF or one of reading.
func (l *lineReader) next() ([]byte, error) {
	line, err := l.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line, err = l.long(line)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read line %d: %w", l.num+1, err)
	}
	if len(line) == 0 {
		return nil, io.EOF
	}
	l.num++
	if l.num == 1 && len(line) >= 3 && string(line[:3]) == "\ufeff" {
		if line = line[3:]; len(line) == 0 {
			return nil, io.EOF
		}
	}
	if !plainASCII(line) {
		line = l.clean(line)
	}
	return line, nil
}

// long gathers a line that is longer than the reader's buffer.
func (l *lineReader) long(part []byte) ([]byte, error) {
	l.buf = l.buf[:0]
	cut := false
	for {
		if len(l.buf)+len(part) > maxLine {
			part, cut = part[:0], true
		}
		l.buf = append(l.buf, part...)
		var err error
		if part, err = l.r.ReadSlice('\n'); !errors.Is(err, bufio.ErrBufferFull) {
			if cut {
				l.num++
				l.report(1, fmt.Sprintf("line is over %d MiB", maxLine>>20), "write one payment a line")
				l.num--
				return append(l.buf[:cutLine], '\n'), err
			}
			return append(l.buf, part...), err
		}
	}
}

func (l *lineReader) report(col int, msg, hint string) {
	l.bad = l.num
	l.fault(l.num, col, msg, hint)
}

// plainASCII reports that line has nothing but printable ASCII and its line
// break.
func plainASCII(line []byte) bool {
	n := len(line)
	if n > 0 && line[n-1] == '\n' {
		if n--; n > 0 && line[n-1] == '\r' {
			n--
		}
	}
	for _, c := range line[:n] {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// clean reports the first character of the line that is refused, and replaces
// all of them by spaces or question marks. The line is changed in place.
func (l *lineReader) clean(line []byte) []byte {
	col := 0
	for i := 0; i < len(line); {
		col++
		c, size := utf8.DecodeRune(line[i:])
		if end := line[i:]; string(end) == "\n" || string(end) == "\r\n" {
			break
		}
		if msg, hint := refused(c, size); msg != "" {
			if l.bad != l.num {
				l.report(col, msg, hint)
			}
			fill := byte('?')
			if c == '\t' {
				fill = ' '
			}
			for j := range size {
				line[i+j] = fill
			}
		}
		i += size
	}
	return line
}

// refused says what is wrong with a character, "" when nothing is.
func refused(c rune, size int) (msg, hint string) {
	const utf8Hint = "save the file as UTF-8 without special characters"
	switch {
	case c == utf8.RuneError && size == 1:
		return "text is not UTF-8", utf8Hint
	case c == '\t':
		return "a tab character", "write spaces instead"
	case c == 0:
		return "a NUL byte", utf8Hint
	case c == '\r':
		return "a carriage return without a line feed", "save the file with the line ends of Windows or Unix"
	case c == '\u0085' || c == '\u2028' || c == '\u2029':
		return fmt.Sprintf("an invisible line break (U+%04X)", c), "delete it, or start a new line there"
	case c < ' ' || 0x7f <= c && c < 0xa0 || c == '\ufeff' || c == '\ufffe' || c == '\uffff':
		return fmt.Sprintf("an invisible character (U+%04X)", c), "delete it"
	case 0x202a <= c && c <= 0x202e || 0x2066 <= c && c <= 0x2069:
		return fmt.Sprintf("a character that reverses the reading direction (U+%04X)", c), "delete it"
	}
	return "", ""
}
