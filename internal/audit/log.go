package audit

import (
	"errors"
	"fmt"
	"strings"

	"github.com/payreconcile/payreconcile/internal/approval"
)

// What a log, a head or a proof is refused for.
var (
	ErrAltered   = errors.New("it was altered")
	ErrTruncated = errors.New("it is not complete")
	ErrFormat    = errors.New("this is nothing that payreconcile audit wrote")
)

// Altered reports that err says of a file that it is not what was written.
func Altered(err error) bool {
	return errors.Is(err, ErrAltered) || errors.Is(err, ErrTruncated) || errors.Is(err, ErrFormat)
}

// A Log says whose records a log is of. The zero Log is none.
type Log struct {
	Journal     string // its id
	Environment string
	Merchant    string
}

// origin is what the first line of every head begins with. It keeps a signature
// from being taken for one of something else.
const origin = "payreconcile audit"

// String is the first line of the heads of a log. Names stand in it as they are
// when they are plain words, else quoted as in Go.
func (l Log) String() string {
	return strings.Join([]string{origin, approval.Word(l.Journal), approval.Word(l.Environment), approval.Word(l.Merchant)}, " ")
}

// parseLog reads what String writes, and nothing else.
func parseLog(line string) (Log, error) {
	rest, ok := strings.CutPrefix(line, origin+" ")
	if !ok {
		return Log{}, fmt.Errorf("it does not begin with %q", origin)
	}
	var words [3]string
	for i := range words {
		end := wordEnd(rest)
		w, err := approval.ParseWord(rest[:end])
		if err != nil {
			return Log{}, errors.New("its first line cannot be read")
		}
		words[i], rest = w, strings.TrimPrefix(rest[end:], " ")
	}
	l := Log{words[0], words[1], words[2]}
	if l.String() != line {
		return Log{}, errors.New("its first line is not written as payreconcile writes it")
	}
	return l, nil
}

// wordEnd returns where the first word of text ends.
func wordEnd(text string) int {
	if !strings.HasPrefix(text, `"`) {
		if i := strings.IndexByte(text, ' '); i >= 0 {
			return i
		}
		return len(text)
	}
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}

// A Record is a leaf of a log.
type Record struct {
	Seq  int64  // its number in the journal
	Line []byte // as the journal exports it, without the end of the line; until the next one is asked for
}
