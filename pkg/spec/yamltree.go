package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// A syntaxError is text that is not YAML.
type syntaxError struct {
	line int // within the text, from one; 0 when the parser does not say
	msg  string
	open bool // a quote or bracket may still be open: text that was cut off gives such errors
}

func (e *syntaxError) Error() string { return e.msg }

// parseYAML appends the tree of the one document in text, whose first line has
// number first. A text without content gives a null scalar. Other errors than
// *syntaxError do not occur.
func parseYAML(t tree, text []byte, first int) (_ tree, err error) {
	defer func() {
		if p := recover(); p != nil { // yaml.v3 has panicked on hostile input before
			t, err = nil, &syntaxError{msg: fmt.Sprintf("unreadable: %v", p)}
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, rest yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return append(t, node{line: int32(first), col: 1, end: int32(len(t)) + 1}), nil
	case err != nil:
		return nil, syntaxErrorOf(err)
	}
	// What follows the document must be looked at too: the parser stops at its
	// end and would drop the remainder without a word.
	switch err := dec.Decode(&rest); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return nil, syntaxErrorOf(err)
	default:
		return nil, &syntaxError{line: rest.Line, msg: "something follows the end of the document"}
	}
	return appendYAML(t, doc.Content[0], first-1), nil
}

// appendYAML appends n and its descendants, shift lines further down.
func appendYAML(t tree, n *yaml.Node, shift int) tree {
	at := len(t)
	out := node{text: n.Value, line: int32(n.Line + shift), col: int32(n.Column)}
	switch {
	case n.Kind == yaml.AliasNode:
		out.flaw, out.text = aliased, ""
	case n.Anchor != "":
		out.flaw = anchored
	case n.Style&yaml.TaggedStyle != 0:
		out.flaw = tagged
	}
	switch n.Kind {
	case yaml.MappingNode:
		out.kind = mapping
	case yaml.SequenceNode:
		out.kind = sequence
	case yaml.ScalarNode, yaml.AliasNode, yaml.DocumentNode:
		out.quoted = n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	}
	t = append(t, out)
	for _, c := range n.Content {
		t = appendYAML(t, c, shift)
	}
	t[at].end = int32(len(t))
	return t
}

// syntaxErrorOf takes the line out of "yaml: line 3: did not find …".
func syntaxErrorOf(err error) error {
	msg := strings.TrimPrefix(err.Error(), "yaml: ")
	e := &syntaxError{msg: msg}
	if rest, ok := strings.CutPrefix(msg, "line "); ok {
		if number, cause, ok := strings.Cut(rest, ": "); ok {
			if n, err := strconv.Atoi(number); err == nil {
				e.line, e.msg = n, cause
			}
		}
	}
	e.open = strings.Contains(e.msg, "unexpected end of stream") || strings.Contains(e.msg, "expected ',' or")
	e.msg = plainCause(e.msg)
	return e
}

// plainCause says in everyday words what the parser means.
func plainCause(msg string) string {
	for _, c := range [...]struct{ has, say string }{
		{"expected <document start>", "something follows the end of the document"},
		{"expected ',' or '}'", "a comma or a closing brace is missing"},
		{"expected ',' or ']'", "a comma or a closing bracket is missing"},
		{"unexpected end of stream", "a quote is opened and not closed"},
		{"unexpected document indicator", "a quote is opened and not closed"},
		{"could not find expected ':'", "a key has no colon, or no space behind its colon"},
		{"mapping values are not allowed", "a colon stands where no key can be, or the indentation does not line up"},
		{"did not find expected key", "the indentation does not line up, or a key is missing"},
		{"did not find expected '-' indicator", "a line of the list does not start with a dash, or does not line up"},
		{"block sequence entries are not allowed", "a dash stands where no list can be"},
		{"cannot start any token", "a value starts with a character that needs quotes around it"},
		{"unknown anchor", "an alias (*) is used; manifests have none"},
		{"unknown escape character", "a backslash in double quotes; write single quotes instead"},
	} {
		if strings.Contains(msg, c.has) {
			return c.say
		}
	}
	return msg
}
