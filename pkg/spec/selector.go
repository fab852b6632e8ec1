package spec

import "strings"

// A selector is a list of terms that must all hold for a manifest's labels.
type selector []term

type term struct {
	label, value string
	not          bool // holds also when the label is absent
}

func (s selector) match(labels map[string]string) bool {
	for _, t := range s {
		value, ok := labels[t.label]
		if (ok && value == t.value) == t.not {
			return false
		}
	}
	return true
}

func (s selector) String() string {
	parts := make([]string, len(s))
	for i, t := range s {
		sign := "="
		if t.not {
			sign = "!="
		}
		parts[i] = t.label + sign + t.value
	}
	return strings.Join(parts, ",")
}

// parseSelectors reads selectors such as "desk=eu,team!=b".
func parseSelectors(texts []string, flag string, faults *faultList) []selector {
	var all []selector
	for _, text := range texts {
		var sel selector
		for part := range strings.SplitSeq(text, ",") {
			label, value, ok := strings.Cut(part, "=")
			label, not := strings.CutSuffix(label, "!")
			label, value = strings.TrimSpace(label), strings.TrimSpace(value)
			if !ok || !validLabel(label) || !validLabel(value) {
				faults.add(0, &Error{
					Pos: Pos{File: flag}, Msg: "cannot read " + quote(part),
					Hint: "write label=value or label!=value, several with commas between them",
				})
				continue
			}
			sel = append(sel, term{label, value, not})
		}
		all = append(all, sel)
	}
	return all
}

// maxLabel is the longest label name or value.
const maxLabel = 63

// validLabel reports that s can be the name or the value of a label: letters,
// digits, and . _ - / inside, so that a selector needs no quoting.
func validLabel(s string) bool {
	if s == "" || len(s) > maxLabel {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isDigit(c) && !letters(s[i:i+1]) && !strings.ContainsRune("._-/", rune(c)) {
			return false
		}
	}
	return true
}
